/* Tones of a play list: any sample of a cadence can be made without those before it. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <string.h>

#include "player.h"

#define PIECE MAX_TX

/* The sine of `phase` (2^-32 turns) to 6e-7: folded to a quarter turn to either side, -1 to 1, and a
 * polynomial there, whose greatest error is the least. All of it can be done for many at once. */
static inline float sine(uint32_t phase)
{
    int32_t turned = (int32_t)(phase + (1u << 30));
    int32_t folded = (turned ^ (turned >> 31)) - (1 << 30);
    float x = (float)folded * (1.0f / (1 << 30));
    float y = x * x;

    return x * (1.570791011f + y * (-0.6458928493f + y * (0.07943434414f - y * 0.004333095017f)));
}

static void add_tone(float *sum, float amplitude, uint32_t turn, uint64_t at, unsigned n)
{
    uint32_t phase = (uint32_t)at * turn;

    for (unsigned i = 0; i < n; i++, phase += turn)
        sum[i] += amplitude * sine(phase);
}

static void modulate(const struct play_step *step, float *sum, uint64_t at, unsigned n)
{
    uint32_t phase = (uint32_t)at * step->am_turn;

    for (unsigned i = 0; i < n; i++, phase += step->am_turn)
        sum[i] *= 1 + step->depth * sine(phase);
}

static void step_samples(const struct play_step *step, uint64_t at, int16_t *out, unsigned n)
{
    float sum[PIECE];

    memset(sum, 0, n * sizeof(*sum));
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
        out[i] = player_round(sum[i]);
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
