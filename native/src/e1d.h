/* The timeslots of osmo-e1d's lines, as their engine sees them. */
#ifndef TD_E1D_INTERNAL_H
#define TD_E1D_INTERNAL_H

#include "engine.h"
#include "td_e1d.h"

#define E1D_MAX_DEPTH 2048
#define E1D_STORE 8192 /* octets received and not heard yet */

enum e1d_command { E1D_TIMESLOT, E1D_ALARM }; /* `a` of OP_BACKEND */

struct e1d_timeslot {
    int fd;             /* -1: none */
    uint8_t span;       /* index */
    uint8_t timeslot;
    uint8_t primed;     /* `depth` waited, and not nothing since */
    uint8_t heard;      /* primed once: what is missing is ones, not idle, from then on */
    uint32_t head, depth;
    uint8_t store[E1D_STORE];
    atomic_u64 starved, left_out, refused, lost, waiting;
};

struct e1d_span {
    uint32_t octets_mask; /* timeslots with a stream */
    uint32_t frames_mask; /* with packets */
    uint32_t alarms;
    uint64_t raised[TD_ALARMS];
    uint64_t frames, slips;
    uint8_t rx[MAX_BLOCK * TIMESLOTS];
    struct e1d_timeslot timeslots[TIMESLOTS];
};

struct e1d {
    uint32_t depth;
    int64_t fill; /* what waits, on average: octets times 256 */
    struct e1d_span spans[];
};

static inline struct e1d *e1d_of(const td_engine *engine)
{
    return engine->backend;
}

/* e1d_timeslot.c, engine side */
void e1d_take(td_engine *engine, struct e1d_timeslot *at, int fd, int mode);
void e1d_send(td_engine *engine, struct e1d_timeslot *at, const uint8_t *column);
void e1d_read(td_engine *engine, struct e1d_timeslot *at);
void e1d_hear(td_engine *engine, struct e1d_timeslot *at, uint8_t *column);
void e1d_send_frames(td_engine *engine, struct e1d_timeslot *at, struct slot *slot);
void e1d_hear_frames(td_engine *engine, struct e1d_timeslot *at, struct slot *slot);

#endif
