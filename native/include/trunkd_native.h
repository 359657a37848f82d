/* trunkd's native board ABI: the one public header.
 *
 * Conventions: handles are opaque; buffers belong to the caller; functions return >= 0 or a
 * negative errno; nothing calls back into Python; nothing allocates or locks on the sample path.
 */
#ifndef TRUNKD_NATIVE_H
#define TRUNKD_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TD_ABI_VERSION 3

/* The ABI this library was built with; compare it with TD_ABI_VERSION at import. */
uint32_t td_abi_version(void);

/* ==== HDLC (owner: hdlc.c) ==================================================================
 *
 * ISO/IEC 13239 framing as Q.921 clause 2 and Q.703 clause 2 use it: flags, zero insertion,
 * FCS-16, abort. Pure functions over a state that the caller allocates (td_hdlc_*_size octets,
 * aligned to 8); they neither allocate nor keep a pointer to the line's octets.
 *
 * Bit order. An octet of a timeslot is in LINE ORDER: bit 7 (the MSB, bit 1 of G.711) is sent
 * first. HDLC sends each octet of a frame LSB first, so the first HDLC bit goes into the MSB of
 * the timeslot octet. Octets of frames are in their usual order (LSB = bit 1 of Q.921).
 */
#define TD_HDLC_NONE 0
/* What td_hdlc_decode found. 1 to 5 are trunkd.board.FrameFault. */
#define TD_HDLC_FCS 1
#define TD_HDLC_ABORT 2
#define TD_HDLC_SHORT 3
#define TD_HDLC_LONG 4
#define TD_HDLC_OCTET 5
#define TD_HDLC_FRAME 6
/* A flag that closed nothing (TD_HDLC_REPORT_FLAGS only). */
#define TD_HDLC_FLAG 7
/* 15 ones outside a frame: the far end is mark idle (TD_HDLC_REPORT_IDLE only). */
#define TD_HDLC_IDLE 8
/* td_hdlc_encode only: the last bit of the frame is made, the next frame may be given. */
#define TD_HDLC_SENT 9

/* Bits of td_hdlc_config.options. */
/* Fill with ones between frames, not with flags. */
#define TD_HDLC_MARK 1
/* No FCS: none is sent, and received frames come with whatever FCS they have, unchecked. */
#define TD_HDLC_RAW 2
/* Opening flags after fill begin on an octet of the timeslot (by flags that share a zero). */
#define TD_HDLC_ALIGN 4
#define TD_HDLC_REPORT_FLAGS 8
#define TD_HDLC_REPORT_IDLE 16
/* Seven ones behind a flag are an ABORT, as those within a frame are. */
#define TD_HDLC_REPORT_ONES 32
/* td_slot_open_hdlc only: signal units of MTP2, by td_mtp2.h. */
#define TD_HDLC_MTP2 64

/* td_slot_open_hdlc only: 56 kbit/s. Bit 8 of each octet is 1, and not looked at. */
#define TD_HDLC_56K 128

/* The buffer for a received frame has max_octets + TD_HDLC_SLACK octets. */
#define TD_HDLC_SLACK 16

typedef struct td_hdlc_config {
    uint32_t max_octets;    /* longest frame, FCS not counted; 1 to 65535 */
    uint32_t min_octets;    /* shortest frame, FCS not counted; 0 to max_octets */
    uint32_t options;       /* TD_HDLC_MARK, ... */
    uint32_t flags_between; /* flags after each frame, 1 to 255; 1: one flag closes and opens */
} td_hdlc_config;

/* Each only grows. octets counts good frames without FCS. */
typedef struct td_hdlc_counts {
    uint64_t frames;
    uint64_t octets;
    uint64_t fcs;
    uint64_t aborts;
    uint64_t shorts;
    uint64_t longs;
    uint64_t unaligned;
} td_hdlc_counts;

typedef struct td_hdlc_decoder td_hdlc_decoder;
typedef struct td_hdlc_encoder td_hdlc_encoder;

size_t td_hdlc_decoder_size(void);
size_t td_hdlc_encoder_size(void);

/* Begin afresh, hunting for a flag. -EINVAL when the configuration is out of range. */
int td_hdlc_decoder_init(td_hdlc_decoder *decoder, const td_hdlc_config *config);

