/* The engine's own structures: spans, timeslots, back-end, event ring, command ring.
 *
 * Ownership. "API side" is the one thread that calls td_*; "engine side" is the engine's thread,
 * or, when stepped, td_engine_step. Each field belongs to one side; what both use is atomic.
 */
#ifndef TD_ENGINE_H
#define TD_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "hdlc.h"
#include "td_mtp2.h"
#include "td_t1.h"
#include "trunkd_native.h"

#define MAX_SPANS 64
#define TIMESLOTS 32
#define T1_TIMESLOTS 24             /* of a T1: columns 1 to 24 of a frame */
#define MAX_BLOCK 160               /* frames: 20 ms */
#define MAX_TX (MAX_BLOCK + 2)      /* a far end with a fast clock sends one more */
#define FRAME_NS UINT64_C(125000)
#define IDLE_OCTET 0xd5             /* A-law +0 (G.711 table 1a) */
#define PLANE 8                     /* samples that are worked on at a time */
#define COMMANDS 4096
#define MAX_SOFT_SPANS 64
#define MAX_FRAME 8192              /* octets of an HDLC frame or a port's packet */

struct trash;
struct conference;
struct listen;
struct canceller;
struct recorder;
struct recording;

typedef _Atomic uint64_t atomic_u64;

/* One writer: an addition need not be one instruction. */
static inline void count_up(atomic_u64 *counter, uint64_t by)
{
    uint64_t old = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, old + by, memory_order_relaxed);
}

static inline void publish(atomic_u64 *to, uint64_t value)
{
    atomic_store_explicit(to, value, memory_order_relaxed);
}

