/* One timeslot of a line that osmo-e1d serves: octets by a stream, or frames by packets. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "e1d.h"

#define AIS 0xff

static struct e1d_span *span_of(td_engine *engine, const struct e1d_timeslot *at)
{
    return &e1d_of(engine)->spans[at->span];
}

static td_event event_of(td_engine *engine, const struct e1d_timeslot *at, int kind)
{
    return (td_event){.time = engine->time + engine->block_ns, .kind = (uint8_t)kind,
                      .span = (uint8_t)(at->span + 1), .timeslot = at->timeslot};
}

/* ---- the descriptor -------------------------------------------------------------------------- */

static void drop(td_engine *engine, struct e1d_timeslot *at)
{
    struct e1d_span *span = span_of(engine, at);
    uint32_t others = ~(1u << at->timeslot);

    if (at->fd >= 0)
        close(at->fd);
    at->fd = -1;
    at->primed = at->heard = 0;
    at->head = at->depth = 0;
    publish(&at->waiting, 0);
    span->octets_mask &= others;
    span->frames_mask &= others;
    for (unsigned i = 0; i < MAX_BLOCK; i++)
        span->rx[i * TIMESLOTS + at->timeslot] = AIS;
}

static void lose(td_engine *engine, struct e1d_timeslot *at)
{
    td_event event = event_of(engine, at, TD_EVENT_E1D);

    drop(engine, at);
    count_up(&at->lost, 1);
    engine_event(engine, &event, NULL);
}

static int may_retry(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS;
}

/* Octets that wait at the server before ours come: how late we may be without its missing any. */
static void fill(td_engine *engine, struct e1d_timeslot *at)
{
    uint8_t idle[E1D_MAX_DEPTH];
    uint32_t n = e1d_of(engine)->depth;

    memset(idle, engine->spans[at->span].idle[at->timeslot], n);
    if (send(at->fd, idle, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && !may_retry())
        lose(engine, at);
}

void e1d_take(td_engine *engine, struct e1d_timeslot *at, int fd, int mode)
{
    struct e1d_span *span = span_of(engine, at);
    uint32_t bit = 1u << at->timeslot;

    drop(engine, at);
    if (fd < 0)
        return;
    at->fd = fd;
    if (mode == TD_E1D_HDLC) {
        span->frames_mask |= bit;
    } else {
        span->octets_mask |= bit;
        fill(engine, at);
    }
}

/* ---- octets ---------------------------------------------------------------------------------- */

void e1d_send(td_engine *engine, struct e1d_timeslot *at, const uint8_t *column)
{
    uint8_t octets[MAX_TX];
    unsigned n = engine->block_frames;
    ssize_t sent;

    slot_gather(octets, column, n);
    sent = send(at->fd, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent == (ssize_t)n)
        return;
    if (sent < 0 && !may_retry())
        lose(engine, at);
    else
        count_up(&at->refused, n - (uint64_t)(sent < 0 ? 0 : sent));
}

static void keep(struct e1d_timeslot *at, const uint8_t *octets, uint32_t n)
{
    uint32_t end = (at->head + at->depth) % E1D_STORE;
    uint32_t first = n < E1D_STORE - end ? n : E1D_STORE - end;

    memcpy(at->store + end, octets, first);
    memcpy(at->store, octets + first, n - first);
    at->depth += n;
}

void e1d_read(td_engine *engine, struct e1d_timeslot *at)
{
    uint8_t octets[E1D_STORE];

    while (at->fd >= 0 && at->depth < E1D_STORE) {
        ssize_t n = recv(at->fd, octets, E1D_STORE - at->depth, MSG_DONTWAIT);

        if (n > 0)
            keep(at, octets, (uint32_t)n);
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && may_retry())
            break;
        else
            lose(engine, at);
    }
    if (!at->primed && at->depth >= e1d_of(engine)->depth + engine->block_frames)
        at->primed = at->heard = 1;
    publish(&at->waiting, at->depth);
}

static void slipped(td_engine *engine, struct e1d_timeslot *at, int frames)
{
    td_event event = event_of(engine, at, TD_EVENT_SLIP);

    event.timeslot = 0;
    event.value = (int16_t)frames;
    span_of(engine, at)->slips++;
    engine_event(engine, &event, NULL);
}

static void forget(struct e1d_timeslot *at, uint32_t n)
{
    at->head = (at->head + n) % E1D_STORE;
    at->depth -= n;
}

void e1d_hear(td_engine *engine, struct e1d_timeslot *at, uint8_t *column)
{
    unsigned n = engine->block_frames;

    if (at->primed && at->depth < n) {
        at->primed = 0;
        count_up(&at->starved, 1);
        slipped(engine, at, (int)n);
    }
    if (!at->primed) {
        uint8_t none = at->heard ? AIS : engine->spans[at->span].idle[at->timeslot];

        for (unsigned i = 0; i < n; i++)
            column[i * TIMESLOTS] = none;
        return;
    }
    if (at->depth > 3 * e1d_of(engine)->depth + 6 * n) {
        forget(at, n);
        count_up(&at->left_out, 1);
        slipped(engine, at, -(int)n);
    }
    for (unsigned i = 0; i < n; i++)
        column[i * TIMESLOTS] = at->store[(at->head + i) % E1D_STORE];
    forget(at, n);
}

/* ---- frames ---------------------------------------------------------------------------------- */

void e1d_send_frames(td_engine *engine, struct e1d_timeslot *at, struct slot *slot)
{
    const uint8_t *frame;
    uint32_t n;

    while (at->fd >= 0 && (frame = queue_first(&slot->queue, &n))) {
        if (send(at->fd, frame, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
            if (!may_retry())
                lose(engine, at);
            return;
        }
        queue_drop(&slot->queue);
        count_up(&slot->tx_frames, 1);
        count_up(&slot->tx_octets, n);
    }
}

static void heard_frame(td_engine *engine, struct e1d_timeslot *at, struct slot *slot, uint32_t n)
{
    int fits = n <= slot->max_octets;
    td_event event = event_of(engine, at, fits ? TD_EVENT_FRAME : TD_EVENT_FAULT);

    if (fits) {
        event.length = (uint16_t)n;
        count_up(&slot->rx_frames, 1);
        count_up(&slot->rx_octets, n);
    } else {
        event.code = TD_HDLC_LONG;
        count_up(&slot->longs, 1);
    }
    engine_event(engine, &event, slot->frame);
}

void e1d_hear_frames(td_engine *engine, struct e1d_timeslot *at, struct slot *slot)
{
    while (at->fd >= 0) {
        ssize_t n = recv(at->fd, slot->frame, slot->max_octets, MSG_DONTWAIT | MSG_TRUNC);

        if (n > 0)
            heard_frame(engine, at, slot, (uint32_t)n);
        else if (n < 0 && may_retry())
            return;
        else
            lose(engine, at);
    }
}
