/* Analog ports and lines: their structures. Engine side, but for what is said to be the API's.
 *
 * Time is in samples since the engine's first block. A line is looked at when something is due on it
 * (analog_watch.next) and while something sounds on it; all others cost a comparison a block.
 */
#ifndef TD_ANALOG_MODEL_H
#define TD_ANALOG_MODEL_H

#include "analog.h"
#include "media.h"
#include "rng.h"
#include "td_analog.h"

#define NEVER UINT64_MAX
#define TAPS TD_ANALOG_TAPS
#define DELAY TD_ANALOG_DELAY
#define PATHS 6                 /* TD_ANALOG_TO_FXO to TD_ANALOG_TAP_FXO */
#define STEP 8                  /* samples between two looks at ringing */
#define SAMPLES_PER_MS 8
#define HOOK_SAMPLES (2 * SAMPLES_PER_MS)
#define BATTERY_SAMPLES (5 * SAMPLES_PER_MS)
#define IN_USE_SAMPLES (20 * SAMPLES_PER_MS)
#define RING_GONE_SAMPLES (100 * SAMPLES_PER_MS)
#define MAX_DIGITS 32
#define MAX_PORTS (MAX_SPANS * TIMESLOTS)
#define LONGEST_CYCLE 80        /* steps: of ringing of 12.5 Hz */

/* What a detector sees, and what it has told. */
struct analog_watch {
    int8_t seen, told;
    uint64_t due; /* NEVER: both are the same */
};

/* Looks for ringing, by its cycles. */
struct ring_watch {
    int on, cycles;
    double last;             /* voltage at the step before */
    double crossed[3];       /* when it last rose through zero; the newest first; < 0: not yet */
    double sum;              /* of squares, since then */
    unsigned n;
    uint64_t seen;
    double hz, volts;
};

/* Judges whether direct current flows beside ringing: its mean over a cycle. */
struct ring_trip {
    double window[LONGEST_CYCLE], sum;
    double phase; /* of the ringing, in turns */
    unsigned length, at, filled, over;
};

enum sending_kind { SENDING_NONE, SENDING_PULSES, SENDING_FLASH, SENDING_METERING };

/* Pulses, a flash or metering on their way. */
struct analog_sending {
    enum sending_kind kind;
    int breaking;            /* pulses: in the break */
    int64_t tag;
    uint64_t due;
    double at;               /* pulses: `due` before it was rounded */
    double period, break_part, interdigit; /* samples */
    unsigned digits, digit, left;
    uint8_t digit_of[MAX_DIGITS];
};

/* What the API asks to be sent. */
struct analog_order {
    struct trash trash; /* first */
    struct analog_port *port;
    struct analog_sending what;
};

struct analog_line;

struct analog_port {
    uint8_t kind, span, number;   /* span: index */
    td_analog_port is;            /* its impedance is the API's: paths are made from it there */
    struct analog_line *line;
    /* FXS */
    int feed, metering, lamp;
    double ring_hz, ring_volts;
    struct ring_trip trip;
    /* FXO */
    int closed, grounding, monitor;
    double held_amps;             /* to compare with when another telephone joins */
    uint64_t metering_since;      /* NEVER: none is heard */
    /* both */
    int broken;                   /* by a pulse or a flash */
    struct analog_sending sending;
    struct analog_watch hook, ground, battery, in_use;
    struct ring_watch ring;
    float click;                  /* what is left of the last jump of voltage, in the codec */
    double volts, amps;
    _Atomic double shown_volts, shown_amps, shown_ring_volts, shown_ring_hz, shown_ring_amps;
    atomic_int shown_hook, shown_battery, busy;
    /* API side */
    int asked_feed, asked_closed;
};

/* Paths of voice of one state of a line: FXS feeds or not, FXO off hook or not. */
struct analog_paths {
    float taps[PATHS][TAPS];
    uint8_t used[PATHS]; /* 0: nothing passes */
};

/* A line set anew. */
struct analog_change {
    struct trash trash; /* first */
    struct analog_line *of;
    td_analog_line line;
    struct analog_paths paths[4]; /* by analog_line_paths */
};

struct analog_line {
    unsigned index;               /* of its hot part */
    int number;                   /* 0: an unconnected port's own */
    struct analog_port *fxs, *fxo, *tap;
    td_analog_line is;
    struct analog_change *set;
    struct analog_change *asked;  /* API side: the newest */
    int dirty;                    /* something changed: work out the currents */
    /* ringing and other alternating voltage */
    double phase, ac_hz;          /* turns; 0 Hz: none */
    double ac_fxs, ac_fxo;        /* RMS at both ends */
    double trip_dc, trip_ac;      /* what flows in the FXS while it rings: amperes, peak */
    uint64_t step;                /* the next one */
    /* voice */
    unsigned quiet;               /* samples since anything was heard */
    float sent_fxs[TAPS - 1], sent_fxo[TAPS - 1];
    float noise_rms, hum_rms;
    double hum_phase;
    struct rng rng;
};

