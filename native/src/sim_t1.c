/* The simulated back-end: a T1 framer for a span; loopback commands, performance reports. */
#define _GNU_SOURCE
#include <string.h>

#include "sim.h"

_Static_assert(TD_ALARMS == (int)T1_ALARMS, "alarms");
_Static_assert(T1_RX_MAX_OCTETS * 8 >= MAX_TX * T1_FRAME_BITS + 1, "a block of line");
_Static_assert(sizeof(((struct sim_t1 *)0)->line) >= MAX_TX * 25 + 1, "a block of line");
_Static_assert(T1_CHANNELS == T1_TIMESLOTS && T1_COLUMNS == TIMESLOTS, "columns");

#define TROUBLE (1u << T1_LOS | 1u << T1_AIS)
#define TX_RAI (1u << T1_LOS | 1u << T1_LOF | 1u << T1_AIS)
#define SECOND 8000

static const td_t1_config *config_of(const struct sim_span *span)
{
    return &span->engine->spans[span->index].t1;
}

/* T1.403 9.4.1: line and payload loopback by codewords. A command of our own that comes back by the
 * loop it made is none to us. */
static void obey(struct sim_span *span, int code)
{
    struct sim_t1 *t1 = &span->t1;
    int looped = span->loopback == TD_LOOP_LINE || span->loopback == TD_LOOP_PAYLOAD;

    if (!(config_of(span)->options & TD_T1_OBEY_LOOPS) || span->loopback == TD_LOOP_LOCAL)
        return;
    if (code == t1->code_sent && t1->code_frames)
        return;
    if (code == TD_T1_CODE_LINE_UP)
        span->loopback = TD_LOOP_LINE;
    else if (code == TD_T1_CODE_PAYLOAD_UP)
        span->loopback = TD_LOOP_PAYLOAD;
    else if (looped && (code == TD_T1_CODE_DOWN ||
                        (code == TD_T1_CODE_LINE_DOWN && span->loopback == TD_LOOP_LINE) ||
                        (code == TD_T1_CODE_PAYLOAD_DOWN && span->loopback == TD_LOOP_PAYLOAD)))
        span->loopback = TD_LOOP_NONE;
}

static void tell_fdl(struct sim_span *span, uint64_t time, int code, const uint8_t *octets,
                     unsigned n)
{
    td_event event = {.time = time, .kind = TD_EVENT_FDL, .span = (uint8_t)(span->index + 1),
                      .value = (int16_t)code, .length = (uint16_t)n};

    engine_event(span->engine, &event, octets);
}

static void heard_code(void *self, uint64_t time, int code)
{
    tell_fdl(self, time, code, NULL, 0);
    obey(self, code);
}

/* Reports are counted; what else comes is told. */
static void heard_message(void *self, uint64_t time, const uint8_t *octets, unsigned n)
{
    struct sim_span *span = self;

    if (!t1_prm_take(&span->t1.prm_rx, octets, n))
        tell_fdl(span, time, -1, octets, n);
}

static void configure(struct sim_span *span)
{
    struct t1_sink sink = {span, sim_tell_alarm, sim_tell_bits, heard_code, heard_message};
    const td_t1_config *config = config_of(span);
    int esf = config->framing == TD_T1_ESF;

    memset(&span->t1, 0, sizeof(span->t1));
    t1_tx_init(&span->t1.tx, esf, (config->options & TD_T1_AMI) != 0);
    t1_rx_init(&span->t1.rx, esf, sink);
    span->t1.code_sent = -1;
}

static void report(struct sim_span *span)
{
    struct sim_t1 *t1 = &span->t1;
    const struct t1_rx *rx = &t1->rx;
    struct t1_second second = {
        .crc_errors = (uint32_t)(rx->crc_errors - t1->told.crc_errors),
        .severely_errored = rx->severely_errored != t1->told.severely_errored || !rx->aligned,
        .framing_error = rx->ft_errors != t1->told.ft_errors,
        .slip = span->slips != t1->told.slips,
        .payload_loop = span->loopback == TD_LOOP_PAYLOAD,
    };
    uint8_t octets[T1_PRM_OCTETS];

    t1->told.crc_errors = rx->crc_errors;
    t1->told.severely_errored = rx->severely_errored;
    t1->told.ft_errors = rx->ft_errors;
    t1->told.slips = span->slips;
    t1_prm_make(&t1->prm_tx, &second, (config_of(span)->options & TD_T1_NETWORK) != 0, octets);
    t1_fdl_send(&t1->tx.fdl, octets, sizeof(octets));
}

