/* A timeslot that carries MTP2's signal units, ours or a port's. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "media.h"
#include "mtp2.h"

#define DEAD_LINE 0xff /* a port that nobody has opened: no flags, so that the far end sees errors */

struct slot_mtp2 {
    struct td_mtp2_rx rx;
    struct td_mtp2_tx tx;
    uint8_t closed;     /* port: flags went out for a block because nobody had anything to send */
    int16_t opening;    /* which: tells this one's events from those before */
    atomic_int waiting; /* SUs in the queue that are no fill-ins and not begun */
    atomic_u64 sus, errors, filtered, counting, repeated;
};

int mtp2_make(struct slot *slot, uint32_t told)
{
    static atomic_uint openings;
    int error;

    slot->mtp2 = calloc(1, sizeof(*slot->mtp2));
    if (!slot->mtp2)
        return -ENOMEM;
    slot->mtp2->opening = (int16_t)(atomic_fetch_add(&openings, 1) & INT16_MAX);
    error = td_mtp2_rx_init(&slot->mtp2->rx, slot->max_octets, told);
    return error ? error : td_mtp2_tx_init(&slot->mtp2->tx, slot->max_octets);
}

void mtp2_waits(struct slot *slot, const uint8_t *su, size_t n)
{
    if (!mtp2_is_fill_in(su, n))
        atomic_fetch_add_explicit(&slot->mtp2->waiting, 1, memory_order_relaxed);
}

void mtp2_joined(struct slot *slot)
{
    slot->mtp2->rx.equal = 0; /* the new process has not seen the fill-in that goes on */
}

/* ---- sending --------------------------------------------------------------------------------- */

static void drop_first(struct slot *slot, uint32_t n)
{
    queue_drop(&slot->queue);
    slot->tx_used = 0;
    count_up(&slot->tx_frames, 1);
    count_up(&slot->tx_octets, n);
}

static void begin_next(td_engine *engine, struct slot *slot, unsigned done)
{
    struct slot_mtp2 *mtp2 = slot->mtp2;
    const uint8_t *su;
    uint32_t n;

    if (!td_mtp2_ready(&mtp2->tx))
        return;
    su = queue_first(&slot->queue, &n);
    if (!su || td_mtp2_send(&mtp2->tx, su, n, 0) != 0)
        return;
    if (mtp2_is_fill_in(su, n)) {
        drop_first(slot, n); /* copied: it goes on for as long as nothing else waits */
        return;
    }
    slot->tx_used = 1;
    if (!slot->port && atomic_fetch_sub_explicit(&mtp2->waiting, 1, memory_order_relaxed) == 1) {
        td_event event = slot_event(slot, TD_EVENT_TX_LOW, engine->time + done * FRAME_NS);

        engine_event(engine, &event, NULL);
    }
}

/* Nobody has the port, and what the last process left is sent: flags for a block, which close the
 * last SU, and then a dead line. 1 when it is dead. */
static int is_dead(struct slot *slot)
{
    struct slot_mtp2 *mtp2 = slot->mtp2;
    int closed = mtp2->closed;
    uint32_t n;

    mtp2->closed = 0;
    if (!slot->port || slot->port->client >= 0 || slot->tx_used || queue_first(&slot->queue, &n))
        return 0;
    mtp2->tx.fill_octets = 0;
    mtp2->closed = (uint8_t)td_mtp2_ready(&mtp2->tx);
    return closed;
}

void mtp2_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n)
{
    struct slot_mtp2 *mtp2 = slot->mtp2;
    uint8_t octets[MAX_TX];
    unsigned done = 0;

    if (slot->port)
        port_read_frames(engine, slot);
    if (is_dead(slot)) {
        memset(octets, DEAD_LINE, n);
        done = n;
    }
    while (done < n) {
        size_t made = 0;

        begin_next(engine, slot, done);
        if (td_mtp2_encode(&mtp2->tx, octets + done, n - done, &made) == TD_MTP2_SENT &&
            slot->tx_used) {
            uint32_t length = 0;

            queue_first(&slot->queue, &length);
            drop_first(slot, length);
        }
        done += (unsigned)made;
    }
    publish(&mtp2->repeated, mtp2->tx.repeated);
    slot_scatter(column, octets, n);
}

/* ---- receiving ------------------------------------------------------------------------------- */

static void publish_counts(struct slot *slot)
{
    struct slot_mtp2 *mtp2 = slot->mtp2;

    slot_publish_faults(slot, &mtp2->rx.hdlc.counts);
    publish(&mtp2->sus, mtp2->rx.sus);
    publish(&mtp2->errors, mtp2->rx.errors);
    publish(&mtp2->filtered, mtp2->rx.filtered);
    publish(&mtp2->counting, mtp2->rx.counted);
}

void mtp2_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                  uint64_t time)
{
    struct slot_mtp2 *mtp2 = slot->mtp2;
    uint8_t octets[MAX_TX];
    size_t done = 0, used, length;
    int told;

    slot_gather(octets, column, n);
    while ((told = td_mtp2_decode(&mtp2->rx, octets + done, n - done, slot->frame, &used,
                                  &length)) != TD_MTP2_NONE) {
        td_event event = slot_event(slot, TD_EVENT_SU_ERRORS, 0);

        done += used;
        if (slot->port) {
            if (told == TD_MTP2_SU)
                port_frame(engine, slot, slot->frame, length);
            continue;
        }
        event.time = time + (done ? done : 1) * FRAME_NS;
        event.value = mtp2->opening;
        event.tag = (int64_t)mtp2->rx.sus;
        event.octets = (uint32_t)mtp2->rx.errors;
        if (told == TD_MTP2_SU) {
            event.kind = TD_EVENT_SU;
            event.length = (uint16_t)length;
        }
        engine_event(engine, &event, slot->frame);
    }
    publish_counts(slot);
}

int td_slot_mtp2_counters(const td_engine *engine, int span, int timeslot, td_mtp2_counts *counts)
{
    int error;
    struct slot *slot = command_find(engine, span, timeslot, 0, &error);

    if (!slot)
        return error;
    if (!slot->mtp2)
        return -EOPNOTSUPP;
    *counts = (td_mtp2_counts){
        .sus = look(&slot->mtp2->sus), .errors = look(&slot->mtp2->errors),
        .filtered = look(&slot->mtp2->filtered), .counting = look(&slot->mtp2->counting),
        .repeated = look(&slot->mtp2->repeated)};
    return 0;
}