/* Read up to n octets of the line and stop at the first thing worth telling.
 *
 * Returns TD_HDLC_NONE when all n are read, else TD_HDLC_FRAME or what else was found; call again
 * with the octets from *used on. (What is left of an octet read in part is kept inside, so that
 * *used may be 0.) An indication comes with the octet that holds its last bit. `frame` is the
 * caller's, the same one from call to call; after TD_HDLC_FRAME it holds *length octets without
 * FCS (with it when RAW) until the next call. After a fault *length is what had arrived.
 *
 * A fault is told once; then a flag is hunted for. Seven ones are an abort only within a frame.
 * SHORT is told before OCTET, OCTET before FCS. LONG is told as soon as the frame is too long.
 * Octet counting as in Q.703 4.1: sum *used from ABORT or LONG to the next FRAME.
 */
int td_hdlc_decode(td_hdlc_decoder *decoder, const uint8_t *line, size_t n, uint8_t *frame,
                   size_t *used, size_t *length);

void td_hdlc_decoder_counts(const td_hdlc_decoder *decoder, td_hdlc_counts *counts);

/* 1 while the line shows 15 or more ones, else 0. */
int td_hdlc_decoder_idle(const td_hdlc_decoder *decoder);

/* Begin afresh, with nothing to send. -EINVAL when the configuration is out of range. */
int td_hdlc_encoder_init(td_hdlc_encoder *encoder, const td_hdlc_config *config);

/* Give the next frame (no FCS; it is added unless RAW). The octets stay the caller's and must
 * remain until td_hdlc_encode returns TD_HDLC_SENT. -EBUSY when one is being sent, -EMSGSIZE when
 * it is empty or longer than max_octets (min_octets is not asked for: tests send short frames).
 */
int td_hdlc_send(td_hdlc_encoder *encoder, const uint8_t *frame, size_t length);

/* Break the frame being sent off with seven ones. 1 when there was one, 0 when not. */
int td_hdlc_abort(td_hdlc_encoder *encoder);

/* 1 when td_hdlc_send would take a frame, else 0. */
int td_hdlc_ready(const td_hdlc_encoder *encoder);

/* Make up to n octets for the line: TD_HDLC_NONE when *made == n, else TD_HDLC_SENT once the
 * frame given is in (*made <= n): give the next one, or none for fill, and call again for the
 * rest. With a frame given each time, frames follow each other with flags_between flags.
 */
int td_hdlc_encode(td_hdlc_encoder *encoder, uint8_t *line, size_t n, size_t *made);

/* FCS-16 of Q.921 2.7 over n octets, as sent: low octet first. */
uint16_t td_hdlc_fcs(const uint8_t *octets, size_t n);
/* ==== end of HDLC =========================================================================== */

/* How samples are coded. */
#define TD_LINEAR 0 /* int16_t, 0 dBm0 as in A-law: full scale is 3.14 dBm0 */
#define TD_ALAW 1
#define TD_ULAW 2

/* ==== G.711 (owner: g711.c) =================================================================
 *
 * Octets as on the line: A-law with the even bits inverted, mu-law with all bits inverted, sign in
 * the MSB. Linear samples are 16 bits, full scale as in common use: A-law's 13 bits times 8, mu-law's
 * 14 bits times 4. `in` and `out` may be the same buffer where their octets are of one size.
 */
void td_alaw_encode(const int16_t *in, uint8_t *out, size_t n);
void td_alaw_decode(const uint8_t *in, int16_t *out, size_t n);
void td_ulaw_encode(const int16_t *in, uint8_t *out, size_t n);
void td_ulaw_decode(const uint8_t *in, int16_t *out, size_t n);
/* G.711 tables 3 and 4: octet to octet. */
void td_alaw_to_ulaw(const uint8_t *in, uint8_t *out, size_t n);
void td_ulaw_to_alaw(const uint8_t *in, uint8_t *out, size_t n);
/* ==== end of G.711 ========================================================================== */

/* ==== E1 framing (owner: e1_*.c) ============================================================
 *
 * The framers by themselves, for tests and tools; the engine uses the same code.
 */
typedef struct td_e1_tx td_e1_tx;
typedef struct td_e1_rx td_e1_rx;

