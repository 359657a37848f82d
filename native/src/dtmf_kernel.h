/* dtmf.c includes this for each twin. */
#include "tone_vector.h"

/* One more output of both filters, added to the sums of this step. */
TONE_TARGET static void TONE_TWIN(output)(struct group *g, const tone_ints *rows,
                                          const int32_t *energy)
{
    uint32_t now = g->z_at % OUTPUTS, lag = (g->z_at - LAG) % OUTPUTS;
    struct step_sums *s = &g->sums[g->sums_at];

    const VFLOAT zero = {};
    const bool first = g->hops == 0;
    for (int b = 0; b < 2; b++)
        for (int l = 0; l < TONE_LANES; l += VLANES) {
            struct band_sums *band = &s->band[b];
            VFLOAT x = TONE_TWIN(floats)(rows[2 * b] + l) * SCALE;
            VFLOAT y = TONE_TWIN(floats)(rows[2 * b + 1] + l) * SCALE;
            VFLOAT x4 = VF(g->z_re[b][lag] + l), y4 = VF(g->z_im[b][lag] + l);
            VF(g->z_re[b][now] + l) = x;
            VF(g->z_im[b][now] + l) = y;
            VF(band->energy + l) = (first ? zero : VF(band->energy + l)) + (x * x + y * y);
            VF(band->lag_re + l) = (first ? zero : VF(band->lag_re + l)) + (x * x4 + y * y4);
            VF(band->lag_im + l) = (first ? zero : VF(band->lag_im + l)) + (y * x4 - x * y4);
        }
    for (int l = 0; l < TONE_LANES; l += VLANES)
        VF(s->total + l) = (first ? zero : VF(s->total + l)) + TONE_TWIN(floats)(energy + l);
    g->z_at++;
}

/* The angle of (x, y) in turns, -0.5 to 0.5, to 1e-4. */
TONE_TARGET static inline VFLOAT TONE_TWIN(turns)(VFLOAT y, VFLOAT x)
{
    const VINT magnitude = (VINT){} + 0x7fffffff;
    VFLOAT ax = (VFLOAT)((VINT)x & magnitude), ay = (VFLOAT)((VINT)y & magnitude);
    VINT steep = ay > ax;
    VFLOAT high = TONE_TWIN(pick)(steep, ay, ax), low = TONE_TWIN(pick)(steep, ax, ay);
    VFLOAT a = low / (high + 1e-20f), s = a * a;
    VFLOAT r = a * (0.15914f + s * (-0.0526f + s * (0.0267f - 0.00825f * s)));
    r = TONE_TWIN(pick)(steep, 0.25f - r, r);
    r = TONE_TWIN(pick)(x < 0.0f, 0.5f - r, r);
    return TONE_TWIN(pick)(y < 0.0f, -r, r);
}

/* The same angle between -0.5 and 0.5. */
TONE_TARGET static inline VFLOAT TONE_TWIN(wrap)(VFLOAT turn)
{
    VINT whole = __builtin_convertvector(turn + 32.5f, VINT);
    return turn - (__builtin_convertvector(whole, VFLOAT) - 32.0f);
}

/* What a band's outputs of some of the lanes say: energies of the newer and the older three of five
 * steps, and how outputs LAG apart turn. */
struct TONE_TWIN(band) {
    VFLOAT re, im, near, far, agreed, all;
};

TONE_TARGET static inline struct TONE_TWIN(band) TONE_TWIN(sum_up)(const struct group *g, int b,
                                                                   int l)
{
    const struct band_sums *s[5];
    for (uint32_t i = 0; i < 5; i++)
        s[i] = &g->sums[(g->sums_at + SUMS - i) % SUMS].band[b];
    struct TONE_TWIN(band) x;
    VFLOAT middle = CVF(s[2]->energy + l);
    x.near = CVF(s[0]->energy + l) + CVF(s[1]->energy + l) + middle;
    x.far = CVF(s[3]->energy + l) + CVF(s[4]->energy + l) + middle;
    x.re = CVF(s[0]->lag_re + l) + CVF(s[1]->lag_re + l) + CVF(s[2]->lag_re + l);
    x.im = CVF(s[0]->lag_im + l) + CVF(s[1]->lag_im + l) + CVF(s[2]->lag_im + l);
    x.agreed = x.re * x.re + x.im * x.im;
    x.all = x.near * x.far + 1e-6f;
    return x;
}

