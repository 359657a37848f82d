/* Tones: DTMF and MF receivers and generators, FSK modems, fax and modem tones, call progress.
 *
 * Conventions are those of trunkd_native.h, which includes this.
 */
#ifndef TD_TONES_H
#define TD_TONES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ==== Tones (owner: tone*.c, dtmf.c, mf.c) ==================================================
 *
 * Detector banks: all channels of a board in one pass. Samples come as frames, one sample of each
 * channel after the other, as a TDM bus gives them; any number of frames a call. Vector code is
 * chosen at run time, and gives the same events as plain C. Processing neither allocates nor locks.
 *
 * Levels are dBm0 of each tone, the mean of the two; twist is the higher frequency's level less
 * the lower one's, in dB. Times are in samples (125 us) since the bank was made.
 */
/* Kinds: DTMF (Q.23), MFC-R2 forward and backward (Q.441), R1 (Q.320). */
#define TD_TONE_DTMF 1
#define TD_TONE_R2_FORWARD 2
#define TD_TONE_R2_BACKWARD 3
#define TD_TONE_R1 4

#define TD_TONE_BEGIN 1 /* recognised; duration is what has been heard so far */
#define TD_TONE_END 2   /* over; duration is final */

typedef struct td_digit_event {
    uint64_t start;    /* the sample at which the signal began */
    uint32_t duration; /* samples */
    uint32_t channel;
    uint8_t kind;      /* TD_TONE_DTMF and so on */
    uint8_t phase;     /* TD_TONE_BEGIN or TD_TONE_END */
    uint8_t digit;     /* DTMF 0-9 A-D * #; R2 1-9 0 B-F for signals 1 to 15; R1 0-9 K S A-C */
    uint8_t reserved;
    float level_dbm0;
    float twist_db;
    uint32_t reserved2;
} td_digit_event;
_Static_assert(sizeof(td_digit_event) == 32, "td_digit_event");

typedef struct td_dtmf td_dtmf;
typedef struct td_mf td_mf;

/* 0 in a field asks for the default. Q.24 gives each Administration's limits. */
typedef struct td_dtmf_config {
    float normal_twist_db;  /* high group stronger by up to; default 10 */
    float reverse_twist_db; /* low group stronger by up to; default 10 */
    float threshold_dbm0;   /* weakest tone; default -44 */
    uint32_t plain;         /* 1: plain C even where vector instructions are there; 2: at most AVX2 */
} td_dtmf_config;

/* NULL: no memory, or channels is 0 or above 65536. config may be NULL. */
td_dtmf *td_dtmf_new(uint32_t channels, const td_dtmf_config *config);
void td_dtmf_free(td_dtmf *bank);
/* Events stored, up to room; *lost grows by those that did not fit. -EINVAL: coding unknown. */
int64_t td_dtmf_process(td_dtmf *bank, const void *samples, size_t frames, int coding,
                        td_digit_event *events, size_t room, uint64_t *lost);

/* Listen to a channel or not; a new bank listens to all. A channel that is off tells nothing, and
 * is heard on afresh, as after silence, when it is on again. 16 channels from a multiple of 16 on
 * cost next to nothing while all are off; while all of a bank are, samples may be NULL, and only
 * its clock goes on. No change when it is so already. -EINVAL: no such channel. */
int td_dtmf_select(td_dtmf *bank, uint32_t channel, int on);

/* kind is TD_TONE_R2_FORWARD, TD_TONE_R2_BACKWARD or TD_TONE_R1: what the bank listens for; plain
 * as in td_dtmf_config. */
td_mf *td_mf_new(uint32_t channels, int kind, int plain);
void td_mf_free(td_mf *bank);
int64_t td_mf_process(td_mf *bank, const void *samples, size_t frames, int coding,
                      td_digit_event *events, size_t room, uint64_t *lost);
/* As td_dtmf_select. */
int td_mf_select(td_mf *bank, uint32_t channel, int on);

/* The vector instructions in use: "avx512", "avx2", or "" for plain C. */
const char *td_tone_vectors(void);

/* Add up to two sines to out (saturating): frequencies in Hz, levels
 * in dBm0, phase continuous from call to call. */
typedef struct td_tone_pair {
    double hz[2];
    double level_dbm0[2]; /* below -90: silent */
    double turns[2];      /* phase at the next sample, 0 to 1; kept here */
} td_tone_pair;
void td_tone_generate(td_tone_pair *tone, int16_t *out, size_t samples);
/* Both frequencies of a digit of a kind. -EINVAL: the kind has no such digit. */
int td_tone_frequencies(int kind, int digit, double *hz);
/* ==== end of Tones ========================================================================== */

