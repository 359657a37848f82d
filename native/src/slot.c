/* A timeslot in use: HDLC, voice, connection. Engine side. */
#define _GNU_SOURCE
#include <string.h>

#include "engine.h"

static void gather(uint8_t *to, const uint8_t *column, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        to[i] = column[i * TIMESLOTS];
}

static void scatter(uint8_t *column, const uint8_t *from, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        column[i * TIMESLOTS] = from[i];
}

static td_event slot_event(const struct slot *slot, int kind, uint64_t time)
{
    return (td_event){.time = time, .kind = (uint8_t)kind, .span = slot->span,
                      .timeslot = slot->timeslot};
}

/* ---- HDLC ------------------------------------------------------------------------------------ */

static void send_next(struct slot *slot)
{
    uint32_t n;
    const uint8_t *frame;

    if (slot->tx_used || !td_hdlc_ready(&slot->encoder))
        return;
    frame = queue_first(&slot->queue, &n);
    if (frame && td_hdlc_send(&slot->encoder, frame, n) == 0)
        slot->tx_used = 1;
}

static void sent(struct slot *slot)
{
    uint32_t n = 0;

    if (!slot->tx_used || !queue_first(&slot->queue, &n))
        return;
    queue_drop(&slot->queue);
    slot->tx_used = 0;
    count_up(&slot->tx_frames, 1);
    count_up(&slot->tx_octets, n);
}

static void hdlc_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n)
{
    uint8_t octets[MAX_TX];
    unsigned done = 0;

    if (slot->port)
        port_read_frames(engine, slot);
    while (done < n) {
        size_t made = 0;

        send_next(slot);
        if (td_hdlc_encode(&slot->encoder, octets + done, n - done, &made) == TD_HDLC_SENT)
            sent(slot);
        done += (unsigned)made;
    }
    scatter(column, octets, n);
}

static void publish_faults(struct slot *slot)
{
    const td_hdlc_counts *counts = &slot->decoder.counts;

    publish(&slot->rx_frames, counts->frames);
    publish(&slot->rx_octets, counts->octets);
    publish(&slot->fcs, counts->fcs);
    publish(&slot->aborts, counts->aborts);
    publish(&slot->shorts, counts->shorts);
    publish(&slot->longs, counts->longs);
    publish(&slot->unaligned, counts->unaligned);
}

static void hdlc_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                         uint64_t time)
{
    uint8_t octets[MAX_TX];
    size_t done = 0;

    gather(octets, column, n);
    for (;;) {
        size_t used = 0, length = 0;
        int found = td_hdlc_decode(&slot->decoder, octets + done, n - done, slot->frame, &used,
                                   &length);
        td_event event;

        if (found == TD_HDLC_NONE)
            return;
        done += used;
        publish_faults(slot);
        if (found == TD_HDLC_FRAME && slot->port) {
            port_frame(engine, slot, slot->frame, length);
            continue;
        }
        event = slot_event(slot, found == TD_HDLC_FRAME ? TD_EVENT_FRAME : TD_EVENT_FAULT,
                           time + (done ? done : 1) * FRAME_NS);
        if (found == TD_HDLC_FRAME)
            event.length = (uint16_t)length;
        else
            event.code = (uint8_t)found;
        engine_event(engine, &event, slot->frame);
    }
}

/* ---- voice ----------------------------------------------------------------------------------- */

void slot_end_play(td_engine *engine, struct slot *slot, int reason, uint64_t time)
{
    td_event event = slot_event(slot, TD_EVENT_PLAY_END, time);

    if (!slot->play.octets)
        return;
    event.code = (uint8_t)reason;
    event.octets = slot->play.done;
    event.tag = slot->play.tag;
    slot->play.octets = NULL;
    engine_event(engine, &event, NULL);
    atomic_store_explicit(&slot->playing, 0, memory_order_release);
}

void slot_end_record(td_engine *engine, struct slot *slot, int reason, uint64_t time)
{
    td_event event = slot_event(slot, TD_EVENT_RECORD_END, time);

    if (!slot->record.octets)
        return;
    event.code = (uint8_t)reason;
    event.octets = slot->record.done;
    event.tag = slot->record.tag;
    slot->record.octets = NULL;
    engine_event(engine, &event, NULL);
    atomic_store_explicit(&slot->recording, 0, memory_order_release);
}

static unsigned play(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n)
{
    struct play *play = &slot->play;
    uint32_t rest = play->length - play->done;
    unsigned count = rest < n ? rest : n;

    scatter(column, play->octets + play->done, count);
    play->done += count;
    if (play->done == play->length)
        slot_end_play(engine, slot, TD_END_COMPLETE, engine->time + count * FRAME_NS);
    return count;
}

static void voice_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n)
{
    unsigned done = 0;

    if (slot->play.octets) {
        done = play(engine, slot, column, n);
    } else if (slot->from_span >= 0) {
        const uint8_t *from = engine->spans[slot->from_span].rx + slot->from_timeslot;

        /* A span whose clock differs sends a frame more or fewer: the last octet again. */
        for (; done < n; done++) {
            unsigned i = done < engine->block_frames ? done : engine->block_frames - 1;

            column[done * TIMESLOTS] = from[i * TIMESLOTS];
        }
    }
    for (; done < n; done++)
        column[done * TIMESLOTS] = slot->idle;
}

static void voice_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                          uint64_t time)
{
    struct record *record = &slot->record;
    uint32_t room = record->length - record->done;
    unsigned count = room < n ? room : n;

    if (!record->octets)
        return;
    gather(record->octets + record->done, column, count);
    record->done += count;
    atomic_store_explicit(&slot->recorded, record->done, memory_order_release);
    if (record->done == record->length)
        slot_end_record(engine, slot, TD_END_COMPLETE, time + count * FRAME_NS);
}

/* ---- any ------------------------------------------------------------------------------------- */

void slot_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n)
{
    if (slot->kind == SLOT_HDLC) {
        hdlc_transmit(engine, slot, column, n);
    } else if (slot->kind == SLOT_VOICE) {
        voice_transmit(engine, slot, column, n);
        if (!slot->play.octets && slot->from_span < 0)
            slot_masks(engine, slot);
    } else {
        port_octets_out(engine, slot, column, n);
    }
}

void slot_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                  uint64_t time)
{
    if (slot->kind == SLOT_HDLC) {
        hdlc_receive(engine, slot, column, n, time);
    } else if (slot->kind == SLOT_VOICE) {
        voice_receive(engine, slot, column, n, time);
        if (!slot->record.octets)
            slot_masks(engine, slot);
    } else {
        port_octets_in(engine, slot, column, n);
    }
}

void slot_masks(td_engine *engine, struct slot *slot)
{
    struct engine_span *span = &engine->spans[slot->span - 1];
    uint32_t bit = 1u << slot->timeslot;
    int voice = slot->kind == SLOT_VOICE;
    int sends = !voice || slot->play.octets || slot->from_span >= 0;
    int takes = !voice || slot->record.octets;

    span->idle[slot->timeslot] = slot->idle;
    span->tx_mask = sends ? span->tx_mask | bit : span->tx_mask & ~bit;
    span->rx_mask = takes ? span->rx_mask | bit : span->rx_mask & ~bit;
}

void slot_free(struct slot *slot)
{
    free(slot->queue.octets);
    free(slot->frame);
    if (slot->port)
        free(slot->port->path);
    free(slot->port);
    free(slot);
}
