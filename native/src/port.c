/* Ports, engine side: a timeslot's frames or octets to and from another process's socket.
 *
 * All sockets are non-blocking. One epoll_wait a block finds what is readable.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine.h"

#define MAX_SPEECH 320 /* octets of A-law in one packet of mode cas */

static void watch(td_engine *engine, struct slot *slot, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = slot};

    epoll_ctl(engine->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void tell(td_engine *engine, struct slot *slot, int connected)
{
    td_event event = {.time = engine->time, .kind = TD_EVENT_PORT, .span = slot->span,
                      .timeslot = slot->timeslot, .value = (int16_t)connected};

    engine_event(engine, &event, NULL);
}

static void joined(td_engine *engine, struct slot *slot, int fd)
{
    struct port *port = slot->port;

    port->client = fd;
    port->readable = 0;
    port->fifo_head = port->fifo_size = 0;
    watch(engine, slot, fd);
    tell(engine, slot, 1);
    if (slot->mtp2)
        mtp2_joined(slot);
    if (port->mode == TD_PORT_CAS)
        port_bits(engine, slot->span - 1, slot->timeslot,
                  atomic_load(&engine->spans[slot->span - 1].bits[slot->timeslot]));
}

static void left(td_engine *engine, struct slot *slot)
{
    close(slot->port->client);
    slot->port->client = -1;
    slot->port->readable = 0;
    tell(engine, slot, 0);
}

void port_begin(td_engine *engine, struct slot *slot)
{
    struct port *port = slot->port;

    engine->ports[engine->n_ports++] = slot;
    if (port->listener >= 0) {
        watch(engine, slot, port->listener);
    } else {
        int fd = port->client;

        port->client = -1;
        joined(engine, slot, fd);
    }
}

void port_end(td_engine *engine, struct slot *slot)
{
    struct port *port = slot->port;

    for (unsigned i = 0; i < engine->n_ports; i++)
        if (engine->ports[i] == slot)
            engine->ports[i--] = engine->ports[--engine->n_ports];
    if (port->client >= 0)
        left(engine, slot);
    if (port->listener >= 0)
        close(port->listener);
    port->listener = -1;
}

/* One packet into `buffer`: its length (more than `room` when it was too long), or -1: none. */
static ssize_t receive(td_engine *engine, struct slot *slot, uint8_t *buffer, size_t room)
{
    ssize_t n = recv(slot->port->client, buffer, room, MSG_DONTWAIT | MSG_TRUNC);

    if (n > 0)
        return n;
    slot->port->readable = 0;
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        left(engine, slot);
    return -1;
}

static void transmit(td_engine *engine, struct slot *slot, const uint8_t *octets, size_t n)
{
    if (slot->port->client < 0)
        return;
    ssize_t sent = send(slot->port->client, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent == (ssize_t)n)
        return;
    /* A stream that is full takes a part. */
    if (sent >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS)
        count_up(&slot->dropped, 1);
    else
        left(engine, slot);
}

/* ---- raw and cas: octets --------------------------------------------------------------------- */

static void push(struct slot *slot, const uint8_t *octets, size_t n)
{
    struct port *port = slot->port;
    uint32_t size = sizeof(port->fifo);

    if (n > size - port->fifo_size) {
        count_up(&slot->dropped, 1);
        return;
    }
    if (port->chunk)
        slot->idle = 0xff; /* what is missing of a stream that has begun */
    for (size_t i = 0; i < n; i++)
        port->fifo[(port->fifo_head + port->fifo_size + i) % size] = octets[i];
    port->fifo_size += (uint32_t)n;
}

static void take_cas(td_engine *engine, struct slot *slot, const uint8_t *packet, size_t n)
{
    struct command bits = {.op = OP_BITS, .span = (int16_t)(slot->span - 1),
                           .timeslot = slot->timeslot};

    int zero = slot->timeslot > 16 || engine->spans[slot->span - 1].kind != TD_SPAN_E1;

    if (n == 2 && packet[0] == 'C' && packet[1] < 16 && (packet[1] || zero)) {
        bits.a = packet[1];
        engine->ops->command(engine, &bits);
    } else if (n >= 2 && n <= MAX_SPEECH + 1 && packet[0] == 'A') {
        push(slot, packet + 1, n - 1);
    } else {
        count_up(&slot->dropped, 1);
    }
}

static void read_octets(td_engine *engine, struct slot *slot)
{
    uint8_t packet[4096];

    /* Leave in the socket what does not fit: the process is held back. */
    while (slot->port->readable && slot->port->fifo_size <= sizeof(slot->port->fifo) / 2) {
        size_t room = sizeof(packet);
        ssize_t n;

        if (slot->port->chunk) /* the rest of a stream stays where it is */
            room -= slot->port->fifo_size;
        n = receive(engine, slot, packet, room);

        if (n < 0)
            return;
        if ((size_t)n > sizeof(packet))
            count_up(&slot->dropped, 1);
        else if (slot->kind == SLOT_PORT_CAS)
            take_cas(engine, slot, packet, (size_t)n);
        else
            push(slot, packet, (size_t)n);
    }
}

void port_octets_out(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n)
{
    struct port *port = slot->port;
    uint32_t size = sizeof(port->fifo);

    read_octets(engine, slot);
    for (unsigned i = 0; i < n; i++) {
        if (!port->fifo_size) {
            if (port->client >= 0 && slot->kind == SLOT_PORT_RAW)
                count_up(&slot->underruns, 1);
            column[i * TIMESLOTS] = slot->idle;
            continue;
        }
        column[i * TIMESLOTS] = port->fifo[port->fifo_head];
        port->fifo_head = (port->fifo_head + 1) % size;
        port->fifo_size--;
    }
}

/* A stream's octets go out in whole chunks: that is how its reader reads them. */
static void gather(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n)
{
    struct port *port = slot->port;

    for (unsigned i = 0; i < n; i++) {
        port->gather[port->gathered++] = column[i * TIMESLOTS];
        if (port->gathered < port->chunk)
            continue;
        port->gathered = 0;
        transmit(engine, slot, port->gather, port->chunk);
    }
}

void port_octets_in(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n)
{
    uint8_t packet[1 + MAX_TX] = {'A'};

    if (slot->port->chunk) {
        gather(engine, slot, column, n);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        packet[1 + i] = column[i * TIMESLOTS];
    if (slot->kind == SLOT_PORT_CAS)
        transmit(engine, slot, packet, n + 1);
    else
        transmit(engine, slot, packet + 1, n);
}

void port_bits(td_engine *engine, int span, int timeslot, int abcd)
{
    struct slot *slot = engine->spans[span].slots[timeslot];
    uint8_t packet[2] = {'C', (uint8_t)abcd};

    if (slot && slot->kind == SLOT_PORT_CAS)
        transmit(engine, slot, packet, 2);
}

/* ---- hdlc: frames ---------------------------------------------------------------------------- */

void port_read_frames(td_engine *engine, struct slot *slot)
{
    while (slot->port->readable) {
        /* No room for the longest frame: leave it in the socket, the process is held back. */
        uint8_t *room = queue_room(&slot->queue, slot->max_octets);
        ssize_t n;

        if (!room)
            return;
        n = receive(engine, slot, room, slot->max_octets);
        if (n < 0)
            return;
        if ((uint32_t)n > slot->max_octets)
            count_up(&slot->dropped, 1);
        else
            queue_put(&slot->queue, (uint32_t)n);
    }
}

void port_frame(td_engine *engine, struct slot *slot, const uint8_t *frame, size_t n)
{
    transmit(engine, slot, frame, n);
}

/* ---- once a block ---------------------------------------------------------------------------- */

static int hung_up(int fd)
{
    struct pollfd state = {.fd = fd};

    return poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR));
}

