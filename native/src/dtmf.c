/* DTMF reception: Q.23, Q.24, ETSI ES 201 235-3.
 *
 * Two complex band filters (low group, high group; 48 taps) are evaluated every 10 samples. In a
 * band that holds one tone the filter's output is one rotating pointer: its turn from output to
 * output says which tone, its turn over four outputs how far off it is, and how well outputs four
 * apart agree how alone the tone is. Every 20 samples that is judged for all lanes. What passes ten
 * times in a row, without a change of level, is a digit when it also stands out of the channel's
 * whole energy, or when all that is beside it was there before and stays (dial tone). Speech does
 * not do that: its harmonics beside the two, or its change, give it away.
 */
#include "tone.h"

#include <errno.h>
#include <stdlib.h>

#include "tone_tables.h"

enum {
    TAPS = 48,
    HOP = 10,
    PAIRS = TAPS / 2,
    CHUNK = 160,                 /* samples of each channel worked on at a time */
    STEP = 2 * HOP,              /* samples from judgement to judgement */
    OUTPUTS = 8,                 /* ring of filter outputs */
    SUMS = 6,                    /* ring of sums over a step */
    LAG = 4,
    NONE = -1,
    ON_STEPS = 10,   /* steps in a row that make a digit: about 31 ms of tone */
    PAST = 64,       /* ring of totals of windows gone by */
    EDGE_STEPS = 3,  /* first steps whose windows are not yet full: not measured */
    OFF_STEPS = 8,   /* steps without it that end it: about 15 ms of pause */
    /* From the first and last steps judged good to the edges of a tone, found by measurement. */
    BEGIN_LAG = 104,
    END_LAG = 33,
};

/* Outputs are made smaller by it, so that no product of four overflows a float. */
#define SCALE (1.0f / 1024)
#define LAG_HZ (800.0f / LAG)
#define PURITY 0.62f        /* of |R4|^2 to the product of its energies */
#define OFF_FREQUENCY 0.0245f
#define SHARE 0.85f         /* of the tones in all energy */
#define SHARE_PURE 0.69f    /* that share times the mean purities of both bands */
/* In more noise, down to a signal-to-noise ratio of 6 dB, a digit must last 40 ms. */
#define LONG_STEPS 14
#define LONG_SHARE 0.80f
#define LONG_PURITY 0.80f
#define LONG_SPREAD 1.5f
#define MOST_SHARE 1.07f     /* more: the pair is already dying away, as in speech */
#define DIAL_TONE_SHARE 0.03f
#define DIAL_TONE_PURITY 0.70f
#define LEVEL_SPREAD 1.8f   /* most to least power of a tone within a run */
/* The same where the pair is nearly alone: its own echo, 10 dB below it and up to 20 ms late, adds to
 * it or takes from it (Q.24, AT&T). Speech that passes for a digit is 0.72 of the energy at most. */
#define ECHO_SPREAD 2.6f
#define ECHO_SHARE 0.90f
#define ECHO_SHARE_PURE 0.85f
#define DIAL_TONE_SAMPLES (4 * TONE_RATE) /* how long a dial tone once measured is believed in */

struct band_sums {
    tone_floats energy, lag_re, lag_im;
};

struct step_sums {
    struct band_sums band[2];
    tone_floats total;
};

/* Over the steps of a run, from its first full window on. */
struct run_sums {
    tone_floats low, high, total, purity[2];
    tone_floats least[2], most[2]; /* of low and high */
};

/* The digits that the lanes are in or may be in. */
struct lanes {
    tone_ints digit;     /* reported and not ended, or NONE */
    tone_ints candidate; /* of the steps in a row, or NONE */
    tone_ints run, miss; /* steps in a row with the candidate; without the digit */
    tone_ints steps, last;          /* of the digit; the clock of its last good step, 32 bits */
    tone_floats low_sum, high_sum;  /* over the digit */
    struct run_sums sums;
    tone_floats before; /* mean square of what was steady before the run, 0: nothing was */
    tone_floats rest;   /* the same at the last digit, believed until */
    uint64_t rest_until[TONE_LANES];
    uint64_t begin[TONE_LANES]; /* the clock of the digit's first good step */
};

