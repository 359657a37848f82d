/* Streams of a voice timeslot: live audio by a descriptor, and bridges to another board's engine. */
#ifndef TD_STREAM_H
#define TD_STREAM_H

#include "td_media.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What goes over the descriptor. Both of RECEIVED and SENT: their samples in turn, received first.
 * On a soft channel the other end is its party: RECEIVED is what that hears, SENT what it says. */
#define TD_LIVE_RECEIVED 1 /* the other end hears what the timeslot receives */
#define TD_LIVE_SENT 2     /* and what it sends */
#define TD_LIVE_SPEAK 4    /* what the other end writes is sent */
/* With SPEAK, for modem signals of a writer that answers each packet with one: what it wrote goes out
 * whole also when it has closed its end, and delay that its lateness left is made good in the
 * silence it writes (of each silence 100 ms stay). */
#define TD_LIVE_DATA 8

typedef struct td_live_config {
    uint32_t directions;
    uint32_t coding;     /* TD_LINEAR (16 bits, little endian), TD_ALAW, TD_ULAW */
    uint32_t rate;       /* 8000, or with TD_LINEAR 16000 */
    uint32_t packet_ms;  /* of packets to the other end, 5 to 100; 0: 20 */
    uint32_t buffer_ms;  /* bound of what waits to be sent, 40 to 2000; 0: 200 */
    uint32_t prefill_ms; /* waits before sending begins, 0 to buffer_ms / 2 */
    uint32_t wait_ms;    /* stepped: time stands still so long for what the other end owes */
    uint32_t reserved;
} td_live_config;

typedef struct td_live_counts {
    uint64_t packets;   /* to the other end */
    uint64_t dropped;   /* packets it did not take in time */
    uint64_t spoken;    /* samples of 8 kHz sent from it */
    uint64_t gaps;      /* times that what it wrote came too late, or it paused */
    uint64_t malformed; /* packets of no whole samples, or too long */
} td_live_counts;

/* tag: the stream's; code: TD_END_STOPPED or TD_END_GONE; payload: td_live_counts. */
#define TD_EVENT_LIVE_END 24
/* The other end closed its socket. */
#define TD_END_GONE 2

#define TD_LIVE_MOST_OCTETS 6400

/* Give the engine one end of a connected SOCK_SEQPACKET socket, which it then owns. Packets of up to
 * TD_LIVE_MOST_OCTETS are read; more than buffer_ms waits in the socket, and holds its writer back.
 * -EBUSY: there is a stream on the timeslot. */
int td_slot_live(td_engine *engine, int span, int timeslot, const td_live_config *config, int fd,
                 int64_t tag);
/* End live audio or this side of a bridge. */
int td_slot_stop_stream(td_engine *engine, int span, int timeslot);
/* 1 while there is one (until its end is told), 0, or a negative errno. */
int td_slot_streaming(td_engine *engine, int span, int timeslot);

/* A bridge's end was ended; tag: its slips. */
#define TD_EVENT_BRIDGE_END 25

/* Both ways between timeslots of two engines, octet for octet (between two laws: by G.711 tables 3
 * and 4). Where their clocks differ octets are repeated or left out, a block at a time, and counted.
 * Each end is ended by td_slot_stop_stream; what is left then hears silence. */
int td_bridge(td_engine *engine, int span, int timeslot, td_engine *other, int other_span,
              int other_timeslot);
/* Slips of this end so far: octets repeated and left out. -ENOTCONN: it is not bridged. */
int64_t td_bridge_slips(td_engine *engine, int span, int timeslot);

#ifdef __cplusplus
}
#endif
#endif