/* What every block looks at, side by side. */
struct analog_hot {
    uint64_t next;                /* NEVER: nothing is due */
    uint8_t fxs_span, fxs_port, fxo_span, fxo_port; /* port 0: none */
    uint8_t sounding;
    uint8_t unused[3];
};

struct analog {
    td_engine *engine;
    uint64_t now;                 /* samples: the block's first */
    uint64_t block_time;          /* board time of it */
    uint64_t seed;
    unsigned n_hot;
    struct analog_hot hot[MAX_PORTS];
    struct analog_line *lines[MAX_PORTS];
    struct analog_port *ports[MAX_SPANS][TIMESLOTS];
    int n_numbered;               /* API side */
    struct analog_line *numbered[MAX_PORTS]; /* API side, from 1 on */
    double fit[TAPS][TAPS];       /* API side: Cholesky factor of analog_path.c */
    int fitted;
    uint64_t spans;               /* analog ones, by index */
};

static inline int analog_feeds(const struct analog_port *fxs)
{
    return fxs && !fxs->broken && (fxs->feed == TD_FEED_NORMAL || fxs->feed == TD_FEED_REVERSED);
}

static inline int analog_holds(const struct analog_port *fxo)
{
    return fxo && fxo->closed && !fxo->broken;
}

/* Index of the paths in use. */
static inline unsigned analog_line_paths(const struct analog_line *line)
{
    return (analog_feeds(line->fxs) ? 1u : 0u) | (analog_holds(line->fxo) ? 2u : 0u);
}

/* analog_setup.c, API side: a line of nothing yet, and a change that is to be its `set`. */
struct analog_line *analog_new_line(struct analog *analog);
void analog_use_line(struct analog *analog, struct analog_line *line, struct analog_change *set);

/* analog_events.c: at sample `at`. */
void analog_tell(struct analog *analog, const struct analog_port *port, uint64_t at, int code,
                 int value, int64_t tag, uint32_t octets);
/* See `value`; it is told when it stays for so many samples. 1 when it was told now. */
int analog_see(struct analog_watch *watch, int value, uint64_t at, unsigned samples);
void analog_set_told(struct analog_watch *watch, int value);

/* analog_dc.c: currents and voltages of the line as it stands. */
void analog_solve(struct analog_line *line);
/* What the detectors make of it. */
void analog_detect(struct analog *analog, struct analog_line *line, uint64_t at);
/* The state at start, of which nothing is told. */
void analog_settle(struct analog_line *line);

/* analog_ring.c: an FXS begins to ring; a step of the alternating voltage. */
void analog_ring_begin(struct analog_line *line, struct analog_port *fxs, uint64_t at);
void analog_ring_step(struct analog *analog, struct analog_line *line, uint64_t at);
/* When the next thing of ringing is due: a step, or the end of ringing to be told. */
uint64_t analog_ring_due(const struct analog_line *line);
void analog_ring_gone(struct analog *analog, struct analog_port *port, uint64_t at);

/* analog_sending.c */
void analog_send(struct analog *analog, struct analog_port *port, struct analog_sending *what);
void analog_sending_step(struct analog *analog, struct analog_port *port, uint64_t at);
void analog_sending_end(struct analog *analog, struct analog_port *port, uint64_t at);

/* analog_path.c, API side: fill change->paths from the line and its ports' impedances. */
void analog_make_paths(struct analog *analog, const struct analog_line *line,
                       struct analog_change *change);

/* analog_voice.c: one block of a line, in parts between which nothing changes. */
struct analog_block {
    unsigned n;
    float fxs[TAPS - 1 + MAX_BLOCK], fxo[TAPS - 1 + MAX_BLOCK]; /* sent, and what was before */
    float heard[3][MAX_BLOCK]; /* FXS, FXO, tap */
};

/* 1 when the line has to be worked on: something is sent or still sounds. */
int analog_voice_begin(struct analog *analog, struct analog_line *line, struct analog_block *block);
/* 1: a jump of voltage is to be heard. */
int analog_clicks(const struct analog_line *line);
void analog_voice_part(struct analog_line *line, struct analog_block *block, unsigned from,
                       unsigned to);
void analog_voice_end(struct analog *analog, struct analog_line *line, struct analog_block *block);

static inline struct analog_hot *analog_hot(struct analog *analog, const struct analog_line *line)
{
    return &analog->hot[line->index];
}

/* The line is to be looked at with the block that begins. */
static inline void analog_wake(struct analog *analog, struct analog_line *line)
{
    line->dirty = 1;
    analog_hot(analog, line)->next = analog->now;
}

#endif