/* ==== FSK modems (owner: fsk_rx.c, fsk_tx.c) ================================================
 *
 * 1200 bit/s at 8000 samples a second, characters of one start bit, eight data bits (LSB first)
 * and stop bits: V.23 forward channel (mark 1300 Hz, space 2100 Hz) and Bell 202 (1200, 2200).
 * Levels are in 1/100 dBm0; a sine of full scale is +3.14 dBm0.
 */
#define TD_FSK_V23 0
#define TD_FSK_BELL202 1

/* Kinds of td_fsk_event. */
#define TD_FSK_OCTET 1   /* a character; sample: its start edge */
#define TD_FSK_FRAMING 2 /* a character without its stop bit */
#define TD_FSK_CARRIER 3 /* carrier found; level: of its last 4 ms */
#define TD_FSK_LOST 4    /* carrier gone; level: its mean of the last 64 ms; octet: the mark's
                          * frequency, (Hz - 1000) / 2, 0: none was heard for long enough */

typedef struct td_fsk_event {
    uint64_t sample; /* since td_fsk_rx_new; about 4 samples late by the correlators */
    uint32_t channel;
    int16_t level;
    uint8_t kind;
    uint8_t octet;
} td_fsk_event;
_Static_assert(sizeof(td_fsk_event) == 16, "FSK event");

typedef struct td_fsk_rx td_fsk_rx;

/* Receivers for 1 to 4096 channels; NULL and *error (-EINVAL, -ENOMEM) on failure. */
td_fsk_rx *td_fsk_rx_new(uint32_t channels, int modem, int *error);
void td_fsk_rx_free(td_fsk_rx *rx);

/* The next n samples of every channel, channel c's from samples + c * stride on. Returns how many
 * events were written, in order of channel and time; -EINVAL when n is more than stride. At most
 * n / 60 + 3 a channel arise; those beyond max_events are dropped and counted. */
int64_t td_fsk_rx_run(td_fsk_rx *rx, const int16_t *samples, size_t stride, uint32_t n,
                      td_fsk_event *events, uint32_t max_events);
uint64_t td_fsk_rx_lost(const td_fsk_rx *rx);
/* Listen to a channel or not, as td_dtmf_select; each channel that is off costs nothing. */
int td_fsk_rx_select(td_fsk_rx *rx, uint32_t channel, int on);
/* Begin afresh on one channel. -EINVAL: no such channel. */
int td_fsk_rx_reset(td_fsk_rx *rx, uint32_t channel);
/* Use vector instructions (the default) or plain C, which gives the same; 1 when vector is used. */
int td_fsk_rx_vector(td_fsk_rx *rx, int on);

typedef struct td_fsk_message {
    int32_t modem;
    int32_t level;    /* 1/100 dBm0, -6000 to 300 */
    uint32_t seizure; /* bits 0101... before, at most 8000 */
    uint32_t mark;    /* bits of mark after them, at most 8000 */
    uint32_t stop;    /* stop bits of each character, 1 to 16 */
    uint32_t tail;    /* bits of mark at the end */
} td_fsk_message;

typedef struct td_fsk_tx td_fsk_tx;

/* The caller's memory: td_fsk_tx_size octets, aligned to 8. The octets must remain. -EINVAL: a
 * value is out of range, or n is over 65535. */
size_t td_fsk_tx_size(void);
int td_fsk_tx_init(td_fsk_tx *tx, const td_fsk_message *message, const uint8_t *octets, uint32_t n);
/* Samples of the whole message. */
uint64_t td_fsk_tx_samples(const td_fsk_tx *tx);
/* Make up to n samples; returns how many: fewer at the end, then 0. */
uint32_t td_fsk_tx_run(td_fsk_tx *tx, int16_t *samples, uint32_t n);
/* ==== end of FSK modems ===================================================================== */

/* ==== Modem and fax tones (owner: modem_tones.c) ============================================
 *
 * Detectors for N channels at 8000 samples a second; tones of -43 to +3 dBm0. Each is told once it
 * has lasted long enough (200 to 260 ms), and again when it ends.
 */
#define TD_MODEM_950 0
#define TD_MODEM_1100 1 /* fax calling tone CNG, T.30 */
#define TD_MODEM_1300 2 /* calling tone, V.25 */
#define TD_MODEM_1400 3
#define TD_MODEM_1800 4
#define TD_MODEM_2100 5 /* CED, ANS, ANSam, echo canceller disabling tone */
#define TD_MODEM_2225 6 /* Bell 103 answer tone */

