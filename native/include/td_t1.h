/* T1 spans: framing of ANSI T1.403 and G.704 2.1, robbed bits, data link. */
#ifndef TRUNKD_TD_T1_H
#define TRUNKD_TD_T1_H

#include "trunkd_native.h"

#define TD_T1_D4 0  /* superframe of 12 frames */
#define TD_T1_ESF 1 /* extended superframe of 24 frames: CRC-6, data link */

/* Bits of td_t1_config.options. */
#define TD_T1_AMI 1         /* AMI with zero-code suppression: octets of zeros get bit 7 set */
#define TD_T1_PRM 2         /* ESF: send a performance report each second */
#define TD_T1_NETWORK 4     /* ESF: reports are those of the network's end */
#define TD_T1_OBEY_LOOPS 8  /* ESF: obey the far end's loopback commands */

typedef struct td_t1_config {
    uint32_t framing; /* TD_T1_D4, TD_T1_ESF */
    uint32_t options;
    uint32_t cas;     /* timeslots with robbed bits: bit n for timeslot n, 1 to 24 */
    uint32_t reserved;
} td_t1_config;

/* A span of kind TD_SPAN_T1; before start (-EBUSY). A new one is ESF, no options, no robbed bits.
 * -EOPNOTSUPP: it is no T1; -EINVAL: a value out of range.
 *
 * Robbed bits: bit 8 of the frames 6 and 12 (A, B; of ESF also 18, 24: C, D) of each timeslot in
 * `cas` that is not a clear channel. Timeslots opened for HDLC, or as a port of HDLC or raw octets,
 * are clear channels. td_slot_set_bits takes 0 to 15 (D4 sends A and B, and gives AB twice), from the
 * next superframe on; TD_EVENT_BITS comes once two superframes agree. Bit 8 of received voice is as
 * it was heard, robbed or not. */
int td_span_configure_t1(td_engine *engine, int span, const td_t1_config *config);

/* Codewords of the data link: the octet that T1.403 9.4.1 writes before the eight ones. */
#define TD_T1_CODE_RAI 0x00
#define TD_T1_CODE_LINE_UP 0x0e
#define TD_T1_CODE_LINE_DOWN 0x38
#define TD_T1_CODE_PAYLOAD_UP 0x14
#define TD_T1_CODE_PAYLOAD_DOWN 0x32
#define TD_T1_CODE_NETWORK_UP 0x12
#define TD_T1_CODE_DOWN 0x24 /* universal */

/* ESF: send a codeword so often (1 to 10000; 0: the 10 times of T1.403). -EINVAL: no codeword
 * (0xxxxxx0, and not yellow alarm, which the engine sends by itself); -EOPNOTSUPP: no ESF. */
int td_span_send_code(td_engine *engine, int span, int code, int repeats);

/* TD_LOOP_*: what is looped now, by us or by the far end's command; -ENODEV. */
int td_span_looped(const td_engine *engine, int span);

/* Something came on the data link. value -1: a message, its octets (no FCS) behind the head; else the
 * codeword (not that of yellow alarm), once for each time it is sent. Reports are counted only. */
#define TD_EVENT_FDL 14

/* Beside td_span_counters, whose fas_errors are wrong Ft or FAS bits and nfas_errors wrong Fs bits. */
typedef struct td_t1_counts {
    uint64_t crc6_errors;      /* extended superframes received with a wrong CRC-6 */
    uint64_t severely_errored; /* events: two alignment bits wrong in 3 ms (D4: in 0.75 ms) */
    uint64_t fdl_messages;     /* good ones received */
    uint64_t fdl_faults;
    uint64_t fdl_codes;        /* commands received */
    uint64_t prm_sent;
    uint64_t prm_received;
    uint64_t far_errored;      /* seconds that the far end reports with errors */
    uint64_t far_severely_errored;
    uint64_t far_slipped;
    uint64_t suppressed;       /* octets of zeros sent with bit 7 set (TD_T1_AMI) */
} td_t1_counts;
int td_span_t1_counters(const td_engine *engine, int span, td_t1_counts *counts);

/* Name, value and source of a time or threshold; NULL behind the last. */
const char *td_t1_row(int row, uint32_t *value, const char **source);

/* ---- the framers by themselves, for tests and tools; the engine uses the same code ---- */
typedef struct td_t1_tx td_t1_tx;
typedef struct td_t1_rx td_t1_rx;

#define TD_T1_CODE 100    /* in td_e1_event.alarm: value is a codeword */
#define TD_T1_MESSAGE 101 /* value: octets of a message */

td_t1_tx *td_t1_tx_new(const td_t1_config *config);
void td_t1_tx_free(td_t1_tx *tx);
void td_t1_tx_set(td_t1_tx *tx, int ais, int rai);
void td_t1_tx_abcd(td_t1_tx *tx, int timeslot, int abcd);
void td_t1_tx_code(td_t1_tx *tx, int code, int repeats);
/* 0: one waits already; -EINVAL: fewer than 2 octets, or over 64. */
int td_t1_tx_message(td_t1_tx *tx, const uint8_t *octets, uint32_t n);
/* n times 32 columns to n * 193 bits; `line` has room for n * 25 + 1 octets. Returns the bits. */
uint32_t td_t1_tx_frames(td_t1_tx *tx, const uint8_t *frames, uint32_t n, uint8_t *line);

td_t1_rx *td_t1_rx_new(const td_t1_config *config);
void td_t1_rx_free(td_t1_rx *rx);
/* As td_e1_rx_line, at most 30880 bits; timeslots 1 to 24 are columns 1 to 24 of 32. */
int td_t1_rx_line(td_t1_rx *rx, const uint8_t *line, uint32_t nbits, int signal, uint64_t time,
                  uint8_t *frames, td_e1_event *events, uint32_t max_events, uint32_t *n_events);
uint32_t td_t1_rx_alarms(const td_t1_rx *rx);
void td_t1_rx_counts(const td_t1_rx *rx, td_span_counts *counts, td_t1_counts *t1);
/* The performance report at the end of the last of n seconds, the oldest first: their CRC-6 errors and
 * flags (1: severely errored framing, 2: framing bit error, 4: slip, 8: payload loopback). */
#define TD_T1_REPORT_OCTETS 11
void td_t1_report(const uint32_t *crc6_errors, const uint32_t *flags, uint32_t n, int network,
                  uint8_t *octets);
/* The message told last: its octets, up to `room`. */
uint32_t td_t1_rx_message(const td_t1_rx *rx, uint8_t *octets, uint32_t room);

#endif
