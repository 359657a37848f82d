/* T1 framing: one span's transmitter and receiver, as pure functions over their state.
 *
 * A frame is 193 bits: the framing bit F, then timeslots 1 to 24, MSB (bit 1) first. To the rest of
 * the engine it is 32 columns, as an E1's: timeslot n in column n, the others idle. Nothing here
 * allocates, locks, or knows of engines and cables.
 *
 * Line code is modelled by what it does to octets, not by pulses: B8ZS carries every octet, AMI with
 * zero-code suppression sets bit 7 of an octet of eight zeros. Bipolar violations do not exist here.
 */
#ifndef TD_T1_H
#define TD_T1_H

#include <stdint.h>
#include <string.h>

#include "hdlc.h"
#include "line_bits.h"
#include "td_t1.h"

#define T1_CHANNELS 24
#define T1_COLUMNS 32
#define T1_FRAME_BITS 193
#define T1_BIT_NS(bits) ((uint64_t)(bits) * 125000u / T1_FRAME_BITS)
#define T1_D4_FRAMES 12
#define T1_ESF_FRAMES 24

/* Alarms: the bits of trunkd.board.Alarm. LOF is the out-of-frame defect; RAI the yellow, AIS the
 * blue alarm. There is no LOMF: a superframe is aligned with its frames. */
enum t1_alarm { T1_LOS = 0, T1_LOF = 1, T1_AIS = 4, T1_RAI = 5, T1_ALARMS = 8 };

/* ---- times and thresholds (t1_rows.c): each a row with its source ---------------------------- */

enum t1_row {
    T1_LOS_PULSES,      /* without a pulse: LOS; with pulses: no more */
    T1_FIRST_FRAMES,    /* no alignment at the very beginning: LOF */
    T1_OOF_ERRORS,      /* so many in so many Ft or FAS bits: alignment is lost */
    T1_OOF_OF,
    T1_FS_ERRORS,       /* the same of Fs bits: superframe alignment is lost, and all with it */
    T1_FS_OF,
    T1_SYNC_D4,         /* framing bits that must be right, with no other place that has them */
    T1_SYNC_ESF,
    T1_SYNC_BESIDE,     /* the same beside an alignment there is (ESF) */
    T1_PICK_FRAMES,     /* ESF: several places go on having them: one is tried */
    T1_CRC_FALSE,       /* CRC-6 errors in a second: another place is looked for */
    T1_AIS_ZEROS,       /* at most, in each of so many periods of 3 ms */
    T1_AIS_PERIODS,
    T1_D4_RAI_ONES,     /* bits 2 that are 1, at most, in a superframe of yellow alarm */
    T1_D4_RAI_SET,      /* superframes: 335 ms */
    T1_D4_RAI_CLEAR,
    T1_CODE_SET,        /* FDL codes: so many of 10 periods of 16 bits; none of 10: over */
    T1_RAI_CLEAR,       /* periods of 16 bits without the yellow alarm's: over */
    T1_RAI_FRAMES,      /* yellow alarm is sent for at least so long */
    T1_CODE_REPEATS,    /* a command is sent so often */
    T1_REFLECTED_FRAMES, /* a loop code of ours that comes back so long after is not obeyed */
    T1_DEBOUNCE,        /* superframes in a row with the same ABCD */
    T1_ROWS
};

struct t1_row_of {
    const char *name;
    uint32_t value;
    const char *source;
};
extern const struct t1_row_of t1_rows[T1_ROWS];
#define T1(row) (t1_rows[T1_##row].value)

/* CRC-6 of G.704 2.1.3.1.2, polynomial x^6 + x + 1, over the 4632 bits of an extended superframe with
 * its F bits taken as 1. The polynomial divides x^63 - 1: frames are gathered modulo that, with
 * shifts and XORs alone, and divided by the polynomial once, at the end. */
#define T1_RING63 ((UINT64_C(1) << 63) - 1)

static inline uint64_t t1_rot63(uint64_t value, unsigned by)
{
    return ((value << by) | (value >> (63 - by))) & T1_RING63;
}

static inline uint64_t t1_fold63(uint64_t word)
{
    return (word & T1_RING63) ^ (word >> 63);
}

/* Add one frame: x^193 = x^4, x^192 = x^3, x^128 = x^2, x^64 = x modulo x^63 - 1. */
static inline uint64_t t1_crc6_add(uint64_t sum, const uint64_t w[3])
{
    return t1_rot63(sum, 4) ^ t1_rot63(t1_fold63(w[0]), 2) ^ t1_rot63(t1_fold63(w[1]), 1) ^
           t1_fold63(w[2]) ^ 8;
}

