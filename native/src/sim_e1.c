/* The simulated back-end: an E1 framer for a span. */
#define _GNU_SOURCE
#include <string.h>

#include "sim.h"

_Static_assert(TD_ALARMS == E1_ALARMS, "alarms");
_Static_assert(E1_RX_MAX_OCTETS >= MAX_TX * TIMESLOTS + 1, "a block of line");

#define TROUBLE (1u << E1_LOS | 1u << E1_AIS)
#define TX_RAI (1u << E1_LOS | 1u << E1_LOF | 1u << E1_AIS)

static void configure(struct sim_span *span)
{
    const struct engine_span *of = &span->engine->spans[span->index];
    struct e1_sink sink = {span, sim_tell_alarm, sim_tell_bits};

    e1_tx_init(&span->e1.tx, of->crc4, of->cas);
    e1_rx_init(&span->e1.rx, of->crc4, of->cas, sink);
    span->e1.rx.sa = span->e1.sa_told = E1_SA;
}

/* Bits that have changed and persist. */
static void tell_sa(struct sim_span *span, uint64_t time)
{
    td_event event = {.time = time, .kind = TD_EVENT_SA, .span = (uint8_t)(span->index + 1)};

    if (span->e1.rx.sa == span->e1.sa_told)
        return;
    span->e1.sa_told = span->e1.rx.sa;
    event.code = span->e1.sa_told;
    engine_event(span->engine, &event, NULL);
}

static struct line transmit(struct sim_span *span, struct engine_span *from)
{
    e1_tx_frames(&span->e1.tx, from->tx, from->tx_frames);
    return (struct line){from->tx, from->tx_frames * E1_FRAME_BITS, 1};
}

static struct sim_heard receive(struct sim_span *span, struct line heard, uint64_t time,
                                uint8_t *frames)
{
    struct e1_rx *rx = &span->e1.rx;
    struct sim_heard made;

    made.frames = e1_rx_line(rx, heard.octets, heard.nbits, heard.signal, time, frames,
                             &made.broken);
    made.aligned = rx->aligned;
    made.silent = (rx->alarms & TROUBLE) != 0;
    if (made.aligned && !made.silent)
        tell_sa(span, time + span->engine->block_ns);
    return made;
}

/* What the receiver found goes out with the transmitter's next frames. */
static void tell_far_end(struct e1_tx *tx, struct e1_rx *rx)
{
    tx->e_owed += rx->tx_e_owed;
    rx->tx_e_owed = 0;
    tx->e_line = rx->mf;
    tx->rai = (rx->alarms & TX_RAI) != 0;
    tx->rai16 = rx->cas.enabled && !rx->cas.aligned;
}

static void done(struct sim_span *span, struct engine_span *to)
{
    const struct e1_rx *rx = &span->e1.rx;

    tell_far_end(&span->e1.tx, &span->e1.rx);
    publish(&to->counts[0], rx->frames);
    publish(&to->counts[1], rx->fas_errors);
    publish(&to->counts[2], rx->nfas_errors);
    publish(&to->counts[3], rx->crc_errors);
    publish(&to->counts[4], rx->e_bits);
    publish(&to->counts[5], rx->reframes);
    sim_publish_raised(to, rx->raised, rx->alarms);
}

static void command(struct sim_span *span, const struct command *command)
{
    if (command->op == OP_BITS)
        span->e1.tx.abcd[command->timeslot] = (uint8_t)command->a;
    else if (command->op == OP_SEND_AIS)
        span->e1.tx.ais = command->a != 0;
    else if (command->op == OP_SA)
        span->e1.tx.sa = (uint8_t)command->a;
}

const struct sim_kind sim_e1 = {
    .frame_bits = E1_FRAME_BITS,
    .bits_per_second = E1_FRAME_BITS * 8000.0,
    .configure = configure,
    .transmit = transmit,
    .receive = receive,
    .done = done,
    .command = command,
};