struct group {
    /* What was heard, rows with a lane for each channel: up to old_total. */
    tone_pair x[PAIRS + HOP / 2]; /* the filters', and what came since the last hop */
    tone_floats z_re[2][OUTPUTS], z_im[2][OUTPUTS];
    struct step_sums sums[SUMS];
    tone_floats old_total[PAST];
    tone_ints code;
    tone_ints off; /* -1 in lanes that are not listened to, else 0 */
    uint32_t listening; /* lanes that are; without one the group is not run */
    tone_floats low, high, total; /* of the present window, mean squares */
    tone_floats purity[2];        /* of both bands, 0 to 1 */
    uint32_t busy;                /* a lane that has a run or a digit */
    struct lanes lanes;
    uint32_t z_at, step_at, sums_at, hops; /* ring positions; hops in this step */
    uint64_t clock;                   /* samples heard */
};

/* Returns whether a lane has a code. */
typedef int judge_function(const struct td_dtmf *bank, struct group *g);
/* Returns the lanes of which something is to be told or decided, a bit each. */
typedef uint32_t follow_function(struct group *g);

struct td_dtmf {
    uint32_t channels, groups;
    uint64_t clock; /* samples heard */
    float normal, reverse, weakest; /* power ratios, mean square */
    struct tone_code code;
    judge_function *judge;
    follow_function *follow;
    void (*output)(struct group *, const tone_ints *, const int32_t *);
    struct group *group;
};

/* ---- what is compiled twice ---- */

#define TONE_TWIN(name) name##_plain
#define TONE_TARGET
#include "dtmf_kernel.h"
#undef TONE_TWIN
#undef TONE_TARGET

#if TONE_AVX2
#define TONE_TWIN(name) name##_avx2
#define TONE_TARGET __attribute__((target("avx2")))
#include "dtmf_kernel.h"
#undef TONE_TWIN
#undef TONE_TARGET

#define TONE_WIDE
#define TONE_TWIN(name) name##_avx512
#define TONE_TARGET TONE_AVX512
#include "dtmf_kernel.h"
#endif

/* ---- a lane that may hear a digit ---- */

static void report(const struct lanes *a, int l, uint32_t channel, int phase,
                   struct tone_events *to)
{
    double scale = 1 / (a->steps[l] * TONE_ZERO_DBM0);
    float low = (float)tone_db(a->low_sum[l] * scale);
    float high = (float)tone_db(a->high_sum[l] * scale);
    uint64_t begin = a->begin[l];
    td_digit_event event = {
        .start = begin < BEGIN_LAG ? 0 : begin - BEGIN_LAG,
        .channel = channel,
        .kind = TD_TONE_DTMF,
        .phase = (uint8_t)phase,
        .digit = (uint8_t) "123A456B789C*0#D"[a->digit[l]],
        .level_dbm0 = (low + high) / 2,
        .twist_db = high - low,
    };
    event.duration = (uint32_t)a->last[l] - END_LAG - (uint32_t)event.start;
    tone_report(to, &event);
}

/* What was steady for 140 ms before the run that begins now (dial tone is), or 0. The window of
 * eight steps ago held none of the new signal; five steps lie between windows that share nothing. */
static float steady(const struct group *g, int l)
{
    float least = 1e30f, most = 0, sum = 0;
    for (uint32_t back = 8; back <= 58; back += 5) {
        float total = g->old_total[(g->step_at - back) % PAST][l];
        least = total < least ? total : least;
        most = total > most ? total : most;
        sum += total;
    }
    if (most <= 1.3f * least)
        return sum / 11;
    return g->clock < g->lanes.rest_until[l] ? g->lanes.rest[l] : 0;
}

