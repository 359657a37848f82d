/* A span's block: decoded once for all that want samples, freed of echo, conditioned. Engine side. */
#define _GNU_SOURCE
#include <string.h>

#include "media.h"

/* ---- G.711, one law at a time ---------------------------------------------------------------- */

static int16_t tables[2][256];

/* Before main: no engine can be running yet. */
__attribute__((constructor)) static void make_tables(void)
{
    uint8_t all[256];

    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    td_alaw_decode(all, tables[0], 256);
    td_ulaw_decode(all, tables[1], 256);
}

const int16_t *sound_table(int coding)
{
    return tables[coding == TD_ULAW];
}

void sound_encode(int coding, const int16_t *linear, uint8_t *octets, unsigned n)
{
    if (coding == TD_ULAW)
        td_ulaw_encode(linear, octets, n);
    else
        td_alaw_encode(linear, octets, n);
}

static void decode_column(int coding, const uint8_t *octets, int16_t *linear, unsigned n)
{
    const int16_t *table = sound_table(coding);

    for (unsigned i = 0; i < n; i++)
        linear[i * TIMESLOTS] = table[octets[i * TIMESLOTS]];
}

static void decode(const struct engine_span *span, const uint8_t *octets, int16_t *linear,
                   unsigned n)
{
    const int16_t *table = tables[0];
    uint32_t ulaw = span->ulaw_mask & span->open_mask;

    for (unsigned i = 0; i < n * TIMESLOTS; i++)
        linear[i] = table[octets[i]];
    for (; ulaw; ulaw &= ulaw - 1) {
        int timeslot = __builtin_ctz(ulaw);

        decode_column(TD_ULAW, octets + timeslot, linear + timeslot, n);
    }
}

/* ---- echo and conditioning ------------------------------------------------------------------- */

static void cancel_echo(struct engine_span *span, unsigned n)
{
    int16_t sent[MAX_BLOCK * TIMESLOTS];

    decode(span, span->tx, sent, n);
    td_echo_run(span->canceller->echo, sent, span->linear, span->linear, n, TIMESLOTS);
}

/* What is behind this hears the cleaned octets, too. */
static void rewrite(struct engine_span *span, int timeslot, unsigned n)
{
    const struct slot *slot = span->slots[timeslot];
    int16_t linear[MAX_BLOCK];
    uint8_t octets[MAX_BLOCK];

    if (span->condition_mask >> timeslot & 1)
        td_condition_run(slot->condition[TD_RECEIVED]->state, span->linear + timeslot, n,
                         TIMESLOTS);
    for (unsigned i = 0; i < n; i++)
        linear[i] = span->linear[i * TIMESLOTS + (unsigned)timeslot];
    sound_encode(slot->coding, linear, octets, n);
    for (unsigned i = 0; i < n; i++)
        span->rx[i * TIMESLOTS + (unsigned)timeslot] = octets[i];
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
    for (; mask; mask &= mask - 1)
        rewrite(span, __builtin_ctz(mask), n);
    if (span->listen)
        listen_block(engine, span, time);
}

void span_echo_select(td_engine *engine, struct slot *slot, uint32_t options)
{
    struct engine_span *span = &engine->spans[slot->span - 1];
    uint32_t bit = 1u << slot->timeslot;

    if (!span->canceller || (!options && !(span->echo_mask & bit)))
        return;
    td_echo_select(span->canceller->echo, slot->timeslot, options);
    span->echo_mask = options ? span->echo_mask | bit : span->echo_mask & ~bit;
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
