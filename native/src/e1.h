/* E1 framing: one span's transmitter and receiver, as pure functions over their state.
 *
 * A frame is 32 octets, timeslot 0 first; an octet's MSB is bit 1 of G.704 and is sent first.
 * Nothing here allocates, locks, or knows of engines and cables.
 */
#ifndef TD_E1_H
#define TD_E1_H

#include <stdint.h>
#include <string.h>

#include "line_bits.h"

#define E1_TIMESLOTS 32
#define E1_FRAME_BITS 256
#define E1_MULTIFRAME 16
#define E1_BIT_NS(bits) ((uint64_t)(bits) * 125000u / E1_FRAME_BITS)

/* Timeslot 0 (G.704 table 5A). */
#define E1_FAS 0x1b
#define E1_FAS_MASK 0x7f
#define E1_NFAS 0x40
#define E1_A 0x20
#define E1_SA 0x1f
#define E1_SI 0x80

/* Alarms: the bits of trunkd.board.Alarm. */
enum e1_alarm {
    E1_LOS,
    E1_LOF,
    E1_LOMF_CRC,
    E1_LOMF_CAS,
    E1_AIS,
    E1_RAI,
    E1_AIS16,
    E1_RAI16,
    E1_ALARMS
};

/* CRC-4 of G.704 2.3.3.5, polynomial x^4 + x + 1.
 *
 * The polynomial divides x^15 - 1, hence also x^60 - 1: a submultiframe may be gathered modulo
 * x^60 - 1 with shifts and XORs alone, and divided by the polynomial once, at its end.
 */
#define E1_RING60 ((UINT64_C(1) << 60) - 1)

static inline uint64_t e1_rot60(uint64_t value, unsigned by)
{
    return ((value << by) | (value >> (60 - by))) & E1_RING60;
}

static inline uint64_t e1_fold60(uint64_t word)
{
    return (word & E1_RING60) ^ (word >> 60);
}

/* Add one frame's 256 bits to a submultiframe's sum (256 = 1 modulo 15). Frames with FAS carry
 * C1 to C4 in their first bit, which counts as 0 (G.704 2.3.3.5.2): it is taken out again.
 */
static inline uint64_t e1_crc4_add(uint64_t sum, const uint8_t *frame, int fas)
{
    uint64_t high = e1_rot60(e1_fold60(bits_load64(frame)), 12);
    uint64_t third = e1_rot60(e1_fold60(bits_load64(frame + 8)), 8);
    uint64_t second = e1_rot60(e1_fold60(bits_load64(frame + 16)), 4);

    high ^= (uint64_t)(frame[0] >> 7 & (fas ? 1 : 0)) << 15;
    return e1_rot60(sum, 1) ^ high ^ third ^ second ^ e1_fold60(bits_load64(frame + 24));
}

/* The remainder of sum * x^4: C1 in bit 3 ... C4 in bit 0. */
static inline unsigned e1_crc4_end(uint64_t sum)
{
    uint32_t rest = (uint32_t)((sum ^ (sum >> 15) ^ (sum >> 30) ^ (sum >> 45)) & 0x7fff) << 4;

    for (int bit = 18; bit >= 4; bit--)
        rest ^= (0x13u << (bit - 4)) & (0u - ((rest >> bit) & 1u));
    return rest;
}

/* ---- transmitter (e1_tx.c) ------------------------------------------------------------------- */

struct e1_tx {
    uint8_t crc4;    /* CRC-4 multiframe, or Si bits 1 */
    uint8_t cas;     /* timeslot 16 carries the signalling multiframe */
    uint8_t rai;     /* the A bit */
    uint8_t rai16;   /* the y bit */
    uint8_t ais;     /* all ones instead of everything */
    uint8_t sa;      /* Sa4 (bit 4) ... Sa8 (bit 0); 1 when not used (G.704 table 5A note 4) */
    uint8_t index;   /* next frame of the multiframe, 0 to 15 */
    uint8_t sent;    /* CRC-4 of the submultiframe sent last */
    uint8_t e_line;  /* 0: E bits are 0 because the receiver has no multiframe (G.704 2.3.3.4) */
    uint32_t e_owed; /* submultiframes received in error and not yet told by an E bit */
    uint64_t sum;
    uint8_t abcd[E1_TIMESLOTS]; /* bit 3 = A ... bit 0 = D */
};

void e1_tx_init(struct e1_tx *tx, int crc4, int cas);

/* Put timeslot 0, and timeslot 16 with CAS, into n frames whose other octets are there. */
void e1_tx_frames(struct e1_tx *tx, uint8_t *frames, unsigned n);

/* ---- receiver (e1_rx.c, e1_align.c, e1_cas.c) ------------------------------------------------ */

/* What a receiver tells. `time` is absolute; calls come in order of detection within a block. */
struct e1_sink {
    void *self;
    void (*alarm)(void *self, uint64_t time, int alarm, int active);
    void (*bits)(void *self, uint64_t time, int timeslot, int abcd);
};