/* One of a band's four values by masks, each of which implies the one before it. */
TONE_TARGET static inline VFLOAT TONE_TWIN(choose)(const VINT *from, const float *value)
{
    VINT bits = (VINT)((VFLOAT){} + value[0]);
    for (int i = 0; i < 3; i++) {
        VINT here = (VINT)((VFLOAT){} + value[i]);
        bits ^= from[i] & (here ^ (VINT)((VFLOAT){} + value[i + 1]));
    }
    return (VFLOAT)bits;
}

/* A band's tone in some of the lanes: its number 0 to 3 or NONE, and its mean square. */
TONE_TARGET static inline VINT TONE_TWIN(judge_band)(struct group *g, int b, int l,
                                                        const struct TONE_TWIN(band) *x,
                                                        const struct band_table *table,
                                                        float *power)
{
    VFLOAT re = {}, im = {};
    for (uint32_t i = 1; i < OUTPUTS - 1; i++) { /* from output to output, over the last ones */
        uint32_t now = (g->z_at - i) % OUTPUTS, before = (g->z_at - i - 1) % OUTPUTS;
        VFLOAT p = CVF(g->z_re[b][now] + l), q = CVF(g->z_im[b][now] + l);
        VFLOAT p1 = CVF(g->z_re[b][before] + l), q1 = CVF(g->z_im[b][before] + l);
        re += p * p1 + q * q1;
        im += q * p1 - p * q1;
    }
    VINT from[3]; /* is it above the middle between tone i and the next? -1 where true */
    for (int i = 0; i < 3; i++)
        from[i] = im * table->middle_re[i] > re * table->middle_im[i];
    from[1] |= from[2];
    from[0] |= from[1];
    VFLOAT nominal = TONE_TWIN(choose)(from, table->hz);
    VFLOAT gain = TONE_TWIN(choose)(from, table->inverse);
    VFLOAT tilt = TONE_TWIN(choose)(from, table->slope);
    VFLOAT turn = TONE_TWIN(turns)(x->im, x->re) - nominal * (1 / LAG_HZ);
    VFLOAT off = TONE_TWIN(wrap)(turn) * LAG_HZ, most = nominal * OFF_FREQUENCY;
    VF(g->purity[b] + l) = x->agreed / x->all;
    VINT good = (off <= most) & (off >= -most);
    VF(power) = (x->near + x->far) * (gain + tilt * off) * (1.0f / (12 * SCALE * SCALE));
    return TONE_TWIN(pick_int)(good, -(from[0] + from[1] + from[2]), (VINT){} + NONE);
}

TONE_TARGET static int TONE_TWIN(judge)(const struct td_dtmf *bank, struct group *g)
{
    uint32_t t = g->step_at;
    int found = 0;

    for (int l = 0; l < TONE_LANES; l += VLANES) {
        VFLOAT total = {};
        for (uint32_t i = 1; i <= 5; i++)
            total += VF(g->sums[(g->sums_at + SUMS - i) % SUMS].total + l);
        total *= (float)(4 << TONE_ENERGY_SHIFT) / (5 * STEP);
        VF(g->total + l) = VF(g->old_total[t % PAST] + l) = total;
        struct TONE_TWIN(band) band[2];
        band[0] = TONE_TWIN(sum_up)(g, 0, l);
        band[1] = TONE_TWIN(sum_up)(g, 1, l);
        VINT pure = ~VI(g->off + l) & (band[0].agreed >= PURITY * band[0].all) &
                    (band[1].agreed >= PURITY * band[1].all);
        if (!TONE_TWIN(any)(pure)) {
            VI(g->code + l) = (VINT){} + NONE;
            continue;
        }
        VINT low = TONE_TWIN(judge_band)(g, 0, l, &band[0], &dtmf_band[0], g->low + l);
        VINT high = TONE_TWIN(judge_band)(g, 1, l, &band[1], &dtmf_band[1], g->high + l);
        VFLOAT p = VF(g->low + l), q = VF(g->high + l);
        VINT good = pure & (low >= 0) & (high >= 0) & (p >= bank->weakest) & (q >= bank->weakest) &
                       (q <= p * bank->normal) & (p <= q * bank->reverse);
        VI(g->code + l) = TONE_TWIN(pick_int)(good, 4 * low + high, (VINT){} + NONE);
        found |= TONE_TWIN(any)(good);
    }
    return found;
}