/* The remainder of sum * x^6: e1 in bit 5 ... e6 in bit 0. */
static inline unsigned t1_crc6_end(uint64_t sum)
{
    unsigned crc = 0;

    for (int bit = 62; bit >= 0; bit--) {
        unsigned out = (crc >> 5 ^ (unsigned)(sum >> bit)) & 1;

        crc = (crc << 1 & 0x3f) ^ (out ? 3 : 0);
    }
    return crc;
}

/* F bits of a superframe of D4, frames 1 to 12 (Ft in odd frames, Fs in even ones), and the frame
 * alignment signal of ESF: in frames 4, 8, ... 24; 2: data link or CRC-6. */
extern const uint8_t t1_d4_f[T1_D4_FRAMES], t1_esf_f[T1_ESF_FRAMES];
#define T1_ANY 2

/* ---- data link of ESF (t1_fdl.c) ------------------------------------------------------------- */

#define T1_FDL_OCTETS 64 /* longest message */

struct t1_fdl_tx {
    struct td_hdlc_encoder encoder;
    uint8_t octet, left;  /* bits on their way, the next one in the MSB */
    uint8_t second, half; /* half: the second octet of a code comes next */
    uint8_t open;         /* flags go out: a message may begin */
    uint8_t busy;         /* the message is in the encoder */
    uint8_t closing;      /* octets until its closing flag is out, too */
    uint8_t waiting;      /* octets of the message that waits; 0: none */
    uint8_t code;
    uint32_t repeats;     /* of the code, still to send */
    uint64_t messages;
    uint8_t message[T1_FDL_OCTETS], sending[T1_FDL_OCTETS];
};

void t1_fdl_tx_init(struct t1_fdl_tx *fdl);
int t1_fdl_bit(struct t1_fdl_tx *fdl, int rai);
/* Send a message once; 0: the one before still waits. */
int t1_fdl_send(struct t1_fdl_tx *fdl, const uint8_t *message, unsigned n);

struct t1_rx;

struct t1_fdl_rx {
    struct td_hdlc_decoder decoder;
    uint8_t octet, bits;
    uint8_t since;        /* bits since a code or a period ended, up to 16 */
    uint8_t last;         /* the command of the period before */
    uint8_t code, told;   /* the one that is heard, and whether it was told */
    uint8_t rai_absent;   /* periods without yellow alarm */
    uint16_t shift;       /* bits, the newest in bit 0 */
    uint16_t hits, rai_hits; /* by period, the newest in bit 0 */
    uint64_t messages, faults, codes;
    uint8_t frame[T1_FDL_OCTETS + TD_HDLC_SLACK];
};

void t1_fdl_rx_init(struct t1_fdl_rx *fdl);
void t1_fdl_rx_bit(struct t1_rx *rx, unsigned bit, uint64_t time);

/* ---- performance report (t1_prm.c) ----------------------------------------------------------- */

#define T1_PRM_OCTETS 11

/* What was found in a second. */
struct t1_second {
    uint32_t crc_errors;
    uint8_t severely_errored, framing_error, slip, payload_loop;
};

struct t1_prm_tx {
    uint8_t said[4][2]; /* of the last four seconds, the newest first */
    uint8_t number;
};

struct t1_prm_rx {
    uint8_t known, number;
    uint64_t received, errored, severely_errored, slipped;
};

/* 11 octets: address, control, four seconds. network: which end we are. */
void t1_prm_make(struct t1_prm_tx *prm, const struct t1_second *second, int network,
                 uint8_t *octets);
/* 1 when the message is a report. Seconds that an earlier report has told are not counted again. */
int t1_prm_take(struct t1_prm_rx *prm, const uint8_t *octets, unsigned n);

/* ---- transmitter (t1_tx.c) ------------------------------------------------------------------- */

struct t1_tx {
    uint8_t esf, ami;
    uint8_t rai, ais;
    uint8_t index;        /* next frame of the superframe, from 0 */
    uint8_t sent;         /* CRC-6 of the extended superframe sent last */
    uint32_t robbed;      /* timeslots whose bit 8 is robbed; bit n: timeslot n */
    uint32_t asked[4], abcd[4]; /* A ... D of all timeslots; those of this superframe */
    uint64_t sum;
    uint64_t suppressed;  /* octets of zeros that AMI did not let pass */
    struct t1_fdl_tx fdl;
};

