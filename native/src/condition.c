/* Noise gate, AGC and gain of one channel, and the limiter.
 *
 * Hops of 32 samples (4 ms): a hop's energy decides the gain of the next one, which is reached
 * along a straight line over it. */
#include "td_condition.h"

#include <errno.h>
#include <math.h>

#include "tone.h"

enum {
    HOP = 32,
    FLOOR_PARTS = 16,      /* of 96 ms: the noise floor is the least of the last 1.5 s */
    FLOOR_PART = 24,       /* hops */
    RAMP_HOPS = 2,         /* a change of gain takes 8 ms, after the hop under way */
    LEARN_HOPS = 200,      /* 0.8 s of speech: what its level is averaged over */
    FIRST_HOPS = 12,       /* of speech, after which it is believed in */
};

#define LIMIT_REST (32767 - TD_LIMIT_KNEE)
#define UNKNOWN 1e30f
#define SPEECH_OVER 6.0f     /* speech: above the noise floor by 8 dB, */
#define SPEECH_UNDER 0.05f   /* and not 13 dB below its own mean, */
#define WEAK_HOPS 200        /* unless 0.8 s of it are: somebody else speaks */
#define LOUD_OVER 8.0f       /* above its mean by 9 dB: it has become louder, */
#define LOUD_WEIGHT 0.04f    /* learn faster */

struct td_condition {
    uint32_t options;
    int32_t at;              /* samples into the hop */
    int32_t idle;            /* nothing to do: gain 1 and no option */
    int64_t squares;         /* of this hop */
    int32_t sum;
    float recent[4];         /* mean squares of hops: 16 ms */
    uint32_t hop;
    /* settings */
    float gain_set, target, most_gain, least_gain, attack, release, speech_least;
    float gate_open, gate_shut, gate_closed, gate_step;
    int32_t gate_hold;
    /* state */
    float gain, agc, gate;   /* amplitudes */
    float now, goal, step;   /* of all together: as the hop began, as it ends; a sample's share */
    int32_t ramp;            /* hops until gain_set is reached */
    float speech;            /* mean square, 0: not known */
    float speech_hops;       /* that it is the mean of, LEARN_HOPS at most */
    int32_t weak;            /* hops of weaker speech in a row */
    float part_least, floor_least[FLOOR_PARTS];
    int32_t held;            /* hops that the gate stays open; -1: shut */
};

size_t td_condition_size(void)
{
    return sizeof(struct td_condition);
}

/* ---- settings ---- */

static float amplitude(int hundredths)
{
    return hundredths ? (float)tone_ratio(hundredths / 100.0) : 1.0f;
}

static float square(int hundredths)
{
    double ratio = tone_ratio(hundredths / 100.0);
    return (float)(ratio * ratio * TONE_ZERO_DBM0);
}

static int set(int value, int otherwise)
{
    return value ? value : otherwise;
}

static int outside(int value, int least, int most)
{
    return value < least || value > most;
}

/* The share of the way that a hop goes, of a time constant in ms. */
static float share(int ms)
{
    return 4.0f / (4.0f + (float)ms);
}

static int check(const td_condition_config *c)
{
    return c->options & ~7u || outside(c->gain, -4000, 4000) ||
           outside(c->agc_target, -4000, 0) || outside(c->agc_max_gain, 0, 4000) ||
           outside(c->agc_max_loss, 0, 4000) || c->agc_attack_ms > 10000 ||
           c->agc_release_ms > 10000 || outside(c->agc_speech, -8000, 0) ||
           outside(c->gate_threshold, -8000, 0) || c->gate_hold_ms > 10000 ||
           outside(c->gate_loss, 0, 9000) ||
           (c->gate_release_ms && outside(c->gate_release_ms, 4, 1000));
}

int td_condition_set(td_condition *s, const td_condition_config *c)
{
    if (check(c))
        return -EINVAL;
    int threshold = set(c->gate_threshold, -5000), loss = set(c->gate_loss, 9000);
    s->options = c->options;
    s->gain_set = amplitude(c->gain);
    s->ramp = s->gain_set != s->gain ? RAMP_HOPS : 0;
    s->target = square(set(c->agc_target, -1800));
    s->most_gain = amplitude(set(c->agc_max_gain, 2400));
    s->least_gain = amplitude(-set(c->agc_max_loss, 2000));
    s->attack = share(set(c->agc_attack_ms, 50));
    s->release = share(set(c->agc_release_ms, 400));
    s->speech_least = square(set(c->agc_speech, -4800));
    s->gate_open = square(threshold);
    s->gate_shut = square(threshold - 300);
    s->gate_closed = loss == 9000 ? 0.0f : amplitude(-loss);
    s->gate_hold = (set(c->gate_hold_ms, 200) + 3) / 4;
    s->gate_step = (1.0f - s->gate_closed) * 4.0f / (float)set(c->gate_release_ms, 40);
    s->idle = 0;
    return 0;
}

