/* A timeslot in use: HDLC, voice, connection. Engine side. */
#define _GNU_SOURCE
#include <string.h>

#include "media.h"

td_event slot_event(const struct slot *slot, int kind, uint64_t time)
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
    slot_scatter(column, octets, n);
}

void slot_publish_faults(struct slot *slot, const td_hdlc_counts *counts)
{
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

    slot_gather(octets, column, n);
    for (;;) {
        size_t used = 0, length = 0;
        int found = td_hdlc_decode(&slot->decoder, octets + done, n - done, slot->frame, &used,
                                   &length);
        td_event event;

        if (found == TD_HDLC_NONE)
            return;
        done += used;
        slot_publish_faults(slot, &slot->decoder.counts);
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

/* ---- any ------------------------------------------------------------------------------------- */

void slot_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n)
{
    if (slot->kind == SLOT_HDLC) {
        slot_transmit_fn *transmit = slot->mtp2 ? mtp2_transmit : hdlc_transmit;

        if (slot->rate56)
            rate56_transmit(engine, slot, column, n, transmit);
        else
            transmit(engine, slot, column, n);
    } else if (slot->kind == SLOT_VOICE) {
        voice_transmit(engine, slot, column, n);
    } else {
        port_octets_out(engine, slot, column, n);
    }
}

void slot_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                  uint64_t time)
{
    if (slot->kind == SLOT_HDLC) {
        slot_receive_fn *receive = slot->mtp2 ? mtp2_receive : hdlc_receive;

        if (slot->rate56)
            rate56_receive(engine, slot, column, n, time, receive);
        else
            receive(engine, slot, column, n, time);
    } else if (slot->kind == SLOT_VOICE) {
        voice_receive(engine, slot, column, n, time);
    } else {
        port_octets_in(engine, slot, column, n);
    }
}

static void set_bit(uint32_t *mask, uint32_t bit, int on)
{
    *mask = on ? *mask | bit : *mask & ~bit;
}

void slot_masks(td_engine *engine, struct slot *slot)
{
    struct engine_span *span = &engine->spans[slot->span - 1];
    uint32_t bit = 1u << slot->timeslot;
    int voice = slot->kind == SLOT_VOICE;

    span->idle[slot->timeslot] = slot->idle;
    set_bit(&span->open_mask, bit, 1);
    set_bit(&span->tx_mask, bit, !voice || voice_sends(slot));
    set_bit(&span->rx_mask, bit, !voice || voice_takes(slot) != 0);
    set_bit(&span->linear_mask, bit, voice && voice_wants_linear(slot));
    slot->takes = (uint8_t)(voice ? voice_takes(slot) : 0);
    set_bit(&span->mix_mask, bit, voice && voice_sends_mix(slot));
    set_bit(&span->plane_mask, bit, voice && slot->member);
    set_bit(&span->condition_mask, bit, voice && slot->condition[TD_RECEIVED] != NULL);
    set_bit(&span->ulaw_mask, bit, voice && slot->coding == TD_ULAW);
    set_bit(&span->clear_mask, bit, slot->kind == SLOT_HDLC || slot->kind == SLOT_PORT_RAW);
}

void slot_free(struct slot *slot)
{
    free(slot->queue.octets);
    free(slot->frame);
    free(slot->mtp2);
    if (slot->port) {
        free(slot->port->path);
        free(slot->port->gather);
    }
    free(slot->port);
    free(slot);
}
