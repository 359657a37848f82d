/* The level bank: channels in groups of 16, hops of 64 samples; events, and what is shown. */
#include "level.h"

#include <errno.h>
#include <stdlib.h>

struct level_events {
    td_level_event *events;
    uint32_t room, count;
    uint64_t lost;
};

static void tell(struct level_events *to, const td_level_event *event)
{
    if (to->count < to->room)
        to->events[to->count++] = *event;
    else
        to->lost++;
}

/* 1/100 dBm0 of a mean square. */
static int16_t level_of(double square)
{
    double db = 100 * tone_db(square / TONE_ZERO_DBM0);
    return (int16_t)(db < TD_LEVEL_NOTHING ? TD_LEVEL_NOTHING : db < 0 ? db - 0.5 : db + 0.5);
}

/* ---- clipping ---- */

static void tell_clip(const struct level_group *g, int lane, uint32_t channel, int active,
                      struct level_events *to)
{
    const struct level_clip *clip = &g->clip[lane];
    td_level_event event = {
        .sample = clip->first,
        .channel = channel,
        .duration = (uint32_t)(clip->last - clip->first + 1),
        .level = level_of((double)g->rms[lane]),
        .kind = TD_LEVEL_CLIP,
        .active = (uint8_t)active,
        .clipped = clip->count,
    };
    tell(to, &event);
}

/* A lane with clipped samples among these: where are they? */
static void find_clips(const td_level *bank, struct level_group *g, int lane, uint32_t channel,
                       const int16_t *samples, uint32_t n, size_t stride, struct level_events *to)
{
    struct level_clip *clip = &g->clip[lane];
    uint32_t bit = UINT32_C(1) << lane;

    for (uint32_t i = 0; i < n; i++, samples += stride) {
        uint64_t at = bank->clock + i;
        if (*samples < bank->clip_level && *samples > -bank->clip_level)
            continue;
        g->clipped[lane]++;
        if (!clip->count || at - clip->last > LEVEL_CLIP_GAP) {
            if (g->clipping & bit)
                tell_clip(g, lane, channel, 0, to);
            g->clipping &= ~bit;
            clip->first = at;
            clip->count = 0;
        }
        clip->last = at;
        clip->count++;
        if (!(g->clipping & bit) && clip->count >= bank->clip_samples) {
            g->clipping |= bit;
            tell_clip(g, lane, channel, 1, to);
        }
    }
}

static void take_peaks(const td_level *bank, struct level_group *g, uint32_t first,
                       const int16_t *peak, const int16_t *samples, uint32_t n, size_t stride,
                       struct level_events *to)
{
    int16_t most = 0;

    for (int l = 0; l < LEVEL_LANES; l++) {
        g->peak[l] = peak[l] > g->peak[l] ? peak[l] : g->peak[l];
        most = peak[l] > most ? peak[l] : most;
    }
    if (most < bank->clip_level)
        return;
    for (int l = 0; l < LEVEL_LANES; l++)
        if (peak[l] >= bank->clip_level && g->on >> l & 1)
            find_clips(bank, g, l, first + (uint32_t)l, samples + l, n, stride, to);
}

/* ---- hops ---- */

static void tell_voice(struct level_group *g, int lane, uint32_t channel, uint64_t end, int active,
                       struct level_events *to)
{
    td_level_event event = {
        .sample = g->begin[lane],
        .channel = channel,
        .duration = (uint32_t)(end - g->begin[lane]),
        .level = level_of((double)g->active[lane] / g->active_hops[lane]),
        .kind = TD_LEVEL_VOICE,
        .active = (uint8_t)active,
    };
    tell(to, &event);
}

