/* Between 8 and 16 kHz: a half-band filter, 63 taps, flat to 3.4 kHz, 70 dB down from 4.6 kHz on. */
#ifndef TD_HALFBAND_H
#define TD_HALFBAND_H

#include <stdint.h>

#define HALFBAND_SIDE 16 /* taps other than 0 on each side */

struct halfband {
    float past[4 * HALFBAND_SIDE];
};

/* n samples of 8 kHz to 2 n of 16 kHz. */
void halfband_double(struct halfband *state, const int16_t *in, int16_t *out, unsigned n);
/* 2 n samples of 16 kHz to n of 8 kHz. */
void halfband_halve(struct halfband *state, const int16_t *in, int16_t *out, unsigned n);

#endif
