/* What the tone detectors share: channels in groups of 16 lanes, correlation of every lane with
 * the same rows of coefficients, and the vector and plain twins of it.
 *
 * The twins give the same answers: correlations are integers, and what follows is float arithmetic
 * element by element, in one source compiled twice, without fused multiply-add. */
#ifndef TD_TONE_H
#define TD_TONE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "trunkd_native.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#if defined(__x86_64__) && !defined(TD_PLAIN_C)
#define TONE_AVX2 1
#else
#define TONE_AVX2 0
#endif

#define TONE_INLINE static inline __attribute__((always_inline))

enum {
    TONE_LANES = 16,
    TONE_RATE = 8000,
};

/* Two successive samples of every lane side by side, as a 16-bit multiply-add wants them. */
typedef int16_t tone_pair[2 * TONE_LANES];
typedef int32_t tone_ints[TONE_LANES];
typedef float tone_floats[TONE_LANES];

/* Rows (a multiple of 4) of 2 * pairs taps with the pairs. */
typedef void tone_correlate(const tone_pair *x, int pairs, const int16_t *rows, int row_count,
                            tone_ints *out);
/* The same for four rows of 2 * pairs taps, of which the older half is given: rows 0 and 2 are even
 * about the middle, rows 1 and 3 odd. The samples are halved ones. */
typedef void tone_folded(const tone_pair *x, int pairs, const int16_t *rows, tone_ints out[4]);
/* Samples >> shift of `lanes` channels, a frame of them every `stride`, into pairs from sample `at`
 * on. */
typedef void tone_load(const void *samples, size_t stride, int lanes, size_t frames, int coding,
                       int shift, tone_pair *x, int at);

/* Half of a group's lanes. Files *_kernel.h are written with these and included twice, with
 * TONE_TWIN(name) naming a twin and TONE_TARGET its instructions: the compiler splits vectors into
 * what the processor has before it inlines, so that one body cannot serve both. */
typedef float tone_vf __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t tone_vi __attribute__((vector_size(32), aligned(4), may_alias));
/* All of them. */
typedef float tone_wide_vf __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t tone_wide_vi __attribute__((vector_size(64), aligned(4), may_alias));
/* AVX-512 has fused multiply-add, which must not be made of a product and a sum. */
#if defined(__clang__)
#define TONE_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#else
#define TONE_AVX512                                                           \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"),   \
                   optimize("fp-contract=off")))
#endif
/* Functions that take vectors are static: how others would be called does not matter. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpsabi"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

/* The sum of squares >> TONE_ENERGY_SHIFT: cannot overflow up to 16 pairs. */
#define TONE_ENERGY_SHIFT 5
typedef void tone_energy(const tone_pair *x, int pairs, int32_t *out);

bool tone_has_avx2(void);

enum tone_twin { TONE_PLAIN, TONE_TWIN_AVX2, TONE_TWIN_AVX512 };

/* The instructions to use, and what is done to samples with them. */
struct tone_code {
    tone_correlate *correlate;
    tone_folded *folded;
    tone_load *load;
    tone_energy *energy;
    enum tone_twin twin;
};
/* `limit` of td_dtmf_config.plain: 0 the best there is, 1 plain C, 2 at most AVX2. */
struct tone_code tone_code_for(uint32_t limit);

/* Frames of `channels` samples into each channel's n samples in a row, `stride` from channel to
 * channel. */
void tone_planes(const int16_t *frames, uint32_t channels, uint32_t n, int16_t *planes,
                 size_t stride);

/* Octets of one sample in a coding (TD_LINEAR and so on), 0 for an unknown one. */
size_t tone_sample_size(int coding);

/* sin(2 pi turns) to 1e-9; 10^(db/20); 10 log10(power), -3000 for none. */
double tone_sin(double turns);
double tone_ratio(double db);
double tone_db(double power);

/* The mean square of a sine at 0 dBm0 in 16-bit samples: in A-law full scale is 3.14 dBm0. */
#define TONE_ZERO_DBM0 260.54e6

/* Signals 1 to 15 in the order of the pairs 01 02 12 03 13 23 04 14 24 34 05 15 25 35 45. */
#define TONE_R2_DIGITS "1234567890BCDEF"
#define TONE_R1_DIGITS "1234567890CAKBS"

struct tone_events {
    td_digit_event *events;
    size_t room, count;
    uint64_t lost;
};

/* Silence in one lane of rows that have four octets a lane. */
static inline void tone_clear_lane(void *rows, size_t size, uint32_t lane)
{
    for (size_t at = 4 * lane; at < size; at += 4 * TONE_LANES)
        memset((uint8_t *)rows + at, 0, 4);
}

static inline void tone_report(struct tone_events *to, const td_digit_event *event)
{
    if (to->count < to->room)
        to->events[to->count++] = *event;
    else
        to->lost++;
}

#endif