static void end_hop(const td_level *bank, struct level_group *g, uint32_t first, uint64_t clock,
                    struct level_events *to)
{
    bank->judge(&bank->limits, g, bank->hop);
    memset(&g->sums, 0, sizeof g->sums);
    int32_t any = 0;
    for (int l = 0; l < LEVEL_LANES; l++)
        any |= g->begins[l] | g->ends[l];
    if (!any && !g->clipping)
        return;
    for (int l = 0; l < LEVEL_LANES; l++) {
        if (!(g->on >> l & 1))
            continue;
        uint32_t channel = first + (uint32_t)l;
        if (g->clipping >> l & 1 && clock - g->clip[l].last > LEVEL_CLIP_GAP) {
            tell_clip(g, l, channel, 0, to);
            g->clipping &= ~(UINT32_C(1) << l);
        }
        if (g->begins[l]) {
            int32_t back = g->run[l] < LEVEL_BACK ? g->run[l] : LEVEL_BACK;
            g->begin[l] = clock - (uint64_t)(back > 2 ? back : 2) * TD_LEVEL_HOP;
            tell_voice(g, l, channel, clock, 1, to);
        }
        if (g->ends[l])
            tell_voice(g, l, channel, clock - (uint64_t)g->quiet[l] * TD_LEVEL_HOP, 0, to);
    }
}

static void begin_lane(struct level_group *g, int l)
{
    for (int k = 0; k < 2; k++) {
        struct level_floor *f = &g->floors[k];
        for (int i = 0; i < LEVEL_RING; i++)
            f->hop[i][l] = 0;
        for (int i = 0; i < LEVEL_PARTS; i++)
            f->past_least[i][l] = LEVEL_UNKNOWN;
        for (int i = 0; i < LEVEL_STEADY; i++)
            f->past_most[i][l] = 4 * LEVEL_UNKNOWN; /* never steady */
        f->least[l] = f->window[l] = f->floor[l] = LEVEL_UNKNOWN;
        f->most[l] = 4 * LEVEL_UNKNOWN;
    }
    g->dc[l] = g->rms[l] = g->fast[l] = g->active[l] = 0;
    g->active_hops[l] = g->age[l] = g->run[l] = g->quiet[l] = 0;
    g->voice[l] = g->begins[l] = g->ends[l] = 0;
    g->peak[l] = 0;
    g->clipped[l] = 0;
    g->clip[l] = (struct level_clip){0};
}

/* A hop begins: lanes that wait for one are heard from here on. */
static void begin_waiting(struct level_group *g)
{
    if (!g->on) {
        memset(&g->sums, 0, sizeof g->sums);
        memset(g->last, 0, sizeof g->last);
    }
    for (int l = 0; l < LEVEL_LANES; l++)
        if (g->waiting >> l & 1)
            begin_lane(g, l);
    g->on |= g->waiting;
    g->waiting = 0;
}

/* n frames that do not go beyond this hop. */
static void take(const td_level *bank, uint32_t number, const int16_t *frames, uint32_t n,
                 size_t stride, struct level_events *to)
{
    struct level_group *g = &bank->group[number];
    uint32_t first = number * LEVEL_LANES, lanes = bank->channels - first;
    int16_t peak[LEVEL_LANES], padded[TD_LEVEL_HOP * LEVEL_LANES];

    if (bank->at == 0 && g->waiting)
        begin_waiting(g);
    if (!g->on)
        return;
    frames += first;
    if (lanes < LEVEL_LANES) { /* the last group: nothing beyond a frame's end is touched */
        memset(padded, 0, sizeof padded);
        for (uint32_t i = 0; i < n; i++)
            memcpy(padded + i * LEVEL_LANES, frames + i * stride, lanes * sizeof *frames);
        frames = padded;
        stride = LEVEL_LANES;
    }
    bank->add(frames, n, stride, &g->sums, g->last, peak);
    take_peaks(bank, g, first, peak, frames, n, stride, to);
    if (bank->at + n == TD_LEVEL_HOP)
        end_hop(bank, g, first, bank->clock + n, to);
}

/* ---- what other threads see ---- */

static uint64_t two(float first, float second)
{
    float both[2] = {first, second};
    uint64_t word;
    memcpy(&word, both, sizeof word);
    return word;
}

