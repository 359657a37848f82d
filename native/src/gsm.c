/* GSM full rate speech (GSM 06.10, ETSI EN 300 961), decoder only, in the bit exact arithmetic of
 * its clause 5: 16-bit words that saturate, products rounded to 15 bits. */
#include "td_files.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 160, PART = 40, LARS = 8, PULSES = 13, MAGIC = 0xd, OCTETS = 33, PAIR = 65 };

struct frame {
    uint8_t lar[LARS];
    struct {
        uint8_t lag, gain, grid, block_max;
        uint8_t pulse[PULSES];
    } part[SAMPLES / PART];
};

struct bits {
    const uint8_t *octets;
    unsigned at;
    int low_first; /* as WAV files have them */
};

static uint8_t bits_take(struct bits *bits, int n)
{
    unsigned value = 0;

    for (int i = 0; i < n; i++, bits->at++) {
        unsigned octet = bits->octets[bits->at >> 3], place = bits->at & 7;
        if (bits->low_first)
            value |= (octet >> place & 1) << i;
        else
            value = value << 1 | (octet >> (7 - place) & 1);
    }
    return (uint8_t)value;
}

/* Table 1.1 of the Recommendation: the order of the 260 bits. */
static void unpack(struct bits *bits, struct frame *frame)
{
    static const uint8_t widths[LARS] = {6, 6, 5, 5, 4, 4, 3, 3};

    for (int i = 0; i < LARS; i++)
        frame->lar[i] = bits_take(bits, widths[i]);
    for (int p = 0; p < SAMPLES / PART; p++) {
        frame->part[p].lag = bits_take(bits, 7);
        frame->part[p].gain = bits_take(bits, 2);
        frame->part[p].grid = bits_take(bits, 2);
        frame->part[p].block_max = bits_take(bits, 6);
        for (int i = 0; i < PULSES; i++)
            frame->part[p].pulse[i] = bits_take(bits, 3);
    }
}

static inline int32_t saturate(int32_t value)
{
    return value < -32768 ? -32768 : value > 32767 ? 32767 : value;
}

static inline int32_t times(int32_t a, int32_t b)
{
    return saturate((a * b + 16384) >> 15);
}

/* 5.3.1, 5.2.15 and 5.2.16: the pulses of a part, at their places. */
static void excite(const struct frame *frame, int part, int32_t *out)
{
    static const int16_t factors[8] = {18431, 20479, 22527, 24575, 26623, 28671, 30719, 32767};
    int block_max = frame->part[part].block_max;
    int exponent = block_max > 15 ? (block_max >> 3) - 1 : 0;
    int mantissa = block_max - exponent * 8;

    if (!mantissa) {
        exponent = -4;
        mantissa = 7;
    } else {
        for (; mantissa <= 7; exponent--)
            mantissa = mantissa * 2 + 1;
        mantissa -= 8;
    }
    int shift = 6 - exponent;
    int32_t half = 1 << shift >> 1;
    memset(out, 0, PART * sizeof *out);
    for (int i = 0; i < PULSES; i++) {
        int32_t pulse = (frame->part[part].pulse[i] * 2 - 7) * 4096;
        int32_t value = saturate(times(factors[mantissa], pulse) + half);
        out[frame->part[part].grid + 3 * i] = value >> shift;
    }
}

/* 5.3.2: long term synthesis. `past` is 120 samples, then this part's. */
static void predict(td_gsm *state, const struct frame *frame, int part, int16_t *past)
{
    static const int16_t gains[4] = {3277, 11469, 21299, 32767};
    int32_t pulses[PART], gain = gains[frame->part[part].gain];
    int lag = frame->part[part].lag;

    if (lag < 40 || lag > 120)
        lag = state->lag ? state->lag : 40;
    state->lag = (int16_t)lag;
    excite(frame, part, pulses);
    for (int k = 0; k < PART; k++)
        past[TD_GSM_PAST + k] =
            (int16_t)saturate(pulses[k] + times(gain, past[TD_GSM_PAST + k - lag]));
}

