/* echo.c includes this for each twin. */
#include "echo_fft.h"

ECHO_TARGET static inline ev ECHO_TWIN(pick)(ei mask, ev yes, ev no)
{
    return (ev)((mask & (ei)yes) | (~mask & (ei)no));
}

ECHO_TARGET static inline ev ECHO_TWIN(least)(ev a, ev b)
{
    return ECHO_TWIN(pick)(a < b, a, b);
}

ECHO_TARGET static inline ev ECHO_TWIN(most)(ev a, ev b)
{
    return ECHO_TWIN(pick)(a > b, a, b);
}

ECHO_TARGET static inline int ECHO_TWIN(any)(ei mask)
{
    uint64_t part[4];
    memcpy(part, &mask, sizeof part);
    return (part[0] | part[1] | part[2] | part[3]) != 0;
}

ECHO_TARGET static inline ev ECHO_TWIN(energy)(const ev *x)
{
    ev a = {}, b = {};
    for (int i = 0; i < ECHO_BLOCK; i += 2) {
        a += x[i] * x[i];
        b += x[i + 1] * x[i + 1];
    }
    return (a + b) * (1.0f / ECHO_BLOCK);
}

/* Samples of this block from `from` on: received less the echo, without delay. */
ECHO_TARGET static void ECHO_TWIN(cancel)(struct echo_group *g, uint32_t from, uint32_t n)
{
    uint32_t i = from;
    for (; i + 4 <= from + n; i += 4) {
        const ev *x = g->x + ECHO_BLOCK + i;
        ev a = g->later[i], b = g->later[i + 1], c = g->later[i + 2], d = g->later[i + 3];
        for (int j = 0; j < ECHO_BLOCK; j++) {
            ev w = g->taps[j];
            a += w * x[-j];
            b += w * x[1 - j];
            c += w * x[2 - j];
            d += w * x[3 - j];
        }
        g->e[i] = g->y[i] - a;
        g->e[i + 1] = g->y[i + 1] - b;
        g->e[i + 2] = g->y[i + 2] - c;
        g->e[i + 3] = g->y[i + 3] - d;
    }
    for (; i < from + n; i++) {
        const ev *x = g->x + ECHO_BLOCK + i;
        ev a = g->later[i];
        for (int j = 0; j < ECHO_BLOCK; j++)
            a += g->taps[j] * x[-j];
        g->e[i] = g->y[i] - a;
    }
}

/* What the shadow filter makes of this block, and the variance of its error in each bin. */
ECHO_TARGET static void ECHO_TWIN(foretell)(const struct td_echo *echo, struct echo_group *g,
                                            echo_spectrum *sum, ev *variance)
{
    memset(sum, 0, sizeof *sum);
    memset(variance, 0, sizeof(ev) * ECHO_BINS);
    for (uint32_t p = 0; p < echo->parts; p++) {
        const echo_spectrum *x = &g->sent[(g->newest + p) % echo->parts], *w = &g->shadow[p];
        const ev *doubt = g->doubt[p];
        for (int k = 0; k < ECHO_BINS; k++) {
            sum->re[k] += x->re[k] * w->re[k] - x->im[k] * w->im[k];
            sum->im[k] += x->re[k] * w->im[k] + x->im[k] * w->re[k];
            variance[k] += doubt[k] * (x->re[k] * x->re[k] + x->im[k] * x->im[k]);
        }
    }
}

#define DRIFT 0.0006f

/* One Kalman step of every partition; `turn` is the error's spectrum over its variance. */
ECHO_TARGET static void ECHO_TWIN(adapt)(const struct td_echo *echo, struct echo_group *g,
                                         const echo_spectrum *turn, const ev *inverse)
{
    for (uint32_t p = 0; p < echo->parts; p++) {
        const echo_spectrum *x = &g->sent[(g->newest + p) % echo->parts];
        echo_spectrum *w = &g->shadow[p];
        ev *doubt = g->doubt[p];
        for (int k = 0; k < ECHO_BINS; k++) {
            ev xr = x->re[k], xi = x->im[k], c = doubt[k];
            ev wr = w->re[k] + c * (xr * turn->re[k] + xi * turn->im[k]);
            ev wi = w->im[k] + c * (xr * turn->im[k] - xi * turn->re[k]);
            ev gain = c * inverse[k] * (xr * xr + xi * xi) * 0.5f;
            w->re[k] = wr;
            w->im[k] = wi;
            doubt[k] = (c - c * gain) * (1 - DRIFT) + (wr * wr + wi * wi) * DRIFT;
        }
    }
}

