/* Bridges: a timeslot of one engine and one of another, by two rings of octets. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "media.h"
#include "td_stream.h"

#define RING 4096   /* octets: half a second; a power of two */
#define JITTER 80   /* octets: 10 ms by which either engine's thread may be late */

/* One direction: the engine that writes only moves `head`, the one that reads only `tail`. */
struct pipe {
    _Atomic uint32_t head, tail;
    atomic_int coding;      /* of the writer */
    _Atomic uint32_t block; /* what it writes at a time */
    uint8_t octets[RING];
};

/* Shared by both ends; the last one to go frees it. */
struct bridge {
    struct pipe pipes[2];
    atomic_int ends; /* at work */
    atomic_int refs; /* not freed */
};

struct bridge_end {
    struct attachment attachment;
    struct bridge *bridge;
    int side;          /* writes pipes[side], reads the other */
    int waits;         /* until there is enough to read without a gap */
    uint8_t last;
    uint64_t slips;
};

static struct bridge_end *end_of(struct attachment *self)
{
    return (struct bridge_end *)self;
}

static void bridge_take(td_engine *engine, struct slot *slot, struct attachment *self,
                        const struct block *block)
{
    struct bridge_end *end = end_of(self);
    struct pipe *pipe = &end->bridge->pipes[end->side];
    uint32_t head = atomic_load_explicit(&pipe->head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&pipe->tail, memory_order_acquire);
    /* On a soft channel the bridge is the party: what that hears goes to the other end. */
    const uint8_t *from = slot->soft ? block->sent : block->received;

    (void)engine;
    atomic_store_explicit(&pipe->coding, slot->coding, memory_order_relaxed);
    atomic_store_explicit(&pipe->block, block->n, memory_order_relaxed);
    if (head - tail + block->n > RING)
        return; /* nobody reads: the reader counts what it misses */
    for (unsigned i = 0; i < block->n; i++)
        pipe->octets[(head + i) % RING] = from[i * TIMESLOTS];
    atomic_store_explicit(&pipe->head, head + block->n, memory_order_release);
}

/* Between the laws as G.711 tables 3 and 4 say. */
static void translate(int from, int to, uint8_t *octets, unsigned n)
{
    if (from == TD_ALAW && to == TD_ULAW)
        td_alaw_to_ulaw(octets, octets, n);
    else if (from == TD_ULAW && to == TD_ALAW)
        td_ulaw_to_alaw(octets, octets, n);
}

static void slipped(struct bridge_end *end, struct slot *slot, uint32_t octets)
{
    end->slips += octets;
    publish(&slot->slips, end->slips);
}

/* The writer's clock is faster: leave out what is more than it takes. Returns how many. */
static uint32_t leave_out(struct bridge_end *end, struct slot *slot, uint32_t have,
                          uint32_t target, uint32_t n)
{
    uint32_t most = target + 2 * n + JITTER;

    if (have <= most)
        return 0;
    slipped(end, slot, have - target);
    return have - target;
}

/* Fewer than n are there: it is slower, or has gone. */
static void repeat(struct bridge_end *end, struct slot *slot, uint8_t *octets, unsigned count,
                   unsigned n)
{
    int gone = atomic_load_explicit(&end->bridge->ends, memory_order_relaxed) < 2;

    memset(octets + count, gone ? slot->idle : end->last, n - count);
    slipped(end, slot, gone ? 0 : n - count);
    end->waits = 1;
}

static unsigned bridge_give(td_engine *engine, struct slot *slot, struct attachment *self,
                            struct sound *sound, unsigned n)
{
    struct bridge_end *end = end_of(self);
    struct pipe *pipe = &end->bridge->pipes[!end->side];
    uint32_t tail = atomic_load_explicit(&pipe->tail, memory_order_relaxed);
    uint32_t have = atomic_load_explicit(&pipe->head, memory_order_acquire) - tail;
    uint32_t target = n + JITTER + atomic_load_explicit(&pipe->block, memory_order_relaxed);
    uint32_t left_out;
    unsigned count;

