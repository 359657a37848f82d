/* Analog spans of the simulated back-end: blocks and commands. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "analog_model.h"

/* ---- commands -------------------------------------------------------------------------------- */

static void feed(struct analog *analog, struct analog_port *fxs, const struct command *command)
{
    int rang = fxs->feed == TD_FEED_RINGING;

    fxs->feed = command->a;
    if (command->a == TD_FEED_RINGING) {
        double hz = (double)command->n / 1000;

        rang = rang && hz == fxs->ring_hz;
        fxs->ring_hz = hz;
        fxs->ring_volts = (double)command->tag / 1000;
        if (!rang) /* the ring trip's window is a cycle */
            analog_ring_begin(fxs->line, fxs, analog->now);
    }
    analog_wake(analog, fxs->line);
}

static void loop(struct analog *analog, struct analog_port *fxo, int closed)
{
    if (!closed)
        analog_sending_end(analog, fxo, analog->now);
    fxo->closed = closed;
    analog_wake(analog, fxo->line);
}

static void order(struct analog *analog, struct analog_order *order)
{
    analog_send(analog, order->port, &order->what);
    engine_discard(analog->engine, &order->trash);
}

static void change_line(struct analog *analog, struct analog_change *change)
{
    struct analog_line *line = change->of;

    if (line->set)
        engine_discard(analog->engine, &line->set->trash);
    analog_use_line(analog, line, change);
    analog_wake(analog, line);
}

int analog_command(td_engine *engine, const struct command *command)
{
    struct analog *analog = engine->analog;
    struct analog_port *port = analog->ports[command->span][command->timeslot];

    analog->block_time = engine->time;
    switch (command->op) {
    case OP_ANALOG_FEED:
        feed(analog, port, command);
        return 0;
    case OP_ANALOG_LOOP:
        loop(analog, port, command->a);
        return 0;
    case OP_ANALOG_GROUND:
        port->grounding = command->a;
        analog_wake(analog, port->line);
        return 0;
    case OP_ANALOG_LAMP:
        port->lamp = command->a;
        analog_wake(analog, port->line);
        return 0;
    case OP_ANALOG_MONITOR:
        port->monitor = command->a;
        return 0;
    case OP_ANALOG_SEND:
        order(analog, command->pointer);
        return 0;
    case OP_ANALOG_LINE:
        change_line(analog, command->pointer);
        return 0;
    }
    return -EOPNOTSUPP;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static uint64_t sooner(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static uint64_t port_due(const struct analog_port *port)
{
    uint64_t due;

    if (!port)
        return NEVER;
    due = sooner(port->sending.due, port->hook.due);
    due = sooner(due, port->ground.due);
    due = sooner(due, port->battery.due);
    return sooner(due, port->in_use.due);
}

/* Everything that is due on the line at sample `at`; gives when it is to be looked at next. */
static uint64_t happen(struct analog *analog, struct analog_line *line, uint64_t at)
{
    uint64_t due;

    if (line->fxs)
        analog_sending_step(analog, line->fxs, at);
    if (line->fxo)
        analog_sending_step(analog, line->fxo, at);
    if (line->dirty)
        analog_solve(line);
    if (line->ac_hz > 0 && at >= line->step)
        analog_ring_step(analog, line, at);
    analog_ring_gone(analog, line->fxo, at);
    analog_ring_gone(analog, line->tap, at);
    if (line->dirty) /* the ring trip */
        analog_solve(line);
    analog_detect(analog, line, at);
    if (line->dirty) /* the lamp's voltage goes with the hook */
        return at + 1;
    due = sooner(port_due(line->fxs), port_due(line->fxo));
    due = sooner(due, port_due(line->tap));
    due = sooner(due, analog_ring_due(line));
    return due > at ? due : at + 1;
}

static void run_line(struct analog *analog, struct analog_hot *hot, struct analog_line *line)
{
    struct analog_block block;
    unsigned n = analog->engine->block_frames, done = 0;
    uint64_t end = analog->now + n;
    int voice;

    while (hot->next <= analog->now)
        hot->next = happen(analog, line, analog->now);
    voice = analog_voice_begin(analog, line, &block);
    while (done < n) {
        unsigned to = hot->next < end ? (unsigned)(hot->next - analog->now) : n;

        if (voice)
            analog_voice_part(line, &block, done, to);
        done = to;
        while (done < n && hot->next <= analog->now + done)
            hot->next = happen(analog, line, analog->now + done);
        if (!voice && analog_clicks(line))
            voice = analog_voice_begin(analog, line, &block);
    }
    if (voice)
        analog_voice_end(analog, line, &block);
    hot->sounding = voice != 0 || line->quiet == 0;
}

static int sends(const td_engine *engine, const struct analog_hot *hot)
{
    return ((hot->fxs_port && engine->spans[hot->fxs_span].tx_mask >> hot->fxs_port & 1) ||
            (hot->fxo_port && engine->spans[hot->fxo_span].tx_mask >> hot->fxo_port & 1));
}

/* Silence on all ports; what sounds is written over it. */
static void silence(td_engine *engine, uint64_t spans)
{
    for (; spans; spans &= spans - 1) {
        struct engine_span *span = &engine->spans[__builtin_ctzll(spans)];

        memset(span->rx, IDLE_OCTET, (size_t)engine->block_frames * TIMESLOTS);
        for (uint32_t mask = span->ulaw_mask; mask; mask &= mask - 1)
            for (unsigned i = 0; i < engine->block_frames; i++)
                span->rx[i * TIMESLOTS + (unsigned)__builtin_ctz(mask)] = 0xff;
    }
}

void analog_receive(td_engine *engine, uint64_t time)
{
    struct analog *analog = engine->analog;
    uint64_t end = analog->now + engine->block_frames;

    analog->block_time = time;
    silence(engine, analog->spans);
    for (unsigned i = 0; i < analog->n_hot; i++) {
        struct analog_hot *hot = &analog->hot[i];

        if (hot->next < end || hot->sounding || sends(engine, hot))
            run_line(analog, hot, analog->lines[i]);
    }
    analog->now = end;
}