/* A partition is 64 taps long: what wrapped round is taken out of its spectrum. */
ECHO_TARGET static void ECHO_TWIN(constrain)(const struct td_echo *echo, echo_spectrum *w, ev *taps)
{
    ECHO_TWIN(inverse)(&echo->tables, w, 0, taps);
    memset(taps + ECHO_BLOCK, 0, sizeof(ev) * ECHO_BLOCK);
    ECHO_TWIN(forward)(&echo->tables, taps, w);
}

ECHO_TARGET static void ECHO_TWIN(copy)(uint32_t parts, ei mask, echo_spectrum *to,
                                        const echo_spectrum *from)
{
    for (uint32_t p = 0; p < parts; p++)
        for (int k = 0; k < ECHO_BINS; k++) {
            to[p].re[k] = ECHO_TWIN(pick)(mask, from[p].re[k], to[p].re[k]);
            to[p].im[k] = ECHO_TWIN(pick)(mask, from[p].im[k], to[p].im[k]);
        }
}

/* The echo in the next block of all that was sent until now. */
ECHO_TARGET static void ECHO_TWIN(look_ahead)(const struct td_echo *echo, struct echo_group *g)
{
    echo_spectrum sum;
    memset(&sum, 0, sizeof sum);
    for (uint32_t p = 1; p < echo->parts; p++) {
        const echo_spectrum *x = &g->sent[(g->newest + p - 1) % echo->parts], *w = &g->filter[p];
        for (int k = 0; k < ECHO_BINS; k++) {
            sum.re[k] += x->re[k] * w->re[k] - x->im[k] * w->im[k];
            sum.im[k] += x->re[k] * w->im[k] + x->im[k] * w->re[k];
        }
    }
    ECHO_TWIN(inverse)(&echo->tables, &sum, ECHO_BLOCK, g->later);
}

