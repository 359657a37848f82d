/* Lines that osmo-e1d serves: an engine on the descriptors of their timeslots.
 *
 * Conventions are those of trunkd_native.h, section Engine. The server's control protocol is not spoken
 * here: whoever does gives the engine each timeslot's descriptor, and tells it the line's alarms.
 * Each timeslot is read and written once a block. The far clock is followed by what waits to be heard:
 * the engine's blocks become shorter while more waits than should, and longer while less does. Where
 * nothing waits, all ones are heard until enough does again; where far too much waits, a block is left
 * out: TD_EVENT_SLIP, `value` frames.
 */
#ifndef TD_E1D_H
#define TD_E1D_H

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stepped, it is for a server that is stepped as well. depth: octets of a timeslot that wait in each direction, 8 to 2048: latency
 * against what both sides may be late. -EINVAL, -ENOMEM. */
td_engine *td_engine_new_e1d(const td_engine_config *config, uint32_t depth, int *error);

#define TD_E1D_RAW 0  /* a SOCK_STREAM of octets */
#define TD_E1D_HDLC 1 /* a SOCK_SEQPACKET of frames without FCS: for timeslots opened as HDLC */
/* A timeslot's descriptor, which then belongs to the engine; an older one is closed. fd -1: none any
 * more. -ENODEV, -EINVAL, -EAGAIN. */
int td_e1d_timeslot(td_engine *engine, int span, int timeslot, int fd, int mode);
/* A line's alarm (a bit of trunkd.board.Alarm) begins or ends; told as TD_EVENT_ALARM. */
int td_e1d_alarm(td_engine *engine, int span, int alarm, int active);

/* Of one timeslot, each only grows. */
typedef struct td_e1d_counts {
    uint64_t starved;  /* times that nothing waited to be heard */
    uint64_t left_out; /* blocks */
    uint64_t refused;  /* octets that the socket did not take */
    uint64_t lost;     /* descriptors that the server closed */
    uint64_t waiting;  /* octets to be heard, now */
} td_e1d_counts;
int td_e1d_counters(const td_engine *engine, int span, int timeslot, td_e1d_counts *counts);

/* The server closed a timeslot's descriptor. */
#define TD_EVENT_E1D 65

#ifdef __cplusplus
}
#endif
#endif