/* Does the pair stand out, steady and pure, or is all that is beside it an older dial tone? */
static bool stands_out(struct lanes *a, int l, uint64_t clock)
{
    const struct run_sums *s = &a->sums;
    float windows = (float)(a->run[l] - EDGE_STEPS);
    float pair = s->low[l] + s->high[l], other = s->total[l] - pair;
    float share = pair / s->total[l], before = a->before[l] * windows;
    float purity = s->purity[0][l] * s->purity[1][l] / (windows * windows);
    float spread[2] = {s->most[0][l] / s->least[0][l], s->most[1][l] / s->least[1][l]};

    bool alone = share >= ECHO_SHARE && share * purity >= ECHO_SHARE_PURE;
    float widest = alone ? ECHO_SPREAD : LEVEL_SPREAD;

    if (spread[0] > widest || spread[1] > widest || share > MOST_SHARE)
        return false;
    if (share >= SHARE && share * purity >= SHARE_PURE)
        return true;
    if (a->run[l] >= LONG_STEPS && purity >= LONG_PURITY && share >= LONG_SHARE &&
        spread[0] <= LONG_SPREAD && spread[1] <= LONG_SPREAD)
        return true;
    if (share < DIAL_TONE_SHARE || purity < DIAL_TONE_PURITY)
        return false;
    if (other > 1.2f * before || other < 0.8f * before)
        return false;
    a->rest[l] = a->before[l];
    a->rest_until[l] = clock + DIAL_TONE_SAMPLES;
    return true;
}

static void end(struct lanes *a, int l, uint32_t channel, struct tone_events *to)
{
    report(a, l, channel, TD_TONE_END, to);
    a->digit[l] = NONE;
}

/* What the vector code leaves: a digit's end, a run's first step, and a run long enough. */
static void decide(struct group *g, int l, uint32_t channel, struct tone_events *to)
{
    struct lanes *a = &g->lanes;
    if (a->digit[l] != NONE && a->miss[l] >= OFF_STEPS)
        end(a, l, channel, to);
    if (a->run[l] == 1)
        a->before[l] = steady(g, l);
    if (a->run[l] < ON_STEPS || !stands_out(a, l, g->clock))
        return;
    if (a->digit[l] != NONE)
        end(a, l, channel, to);
    a->digit[l] = a->candidate[l];
    a->begin[l] = g->clock - (uint64_t)(a->run[l] - 1) * STEP;
    a->last[l] = (int32_t)(uint32_t)g->clock;
    a->low_sum[l] = a->sums.low[l];
    a->high_sum[l] = a->sums.high[l];
    a->steps[l] = a->run[l] - EDGE_STEPS;
    a->miss[l] = a->run[l] = 0;
    report(a, l, channel, TD_TONE_BEGIN, to);
}

/* ---- the bank ---- */

static void hop(td_dtmf *bank, struct group *g, const tone_pair *x, uint32_t first,
                struct tone_events *to)
{
    tone_ints rows[4], energy;

    bank->code.folded(x, PAIRS, dtmf_rows[0], rows);
    bank->code.energy(x + PAIRS - HOP / 2, HOP / 2, energy);
    bank->output(g, rows, energy);
    if (++g->hops < STEP / HOP)
        return;
    g->hops = 0;
    if (bank->judge(bank, g) | g->busy) {
        uint32_t lanes = bank->follow(g);
        for (; lanes; lanes &= lanes - 1) {
            int l = __builtin_ctz(lanes);
            decide(g, l, first + (uint32_t)l, to);
        }
    }
    g->step_at++;
    g->sums_at = (g->sums_at + 1) % SUMS;
}

static void hear(td_dtmf *bank, uint32_t number, const uint8_t *samples, size_t frames,
                 int coding, struct tone_events *to)
{
    struct group *g = &bank->group[number];
    uint32_t first = number * TONE_LANES;
    int lanes = bank->channels - first < TONE_LANES ? (int)(bank->channels - first) : TONE_LANES;
    size_t size = tone_sample_size(coding);

    /* Worked on here, so that of a group's memory less passes through the cache. */
    tone_pair x[PAIRS + HOP / 2 + CHUNK / 2];
    samples += first * size;
    while (frames) {
        uint32_t at = TAPS + (uint32_t)(g->clock % HOP), n = CHUNK < frames ? CHUNK : (uint32_t)frames;
        memcpy(x, g->x, (at + 1) / 2 * sizeof *x);
        bank->code.load(samples, bank->channels, lanes, n, coding, 1, x, (int)at);
        samples += n * bank->channels * size;
        frames -= n;
        for (uint32_t part; n; n -= part) {
            part = HOP - (uint32_t)(g->clock % HOP);
            part = part < n ? part : n;
            at += part;
            g->clock += part;
            if (g->clock % HOP == 0)
                hop(bank, g, x + (at - TAPS) / 2, first, to);
        }
        memcpy(g->x, x + (at - TAPS - g->clock % HOP) / 2, sizeof g->x);
    }
}