static inline uint64_t look(const atomic_u64 *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

/* ---- event ring (ring.c): engine side writes, API side reads --------------------------------- */

struct ring {
    uint8_t *octets;
    size_t size;            /* a power of two */
    uint64_t write;         /* engine side: written, not yet shown */
    uint64_t lost_untold;   /* engine side */
    uint64_t lost_tail;     /* engine side: how far the reader was at the last loss */
    atomic_u64 head, tail;  /* shown; taken */
    atomic_u64 lost;
    atomic_int armed;       /* the reader wants the eventfd to be written */
    int eventfd;
};

int ring_init(struct ring *ring, size_t size);
void ring_free(struct ring *ring);
void ring_put(struct ring *ring, const td_event *event, const void *payload);
/* Show what was put; 1 when there was something. */
int ring_show(struct ring *ring, uint64_t now);
int64_t ring_take(struct ring *ring, uint8_t *buffer, size_t capacity);

/* ---- frames that wait for transmission: one producer, one consumer (queue.c) ----------------- */

struct queue {
    uint8_t *octets;
    uint32_t size;
    uint32_t place;              /* producer's: where queue_room gave room */
    _Atomic uint32_t head, tail; /* offsets; equal: empty */
};

int queue_init(struct queue *queue, uint32_t size);
/* Where a frame of n octets may be written, or NULL when it has no room; then queue_put it. */
uint8_t *queue_room(struct queue *queue, uint32_t n);
void queue_put(struct queue *queue, uint32_t n);
/* The oldest frame, or NULL; it stays until queue_drop. */
const uint8_t *queue_first(struct queue *queue, uint32_t *n);
void queue_drop(struct queue *queue);

/* ---- timeslots (slot.c) ---------------------------------------------------------------------- */

enum slot_kind { SLOT_HDLC = 1, SLOT_VOICE, SLOT_PORT_RAW, SLOT_PORT_CAS };

/* What a soft span says: being made, and in the block before. */
struct soft {
    uint8_t saying[MAX_TX * TIMESLOTS];
    uint8_t said[MAX_BLOCK * TIMESLOTS];
};

/* A port's socket (port.c), engine side once opened. */
struct port {
    int mode;
    int listener; /* -1: attached to a connected socket */
    int client;   /* -1: nobody */
    int readable;
    char *path;   /* API side, to unlink */
    uint32_t chunk, gathered; /* of a stream: octets told at a time; received of them */
    uint8_t *gather;
    uint32_t fifo_head, fifo_size;
    uint8_t fifo[4096]; /* raw and cas: octets to send */
};

struct attachment;
struct condition;
struct member;
struct slot_mtp2;

/* What every block of a voice timeslot looks at comes first: one line of the cache. */
struct slot {
    enum slot_kind kind;
    uint8_t span, timeslot; /* faceplate numbers */
    uint8_t idle;
    uint8_t tx_used;        /* engine side: a frame of the queue is in the encoder */
    uint8_t soft;           /* no line: of a soft span */
    uint8_t coding;         /* voice: TD_ALAW or TD_ULAW */
    uint8_t takes;          /* voice: attachments that take what was received, bits of kinds */
    int from_span;          /* connect: index of the span, -1: none */
    int from_timeslot;
    struct attachment *attached[4]; /* by enum attachment_kind */
    struct member *member;          /* of a conference */
    struct condition *condition[2]; /* received, sent */
    atomic_int held[4];             /* API: given to the engine, its end not told */
    atomic_u64 recorded;            /* samples of the recording there is, or was last */
    atomic_u64 play_position;       /* samples */
    atomic_u64 slips;               /* octets a bridge repeated or left out */
    uint64_t digit_began;           /* engine side: of the digit heard last, board time */
    uint32_t listens;               /* TD_LISTEN_* */
    uint32_t listens_api;           /* API side: the same */
    int conference;                 /* API side: 0, or the number */
    uint32_t prerecord_ms;          /* API side */
    struct td_hdlc_decoder decoder;
    struct td_hdlc_encoder encoder;
    uint32_t max_octets;
    struct queue queue;
    uint8_t *frame;         /* being received */
    struct slot_mtp2 *mtp2; /* hdlc: signal units of MTP2, with these states in place of the above */
    atomic_u64 rx_frames, rx_octets, tx_frames, tx_octets;
    atomic_u64 fcs, aborts, shorts, longs, unaligned, refused, dropped, underruns;
    uint8_t rate56;         /* hdlc: bit 8 is left out; these are the bits between octets: */
    uint8_t tx56, tx56_bits, rx56, rx56_bits;
    atomic_int dead;        /* engine side is done with it */
    struct port *port;
    struct slot *next_dead; /* API side: waiting for `dead` */
};
_Static_assert(offsetof(struct slot, condition) <= 64, "a line of the cache");

struct engine_span;

/* n octets of this timeslot to send, stride TIMESLOTS. */
void slot_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n);
/* n octets received, stride TIMESLOTS; the first frame ends at `time` + FRAME_NS. */
void slot_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                  uint64_t time);
/* Which of transmit and receive must be called each block. */
void slot_masks(td_engine *engine, struct slot *slot);
void slot_free(struct slot *slot);
void slot_publish_faults(struct slot *slot, const td_hdlc_counts *counts);

static inline void slot_gather(uint8_t *to, const uint8_t *column, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        to[i] = column[i * TIMESLOTS];
}

static inline void slot_scatter(uint8_t *column, const uint8_t *from, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        column[i * TIMESLOTS] = from[i];
}

/* slot_56k.c: the same of a timeslot with TD_HDLC_56K, by what carries it at 64 kbit/s. */
typedef void slot_transmit_fn(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n);
typedef void slot_receive_fn(td_engine *engine, struct slot *slot, const uint8_t *column,
                             unsigned n, uint64_t time);
void rate56_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n,
                     slot_transmit_fn *transmit);
void rate56_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                    uint64_t time, slot_receive_fn *receive);

/* slot_mtp2.c: of a timeslot with TD_HDLC_MTP2. told: TD_MTP2_TOLD, or 1 for a port. */
int mtp2_make(struct slot *slot, uint32_t told);
/* API side: this SU is about to go into the queue. */
void mtp2_waits(struct slot *slot, const uint8_t *su, size_t n);
/* Another process has the port. */
void mtp2_joined(struct slot *slot);
void mtp2_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n);
void mtp2_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                  uint64_t time);

/* ---- ports (port.c) -------------------------------------------------------------------------- */