int td_condition_init(td_condition *s, const td_condition_config *config)
{
    memset(s, 0, sizeof *s);
    int error = td_condition_set(s, config);
    if (error < 0)
        return error;
    s->gain = s->now = s->goal = s->gain_set;
    s->agc = s->gate = 1.0f;
    s->ramp = 0;
    s->part_least = UNKNOWN;
    s->held = s->gate_hold;
    for (int i = 0; i < FLOOR_PARTS; i++)
        s->floor_least[i] = UNKNOWN;
    return 0;
}

/* ---- a hop ends ---- */

/* The noise floor: the least 16 ms of 1.5 s. */
static float follow_floor(td_condition *s, float level)
{
    if (s->hop % FLOOR_PART == 0) {
        s->floor_least[s->hop / FLOOR_PART % FLOOR_PARTS] = s->part_least;
        s->part_least = UNKNOWN;
    }
    s->part_least = level < s->part_least ? level : s->part_least;
    float least = s->part_least;
    for (int i = 0; i < FLOOR_PARTS; i++)
        least = s->floor_least[i] < least ? s->floor_least[i] : least;
    return least;
}

/* The mean level of what is speech; 1 when this hop is. */
static int learn(td_condition *s, float level, float floor)
{
    if (level < s->speech_least || level < SPEECH_OVER * floor)
        return 0;
    if (level < SPEECH_UNDER * s->speech) {
        if (++s->weak < WEAK_HOPS)
            return 0;
    } else if (s->weak < WEAK_HOPS) {
        s->weak = 0;
    }
    if (s->weak >= WEAK_HOPS) { /* a softer voice: begin afresh with it */
        s->speech_hops = s->weak = 0;
        s->speech = 0;
    }
    float hops = s->speech_hops < LEARN_HOPS ? s->speech_hops + 1.0f : s->speech_hops;
    float weight = 1.0f / hops;
    if (level > LOUD_OVER * s->speech && weight < LOUD_WEIGHT)
        weight = LOUD_WEIGHT;
    s->speech += weight * (level - s->speech);
    s->speech_hops = hops;
    return hops >= FIRST_HOPS;
}

static void follow_agc(td_condition *s, float level, float floor)
{
    float goal = 1.0f;

    if (s->options & TD_CONDITION_AGC) {
        if (!learn(s, level, floor))
            return;
        goal = sqrtf(s->target / s->speech);
        goal = goal > s->most_gain ? s->most_gain : goal < s->least_gain ? s->least_gain : goal;
    }
    float off = goal - s->agc;
    s->agc += (off < 0 ? s->attack : s->release) * off;
    if (off < 1e-4f && off > -1e-4f)
        s->agc = goal;
}

static void follow_gate(td_condition *s, float level, float hop)
{
    float goal = 1.0f;

    if (s->options & TD_CONDITION_GATE) {
        if (level >= s->gate_open || hop >= s->gate_open)
            s->held = s->gate_hold;
        else if (level < s->gate_shut || s->held < 0)
            s->held -= s->held >= 0;
        else
            s->held = s->gate_hold;
        goal = s->held >= 0 ? 1.0f : s->gate_closed;
    }
    float next = s->gate - s->gate_step;
    s->gate = goal >= s->gate || next < goal ? goal : next;
}

/* Mean square of the hop without its offset, exact before it is rounded once. */
static float hop_square(const td_condition *s)
{
    int64_t total = s->squares * HOP - (int64_t)s->sum * s->sum;
    return (float)total * (1.0f / (HOP * HOP));
}

static void end_hop(td_condition *s)
{
    float hop = hop_square(s);
    for (int i = 0; i < 4; i++)
        if (s->hop == 0 || s->hop % 4 == (uint32_t)i)
            s->recent[i] = hop;
    float level = ((s->recent[0] + s->recent[1]) + (s->recent[2] + s->recent[3])) * 0.25f;
    float floor = follow_floor(s, level);
    follow_agc(s, level, floor);
    follow_gate(s, level, hop);
    if (s->ramp) {
        s->gain += (s->gain_set - s->gain) / (float)s->ramp;
        if (--s->ramp == 0)
            s->gain = s->gain_set;
    }
    s->now = s->goal; /* what the straight line led to */
    s->goal = s->gain * s->agc * s->gate;
    s->step = (s->goal - s->now) * (1.0f / HOP);
    s->squares = s->sum = s->at = 0;
    s->hop++;
    s->idle = !s->options && !s->ramp && s->now == 1.0f && s->goal == 1.0f;
}

/* ---- samples ---- */

TONE_INLINE int32_t limited(int32_t x)
{
    const int32_t most = 1 << 24; /* far beyond where 32767 is reached */
    x = x > most ? most : x < -most ? -most : x;
    int32_t size = x < 0 ? -x : x;
    float u = (float)(size - TD_LIMIT_KNEE) * (1.0f / LIMIT_REST);
    float rest = LIMIT_REST / (1.0f + u * (1.0f + u));
    int32_t y = size <= TD_LIMIT_KNEE ? size : 32767 - (int32_t)(rest + 0.5f);
    return x < 0 ? -y : y;
}