int64_t td_dtmf_process(td_dtmf *bank, const void *samples, size_t frames, int coding,
                        td_digit_event *events, size_t room, uint64_t *lost)
{
    struct tone_events to = {.events = events, .room = room};
    if (!tone_sample_size(coding))
        return -EINVAL;
    for (uint32_t i = 0; i < bank->groups; i++)
        if (bank->group[i].listening)
            hear(bank, i, samples, frames, coding, &to);
    bank->clock += frames;
    *lost += to.lost;
    return (int64_t)to.count;
}

/* As after silence since the bank was made. */
static void silent_group(const td_dtmf *bank, struct group *g)
{
    memset(g, 0, sizeof *g);
    memset(g->off, 0xff, sizeof g->off);
    memset(g->lanes.digit, 0xff, sizeof g->lanes.digit);
    g->clock = bank->clock;
    g->hops = (uint32_t)(bank->clock % STEP / HOP);
}

static void silent_lane(struct group *g, uint32_t l)
{
    tone_clear_lane(g, offsetof(struct group, code), l);
    tone_clear_lane(&g->lanes, offsetof(struct lanes, rest_until), l);
    g->lanes.rest_until[l] = g->lanes.begin[l] = 0;
    g->lanes.digit[l] = g->lanes.candidate[l] = NONE;
}

int td_dtmf_select(td_dtmf *bank, uint32_t channel, int on)
{
    if (channel >= bank->channels)
        return -EINVAL;
    struct group *g = &bank->group[channel / TONE_LANES];
    uint32_t l = channel % TONE_LANES;
    if (!g->off[l] == !!on)
        return 0;
    if (on && !g->listening)
        silent_group(bank, g);
    g->listening += on ? 1 : UINT32_MAX;
    g->off[l] = on ? 0 : -1;
    silent_lane(g, l);
    return 0;
}

static float power(float db, float otherwise)
{
    double ratio = tone_ratio(db == 0.0f ? otherwise : db);
    return (float)(ratio * ratio);
}

td_dtmf *td_dtmf_new(uint32_t channels, const td_dtmf_config *config)
{
    static const td_dtmf_config defaults;
    config = config ? config : &defaults;
    if (channels == 0 || channels > 65536)
        return NULL;
    td_dtmf *bank = calloc(1, sizeof *bank);
    uint32_t groups = (channels + TONE_LANES - 1) / TONE_LANES;
    if (!bank || !(bank->group = calloc(groups, sizeof *bank->group))) {
        free(bank);
        return NULL;
    }
    bank->channels = channels;
    bank->groups = groups;
    bank->normal = power(config->normal_twist_db, 10);
    bank->reverse = power(config->reverse_twist_db, 10);
    bank->weakest = power(config->threshold_dbm0, -44) * (float)TONE_ZERO_DBM0;
    bank->code = tone_code_for(config->plain);
    bank->judge = judge_plain;
    bank->follow = follow_plain;
    bank->output = output_plain;
#if TONE_AVX2
    if (bank->code.twin == TONE_TWIN_AVX512) {
        bank->judge = judge_avx512;
        bank->follow = follow_avx512;
        bank->output = output_avx512;
    } else if (bank->code.twin == TONE_TWIN_AVX2) {
        bank->judge = judge_avx2;
        bank->follow = follow_avx2;
        bank->output = output_avx2;
    }
#endif
    for (uint32_t i = 0; i < groups; i++)
        silent_group(bank, &bank->group[i]);
    for (uint32_t channel = 0; channel < channels; channel++)
        td_dtmf_select(bank, channel, 1);
    return bank;
}

void td_dtmf_free(td_dtmf *bank)
{
    if (!bank)
        return;
    free(bank->group);
    free(bank);
}
