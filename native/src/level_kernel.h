/* level_judge.c includes this for each twin. */
#include "tone_vector.h"

TONE_TARGET static inline tone_vf TONE_TWIN(least)(tone_vf a, tone_vf b)
{
    return TONE_TWIN(pick)(a < b, a, b);
}

TONE_TARGET static inline tone_vf TONE_TWIN(most)(tone_vf a, tone_vf b)
{
    return TONE_TWIN(pick)(a > b, a, b);
}

/* Mean square of the hop; carrying first, so that how the halves were summed is forgotten. */
TONE_TARGET static inline tone_vf TONE_TWIN(mean_square)(const int32_t *low, const int32_t *high)
{
    tone_vi carried = VI(high) + (VI(low) >> 16), rest = VI(low) & 0xffff;
    tone_vf whole = __builtin_convertvector(carried, tone_vf) * 65536.0f;
    return (whole + __builtin_convertvector(rest, tone_vf)) * (1.0f / TD_LEVEL_HOP);
}

/* A part of the noise window ends: the least of all of them, or of the last half second alone
 * when nothing in it rose above twice its least. */
TONE_TARGET static void TONE_TWIN(end_part)(struct level_floor *f, uint32_t part, int l)
{
    VF(f->past_least[part % LEVEL_PARTS] + l) = VF(f->least + l);
    VF(f->past_most[part % LEVEL_STEADY] + l) = VF(f->most + l);
    tone_vf window = VF(f->least + l), recent = window, most = VF(f->most + l);
    for (uint32_t i = 1; i < LEVEL_PARTS; i++) {
        window = TONE_TWIN(least)(window, VF(f->past_least[(part - i) % LEVEL_PARTS] + l));
        if (i == LEVEL_STEADY - 1)
            recent = window;
    }
    for (int i = 0; i < LEVEL_STEADY; i++)
        most = TONE_TWIN(most)(most, VF(f->past_most[i] + l));
    tone_vi steady = most <= 2.0f * recent;
    if (TONE_TWIN(any)(steady))
        for (int i = 0; i < LEVEL_PARTS; i++)
            VF(f->past_least[i] + l) =
                TONE_TWIN(pick)(steady, recent, VF(f->past_least[i] + l));
    VF(f->window + l) = TONE_TWIN(pick)(steady, recent, window);
    VF(f->least + l) = (tone_vf){} + LEVEL_UNKNOWN;
    VF(f->most + l) = (tone_vf){};
}

/* Take a hop's mean square; the mean of the last four, and the floor below it. */
TONE_TARGET static inline tone_vf TONE_TWIN(follow)(struct level_floor *f, tone_vf hop,
                                                    tone_vi age, uint32_t number, int l)
{
    for (int i = 0; i < LEVEL_RING; i++)
        VF(f->hop[i] + l) = TONE_TWIN(pick)(age == 0, hop, VF(f->hop[i] + l));
    VF(f->hop[number % LEVEL_RING] + l) = hop;
    tone_vf mean = ((VF(f->hop[0] + l) + VF(f->hop[1] + l)) +
                    (VF(f->hop[2] + l) + VF(f->hop[3] + l))) * (1.0f / LEVEL_RING);
    tone_vf told = TONE_TWIN(pick)(age >= LEVEL_SETTLE, mean, (tone_vf){} + LEVEL_UNKNOWN);
    VF(f->least + l) = TONE_TWIN(least)(VF(f->least + l), told);
    VF(f->most + l) = TONE_TWIN(most)(VF(f->most + l), told);
    if (number % LEVEL_PART == LEVEL_PART - 1) {
        TONE_TWIN(end_part)(f, number / LEVEL_PART, l);
        VF(f->floor + l) = VF(f->window + l) * LEVEL_BIAS;
    } else {
        VF(f->floor + l) = TONE_TWIN(least)(VF(f->window + l), VF(f->least + l)) * LEVEL_BIAS;
    }
    return mean;
}

struct TONE_TWIN(verdict) {
    tone_vi begins, stays;
};

