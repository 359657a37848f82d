/* Multi-frequency reception, two of six: MFC-R2 (Q.441, Q.454, Q.455) and R1 (Q.320 to Q.323).
 *
 * Every 32 samples (4 ms) each frequency is correlated over those samples; four such sums, turned
 * to one phase and weighted, make a window of 16 ms whose response falls to nothing beside the
 * frequency. A signal is two frequencies that agree in level, with nothing third beside them and
 * little else in the channel, for ON steps. */
#include "tone.h"

#include <errno.h>
#include <stdlib.h>

#include "tone_tables.h"

enum {
    STEP = 32,
    PAIRS = STEP / 2,
    SUMS = 4,
    NONE = -1,
    BINS = 6,
    ON_STEPS_R2 = 3,
    ON_STEPS_R1 = 4,
    OFF_STEPS = 3,
    /* From the first and last good steps to the edges of a signal, found by measurement. */
    BEGIN_LAG = 80,
    END_LAG = 50,
};

/* The outer two sums of a window count less: the response 110 to 130 Hz beside is below -22 dB. */
#define OUTER 0.6f
#define WINDOW (2 + 2 * OUTER)
/* Power ratios: Q.454 wants 7 dB between the two accepted; 10 dB are. */
#define TWIST 10.0f
#define THIRD 0.16f
/* Of the two in all energy: for a signal to go on, which an interruption of 7 ms may not end
 * (Q.455), and to begin, which speech does now and then. */
#define SHARE 0.5f
#define SHARE_BEGIN 0.65f
/* tan(2 pi f 8 ms) of the farthest off accepted: R2 20 Hz (Q.455: 10), R1 27 Hz. */
#define TANGENT_R2 1.576f
#define TANGENT_R1 4.61f
#define WEAKEST_DBM0 -39.5

struct lane {
    int32_t digit, code; /* 0 to 14 */
    int32_t run, miss;
    uint64_t begin, last;
    float low_sum, high_sum;
    uint32_t steps;
};

struct group {
    /* What was heard, rows with a lane for each channel: up to power. */
    tone_pair x[PAIRS];
    tone_floats re[SUMS][BINS], im[SUMS][BINS], total[SUMS];
    tone_floats power[BINS];
    tone_ints code, busy;
    tone_ints off; /* -1 in lanes that are not listened to, else 0 */
    uint32_t listening; /* lanes that are; without one the group is not run */
    struct lane lane[TONE_LANES];
    uint32_t step_at;
    uint64_t clock;
};

typedef void judge_function(const struct td_mf *bank, struct group *g, const tone_ints *rows,
                            const int32_t *energy);

struct td_mf {
    uint32_t channels, groups;
    uint64_t clock; /* samples heard */
    int32_t on_steps;
    int kind;
    const int16_t *rows;
    const float *turn_re, *turn_im;
    float inverse, weakest, tangent;
    struct tone_code code;
    judge_function *judge;
    struct group *group;
};

/* ---- what is compiled twice ---- */

#define TONE_TWIN(name) name##_plain
#define TONE_TARGET
#include "mf_kernel.h"
#undef TONE_TWIN
#undef TONE_TARGET

#if TONE_AVX2
#define TONE_TWIN(name) name##_avx2
#define TONE_TARGET __attribute__((target("avx2")))
#include "mf_kernel.h"
#undef TONE_TWIN
#undef TONE_TARGET

#define TONE_WIDE
#define TONE_TWIN(name) name##_avx512
#define TONE_TARGET TONE_AVX512
#include "mf_kernel.h"
#endif

/* ---- a lane that may hear a signal ---- */

static void pair_of(int32_t code, int *low, int *high)
{
    for (*high = 1; (*high + 1) * *high / 2 <= code; ++*high)
        ;
    *low = code - *high * (*high - 1) / 2;
}

