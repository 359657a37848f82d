/* Tones of a play list: any sample of a cadence can be made without those before it. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>

#include "player.h"

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

#define TABLE_BITS 10
#define REST_BITS (32 - TABLE_BITS)
#define PIECE MAX_TX

/* One turn; between its points a straight line, which is 106 dB exact. */
static float sine[(1 << TABLE_BITS) + 1];

/* Before main: no engine can be running yet. */
__attribute__((constructor)) static void make_sine(void)
{
    for (int i = 0; i <= 1 << TABLE_BITS; i++)
        sine[i] = (float)sin(2 * M_PI * i / (1 << TABLE_BITS));
}

static inline float sine_at(uint32_t phase)
{
    const float *point = &sine[phase >> REST_BITS];

    return point[0] + (point[1] - point[0]) *
                          ((float)(phase & ((1u << REST_BITS) - 1)) * (1.0f / (1u << REST_BITS)));
}

static void add_tone(float *sum, float amplitude, uint32_t turn, uint64_t at, unsigned n)
{
    uint32_t phase = (uint32_t)at * turn;

    for (unsigned i = 0; i < n; i++, phase += turn)
        sum[i] += amplitude * sine_at(phase);
}

static void modulate(const struct play_step *step, float *sum, uint64_t at, unsigned n)
{
    uint32_t phase = (uint32_t)at * step->am_turn;

    for (unsigned i = 0; i < n; i++, phase += step->am_turn)
        sum[i] *= 1 + step->depth * sine_at(phase);
}

static int16_t round_off(float value)
{
    value = value < -32768 ? -32768 : value > 32767 ? 32767 : value;
    return (int16_t)(value < 0 ? value - 0.5f : value + 0.5f);
}

static void step_samples(const struct play_step *step, uint64_t at, int16_t *out, unsigned n)
{
    float sum[PIECE] = {0};

    for (int i = 0; i < TD_CADENCE_TONES; i++)
        if (step->amplitude[i] > 0)
            add_tone(sum, step->amplitude[i], step->turn[i], at, n);
    if (step->depth > 0)
        modulate(step, sum, at, n);
    if (step->reversal)
        for (unsigned i = 0; i < n; i++)
            if ((at + i) / step->reversal % 2)
                sum[i] = -sum[i];
    for (unsigned i = 0; i < n; i++)
        out[i] = round_off(sum[i]);
}

static const struct play_step *find_step(const struct play_item *item, uint64_t at)
{
    uint32_t low = 0, high = item->n_steps;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (item->steps[middle].begin <= at)
            low = middle;
        else
            high = middle;
    }
    return &item->steps[low];
}

void tone_samples(const struct play_item *item, uint64_t at, int16_t *out, unsigned n)
{
    while (n) {
        uint64_t where = item->period && at >= item->loop
                             ? item->loop + (at - item->loop) % item->period : at;
        const struct play_step *step = find_step(item, where);
        uint64_t rest = step->samples == ENDLESS ? ENDLESS : step->begin + step->samples - where;
        unsigned count = n < PIECE ? n : PIECE;

        count = rest < count ? (unsigned)rest : count;
        step_samples(step, where - step->begin, out, count);
        at += count;
        out += count;
        n -= count;
    }
}

/* ---- API side -------------------------------------------------------------------------------- */

static uint32_t turn(double hz)
{
    return (uint32_t)llround(hz / 8000 * 4294967296.0);
}

static int within(double value, double least, double most)
{
    return value >= least && value <= most; /* no number is not */
}

int tone_step(struct play_step *to, const td_cadence_step *from)
{
    int good = within(from->am_depth, 0, 1) && within(from->am_hz, 0, 3999.999);

    for (int i = 0; i < TD_CADENCE_TONES; i++) {
        good = good && within(from->frequency[i], 0, 3999.999) &&
               within(from->level[i], -80, 3.14);
        if (!good)
            return -EINVAL;
        to->turn[i] = turn(from->frequency[i]);
        if (from->frequency[i] > 0)
            to->amplitude[i] = (float)(32768 * pow(10, (from->level[i] - 3.14) / 20));
    }
    to->samples = from->samples ? from->samples : ENDLESS;
    to->depth = (float)from->am_depth;
    to->am_turn = turn(from->am_hz);
    to->reversal = from->reversal;
    return 0;
}
