/* FSK receivers at 1200 bit/s for N channels: V.23 forward channel and Bell 202.
 *
 * Each sample's last eight go through four correlators (mark and space, in phase and quadrature);
 * the greater energy is the bit at that sample. Samples are taken in groups of 32, so that the
 * answer does not depend on how they were cut into blocks. Characters are then read from the
 * register of the last 128 decisions, with the bit clock drawn towards every transition. All
 * arithmetic on samples is in integers: vector and plain code agree to the bit. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fsk.h"

#if defined(__x86_64__) && !defined(TD_PLAIN_C)
#include <immintrin.h>
#define FSK_AVX2 1
#endif

#define GROUP 32
#define TAPS 8
#define PAST (TAPS - 1)
#define BIT_Q16 436907 /* 8000 / 1200 samples in 1/65536 */
#define HALF_BIT_Q16 (BIT_Q16 / 2)
#define CHARACTER 69 /* decisions from the start edge that a slow character needs */

struct channel {
    int16_t samples[PAST + GROUP]; /* the last seven of the group before, then those waiting */
    uint32_t waiting;
    uint32_t off; /* not listened to */
    uint32_t carrier;
    uint32_t doubts;   /* groups in a row without the carrier's marks */
    int32_t at;        /* where the next start edge is looked for, in the register */
    uint64_t line[2];  /* decisions, oldest in bit 0 of line[0]; 1 is mark */
    float energy, tone; /* smoothed */
    float mean;         /* energy of the latest groups with carrier */
    float next, second; /* autocorrelation of the groups that are mark from end to end */
};

struct measure {
    uint32_t bits;
    float energy; /* sum of squares of the group */
    float tone;   /* sum of the greater correlators' energies */
};

/* Mark I, Q, space I, Q: the older four of eight taps, two in each word, the older in the low half;
 * eight times, for a vector. The newer four are the same (I), or the same negated (Q): what is
 * correlated are sums and differences of halved samples. */
typedef int32_t fsk_taps[4][TAPS / 4][8];

typedef void (*measure_fn)(const int16_t *samples, const fsk_taps taps,
                           struct measure *out);

struct td_fsk_rx {
    _Alignas(32) fsk_taps taps;
    float tone_scale;          /* of measure.tone / measure.energy: 1 for a pure tone */
    uint32_t channels;
    uint64_t time; /* samples taken of every channel */
    uint64_t lost;
    measure_fn measure;
    struct channel channel[];
};

static int16_t low(int32_t pair)
{
    return (int16_t)(uint16_t)((uint32_t)pair & 0xffff);
}

static int16_t high(int32_t pair)
{
    return (int16_t)(uint16_t)((uint32_t)pair >> 16);
}

static int32_t correlate(const int16_t folded[TAPS / 2], const int32_t pair[TAPS / 4][8])
{
    int32_t sum = 0;
    for (int p = 0; p < TAPS / 4; p++)
        sum += folded[2 * p] * low(pair[p][0]) + folded[2 * p + 1] * high(pair[p][0]);
    return sum >> 16;
}