static void show_lane(const td_level *bank, struct level_group *g, int l, struct level_shown *to)
{
    float floor = g->floors[0].floor[l], most = bank->limits.most[0];
    uint64_t quiet = g->quiet[l] ? (uint64_t)g->quiet[l] * TD_LEVEL_HOP + bank->at : 0;

    if (floor > LEVEL_UNKNOWN / 2)
        floor = 0;
    floor = floor < most ? floor : most;
    atomic_store_explicit(&to->energy, two(g->rms[l], g->fast[l]), memory_order_relaxed);
    atomic_store_explicit(&to->state, two(floor, g->dc[l]), memory_order_relaxed);
    atomic_store_explicit(&to->voice, quiet << 2 | (g->voice[l] ? 2 : 0) | 1,
                          memory_order_relaxed);
    atomic_store_explicit(&to->clipped, g->clipped[l], memory_order_relaxed);
    if ((uint32_t)g->peak[l] > atomic_load_explicit(&to->peak, memory_order_relaxed))
        atomic_store_explicit(&to->peak, (uint32_t)g->peak[l], memory_order_relaxed);
    g->peak[l] = 0;
}

static void show(td_level *bank)
{
    for (uint32_t i = 0; i < bank->groups; i++) {
        struct level_group *g = &bank->group[i];
        for (int l = 0; l < LEVEL_LANES && g->on >> l; l++)
            if (g->on >> l & 1)
                show_lane(bank, g, l, &bank->shown[i * LEVEL_LANES + (uint32_t)l]);
    }
    atomic_store_explicit(&bank->shown_clock, bank->clock, memory_order_relaxed);
}

static int read_channel(const td_level *bank, uint32_t channel, uint32_t peak, td_level_now *now)
{
    const struct level_shown *from = &bank->shown[channel];
    uint64_t energy = atomic_load_explicit(&from->energy, memory_order_relaxed);
    uint64_t state = atomic_load_explicit(&from->state, memory_order_relaxed);
    uint64_t voice = atomic_load_explicit(&from->voice, memory_order_relaxed);
    float levels[2], rest[2];

    memcpy(levels, &energy, sizeof levels);
    memcpy(rest, &state, sizeof rest);
    memset(now, 0, sizeof *now);
    now->sample = atomic_load_explicit(&bank->shown_clock, memory_order_relaxed);
    now->since_voice = voice >> 2;
    now->clipped = atomic_load_explicit(&from->clipped, memory_order_relaxed);
    now->rms = level_of((double)levels[0]);
    now->fast = level_of((double)levels[1]);
    now->peak = (uint16_t)peak;
    now->peak_level = level_of((double)peak * peak / 2);
    now->floor = level_of((double)rest[0]);
    now->dc = (int16_t)(rest[1] < 0 ? rest[1] - 0.5f : rest[1] + 0.5f);
    now->voice = voice >> 1 & 1;
    now->on = voice & 1;
    return 0;
}

int td_level_read(const td_level *bank, uint32_t channel, td_level_now *now)
{
    if (channel >= bank->channels)
        return -EINVAL;
    return read_channel(bank, channel,
                        atomic_load_explicit(&bank->shown[channel].peak, memory_order_relaxed),
                        now);
}

int td_level_read_reset(td_level *bank, uint32_t channel, td_level_now *now)
{
    if (channel >= bank->channels)
        return -EINVAL;
    return read_channel(bank, channel,
                        atomic_exchange_explicit(&bank->shown[channel].peak, 0,
                                                 memory_order_relaxed),
                        now);
}

/* ---- the bank ---- */

int64_t td_level_run(td_level *bank, const int16_t *frames, uint32_t n, uint32_t stride,
                     td_level_event *events, uint32_t max_events)
{
    struct level_events to = {.events = events, .room = max_events};

    if (stride < bank->channels)
        return -EINVAL;
    while (n) {
        uint32_t part = TD_LEVEL_HOP - bank->at;
        part = part < n ? part : n;
        for (uint32_t i = 0; i < bank->groups; i++)
            take(bank, i, frames, part, stride, &to);
        frames += (size_t)part * stride;
        n -= part;
        bank->clock += part;
        bank->at = (bank->at + part) % TD_LEVEL_HOP;
        bank->hop += bank->at == 0;
    }
    show(bank);
    if (to.lost)
        atomic_fetch_add_explicit(&bank->lost, to.lost, memory_order_relaxed);
    return to.count;
}

uint64_t td_level_lost(const td_level *bank)
{
    return atomic_load_explicit(&bank->lost, memory_order_relaxed);
}

