/* echo.c includes this for each twin: real FFTs of 128 points in eight lanes.
 *
 * A real block of 128 is 64 complex points (even samples real, odd ones imaginary); radix 4,
 * decimation in frequency, in place, results in the order of echo_reversed. */

/* Exchange re and im for the inverse transform. */
ECHO_TARGET static inline void ECHO_TWIN(fft64)(const struct echo_tables *t, ev *restrict re,
                                                ev *restrict im)
{
    const float *w = t->twiddle;
    for (int length = 64; length > 1; length /= 4) {
        int q = length / 4;
        for (int j = 0; j < q; j++, w += 6)
            for (int i = j; i < 64; i += length) {
                ev ar = re[i] + re[i + 2 * q], ai = im[i] + im[i + 2 * q];
                ev br = re[i] - re[i + 2 * q], bi = im[i] - im[i + 2 * q];
                ev cr = re[i + q] + re[i + 3 * q], ci = im[i + q] + im[i + 3 * q];
                ev dr = im[i + q] - im[i + 3 * q], di = re[i + 3 * q] - re[i + q];
                re[i] = ar + cr;
                im[i] = ai + ci;
                ev pr = br + dr, pi = bi + di;
                ev qr = ar - cr, qi = ai - ci;
                ev sr = br - dr, si = bi - di;
                re[i + q] = pr * w[0] - pi * w[1];
                im[i + q] = pr * w[1] + pi * w[0];
                re[i + 2 * q] = qr * w[2] - qi * w[3];
                im[i + 2 * q] = qr * w[3] + qi * w[2];
                re[i + 3 * q] = sr * w[4] - si * w[5];
                im[i + 3 * q] = sr * w[5] + si * w[4];
            }
    }
}

/* 128 samples to 65 bins. */
ECHO_TARGET static void ECHO_TWIN(forward)(const struct echo_tables *t, const ev *x,
                                           echo_spectrum *to)
{
    ev re[64], im[64];
    for (int i = 0; i < 64; i++) {
        re[i] = x[2 * i];
        im[i] = x[2 * i + 1];
    }
    ECHO_TWIN(fft64)(t, re, im);
    ev zero = {};
    to->re[0] = re[0] + im[0];
    to->re[64] = re[0] - im[0];
    to->im[0] = to->im[64] = zero;
    for (int k = 1; k <= 32; k++) {
        int a = echo_reversed[k], b = echo_reversed[64 - k];
        ev er = (re[a] + re[b]) * 0.5f, ei = (im[a] - im[b]) * 0.5f;
        ev or = (im[a] + im[b]) * 0.5f, oi = (re[b] - re[a]) * 0.5f;
        float c = t->split[2 * k], s = t->split[2 * k + 1];
        ev pr = or * c - oi * s, pi = or * s + oi * c;
        to->re[k] = er + pr;
        to->im[k] = ei + pi;
        to->re[64 - k] = er - pr;
        to->im[64 - k] = pi - ei;
    }
}

/* 65 bins to samples `from` to `from` + 63 of 128 (0 or 64). */
ECHO_TARGET static void ECHO_TWIN(inverse)(const struct echo_tables *t, const echo_spectrum *x,
                                           int from, ev *to)
{
    ev re[64], im[64];
    const float half = 0.5f / 64;
    re[0] = (x->re[0] + x->re[64]) * half;
    im[0] = (x->re[0] - x->re[64]) * half;
    for (int k = 1; k <= 32; k++) {
        ev er = (x->re[k] + x->re[64 - k]) * half, ei = (x->im[k] - x->im[64 - k]) * half;
        ev dr = (x->re[k] - x->re[64 - k]) * half, di = (x->im[k] + x->im[64 - k]) * half;
        float c = t->split[2 * k], s = -t->split[2 * k + 1];
        ev or = dr * c - di * s, oi = dr * s + di * c;
        re[k] = er - oi;
        im[k] = ei + or;
        re[64 - k] = er + oi;
        im[64 - k] = or - ei;
    }
    ECHO_TWIN(fft64)(t, im, re);
    for (int i = 0; i < 32; i++) {
        int a = echo_reversed[i + from / 2];
        to[2 * i] = re[a];
        to[2 * i + 1] = im[a];
    }
}