/* n samples within a hop. Loops go over all of HOP, so that compilers make vectors of them. */
TONE_INLINE void condition(td_condition *s, int16_t *samples, uint32_t n, size_t stride)
{
    int32_t x[HOP] = {0}, y[HOP], low = 0, high = 0, sum = 0, most = 0;
    float now = s->now, step = s->step, at = (float)s->at;

    for (uint32_t i = 0; i < n; i++)
        x[i] = samples[i * stride];
    for (int i = 0; i < HOP; i++) {
        sum += x[i];
        low += x[i] * x[i] & 0xffff;
        high += x[i] * x[i] >> 16;
    }
    for (int i = 0; i < HOP; i++) {
        float value = (float)x[i] * (now + step * (at + (float)i));
        y[i] = (int32_t)(value + (value < 0 ? -0.5f : 0.5f));
    }
    if (s->options & TD_CONDITION_LIMIT) {
        for (int i = 0; i < HOP; i++)
            most |= y[i] < 0 ? -y[i] : y[i];
        for (int i = 0; i < HOP && most > TD_LIMIT_KNEE; i++)
            y[i] = limited(y[i]);
    } else {
        for (int i = 0; i < HOP; i++)
            y[i] = y[i] > 32767 ? 32767 : y[i] < -32768 ? -32768 : y[i];
    }
    for (uint32_t i = 0; i < n; i++)
        samples[i * stride] = (int16_t)y[i];
    s->squares += low + (int64_t)high * 65536;
    s->sum += sum;
    s->at += (int32_t)n;
}

typedef void condition_function(td_condition *s, int16_t *samples, uint32_t n, size_t stride);

static void condition_plain(td_condition *s, int16_t *samples, uint32_t n, size_t stride)
{
    condition(s, samples, n, stride);
}

#if TONE_AVX2
#define AVX2 __attribute__((target("avx2")))
AVX2 static void condition_avx2(td_condition *s, int16_t *samples, uint32_t n, size_t stride)
{
    condition(s, samples, n, stride);
}
#endif

void td_condition_run(td_condition *s, int16_t *samples, uint32_t n, uint32_t stride)
{
    condition_function *run = condition_plain;
#if TONE_AVX2
    run = tone_has_avx2() ? condition_avx2 : condition_plain;
#endif
    while (n && !s->idle) {
        uint32_t part = (uint32_t)(HOP - s->at);
        part = part < n ? part : n;
        run(s, samples, part, stride);
        samples += (size_t)part * stride;
        n -= part;
        if (s->at == HOP)
            end_hop(s);
    }
}

static int16_t hundredths(double db)
{
    db = 100 * db;
    return (int16_t)(db < -9000 ? -9000 : db < 0 ? db - 0.5 : db + 0.5);
}

void td_condition_read(const td_condition *s, td_condition_now *now)
{
    memset(now, 0, sizeof *now);
    now->gain = hundredths(tone_db((double)s->goal * (double)s->goal));
    now->agc = hundredths(tone_db((double)s->agc * (double)s->agc));
    now->speech = hundredths(tone_db((double)s->speech / TONE_ZERO_DBM0));
    now->open = !(s->options & TD_CONDITION_GATE) || s->held >= 0;
}

/* ---- the limiter of a conference ---- */

void td_mix_limit_plain(const int32_t *sum, int16_t *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = (int16_t)limited(sum[i]);
}

#if TONE_AVX2
typedef int16_t shorts __attribute__((vector_size(16), aligned(2), may_alias));

TONE_INLINE AVX2 tone_vi choose(tone_vi mask, tone_vi yes, tone_vi no)
{
    return (mask & yes) | (~mask & no);
}

/* What limited() does, operation by operation. */
AVX2 static void limit_avx2(const int32_t *sum, int16_t *out, uint32_t n)
{
    const tone_vi none = {}, most = none + (1 << 24), knee = none + TD_LIMIT_KNEE;

    for (; n >= 8; n -= 8, sum += 8, out += 8) {
        tone_vi x = *(const tone_vi *)sum;
        x = choose(x > most, most, choose(x < -most, -most, x));
        tone_vi sign = x < none, size = (x ^ sign) - sign, loud = size > knee;
        uint64_t any[4];
        memcpy(any, &loud, sizeof any);
        if (any[0] | any[1] | any[2] | any[3]) {
            tone_vf u = __builtin_convertvector(size - knee, tone_vf) * (1.0f / LIMIT_REST);
            tone_vf rest = LIMIT_REST / (1.0f + u * (1.0f + u));
            size = choose(loud, 32767 - __builtin_convertvector(rest + 0.5f, tone_vi), size);
            x = (size ^ sign) - sign;
        }
        *(shorts *)out = __builtin_convertvector(x, shorts);
    }
    td_mix_limit_plain(sum, out, n);
}
#endif

void td_mix_limit(const int32_t *sum, int16_t *out, uint32_t n)
{
#if TONE_AVX2
    if (tone_has_avx2()) {
        limit_avx2(sum, out, n);
        return;
    }
#endif
    td_mix_limit_plain(sum, out, n);
}
