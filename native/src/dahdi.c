/* The engine on DAHDI's channels: paced by the kernel's timer, one read and one write a block for
 * each timeslot in use. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "dahdi.h"

#define LOOK_NS UINT64_C(250000000)      /* between looks at alarms and counters */
#define TOO_LATE_NS INT64_C(400000000)   /* the kernel's blocks are lost by then */
#define DRIFT_NS 1000                    /* a block: how fast the two clocks may part */
#define AFTER_NS UINT64_C(1000000)       /* so that jitter shows no block before its time */
#define MOST_EVENTS 64

static uint64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- pace ------------------------------------------------------------------------------------ */

static void look_around(td_engine *engine)
{
    struct dahdi *dahdi = dahdi_of(engine);
    int due = engine->time >= dahdi->next_look;

    for (unsigned i = 0; i < engine->n_spans; i++) {
        if (due && dahdi->spans[i].gone)
            dahdi_try_return(engine, (int)i);
        if (due || dahdi->spans[i].stale)
            dahdi_look_at_span(engine, (int)i);
    }
    if (due)
        dahdi->next_look = engine->time + LOOK_NS;
}

/* 1 when the timer ticked. */
static int take_ready(td_engine *engine, const struct epoll_event *events, int n)
{
    int ticked = 0;

    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr)
            dahdi_events(engine, events[i].data.ptr);
        else
            ticked = 1;
    }
    return ticked;
}

/* Until the timer ticks; a timer that stands still (the last span that gave a clock went away) is no
 * reason to stand still. */
static void await_tick(td_engine *engine)
{
    struct dahdi *dahdi = dahdi_of(engine);
    uint64_t patience = clock_now() + 4 * engine->block_ns + 20000000;
    struct epoll_event events[MOST_EVENTS];
    int one = 1;

    dahdi->current = 0;
    for (int first = 1;; first = 0) {
        uint64_t now = clock_now();
        int ms = first ? 0 : now < patience ? (int)((patience - now) / 1000000) + 1 : 0;
        int n = epoll_wait(dahdi->epoll, events, MOST_EVENTS, ms);

        if (n > 0 && take_ready(engine, events, n)) {
            ioctl(dahdi->timer, DAHDI_TIMER_ACK, &one);
            return;
        }
        if (!first)
            dahdi->current = 1;
        if (!first && n <= 0 && clock_now() >= patience) {
            count_up(&engine->overruns, 1);
            return;
        }
    }
}

/* Board time is the board's clock, in whole blocks: recordings count them. What was too late is lost
 * in the kernel, and is left out of it. */
static void keep_time(td_engine *engine)
{
    struct dahdi *dahdi = dahdi_of(engine);
    int64_t block = (int64_t)engine->block_ns;
    int64_t late = (int64_t)(clock_now() - engine->time) - block - dahdi->ahead;
    int all = -1;

    if (!look(&engine->blocks)) {
        /* Nothing has happened yet: blocks end a little after they do on the board. */
        engine->time += (uint64_t)late - AFTER_NS;
        return;
    }
    if (late > 0 && late < TOO_LATE_NS && dahdi->current)
        dahdi->ahead += late > DRIFT_NS ? DRIFT_NS : late;
    else if (late < 0)
        dahdi->ahead += late;
    if (late > block)
        count_up(&engine->overruns, 1);
    if (late <= TOO_LATE_NS)
        return;
    count_up(&engine->skipped, (uint64_t)(late / block));
    engine->time += (uint64_t)(late / block * block);
    ioctl(dahdi->timer, DAHDI_TIMER_ACK, &all);
}

static void dahdi_wait(td_engine *engine)
{
    await_tick(engine);
    keep_time(engine);
    look_around(engine);
    dahdi_of(engine)->turn++;
}

/* ---- a block --------------------------------------------------------------------------------- */