/* The end of a block. */
ECHO_TARGET static void ECHO_TWIN(block)(const struct td_echo *echo, struct echo_group *g)
{
    echo_spectrum sum, error;
    ev variance[ECHO_BINS], inverse[ECHO_BINS], eb[2 * ECHO_BLOCK];
    const struct echo_tables *t = &echo->tables;

    g->newest = (g->newest + echo->parts - 1) % echo->parts;
    ECHO_TWIN(forward)(t, g->x, &g->sent[g->newest]);
    ECHO_TWIN(foretell)(echo, g, &sum, variance);
    memset(eb, 0, sizeof(ev) * ECHO_BLOCK);
    ECHO_TWIN(inverse)(t, &sum, ECHO_BLOCK, eb + ECHO_BLOCK);
    for (int i = 0; i < ECHO_BLOCK; i++)
        eb[ECHO_BLOCK + i] = g->y[i] - eb[ECHO_BLOCK + i];

    ev ef = ECHO_TWIN(energy)(g->e), ebb = ECHO_TWIN(energy)(eb + ECHO_BLOCK);
    ev ex = ECHO_TWIN(energy)(g->x + ECHO_BLOCK), ey = ECHO_TWIN(energy)(g->y);
    const float fast = 0.25f;
    g->px += (ex - g->px) * fast;
    g->py += (ey - g->py) * fast;
    g->pf += (ef - g->pf) * fast;
    g->pb += (ebb - g->pb) * fast;
    ei better = (g->pb < g->pf * 0.9f) & (ebb < ef);
    ei worse = g->pb > g->pf * 2.0f;

    ECHO_TWIN(forward)(t, eb, &error);
    for (int k = 0; k < ECHO_BINS; k++) {
        ev power = error.re[k] * error.re[k] + error.im[k] * error.im[k];
        ev own = ECHO_TWIN(most)(power - variance[k] * 0.5f, power * 0.05f);
        g->noise[k] += (own - g->noise[k]) * 0.3f;
        ev noise = ECHO_TWIN(most)(g->noise[k], own);
        inverse[k] = 1.0f / (variance[k] * 0.5f + noise + 64.0f);
        error.re[k] *= inverse[k];
        error.im[k] *= inverse[k];
    }
    ECHO_TWIN(adapt)(echo, g, &error, inverse);
    ev taps[2 * ECHO_BLOCK];
    for (uint32_t p = echo->parts; p-- > 0;)
        ECHO_TWIN(constrain)(echo, &g->shadow[p], taps);
    if (ECHO_TWIN(any)(worse)) {
        ECHO_TWIN(copy)(echo->parts, worse, g->shadow, g->filter);
        g->pb = ECHO_TWIN(pick)(worse, g->pf, g->pb);
    }
    if (ECHO_TWIN(any)(better)) {
        ECHO_TWIN(copy)(echo->parts, better, g->filter, g->shadow);
        for (int i = 0; i < ECHO_BLOCK; i++)
            g->taps[i] = ECHO_TWIN(pick)(better, taps[i], g->taps[i]);
        g->pf = ECHO_TWIN(pick)(better, g->pb, g->pf);
    }
    ECHO_TWIN(look_ahead)(echo, g);
    memcpy(g->x, g->x + ECHO_BLOCK, sizeof(ev) * ECHO_BLOCK);
}

ECHO_TARGET static inline ev ECHO_TWIN(load)(const int16_t *from, int lanes)
{
    int16_t s[ECHO_LANES] = {0};
    if (lanes == ECHO_LANES)
        memcpy(s, from, sizeof s);
    else
        for (int l = 0; l < lanes; l++)
            s[l] = from[l];
    typedef int16_t es __attribute__((vector_size(2 * ECHO_LANES), may_alias));
    es v;
    memcpy(&v, s, sizeof v);
    return __builtin_convertvector(v, ev);
}

ECHO_TARGET static inline void ECHO_TWIN(store)(int16_t *to, int lanes, ev x)
{
    typedef int16_t es __attribute__((vector_size(2 * ECHO_LANES), may_alias));
    ev limit = {};
    ev half = ECHO_TWIN(pick)(x < limit, limit - 0.5f, limit + 0.5f);
    x = ECHO_TWIN(most)(ECHO_TWIN(least)(x + half, limit + 32767.0f), limit - 32768.0f);
    es v = __builtin_convertvector(x, es);
    if (lanes == ECHO_LANES)
        memcpy(to, &v, sizeof v);
    else
        for (int l = 0; l < lanes; l++)
            to[l] = v[l];
}

/* Frames that lie within one block. */
ECHO_TARGET static void ECHO_TWIN(samples)(const struct td_echo *echo, struct echo_group *g,
                                           const int16_t *sent, const int16_t *received,
                                           int16_t *cleaned, uint32_t n, uint32_t stride, int lanes)
{
    uint32_t from = g->fill;
    for (uint32_t i = 0; i < n; i++) {
        g->x[ECHO_BLOCK + from + i] = ECHO_TWIN(load)(sent + (size_t)i * stride, lanes);
        g->y[from + i] = ECHO_TWIN(load)(received + (size_t)i * stride, lanes);
    }
    ECHO_TWIN(cancel)(g, from, n);
    for (uint32_t i = 0; i < n; i++) {
        ev out = ECHO_TWIN(pick)(g->on, g->e[from + i], g->y[from + i]);
        ECHO_TWIN(store)(cleaned + (size_t)i * stride, lanes, out);
    }
    g->fill += n;
    if (g->fill == ECHO_BLOCK) {
        ECHO_TWIN(block)(echo, g);
        g->fill = 0;
    }
}