/* What a receiver saw; alarm: a bit of trunkd.board.Alarm, or -1 for ABCD bits of a timeslot. */
typedef struct td_e1_event {
    uint64_t time;
    int32_t alarm;
    int32_t value; /* 1 raised, 0 cleared; or the ABCD bits */
    int32_t timeslot;
} td_e1_event;

td_e1_tx *td_e1_tx_new(int crc4, int cas);
void td_e1_tx_free(td_e1_tx *tx);
/* ais, rai, rai16: send them; sa: Sa4 (bit 4) to Sa8; e_line: E bits are in use. */
void td_e1_tx_set(td_e1_tx *tx, int ais, int rai, int rai16, int sa, int e_line);
/* Send an E bit of 0 for `n` more submultiframes. */
void td_e1_tx_owe(td_e1_tx *tx, uint32_t n);
void td_e1_tx_abcd(td_e1_tx *tx, int timeslot, int abcd);
/* Frame n times 32 octets in place. */
void td_e1_tx_frames(td_e1_tx *tx, uint8_t *frames, uint32_t n);

td_e1_rx *td_e1_rx_new(int crc4, int cas);
void td_e1_rx_free(td_e1_rx *rx);
/* Receive nbits of line, at most 40960. Frames go to `frames` (room for nbits / 256 + 2 of them),
 * at most max_events events to `events`; *n_events says how many. Returns frames, or -EINVAL. */
int td_e1_rx_line(td_e1_rx *rx, const uint8_t *line, uint32_t nbits, int signal, uint64_t time,
                  uint8_t *frames, td_e1_event *events, uint32_t max_events, uint32_t *n_events);
uint32_t td_e1_rx_alarms(const td_e1_rx *rx);

#define TD_ALARMS 8

typedef struct td_span_counts {
    uint64_t frames;
    uint64_t fas_errors;
    uint64_t nfas_errors;
    uint64_t crc4_errors;
    uint64_t e_bits;
    uint64_t reframes;
    uint64_t slips;
    uint64_t line_errors; /* bits that the simulated cable inverted on their way here */
    uint64_t raised[8];
} td_span_counts;

void td_e1_rx_counts(const td_e1_rx *rx, td_span_counts *counts);
/* ==== end of E1 framing ===================================================================== */

/* ==== Engine (owner: engine.c, command.c, slot.c, ring.c, port.c, sim.c, cable.c) =============
 *
 * One thread runs all spans, a block at a time; or td_engine_step runs them, without a thread.
 * Spans and timeslots are faceplate numbers: spans from 1, timeslots 0 to 31.
 *
 * Calls below come from one thread at a time (not the engine's). They reach the engine through
 * lock-free single-producer rings and are carried out between blocks; what can be refused is
 * refused at once: -ENODEV no such span or timeslot, -EBUSY open already or busy, -ENOTCONN not
 * open, -EOPNOTSUPP open for something else, -EINVAL out of range, -EAGAIN command ring full.
 *
 * A block goes on the line at time T and is received at T + block: what is asked for before T
 * takes effect from T on, and events of [T, T + block) can be read at T + block.
 */
typedef struct td_engine td_engine;

typedef struct td_engine_config {
    uint32_t spans;        /* 1 to 64 */
    uint32_t block_frames; /* frames in a block: 8 (1 ms) to 160 (20 ms) */
    uint32_t ring_octets;  /* event ring; rounded up to a power of two, at least 4096 */
    uint32_t stepped;      /* 1: no thread, td_engine_step */
    uint64_t start_ns;     /* stepped: board time of the first block; else CLOCK_MONOTONIC's */
    uint64_t seed;         /* of all that is random on the cables */
    uint32_t soft_spans;   /* 0 to 64 spans without a line, numbered after the others: td_media.h */
    uint32_t reserved;
} td_engine_config;

/* The simulated back-end: E1 framers and cables. NULL and *error on failure (-EINVAL, -ENOMEM). */
td_engine *td_engine_new_sim(const td_engine_config *config, int *error);
void td_engine_free(td_engine *engine);

/* What a span is; a new engine's are E1. Before start, and before its timeslots are opened or made
 * analog ports (-EBUSY); its cable is unplugged. T1: td_t1.h. An analog span's timeslots are ports; it
 * has no cable. */