int port_listen(const char *path);
void port_unlink(struct port *port);
void port_begin(td_engine *engine, struct slot *slot);
void port_end(td_engine *engine, struct slot *slot);
void port_poll(td_engine *engine);
void port_read_frames(td_engine *engine, struct slot *slot);
void port_frame(td_engine *engine, struct slot *slot, const uint8_t *frame, size_t n);
void port_octets_out(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n);
void port_octets_in(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n);
void port_bits(td_engine *engine, int span, int timeslot, int abcd);

/* ---- commands: API side to engine side ------------------------------------------------------- */

enum op {
    /* of a timeslot */
    OP_OPEN = 1, OP_CLOSE, OP_CONNECT,
    OP_ATTACH, OP_DETACH, OP_CONTROL, OP_LISTEN, OP_CONDITION, OP_ECHO, OP_LEAVE,
    /* of a span or the engine */
    OP_BANK, OP_CANCELLER, OP_CONFERENCE, OP_CONFERENCE_END, OP_JOIN,
    /* of the line */
    OP_BITS, OP_LOOPBACK, OP_SEND_AIS, OP_LINE_CONNECT, OP_LINE_STATE, OP_LINE_IMPAIR,
    OP_LINE_SLIP, OP_LINE_SLIP_BIT,
    /* of an analog port (analog.c) */
    OP_ANALOG_FEED, OP_ANALOG_LOOP, OP_ANALOG_GROUND, OP_ANALOG_MONITOR, OP_ANALOG_SEND,
    OP_ANALOG_LAMP, OP_ANALOG_LINE,
    /* of a T1 */
    OP_FDL_CODE,
    /* Sa4 to Sa8 of an E1; what only a board's own back-end knows (e1d.c) */
    OP_SA, OP_BACKEND
};

struct command {
    uint8_t op;
    uint8_t timeslot;
    int16_t span; /* index */
    int32_t a, b;
    uint32_t n;
    int64_t tag;
    void *pointer;
};

/* span.c, API side: free what the engine has done with; all: the engine runs no more. */
void line_sweep(td_engine *engine, int all);

/* command.c, API side. */
int command_put(td_engine *engine, struct command command);
int command_has_span(const td_engine *engine, int span); /* one with a line */
struct slot *command_find(const td_engine *engine, int span, int timeslot, int kind, int *error);
int command_slot(td_engine *engine, struct slot *slot, struct command command);
int command_span(td_engine *engine, int span, struct command command);
int command_may_open(td_engine *engine, int span, int timeslot);
struct slot *command_new_slot(int span, int timeslot, enum slot_kind kind);
int command_make_hdlc(struct slot *slot, const td_hdlc_config *config, uint32_t queue);
int command_open(td_engine *engine, struct slot *slot);

/* ---- back-end: what lies below the timeslots ----------------------------------------------------
 *
 * It takes the octets of each span's timeslots (span->tx, span->tx_frames of 32 octets) and gives
 * those received (span->rx, engine->block_frames of them). sim.c frames E1 and T1 and carries them
 * over cables; one for a board's descriptors would write and read them here.
 */
struct backend_ops {
    /* How many frames span `index` is to send in the block that begins. */
    unsigned (*frames)(td_engine *engine, int index);
    /* All spans' tx are filled: send them. */
    void (*transmit)(td_engine *engine);
    /* Give all spans' rx for the block that began at `time`; tell alarms, slips and bits. */
    void (*receive)(td_engine *engine, uint64_t time);
    /* Take span->kind and its options; before start. 0 or -ENOMEM. */
    int (*configure)(td_engine *engine, int index);
    /* Carry out what concerns the line: OP_BITS and after. */
    void (*command)(td_engine *engine, const struct command *command);
    void (*free)(td_engine *engine);
    /* Until the block on the line is over; NULL: CLOCK_MONOTONIC says. */
    void (*wait)(td_engine *engine);
};

