/* The simulated back-end: cables between the spans, their elastic stores, loopbacks. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "analog.h"
#include "sim.h"

static struct sim_span *sim_span(td_engine *engine, int index)
{
    return (struct sim_span *)engine->backend + index;
}

/* ---- what the receiver tells ----------------------------------------------------------------- */

static td_event span_event(const struct sim_span *span, int kind, uint64_t time)
{
    return (td_event){.time = time, .kind = (uint8_t)kind, .span = (uint8_t)(span->index + 1)};
}

void sim_tell_alarm(void *self, uint64_t time, int alarm, int active)
{
    struct sim_span *span = self;
    td_event event = span_event(span, TD_EVENT_ALARM, time);

    event.code = (uint8_t)alarm;
    event.value = (int16_t)active;
    engine_event(span->engine, &event, NULL);
}

void sim_tell_bits(void *self, uint64_t time, int timeslot, int abcd)
{
    struct sim_span *span = self;
    td_event event = span_event(span, TD_EVENT_BITS, time);

    event.timeslot = (uint8_t)timeslot;
    event.code = (uint8_t)abcd;
    atomic_store_explicit(&span->engine->spans[span->index].bits[timeslot], (uint8_t)abcd,
                          memory_order_relaxed);
    if (span->engine->n_ports)
        port_bits(span->engine, span->index, timeslot, abcd);
    engine_event(span->engine, &event, NULL);
}

static void slipped(struct sim_span *span, int frames, uint64_t time)
{
    td_event event = span_event(span, TD_EVENT_SLIP, time);

    event.value = (int16_t)frames;
    span->slips++;
    engine_event(span->engine, &event, NULL);
}

/* ---- elastic store ------------------------------------------------------------------------------
 *
 * The line writes, the board's clock reads block_frames a block. It is half full with one frame;
 * none left, and a frame is repeated; three, and one is deleted: a controlled slip (G.822).
 */

static uint8_t *place(struct sim_span *span, unsigned frame)
{
    return span->store + (size_t)frame * TIMESLOTS;
}

static void fill_ais(struct sim_span *span, unsigned from, unsigned n)
{
    memset(place(span, from), 0xff, (size_t)n * TIMESLOTS);
}

static void delete_frame(struct sim_span *span, unsigned *have, uint64_t time)
{
    memmove(place(span, 0), place(span, 1), (size_t)(*have - 1) * TIMESLOTS);
    *have -= 1;
    slipped(span, -1, time);
}

static void repeat_frame(struct sim_span *span, unsigned *have, uint64_t time)
{
    memcpy(place(span, *have), place(span, *have - 1), TIMESLOTS);
    *have += 1;
    slipped(span, 1, time);
}

/* n new frames stand behind `depth` old ones, and alignment held throughout. */
static void steady(struct sim_span *span, unsigned n, uint64_t time)
{
    unsigned block = span->engine->block_frames;
    unsigned have = span->depth + n;

    if (span->in.force < 0 && have > 1)
        delete_frame(span, &have, time);
    else if (span->in.force > 0 && have > 0)
        repeat_frame(span, &have, time);
    while (have > block + 2)
        delete_frame(span, &have, time);
    while (have < block && have > 0)
        repeat_frame(span, &have, time);
    span->depth = have - block;
}

/* Alignment was lost or found: AIS between the `before` frames of the old one and the rest. */
static void unsteady(struct sim_span *span, unsigned before, unsigned n)
{
    unsigned block = span->engine->block_frames;
    unsigned fresh = n - before;
    unsigned old = span->depth + before;
    unsigned keep = fresh ? fresh - 1 : 0; /* of the new, read in this block; one stays */

    if (keep > block) {
        memmove(place(span, old), place(span, old + keep - block), (block + 1) * TIMESLOTS);
        keep = block;
        fresh = block + 1;
    }
    if (old > block - keep) {
        memmove(place(span, block - keep), place(span, old), (size_t)fresh * TIMESLOTS);
    } else {
        memmove(place(span, block - keep), place(span, old), (size_t)fresh * TIMESLOTS);
        fill_ais(span, old, block - keep - old);
    }
    span->depth = fresh ? 1 : 0;
}

/* ---- one span, one block --------------------------------------------------------------------- */

