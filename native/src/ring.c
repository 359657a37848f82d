/* The event ring: bounded, one writer, one reader, an eventfd; what does not fit is counted. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine.h"

int ring_init(struct ring *ring, size_t size)
{
    size_t octets = 4096;

    while (octets < size)
        octets *= 2;
    ring->size = octets;
    ring->eventfd = -1;
    ring->octets = malloc(octets);
    if (!ring->octets)
        return -ENOMEM;
    ring->eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (ring->eventfd < 0)
        return -errno;
    atomic_store(&ring->armed, 1);
    return 0;
}

void ring_free(struct ring *ring)
{
    free(ring->octets);
    if (ring->eventfd >= 0)
        close(ring->eventfd);
}

static void copy_in(struct ring *ring, uint64_t at, const void *from, size_t n)
{
    size_t place = at & (ring->size - 1);
    size_t first = n < ring->size - place ? n : ring->size - place;

    memcpy(ring->octets + place, from, first);
    if (n > first)
        memcpy(ring->octets, (const uint8_t *)from + first, n - first);
}

static void copy_out(const struct ring *ring, uint64_t at, void *to, size_t n)
{
    size_t place = at & (ring->size - 1);
    size_t first = n < ring->size - place ? n : ring->size - place;

    memcpy(to, ring->octets + place, first);
    if (n > first)
        memcpy((uint8_t *)to + first, ring->octets, n - first);
}

static int try_put(struct ring *ring, const td_event *event, const void *payload)
{
    td_event head = *event;
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

    head.size = (uint32_t)(sizeof(head) + head.length + 7) & ~7u;
    if (ring->write + head.size - tail > ring->size)
        return 0;
    copy_in(ring, ring->write, &head, sizeof(head));
    if (head.length)
        copy_in(ring, ring->write + sizeof(head), payload, head.length);
    ring->write += head.size;
    return 1;
}

static int tell_lost(struct ring *ring, uint64_t time)
{
    td_event event = {.kind = TD_EVENT_LOST, .time = time, .tag = (int64_t)ring->lost_untold};

    if (!ring->lost_untold)
        return 1;
    /* Full: nothing more is kept until the reader has taken something. */
    if (ring->lost_tail == atomic_load_explicit(&ring->tail, memory_order_acquire) ||
        !try_put(ring, &event, NULL))
        return 0;
    ring->lost_untold = 0;
    return 1;
}

void ring_put(struct ring *ring, const td_event *event, const void *payload)
{
    /* The report of a loss goes before whatever comes after the loss. */
    if (tell_lost(ring, event->time) && try_put(ring, event, payload))
        return;
    ring->lost_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    ring->lost_untold++;
    count_up(&ring->lost, 1);
}

int ring_show(struct ring *ring, uint64_t now)
{
    uint64_t one = 1;

    tell_lost(ring, now);
    if (ring->write == atomic_load_explicit(&ring->head, memory_order_relaxed))
        return 0;
    atomic_store(&ring->head, ring->write);
    if (atomic_exchange(&ring->armed, 0) && write(ring->eventfd, &one, sizeof(one)) < 0)
        atomic_store(&ring->armed, 1);
    return 1;
}

int64_t ring_take(struct ring *ring, uint8_t *buffer, size_t capacity)
{
    uint64_t head, tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint64_t written;
    int64_t n = 0;
    td_event event;

    /* Arm first, then look: an event shown in between writes the eventfd again. */
    if (!atomic_load(&ring->armed)) {
        if (read(ring->eventfd, &written, sizeof(written)) < 0)
            written = 0;
        atomic_store(&ring->armed, 1);
    }
    head = atomic_load(&ring->head);
    while (tail != head) {
        copy_out(ring, tail, &event, sizeof(event));
        if ((size_t)n + event.size > capacity)
            break;
        copy_out(ring, tail, buffer + n, event.size);
        n += event.size;
        tail += event.size;
    }
    atomic_store_explicit(&ring->tail, tail, memory_order_release);
    if (tail != head) {
        /* More waits: the descriptor stays readable. */
        uint64_t one = 1;

        if (atomic_exchange(&ring->armed, 0) && write(ring->eventfd, &one, sizeof(one)) < 0)
            atomic_store(&ring->armed, 1);
        return n ? n : -EMSGSIZE;
    }
    return n;
}
