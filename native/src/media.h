/* What hangs on a voice timeslot, and the blocks of sound that pass there. Engine side, but for what
 * is said to be the API's.
 *
 * The way of the sound. A block begins: players, streams, connections and conferences give what a
 * timeslot sends (voice.c), and it goes on the line. The block ends: what came is decoded once for a
 * span, freed of echo and conditioned where that is asked for, and the octets are rewritten then, so
 * that everything behind - detectors, conferences, recorders, streams, connections - hears the same.
 */
#ifndef TD_MEDIA_H
#define TD_MEDIA_H

#include "engine.h"
#include "td_echo.h"
#include "td_media.h"

/* ---- memory that the engine is done with ----------------------------------------------------- */

/* The engine side gives memory back by this list; the API side frees it with its next call. */
struct trash {
    struct trash *next;
    void (*release)(struct trash *trash);
};

/* Engine side. */
void engine_discard(td_engine *engine, struct trash *trash);
/* API side. */
void engine_sweep(td_engine *engine);

/* ---- sound ----------------------------------------------------------------------------------- */

enum sound_form { SOUND_NONE, SOUND_OCTETS, SOUND_LINEAR };

/* Up to MAX_TX samples: octets in the timeslot's own law, or linear. */
struct sound {
    enum sound_form form;
    union {
        uint8_t octets[MAX_TX];
        int16_t linear[MAX_TX];
    };
};

/* 256 samples of a law (TD_ALAW, TD_ULAW). */
const int16_t *sound_table(int coding);
void sound_encode(int coding, const int16_t *linear, uint8_t *octets, unsigned n);
void sound_decode(int coding, const uint8_t *octets, int16_t *linear, unsigned n);
/* The same into a column of a span's frames. */
void sound_encode_column(int coding, const int16_t *linear, uint8_t *column, unsigned n);

/* Octets of a timeslot in a row: whole vectors of them. */
#define ROW(n) (((n) + 15) / 16 * 16)

/* n frames of TIMESLOTS octets to as many rows, `stride` apart, and the rows of `mask` back. There is
 * memory for ROW(n) octets in a row. */
void rows_of_frames(const uint8_t *frames, unsigned n, uint8_t *rows, unsigned stride);
void rows_to_frames(const uint8_t *rows, unsigned stride, uint32_t mask, uint8_t *frames, unsigned n);
/* While a span's block is given out: what a timeslot received or sent (TD_RECEIVED, TD_SENT). */
const uint8_t *span_row(td_engine *engine, const struct slot *slot, int direction);

/* ---- attachments ----------------------------------------------------------------------------- */

enum attachment_kind {
    ATTACH_PLAYER, ATTACH_RECORDER, ATTACH_STREAM, ATTACH_PRERECORD, ATTACHMENTS
};

/* A block that is over, as its timeslot saw it: octets in line order, TIMESLOTS apart. */
struct block {
    const uint8_t *received; /* of a soft channel: what it said */
    const uint8_t *sent;     /* of a soft channel: what it heard */
    const int16_t *linear;   /* `received`, decoded; valid when the attachment wants it */
    unsigned n;
    uint64_t time;           /* of its first sample's beginning */
};

struct attachment;

struct attachment_ops {
    /* Up to n samples to send; fewer: silence follows. NULL: gives nothing. */
    unsigned (*give)(td_engine *engine, struct slot *slot, struct attachment *self,
                     struct sound *sound, unsigned n);
    /* NULL: takes nothing. */
    void (*take)(td_engine *engine, struct slot *slot, struct attachment *self,
                 const struct block *block);
    /* command->b says what, ->n and ->tag how much. NULL: nothing to say. */
    void (*control)(td_engine *engine, struct slot *slot, struct attachment *self,
                    const struct command *command);
    /* A digit began (ASCII), or with digit 0: speech did. NULL: does not care. */
    void (*heard)(td_engine *engine, struct slot *slot, struct attachment *self, int digit,
                  uint64_t time);
    /* Tell its end; the memory is discarded by the caller. */
    void (*end)(td_engine *engine, struct slot *slot, struct attachment *self, int reason,
                uint64_t time);
};

/* The first member of a player, recorder, stream. Made by the API side, given by OP_ATTACH. */
struct attachment {
    struct trash trash;
    const struct attachment_ops *ops;
    int wants_linear;
};

/* Take it off, tell its end with this reason, give its memory back. Also from its own ops. */
void voice_detach(td_engine *engine, struct slot *slot, enum attachment_kind kind, int reason,
                  uint64_t time);
/* Tell all attachments of a digit, or of speech (0). */
void voice_heard(td_engine *engine, struct slot *slot, int digit, uint64_t time);

