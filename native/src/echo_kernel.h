/* echo.c includes this for each twin. */
#include "echo_vector.h"
#include "echo_fft.h"
#include "echo_solve.h"
#include "echo_tone.h"
#include "echo_output.h"

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

/* What the shadow filter makes of this block. */
ECHO_TARGET static void ECHO_TWIN(foretell)(const struct td_echo *echo, const struct echo_group *g,
                                            ev *to)
{
    echo_spectrum sum;
    memset(&sum, 0, sizeof sum);
    for (uint32_t p = 0; p < echo->parts; p++) {
        const echo_spectrum *x = &g->sent[(g->newest + p) % echo->parts], *w = &g->shadow[p];
        for (int k = 0; k < ECHO_BINS; k++) {
            sum.re[k] += x->re[k] * w->re[k] - x->im[k] * w->im[k];
            sum.im[k] += x->re[k] * w->im[k] + x->im[k] * w->re[k];
        }
    }
    ECHO_TWIN(inverse)(&echo->tables, &sum, ECHO_BLOCK, to);
}

/* Adds to each partition of the shadow filter the correlation of x with `turn`. */
ECHO_TARGET static void ECHO_TWIN(adapt)(const struct td_echo *echo, struct echo_group *g,
                                         const echo_spectrum *turn)
{
    ev taps[2 * ECHO_BLOCK], weight = {};
    echo_spectrum step;
    memset(taps + ECHO_BLOCK, 0, sizeof(ev) * ECHO_BLOCK);
    for (uint32_t p = 0; p < echo->parts; p++) {
        const echo_spectrum *x = &g->sent[(g->newest + p) % echo->parts];
        echo_spectrum *w = &g->shadow[p];
        for (int k = 0; k < ECHO_BINS; k++) {
            step.re[k] = x->re[k] * turn->re[k] + x->im[k] * turn->im[k];
            step.im[k] = x->re[k] * turn->im[k] - x->im[k] * turn->re[k];
        }
        ECHO_TWIN(inverse)(&echo->tables, &step, 0, taps);
        ECHO_TWIN(forward)(&echo->tables, taps, &step);
        for (int k = 0; k < ECHO_BINS; k++) {
            ev re = w->re[k] + step.re[k], im = w->im[k] + step.im[k];
            w->re[k] = re;
            w->im[k] = im;
            weight += re * re + im * im;
        }
    }
    g->weight = weight * (1.0f / ECHO_BLOCK); /* of all taps, by Parseval (nearly: 65 of 128) */
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

/* One step of the shadow filter on the error of this block: a Kalman filter whose taps' errors are
 * taken as independent and alike (block affine projection). Lanes that do not learn have no error. */
ECHO_TARGET static void ECHO_TWIN(learn)(const struct td_echo *echo, struct echo_group *g,
                                         const ev *error, const ev *old, ev other, ei learns)
{
    ev turn[2 * ECHO_BLOCK];
    echo_spectrum spectrum;
    const float share = 1.0f / (float)(echo->parts * ECHO_BLOCK);

    ECHO_TWIN(fill_gram)(echo, g, old, other, echo->scratch->gram);
    for (int i = 0; i < ECHO_BLOCK; i++)
        echo->scratch->gram[ECHO_BLOCK * ECHO_ROW + i] = (ev)((ei)error[i] & learns);
    ev news;
    ECHO_TWIN(factor)(echo->scratch, other, &news);
    memset(turn, 0, sizeof(ev) * ECHO_BLOCK);
    ECHO_TWIN(solve)(echo->scratch, turn + ECHO_BLOCK);
    for (int i = 0; i < ECHO_BLOCK; i++)
        turn[ECHO_BLOCK + i] *= g->doubt;
    ECHO_TWIN(forward)(&echo->tables, turn, &spectrum);
    ECHO_TWIN(adapt)(echo, g, &spectrum);
    /* a narrow band tells the same again and again */
    ev trust = news * (ECHO_TRUST / ECHO_BLOCK);
    news = (ev)((ei)(news * share) & learns);
    g->doubt += news * (g->weight * (ECHO_DRIFT * share) - g->doubt * trust);
    g->doubt = ECHO_TWIN(most)(g->doubt, (ev){} + echo->first_doubt * 1e-6f);
}

/* Where the error is far above what was to be expected for 64 ms, and little of the echo is taken
 * out, the path may be another one (or the near end speaks). The shadow filter tries: all the error
 * is taken as echo. If that does not help in time, it goes back to where it was; the filter in use
 * never followed. `won`: lanes where it helped; `back`: lanes that go back. */
ECHO_TARGET static void ECHO_TWIN(try_anew)(const struct td_echo *echo, struct echo_group *g,
                                            ev span, ei surprise, ei active, ei *won, ei *back)
{
    ei none = {}, trying = g->trial > 0;
    ei poor = surprise & (g->pf > g->long_y * ECHO_POOR) & (g->pf > g->py * ECHO_POOR);
    ei odd = ECHO_TWIN(pick_int)(poor, g->odd + 1, g->odd - 2);
    g->odd = ECHO_TWIN(pick_int)(active, odd & (odd > 0), g->odd);
    g->rest += g->rest > 0;

    ei lasted = echo->trial - g->trial;
    *won = trying & (lasted >= 6) & (g->trial_b < g->trial_f * ECHO_WIN);
    *back = (g->trial == 1) & active & ~*won;
    g->changes -= *won;
    g->trial += trying & active;
    g->trial &= ~*won;
    g->doubt = ECHO_TWIN(pick)(*back, g->kept, g->doubt);
    g->rest = ECHO_TWIN(pick_int)(*back, g->patience, g->rest);
    ei patience = ECHO_TWIN(pick_int)(g->patience < 4 * ECHO_REST, g->patience * 2, g->patience);
    g->patience = ECHO_TWIN(pick_int)(*back, patience, g->patience);
    g->patience = ECHO_TWIN(pick_int)(*won, none + ECHO_REST, g->patience);

    ei start = active & (g->odd >= 8) & (g->rest <= 0) & (g->trial <= 0) & ~*back & ~*won;
    ev all = ECHO_TWIN(least)(g->pf / (span + 1.0f), (ev){} + echo->first_doubt);
    g->trial = ECHO_TWIN(pick_int)(start, none + echo->trial, g->trial);
    g->kept = ECHO_TWIN(pick)(start, g->doubt, g->kept);
    g->doubt = ECHO_TWIN(pick)(start, ECHO_TWIN(most)(g->doubt, all), g->doubt);
    g->trial_b = (ev)(~start & (ei)g->trial_b);
    g->trial_f = (ev)(~start & (ei)g->trial_f);
    g->odd &= ~start;
}

/* The filter in use takes over the shadow filter where that does better, and the shadow filter
 * the filter in use where it went astray. */
ECHO_TARGET static void ECHO_TWIN(take_over)(const struct td_echo *echo, struct echo_group *g,
                                             ei better, ei back)
{
    if (ECHO_TWIN(any)(back)) {
        ECHO_TWIN(copy)(echo->parts, back, g->shadow, g->filter);
        g->pb = ECHO_TWIN(pick)(back, g->pf, g->pb);
    }
    if (ECHO_TWIN(any)(better)) {
        ev taps[ECHO_BLOCK];
        ECHO_TWIN(copy)(echo->parts, better, g->filter, g->shadow);
        ECHO_TWIN(inverse)(&echo->tables, g->shadow, 0, taps);
        for (int i = 0; i < ECHO_BLOCK; i++)
            g->taps[i] = ECHO_TWIN(pick)(better, taps[i], g->taps[i]);
        g->pf = ECHO_TWIN(pick)(better, g->pb, g->pf);
    }
}

/* A filter that makes it worse is cleared. That is looked at over longer than any tail: what is
 * sent now may leave more than the faint echo of what was sent before. */
ECHO_TARGET static void ECHO_TWIN(guard)(const struct td_echo *echo, struct echo_group *g, ei learns)
{
    ei none = {};
    ev least = g->long_y * 1.4f + g->px * 0.001f;
    ei bad = learns & (g->long_f > least) & (g->px > ECHO_DBM0_M50);
    g->bad = bad & (g->bad + 1);
    ei clear = g->bad >= 4;
    if (!ECHO_TWIN(any)(clear))
        return;
    for (uint32_t p = 0; p < echo->parts; p++)
        for (int k = 0; k < ECHO_BINS; k++) {
            g->shadow[p].re[k] = (ev)(~clear & (ei)g->shadow[p].re[k]);
            g->shadow[p].im[k] = (ev)(~clear & (ei)g->shadow[p].im[k]);
            g->filter[p].re[k] = (ev)(~clear & (ei)g->filter[p].re[k]);
            g->filter[p].im[k] = (ev)(~clear & (ei)g->filter[p].im[k]);
        }
    for (int i = 0; i < ECHO_BLOCK; i++)
        g->taps[i] = (ev)(~clear & (ei)g->taps[i]);
    g->pf = g->pb = ECHO_TWIN(pick)(clear, g->py, g->pf);
    g->long_f = ECHO_TWIN(pick)(clear, g->long_y, g->long_f);
    g->doubt = ECHO_TWIN(pick)(clear, (ev){} + echo->first_doubt, g->doubt);
    g->other = (ev)(~clear & (ei)g->other);
    g->resets -= clear;
    g->trial = ECHO_TWIN(pick_int)(clear, none, g->trial);
    g->odd &= ~clear;
    g->bad &= ~clear;
}

/* The shadow filter's part of a block's end. `span`: energy of all that the taps reach. */
ECHO_TARGET static void ECHO_TWIN(improve)(const struct td_echo *echo, struct echo_group *g,
                                           const ev *old, ev span, ev received, ev left, ei learns)
{
    ev eb[ECHO_BLOCK], zero = {}, own = received * ECHO_QUANTIZING + ECHO_SMALL + g->floor;
    ei far = span > ECHO_DBM0_M56 * ECHO_BLOCK * (float)echo->parts;
    ei active = learns & ((g->doubt * span > own * 0.05f) | (far & (left > own * 4.0f)));

    ei busy = active & ((g->doubt * span > own * 3.0f) | (g->trial > 0) | (left > own * 4.0f));
    /* who knows the path well learns from every fourth block */
    g->turn = (g->turn + 1) % 4;
    if (!ECHO_TWIN(any)(active) || (g->turn && !ECHO_TWIN(any)(busy))) {
        g->pb = ECHO_TWIN(pick)(active, g->pb, g->pf);
        return;
    }
    ECHO_TWIN(foretell)(echo, g, eb);
    for (int i = 0; i < ECHO_BLOCK; i++)
        eb[i] = g->y[i] - eb[i];
    ev error = ECHO_TWIN(energy)(eb), expected = g->doubt * span;
    g->pb += (error - g->pb) * ECHO_FAST;
    g->trial_b = g->trial_b * ECHO_MEMORY + error;
    g->trial_f = g->trial_f * ECHO_MEMORY + left;
    ei trying = g->trial > 0, won, back;
    ECHO_TWIN(try_anew)(echo, g, span, error > (expected + own) * 4.0f, active, &won, &back);
    ei better = active & ~trying & (g->pb < g->pf * ECHO_BETTER) & (error < left);
    ei astray = active & ~trying & (g->pb > g->pf * 2.0f);

    ev near = ECHO_TWIN(most)(error - expected * 2.0f, zero);
    g->excess += (error - expected - g->excess) * 0.1f;
    g->excess = ECHO_TWIN(most)(g->excess, zero);
    near = ECHO_TWIN(most)(near, g->excess);
    g->other = ECHO_TWIN(most)(near, g->other * 0.8f);
    g->other = (ev)(~(g->trial > 0) & (ei)g->other);
    ECHO_TWIN(learn)(echo, g, eb, old, own + g->other, active & ~back);
    better |= won;
    ECHO_TWIN(take_over)(echo, g, better, (back | astray) & ~better);
}

/* Where the filter makes it worse now (the path changed), what goes out is what was received. */
ECHO_TARGET static void ECHO_TWIN(compare)(struct echo_group *g, ev received, ev left)
{
    g->now_y += (received - g->now_y) * 0.75f;
    g->now_f += (left - g->now_f) * 0.75f;
    ev least = g->long_y * 0.04f + g->px * 0.002f;
    ei worse = g->now_f > g->now_y * 1.2f + least, better = g->now_f < g->now_y;
    g->useless = worse | (g->useless & ~better);
}

/* What echo may be left in the next block, for the non-linear processor. */
ECHO_TARGET static void ECHO_TWIN(judge)(struct echo_group *g, ev span, ev left)
{
    ev echo = {}, doubt = ECHO_TWIN(pick)(g->trial > 0, g->kept, g->doubt), zero = {};
    for (int i = 0; i < ECHO_BLOCK; i++) {
        ev h = g->y[i] - g->e[i];
        echo += h * h;
    }
    g->echo = ECHO_TWIN(most)(echo * (1.0f / ECHO_BLOCK), g->echo * 0.7f);
    ev theory = doubt * span * 2.0f + g->echo * ECHO_LEFT;
    ei far = (g->px > ECHO_DBM0_M50) & (theory > ECHO_SMALL);
    ev ratio = ECHO_TWIN(most)(g->pf - g->floor * 2.0f, zero) / (theory + 1.0f);
    g->bias_least = ECHO_TWIN(pick)(far, ECHO_TWIN(least)(g->bias_least, ratio), g->bias_least);
    g->bias_blocks -= far;
    ei full = g->bias_blocks >= 128;
    ev bias = ECHO_TWIN(least)(ECHO_TWIN(most)(g->bias_least, zero + 1.0f), zero + 300.0f);
    g->bias = ECHO_TWIN(pick)(full, bias, g->bias);
    g->bias_least = ECHO_TWIN(pick)(full, zero + 1e9f, g->bias_least);
    g->bias_blocks &= ~full;
    g->left = theory * g->bias;
    /* noise that covers the echo by 10 dB may pass as it is */
    ev noise = (ev)((ei)(g->floor * 2.5f) & (g->left > g->floor * 0.1f));
    g->threshold = g->left * 4.0f + noise;
    g->slope = doubt * g->bias * 8.0f;
    g->talk = (g->px > ECHO_DBM0_M50) & (left > g->left * 4.0f + g->floor * 4.0f);
}

ECHO_TARGET static void ECHO_TWIN(measure)(struct echo_group *g, ev sent, ev received, ev left)
{
    const float slow = 0.08f;
    g->mean_x += (sent - g->mean_x) * slow;
    g->mean_y += (received - g->mean_y) * slow;
    g->mean_e += (left - g->mean_e) * slow;
    g->mean_out += (g->out_sum * (1.0f / ECHO_BLOCK) - g->mean_out) * slow;
    g->out_sum = (ev){};
    ei alone = (g->px > ECHO_DBM0_M50) & ~g->talk;
    g->far_y = ECHO_TWIN(pick)(alone, g->far_y + (received - g->far_y) * slow, g->far_y);
    g->far_e = ECHO_TWIN(pick)(alone, g->far_e + (left - g->far_e) * slow, g->far_e);
}

/* The end of a block. */
ECHO_TARGET static void ECHO_TWIN(block)(const struct td_echo *echo, struct echo_group *g)
{
    ev old[ECHO_BLOCK], span = {};

    g->newest = (g->newest + echo->parts - 1) % echo->parts;
    ev *slot = g->past + (size_t)g->newest * ECHO_BLOCK;
    memcpy(old, slot, sizeof old);
    memcpy(slot, g->x + ECHO_BLOCK, sizeof old);
    ECHO_TWIN(forward)(&echo->tables, g->x, &g->sent[g->newest]);
    ECHO_TWIN(correlate)(echo, g);
    ev sent = ECHO_TWIN(energy)(g->x + ECHO_BLOCK), received = ECHO_TWIN(energy)(g->y);
    ev left = ECHO_TWIN(energy)(g->e);
    for (uint32_t p = 0; p < echo->parts; p++)
        span += g->lags[(size_t)p * ECHO_BLOCK];
    span += sent * ECHO_BLOCK;
    g->px += (sent - g->px) * ECHO_FAST;
    g->py += (received - g->py) * ECHO_FAST;
    g->pf += (left - g->pf) * ECHO_FAST;
    g->long_y += (received - g->long_y) * (1.0f / 32);
    g->long_f += (left - g->long_f) * (1.0f / 32);

    ECHO_TWIN(disable)(echo, g, sent, received);
    ei learns = g->learns & ~g->disabled;
    ECHO_TWIN(improve)(echo, g, old, span, received, left, learns);
    ECHO_TWIN(guard)(echo, g, learns);
    ECHO_TWIN(compare)(g, received, left);
    ECHO_TWIN(look_ahead)(echo, g);
    ECHO_TWIN(judge)(g, span, left);
    ECHO_TWIN(follow_noise)(echo, g, left, (g->left < left * 0.25f) | (g->least_power < g->long_f * 0.2f));
    if (ECHO_TWIN(any)(g->comforts & (g->px > 10.0f)))
        ECHO_TWIN(make_noise)(echo, g);
    ECHO_TWIN(measure)(g, sent, received, left);
    memcpy(g->x, g->x + ECHO_BLOCK, sizeof old);
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
    ev out[ECHO_BLOCK];
    ei pass = ~g->on | g->disabled;
    ECHO_TWIN(process)(g, from, n, out);
    for (uint32_t i = 0; i < n; i++) {
        ev clean = ECHO_TWIN(pick)(pass, g->y[from + i], out[i]);
        g->out_sum += clean * clean;
        ECHO_TWIN(store)(cleaned + (size_t)i * stride, lanes, clean);
    }
    g->fill += n;
    if (g->fill == ECHO_BLOCK) {
        ECHO_TWIN(block)(echo, g);
        g->fill = 0;
    }
}