/* Kinds of td_modem_tone_event. */
#define TD_MODEM_ON 1
#define TD_MODEM_OFF 2      /* sample, duration: of the whole tone */
#define TD_MODEM_REVERSAL 3 /* the phase turned by half; sample: within 8 ms of where */
#define TD_MODEM_AM 4       /* amplitude modulated at 15 Hz: ANSam, V.8 */
#define TD_MODEM_SIT 5      /* 950, 1400 and 1800 Hz followed each other: special information */

typedef struct td_modem_tone_event {
    uint64_t sample; /* where the tone began (REVERSAL: where that was) */
    uint32_t duration;
    uint32_t channel;
    int16_t level;      /* 1/100 dBm0 */
    uint16_t frequency; /* measured, 1/10 Hz */
    uint16_t reversals; /* so far */
    uint8_t kind;
    uint8_t tone; /* TD_MODEM_950, ... */
} td_modem_tone_event;
_Static_assert(sizeof(td_modem_tone_event) == 24, "tone event");

typedef struct td_modem_tones td_modem_tones;

/* As td_fsk_rx_*; at most n / 64 + 4 events a channel arise. */
td_modem_tones *td_modem_tones_new(uint32_t channels, int *error);
void td_modem_tones_free(td_modem_tones *tones);
int64_t td_modem_tones_run(td_modem_tones *tones, const int16_t *samples, size_t stride, uint32_t n,
                           td_modem_tone_event *events, uint32_t max_events);
/* As td_fsk_rx_select. */
int td_modem_tones_select(td_modem_tones *tones, uint32_t channel, int on);
uint64_t td_modem_tones_lost(const td_modem_tones *tones);
int td_modem_tones_vector(td_modem_tones *tones, int on);
/* ==== end of Modem and fax tones ============================================================ */

/* ==== Call progress (owner: progress.c, cadence.c) ==========================================
 *
 * What sounds on each of N channels, as segments: begin, length, level, and up to four frequencies
 * of 200 to 3400 Hz (none for speech and noise). The country's names for them are not known here.
 */
#define TD_PROGRESS_TONES 4

/* Kinds of td_progress_event. */
#define TD_PROGRESS_ON 1  /* something sounds: after 128 ms, or at its end when that is earlier */
#define TD_PROGRESS_OFF 2 /* it ended, or went over into something else */

typedef struct td_progress_event {
    uint64_t sample;   /* where the segment began */
    uint32_t duration; /* so far, or in all; to about a millisecond */
    uint32_t channel;
    int16_t level; /* 1/100 dBm0, all together */
    uint8_t kind;
    uint8_t n;             /* frequencies; the strongest first */
    uint16_t frequency[4]; /* 1/10 Hz */
    int16_t levels[4];     /* 1/100 dBm0 of each */
    uint32_t reserved;
} td_progress_event;
_Static_assert(sizeof(td_progress_event) == 40, "progress event");

typedef struct td_progress td_progress;

/* As td_fsk_rx_*; what is weaker than floor_dbm0 (-60 to 0) is silence. At most n / 64 + 4 events a
 * channel arise. */
td_progress *td_progress_new(uint32_t channels, double floor_dbm0, int *error);
void td_progress_free(td_progress *progress);
int64_t td_progress_run(td_progress *progress, const int16_t *samples, size_t stride, uint32_t n,
                        td_progress_event *events, uint32_t max_events);
/* As td_fsk_rx_select. */
int td_progress_select(td_progress *progress, uint32_t channel, int on);
/* As td_fsk_rx_vector. */
int td_progress_vector(td_progress *progress, int on);
uint64_t td_progress_lost(const td_progress *progress);

#define TD_CADENCE_TONES 4

/* A step of a cadence: up to four frequencies at once, or silence when all are 0. */
typedef struct td_cadence_step {
    double frequency[4]; /* Hz, 0 to 4000; 0: none */
    double level[4];     /* dBm0, -80 to 3.14 */
    double am_hz;        /* amplitude modulation */
    double am_depth;     /* 0 to 1 */
    uint32_t samples;    /* 0: for ever */
    uint32_t reversal;   /* samples between phase reversals; 0: none */
} td_cadence_step;

typedef struct td_cadence td_cadence;

/* Make steps 0 to n - 1, and from `repeat_from` on again and again (n: not again). The caller's
 * memory, td_cadence_size octets aligned to 8; the steps must remain. -EINVAL: no steps, or a
 * value out of range. */
size_t td_cadence_size(void);
int td_cadence_init(td_cadence *cadence, const td_cadence_step *steps, uint32_t n,
                    uint32_t repeat_from);
/* Make up to n samples; returns how many: fewer at the end only. */
uint32_t td_cadence_run(td_cadence *cadence, int16_t *samples, uint32_t n);
/* ==== end of Call progress ================================================================== */

#ifdef __cplusplus
}
#endif
#endif
