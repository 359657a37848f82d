/* Conditioning of one channel in place: noise gate, AGC, gain, limiter, in this order; and the
 * limiter of a conference's sums.
 *
 * Levels are in 1/100 dBm0 (full scale +3.14 dBm0, as td_level.h), gains in 1/100 dB. Gains change
 * along straight lines, so that nothing clicks; how samples are cut into calls makes no difference.
 * Arithmetic is float, element by element without fused operations: the same everywhere.
 */
#ifndef TD_CONDITION_H
#define TD_CONDITION_H

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of td_condition_config.options. */
#define TD_CONDITION_AGC 1
#define TD_CONDITION_GATE 2
#define TD_CONDITION_LIMIT 4

/* 0 in a field (but gain and options) asks for the default. With gain 0 and no option samples pass
 * unchanged, bit for bit. */
typedef struct td_condition_config {
    uint32_t options;
    int16_t gain;            /* -4000 to 4000, reached within 10 ms */
    int16_t agc_target;      /* active speech level, -4000 to 0; -1800 */
    int16_t agc_max_gain;    /* the most it amplifies, 1 to 4000; 2400 */
    int16_t agc_max_loss;    /* the most it attenuates, 1 to 4000; 2000 */
    uint16_t agc_attack_ms;  /* time constant of falling gain, 1 to 10000; 50 */
    uint16_t agc_release_ms; /* of rising gain, 1 to 10000; 400 */
    int16_t agc_speech;      /* what is weaker is no speech, gain stays; -8000 to 0; -4800 */
    int16_t gate_threshold;  /* the gate opens above, shuts 3 dB below; -8000 to 0; -5000 */
    uint16_t gate_hold_ms;   /* stays open, 1 to 10000; 200 */
    int16_t gate_loss;       /* attenuation of the shut gate, 1 to 9000 (9000: silence); 9000 */
    uint16_t gate_release_ms; /* time of shutting, 4 to 1000; 40; it opens within 4 ms */
} td_condition_config;
_Static_assert(sizeof(td_condition_config) == 28, "condition config");

typedef struct td_condition td_condition;

/* The caller's memory: td_condition_size octets, aligned to 8. -EINVAL: a value is out of range. */
size_t td_condition_size(void);
int td_condition_init(td_condition *state, const td_condition_config *config);
/* Change the settings under way: levels learnt stay, gains go over smoothly. */
int td_condition_set(td_condition *state, const td_condition_config *config);
/* n samples, one every stride, in place. Without TD_CONDITION_LIMIT what is too large is held at
 * full scale. */
void td_condition_run(td_condition *state, int16_t *samples, uint32_t n, uint32_t stride);

typedef struct td_condition_now {
    int16_t gain;    /* of everything together at present, 1/100 dB; -9000: silence */
    int16_t agc;     /* AGC's part */
    int16_t speech;  /* active speech level that AGC has learnt, 1/100 dBm0; -9000: none yet */
    uint8_t open;    /* 1: the gate is open (or not used) */
    uint8_t reserved;
} td_condition_now;
void td_condition_read(const td_condition *state, td_condition_now *now);

/* What a limiter leaves as it is: -3 dB of full scale. */
#define TD_LIMIT_KNEE 23197

/* Sums of samples to samples. |x| up to TD_LIMIT_KNEE stays x; above, with d = |x| - 23197 and
 * u = d / 9570, it is 32767 - 9570 / (1 + u + u * u), rounded: slope 1 and no curvature at the
 * knee, ever rising, never above 32767. Vector instructions where there are, the same result. */
void td_mix_limit(const int32_t *sum, int16_t *out, uint32_t n);
/* The same in plain C. */
void td_mix_limit_plain(const int32_t *sum, int16_t *out, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
