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
    ROOM = PAIRS + 16 * HOP / 2, /* pairs of samples kept: the filter's, and 16 hops to come */
    STEP = 2 * HOP,              /* samples from judgement to judgement */
    OUTPUTS = 8,                 /* ring of filter outputs */
    SUMS = 8,                    /* ring of sums over a step */
    LAG = 4,
    NONE = -1,
    ON_STEPS = 10,   /* steps in a row that make a digit: about 31 ms of tone */
    PAST = 64,       /* ring of totals of windows gone by */
    EDGE_STEPS = 3,  /* first steps whose windows are not yet full: not measured */
    OFF_STEPS = 8,   /* steps without it that end it: about 15 ms of pause */
    /* From the first and last steps judged good to the edges of a tone, found by measurement. */
    BEGIN_LAG = 110,
    END_LAG = 30,
};

/* Outputs are made smaller by it, so that no product of four overflows a float. */
#define SCALE (1.0f / 1024)
#define TURNS_HZ 800.0f     /* one output a turn */
#define LAG_HZ (800.0f / LAG)
#define CENTRE_LOW 819.0f
#define CENTRE_HIGH 1421.0f
#define PURITY 0.70f        /* of |R4|^2 to the product of its energies */
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
#define DIAL_TONE_SAMPLES (4 * TONE_RATE) /* how long a dial tone once measured is believed in */

struct band_sums {
    tone_floats energy, lag_re, lag_im;
};

struct step_sums {
    struct band_sums band[2];
    tone_floats total;
};

/* The digit that a lane is in or may be in. */
struct lane {
    int32_t digit; /* reported and not ended, or NONE */
    int32_t code;  /* of the steps in a row */
    int32_t run, miss;
    uint64_t begin, last; /* clocks of the first and the last good step */
    float low, high, total; /* sums over the run */
    float least[2], most[2]; /* of low and high in the run */
    float purity[2];         /* sums over the run */
    float before;           /* mean square of what was steady before it, 0: nothing was */
    float rest;             /* the same at the last digit, believed until */
    uint64_t rest_until;
    float low_sum, high_sum;        /* over the digit */
    uint32_t steps;
};

struct group {
    tone_pair x[ROOM];
    tone_floats z_re[2][OUTPUTS], z_im[2][OUTPUTS];
    struct step_sums sums[SUMS];
    tone_floats old_total[PAST];
    tone_ints code;
    tone_floats low, high, total; /* of the present window, mean squares */
    tone_floats purity[2];        /* of both bands, 0 to 1 */
    tone_ints busy;               /* a lane that has a run or a digit */
    struct lane lane[TONE_LANES];
    uint32_t at, z_at, step_at, hops; /* samples in x; ring positions; hops in this step */
    uint64_t clock;                   /* samples heard */
};

typedef void judge_function(const struct td_dtmf *bank, struct group *g);

struct td_dtmf {
    uint32_t channels, groups;
    float normal, reverse, weakest; /* power ratios, mean square */
    bool vectors;
    tone_correlate *correlate;
    tone_load *load;
    tone_energy *energy;
    judge_function *judge;
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
#endif

/* ---- a lane that may hear a digit ---- */

static void report(const struct lane *a, uint32_t channel, int phase, struct tone_events *to)
{
    float low = (float)tone_db(a->low_sum / a->steps / TONE_ZERO_DBM0);
    float high = (float)tone_db(a->high_sum / a->steps / TONE_ZERO_DBM0);
    td_digit_event event = {
        .start = a->begin < BEGIN_LAG ? 0 : a->begin - BEGIN_LAG,
        .channel = channel,
        .kind = TD_TONE_DTMF,
        .phase = (uint8_t)phase,
        .digit = (uint8_t) "123A456B789C*0#D"[a->digit],
        .level_dbm0 = (low + high) / 2,
        .twist_db = high - low,
    };
    event.duration = (uint32_t)(a->last - END_LAG - event.start);
    tone_report(to, &event);
}

/* What was steady for 140 ms before the run that begins now (dial tone is), or 0. The window of
 * eight steps ago held none of the new signal; five steps lie between windows that share nothing. */
static float steady(const struct group *g, const struct lane *a, int l)
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
    return g->clock < a->rest_until ? a->rest : 0;
}

static void level(struct lane *a, int tone, float power)
{
    a->least[tone] = a->most[tone] == 0 || power < a->least[tone] ? power : a->least[tone];
    a->most[tone] = power > a->most[tone] ? power : a->most[tone];
}

/* Does the pair stand out, steady and pure, or is all that is beside it an older dial tone? */
static bool stands_out(struct lane *a, uint64_t clock)
{
    float windows = (float)(a->run - EDGE_STEPS);
    float share = (a->low + a->high) / a->total, before = a->before * windows;
    float other = a->total - a->low - a->high;
    float purity = a->purity[0] * a->purity[1] / (windows * windows);
    float spread[2] = {a->most[0] / a->least[0], a->most[1] / a->least[1]};

    if (spread[0] > LEVEL_SPREAD || spread[1] > LEVEL_SPREAD || share > MOST_SHARE)
        return false;
    if (share >= SHARE && share * purity >= SHARE_PURE)
        return true;
    if (a->run >= LONG_STEPS && purity >= LONG_PURITY && share >= LONG_SHARE &&
        spread[0] <= LONG_SPREAD && spread[1] <= LONG_SPREAD)
        return true;
    if (share < DIAL_TONE_SHARE || purity < DIAL_TONE_PURITY)
        return false;
    if (other > 1.2f * before || other < 0.8f * before)
        return false;
    a->rest = a->before;
    a->rest_until = clock + DIAL_TONE_SAMPLES;
    return true;
}