void t1_tx_init(struct t1_tx *tx, int esf, int ami);
/* Bits of a timeslot from the next superframe on. */
void t1_tx_abcd(struct t1_tx *tx, int timeslot, int abcd);
/* Frame n frames of 32 columns: n * 193 bits at `line`, which has room for a whole octet at the end.
 * Columns 1 to 24 are what is sent; `frames` stays as it is. Returns how many bits. */
uint32_t t1_tx_frames(struct t1_tx *tx, const uint8_t *frames, unsigned n, uint8_t *line);

/* ---- receiver (t1_rx.c, t1_search.c, t1_bits.c) ---------------------------------------------- */

/* What a receiver tells. `time` is absolute; calls come in order of detection within a block. */
struct t1_sink {
    void *self;
    void (*alarm)(void *self, uint64_t time, int alarm, int active);
    void (*bits)(void *self, uint64_t time, int timeslot, int abcd);
    /* A command on the data link: the octet before the ones, as T1.403 writes it; once a time. */
    void (*code)(void *self, uint64_t time, int code);
    void (*message)(void *self, uint64_t time, const uint8_t *octets, unsigned n);
};

/* Every place (bit of 193) and phase at which the framing bits since `rows` rows are right. */
struct t1_search {
    uint32_t at;          /* bit of `line` where the next row begins */
    uint32_t rows;
    uint32_t last;        /* ESF: the place tried last */
    uint64_t left[T1_ESF_FRAMES][4];
};

#define T1_RX_MAX_OCTETS (162 * 25 + 8) /* a block of 20 ms, two frames more, a bit more */
#define T1_RX_KEEP 128

struct t1_rx {
    uint8_t esf;
    uint8_t aligned;
    uint8_t searching;    /* alone, or beside the alignment there is */
    uint8_t index;        /* next frame of the superframe, from 0 */
    uint8_t signal;
    uint8_t ft_bad, fs_bad; /* the last framing bits, 1: wrong, newest in bit 0 */
    uint8_t severely;     /* the last alignment bits within 3 ms had a second error */
    /* CRC-6 */
    uint8_t crc_checks;   /* 1: this superframe is whole; 2: crc_kept is of a whole one */
    uint8_t crc_bits, crc_kept;
    uint16_t crc_checked, crc_bad; /* of a second */
    uint64_t sum;
    /* signal, AIS, yellow alarm of D4 */
    uint8_t ais_run, ais_clear_run;
    uint16_t ais_zeros, ais_bits;
    uint16_t rai_ones, rai_run, rai_clear_run;
    uint32_t los_bits, signal_bits, first_bits;
    uint64_t found;
    uint32_t alarms;
    /* robbed bits: of this superframe, the one before, and those told; A ... D, bit n: timeslot n */
    uint32_t robbed;
    uint32_t abcd[4], before[4], told[4];
    uint8_t abcd_frames;  /* signalling frames of this superframe that were seen */
    uint8_t abcd_same;    /* superframes since alignment, up to the debounce */
    /* totals */
    uint64_t frames, ft_errors, fs_errors, crc_errors, severely_errored, reframes;
    uint64_t raised[T1_ALARMS];
    struct t1_search search;
    struct t1_fdl_rx fdl;
    uint32_t have, pos;   /* bits not yet used in `line`; the next frame begins at `pos` */
    uint64_t now;         /* time of bit 0 of `line` of the call going on */
    struct t1_sink sink;
    uint8_t line[T1_RX_KEEP + T1_RX_MAX_OCTETS + 16];
};

void t1_rx_init(struct t1_rx *rx, int esf, struct t1_sink sink);
/* Receive nbits of line (each call begins on an octet of `line`); time: of the first bit. signal 0:
 * no pulses; the octets are to be zeros then. Whole aligned frames go to `frames` as 32 columns, of
 * which there is room for nbits / 193 + 2; returns how many. *broken: as e1_rx_line. */
unsigned t1_rx_line(struct t1_rx *rx, const uint8_t *line, uint32_t nbits, int signal,
                    uint64_t time, uint8_t *frames, int *broken);

/* ---- parts of the receiver, each in a file of its own ---------------------------------------- */

void t1_set_alarm(struct t1_rx *rx, int alarm, int active, uint64_t time);
void t1_search_begin(struct t1_rx *rx, uint32_t at);
/* Search on: 1 when alignment was found and changes where frames begin. */
int t1_search_on(struct t1_rx *rx);
void t1_bits_lost(struct t1_rx *rx);
/* A signalling frame; its octets are in columns 1 to 24. */
void t1_bits_frame(struct t1_rx *rx, const uint8_t *columns, uint64_t time);

#endif
