/* The back-end of lines that osmo-e1d serves: pace, blocks, commands, and its API. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "e1d.h"

#define SLOWLY 16    /* blocks that the average of what waits is over */
#define GAIN 64      /* blocks in which a difference is made up for */
#define MOST 50      /* a block becomes shorter or longer by this part of it, or a frame, at most */

/* ---- pace ------------------------------------------------------------------------------------ */

/* The far clock runs as what waits grows or shrinks: follow it, board time too. */
static void follow(td_engine *engine)
{
    struct e1d *e1d = e1d_of(engine);
    int64_t sum = 0, n = 0, wanted = e1d->depth + engine->block_frames, change, most;

    for (unsigned i = 0; i < engine->n_spans; i++)
        for (uint32_t mask = e1d->spans[i].octets_mask; mask; mask &= mask - 1) {
            const struct e1d_timeslot *at = &e1d->spans[i].timeslots[__builtin_ctz(mask)];

            if (!at->primed)
                continue;
            sum += at->depth + engine->block_frames; /* before this block was heard */
            n++;
        }
    if (!n) {
        e1d->fill = wanted * 256;
        return;
    }
    e1d->fill += (sum * 256 / n - e1d->fill) / SLOWLY;
    most = (int64_t)engine->block_ns / MOST;
    most = most < (int64_t)FRAME_NS ? most : (int64_t)FRAME_NS;
    change = (wanted * 256 - e1d->fill) * (int64_t)FRAME_NS / (256 * GAIN);
    change = change > most ? most : change < -most ? -most : change;
    engine->time = (uint64_t)((int64_t)engine->time + change);
}

static void e1d_wait(td_engine *engine)
{
    follow(engine);
    engine_pace(engine);
}

/* ---- a block --------------------------------------------------------------------------------- */

static unsigned e1d_frames(td_engine *engine, int index)
{
    struct e1d_span *span = &e1d_of(engine)->spans[index];
    struct engine_span *of = &engine->spans[index];

    /* Frames by the server: no octets for the engine. */
    of->tx_mask &= ~span->frames_mask;
    of->rx_mask &= ~span->frames_mask;
    return engine->block_frames;
}

static struct slot *hdlc_slot(struct engine_span *of, int timeslot)
{
    struct slot *slot = of->slots[timeslot];

    return slot && slot->kind == SLOT_HDLC && !slot->port ? slot : NULL;
}

static void e1d_transmit(td_engine *engine)
{
    for (unsigned i = 0; i < engine->n_spans; i++) {
        struct e1d_span *span = &e1d_of(engine)->spans[i];
        struct engine_span *of = &engine->spans[i];

        for (uint32_t mask = span->octets_mask; mask; mask &= mask - 1) {
            int timeslot = __builtin_ctz(mask);

            e1d_send(engine, &span->timeslots[timeslot], of->tx + timeslot);
        }
        for (uint32_t mask = span->frames_mask; mask; mask &= mask - 1) {
            int timeslot = __builtin_ctz(mask);
            struct slot *slot = hdlc_slot(of, timeslot);

            if (slot)
                e1d_send_frames(engine, &span->timeslots[timeslot], slot);
        }
    }
}

static void receive_span(td_engine *engine, struct e1d_span *span, struct engine_span *of)
{
    for (uint32_t mask = span->octets_mask; mask; mask &= mask - 1) {
        int timeslot = __builtin_ctz(mask);
        struct e1d_timeslot *at = &span->timeslots[timeslot];

        e1d_read(engine, at);
        if (at->fd >= 0) /* else it was lost just now: ones, as drop() left them */
            e1d_hear(engine, at, span->rx + timeslot);
    }
    for (uint32_t mask = span->frames_mask; mask; mask &= mask - 1) {
        int timeslot = __builtin_ctz(mask);
        struct slot *slot = hdlc_slot(of, timeslot);

        if (slot)
            e1d_hear_frames(engine, &span->timeslots[timeslot], slot);
    }
    if (!(span->alarms & 1u))
        span->frames += engine->block_frames;
    publish(&of->counts[0], span->frames);
    publish(&of->counts[6], span->slips);
}

static void e1d_receive(td_engine *engine, uint64_t time)
{
    (void)time;
    for (unsigned i = 0; i < engine->n_spans; i++)
        receive_span(engine, &e1d_of(engine)->spans[i], &engine->spans[i]);
}

/* ---- commands and life ----------------------------------------------------------------------- */

