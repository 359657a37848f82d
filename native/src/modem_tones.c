/* Modem and fax tones for N channels: 950, 1100, 1300, 1400, 1800, 2100, 2225 Hz.
 *
 * A frame of 64 samples (8 ms) is correlated with each frequency; the bins are 125 Hz wide. A tone
 * is frames in a row in which one bin holds the energy and turns on evenly from frame to frame:
 * the turn tells the frequency, a half turn too much is a phase reversal (V.8, G.168), and 15 Hz
 * in the sizes is ANSam. Sums over samples are integers: vector and plain code agree to the bit. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trunkd_native.h"

#if defined(__x86_64__) && !defined(TD_PLAIN_C)
#include <immintrin.h>
#define TONES_AVX2 1
#endif

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

#define FRAME 64
#define TONES 7
#define SUMS 16 /* I and Q of each tone, and two spare for the tree of sums */
#define TAP 8000
#define UNIT (FRAME / 2 * (TAP / 8)) /* a correlation of a tone with amplitude 1 */
#define LEAST (FRAME * 8240.0f) /* energy of a frame: -45 dBm0 */
#define SETTLED 8  /* frames after which the frequency is known */
#define AM_FRAMES 50 /* 6 periods of 15 Hz */
#define SIT_GAP 800  /* samples between the tones of special information at most */

static const double tone_hz[TONES] = {950, 1100, 1300, 1400, 1800, 2100, 2225};
/* What must have been heard, in frames, for the tone to be told: about 2/3 of its least length. */
static const uint32_t tone_least[TONES] = {25, 32, 32, 25, 25, 32, 32};
static const float tone_off_hz[TONES] = {55, 40, 30, 55, 55, 22, 22};

struct sums {
    int32_t c[SUMS];
    int32_t energy; /* sum of squares / 64 */
};

typedef void (*correlate_fn)(const int16_t *samples, const int16_t taps[SUMS][FRAME],
                             struct sums *out);

struct phasor {
    float re, im;
};

struct heard {
    uint64_t start, end;
};

struct tone_channel {
    int16_t samples[FRAME];
    uint32_t waiting;
    uint32_t off; /* not listened to */
    int32_t tone; /* the bin being followed, -1: none */
    uint32_t frames, gap, reversals, am_frames;
    uint32_t told, am;
    float last_size;
    struct phasor last, turn; /* the last good frame; the sum of turns from frame to frame */
    struct phasor beat;       /* 15 Hz in the sizes */
    float size_sum, beat_sum, energy_sum, share_sum;
    float first_size, before; /* sizes of the first frame and of the one before it */
    uint64_t first_end;       /* sample after the first frame */
    float sizes[TONES];       /* of the last frame, squared */
    struct heard sit[2];      /* the last 950 Hz and 1400 Hz */
};

struct td_modem_tones {
    uint32_t channels;
    uint64_t time, lost;
    correlate_fn correlate;
    struct phasor nominal[TONES];   /* turn of a frame */
    struct phasor am[AM_FRAMES];    /* 15 Hz */
    _Alignas(32) int16_t taps[SUMS][FRAME];
    struct tone_channel channel[];
};

struct tone_sink {
    td_modem_tone_event *events;
    uint32_t n, max;
};

/* Lanes as the vector code has them: pair p of samples goes to lane p % 8. */
static void correlate_plain(const int16_t *samples, const int16_t taps[SUMS][FRAME],
                            struct sums *out)
{
    uint32_t energy = 0;
    for (int i = 0; i < FRAME; i += 2)
        energy += ((uint32_t)(samples[i] * samples[i]) +
                   (uint32_t)(samples[i + 1] * samples[i + 1])) >> 6;
    out->energy = (int32_t)energy;
    for (int k = 0; k < SUMS; k++) {
        int32_t lane[8] = {0}, sum = 0;
        for (int i = 0; i < FRAME; i++)
            lane[i / 2 % 8] += samples[i] * taps[k][i];
        for (int j = 0; j < 8; j++)
            sum += lane[j] >> 3;
        out->c[k] = sum;
    }
}

