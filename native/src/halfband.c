/* The half-band filter of live audio at 16 kHz. */
#include "halfband.h"

#include <math.h>
#include <string.h>

#define TAPS (2 * HALFBAND_SIDE) /* those that are not 0, the middle one (1/2) left out */
#define BETA 7.0                 /* of the Kaiser window: 70 dB */
#define PI 3.14159265358979323846

static float taps[TAPS];

static double bessel_i0(double x)
{
    double sum = 1, term = 1;

    for (int k = 1; k < 40; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/* Before main. Taps at odd distances 1, 3, ... from the middle, from the left to the right. */
__attribute__((constructor)) static void make_taps(void)
{
    double sum = 0;

    for (int k = 0; k < TAPS; k++) {
        double at = 2 * (k - HALFBAND_SIDE) + 1, place = at / (2 * HALFBAND_SIDE);
        double value = sin(PI * at / 2) / (PI * at) *
                       bessel_i0(BETA * sqrt(1 - place * place)) / bessel_i0(BETA);

        taps[k] = (float)value;
        sum += value;
    }
    /* The odd taps together weigh as much as the middle one: gain 1 at 0 Hz. */
    for (int k = 0; k < TAPS; k++)
        taps[k] *= (float)(0.5 / sum);
}

static int16_t rounded(float value)
{
    if (value > 32767)
        return 32767;
    if (value < -32768)
        return -32768;
    return (int16_t)lrintf(value);
}

void halfband_double(struct halfband *state, const int16_t *in, int16_t *out, unsigned n)
{
    float *past = state->past;

    for (unsigned i = 0; i < n; i++) {
        float sum = 0;

        memmove(past, past + 1, (TAPS - 1) * sizeof(*past));
        past[TAPS - 1] = in[i];
        for (int k = 0; k < TAPS; k++)
            sum += taps[k] * past[k];
        /* Between past[SIDE - 1] and past[SIDE]. */
        out[2 * i] = rounded(past[HALFBAND_SIDE - 1]);
        out[2 * i + 1] = rounded(2 * sum);
    }
}

void halfband_halve(struct halfband *state, const int16_t *in, int16_t *out, unsigned n)
{
    float *even = state->past, *odd = state->past + TAPS;

    for (unsigned i = 0; i < n; i++) {
        float sum = 0;

        memmove(even, even + 1, (TAPS - 1) * sizeof(*even));
        memmove(odd, odd + 1, (HALFBAND_SIDE - 1) * sizeof(*odd));
        even[TAPS - 1] = in[2 * i];
        odd[HALFBAND_SIDE - 1] = in[2 * i + 1];
        for (int k = 0; k < TAPS; k++)
            sum += taps[k] * even[k];
        /* odd[0] lies between even[SIDE - 1] and even[SIDE]. */
        out[i] = rounded(sum + odd[0] / 2);
    }
}