static void report(const td_mf *bank, const struct lane *a, uint32_t channel, int phase,
                   struct tone_events *to)
{
    /* In a table of rising frequencies the later one is the higher; backward ones fall. */
    float low = (float)tone_db(a->low_sum / a->steps / TONE_ZERO_DBM0);
    float high = (float)tone_db(a->high_sum / a->steps / TONE_ZERO_DBM0);
    td_digit_event event = {
        .start = a->begin < BEGIN_LAG ? 0 : a->begin - BEGIN_LAG,
        .channel = channel,
        .kind = (uint8_t)bank->kind,
        .phase = (uint8_t)phase,
        .digit = (uint8_t)(bank->kind == TD_TONE_R1 ? TONE_R1_DIGITS
                                                    : TONE_R2_DIGITS)[a->digit],
        .level_dbm0 = (low + high) / 2,
        .twist_db = bank->kind == TD_TONE_R2_BACKWARD ? low - high : high - low,
    };
    event.duration = (uint32_t)(a->last - END_LAG - event.start);
    tone_report(to, &event);
}

/* Is a frequency near enough to nominal: how far it turned, beyond what is due, from the older two
 * sums to the newer two, 8 ms later? */
static bool on_frequency(const td_mf *bank, const struct group *g, int l, int bin)
{
    float c = bank->turn_re[bin], s = bank->turn_im[bin], re[SUMS], im[SUMS];
    for (uint32_t i = 0; i < SUMS; i++) {
        re[i] = g->re[(g->step_at - i) % SUMS][bin][l];
        im[i] = g->im[(g->step_at - i) % SUMS][bin][l];
    }
    float new_re = re[0] + (re[1] * c - im[1] * s), new_im = im[0] + (re[1] * s + im[1] * c);
    float old_re = re[2] + (re[3] * c - im[3] * s), old_im = im[2] + (re[3] * s + im[3] * c);
    float twice_c = c * c - s * s, twice_s = 2 * c * s;
    float x = old_re * twice_c - old_im * twice_s, y = old_re * twice_s + old_im * twice_c;
    float along = new_re * x + new_im * y, across = new_im * x - new_re * y;
    return (across < 0 ? -across : across) < bank->tangent * along;
}

/* May the pair begin a signal? */
static bool begins(const td_mf *bank, const struct group *g, int l, int32_t code)
{
    int low, high;
    float total = 0;
    pair_of(code, &low, &high);
    for (int i = 0; i < SUMS; i++)
        total += g->total[i][l];
    total *= (float)(1 << TONE_ENERGY_SHIFT) / (SUMS * STEP);
    return g->power[low][l] + g->power[high][l] >= SHARE_BEGIN * total &&
           on_frequency(bank, g, l, low) && on_frequency(bank, g, l, high);
}

static void add(struct lane *a, const struct group *g, int l, int32_t code)
{
    int low, high;
    pair_of(code, &low, &high);
    a->low_sum += g->power[low][l];
    a->high_sum += g->power[high][l];
    a->steps++;
}

static void follow(const td_mf *bank, struct group *g, int l, uint32_t channel,
                   struct tone_events *to)
{
    struct lane *a = &g->lane[l];
    int32_t code = g->code[l];

    if (code != NONE && code != a->digit && !begins(bank, g, l, code))
        code = NONE;
    if (a->digit != NONE && code == a->digit) {
        add(a, g, l, code);
        a->last = g->clock;
        a->miss = a->run = 0;
        return;
    }
    if (a->digit != NONE && ++a->miss >= OFF_STEPS) {
        report(bank, a, channel, TD_TONE_END, to);
        a->digit = NONE;
    }
    a->run = code != NONE && code == a->code ? a->run + 1 : code != NONE;
    a->code = code;
    if (a->run < bank->on_steps)
        return;
    if (a->digit != NONE)
        report(bank, a, channel, TD_TONE_END, to);
    a->digit = code;
    a->begin = g->clock - (uint64_t)(a->run - 1) * STEP;
    a->last = g->clock;
    a->low_sum = a->high_sum = 0;
    a->steps = 0;
    a->miss = a->run = 0;
    add(a, g, l, code);
    report(bank, a, channel, TD_TONE_BEGIN, to);
}

/* ---- the bank ---- */

static void step(td_mf *bank, struct group *g, uint32_t first, struct tone_events *to)
{
    tone_ints rows[2 * BINS], energy;
    bank->code.correlate(g->x, PAIRS, bank->rows, 2 * BINS, rows);
    bank->code.energy(g->x, PAIRS, energy);
    bank->judge(bank, g, rows, energy);
    int32_t any = 0;
    for (int l = 0; l < TONE_LANES; l++)
        any |= (g->code[l] != NONE) | g->busy[l];
    if (any)
        for (int l = 0; l < TONE_LANES; l++)
            if (g->code[l] != NONE || g->busy[l]) {
                follow(bank, g, l, first + (uint32_t)l, to);
                g->busy[l] = g->lane[l].digit != NONE || g->lane[l].run > 0;
            }
    g->step_at++;
}