#ifdef TONES_AVX2
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i lanes(const __m256i x[4], const int16_t *taps)
{
    const __m256i *t = (const __m256i *)taps;
    __m256i a = _mm256_add_epi32(_mm256_madd_epi16(x[0], t[0]), _mm256_madd_epi16(x[1], t[1]));
    __m256i b = _mm256_add_epi32(_mm256_madd_epi16(x[2], t[2]), _mm256_madd_epi16(x[3], t[3]));
    return _mm256_srai_epi32(_mm256_add_epi32(a, b), 3);
}

AVX2 static inline __m128i halves(__m256i v)
{
    return _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

AVX2 static void correlate_avx2(const int16_t *samples, const int16_t taps[SUMS][FRAME],
                                struct sums *out)
{
    __m256i x[4], energy = _mm256_setzero_si256();
    for (int i = 0; i < 4; i++) {
        x[i] = _mm256_loadu_si256((const __m256i *)(samples + 16 * i));
        energy = _mm256_add_epi32(energy, _mm256_srli_epi32(_mm256_madd_epi16(x[i], x[i]), 6));
    }
    for (int k = 0; k < SUMS; k += 4) {
        __m256i ab = _mm256_hadd_epi32(lanes(x, taps[k]), lanes(x, taps[k + 1]));
        __m256i cd = k + 2 < 2 * TONES
                         ? _mm256_hadd_epi32(lanes(x, taps[k + 2]), lanes(x, taps[k + 3]))
                         : _mm256_setzero_si256();
        _mm_storeu_si128((__m128i *)(out->c + k), halves(_mm256_hadd_epi32(ab, cd)));
    }
    __m128i e = halves(energy);
    e = _mm_add_epi32(e, _mm_shuffle_epi32(e, 0x4e));
    out->energy = _mm_cvtsi128_si32(_mm_add_epi32(e, _mm_shuffle_epi32(e, 0xb1)));
}
#endif

static struct phasor times(struct phasor a, struct phasor b)
{
    return (struct phasor){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static struct phasor conjugate(struct phasor a)
{
    return (struct phasor){a.re, -a.im};
}

static float size2(struct phasor a)
{
    return a.re * a.re + a.im * a.im;
}

/* To length 1. */
static struct phasor direction(struct phasor a)
{
    float size = sqrtf(size2(a));
    return size > 0 ? (struct phasor){a.re / size, a.im / size} : (struct phasor){1, 0};
}

/* Hz off the tone's nominal frequency. */
static float offset_hz(const struct tone_channel *c)
{
    return atan2f(c->turn.im, c->turn.re) * (float)(8000 / (2 * M_PI * FRAME));
}

/* A bin hears less of a tone that is off its middle: the part of the amplitude it hears. */
static float heard_part(float hz)
{
    float x = (float)M_PI * hz * FRAME / 8000;
    return fabsf(x) < 0.01f ? 1 : sinf(x) / x;
}

static float level_dbm0(const struct tone_channel *c)
{
    float amplitude = c->size_sum / (float)c->frames / heard_part(offset_hz(c));
    return amplitude > 0 ? 20 * log10f(amplitude / 32768) + 3.14f : -100;
}

/* Where the tone began, from how much of the first two frames it filled. */
static uint64_t tone_start(const struct tone_channel *c)
{
    float whole = (c->size_sum - c->first_size) / (float)(c->frames - 1);
    float filled = whole > 0 ? (c->first_size + c->before) / whole : 1;
    filled = filled > 2 ? 2 : filled < 0.25f ? 0.25f : filled;
    uint64_t samples = (uint64_t)lrintf(filled * FRAME);
    return c->first_end > samples ? c->first_end - samples : 0;
}

static void tell(td_modem_tones *t, struct tone_channel *c, struct tone_sink *sink, int kind,
                 uint64_t sample, uint64_t duration)
{
    if (sink->n == sink->max) {
        t->lost++;
        return;
    }
    sink->events[sink->n++] = (td_modem_tone_event){
        .sample = sample,
        .duration = (uint32_t)(duration > UINT32_MAX ? UINT32_MAX : duration),
        .channel = (uint32_t)(c - t->channel),
        .level = (int16_t)lrintf(100 * level_dbm0(c)),
        .frequency = (uint16_t)lrintf(10 * ((float)tone_hz[c->tone] + offset_hz(c))),
        .kind = (uint8_t)kind,
        .tone = (uint8_t)c->tone,
        .reversals = (uint16_t)(c->reversals > 65535 ? 65535 : c->reversals),
    };
}

/* A tone of special information ended (or, the last one, was told): E.180 / Q.35 6.4. */
static void follow_sit(td_modem_tones *t, struct tone_channel *c, struct tone_sink *sink,
                       uint64_t start, uint64_t end)
{
    if (c->tone == TD_MODEM_950)
        c->sit[0] = (struct heard){start, end};
    if (c->tone == TD_MODEM_1400)
        c->sit[1] = (struct heard){start, end};
    if (c->tone != TD_MODEM_1800 || !c->sit[0].end || !c->sit[1].end)
        return;
    if (start > c->sit[1].end + SIT_GAP || c->sit[1].start > c->sit[0].end + SIT_GAP ||
        c->sit[1].start < c->sit[0].start)
        return;
    tell(t, c, sink, TD_MODEM_SIT, c->sit[0].start, end - c->sit[0].start);
    c->sit[0].end = c->sit[1].end = 0;
}

/* The tone is over; `size` is what the frame that ends at `time` still held of it. */
static void tone_over(td_modem_tones *t, struct tone_channel *c, struct tone_sink *sink,
                      uint64_t time, float size)
{
    if (c->told) {
        float whole = c->size_sum / (float)c->frames;
        float filled = whole > 0 ? (c->last_size + size) / whole : 2;
        uint64_t end = time - FRAME * (2 + (uint64_t)c->gap);
        end += (uint64_t)lrintf(FRAME * (filled > 2 ? 2 : filled));
        uint64_t start = tone_start(c);
        end = end > start ? end : start;
        tell(t, c, sink, TD_MODEM_OFF, start, end - start);
        follow_sit(t, c, sink, start, end);
    }
    c->tone = -1;
}

static void tone_begins(struct tone_channel *c, int tone, struct phasor now, float size,
                        uint64_t time)
{
    c->before = sqrtf(c->sizes[tone]);
    c->tone = tone;
    c->frames = 1;
    c->gap = c->reversals = c->told = c->am = c->am_frames = 0;
    c->last = now;
    c->last_size = size;
    c->turn = c->beat = (struct phasor){0, 0};
    c->size_sum = c->first_size = size;
    c->beat_sum = c->energy_sum = c->share_sum = 0;
    c->first_end = time;
}

/* 15 Hz within the sizes: ANSam when its depth is about 20 % (V.8 5: 20 +- 1 %). */
static void follow_am(td_modem_tones *t, struct tone_channel *c, struct tone_sink *sink, float size)
{
    struct phasor wave = t->am[c->am_frames];
    c->beat.re += size * wave.re;
    c->beat.im += size * wave.im;
    c->beat_sum += size;
    if (++c->am_frames < AM_FRAMES)
        return;
    float depth = 2 * sqrtf(size2(c->beat)) / c->beat_sum;
    if (depth > 0.1f && depth < 0.35f && !c->am) {
        c->am = 1;
        tell(t, c, sink, TD_MODEM_AM, tone_start(c), 0);
    }
    c->am_frames = 0;
    c->beat = (struct phasor){0, 0};
    c->beat_sum = 0;
}

/* Tell a tone that has lasted long enough, at its frequency and with nearly all of the energy. */
static void confirm(td_modem_tones *t, struct tone_channel *c, struct tone_sink *sink,
                    uint64_t time)
{
    if (c->told || c->frames < tone_least[c->tone])
        return;
    float hz = offset_hz(c), part = heard_part(hz);
    if (fabsf(hz) > tone_off_hz[c->tone] || c->share_sum < 0.75f * part * part * c->energy_sum) {
        c->tone = -1;
        return;
    }
    c->told = 1;
    tell(t, c, sink, TD_MODEM_ON, tone_start(c), time - tone_start(c));
}

/* Another frame in the followed bin. Returns 0 when the tone does not go on in it. */
static int tone_goes_on(td_modem_tones *t, struct tone_channel *c, struct tone_sink *sink,
                        struct phasor now, float size, uint64_t time)
{
    struct phasor nominal = t->nominal[c->tone];
    struct phasor turn = times(now, conjugate(times(c->last, nominal)));
    if (c->frames > 1) {
        struct phasor step = direction(c->turn), expected = step;
        for (uint32_t g = 0; g < c->gap; g++) {
            expected = times(expected, step);
            turn = times(turn, conjugate(nominal));
        }
        float along = times(turn, conjugate(expected)).re;
        float whole = sqrtf(size2(turn));
        if (along < -0.7f * whole && c->told) {
            c->reversals++;
            tell(t, c, sink, TD_MODEM_REVERSAL, time - FRAME, 0);
        } else if (along < 0.7f * whole) {
            return 0;
        } else if (!c->gap) {
            c->turn.re += turn.re;
            c->turn.im += turn.im;
        }
    } else {
        c->turn = turn;
    }
    c->frames += 1;
    c->gap = 0;
    c->last = now;
    c->last_size = size;
    c->size_sum += size;
    if (c->tone == TD_MODEM_2100)
        follow_am(t, c, sink, size);
    confirm(t, c, sink, time);
    return 1;
}

/* Which bin holds the frame's energy; -1: none, or below -45 dBm0. */
static int loudest(const struct sums *s, float sizes[TONES], float energy)
{
    int best = 0;
    for (int k = 0; k < TONES; k++) {
        struct phasor c = {(float)s->c[2 * k], (float)s->c[2 * k + 1]};
        sizes[k] = size2(c) * (1.0f / ((float)UNIT * UNIT));
        best = sizes[k] > sizes[best] ? k : best;
    }
    return energy > LEAST && FRAME / 2 * sizes[best] > 0.35f * energy ? best : -1;
}

static void tone_frame(td_modem_tones *t, struct tone_channel *c, const int16_t *samples,
                       uint64_t time, struct tone_sink *sink)
{
    struct sums s;
    float sizes[TONES];
    t->correlate(samples, t->taps, &s);
    float energy = 64.0f * (float)s.energy;
    int best = loudest(&s, sizes, energy);
    if (c->tone >= 0) {
        int k = c->tone;
        struct phasor now = {(float)s.c[2 * k] / UNIT, (float)s.c[2 * k + 1] / UNIT};
        float size = sqrtf(sizes[k]);
        c->energy_sum += energy;
        c->share_sum += FRAME / 2 * sizes[k];
        /* A reversal within the frame leaves it nearly empty: two such are borne. */
        if (best != k || !tone_goes_on(t, c, sink, now, size, time)) {
            int heard = c->tone >= 0 && c->frames >= SETTLED && c->gap < 2 &&
                        energy > LEAST;
            if (heard)
                c->gap++;
            else if (c->tone >= 0)
                tone_over(t, c, sink, time, c->gap ? 0 : size);
        }
    }
    if (c->tone < 0 && best >= 0) {
        struct phasor now = {(float)s.c[2 * best] / UNIT, (float)s.c[2 * best + 1] / UNIT};
        tone_begins(c, best, now, sqrtf(sizes[best]), time);
    }
    memcpy(c->sizes, sizes, sizeof sizes);
}

static void tone_samples(td_modem_tones *t, struct tone_channel *c, const int16_t *samples,
                         uint32_t n, struct tone_sink *sink)
{
    uint32_t done = 0;
    while (done < n) {
        if (!c->waiting && n - done >= FRAME) {
            tone_frame(t, c, samples + done, t->time + done + FRAME, sink);
            done += FRAME;
            continue;
        }
        uint32_t piece = FRAME - c->waiting < n - done ? FRAME - c->waiting : n - done;
        memcpy(c->samples + c->waiting, samples + done, piece * sizeof *samples);
        c->waiting += piece;
        done += piece;
        if (c->waiting == FRAME) {
            c->waiting = 0;
            tone_frame(t, c, c->samples, t->time + done, sink);
        }
    }
}

int64_t td_modem_tones_run(td_modem_tones *t, const int16_t *samples, size_t stride, uint32_t n,
                           td_modem_tone_event *events, uint32_t max_events)
{
    if (n > stride && t->channels > 1)
        return -EINVAL;
    struct tone_sink sink = {events, 0, max_events};
    for (uint32_t c = 0; c < t->channels; c++)
        if (!t->channel[c].off)
            tone_samples(t, &t->channel[c], samples + c * stride, n, &sink);
    t->time += n;
    return sink.n;
}

static void make_tables(td_modem_tones *t)
{
    for (int k = 0; k < TONES; k++) {
        double turn = 2 * M_PI * tone_hz[k] / 8000;
        t->nominal[k] = (struct phasor){(float)cos(turn * FRAME), (float)sin(turn * FRAME)};
        for (int i = 0; i < FRAME; i++) {
            t->taps[2 * k][i] = (int16_t)lrint(TAP * cos(turn * i));
            t->taps[2 * k + 1][i] = (int16_t)lrint(-TAP * sin(turn * i));
        }
    }
    for (int i = 0; i < AM_FRAMES; i++) {
        double turn = 2 * M_PI * 15 * i * FRAME / 8000;
        t->am[i] = (struct phasor){(float)cos(turn), (float)sin(turn)};
    }
}

td_modem_tones *td_modem_tones_new(uint32_t channels, int *error)
{
    *error = channels < 1 || channels > 4096 ? -EINVAL : 0;
    if (*error)
        return NULL;
    size_t size = sizeof(td_modem_tones) + channels * sizeof(struct tone_channel);
    td_modem_tones *t = aligned_alloc(32, (size + 31) / 32 * 32);
    if (!t) {
        *error = -ENOMEM;
        return NULL;
    }
    memset(t, 0, size);
    t->channels = channels;
    for (uint32_t c = 0; c < channels; c++)
        t->channel[c].tone = -1;
    make_tables(t);
    td_modem_tones_vector(t, 1);
    return t;
}

int td_modem_tones_select(td_modem_tones *t, uint32_t channel, int on)
{
    if (channel >= t->channels)
        return -EINVAL;
    struct tone_channel *c = &t->channel[channel];
    if (!c->off == !!on)
        return 0;
    *c = (struct tone_channel){.waiting = (uint32_t)(t->time % FRAME), .off = !on, .tone = -1};
    return 0;
}

void td_modem_tones_free(td_modem_tones *t)
{
    free(t);
}

int td_modem_tones_vector(td_modem_tones *t, int on)
{
    t->correlate = correlate_plain;
#ifdef TONES_AVX2
    if (on && __builtin_cpu_supports("avx2"))
        t->correlate = correlate_avx2;
#endif
    return on && t->correlate != correlate_plain;
}

uint64_t td_modem_tones_lost(const td_modem_tones *t)
{
    return t->lost;
}