/* What a client that is gone has left unread is still taken; its end comes behind that. */
static void read_out(td_engine *engine, struct slot *slot)
{
    slot->port->readable = 1;
    if (slot->port->mode == TD_PORT_HDLC)
        port_read_frames(engine, slot);
    else
        read_octets(engine, slot);
}

/* One client at a time: whoever comes while it is there is turned away. A client that has gone
 * in the same block is not there, and its successor is not to suffer for it. */
static void answer(td_engine *engine, struct slot *slot)
{
    struct port *port = slot->port;

    for (;;) {
        int fd;

        if (port->client >= 0 && hung_up(port->client)) {
            read_out(engine, slot);
            if (port->client >= 0)
                return; /* no room for its last packets yet: in a later block */
        }
        fd = accept4(port->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        if (port->client >= 0)
            close(fd);
        else
            joined(engine, slot, fd);
    }
}

void port_poll(td_engine *engine)
{
    struct epoll_event events[64];
    int n = epoll_wait(engine->epoll, events, 64, 0);

    for (int i = 0; i < n; i++) {
        struct slot *slot = events[i].data.ptr;

        /* A closed client leaves the epoll set by itself; the listener stays. */
        if (slot->port->client >= 0)
            slot->port->readable = 1;
        if (slot->port->listener >= 0)
            answer(engine, slot);
    }
}
