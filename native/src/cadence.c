/* Tones with cadence: up to four frequencies a step, amplitude modulation, phase reversals. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "trunkd_native.h"

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

struct td_cadence {
    const td_cadence_step *steps;
    uint32_t n, repeat_from, step;
    uint64_t at; /* samples of the step made */
    double phase[TD_CADENCE_TONES], am; /* turns */
    double amplitude[TD_CADENCE_TONES];
};

size_t td_cadence_size(void)
{
    return sizeof(td_cadence);
}

static void begin_step(td_cadence *c)
{
    const td_cadence_step *s = &c->steps[c->step];
    c->at = 0;
    memset(c->phase, 0, sizeof c->phase);
    c->am = 0;
    for (int i = 0; i < TD_CADENCE_TONES; i++)
        c->amplitude[i] = s->frequency[i] > 0 ? 32768 * pow(10, (s->level[i] - 3.14) / 20) : 0;
}

static int is_good(const td_cadence_step *s)
{
    int good = s->am_depth >= 0 && s->am_depth <= 1 && s->am_hz >= 0 && s->am_hz < 4000;
    for (int i = 0; i < TD_CADENCE_TONES; i++)
        good = good && s->frequency[i] >= 0 && s->frequency[i] < 4000 && s->level[i] >= -80 &&
               s->level[i] <= 3.14;
    return good;
}

int td_cadence_init(td_cadence *c, const td_cadence_step *steps, uint32_t n, uint32_t repeat_from)
{
    if (!n || repeat_from > n)
        return -EINVAL;
    for (uint32_t i = 0; i < n; i++)
        if (!is_good(&steps[i]))
            return -EINVAL;
    *c = (td_cadence){.steps = steps, .n = n, .repeat_from = repeat_from};
    begin_step(c);
    return 0;
}

static double next_sample(td_cadence *c, const td_cadence_step *s)
{
    double sum = 0;
    for (int i = 0; i < TD_CADENCE_TONES; i++) {
        if (c->amplitude[i] == 0)
            continue;
        sum += c->amplitude[i] * sin(2 * M_PI * c->phase[i]);
        c->phase[i] += s->frequency[i] / 8000;
        c->phase[i] -= floor(c->phase[i]);
    }
    if (s->am_depth > 0) {
        sum *= 1 + s->am_depth * sin(2 * M_PI * c->am);
        c->am += s->am_hz / 8000;
        c->am -= floor(c->am);
    }
    if (s->reversal && c->at / s->reversal % 2)
        sum = -sum;
    return fmax(-32768, fmin(32767, sum));
}

uint32_t td_cadence_run(td_cadence *c, int16_t *samples, uint32_t n)
{
    uint32_t made = 0;
    while (made < n && c->step < c->n) {
        const td_cadence_step *s = &c->steps[c->step];
        if (!s->samples || c->at < s->samples) {
            samples[made++] = (int16_t)lrint(next_sample(c, s));
            c->at++;
            continue;
        }
        if (++c->step == c->n && c->repeat_from < c->n)
            c->step = c->repeat_from;
        if (c->step < c->n)
            begin_step(c);
    }
    return made;
}
