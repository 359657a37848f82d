/* mf.c includes this for each twin. */
#include "tone_vector.h"

/* The power of one frequency over the window, in some of the lanes. */
TONE_TARGET static inline VFLOAT TONE_TWIN(bin_power)(const struct td_mf *bank,
                                                       const struct group *g, int bin, int l)
{
    float c = bank->turn_re[bin], s = bank->turn_im[bin];
    VFLOAT x = {}, y = {};
    for (uint32_t i = SUMS; i-- > 0;) {
        float weight = i == 0 || i == SUMS - 1 ? OUTER : 1;
        uint32_t at = (g->step_at - i) % SUMS;
        VFLOAT t = (x * c - y * s) + CVF(g->re[at][bin] + l) * weight;
        y = (x * s + y * c) + CVF(g->im[at][bin] + l) * weight;
        x = t;
    }
    return (x * x + y * y) * bank->inverse;
}

TONE_TARGET static void TONE_TWIN(judge)(const struct td_mf *bank, struct group *g,
                                         const tone_ints *rows, const int32_t *energy)
{
    uint32_t now = g->step_at % SUMS;
    for (int l = 0; l < TONE_LANES; l += VLANES) {
        VFLOAT first = {}, second = {}, third = {};
        VINT at_first = {}, at_second = {}, none = (VINT){} + NONE;
        for (int k = 0; k < BINS; k++) {
            VF(g->re[now][k] + l) = TONE_TWIN(floats)(rows[2 * k] + l);
            VF(g->im[now][k] + l) = TONE_TWIN(floats)(rows[2 * k + 1] + l);
            VFLOAT p = TONE_TWIN(bin_power)(bank, g, k, l);
            VF(g->power[k] + l) = p;
            VINT best = p > first, next = p > second, here = (VINT){} + k;
            third = TONE_TWIN(pick)(next, second, TONE_TWIN(pick)(p > third, p, third));
            second = TONE_TWIN(pick)(best, first, TONE_TWIN(pick)(next, p, second));
            at_second = TONE_TWIN(pick_int)(next, here, at_second);
            at_second = TONE_TWIN(pick_int)(best, at_first, at_second);
            first = TONE_TWIN(pick)(best, p, first);
            at_first = TONE_TWIN(pick_int)(best, here, at_first);
        }
        VF(g->total[now] + l) = TONE_TWIN(floats)(energy + l);
        VFLOAT total = {};
        for (int i = 0; i < SUMS; i++)
            total += VF(g->total[i] + l);
        total *= (float)(1 << TONE_ENERGY_SHIFT) / (SUMS * STEP);
        VINT later = at_first > at_second;
        VINT high = TONE_TWIN(pick_int)(later, at_first, at_second);
        VINT low = TONE_TWIN(pick_int)(later, at_second, at_first);
        VINT good = (second >= bank->weakest) & (second * TWIST >= first) &
                       (third <= second * THIRD) & (first + second >= SHARE * total);
        good &= ~VI(g->off + l);
        VI(g->code + l) = TONE_TWIN(pick_int)(good, ((high * (high - 1)) >> 1) + low, none);
    }
}
