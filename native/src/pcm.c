/* Samples of voice files to one channel of float, and float to 16 bits. */
#include "td_files.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { MOST_CHANNELS = 64 };

static inline uint32_t word(const uint8_t *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

static inline float sample_u8(const uint8_t *in)
{
    return (float)((in[0] - 128) * 256);
}

static inline float sample_s16(const uint8_t *in)
{
    return (float)(int16_t)(uint16_t)(in[0] | in[1] << 8);
}

static inline float sample_s24(const uint8_t *in)
{
    uint32_t high = (uint32_t)in[0] << 8 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 24;
    return (float)(int32_t)high * (1.0f / 65536);
}

static inline float sample_s32(const uint8_t *in)
{
    return (float)(int32_t)word(in) * (1.0f / 65536);
}

static inline float sample_f32(const uint8_t *in)
{
    uint32_t bits = word(in);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value * 32768.0f;
}

static inline float sample_f64(const uint8_t *in)
{
    uint64_t bits = word(in) | (uint64_t)word(in + 4) << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    /* Comparing like this takes what is no number, too; a float may not hold what is so big. */
    if (!(fabs(value) <= TD_PCM_MOST_FLOAT))
        return INFINITY;
    return (float)(value * 32768.0);
}

static inline float sample_alaw(const uint8_t *in)
{
    int16_t sample;
    td_alaw_decode(in, &sample, 1);
    return sample;
}

static inline float sample_ulaw(const uint8_t *in)
{
    int16_t sample;
    td_ulaw_decode(in, &sample, 1);
    return sample;
}

/* `share` is 1 / channels; of two and four channels it is exact. */
#define MEAN(name, sample, octets)                                                             \
    static void name(const uint8_t *in, uint64_t frames, int channels, float share, float *out) \
    {                                                                                          \
        for (uint64_t i = 0; i < frames; i++) {                                                \
            float sum = 0;                                                                     \
            for (int c = 0; c < channels; c++, in += (octets))                                 \
                sum += sample(in);                                                             \
            out[i] = sum * share;                                                              \
        }                                                                                      \
    }

MEAN(mean_u8, sample_u8, 1)
MEAN(mean_s16, sample_s16, 2)
MEAN(mean_s24, sample_s24, 3)
MEAN(mean_s32, sample_s32, 4)
MEAN(mean_f32, sample_f32, 4)
MEAN(mean_f64, sample_f64, 8)
MEAN(mean_alaw, sample_alaw, 1)
MEAN(mean_ulaw, sample_ulaw, 1)

/* What nearly all files hold, in loops that the compiler makes vectors of. */
static void mono_s16(const uint8_t *in, uint64_t frames, float *out)
{
    for (uint64_t i = 0; i < frames; i++)
        out[i] = sample_s16(in + 2 * i);
}

static void stereo_s16(const uint8_t *in, uint64_t frames, float *out)
{
    for (uint64_t i = 0; i < frames; i++)
        out[i] = (sample_s16(in + 4 * i) + sample_s16(in + 4 * i + 2)) * 0.5f;
}

static uint64_t sound(const float *samples, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        if (!(fabsf(samples[i]) <= TD_PCM_MOST_FLOAT * 32768.0f))
            return i;
    return n;
}

int64_t td_pcm_mono(const uint8_t *in, uint64_t frames, int coding, int channels, float *out)
{
    typedef void mean(const uint8_t *, uint64_t, int, float, float *);
    static mean *const means[] = {NULL,     mean_u8,  mean_s16,  mean_s24, mean_s32,
                                  mean_f32, mean_f64, mean_alaw, mean_ulaw};

    if (coding < TD_PCM_U8 || coding > TD_PCM_ULAW || channels < 1 || channels > MOST_CHANNELS)
        return -EINVAL;
    if (coding == TD_PCM_S16 && channels == 1)
        mono_s16(in, frames, out);
    else if (coding == TD_PCM_S16 && channels == 2)
        stereo_s16(in, frames, out);
    else
        means[coding](in, frames, channels, 1.0f / (float)channels, out);
    if (coding == TD_PCM_F32 || coding == TD_PCM_F64)
        return (int64_t)sound(out, frames);
    return (int64_t)frames;
}

void td_pcm_round(const float *in, int16_t *out, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        float sample = !(in[i] >= -32768.0f) ? -32768.0f : in[i] > 32767.0f ? 32767.0f : in[i];
        /* To the nearest, ties to even: adding 1.5 * 2^23 leaves no place for a fraction. */
        float whole = (sample + 12582912.0f) - 12582912.0f;
        out[i] = (int16_t)whole;
    }
}