/* 5.2.8: coded log area ratios to log area ratios. */
static void area_ratios(const struct frame *frame, int16_t *out)
{
    static const int16_t inverse[LARS] = {13107, 13107, 13107, 13107, 19223, 17476, 31454, 29708};
    static const int16_t least[LARS] = {-32, -32, -16, -16, -8, -8, -4, -4};
    static const int16_t offset[LARS] = {0, 0, 2048, -2560, 94, -1792, -341, -1144};

    for (int i = 0; i < LARS; i++) {
        int32_t value = saturate((frame->lar[i] + least[i]) * 1024 - offset[i] * 2);
        out[i] = (int16_t)saturate(2 * times(inverse[i], value));
    }
}

/* 5.2.9.2: log area ratio to reflection coefficient. */
static int32_t reflection(int32_t ratio)
{
    int32_t size = saturate(abs(ratio));

    if (size < 11059)
        size *= 2;
    else if (size < 20070)
        size += 11059;
    else
        size = saturate((size >> 2) + 26112);
    return ratio < 0 ? -size : size;
}

/* 5.3.4: short term synthesis. */
static void filter(td_gsm *state, const int32_t *reflections, const int16_t *in, int n, int16_t *out)
{
    int16_t *v = state->lattice;

    for (int k = 0; k < n; k++) {
        int32_t sum = in[k];
        for (int i = LARS - 1; i >= 0; i--) {
            sum = saturate(sum - times(reflections[i], v[i]));
            v[i + 1] = (int16_t)saturate(v[i] + times(reflections[i], sum));
        }
        v[0] = (int16_t)sum;
        /* 5.3.5 to 5.3.7: de-emphasis, upscaling, truncation to 13 bits. */
        state->emphasis = (int16_t)saturate(sum + times(state->emphasis, 28180));
        out[k] = (int16_t)(saturate(2 * state->emphasis) & ~7);
    }
}

/* 5.2.9.1: the ratios go over from those of the frame before in three steps. */
static void synthesise(td_gsm *state, const int16_t *now, const int16_t *in, int16_t *out)
{
    static const uint8_t ends[4] = {13, 27, 40, SAMPLES};
    int32_t reflections[LARS];
    int at = 0;

    for (int step = 0; step < 4; step++) {
        for (int i = 0; i < LARS; i++) {
            int32_t a = state->ratios[i], b = now[i], value = b;
            if (step == 0)
                value = saturate((a >> 2) + (b >> 2) + (a >> 1));
            else if (step == 1)
                value = saturate((a >> 1) + (b >> 1));
            else if (step == 2)
                value = saturate((a >> 2) + (b >> 2) + (b >> 1));
            reflections[i] = reflection(value);
        }
        filter(state, reflections, in + at, ends[step] - at, out + at);
        at = ends[step];
    }
    memcpy(state->ratios, now, sizeof state->ratios);
}

static void decode(td_gsm *state, struct bits *bits, int16_t *out)
{
    int16_t past[TD_GSM_PAST + PART], excitation[SAMPLES], now[LARS];
    struct frame frame;

    unpack(bits, &frame);
    memcpy(past, state->past, sizeof state->past);
    for (int part = 0; part < SAMPLES / PART; part++) {
        predict(state, &frame, part, past);
        memcpy(excitation + part * PART, past + TD_GSM_PAST, PART * sizeof *past);
        memmove(past, past + PART, TD_GSM_PAST * sizeof *past);
    }
    memcpy(state->past, past, sizeof state->past);
    area_ratios(&frame, now);
    synthesise(state, now, excitation, out);
}

uint64_t td_gsm_decode(td_gsm *state, const uint8_t *in, uint64_t n, int wav, int16_t *out,
                       uint64_t *used)
{
    uint64_t samples = 0, at = 0;

    for (unsigned size = wav ? PAIR : OCTETS; n - at >= size; at += size) {
        struct bits bits = {in + at, 0, wav};
        if (!wav && bits_take(&bits, 4) != MAGIC)
            break;
        for (int i = 0; i < (wav ? 2 : 1); i++, samples += SAMPLES)
            decode(state, &bits, out + samples);
    }
    *used = at;
    return samples;
}
