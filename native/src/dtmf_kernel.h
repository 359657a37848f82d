/* dtmf.c includes this for each twin. */
#include "tone_vector.h"

/* One more output of both filters, added to the sums of this step. */
TONE_TARGET static void TONE_TWIN(output)(struct group *g, const tone_ints *rows,
                                          const int32_t *energy)
{
    uint32_t now = g->z_at % OUTPUTS, lag = (g->z_at - LAG) % OUTPUTS;
    struct step_sums *s = &g->sums[g->step_at % SUMS];

    if (g->hops == 0)
        memset(s, 0, sizeof *s);
    for (int b = 0; b < 2; b++)
        for (int l = 0; l < TONE_LANES; l += HALF) {
            struct band_sums *band = &s->band[b];
            tone_vf x = TONE_TWIN(floats)(rows[2 * b] + l) * SCALE;
            tone_vf y = TONE_TWIN(floats)(rows[2 * b + 1] + l) * SCALE;
            tone_vf x4 = VF(g->z_re[b][lag] + l), y4 = VF(g->z_im[b][lag] + l);
            VF(g->z_re[b][now] + l) = x;
            VF(g->z_im[b][now] + l) = y;
            VF(band->energy + l) += x * x + y * y;
            VF(band->lag_re + l) += x * x4 + y * y4;
            VF(band->lag_im + l) += y * x4 - x * y4;
        }
    for (int l = 0; l < TONE_LANES; l += HALF)
        VF(s->total + l) += TONE_TWIN(floats)(energy + l);
    g->z_at++;
}

/* The angle of (x, y) in turns, -0.5 to 0.5, to 1e-4. */
TONE_TARGET static inline tone_vf TONE_TWIN(turns)(tone_vf y, tone_vf x)
{
    const tone_vi magnitude = (tone_vi){} + 0x7fffffff;
    tone_vf ax = (tone_vf)((tone_vi)x & magnitude), ay = (tone_vf)((tone_vi)y & magnitude);
    tone_vi steep = ay > ax;
    tone_vf high = TONE_TWIN(pick)(steep, ay, ax), low = TONE_TWIN(pick)(steep, ax, ay);
    tone_vf a = low / (high + 1e-20f), s = a * a;
    tone_vf r = a * (0.15914f + s * (-0.0526f + s * (0.0267f - 0.00825f * s)));
    r = TONE_TWIN(pick)(steep, 0.25f - r, r);
    r = TONE_TWIN(pick)(x < 0.0f, 0.5f - r, r);
    return TONE_TWIN(pick)(y < 0.0f, -r, r);
}

/* The same angle between -0.5 and 0.5. */
TONE_TARGET static inline tone_vf TONE_TWIN(wrap)(tone_vf turn)
{
    tone_vi whole = __builtin_convertvector(turn + 32.5f, tone_vi);
    return turn - (__builtin_convertvector(whole, tone_vf) - 32.0f);
}

/* Is a band's output one tone, judged by how outputs LAG apart agree? */
TONE_TARGET static inline tone_vi TONE_TWIN(alone)(const struct group *g, int b, int l)
{
    const struct band_sums *s0 = &g->sums[g->step_at % SUMS].band[b];
    const struct band_sums *s1 = &g->sums[(g->step_at - 1) % SUMS].band[b];
    const struct band_sums *s2 = &g->sums[(g->step_at - 2) % SUMS].band[b];
    const struct band_sums *s3 = &g->sums[(g->step_at - 3) % SUMS].band[b];
    const struct band_sums *s4 = &g->sums[(g->step_at - 4) % SUMS].band[b];
    tone_vf middle = CVF(s2->energy + l);
    tone_vf near = CVF(s0->energy + l) + CVF(s1->energy + l) + middle;
    tone_vf far = CVF(s3->energy + l) + CVF(s4->energy + l) + middle;
    tone_vf re = CVF(s0->lag_re + l) + CVF(s1->lag_re + l) + CVF(s2->lag_re + l);
    tone_vf im = CVF(s0->lag_im + l) + CVF(s1->lag_im + l) + CVF(s2->lag_im + l);
    return re * re + im * im >= PURITY * (near * far + 1e-6f);
}