#define TD_SPAN_E1 0
#define TD_SPAN_T1 1
#define TD_SPAN_ANALOG 2
int td_span_set_kind(td_engine *engine, int span, int kind);

/* CRC-4 and timeslot-16 signalling of an E1; before start only (-EBUSY). */
int td_span_configure(td_engine *engine, int span, int crc4, int cas);

/* Begin: starts the thread, or with stepped only marks time 0. -EBUSY when started. */
int td_engine_start(td_engine *engine);
int td_engine_stop(td_engine *engine);

/* Run blocks while they end at or before `until`, to the end of the first that left an event.
 * Returns 1 when one did, else 0; td_engine_time tells the end of the last block run. */
int td_engine_step(td_engine *engine, uint64_t until);
/* The end of the last block received. */
uint64_t td_engine_time(const td_engine *engine);
int td_engine_fileno(const td_engine *engine);

typedef struct td_engine_stats {
    uint64_t blocks;
    uint64_t block_ns;
    uint64_t busy_ns;  /* CPU time of the engine's thread, or time spent in td_engine_step */
    uint64_t overruns; /* blocks begun a whole block late or more */
    uint64_t skipped;  /* blocks left out because catching up would have taken too long */
    uint64_t lost;     /* events that did not fit in the ring */
} td_engine_stats;
void td_engine_get_stats(const td_engine *engine, td_engine_stats *stats);

/* Events: records of `size` octets (a multiple of 8), this head and then `length` octets. */
typedef struct td_event {
    uint64_t time;
    int64_t tag;
    uint32_t size;
    uint32_t octets;
    uint16_t length;
    int16_t value; /* active, frames, connected */
    uint8_t kind;
    uint8_t span;
    uint8_t timeslot;
    uint8_t code; /* fault, alarm, reason, ABCD bits */
} td_event;
_Static_assert(sizeof(td_event) == 32, "event head");

#define TD_EVENT_FRAME 1
#define TD_EVENT_FAULT 2
#define TD_EVENT_ALARM 3
#define TD_EVENT_SLIP 4
#define TD_EVENT_BITS 5
#define TD_EVENT_PLAY_END 6
#define TD_EVENT_RECORD_END 7
#define TD_EVENT_PORT 8
#define TD_EVENT_SA 66  /* an E1: code: Sa4 (bit 4) to Sa8 received from now on */
#define TD_EVENT_LOST 9

#define TD_END_COMPLETE 0
#define TD_END_STOPPED 1
#define TD_END_DIGIT 2   /* value: the digit, ASCII */
#define TD_END_SILENCE 3
#define TD_END_ERROR 4   /* value: errno */

/* Take whole records, oldest first, into `buffer`; returns octets. -EMSGSIZE: none fits. */
int64_t td_engine_events(td_engine *engine, uint8_t *buffer, size_t capacity);

/* ---- spans ---- */
uint32_t td_span_alarms(const td_engine *engine, int span); /* bits of trunkd.board.Alarm */
int td_span_counters(const td_engine *engine, int span, td_span_counts *counts);
#define TD_LOOP_NONE 0
#define TD_LOOP_LOCAL 1
#define TD_LOOP_LINE 2
#define TD_LOOP_PAYLOAD 3 /* the timeslots only: framing is our own (T1.403) */
int td_span_loopback(td_engine *engine, int span, int loopback);
int td_span_send_ais(td_engine *engine, int span, int on);
/* Send Sa4 (bit 4) to Sa8 of an E1; 31 is nothing to say (G.704 table 5A note 4). */
int td_span_set_sa(td_engine *engine, int span, int sa);

/* ---- cables of the simulated back-end: one direction each, named by the receiving span ---- */
#define TD_LINE_NORMAL 0
#define TD_LINE_CUT 1
#define TD_LINE_AIS 2

typedef struct td_impairment {
    double ber;                /* 0 to 0.5: each bit inverted with this chance */
    double bursts_per_second;  /* 0: none */
    double burst_density;      /* chance of each bit in a burst */
    uint32_t burst_bits;
    int32_t ppb;               /* the sending end's clock against the board's, parts in 1e9 */
    uint64_t seed;             /* 0: go on with the engine's */
    uint32_t delay_blocks;     /* up to 1000 */
    uint32_t reserved;
} td_impairment;