/* What goes by frames sent: the second of the reports, the least time of yellow alarm. */
static void pass(struct sim_span *span, unsigned frames)
{
    struct sim_t1 *t1 = &span->t1;

    t1->rai_frames = t1->rai_frames > frames ? t1->rai_frames - frames : 0;
    t1->code_frames = t1->code_frames > frames ? t1->code_frames - frames : 0;
    if (t1->tx.fdl.repeats)
        t1->code_frames = T1(REFLECTED_FRAMES);
    t1->second_frames += frames;
    if (t1->second_frames < SECOND)
        return;
    t1->second_frames -= SECOND;
    if (t1->tx.esf && config_of(span)->options & TD_T1_PRM)
        report(span);
}

static struct line transmit(struct sim_span *span, struct engine_span *from)
{
    struct sim_t1 *t1 = &span->t1;
    uint32_t robbed = from->t1.cas & ~from->clear_mask;
    uint32_t nbits;

    /* What a payload loopback carries is not ours to touch. */
    t1->tx.robbed = span->loopback == TD_LOOP_PAYLOAD ? 0 : robbed;
    t1->rx.robbed = robbed;
    pass(span, from->tx_frames);
    nbits = t1_tx_frames(&t1->tx, from->tx, from->tx_frames, t1->line);
    return (struct line){t1->line, nbits, 1};
}

static struct sim_heard receive(struct sim_span *span, struct line heard, uint64_t time,
                                uint8_t *frames)
{
    struct t1_rx *rx = &span->t1.rx;
    struct sim_heard made;

    made.frames = t1_rx_line(rx, heard.octets, heard.nbits, heard.signal, time, frames,
                             &made.broken);
    made.aligned = rx->aligned;
    made.silent = (rx->alarms & TROUBLE) != 0;
    return made;
}

static void publish_t1(const struct sim_t1 *t1, struct engine_span *to)
{
    const struct t1_rx *rx = &t1->rx;
    const uint64_t counts[] = {
        rx->crc_errors, rx->severely_errored, rx->fdl.messages, rx->fdl.faults, rx->fdl.codes,
        t1->tx.fdl.messages, t1->prm_rx.received, t1->prm_rx.errored,
        t1->prm_rx.severely_errored, t1->prm_rx.slipped, t1->tx.suppressed,
    };
    _Static_assert(sizeof(counts) == sizeof(td_t1_counts), "td_t1_counts");

    for (size_t i = 0; i < sizeof(counts) / 8; i++)
        publish(&to->t1_counts[i], counts[i]);
}

static void done(struct sim_span *span, struct engine_span *to)
{
    struct sim_t1 *t1 = &span->t1;
    const struct t1_rx *rx = &t1->rx;

    if (rx->alarms & TX_RAI)
        t1->rai_frames = T1(RAI_FRAMES);
    t1->tx.rai = t1->rai_frames != 0;
    publish(&to->counts[0], rx->frames);
    publish(&to->counts[1], rx->ft_errors);
    publish(&to->counts[2], rx->fs_errors);
    publish(&to->counts[5], rx->reframes);
    publish_t1(t1, to);
    sim_publish_raised(to, rx->raised, rx->alarms);
}

static void command(struct sim_span *span, const struct command *command)
{
    struct sim_t1 *t1 = &span->t1;

    if (command->op == OP_BITS) {
        t1_tx_abcd(&t1->tx, command->timeslot, command->a);
    } else if (command->op == OP_SEND_AIS) {
        t1->tx.ais = command->a != 0;
    } else if (command->op == OP_FDL_CODE) {
        t1->tx.fdl.code = (uint8_t)command->a;
        t1->tx.fdl.repeats = (uint32_t)command->b;
        t1->code_sent = command->a;
        t1->code_frames = T1(REFLECTED_FRAMES);
    }
}

const struct sim_kind sim_t1 = {
    .frame_bits = T1_FRAME_BITS,
    .bits_per_second = T1_FRAME_BITS * 8000.0,
    .configure = configure,
    .transmit = transmit,
    .receive = receive,
    .done = done,
    .command = command,
};