static void end(struct lane *a, uint32_t channel, struct tone_events *to)
{
    report(a, channel, TD_TONE_END, to);
    a->digit = NONE;
}

static void follow(struct group *g, int l, uint32_t channel, struct tone_events *to)
{
    struct lane *a = &g->lane[l];
    int32_t code = g->code[l];

    if (a->digit != NONE && code == a->digit &&
        (g->low[l] + g->high[l]) * a->steps >= 0.15f * (a->low_sum + a->high_sum)) {
        a->low_sum += g->low[l];
        a->high_sum += g->high[l];
        a->steps++;
        a->last = g->clock;
        a->miss = 0;
        a->run = 0;
        return;
    }
    if (a->digit != NONE && ++a->miss >= OFF_STEPS)
        end(a, channel, to);
    if (code == NONE || code != a->code || a->run == 0) {
        a->code = code;
        a->run = 0;
        a->low = a->high = a->total = a->most[0] = a->most[1] = 0;
        a->purity[0] = a->purity[1] = 0;
        a->before = code == NONE ? 0 : steady(g, a, l);
        if (code == NONE)
            return;
    }
    a->run++;
    if (a->run > EDGE_STEPS) {
        a->low += g->low[l];
        a->high += g->high[l];
        a->total += g->total[l];
        level(a, 0, g->low[l]);
        level(a, 1, g->high[l]);
        a->purity[0] += g->purity[0][l];
        a->purity[1] += g->purity[1][l];
    }
    if (a->run < ON_STEPS || !stands_out(a, g->clock))
        return;
    if (a->digit != NONE)
        end(a, channel, to);
    a->digit = code;
    a->begin = g->clock - (uint64_t)(a->run - 1) * STEP;
    a->last = g->clock;
    a->low_sum = a->low;
    a->high_sum = a->high;
    a->steps = (uint32_t)(a->run - EDGE_STEPS);
    a->miss = a->run = 0;
    report(a, channel, TD_TONE_BEGIN, to);
}

/* ---- the bank ---- */

static void hop(td_dtmf *bank, struct group *g, uint32_t first, struct tone_events *to)
{
    tone_ints rows[4], energy;
    const tone_pair *x = g->x + (g->at - TAPS) / 2;

    bank->correlate(x, PAIRS, dtmf_rows[0], 4, rows);
    bank->energy(x + PAIRS - HOP / 2, HOP / 2, energy);
    bank->output(g, rows, energy);
    if (++g->hops < STEP / HOP)
        return;
    g->hops = 0;
    bank->judge(bank, g);
    int32_t any = 0;
    for (int l = 0; l < TONE_LANES; l++)
        any |= (g->code[l] != NONE) | g->busy[l];
    if (any)
        for (int l = 0; l < TONE_LANES; l++)
            if (g->code[l] != NONE || g->busy[l]) {
                follow(g, l, first + (uint32_t)l, to);
                g->busy[l] = g->lane[l].digit != NONE || g->lane[l].run > 0;
            }
    g->step_at++;
}

static void hear(td_dtmf *bank, uint32_t number, const uint8_t *samples, size_t frames,
                 int coding, struct tone_events *to)
{
    struct group *g = &bank->group[number];
    uint32_t first = number * TONE_LANES;
    int lanes = bank->channels - first < TONE_LANES ? (int)(bank->channels - first) : TONE_LANES;
    size_t size = tone_sample_size(coding);

    samples += first * size;
    while (frames) {
        if (g->at == 2 * ROOM) { /* a hop ends here */
            memcpy(g->x, g->x + ROOM - PAIRS, PAIRS * sizeof g->x[0]);
            g->at = TAPS;
        }
        size_t n = 2 * ROOM - g->at;
        n = n < frames ? n : frames;
        bank->load(samples, bank->channels, lanes, n, coding, g->x, (int)g->at);
        samples += n * bank->channels * size;
        frames -= n;
        for (size_t part; n; n -= part) {
            part = HOP - g->clock % HOP;
            part = part < n ? part : n;
            g->at += (uint32_t)part;
            g->clock += part;
            if (g->clock % HOP == 0)
                hop(bank, g, first, to);
        }
    }
}

int64_t td_dtmf_process(td_dtmf *bank, const void *samples, size_t frames, int coding,
                        td_digit_event *events, size_t room, uint64_t *lost)
{
    struct tone_events to = {.events = events, .room = room};
    if (!tone_sample_size(coding))
        return -EINVAL;
    for (uint32_t i = 0; i < bank->groups; i++)
        hear(bank, i, samples, frames, coding, &to);
    *lost += to.lost;
    return (int64_t)to.count;
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
    bank->vectors = !config->plain && tone_has_avx2();
    bank->correlate = tone_correlate_plain;
    bank->load = tone_load_plain;
    bank->energy = tone_energy_plain;
    bank->judge = judge_plain;
    bank->output = output_plain;
#if TONE_AVX2
    if (bank->vectors) {
        bank->correlate = tone_correlate_avx2;
        bank->load = tone_load_avx2;
        bank->energy = tone_energy_avx2;
        bank->judge = judge_avx2;
        bank->output = output_avx2;
    }
#endif
    for (uint32_t i = 0; i < groups; i++) {
        bank->group[i].at = TAPS;
        for (int l = 0; l < TONE_LANES; l++)
            bank->group[i].lane[l].digit = bank->group[i].lane[l].code = NONE;
    }
    return bank;
}

void td_dtmf_free(td_dtmf *bank)
{
    if (!bank)
        return;
    free(bank->group);
    free(bank);
}