int td_level_vector(const td_level *bank)
{
    return bank->vectors;
}

int td_level_select(td_level *bank, uint32_t channel, int on)
{
    if (channel >= bank->channels)
        return -EINVAL;
    struct level_group *g = &bank->group[channel / LEVEL_LANES];
    struct level_shown *shown = &bank->shown[channel];
    int l = (int)(channel % LEVEL_LANES);
    uint32_t bit = UINT32_C(1) << l;

    g->on &= ~bit;
    g->clipping &= ~bit;
    g->waiting = on ? g->waiting | bit : g->waiting & ~bit;
    atomic_store_explicit(&shown->energy, 0, memory_order_relaxed);
    atomic_store_explicit(&shown->state, 0, memory_order_relaxed);
    atomic_store_explicit(&shown->voice, on ? 1 : 0, memory_order_relaxed);
    atomic_store_explicit(&shown->clipped, 0, memory_order_relaxed);
    atomic_store_explicit(&shown->peak, 0, memory_order_relaxed);
    return 0;
}

static int in_range(int value, int least, int most)
{
    return value == 0 || (value >= least && value <= most);
}

static float square_of(int hundredths, int otherwise)
{
    double ratio = tone_ratio((hundredths ? hundredths : otherwise) / 100.0);
    return (float)(ratio * ratio);
}

/* A first difference makes speech about 6 dB weaker, and white noise 3 dB stronger. */
static int set_limits(td_level *bank, const td_level_config *c)
{
    struct level_limits *limits = &bank->limits;
    uint32_t hangover = c->hangover_ms ? c->hangover_ms : 200;

    if (!in_range(c->voice_min, -8000, 0) || !in_range(c->floor_max, -8000, 0) ||
        !in_range(c->voice_over, 100, 3000) || !in_range(c->hangover_ms, 8, 10000) ||
        c->clip_level > 32767)
        return -EINVAL;
    limits->least[0] = square_of(c->voice_min, -5200) * (float)TONE_ZERO_DBM0;
    limits->least[1] = 0.25f * limits->least[0];
    limits->most[0] = square_of(c->floor_max, -3300) * (float)TONE_ZERO_DBM0;
    limits->most[1] = 2 * limits->most[0];
    limits->over = square_of(c->voice_over, 600);
    limits->stay = (float)tone_ratio((c->voice_over ? c->voice_over : 600) / 100.0);
    limits->hangover = (int32_t)((hangover + 7) / 8);
    bank->clip_level = (int16_t)(c->clip_level ? c->clip_level : 32124);
    bank->clip_samples = c->clip_samples ? c->clip_samples : 4;
    return 0;
}

static void set_vectors(td_level *bank, int plain)
{
    bank->add = level_add_plain;
    bank->judge = level_judge_plain;
    bank->vectors = !plain && tone_has_avx2();
#if TONE_AVX2
    if (bank->vectors) {
        bank->add = level_add_avx2;
        bank->judge = level_judge_avx2;
    }
#endif
}

td_level *td_level_new(uint32_t channels, const td_level_config *config, int *error)
{
    static const td_level_config defaults;
    td_level *bank = NULL;

    config = config ? config : &defaults;
    *error = -EINVAL;
    if (channels == 0 || channels > TD_LEVEL_CHANNELS)
        return NULL;
    *error = -ENOMEM;
    if (!(bank = calloc(1, sizeof *bank)))
        return NULL;
    bank->channels = channels;
    bank->groups = (channels + LEVEL_LANES - 1) / LEVEL_LANES;
    bank->group = calloc(bank->groups, sizeof *bank->group);
    bank->shown = calloc(channels, sizeof *bank->shown);
    if (!bank->group || !bank->shown || (*error = set_limits(bank, config)) < 0) {
        td_level_free(bank);
        return NULL;
    }
    set_vectors(bank, config->plain != 0);
    for (uint32_t c = 0; c < bank->groups * LEVEL_LANES; c++)
        begin_lane(&bank->group[c / LEVEL_LANES], (int)(c % LEVEL_LANES));
    return bank;
}

void td_level_free(td_level *bank)
{
    if (!bank)
        return;
    free(bank->group);
    free(bank->shown);
    free(bank);
}
