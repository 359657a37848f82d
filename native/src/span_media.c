/* A span's block: decoded once for all that want samples, freed of echo, conditioned. Engine side. */
#define _GNU_SOURCE
#include <string.h>
#if defined(__SSE2__) && !defined(TD_PLAIN_C)
#include <emmintrin.h>
#endif

#include "media.h"

static void decode_column(int coding, const uint8_t *octets, int16_t *linear, unsigned n)
{
    const int16_t *table = sound_table(coding);

    for (unsigned i = 0; i < n; i++)
        linear[i * TIMESLOTS] = table[octets[i * TIMESLOTS]];
}

static void decode(const struct engine_span *span, const uint8_t *octets, int16_t *linear,
                   unsigned n)
{
    uint32_t ulaw = span->ulaw_mask & span->open_mask;

    sound_decode(TD_ALAW, octets, linear, n * TIMESLOTS);
    for (; ulaw; ulaw &= ulaw - 1) {
        int timeslot = __builtin_ctz(ulaw);

        decode_column(TD_ULAW, octets + timeslot, linear + timeslot, n);
    }
}

/* ---- a timeslot's samples side by side -------------------------------------------------------- */

#if defined(__SSE2__) && !defined(TD_PLAIN_C)
/* Eight frames of eight timeslots. */
static void turn(const int16_t *frames, int16_t *planes, unsigned stride)
{
    __m128i a[8], b[8];

    for (int i = 0; i < 8; i++)
        a[i] = _mm_loadu_si128((const __m128i *)(frames + i * TIMESLOTS));
    for (int i = 0; i < 4; i++) { /* pairs of frames 4 apart, then 2, then 1 */
        b[2 * i] = _mm_unpacklo_epi16(a[i], a[i + 4]);
        b[2 * i + 1] = _mm_unpackhi_epi16(a[i], a[i + 4]);
    }
    for (int i = 0; i < 4; i++) {
        a[2 * i] = _mm_unpacklo_epi16(b[i], b[i + 4]);
        a[2 * i + 1] = _mm_unpackhi_epi16(b[i], b[i + 4]);
    }
    for (int i = 0; i < 4; i++) {
        __m128i low = _mm_unpacklo_epi16(a[i], a[i + 4]);
        __m128i high = _mm_unpackhi_epi16(a[i], a[i + 4]);

        _mm_storeu_si128((__m128i *)(planes + 2 * i * stride), low);
        _mm_storeu_si128((__m128i *)(planes + (2 * i + 1) * stride), high);
    }
}
#else
static void turn(const int16_t *frames, int16_t *planes, unsigned stride)
{
    for (unsigned k = 0; k < 8; k++)
        for (unsigned i = 0; i < 8; i++)
            planes[k * stride + i] = frames[i * TIMESLOTS + k];
}
#endif

void span_turn(const int16_t *frames, unsigned n, int16_t *planes, unsigned stride)
{
    unsigned i = 0;

    for (; i + 8 <= n; i += 8)
        for (unsigned k = 0; k < TIMESLOTS; k += 8)
            turn(frames + i * TIMESLOTS + k, planes + k * stride + i, stride);
    for (; i < n; i++)
        for (unsigned k = 0; k < TIMESLOTS; k++)
            planes[k * stride + i] = frames[i * TIMESLOTS + k];
}

void span_plane(const td_engine *engine, const struct slot *slot)
{
    const struct engine_span *span = &engine->spans[slot->span - 1];
    const int16_t *table = sound_table(slot->coding);
    int16_t *plane = span->planes + slot->timeslot * engine->plane;

    for (unsigned i = 0; i < engine->block_frames; i++)
        plane[i] = table[span->rx[i * TIMESLOTS + slot->timeslot]];
}

/* ---- echo and conditioning ------------------------------------------------------------------- */

#define SHOW 64 /* frames: how often the state of one channel after the other is shown */

_Static_assert(sizeof(td_echo_stats) % 4 == 0, "shown in words");

static void show_echo(struct canceller *canceller, int timeslot)
{
    uint32_t words[sizeof(td_echo_stats) / 4];
    td_echo_stats stats;

    td_echo_stats_of(canceller->echo, (uint32_t)timeslot, &stats);
    memcpy(words, &stats, sizeof(stats));
    for (unsigned i = 0; i < sizeof(stats) / 4; i++)
        atomic_store_explicit(&canceller->stats[timeslot][i], words[i], memory_order_relaxed);
}

void span_echo_stats(const struct canceller *canceller, int timeslot, td_echo_stats *stats)
{
    uint32_t words[sizeof(td_echo_stats) / 4];

    for (unsigned i = 0; i < sizeof(words) / 4; i++)
        words[i] = atomic_load_explicit(&canceller->stats[timeslot][i], memory_order_relaxed);
    memcpy(stats, words, sizeof(*stats));
}