/* A band's tone in half of the lanes: its number 0 to 3 or NONE, and its mean square. */
TONE_TARGET static inline tone_vi TONE_TWIN(judge_band)(struct group *g, int b, int l,
                                                        const float *hz, const float *inverse,
                                                        const float *slope, float centre,
                                                        float *power)
{
    const struct band_sums *s0 = &g->sums[g->step_at % SUMS].band[b];
    const struct band_sums *s1 = &g->sums[(g->step_at - 1) % SUMS].band[b];
    const struct band_sums *s2 = &g->sums[(g->step_at - 2) % SUMS].band[b];
    const struct band_sums *s3 = &g->sums[(g->step_at - 3) % SUMS].band[b];
    const struct band_sums *s4 = &g->sums[(g->step_at - 4) % SUMS].band[b];
#define SUM(field, i, j, k) (CVF(i->field + l) + CVF(j->field + l) + CVF(k->field + l))
    tone_vf near = SUM(energy, s0, s1, s2), far = SUM(energy, s2, s3, s4);
    tone_vf lag_re = SUM(lag_re, s0, s1, s2), lag_im = SUM(lag_im, s0, s1, s2);
#undef SUM
    tone_vf one_re = {}, one_im = {};
    for (uint32_t i = 1; i < OUTPUTS - 1; i++) { /* from output to output, over the last ones */
        uint32_t now = (g->z_at - i) % OUTPUTS, before = (g->z_at - i - 1) % OUTPUTS;
        tone_vf x = CVF(g->z_re[b][now] + l), y = CVF(g->z_im[b][now] + l);
        tone_vf x1 = CVF(g->z_re[b][before] + l), y1 = CVF(g->z_im[b][before] + l);
        one_re += x * x1 + y * y1;
        one_im += y * x1 - x * y1;
    }
    tone_vf turn = TONE_TWIN(turns)(one_im, one_re) - centre / TURNS_HZ;
    tone_vf coarse = TONE_TWIN(wrap)(turn) * TURNS_HZ, zero = {};
    tone_vi from1 = coarse > (hz[0] + hz[1]) / 2, from2 = coarse > (hz[1] + hz[2]) / 2;
    tone_vi from3 = coarse > (hz[2] + hz[3]) / 2;
    tone_vf nominal = zero + hz[0], gain = zero + inverse[0];
    nominal = TONE_TWIN(pick)(from1, zero + hz[1], nominal);
    nominal = TONE_TWIN(pick)(from2, zero + hz[2], nominal);
    nominal = TONE_TWIN(pick)(from3, zero + hz[3], nominal) + centre;
    gain = TONE_TWIN(pick)(from1, zero + inverse[1], gain);
    gain = TONE_TWIN(pick)(from2, zero + inverse[2], gain);
    gain = TONE_TWIN(pick)(from3, zero + inverse[3], gain);
    tone_vf tilt = TONE_TWIN(pick)(from1, zero + slope[1], zero + slope[0]);
    tilt = TONE_TWIN(pick)(from2, zero + slope[2], tilt);
    tilt = TONE_TWIN(pick)(from3, zero + slope[3], tilt);
    turn = TONE_TWIN(turns)(lag_im, lag_re) - nominal * (1 / LAG_HZ);
    tone_vf off = TONE_TWIN(wrap)(turn) * LAG_HZ, most = nominal * OFF_FREQUENCY;
    VF(g->purity[b] + l) = (lag_re * lag_re + lag_im * lag_im) / (near * far + 1e-6f);
    tone_vi good = (off <= most) & (off >= -most);
    VF(power) = (near + far) * (gain + tilt * off) * (1.0f / (12 * SCALE * SCALE));
    /* from1 and so on are -1 where true */
    return TONE_TWIN(pick_int)(good, -(from1 + from2 + from3), (tone_vi){} + NONE);
}

TONE_TARGET static void TONE_TWIN(judge)(const struct td_dtmf *bank, struct group *g)
{
    uint32_t t = g->step_at;

    for (int l = 0; l < TONE_LANES; l += HALF) {
        tone_vf total = {};
        for (uint32_t i = 1; i <= 5; i++)
            total += VF(g->sums[(t - i) % SUMS].total + l);
        total *= (float)(1 << TONE_ENERGY_SHIFT) / (5 * STEP);
        VF(g->total + l) = VF(g->old_total[t % PAST] + l) = total;
        tone_vi pure = TONE_TWIN(alone)(g, 0, l);
        if (TONE_TWIN(any)(pure))
            pure &= TONE_TWIN(alone)(g, 1, l);
        if (!TONE_TWIN(any)(pure)) {
            VI(g->code + l) = (tone_vi){} + NONE;
            continue;
        }
        tone_vi low = TONE_TWIN(judge_band)(g, 0, l, dtmf_low_hz, dtmf_low_inverse,
                                            dtmf_low_slope, CENTRE_LOW, g->low + l);
        tone_vi high = TONE_TWIN(judge_band)(g, 1, l, dtmf_high_hz, dtmf_high_inverse,
                                             dtmf_high_slope, CENTRE_HIGH, g->high + l);
        tone_vf p = VF(g->low + l), q = VF(g->high + l);
        tone_vi good = pure & (low >= 0) & (high >= 0) & (p >= bank->weakest) & (q >= bank->weakest) &
                       (q <= p * bank->normal) & (p <= q * bank->reverse);
        VI(g->code + l) = TONE_TWIN(pick_int)(good, 4 * low + high, (tone_vi){} + NONE);
    }
}