/* Timeslots opened and closed since the block before. */
static unsigned dahdi_frames(td_engine *engine, int index)
{
    struct dahdi_span *span = &dahdi_of(engine)->spans[index];
    struct engine_span *of = &engine->spans[index];

    for (int timeslot = 1; timeslot < TIMESLOTS; timeslot++) {
        struct dahdi_channel *channel = span->channels[timeslot];

        if (channel && channel->slot != of->slots[timeslot])
            dahdi_begin(engine, channel, of->slots[timeslot]);
    }
    /* Frames by the kernel: not octets for the engine. */
    of->tx_mask &= ~span->frames_mask;
    of->rx_mask &= ~span->frames_mask;
    return engine->block_frames;
}

static void dahdi_transmit(td_engine *engine)
{
    struct dahdi *dahdi = dahdi_of(engine);

    for (unsigned i = 0; i < engine->n_spans; i++) {
        struct dahdi_span *span = &dahdi->spans[i];
        struct engine_span *of = &engine->spans[i];

        for (uint32_t mask = span->octets_mask; mask; mask &= mask - 1) {
            int timeslot = __builtin_ctz(mask);

            dahdi_send(engine, span->channels[timeslot], of->tx + timeslot);
        }
        for (uint32_t mask = span->frames_mask; mask; mask &= mask - 1) {
            int timeslot = __builtin_ctz(mask);

            dahdi_send_frames(engine, span->channels[timeslot], of->slots[timeslot]);
        }
    }
}

static void dahdi_receive(td_engine *engine, uint64_t time)
{
    struct dahdi *dahdi = dahdi_of(engine);

    (void)time;
    for (unsigned i = 0; i < engine->n_spans; i++) {
        struct dahdi_span *span = &dahdi->spans[i];
        struct engine_span *of = &engine->spans[i];

        for (uint32_t mask = span->octets_mask; mask; mask &= mask - 1) {
            int timeslot = __builtin_ctz(mask);

            dahdi_hear(engine, span->channels[timeslot], span->rx + timeslot);
        }
        for (uint32_t mask = span->frames_mask; mask; mask &= mask - 1) {
            int timeslot = __builtin_ctz(mask);

            dahdi_hear_frames(engine, span->channels[timeslot], of->slots[timeslot]);
        }
        count_up(&of->counts[0], engine->block_frames);
        publish(&of->counts[6], span->slips);
    }
}

/* ---- commands and life ----------------------------------------------------------------------- */

/* What a board of this kind takes goes to the kernel at once (dahdi_api.c); the rest is a cable's. */
static void dahdi_command(td_engine *engine, const struct command *command)
{
    (void)engine;
    (void)command;
}

static int dahdi_configure(td_engine *engine, int index)
{
    (void)engine;
    (void)index;
    return 0;
}

static void dahdi_free(td_engine *engine)
{
    struct dahdi *dahdi = dahdi_of(engine);

    for (unsigned i = 0; dahdi && i < engine->n_spans; i++)
        for (int timeslot = 0; timeslot < TIMESLOTS; timeslot++) {
            struct dahdi_channel *channel = dahdi->spans[i].channels[timeslot];
            int off = 0;

            if (!channel)
                continue;
            if (channel->fd >= 0 && !channel->gone)
                ioctl(channel->fd, DAHDI_BUFFER_EVENTS, &off); /* it would stay for who comes next */
            if (channel->fd >= 0)
                close(channel->fd);
            free(channel);
        }
    if (dahdi && dahdi->timer >= 0)
        close(dahdi->timer);
    if (dahdi && dahdi->control >= 0)
        close(dahdi->control);
    if (dahdi && dahdi->epoll >= 0)
        close(dahdi->epoll);
    free(dahdi);
}

const struct backend_ops dahdi_ops = {
    .frames = dahdi_frames,
    .transmit = dahdi_transmit,
    .receive = dahdi_receive,
    .command = dahdi_command,
    .configure = dahdi_configure,
    .free = dahdi_free,
    .wait = dahdi_wait,
};