static void show_next(struct canceller *canceller, uint32_t users)
{
    do
        canceller->shown = (canceller->shown + 1) % TIMESLOTS;
    while (!(users >> canceller->shown & 1));
    show_echo(canceller, canceller->shown);
}

static void cancel_echo(struct engine_span *span, unsigned n)
{
    struct canceller *canceller = span->canceller;
    int16_t sent[MAX_BLOCK * TIMESLOTS];

    decode(span, span->tx, sent, n);
    td_echo_run(canceller->echo, sent, span->linear, span->linear, n, TIMESLOTS);
    canceller->waited += n;
    if (canceller->waited >= SHOW) {
        canceller->waited = 0;
        show_next(canceller, span->echo_mask);
    }
}

/* What is behind this hears the cleaned octets, too. */
static void rewrite(struct engine_span *span, int timeslot, unsigned n)
{
    const struct slot *slot = span->slots[timeslot];
    int16_t linear[MAX_BLOCK];

    for (unsigned i = 0; i < n; i++)
        linear[i] = span->linear[i * TIMESLOTS + (unsigned)timeslot];
    sound_encode_column(slot->coding, linear, span->rx + timeslot, n);
}

/* The same for many timeslots of A-law at once. */
static void rewrite_alaw(struct engine_span *span, uint32_t mask, unsigned n)
{
    uint8_t clean[TIMESLOTS], octets[TIMESLOTS];

    for (unsigned k = 0; k < TIMESLOTS; k++)
        clean[k] = mask >> k & 1 ? 0xff : 0;
    for (unsigned i = 0; i < n; i++) {
        uint8_t *frame = span->rx + i * TIMESLOTS;

        sound_encode(TD_ALAW, span->linear + i * TIMESLOTS, octets, TIMESLOTS);
        for (unsigned k = 0; k < TIMESLOTS; k++)
            frame[k] = (uint8_t)((frame[k] & ~clean[k]) | (octets[k] & clean[k]));
    }
}

static void clean(struct engine_span *span, uint32_t mask, unsigned n)
{
    uint32_t alaw = mask & ~span->ulaw_mask;

    for (uint32_t left = span->condition_mask; left; left &= left - 1) {
        int timeslot = __builtin_ctz(left);

        td_condition_run(span->slots[timeslot]->condition[TD_RECEIVED]->state,
                         span->linear + timeslot, n, TIMESLOTS);
    }
    if (__builtin_popcount(alaw) >= 8) {
        rewrite_alaw(span, alaw, n);
        mask &= ~alaw;
    }
    for (; mask; mask &= mask - 1)
        rewrite(span, __builtin_ctz(mask), n);
}

/* A soft channel has no far end: it listens to what it hears. */
static void listen(td_engine *engine, struct engine_span *span, uint64_t time)
{
    int16_t heard[MAX_BLOCK * TIMESLOTS];

    if (!span->soft) {
        listen_block(engine, span, span->linear, time);
        return;
    }
    decode(span, span->tx, heard, engine->block_frames);
    listen_block(engine, span, heard, time);
}

void span_process(td_engine *engine, struct engine_span *span, uint64_t time)
{
    unsigned n = engine->block_frames;
    uint32_t mask = span->echo_mask | span->condition_mask;

    if (!(span->linear_mask | mask))
        return;
    decode(span, span->rx, span->linear, n);
    if (span->echo_mask)
        cancel_echo(span, n);
    if (mask)
        clean(span, mask, n);
    if (span->plane_mask)
        span_turn(span->linear, n, span->planes, engine->plane);
    if (span->listen)
        listen(engine, span, time);
}

void span_echo_select(td_engine *engine, struct slot *slot, uint32_t options)
{
    struct engine_span *span = &engine->spans[slot->span - 1];
    uint32_t bit = 1u << slot->timeslot;

    if (!span->canceller || (!options && !(span->echo_mask & bit)))
        return;
    td_echo_select(span->canceller->echo, slot->timeslot, options);
    span->echo_mask = options ? span->echo_mask | bit : span->echo_mask & ~bit;
    if (options)
        show_echo(span->canceller, slot->timeslot);
}

void span_canceller(td_engine *engine, struct engine_span *span, struct canceller *canceller)
{
    struct canceller *old = span->canceller;

    span->canceller = canceller;
    span->echo_mask = 0;
    if (old)
        engine_discard(engine, &old->trash);
}

/* ---- soft spans ------------------------------------------------------------------------------ */

void span_soft_begin(struct engine_span *span, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        memcpy(span->soft->saying + i * TIMESLOTS, span->idle, TIMESLOTS);
}

void span_soft_end(td_engine *engine, struct engine_span *span)
{
    memcpy(span->soft->said, span->soft->saying, (size_t)engine->block_frames * TIMESLOTS);
    span->rx = span->soft->said;
}