/* Plug span `from`'s transmitter into span `to`'s receiver; from 0: pull it out. -EOPNOTSUPP: one is
 * an E1 and the other a T1, or one is analog. */
int td_line_connect(td_engine *engine, int from, int to);
int td_line_state(td_engine *engine, int to, int state);
int td_line_impair(td_engine *engine, int to, const td_impairment *impairment);
/* A controlled slip at the receiver: frames +1 (one repeated) or -1 (one deleted). */
int td_line_slip(td_engine *engine, int to, int frames);
/* The line gains (+1) or loses (-1) a bit. */
int td_line_slip_bit(td_engine *engine, int to, int bits);

/* ---- timeslots ---- */
/* `queue` octets of frames wait for transmission at most. */
int td_slot_open_hdlc(td_engine *engine, int span, int timeslot, const td_hdlc_config *config,
                      uint32_t queue);
/* coding: TD_ALAW or TD_ULAW; idle: the octet sent while there is nothing else. */
int td_slot_open_voice(td_engine *engine, int span, int timeslot, int coding, uint8_t idle);
int td_slot_close(td_engine *engine, int span, int timeslot);
/* 1: taken, 0: the queue is full, -EMSGSIZE: longer than max_octets, or empty. */
int td_slot_transmit(td_engine *engine, int span, int timeslot, const uint8_t *frame, size_t n);
/* `octets` stay the caller's and must remain until TD_EVENT_PLAY_END, or until
 * td_slot_playing is 0. */
int td_slot_play(td_engine *engine, int span, int timeslot, const uint8_t *octets, uint32_t n,
                 int64_t tag);
int td_slot_stop_play(td_engine *engine, int span, int timeslot);
int td_slot_playing(const td_engine *engine, int span, int timeslot);
int td_slot_record(td_engine *engine, int span, int timeslot, uint8_t *buffer, uint32_t n,
                   int64_t tag);
int td_slot_stop_record(td_engine *engine, int span, int timeslot);
int td_slot_recording(const td_engine *engine, int span, int timeslot);
/* Octets recorded so far, or by the last recording. */
int64_t td_slot_recorded(const td_engine *engine, int span, int timeslot);
/* Send what timeslot `from` receives; from_span 0: end that. */
int td_slot_connect(td_engine *engine, int span, int timeslot, int from_span, int from_timeslot);
int td_slot_set_bits(td_engine *engine, int span, int timeslot, int abcd);
int td_slot_bits(const td_engine *engine, int span, int timeslot);

typedef struct td_slot_counts {
    uint64_t rx_frames;
    uint64_t rx_octets;
    uint64_t tx_frames;
    uint64_t tx_octets;
    uint64_t fcs;
    uint64_t aborts;
    uint64_t shorts;
    uint64_t longs;
    uint64_t unaligned;
    uint64_t tx_refused;
    uint64_t port_dropped; /* packets and frames between port and timeslot that were dropped */
    uint64_t underruns;    /* octets that a port's process did not give in time */
} td_slot_counts;
int td_slot_counters(const td_engine *engine, int span, int timeslot, td_slot_counts *counts);

/* ---- ports: a timeslot handed to another process by a SOCK_SEQPACKET socket ---- */
#define TD_PORT_HDLC 1
#define TD_PORT_RAW 2
#define TD_PORT_CAS 3
#define TD_PORT_STREAM 5 /* td_port_attach alone: octets on a SOCK_STREAM socket, max_octets at a time;
                          * 0xff is sent where octets are missing */
#define TD_PORT_MTP2 4 /* as TD_PORT_HDLC, by td_mtp2.h: a fill-in is one packet, however often sent */
/* Listen at `path` (mode 0600). -EADDRINUSE: somebody listens there, -ENAMETOOLONG, -EEXIST: a
 * file that is no socket is there; other errors of bind. */
int td_port_listen(td_engine *engine, int span, int timeslot, int mode, const char *path,
                   uint32_t max_octets);
/* The same on a connected socket, which then belongs to the engine. */
int td_port_attach(td_engine *engine, int span, int timeslot, int mode, int fd,
                   uint32_t max_octets);
/* ==== end of Engine ========================================================================= */

#ifdef __cplusplus
}
#endif

#include "td_tones.h"

#endif