static void publish_counts(struct sim_span *span)
{
    struct engine_span *out = &span->engine->spans[span->index];

    span->kind->done(span, out);
    publish(&out->counts[6], span->slips);
    publish(&out->counts[7], span->in.errors);
    atomic_store_explicit(&out->looped, span->loopback, memory_order_relaxed);
}

void sim_publish_raised(struct engine_span *to, const uint64_t *raised, uint32_t alarms)
{
    for (int alarm = 0; alarm < TD_ALARMS; alarm++)
        publish(&to->counts[8 + alarm], raised[alarm]);
    atomic_store_explicit(&to->alarms, alarms, memory_order_relaxed);
}

/* What comes to the span in this block: its own signal, or the cable's. */
static struct line hear(struct sim_span *span)
{
    td_engine *engine = span->engine;
    struct line from = {span->out.octets, engine->block_frames * span->kind->frame_bits, 0};

    if (span->loopback == TD_LOOP_LOCAL)
        return span->out;
    if (span->in.from >= 0)
        from = sim_span(engine, span->in.from)->out;
    return cable_carry(&span->in, from);
}

/* G.732 table 2: AIS to the 64 kbit/s channels. */
static void silence(struct sim_span *span, int aligned)
{
    span->depth = aligned ? 1 : 0;
    fill_ais(span, 0, span->engine->block_frames + span->depth);
}

static void receive_span(struct sim_span *span, uint64_t time)
{
    td_engine *engine = span->engine;
    struct sim_heard made;

    /* Read in the block before: what is left moves to the front. */
    if (span->depth)
        memmove(place(span, 0), place(span, engine->block_frames),
                (size_t)span->depth * TIMESLOTS);
    span->heard = hear(span);
    made = span->kind->receive(span, span->heard, time, place(span, span->depth));
    if (made.silent)
        silence(span, made.aligned);
    else if (made.broken >= 0)
        unsteady(span, (unsigned)made.broken, made.frames);
    else
        steady(span, made.frames, time + engine->block_ns);
    engine->spans[span->index].rx = span->store;
    publish_counts(span);
}

/* What was heard goes back at the next block; the buffer it lies in may be gone by then. */
static void turn_round(struct sim_span *span)
{
    memcpy(span->turned, span->heard.octets, (span->heard.nbits + 7) >> 3);
    span->heard.octets = span->turned;
}

static void sim_receive(td_engine *engine, uint64_t time)
{
    for (unsigned i = 0; i < engine->n_spans; i++)
        if (sim_span(engine, (int)i)->kind)
            receive_span(sim_span(engine, (int)i), time);
    for (unsigned i = 0; i < engine->n_spans; i++)
        if (sim_span(engine, (int)i)->loopback == TD_LOOP_LINE)
            turn_round(sim_span(engine, (int)i));
    if (engine->analog)
        analog_receive(engine, time);
}

static unsigned sim_frames(td_engine *engine, int index)
{
    struct sim_span *span = sim_span(engine, index);
    int more = 0;

    if (span->to >= 0)
        more = cable_clock(&sim_span(engine, span->to)->in, engine->block_frames);
    return engine->block_frames + (unsigned)more;
}

/* The timeslots received in the block before go out again, in frames of our own. */
static void loop_payload(struct sim_span *span, struct engine_span *of)
{
    unsigned have = span->engine->block_frames;
    unsigned n = of->tx_frames < have ? of->tx_frames : have;

    memcpy(of->tx, span->store, (size_t)n * TIMESLOTS);
    for (; n < of->tx_frames; n++)
        memcpy(of->tx + (size_t)n * TIMESLOTS, span->store + (have - 1) * TIMESLOTS, TIMESLOTS);
}

static void sim_transmit(td_engine *engine)
{
    for (unsigned i = 0; i < engine->n_spans; i++) {
        struct sim_span *span = sim_span(engine, (int)i);

        if (!span->kind)
            continue;
        if (span->loopback == TD_LOOP_PAYLOAD)
            loop_payload(span, &engine->spans[i]);
        span->out = span->kind->transmit(span, &engine->spans[i]);
        if (span->loopback == TD_LOOP_LINE)
            span->out = span->heard;
    }
}

/* ---- commands and life ----------------------------------------------------------------------- */