static void hear(td_mf *bank, uint32_t number, const uint8_t *samples, size_t frames, int coding,
                 struct tone_events *to)
{
    struct group *g = &bank->group[number];
    uint32_t first = number * TONE_LANES;
    int lanes = bank->channels - first < TONE_LANES ? (int)(bank->channels - first) : TONE_LANES;
    size_t size = tone_sample_size(coding);

    samples += first * size;
    while (frames) {
        size_t at = g->clock % STEP, n = STEP - at;
        n = n < frames ? n : frames;
        bank->code.load(samples, bank->channels, lanes, n, coding, 0, g->x, (int)at);
        samples += n * bank->channels * size;
        frames -= n;
        g->clock += n;
        if (g->clock % STEP == 0)
            step(bank, g, first, to);
    }
}

int64_t td_mf_process(td_mf *bank, const void *samples, size_t frames, int coding,
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
static void silent_group(const td_mf *bank, struct group *g)
{
    memset(g, 0, sizeof *g);
    memset(g->off, 0xff, sizeof g->off);
    g->clock = bank->clock;
}

static void silent_lane(struct group *g, uint32_t l)
{
    tone_clear_lane(g, offsetof(struct group, code), l);
    g->busy[l] = 0;
    g->lane[l] = (struct lane){.digit = NONE, .code = NONE};
}

int td_mf_select(td_mf *bank, uint32_t channel, int on)
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

static void choose(td_mf *bank, int kind)
{
    bank->kind = kind;
    bank->tangent = kind == TD_TONE_R1 ? TANGENT_R1 : TANGENT_R2;
    bank->on_steps = kind == TD_TONE_R1 ? ON_STEPS_R1 : ON_STEPS_R2;
    if (kind == TD_TONE_R2_FORWARD) {
        bank->rows = mf_r2f_rows[0];
        bank->turn_re = mf_r2f_turn_re;
        bank->turn_im = mf_r2f_turn_im;
        bank->inverse = mf_r2f_inverse[0];
    } else if (kind == TD_TONE_R2_BACKWARD) {
        bank->rows = mf_r2b_rows[0];
        bank->turn_re = mf_r2b_turn_re;
        bank->turn_im = mf_r2b_turn_im;
        bank->inverse = mf_r2b_inverse[0];
    } else {
        bank->rows = mf_r1_rows[0];
        bank->turn_re = mf_r1_turn_re;
        bank->turn_im = mf_r1_turn_im;
        bank->inverse = mf_r1_inverse[0];
    }
    bank->inverse /= WINDOW * WINDOW;
}

td_mf *td_mf_new(uint32_t channels, int kind, int plain)
{
    if (channels == 0 || channels > 65536 || kind < TD_TONE_R2_FORWARD || kind > TD_TONE_R1)
        return NULL;
    td_mf *bank = calloc(1, sizeof *bank);
    uint32_t groups = (channels + TONE_LANES - 1) / TONE_LANES;
    if (!bank || !(bank->group = calloc(groups, sizeof *bank->group))) {
        free(bank);
        return NULL;
    }
    double weakest = tone_ratio(WEAKEST_DBM0);
    bank->channels = channels;
    bank->groups = groups;
    bank->weakest = (float)(weakest * weakest * TONE_ZERO_DBM0);
    choose(bank, kind);
    bank->code = tone_code_for((uint32_t)plain);
    bank->judge = judge_plain;
#if TONE_AVX2
    if (bank->code.twin == TONE_TWIN_AVX512)
        bank->judge = judge_avx512;
    else if (bank->code.twin == TONE_TWIN_AVX2)
        bank->judge = judge_avx2;
#endif
    for (uint32_t i = 0; i < groups; i++)
        silent_group(bank, &bank->group[i]);
    for (uint32_t channel = 0; channel < channels; channel++)
        td_mf_select(bank, channel, 1);
    return bank;
}

void td_mf_free(td_mf *bank)
{
    if (!bank)
        return;
    free(bank->group);
    free(bank);
}