struct e1_cas_rx {
    uint8_t enabled;
    uint8_t aligned;
    uint8_t index;       /* frame of the signalling multiframe expected next */
    uint8_t bad;         /* multiframe alignment signals in error, one after another */
    uint8_t before_zero; /* the timeslot 16 before had no 1 */
    uint8_t y_run, y_last;
    uint8_t frames;      /* place in the 16-frame period of AIS16 */
    uint8_t ais_run, clear_run;
    uint8_t wait;        /* frames without signalling multiframe alignment, up to 32 */
    uint8_t zero_run;    /* timeslots 16 without a 1, one after another */
    uint16_t zeros;
    uint8_t abcd[E1_TIMESLOTS];
};

#define E1_RX_MAX_OCTETS (162 * 32 + 8) /* a block of 20 ms, two frames more, a bit more */
#define E1_RX_KEEP (6 * 32)             /* what a search looks back at, at most */

struct e1_rx {
    uint8_t crc4;
    uint8_t aligned;
    uint8_t nfas_next;     /* the next frame has no FAS */
    uint8_t fas_bad, nfas_bad;
    uint8_t rai_run, rai_last;
    uint8_t searching;     /* a search goes on, alone or (G.706 4.2) beside the alignment */
    uint8_t sa;            /* Sa4 ... Sa8, the same in a whole multiframe */
    uint8_t sa_run, sa_last;
    /* CRC-4 multiframe */
    uint8_t mf;            /* aligned */
    uint8_t mf_index;      /* next frame, 0 to 15 */
    uint8_t mf_checks;     /* 1: this submultiframe is whole; 2: crc_kept is of a whole one */
    uint8_t c_bits, crc_kept;
    uint8_t mf_history;    /* Si bits of the last NFAS frames, newest in bit 0 */
    uint8_t mf_seen;       /* NFAS frames since alignment, up to 8 ms of them */
    /* another place tried beside the alignment (G.706 4.2), its next FAS at `search` */
    uint8_t trying, try_history, try_seen;
    uint32_t try_match;
    uint32_t mf_match;     /* bit n: a multiframe alignment signal ended n NFAS frames ago */
    uint32_t first_bits;   /* received before the first alignment, up to FIRST_BITS */
    uint32_t mf_wait;      /* frames since alignment without multiframe alignment, up to 3200 */
    uint32_t block_checked, block_bad;
    uint64_t sum;
    /* signal and AIS */
    uint8_t signal;
    uint8_t ais_run, ais_clear_run;
    uint16_t ais_bits, ais_zeros;
    uint32_t los_bits, signal_bits;
    uint64_t found;        /* when frame alignment was found last */
    uint32_t alarms;
    uint32_t tx_e_owed;    /* errored submultiframes since the owner took them for the E bits */
    struct e1_cas_rx cas;
    /* totals */
    uint64_t frames, fas_errors, nfas_errors, crc_errors, e_bits, reframes;
    uint64_t raised[E1_ALARMS];
    /* bits not yet used: `have` of them in `line`, the next frame begins at `pos` */
    uint32_t have, pos, search;
    uint64_t now;          /* time of bit 0 of `line` of the call going on */
    struct e1_sink sink;
    uint8_t line[E1_RX_KEEP + E1_RX_MAX_OCTETS + 16];
};

void e1_rx_init(struct e1_rx *rx, int crc4, int cas, struct e1_sink sink);

/* Receive nbits of line (each call begins on an octet of `line`); time: of the first bit.
 *
 * signal 0: no pulses; the octets are to be zeros then. Whole aligned frames are written to
 * `frames`, of which there is room for nbits / 256 + 2; returns how many. *broken is -1 when they
 * follow on those of the call before, else how many of them came before alignment was lost.
 */
unsigned e1_rx_line(struct e1_rx *rx, const uint8_t *line, uint32_t nbits, int signal,
                    uint64_t time, uint8_t *frames, int *broken);

/* ---- parts of the receiver, each in a file of its own ---------------------------------------- */

void e1_set_alarm(struct e1_rx *rx, int alarm, int active, uint64_t time);
void e1_lose_alignment(struct e1_rx *rx, uint64_t time, uint32_t search_from);
int e1_search(struct e1_rx *rx);
void e1_multiframe_lost(struct e1_rx *rx);
int e1_multiframe_frame(struct e1_rx *rx, const uint8_t *frame, uint64_t time);
void e1_cas_lost(struct e1_rx *rx, uint64_t time);
void e1_cas_frame(struct e1_rx *rx, uint8_t octet, uint64_t time);
void e1_watch_ais(struct e1_rx *rx, const uint8_t *line, uint32_t nbits, uint64_t time);

static inline uint8_t e1_octet_at(const uint8_t *line, uint32_t bit)
{
    const uint8_t *p = line + (bit >> 3);
    unsigned shift = bit & 7;

    return (uint8_t)((unsigned)(p[0] << 8 | p[1]) >> (8 - shift));
}

#endif
