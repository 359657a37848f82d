/* Frames that wait: contiguous records in a ring, one producer and one consumer, no lock. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "engine.h"

#define SKIP UINT32_MAX /* the rest up to the end of the ring is not used */

static uint32_t record_size(uint32_t n)
{
    return (n + 4 + 3) & ~3u;
}

int queue_init(struct queue *queue, uint32_t size)
{
    queue->size = (size + 7) & ~7u;
    queue->octets = malloc(queue->size);
    return queue->octets ? 0 : -ENOMEM;
}

/* `head` and `tail` are offsets up to and with `size`; equal means empty. A frame lies in one
 * piece: at `head`, or when the end of the ring is too near, at its beginning.
 */
uint8_t *queue_room(struct queue *queue, uint32_t n)
{
    uint32_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
    uint32_t need = record_size(n);

    if (head < tail) {
        if (head + need >= tail)
            return NULL;
        queue->place = head;
    } else if (need <= queue->size - head) {
        queue->place = head;
    } else {
        if (need >= tail)
            return NULL;
        if (head < queue->size)
            memcpy(queue->octets + head, &(uint32_t){SKIP}, 4);
        queue->place = 0;
    }
    return queue->octets + queue->place + 4;
}

void queue_put(struct queue *queue, uint32_t n)
{
    memcpy(queue->octets + queue->place, &n, 4);
    atomic_store_explicit(&queue->head, queue->place + record_size(n), memory_order_release);
}

const uint8_t *queue_first(struct queue *queue, uint32_t *n)
{
    uint32_t head = atomic_load_explicit(&queue->head, memory_order_acquire);
    uint32_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);

    if (head == tail)
        return NULL;
    if (tail < queue->size)
        memcpy(n, queue->octets + tail, 4);
    if (tail == queue->size || *n == SKIP) {
        tail = 0;
        memcpy(n, queue->octets, 4);
        /* Release: the producer may write over the mark once it sees this. */
        atomic_store_explicit(&queue->tail, 0, memory_order_release);
    }
    return queue->octets + tail + 4;
}

void queue_drop(struct queue *queue)
{
    uint32_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    uint32_t n;

    memcpy(&n, queue->octets + tail, 4);
    atomic_store_explicit(&queue->tail, tail + record_size(n), memory_order_release);
}