struct engine_span {
    uint8_t tx[MAX_TX * TIMESLOTS + 8];
    unsigned tx_frames;
    uint8_t *rx;
    uint32_t tx_mask, rx_mask;      /* timeslots to call slot_transmit, slot_receive for */
    uint32_t linear_mask;           /* timeslots whose received octets are decoded */
    uint32_t echo_mask;             /* timeslots with an echo canceller */
    uint32_t condition_mask;        /* timeslots conditioned as they are received */
    uint32_t ulaw_mask;
    uint32_t open_mask;             /* engine side: timeslots in use */
    struct soft *soft;              /* a span without a line */
    struct listen *listen;          /* engine side: detector banks */
    void *banks[9];                 /* API side: the same, by kind */
    struct canceller *canceller;    /* engine side */
    struct canceller *echo_made;    /* API side: the one given last */
    uint32_t echo_users;            /* API side */
    int listens_api;                /* API side: `listen` was given */
    uint32_t plane_mask;            /* timeslots of conferences: decoded into `planes`, too */
    int16_t *linear;                /* received, decoded: block_frames of TIMESLOTS; of all spans */
    int16_t *planes;                /* the same: TIMESLOTS of `plane` samples, 0 behind the block */
    int16_t *mixes;                 /* as `planes`: what members hear, who hear a mix of their own */
    uint32_t mix_mask;              /* timeslots that send their conference's sound and nothing else */
    uint32_t own_mask;              /* members with a row in `mixes` */
    uint8_t idle[TIMESLOTS];        /* what each timeslot sends when its slot is not called */
    struct slot *slots[TIMESLOTS];  /* engine side */
    struct slot *opened[TIMESLOTS]; /* API side */
    _Atomic uint32_t alarms;
    _Atomic uint8_t bits[TIMESLOTS];
    atomic_u64 counts[sizeof(td_span_counts) / 8];
    atomic_u64 t1_counts[sizeof(td_t1_counts) / 8];
    _Atomic int looped;             /* TD_LOOP_* */
    uint32_t clear_mask;            /* engine side: timeslots whose bits are never robbed (T1) */
    uint8_t kind;                   /* TD_SPAN_*; this and what follows: before start */
    uint8_t idle_octet;             /* of timeslots that are not open */
    uint8_t crc4, cas;
    td_t1_config t1;
};

struct td_engine {
    const struct backend_ops *ops;
    void *backend;
    void *analog;                   /* analog.c's, once a span is analog */
    unsigned n_spans, block_frames; /* with a line */
    unsigned n_all;                 /* and the soft ones behind them */
    unsigned plane;                 /* samples: block_frames, rounded up to whole PLANEs */
    uint64_t block_ns, time, seed;
    int stepped, started, sent;     /* sent: this block is on the line, it may be received */
    atomic_u64 now, blocks, busy_ns, overruns, skipped;
    atomic_int stop;
    pthread_t thread;
    clockid_t cpu_clock;
    struct ring ring;
    struct command commands[COMMANDS];
    _Atomic uint32_t command_head, command_tail;
    struct slot *dead;              /* API side */
    struct line_change *changes;    /* API side */
    int rows_made;                  /* engine side: bits of directions, of the span at hand */
    uint8_t rows[2][TIMESLOTS * MAX_BLOCK]; /* engine side: its octets, timeslot by timeslot */
    struct recorder *recorder;      /* API side: made with the first recording */
    struct recording *over;         /* engine side: recordings whose end is to be told */
    _Atomic(struct trash *) trash;  /* from the engine side to the API side */
    struct conference *conferences[1024]; /* engine side, by number */
    unsigned n_conferences;         /* engine side: numbers up to this one are in use */
    uint32_t conference_room[1024]; /* API side: members there is room for; 0: no conference */
    uint32_t conference_members[1024]; /* API side */
    struct slot *ports[MAX_SPANS * TIMESLOTS];
    unsigned n_ports;
    int epoll;
    struct engine_span spans[];
};

void engine_event(td_engine *engine, const td_event *event, const void *payload);
void engine_carry_out(td_engine *engine);
void engine_begin_block(td_engine *engine);
void engine_end_block(td_engine *engine);
/* Sleep until the block is over by CLOCK_MONOTONIC; what is too late is caught up with, or left out. */
void engine_pace(td_engine *engine);
int sim_init(td_engine *engine);
/* An engine on the back-end that `init` makes of `how`. */
td_engine *engine_new(const td_engine_config *config, int (*init)(td_engine *, const void *),
                      const void *how, int *error);

#endif