static void plug(td_engine *engine, int from, int to)
{
    struct sim_span *span = sim_span(engine, to);

    /* An E1 cannot be plugged into a T1: the API has refused it, unless the kind changed since. */
    if (from >= 0 && sim_span(engine, from)->kind != span->kind)
        from = -1;
    if (span->in.from >= 0)
        sim_span(engine, span->in.from)->to = -1;
    if (from >= 0 && sim_span(engine, from)->to >= 0)
        sim_span(engine, sim_span(engine, from)->to)->in.from = -1;
    span->in.from = from;
    if (from >= 0)
        sim_span(engine, from)->to = to;
}

/* The old delay line goes back to the API side, which frees it. */
static void impair(struct cable *cable, struct line_change *change)
{
    struct cable_delay *old = cable->delay;

    cable_impair(cable, &change->is);
    cable->delay = change->delay;
    change->delay = old;
    atomic_store_explicit(&change->done, 1, memory_order_release);
}

static void set_loopback(struct sim_span *span, int loopback)
{
    span->loopback = loopback;
    if (loopback == TD_LOOP_LINE)
        turn_round(span);
}

static void line_command(td_engine *engine, struct sim_span *span, const struct command *command)
{
    switch (command->op) {
    case OP_LOOPBACK:
        set_loopback(span, command->a);
        break;
    case OP_LINE_CONNECT:
        plug(engine, command->a, command->span);
        break;
    case OP_LINE_STATE:
        span->in.state = command->a;
        break;
    case OP_LINE_IMPAIR:
        impair(&span->in, command->pointer);
        break;
    case OP_LINE_SLIP:
        span->in.slip += command->a;
        break;
    case OP_LINE_SLIP_BIT:
        span->in.bit_slip += command->a;
        break;
    default:
        span->kind->command(span, command);
    }
}

static void sim_command(td_engine *engine, const struct command *command)
{
    struct sim_span *span = sim_span(engine, command->span);

    if (span->kind)
        line_command(engine, span, command);
    else
        analog_command(engine, command);
}

static void use_kind(struct sim_span *span, const struct sim_kind *kind)
{
    if (span->kind && span->kind->free)
        span->kind->free(span);
    span->kind = kind;
    if (span->to >= 0)
        plug(span->engine, -1, span->to);
    plug(span->engine, -1, span->index);
    if (kind)
        span->in.bits_per_second = kind->bits_per_second;
    fill_ais(span, 0, span->engine->block_frames);
    span->engine->spans[span->index].rx = span->store;
    span->heard = (struct line){span->turned, 0, 0};
    if (kind)
        span->heard.nbits = span->engine->block_frames * kind->frame_bits;
}

static int sim_configure(td_engine *engine, int index)
{
    static const struct sim_kind *const kinds[] = {
        [TD_SPAN_E1] = &sim_e1, [TD_SPAN_T1] = &sim_t1};
    struct sim_span *span = sim_span(engine, index);
    int kind = engine->spans[index].kind;

    if (kind == TD_SPAN_ANALOG) {
        int error = engine->analog ? 0 : analog_init(engine);

        if (error)
            return error;
        use_kind(span, NULL);
        analog_configure(engine, index, 1);
        return 0;
    }
    analog_configure(engine, index, 0);
    if (span->kind != kinds[kind])
        use_kind(span, kinds[kind]);
    span->kind->configure(span);
    return 0;
}

static void sim_free(td_engine *engine)
{
    for (unsigned i = 0; engine->backend && i < engine->n_spans; i++) {
        struct sim_span *span = sim_span(engine, (int)i);

        free(span->in.delay);
        if (span->kind && span->kind->free)
            span->kind->free(span);
    }
    free(engine->backend);
    if (engine->analog)
        analog_free(engine);
}

static const struct backend_ops sim_ops = {
    .frames = sim_frames,
    .transmit = sim_transmit,
    .receive = sim_receive,
    .command = sim_command,
    .configure = sim_configure,
    .free = sim_free,
};

int sim_init(td_engine *engine)
{
    uint64_t seed = engine->seed;

    engine->backend = calloc(engine->n_spans, sizeof(struct sim_span));
    if (!engine->backend)
        return -ENOMEM;
    engine->ops = &sim_ops;
    for (unsigned i = 0; i < engine->n_spans; i++) {
        struct sim_span *span = sim_span(engine, (int)i);

        span->engine = engine;
        span->index = (int)i;
        span->to = -1;
        cable_init(&span->in, rng_mix(&seed));
        sim_configure(engine, (int)i);
    }
    return 0;
}