/* The sum of eight as the vector code adds them. */
static float across_plain(const float v[8])
{
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/* Partial sums are kept as the vector code keeps them: even and odd samples, eight of each. */
static void measure_plain(const int16_t *samples, const fsk_taps taps, struct measure *out)
{
    float tone[2][8] = {{0}}, energy[8] = {0};
    uint32_t bits = 0;
    for (int i = 0; i < GROUP; i++) {
        const int16_t *x = samples + i;
        int16_t folded[2][TAPS / 2];
        for (int k = 0; k < TAPS / 2; k++) {
            folded[0][k] = (int16_t)((x[k] >> 1) + (x[TAPS - 1 - k] >> 1));
            folded[1][k] = (int16_t)((x[k] >> 1) - (x[TAPS - 1 - k] >> 1));
        }
        int32_t c[4];
        for (int k = 0; k < 4; k++)
            c[k] = correlate(folded[k & 1], taps[k]);
        int32_t mark = c[0] * c[0] + c[1] * c[1], space = c[2] * c[2] + c[3] * c[3];
        bits |= (uint32_t)(mark >= space) << i;
        tone[i & 1][i / 2 % 8] += (float)(mark > space ? mark : space);
    }
    for (int i = 0; i < GROUP; i += 2) {
        const int16_t *x = samples + PAST + i;
        uint32_t square = (uint32_t)(x[0] * x[0]) + (uint32_t)(x[1] * x[1]);
        energy[i / 2 % 8] += (float)(int32_t)(square >> 1);
    }
    for (int lane = 0; lane < 8; lane++)
        tone[0][lane] += tone[1][lane];
    out->bits = bits;
    out->tone = across_plain(tone[0]);
    out->energy = 2.0f * across_plain(energy);
}

#ifdef FSK_AVX2
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline float across(__m256 v)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

AVX2 static inline __m256i dot(const __m256i x[2], const int32_t taps_of[TAPS / 4][8])
{
    const __m256i *taps = (const __m256i *)taps_of;
    return _mm256_add_epi32(_mm256_madd_epi16(x[0], taps[0]), _mm256_madd_epi16(x[1], taps[1]));
}

/* I and Q, each by its upper half, to I*I + Q*Q. */
AVX2 static inline __m256i power(__m256i i, __m256i q)
{
    __m256i iq = _mm256_blend_epi16(_mm256_srli_epi32(i, 16), q, 0xaa);
    return _mm256_madd_epi16(iq, iq);
}

/* Every second of 16 samples: mark's energy less space's; the greater is added to *tone. */
AVX2 static inline __m256i decide(const int16_t *samples, const fsk_taps taps, __m256 *tone)
{
    const __m256i turned = _mm256_set_epi64x(0x0d0c0f0e09080b0a, 0x0504070601000302,
                                             0x0d0c0f0e09080b0a, 0x0504070601000302);
    __m256i sum[2], difference[2];
    for (int p = 0; p < 2; p++) {
        __m256i older = _mm256_loadu_si256((const __m256i *)(samples + 2 * p));
        __m256i newer = _mm256_loadu_si256((const __m256i *)(samples + 6 - 2 * p));
        newer = _mm256_srai_epi16(_mm256_shuffle_epi8(newer, turned), 1);
        older = _mm256_srai_epi16(older, 1);
        sum[p] = _mm256_add_epi16(older, newer);
        difference[p] = _mm256_sub_epi16(older, newer);
    }
    __m256i mark = power(dot(sum, taps[0]), dot(difference, taps[1]));
    __m256i space = power(dot(sum, taps[2]), dot(difference, taps[3]));
    *tone = _mm256_add_ps(*tone, _mm256_cvtepi32_ps(_mm256_max_epi32(mark, space)));
    return _mm256_sub_epi32(mark, space);
}

AVX2 static void measure_avx2(const int16_t *samples, const fsk_taps taps, struct measure *out)
{
    __m256 tone_even = _mm256_setzero_ps(), tone_odd = tone_even, energy = tone_even;
    uint32_t space = 0;
    for (int half = 0; half < 2; half++) {
        const int16_t *x = samples + 16 * half;
        __m256i even = decide(x, taps, &tone_even);
        __m256i odd = decide(x + 1, taps, &tone_odd);
        __m256i signs = _mm256_blend_epi16(_mm256_srli_epi32(even, 16), odd, 0xaa);
        uint32_t mask = (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(signs, signs));
        space |= ((mask & 0xff) | (mask >> 8 & 0xff00)) << (16 * half);
        __m256i last = _mm256_loadu_si256((const __m256i *)(x + PAST));
        __m256i square = _mm256_srli_epi32(_mm256_madd_epi16(last, last), 1);
        energy = _mm256_add_ps(energy, _mm256_cvtepi32_ps(square));
    }
    out->bits = ~space;
    out->tone = across(_mm256_add_ps(tone_even, tone_odd));
    out->energy = 2.0f * across(energy);
}
#endif

/* 64 decisions from `at` on, 0 <= at < 128. */
static inline uint64_t decisions(const uint64_t line[2], int32_t at)
{
    if (at >= 64)
        return line[1] >> (at - 64);
    return at ? line[0] >> at | line[1] << (64 - at) : line[0];
}

static void tell(td_fsk_rx *rx, struct td_fsk_sink *sink, uint64_t sample, uint32_t channel,
                 int kind, int octet, float level)
{
    if (sink->n == sink->max) {
        rx->lost++;
        return;
    }
    sink->events[sink->n++] = (td_fsk_event){
        .sample = sample,
        .channel = channel,
        .level = (int16_t)lrintf(level * 100.0f),
        .kind = (uint8_t)kind,
        .octet = (uint8_t)octet,
    };
}

/* Where the next 1 -> 0 is at or after `at`; 128 when there is none yet. */
static int32_t start_edge(const uint64_t line[2], int32_t at)
{
    int want = 1;
    while (at < 128) {
        uint64_t word = decisions(line, at);
        if (!want)
            word = ~word;
        int32_t room = at < 64 ? 64 : 128 - at;
        int32_t found = word ? (int32_t)__builtin_ctzll(word) : 64;
        if (found >= room) {
            at += room;
        } else {
            at += found;
            if (!want)
                return at;
            want = 0;
        }
    }
    return want ? 128 : 127; /* 127: a mark is there, its end is not */
}

/* The samples in the middle of the ten bits, counted from the start edge. */
static inline uint32_t middles(uint64_t word)
{
    return (uint32_t)((word >> 3 & 1) | (word >> 9 & 2) | (word >> 14 & 4) | (word >> 20 & 8) |
                      (word >> 26 & 16) | (word >> 31 & 32) | (word >> 37 & 64) |
                      (word >> 43 & 128) | (word >> 48 & 256) | (word >> 54 & 512));
}

/* Decisions after which a transition is at most 1.7 samples off its time. */
#define ABOUT(bit) ((uint64_t)0xf << ((bit * 20 - 6) / 3))
#define IN_TIME                                                                            \
    (ABOUT(1) | ABOUT(2) | ABOUT(3) | ABOUT(4) | ABOUT(5) | ABOUT(6) | ABOUT(7) | ABOUT(8) | \
     ABOUT(9))

/* The character that starts at `edge`: its ten bits; *end: about the middle of its stop bit. */
static uint32_t character(const uint64_t line[2], int32_t edge, int32_t *end)
{
    static const uint8_t ones[128] = {
#define B2(n) n, n + 1, n + 1, n + 2
#define B4(n) B2(n), B2(n + 1), B2(n + 1), B2(n + 2)
#define B6(n) B4(n), B4(n + 1), B4(n + 1), B4(n + 2)
        B6(0), B6(1)};
    int32_t centre = HALF_BIT_Q16; /* the edge is half a sample early, and >> 16 rounds down */
    uint32_t bits = 0, before = 0;
    uint64_t word = decisions(line, edge), turns = (word ^ word >> 1) << 1 >> 1;
    if (!(turns & ~IN_TIME)) { /* no need to follow the clock within this one */
        *end = edge + 62;
        return middles(word);
    }
    for (int bit = 0; bit < 10; bit++) {
        int32_t i = centre >> 16, base = 0;
        if (bit > 6) { /* by now the first decisions can be let go */
            base = 32;
            word = bit == 7 ? decisions(line, edge + base) : word;
        }
        uint32_t now = (uint32_t)(word >> (i - base)) & 1;
        if (bit) {
            uint32_t last = (uint32_t)(word >> (i - base - 6)) & 127;
            /* decisions since the transition */
            int32_t fresh = (int32_t)ones[now ? last : last ^ 127];
            int32_t error = HALF_BIT_Q16 + 65536 - (centre & 0xffff) - (fresh << 16);
            centre += (now ^ before) ? error / 2 : 0;
        }
        bits |= now << bit;
        before = now;
        centre += BIT_Q16;
    }
    *end = edge + ((centre - BIT_Q16) >> 16) - 1;
    return bits;
}

static void read_characters(td_fsk_rx *rx, struct channel *c, uint32_t number, uint64_t time,
                            struct td_fsk_sink *sink)
{
    for (;;) {
        int32_t edge = start_edge(c->line, c->at), end;
        if (edge + CHARACTER > 128) {
            c->at = edge < 128 ? edge - 1 : 127;
            return;
        }
        uint32_t bits = character(c->line, edge, &end);
        if (bits & 1) { /* too short for a start bit */
            c->at = edge;
            continue;
        }
        int kind = bits & 0x200 ? TD_FSK_OCTET : TD_FSK_FRAMING;
        tell(rx, sink, time - 128 + (uint64_t)edge, number, kind, (int)(bits >> 1 & 0xff), 0);
        c->at = end;
    }
}

static float level_of(float energy)
{
    /* A sine of full scale is +3.14 dBm0 (G.711, A-law); its mean square is 2^29. */
    float mean = energy / GROUP;
    return mean > 0 ? 10.0f * log10f(mean / 536870912.0f) + 3.14f : -100.0f;
}

/* A sine's autocorrelation is cos w at distance 1 and cos 2w at 2, and white noise adds to neither:
 * from their sums over all of the mark its frequency is known to a few hertz. */
static void hear_mark(struct channel *c, const int16_t *x)
{
    float next = 0, second = 0;
    for (int i = 0; i + 2 < GROUP; i++) {
        next += (float)(x[i] * x[i + 1]);
        second += (float)(x[i] * x[i + 2]);
    }
    c->next += next;
    c->second += second;
}

/* The mark's frequency as an event tells it: (Hz - 1000) / 2, 0: no mark was heard. */
static int mark_of(const struct channel *c)
{
    if (c->next <= 0)
        return 0;
    float ratio = c->second / c->next; /* cos 2w / cos w */
    float cosine = (ratio + sqrtf(ratio * ratio + 8.0f)) / 4.0f;
    float hz = acosf(cosine < 1.0f ? cosine : 1.0f) * (float)(8000 / (2 * M_PI));
    float told = (hz - 1000.0f) / 2;
    return told < 1.0f ? 1 : told > 255.0f ? 255 : (int)lrintf(told);
}

/* One group of a channel, with the seven samples before it; `time` is the number of the sample
 * after its last. */
static void group(td_fsk_rx *rx, struct channel *c, const int16_t *samples, uint64_t time,
                  struct td_fsk_sink *sink)
{
    struct measure m;
    uint32_t number = (uint32_t)(c - rx->channel);
    rx->measure(samples, rx->taps, &m);
    c->line[0] = c->line[0] >> 32 | c->line[1] << 32;
    c->line[1] = c->line[1] >> 32 | (uint64_t)m.bits << 32;
    c->at = c->at > 32 ? c->at - 32 : 0;
    c->energy = 0.5f * c->energy + m.energy;
    c->tone = 0.5f * c->tone + m.tone * rx->tone_scale;
    if (c->carrier) {
        read_characters(rx, c, number, time, sink);
        int good = 2 * m.energy > TD_FSK_OFF && m.energy > 0.06f * c->mean &&
                   c->tone > 0.55f * c->energy;
        c->doubts = good ? 0 : c->doubts + 1;
        c->mean += good ? (m.energy - c->mean) / 16 : 0;
        if (good && m.bits == 0xffffffffu)
            hear_mark(c, samples + PAST);
        if (c->doubts < 2)
            return;
        c->carrier = 0;
        c->energy = c->tone = 0;
        tell(rx, sink, time, number, TD_FSK_LOST, mark_of(c), level_of(c->mean));
    } else if (c->energy > TD_FSK_ON && c->tone > 0.68f * c->energy) {
        c->carrier = 1;
        c->doubts = 0;
        c->mean = m.energy;
        c->next = c->second = 0;
        c->at = 128 - GROUP;
        tell(rx, sink, time, number, TD_FSK_CARRIER, 0, level_of(m.energy));
    }
}

static void run_channel(td_fsk_rx *rx, uint32_t number, const int16_t *samples, uint32_t n,
                        struct td_fsk_sink *sink)
{
    struct channel *c = &rx->channel[number];
    uint32_t done = 0, whole = 0; /* whole: groups were read where they lie */
    while (done < n) {
        if (!c->waiting && done >= PAST && n - done >= GROUP) {
            done += GROUP;
            whole = 1;
            group(rx, c, samples + done - GROUP - PAST, rx->time + done, sink);
            continue;
        }
        if (whole)
            memcpy(c->samples, samples + done - PAST, PAST * sizeof *samples);
        whole = 0;
        uint32_t piece = GROUP - c->waiting < n - done ? GROUP - c->waiting : n - done;
        memcpy(c->samples + PAST + c->waiting, samples + done, piece * sizeof *samples);
        c->waiting += piece;
        done += piece;
        if (c->waiting == GROUP) {
            c->waiting = 0;
            group(rx, c, c->samples, rx->time + done, sink);
            memcpy(c->samples, c->samples + GROUP, PAST * sizeof *samples);
        }
    }
    if (whole)
        memcpy(c->samples, samples + n - PAST, PAST * sizeof *samples);
}

int64_t td_fsk_rx_run(td_fsk_rx *rx, const int16_t *samples, size_t stride, uint32_t n,
                      td_fsk_event *events, uint32_t max_events)
{
    if (n > stride && rx->channels > 1)
        return -EINVAL;
    struct td_fsk_sink sink = {events, 0, max_events};
    for (uint32_t c = 0; c < rx->channels; c++)
        if (!rx->channel[c].off)
            run_channel(rx, c, samples + c * stride, n, &sink);
    rx->time += n;
    return sink.n;
}

/* Taps over one bit, the ends weighted so that together they last 6.67 samples. */
static void make_taps(td_fsk_rx *rx, const double frequency[2])
{
    static const double weight[TAPS] = {0.33, 1, 1, 1, 1, 1, 1, 0.33};
    double sum = 0;
    for (int k = 0; k < TAPS; k++)
        sum += weight[k];
    for (int tone = 0; tone < 2; tone++)
        for (int quadrature = 0; quadrature < 2; quadrature++) {
            int32_t taps[TAPS];
            for (int k = 0; k < TAPS; k++) {
                double angle = 2 * M_PI * frequency[tone] * (k - 3.5) / 8000;
                double wave = quadrature ? sin(angle) : cos(angle);
                taps[k] = (int32_t)lrint(18000 * weight[k] * wave);
            }
            for (int i = 0; i < TAPS / 4 * 8; i++) {
                uint32_t older = (uint32_t)taps[i / 8 * 2] & 0xffff;
                uint32_t newer = (uint32_t)taps[i / 8 * 2 + 1] << 16;
                rx->taps[2 * tone + quadrature][i / 8][i % 8] = (int32_t)(newer | older);
            }
        }
    double scale = 9000.0 / 65536 * sum;
    rx->tone_scale = (float)(2 / (scale * scale));
}

td_fsk_rx *td_fsk_rx_new(uint32_t channels, int modem, int *error)
{
    const double *frequency = td_fsk_frequencies(modem);
    *error = 0;
    if (!frequency || channels < 1 || channels > TD_FSK_CHANNELS) {
        *error = -EINVAL;
        return NULL;
    }
    size_t size = sizeof(td_fsk_rx) + channels * sizeof(struct channel);
    td_fsk_rx *rx = aligned_alloc(32, (size + 31) / 32 * 32);
    if (!rx) {
        *error = -ENOMEM;
        return NULL;
    }
    memset(rx, 0, size);
    rx->channels = channels;
    make_taps(rx, frequency);
    td_fsk_rx_vector(rx, 1);
    return rx;
}

void td_fsk_rx_free(td_fsk_rx *rx)
{
    free(rx);
}

int td_fsk_rx_vector(td_fsk_rx *rx, int on)
{
    rx->measure = measure_plain;
#ifdef FSK_AVX2
    if (on && __builtin_cpu_supports("avx2"))
        rx->measure = measure_avx2;
#endif
    return on && rx->measure != measure_plain;
}

int td_fsk_rx_reset(td_fsk_rx *rx, uint32_t channel)
{
    if (channel >= rx->channels)
        return -EINVAL;
    struct channel *c = &rx->channel[channel];
    *c = (struct channel){.waiting = (uint32_t)(rx->time % GROUP), .off = c->off};
    return 0;
}

int td_fsk_rx_select(td_fsk_rx *rx, uint32_t channel, int on)
{
    if (channel >= rx->channels)
        return -EINVAL;
    if (!rx->channel[channel].off == !!on)
        return 0;
    rx->channel[channel].off = !on;
    return td_fsk_rx_reset(rx, channel);
}

uint64_t td_fsk_rx_lost(const td_fsk_rx *rx)
{
    return rx->lost;
}