static void alarm_changed(td_engine *engine, int index, int alarm, int active)
{
    struct e1d_span *span = &e1d_of(engine)->spans[index];
    struct engine_span *of = &engine->spans[index];
    td_event event = {.time = engine->time, .kind = TD_EVENT_ALARM, .span = (uint8_t)(index + 1),
                      .code = (uint8_t)alarm, .value = (int16_t)active};

    if ((int)(span->alarms >> alarm & 1) == active)
        return;
    span->alarms ^= 1u << alarm;
    span->raised[alarm] += (unsigned)active;
    publish(&of->counts[8 + alarm], span->raised[alarm]);
    atomic_store_explicit(&of->alarms, span->alarms, memory_order_relaxed);
    engine_event(engine, &event, NULL);
}

static void e1d_command(td_engine *engine, const struct command *command)
{
    struct e1d_span *span = &e1d_of(engine)->spans[command->span];

    if (command->op != OP_BACKEND)
        return; /* a simulated line's */
    if (command->a == E1D_ALARM)
        alarm_changed(engine, command->span, command->b, (int)command->n);
    else
        e1d_take(engine, &span->timeslots[command->timeslot], command->b, (int)command->n);
}

static int e1d_configure(td_engine *engine, int index)
{
    return engine->spans[index].kind == TD_SPAN_E1 && !engine->spans[index].cas ? 0 : -EOPNOTSUPP;
}

static void e1d_free(td_engine *engine)
{
    struct e1d *e1d = e1d_of(engine);

    for (unsigned i = 0; e1d && i < engine->n_spans; i++)
        for (int timeslot = 0; timeslot < TIMESLOTS; timeslot++)
            if (e1d->spans[i].timeslots[timeslot].fd >= 0)
                close(e1d->spans[i].timeslots[timeslot].fd);
    free(e1d);
}

static const struct backend_ops e1d_ops = {
    .frames = e1d_frames,
    .transmit = e1d_transmit,
    .receive = e1d_receive,
    .command = e1d_command,
    .configure = e1d_configure,
    .free = e1d_free,
    .wait = e1d_wait,
};

static int make(td_engine *engine, const void *how)
{
    struct e1d *e1d = calloc(1, sizeof(*e1d) + engine->n_spans * sizeof(struct e1d_span));

    if (!e1d)
        return -ENOMEM;
    e1d->depth = *(const uint32_t *)how;
    engine->backend = e1d;
    engine->ops = &e1d_ops;
    for (unsigned i = 0; i < engine->n_spans; i++) {
        struct e1d_span *span = &e1d->spans[i];

        memset(span->rx, 0xff, sizeof(span->rx));
        engine->spans[i].rx = span->rx;
        engine->spans[i].crc4 = 0;
        for (int timeslot = 0; timeslot < TIMESLOTS; timeslot++) {
            span->timeslots[timeslot].fd = -1;
            span->timeslots[timeslot].span = (uint8_t)i;
            span->timeslots[timeslot].timeslot = (uint8_t)timeslot;
        }
    }
    return 0;
}

/* ---- API side -------------------------------------------------------------------------------- */

td_engine *td_engine_new_e1d(const td_engine_config *config, uint32_t depth, int *error)
{
    *error = -EINVAL;
    if (depth < 8 || depth > E1D_MAX_DEPTH)
        return NULL;
    return engine_new(config, make, &depth, error);
}

static int is_timeslot(const td_engine *engine, int span, int timeslot)
{
    return command_has_span(engine, span) && timeslot >= 1 && timeslot < TIMESLOTS;
}

int td_e1d_timeslot(td_engine *engine, int span, int timeslot, int fd, int mode)
{
    if (!is_timeslot(engine, span, timeslot))
        return -ENODEV;
    if (mode != TD_E1D_RAW && mode != TD_E1D_HDLC)
        return -EINVAL;
    return command_span(engine, span, (struct command){
        .op = OP_BACKEND, .timeslot = (uint8_t)timeslot, .a = E1D_TIMESLOT, .b = fd,
        .n = (uint32_t)mode});
}

int td_e1d_alarm(td_engine *engine, int span, int alarm, int active)
{
    if (alarm < 0 || alarm >= TD_ALARMS)
        return -EINVAL;
    return command_span(engine, span, (struct command){
        .op = OP_BACKEND, .a = E1D_ALARM, .b = alarm, .n = active != 0});
}

int td_e1d_counters(const td_engine *engine, int span, int timeslot, td_e1d_counts *counts)
{
    const struct e1d_timeslot *at;

    if (!is_timeslot(engine, span, timeslot))
        return -ENODEV;
    at = &e1d_of(engine)->spans[span - 1].timeslots[timeslot];
    *counts = (td_e1d_counts){look(&at->starved), look(&at->left_out), look(&at->refused),
                              look(&at->lost), look(&at->waiting)};
    return 0;
}
