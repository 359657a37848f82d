/* What a hop of 8 ms means for each channel: level, noise floor, voice. Compiled twice. */
#include "level.h"

#if defined(__clang__) /* vectors are handed over within this file alone */
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wpsabi"
#endif

/* 1 - exp(-8 ms / 125 ms) */
#define LEVEL_FAST 0.061995f
/* The least of 47 windows of 32 ms of white noise is about 1 dB below its mean. */
#define LEVEL_BIAS 1.25f
/* First difference to full band, of a sine of 161 Hz; of a step it is 1 / 64 at most. What is below
 * is mains hum, or an offset that came. */
#define LEVEL_HUM 0.016f
/* Share of the power that must be in the weaker one of two hops. */
#define LEVEL_CLICK 0.5f

#define TONE_TWIN(name) name##_plain
#define TONE_TARGET
#include "level_kernel.h"
#undef TONE_TWIN
#undef TONE_TARGET

#if TONE_AVX2
#define TONE_TWIN(name) name##_avx2
#define TONE_TARGET __attribute__((target("avx2")))
#include "level_kernel.h"
#endif
