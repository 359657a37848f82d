/* The simulated back-end: an E1 framer for each span, cables between them, loopbacks. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "cable.h"
#include "e1.h"
#include "engine.h"

_Static_assert(TD_ALARMS == E1_ALARMS, "alarms");
_Static_assert(E1_RX_MAX_OCTETS >= MAX_TX * TIMESLOTS + 1, "a block of line");

#define STORE_FRAMES (MAX_TX + 4)
#define TROUBLE (1u << E1_LOS | 1u << E1_AIS)
#define TX_RAI (1u << E1_LOS | 1u << E1_LOF | 1u << E1_AIS)

struct sim_span {
    td_engine *engine;
    int index;
    int loopback;
    int to;               /* the span that hears us, -1: none */
    struct e1_tx tx;
    struct e1_rx rx;
    struct cable in;      /* what comes to this span */
    struct line out;      /* on the line in this block */
    struct line heard;    /* received in this block; for the line loopback */
    uint64_t slips;
    /* Elastic store: received frames not yet read by the board's clock; `depth` of them. */
    unsigned depth;
    uint8_t store[STORE_FRAMES * TIMESLOTS];
    uint8_t turned[CABLE_MAX_OCTETS];
};

static struct sim_span *sim_span(td_engine *engine, int index)
{
    return (struct sim_span *)engine->backend + index;
}

/* ---- what the receiver tells ----------------------------------------------------------------- */

static td_event span_event(const struct sim_span *span, int kind, uint64_t time)
{
    return (td_event){.time = time, .kind = (uint8_t)kind, .span = (uint8_t)(span->index + 1)};
}

static void tell_alarm(void *self, uint64_t time, int alarm, int active)
{
    struct sim_span *span = self;
    td_event event = span_event(span, TD_EVENT_ALARM, time);

    event.code = (uint8_t)alarm;
    event.value = (int16_t)active;
    engine_event(span->engine, &event, NULL);
}

static void tell_bits(void *self, uint64_t time, int timeslot, int abcd)
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
    const struct e1_rx *rx = &span->rx;

    publish(&out->counts[0], rx->frames);
    publish(&out->counts[1], rx->fas_errors);
    publish(&out->counts[2], rx->nfas_errors);
    publish(&out->counts[3], rx->crc_errors);
    publish(&out->counts[4], rx->e_bits);
    publish(&out->counts[5], rx->reframes);
    publish(&out->counts[6], span->slips);
    publish(&out->counts[7], span->in.errors);
    for (int alarm = 0; alarm < E1_ALARMS; alarm++)
        publish(&out->counts[8 + alarm], rx->raised[alarm]);
    atomic_store_explicit(&out->alarms, rx->alarms, memory_order_relaxed);
}

/* What comes to the span in this block: its own signal, or the cable's. */
static struct line hear(struct sim_span *span)
{
    td_engine *engine = span->engine;
    struct line from = {span->out.octets, engine->block_frames * E1_FRAME_BITS, 0};

    if (span->loopback == TD_LOOP_LOCAL)
        return span->out;
    if (span->in.from >= 0)
        from = sim_span(engine, span->in.from)->out;
    return cable_carry(&span->in, from);
}

/* G.732 table 2: AIS to the 64 kbit/s channels. */
static void silence(struct sim_span *span)
{
    span->depth = span->rx.aligned ? 1 : 0;
    fill_ais(span, 0, span->engine->block_frames + span->depth);
}

/* What the receiver found goes out with the transmitter's next frames. */
static void tell_far_end(struct sim_span *span)
{
    span->tx.e_owed += span->rx.tx_e_owed;
    span->rx.tx_e_owed = 0;
    span->tx.e_line = span->rx.mf;
    span->tx.rai = (span->rx.alarms & TX_RAI) != 0;
    span->tx.rai16 = span->rx.cas.enabled && !span->rx.cas.aligned;
}

static void receive_span(struct sim_span *span, uint64_t time)
{
    td_engine *engine = span->engine;
    int broken;
    unsigned n;

    /* Read in the block before: what is left moves to the front. */
    if (span->depth)
        memmove(place(span, 0), place(span, engine->block_frames),
                (size_t)span->depth * TIMESLOTS);
    span->heard = hear(span);
    n = e1_rx_line(&span->rx, span->heard.octets, span->heard.nbits, span->heard.signal, time,
                   place(span, span->depth), &broken);
    if (span->rx.alarms & TROUBLE)
        silence(span);
    else if (broken >= 0)
        unsteady(span, (unsigned)broken, n);
    else
        steady(span, n, time + engine->block_ns);
    engine->spans[span->index].rx = span->store;
    tell_far_end(span);
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
        receive_span(sim_span(engine, (int)i), time);
    for (unsigned i = 0; i < engine->n_spans; i++)
        if (sim_span(engine, (int)i)->loopback == TD_LOOP_LINE)
            turn_round(sim_span(engine, (int)i));
}

static unsigned sim_frames(td_engine *engine, int index)
{
    struct sim_span *span = sim_span(engine, index);
    int more = 0;

    if (span->to >= 0)
        more = cable_clock(&sim_span(engine, span->to)->in, engine->block_frames);
    return engine->block_frames + (unsigned)more;
}

static void sim_transmit(td_engine *engine)
{
    for (unsigned i = 0; i < engine->n_spans; i++) {
        struct sim_span *span = sim_span(engine, (int)i);
        struct engine_span *from = &engine->spans[i];

        e1_tx_frames(&span->tx, from->tx, from->tx_frames);
        span->out = (struct line){from->tx, from->tx_frames * E1_FRAME_BITS, 1};
        if (span->loopback == TD_LOOP_LINE)
            span->out = span->heard;
    }
}

/* ---- commands and life ----------------------------------------------------------------------- */

static void plug(td_engine *engine, int from, int to)
{
    struct sim_span *span = sim_span(engine, to);

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

static void sim_command(td_engine *engine, const struct command *command)
{
    struct sim_span *span = sim_span(engine, command->span);

    switch (command->op) {
    case OP_BITS:
        span->tx.abcd[command->timeslot] = (uint8_t)command->a;
        break;
    case OP_LOOPBACK:
        set_loopback(span, command->a);
        break;
    case OP_SEND_AIS:
        span->tx.ais = command->a != 0;
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
    }
}

static void sim_configure(td_engine *engine, int index)
{
    struct sim_span *span = sim_span(engine, index);
    const struct engine_span *of = &engine->spans[index];
    struct e1_sink sink = {span, tell_alarm, tell_bits};

    e1_tx_init(&span->tx, of->crc4, of->cas);
    e1_rx_init(&span->rx, of->crc4, of->cas, sink);
}

static void sim_free(td_engine *engine)
{
    for (unsigned i = 0; engine->backend && i < engine->n_spans; i++)
        free(sim_span(engine, (int)i)->in.delay);
    free(engine->backend);
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
        fill_ais(span, 0, engine->block_frames);
        engine->spans[i].rx = span->store;
        span->heard = (struct line){span->turned, engine->block_frames * E1_FRAME_BITS, 0};
        sim_configure(engine, (int)i);
    }
    return 0;
}
