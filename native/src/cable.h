/* One direction of a simulated cable: what it does to the bits on their way to a span. */
#ifndef TD_CABLE_H
#define TD_CABLE_H

#include <stdatomic.h>
#include <stdint.h>

#include "rng.h"
#include "trunkd_native.h"

#define CABLE_MAX_OCTETS (163 * 32)

/* A block of line: nbits of it, from the MSB of octets[0] on. No signal: the octets are 0. */
struct line {
    const uint8_t *octets;
    uint32_t nbits;
    int signal;
};

/* Blocks under way on a long cable. Made by the caller of td_line_impair, used by the engine. */
struct cable_delay {
    uint32_t blocks; /* how many blocks the cable holds */
    uint32_t next;
    struct {
        uint32_t nbits;
        int signal;
        uint8_t octets[CABLE_MAX_OCTETS];
    } block[];
};

/* New impairments for a cable. The engine puts the old delay line here and sets `done`. */
struct line_change {
    td_impairment is;
    struct cable_delay *delay;
    atomic_int done;
    struct line_change *next;
};

struct cable {
    int from;    /* index of the sending span, -1: nothing is plugged in */
    int state;   /* TD_LINE_... */
    double bits_per_second;
    int impaired;
    td_impairment is;
    double ln_ber, ln_burst, ln_density;
    uint64_t next_error;  /* bits until the next single error */
    uint64_t next_burst;
    uint32_t burst_left;
    int64_t phase;        /* drift of the far end's clock: frames times 1e9 */
    int slip, bit_slip;   /* asked for, not yet done: +1 repeat or insert, -1 delete */
    int force;            /* the slip that the receiver is to make in this block */
    uint64_t errors;      /* bits inverted */
    struct rng rng;
    struct cable_delay *delay;
    uint8_t octets[CABLE_MAX_OCTETS + 8];
};

void cable_init(struct cable *cable, uint64_t seed);
void cable_impair(struct cable *cable, const td_impairment *is);

/* How many frames more or fewer than usual the far end sends in a block of n frames. */
int cable_clock(struct cable *cable, unsigned n);

/* Carry a block to the receiver; the result stays until the next call. */
struct line cable_carry(struct cable *cable, struct line in);

#endif