/* Do the last two hops rise above the floor? To begin, either of them must: a click is in one. */
TONE_TARGET static inline struct TONE_TWIN(verdict)
TONE_TWIN(compare)(const struct level_limits *limits, const struct level_floor *f, int which,
                   tone_vf now, tone_vf before, int l)
{
    tone_vf zero = {}, floor = TONE_TWIN(least)(VF(f->floor + l), zero + limits->most[which]);
    tone_vf high = TONE_TWIN(most)(floor * limits->over, zero + limits->least[which]);
    tone_vf low = TONE_TWIN(most)(floor * limits->stay, zero + 0.5f * limits->least[which]);
    tone_vf mean = (now + before) * 0.5f;
    struct TONE_TWIN(verdict) verdict = {
        (mean > high) & (TONE_TWIN(least)(now, before) > high * LEVEL_CLICK), mean > low};
    return verdict;
}

TONE_TARGET static inline tone_vi TONE_TWIN(one_more)(tone_vi count)
{
    return count - (count < LEVEL_MOST); /* true is -1 */
}

TONE_TARGET static inline void TONE_TWIN(voice)(const struct level_limits *limits,
                                                struct level_group *g, tone_vf now, uint32_t hop,
                                                tone_vi age, int l)
{
    const struct level_floor *f = g->floors;
    tone_vf before = VF(f[0].hop[(hop - 1) % LEVEL_RING] + l);
    tone_vf edge = VF(f[1].hop[hop % LEVEL_RING] + l);
    tone_vf edge_before = VF(f[1].hop[(hop - 1) % LEVEL_RING] + l);
    struct TONE_TWIN(verdict) full = TONE_TWIN(compare)(limits, f, 0, now, before, l);
    struct TONE_TWIN(verdict) high = TONE_TWIN(compare)(limits, f + 1, 1, edge, edge_before, l);
    tone_vi fit = (edge + edge_before >= LEVEL_HUM * (now + before)) & (age > LEVEL_SETTLE);
    tone_vi loud = (full.stays | high.stays) & fit, old = VI(g->voice + l), none = {};
    tone_vi begins = (full.begins | high.begins) & fit & ~old, voice = old | begins;
    VI(g->run + l) = TONE_TWIN(pick_int)(loud, TONE_TWIN(one_more)(VI(g->run + l)), none);
    tone_vi hops = VI(g->active_hops + l), counted = loud & (hops < LEVEL_MOST);
    tone_vf sum = VF(g->active + l);
    sum = TONE_TWIN(pick)(counted, sum + now, sum);
    VF(g->active + l) = TONE_TWIN(pick)(begins, now + before, sum);
    VI(g->active_hops + l) = TONE_TWIN(pick_int)(begins, none + 2, hops - counted);
    tone_vi quiet = TONE_TWIN(one_more)(VI(g->quiet + l));
    quiet = TONE_TWIN(pick_int)(voice & loud, none, quiet);
    tone_vi ends = voice & (quiet >= limits->hangover);
    VI(g->quiet + l) = quiet;
    VI(g->begins + l) = begins;
    VI(g->ends + l) = ends;
    VI(g->voice + l) = voice & ~ends;
}

TONE_TARGET void TONE_TWIN(level_judge)(const struct level_limits *limits, struct level_group *g,
                                        uint32_t hop)
{
    struct level_sums *s = &g->sums;

    for (int l = 0; l < LEVEL_LANES; l += HALF) {
        tone_vi age = VI(g->age + l);
        tone_vf mean = TONE_TWIN(floats)(s->sum + l) * (1.0f / TD_LEVEL_HOP);
        tone_vf weight = 1.0f / (__builtin_convertvector(age, tone_vf) + 1.0f);
        weight = TONE_TWIN(most)(weight, (tone_vf){} + 1.0f / LEVEL_DC_HOPS);
        tone_vf dc = VF(g->dc + l);
        dc += weight * (mean - dc);
        VF(g->dc + l) = dc;
        tone_vf square = TONE_TWIN(mean_square)(s->energy_low + l, s->energy_high + l);
        tone_vf now = square - 2.0f * dc * mean + dc * dc;
        now = TONE_TWIN(most)(now, (tone_vf){});
        tone_vf edge = TONE_TWIN(mean_square)(s->edge_low + l, s->edge_high + l);
        VF(g->rms + l) = TONE_TWIN(follow)(&g->floors[0], now, age, hop, l);
        TONE_TWIN(follow)(&g->floors[1], edge, age, hop, l);
        tone_vf fast = VF(g->fast + l);
        fast += LEVEL_FAST * (now - fast);
        VF(g->fast + l) = TONE_TWIN(pick)(age == 0, now, fast);
        TONE_TWIN(voice)(limits, g, now, hop, age, l);
        VI(g->age + l) = TONE_TWIN(pick_int)(age < LEVEL_DC_HOPS, age + 1, age);
    }
}