TONE_TARGET static inline void TONE_TWIN(add_to_run)(struct group *g, int l, VINT whole)
{
    struct run_sums *s = &g->lanes.sums;
    VFLOAT p[2] = {VF(g->low + l), VF(g->high + l)};
    for (int b = 0; b < 2; b++) {
        VFLOAT least = VF(s->least[b] + l), most = VF(s->most[b] + l);
        VF(s->least[b] + l) = TONE_TWIN(pick)(whole & ((most == 0.0f) | (p[b] < least)), p[b], least);
        VF(s->most[b] + l) = TONE_TWIN(pick)(whole & (p[b] > most), p[b], most);
        VF(s->purity[b] + l) += (VFLOAT)(whole & VI(g->purity[b] + l));
    }
    VF(s->low + l) += (VFLOAT)(whole & (VINT)p[0]);
    VF(s->high + l) += (VFLOAT)(whole & (VINT)p[1]);
    VF(s->total + l) += (VFLOAT)(whole & VI(g->total + l));
}

/* A step of some of the lanes; returns those that want a decision. */
TONE_TARGET static inline VINT TONE_TWIN(follow_some)(struct group *g, int l)
{
    struct lanes *a = &g->lanes;
    const VINT one = (VINT){} + 1, clock = (VINT){} + (int32_t)(uint32_t)g->clock;
    VINT code = VI(g->code + l), digit = VI(a->digit + l), steps = VI(a->steps + l);
    VINT is_digit = digit >= 0, is_code = code >= 0;
    VFLOAT low = VF(g->low + l), high = VF(g->high + l);
    VFLOAT sum = VF(a->low_sum + l) + VF(a->high_sum + l);
    VINT loud = (low + high) * __builtin_convertvector(steps, VFLOAT) >= 0.15f * sum;
    VINT on = is_digit & (code == digit) & loud;

    VF(a->low_sum + l) += (VFLOAT)(on & (VINT)low);
    VF(a->high_sum + l) += (VFLOAT)(on & (VINT)high);
    VI(a->steps + l) = steps + (on & one);
    VI(a->last + l) = TONE_TWIN(pick_int)(on, clock, VI(a->last + l));
    VINT miss = ~on & (VI(a->miss + l) + (is_digit & one));
    VI(a->miss + l) = miss;

    VINT run = VI(a->run + l);
    VINT goes_on = (code == VI(a->candidate + l)) & (run > 0) & is_code & ~on;
    VI(a->candidate + l) = TONE_TWIN(pick_int)(on, VI(a->candidate + l), code);
    run = (goes_on & run) + (is_code & ~on & one);
    VI(a->run + l) = run;
    tone_floats *sums = (tone_floats *)&a->sums;
    for (size_t i = 0; i < sizeof a->sums / sizeof *sums; i++)
        VI(sums[i] + l) &= goes_on;
    TONE_TWIN(add_to_run)(g, l, run > EDGE_STEPS);
    return (is_digit & (miss >= OFF_STEPS)) | (run == 1) | (run >= ON_STEPS);
}

TONE_TARGET static uint32_t TONE_TWIN(follow)(struct group *g)
{
    uint32_t lanes = 0, busy = 0;
    tone_ints wants;
    for (int l = 0; l < TONE_LANES; l += VLANES)
        VI(wants + l) = TONE_TWIN(follow_some)(g, l);
    for (int l = 0; l < TONE_LANES; l++)
        lanes |= (uint32_t)(wants[l] & 1) << l;
    for (int l = 0; l < TONE_LANES; l++)
        busy |= (uint32_t)((g->lanes.digit[l] >= 0) | (g->lanes.run[l] > 0));
    g->busy = busy;
    return lanes;
}
