/* progress.c includes this for each twin: a frame's energy, a window's power spectrum, its peaks. */
#include "tone_vector.h"

/* The sum of eight. */
TONE_TARGET static inline float TONE_TWIN(across)(tone_vf v)
{
    float x[8];
    memcpy(x, &v, sizeof x);
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/* The sum of squares, to a part in 1e7. */
TONE_TARGET static float TONE_TWIN(energy)(const int16_t *frame)
{
    tone_vf sum = {};
    for (int i = 0; i < FRAME; i += 16) {
        tone_vi pairs;
        memcpy(&pairs, frame + i, sizeof pairs);
        tone_vf even = __builtin_convertvector((pairs << 16) >> 16, tone_vf);
        tone_vf odd = __builtin_convertvector(pairs >> 16, tone_vf);
        sum += even * even + odd * odd;
    }
    return TONE_TWIN(across)(sum);
}

/* Eight transforms of 64 points side by side: radix 4, decimation in frequency, in place; point
 * k comes out at fourths_reversed(k). */
TONE_TARGET static inline void TONE_TWIN(columns)(const float *w, tone_vf *restrict re,
                                                  tone_vf *restrict im)
{
    for (int length = ROWS; length > 1; length /= 4) {
        int q = length / 4;
        for (int j = 0; j < q; j++, w += 6)
            for (int i = j; i < ROWS; i += length) {
                tone_vf ar = re[i] + re[i + 2 * q], ai = im[i] + im[i + 2 * q];
                tone_vf br = re[i] - re[i + 2 * q], bi = im[i] - im[i + 2 * q];
                tone_vf cr = re[i + q] + re[i + 3 * q], ci = im[i + q] + im[i + 3 * q];
                tone_vf dr = im[i + q] - im[i + 3 * q], di = re[i + 3 * q] - re[i + q];
                tone_vf pr = br + dr, pi = bi + di, qr = ar - cr, qi = ai - ci;
                tone_vf sr = br - dr, si = bi - di;
                re[i] = ar + cr;
                im[i] = ai + ci;
                re[i + q] = pr * w[0] - pi * w[1];
                im[i + q] = pr * w[1] + pi * w[0];
                re[i + 2 * q] = qr * w[2] - qi * w[3];
                im[i + 2 * q] = qr * w[3] + qi * w[2];
                re[i + 3 * q] = sr * w[4] - si * w[5];
                im[i + 3 * q] = sr * w[5] + si * w[4];
            }
    }
}

/* Eight rows to the transform over the columns: x[c] holds eight of column c, and then eight of the
 * points 64 c on. */
TONE_TARGET static inline void TONE_TWIN(eight)(tone_vf *re, tone_vf *im)
{
    const float half = 0.70710678f;
    tone_vf a0r = re[0] + re[4], a0i = im[0] + im[4], a1r = re[0] - re[4], a1i = im[0] - im[4];
    tone_vf a2r = re[2] + re[6], a2i = im[2] + im[6], a3r = re[2] - re[6], a3i = im[2] - im[6];
    tone_vf b0r = re[1] + re[5], b0i = im[1] + im[5], b1r = re[1] - re[5], b1i = im[1] - im[5];
    tone_vf b2r = re[3] + re[7], b2i = im[3] + im[7], b3r = re[3] - re[7], b3i = im[3] - im[7];
    tone_vf e0r = a0r + a2r, e0i = a0i + a2i, e2r = a0r - a2r, e2i = a0i - a2i;
    tone_vf e1r = a1r + a3i, e1i = a1i - a3r, e3r = a1r - a3i, e3i = a1i + a3r;
    tone_vf o0r = b0r + b2r, o0i = b0i + b2i, o2r = b0i - b2i, o2i = b2r - b0r;
    tone_vf p1r = b1r + b3i, p1i = b1i - b3r, p3r = b1r - b3i, p3i = b1i + b3r;
    tone_vf o1r = (p1r + p1i) * half, o1i = (p1i - p1r) * half;
    tone_vf o3r = (p3i - p3r) * half, o3i = (p3r + p3i) * -half;
    re[0] = e0r + o0r, im[0] = e0i + o0i, re[4] = e0r - o0r, im[4] = e0i - o0i;
    re[2] = e2r + o2r, im[2] = e2i + o2i, re[6] = e2r - o2r, im[6] = e2i - o2i;
    re[1] = e1r + o1r, im[1] = e1i + o1i, re[5] = e1r - o1r, im[5] = e1i - o1i;
    re[3] = e3r + o3r, im[3] = e3i + o3i, re[7] = e3r - o3r, im[7] = e3i - o3i;
}

/* The power spectrum of WINDOW samples times a window, in p->work->power from bin EDGE on, below and
 * above the band, too. Even samples are taken as real parts, odd ones as imaginary: 512 points, as
 * 64 rows of 8; transformed along the rows' columns, turned, and along the rows. */
TONE_TARGET static void TONE_TWIN(spectrum)(td_progress *p, const int16_t *samples,
                                            const struct window *window)
{
    const struct tables *t = &tables;
    tone_vf re[ROWS], im[ROWS];
    float column_re[8][ROWS], column_im[8][ROWS];

    for (int r = 0; r < ROWS; r++) {
        tone_vi pairs;
        memcpy(&pairs, samples + 16 * r, sizeof pairs);
        re[r] = __builtin_convertvector((pairs << 16) >> 16, tone_vf) * CVF(window->even + 8 * r);
        im[r] = __builtin_convertvector(pairs >> 16, tone_vf) * CVF(window->odd + 8 * r);
    }
    TONE_TWIN(columns)(t->fourths, re, im);
    for (int i = 0; i < ROWS; i++) {
        tone_vf c = CVF(t->turn_re[i]), s = CVF(t->turn_im[i]);
        tone_vf x = re[i] * c - im[i] * s, y = re[i] * s + im[i] * c;
        int k = t->reversed[i];
        for (int column = 0; column < 8; column++) {
            column_re[column][k] = x[column];
            column_im[column][k] = y[column];
        }
    }
    float zr[POINTS], zi[POINTS];
    for (int k = 0; k < ROWS; k += 8) {
        tone_vf row_re[8], row_im[8];
        for (int c = 0; c < 8; c++) {
            row_re[c] = CVF(column_re[c] + k);
            row_im[c] = CVF(column_im[c] + k);
        }
        TONE_TWIN(eight)(row_re, row_im);
        for (int c = 0; c < 8; c++) {
            VF(zr + ROWS * c + k) = row_re[c];
            VF(zi + ROWS * c + k) = row_im[c];
        }
    }
    /* Twice the spectra of the even and of the odd samples, from what is even and odd in z. */
    for (int k = EDGE; k < POINTS / 2; k++) {
        int m = POINTS - k;
        float er = zr[k] + zr[m], ei = zi[k] - zi[m], or = zi[k] + zi[m], oi = zr[m] - zr[k];
        float tr = or * t->split_re[k] - oi * t->split_im[k];
        float ti = or * t->split_im[k] + oi * t->split_re[k];
        float ar = er + tr, ai = ei + ti, br = er - tr, bi = ei - ti;
        p->work->power[k] = 0.25f * (ar * ar + ai * ai);
        p->work->power[m] = 0.25f * (br * br + bi * bi);
    }
    const int m = POINTS / 2;
    p->work->power[m] = zr[m] * zr[m] + zi[m] * zi[m];
}

/* The band's sum. */
TONE_TARGET static float TONE_TWIN(band_sum)(const float *band)
{
    tone_vf sum = {};
    for (int i = 0; i < BAND_ROOM; i += 8)
        sum += CVF(band + i);
    return TONE_TWIN(across)(sum);
}

/* Where the greatest is, the first of them. */
TONE_TARGET static int TONE_TWIN(loudest)(const float *band)
{
    tone_vf most = {};
    for (int i = 0; i < BAND_ROOM; i += 8) {
        tone_vf x = CVF(band + i);
        most = TONE_TWIN(pick)(x > most, x, most);
    }
    float greatest = 0;
    for (int i = 0; i < 8; i++)
        greatest = most[i] > greatest ? most[i] : greatest;
    int i = 0;
    while (i < BAND_ROOM - 8 && !TONE_TWIN(any)(CVF(band + i) == greatest))
        i += 8;
    for (; i < BAND_ROOM - 1 && band[i] != greatest; i++)
        ;
    return i;
}