/* API side: the timeslot, when it is open for voice, else NULL and *error. */
struct slot *voice_find(td_engine *engine, int span, int timeslot, int *error);
/* API side: give it to the engine. -EBUSY: one of that kind is there already. */
int voice_attach(td_engine *engine, int span, int timeslot, enum attachment_kind kind,
                 struct attachment *attachment);
/* API side: 1 while one is there (until its end is told), 0, or a negative errno. */
int voice_attached(td_engine *engine, int span, int timeslot, enum attachment_kind kind);
/* API side: OP_DETACH and OP_CONTROL. */
int voice_command(td_engine *engine, int span, int timeslot, struct command command);

td_event slot_event(const struct slot *slot, int kind, uint64_t time);

/* ---- voice.c --------------------------------------------------------------------------------- */

void voice_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n);
void voice_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                   uint64_t time);
void voice_carry_out(td_engine *engine, struct slot *slot, const struct command *command);
void voice_close(td_engine *engine, struct slot *slot);
int voice_sends(const struct slot *slot);
int voice_takes(const struct slot *slot); /* bits of kinds */
/* It sends what its conference has mixed for it, and nothing else. */
int voice_sends_mix(const struct slot *slot);
/* The timeslots of `mask`, which do, with the mixes of this block: n frames of span->tx. */
void voice_transmit_mixes(td_engine *engine, struct engine_span *span, uint32_t mask, unsigned n);
int voice_wants_linear(const struct slot *slot);

/* ---- span_media.c: a span's block, decoded and cleaned --------------------------------------- */

struct condition {
    struct trash trash;
    td_condition *state;
};

/* An echo canceller of a span's 32 channels. */
struct canceller {
    struct trash trash;
    td_echo *echo;
    uint32_t tail_ms;
    unsigned waited; /* frames since a channel's state was shown */
    int shown;       /* whose that was */
    _Atomic uint32_t stats[TIMESLOTS][sizeof(td_echo_stats) / 4]; /* for the API side */
};

/* The block of [time, ...) is received: decode, clean, detect. */
void span_process(td_engine *engine, struct engine_span *span, uint64_t time);
/* n frames of TIMESLOTS samples to TIMESLOTS rows of them, `stride` apart. */
void span_turn(const int16_t *frames, unsigned n, int16_t *planes, unsigned stride);
/* A timeslot wants its plane from this block on: make it of what was received last. */
void span_plane(const td_engine *engine, const struct slot *slot);
/* A soft span says and hears: fill with idle, then take over what was said. */
void span_soft_begin(struct engine_span *span, unsigned n);
void span_soft_end(td_engine *engine, struct engine_span *span);
void span_echo_select(td_engine *engine, struct slot *slot, uint32_t options);
/* API side, of a running engine: what was shown last. */
void span_echo_stats(const struct canceller *canceller, int timeslot, td_echo_stats *stats);
void span_canceller(td_engine *engine, struct engine_span *span, struct canceller *canceller);

/* ---- listen.c: detector banks of a span ------------------------------------------------------ */

struct listen;

/* API side: for a span that listens for the first time; the banks come by listen_bank. */
struct listen *listen_new(unsigned stagger);
/* API side: a bank of TIMESLOTS channels, all off, for kind 0 to TD_LISTEN_KINDS - 1; NULL. */
void *listen_make(int kind);
void listen_free_bank(int kind, void *bank);
void listen_free(struct engine_span *span);
/* Engine side: a block of a span is decoded. */
void listen_block(td_engine *engine, struct engine_span *span, const int16_t *linear,
                  uint64_t time);
void listen_select(td_engine *engine, struct slot *slot, uint32_t kinds);
void listen_bank(struct engine_span *span, const struct command *command);
/* Samples since voice was heard on a timeslot, as of its level meter; 0: now; without a meter, or
 * before its first look, 1: neither speech nor silence. */
uint64_t listen_quiet(const struct engine_span *span, unsigned timeslot);

/* ---- conference.c ---------------------------------------------------------------------------- */

/* Engine side: all conferences, before anything is sent. */
void conference_mix(td_engine *engine);
/* What a member is to hear in this block: its octets, or linear; NULL: nothing. */
void conference_sound(td_engine *engine, struct slot *slot, struct sound *sound, unsigned n);
/* Is it a member that hears? */
int conference_hears(const struct slot *slot);
void conference_leave(td_engine *engine, struct slot *slot);
void conference_carry_out(td_engine *engine, const struct command *command);
/* API side: the timeslot leaves, or is being closed. */
void conference_left(td_engine *engine, struct slot *slot);

/* API side: the engine runs no more. */
void media_free(td_engine *engine);

#endif