    (void)engine;
    if (end->waits && have < target)
        return 0;
    end->waits = 0;
    left_out = leave_out(end, slot, have, target, n);
    tail += left_out;
    have -= left_out;
    count = have < n ? have : n;
    for (unsigned i = 0; i < count; i++)
        sound->octets[i] = pipe->octets[(tail + i) % RING];
    translate(atomic_load_explicit(&pipe->coding, memory_order_relaxed), slot->coding,
              sound->octets, count);
    if (count)
        end->last = sound->octets[count - 1];
    if (count < n)
        repeat(end, slot, sound->octets, count, n);
    atomic_store_explicit(&pipe->tail, tail + count, memory_order_release);
    sound->form = SOUND_OCTETS;
    return n;
}

static void bridge_end(td_engine *engine, struct slot *slot, struct attachment *self, int reason,
                       uint64_t time)
{
    struct bridge *bridge = end_of(self)->bridge;
    td_event event = slot_event(slot, TD_EVENT_BRIDGE_END, time);

    event.code = (uint8_t)reason;
    event.tag = (int64_t)end_of(self)->slips;
    atomic_fetch_sub(&bridge->ends, 1);
    engine_event(engine, &event, NULL);
}

static const struct attachment_ops bridge_ops = {
    .give = bridge_give,
    .take = bridge_take,
    .end = bridge_end,
};

/* ---- API side -------------------------------------------------------------------------------- */

static void release(struct trash *trash)
{
    struct bridge_end *end = (struct bridge_end *)trash;

    if (atomic_fetch_sub(&end->bridge->refs, 1) == 1)
        free(end->bridge);
    free(end);
}

static struct bridge_end *make_end(struct bridge *bridge, int side)
{
    struct bridge_end *end = calloc(1, sizeof(*end));

    if (!end)
        return NULL;
    end->attachment.trash.release = release;
    end->attachment.ops = &bridge_ops;
    end->bridge = bridge;
    end->side = side;
    end->waits = 1;
    return end;
}

/* Nothing streams there: its slips count from 0. */
static int make_ready(td_engine *engine, int span, int timeslot)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    if (!slot)
        return error;
    if (atomic_load_explicit(&slot->held[ATTACH_STREAM], memory_order_acquire))
        return -EBUSY;
    publish(&slot->slips, 0);
    return 0;
}

static int attach_both(td_engine *engine, int span, int timeslot, struct bridge_end *near,
                       td_engine *other, int other_span, int other_timeslot,
                       struct bridge_end *far)
{
    int error = voice_attach(engine, span, timeslot, ATTACH_STREAM, &near->attachment);

    if (error) {
        release(&near->attachment.trash);
        release(&far->attachment.trash);
        return error;
    }
    error = voice_attach(other, other_span, other_timeslot, ATTACH_STREAM, &far->attachment);
    if (error) {
        /* The near end is the engine's already: it goes as any other does. */
        release(&far->attachment.trash);
        td_slot_stop_stream(engine, span, timeslot);
    }
    return error;
}

int td_bridge(td_engine *engine, int span, int timeslot, td_engine *other, int other_span,
              int other_timeslot)
{
    struct bridge *bridge;
    struct bridge_end *near, *far;
    int error = make_ready(engine, span, timeslot);

    if (!error)
        error = make_ready(other, other_span, other_timeslot);
    if (!error && engine == other && span == other_span && timeslot == other_timeslot)
        error = -EINVAL;
    if (error)
        return error;
    bridge = calloc(1, sizeof(*bridge));
    near = bridge ? make_end(bridge, 0) : NULL;
    far = bridge ? make_end(bridge, 1) : NULL;
    if (!near || !far) {
        free(near);
        free(far);
        free(bridge);
        return -ENOMEM;
    }
    atomic_store(&bridge->ends, 2);
    atomic_store(&bridge->refs, 2);
    return attach_both(engine, span, timeslot, near, other, other_span, other_timeslot, far);
}

int64_t td_bridge_slips(td_engine *engine, int span, int timeslot)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    if (!slot)
        return error;
    if (!atomic_load_explicit(&slot->held[ATTACH_STREAM], memory_order_acquire))
        return -ENOTCONN;
    return (int64_t)look(&slot->slips);
}
