/* The simulated back-end's own: a span with its framer, its elastic store and its end of a cable.
 *
 * sim.c has what E1 and T1 share: cables, elastic store, loopbacks, and who is called when. What a
 * framer does is in sim_e1.c and sim_t1.c; analog spans have no framer and are analog.c's.
 */
#ifndef TD_SIM_H
#define TD_SIM_H

#include "cable.h"
#include "e1.h"
#include "engine.h"
#include "t1.h"

#define STORE_FRAMES (MAX_TX + 4)

struct sim_span;

/* What a span's receiver made of a block of line. */
struct sim_heard {
    unsigned frames; /* whole frames, 32 columns each, behind those in the store */
    int broken;      /* as e1_rx_line: -1, or how many came before alignment was lost */
    int aligned;
    int silent;      /* AIS to the timeslots, whatever was received (G.732 table 2) */
};

/* A digital line: its framer's part in each block. */
struct sim_kind {
    uint32_t frame_bits;
    double bits_per_second;
    /* Begin afresh; before start. */
    void (*configure)(struct sim_span *span);
    /* Frame span->tx: what goes on the line. The octets must stay until the next call. */
    struct line (*transmit)(struct sim_span *span, struct engine_span *from);
    struct sim_heard (*receive)(struct sim_span *span, struct line heard, uint64_t time,
                                uint8_t *frames);
    /* Counters and alarms; what was found goes out with the transmitter's next frames. */
    void (*done)(struct sim_span *span, struct engine_span *to);
    /* OP_BITS, OP_SEND_AIS and what only this kind knows. */
    void (*command)(struct sim_span *span, const struct command *command);
    void (*free)(struct sim_span *span);
};

extern const struct sim_kind sim_e1, sim_t1;

/* A T1's framer, and what its data link says and hears. */
struct sim_t1 {
    struct t1_tx tx;
    struct t1_rx rx;
    struct t1_prm_tx prm_tx;
    struct t1_prm_rx prm_rx;
    struct {
        uint64_t crc_errors, severely_errored, ft_errors, slips;
    } told;                 /* up to the last report */
    uint32_t second_frames; /* of the second that the next report is about */
    uint32_t rai_frames;    /* yellow alarm goes on for so long, whatever is received */
    int code_sent;          /* our last command, -1: none */
    uint32_t code_frames;   /* and how long it may come back */
    uint8_t line[MAX_TX * 25 + 8];
};

struct sim_span {
    const struct sim_kind *kind; /* NULL: analog */
    td_engine *engine;
    int index;
    int loopback;
    int to;               /* the span that hears us, -1: none */
    union {
        struct {
            struct e1_tx tx;
            struct e1_rx rx;
            uint8_t sa_told;
        } e1;
        struct sim_t1 t1;
    };
    struct cable in;      /* what comes to this span */
    struct line out;      /* on the line in this block */
    struct line heard;    /* received in this block; for the line loopback */
    uint64_t slips;
    /* Elastic store: received frames not yet read by the board's clock; `depth` of them. */
    unsigned depth;
    uint8_t store[STORE_FRAMES * TIMESLOTS];
    uint8_t turned[CABLE_MAX_OCTETS];
};

/* sim.c, for the kinds: tell of a span. `self` is the struct sim_span. */
void sim_tell_alarm(void *self, uint64_t time, int alarm, int active);
void sim_tell_bits(void *self, uint64_t time, int timeslot, int abcd);
void sim_publish_raised(struct engine_span *to, const uint64_t *raised, uint32_t alarms);

#endif
