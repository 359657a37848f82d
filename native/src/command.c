/* What the API asks for: checked at once on the API side, carried out between blocks. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "media.h"

/* ---- engine side ----------------------------------------------------------------------------- */

static void open_slot(td_engine *engine, struct slot *slot)
{
    engine->spans[slot->span - 1].slots[slot->timeslot] = slot;
    slot_masks(engine, slot);
    if (slot->port)
        port_begin(engine, slot);
}

static void close_slot(td_engine *engine, struct slot *slot)
{
    struct engine_span *span = &engine->spans[slot->span - 1];
    uint32_t others = ~(1u << slot->timeslot);

    if (slot->kind == SLOT_VOICE)
        voice_close(engine, slot);
    if (slot->port)
        port_end(engine, slot);
    span->slots[slot->timeslot] = NULL;
    span->tx_mask &= others;
    span->rx_mask &= others;
    span->linear_mask &= others;
    span->plane_mask &= others;
    span->condition_mask &= others;
    span->ulaw_mask &= others;
    span->clear_mask &= others;
    span->open_mask &= others;
    span->idle[slot->timeslot] = span->idle_octet;
    /* Its span may stand still from now on: those connected to it are not to hear its last block. */
    for (unsigned i = 0; slot->soft && i < engine->block_frames; i++)
        span->soft->said[i * TIMESLOTS + slot->timeslot] = IDLE_OCTET;
    atomic_store_explicit(&slot->dead, 1, memory_order_release);
}

static void carry_out_span(td_engine *engine, const struct command *command)
{
    struct engine_span *span = &engine->spans[command->span];

    if (command->op == OP_BANK)
        listen_bank(span, command);
    else if (command->op == OP_CANCELLER)
        span_canceller(engine, span, command->pointer);
    else
        conference_carry_out(engine, command);
}

static void carry_out(td_engine *engine, const struct command *command)
{
    if (command->op >= OP_BITS) {
        engine->ops->command(engine, command);
    } else if (command->op >= OP_BANK) {
        carry_out_span(engine, command);
    } else if (command->op == OP_OPEN) {
        open_slot(engine, command->pointer);
    } else {
        struct slot *slot = engine->spans[command->span].slots[command->timeslot];

        if (command->op == OP_CLOSE)
            close_slot(engine, slot);
        else
            voice_carry_out(engine, slot, command);
    }
}

void engine_carry_out(td_engine *engine)
{
    uint32_t tail = atomic_load_explicit(&engine->command_tail, memory_order_relaxed);
    uint32_t head = atomic_load_explicit(&engine->command_head, memory_order_acquire);

    for (; tail != head; tail++)
        carry_out(engine, &engine->commands[tail % COMMANDS]);
    atomic_store_explicit(&engine->command_tail, tail, memory_order_release);
}

/* ---- API side -------------------------------------------------------------------------------- */

int command_put(td_engine *engine, struct command command)
{
    uint32_t head = atomic_load_explicit(&engine->command_head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&engine->command_tail, memory_order_acquire);

    if (head - tail >= COMMANDS && (engine->stepped || !engine->started)) {
        engine_carry_out(engine); /* nobody else would */
        tail = head;
    }
    if (head - tail >= COMMANDS)
        return -EAGAIN;
    engine->commands[head % COMMANDS] = command;
    atomic_store_explicit(&engine->command_head, head + 1, memory_order_release);
    return 0;
}

int command_has_span(const td_engine *engine, int span)
{
    return span >= 1 && span <= (int)engine->n_spans;
}

/* One with or without a line. */
static int has_timeslot(const td_engine *engine, int span, int timeslot)
{
    return span >= 1 && span <= (int)engine->n_all && timeslot >= 0 && timeslot < TIMESLOTS;
}

int command_span(td_engine *engine, int span, struct command command)
{
    if (!command_has_span(engine, span))
        return -ENODEV;
    command.span = (int16_t)(span - 1);
    return command_put(engine, command);
}

struct slot *command_find(const td_engine *engine, int span, int timeslot, int kind, int *error)
{
    struct slot *slot;

    *error = -ENODEV;
    if (!has_timeslot(engine, span, timeslot))
        return NULL;
    slot = engine->spans[span - 1].opened[timeslot];
    *error = -ENOTCONN;
    if (!slot)
        return NULL;
    *error = -EOPNOTSUPP;
    if (kind && ((int)slot->kind != kind || slot->port))
        return NULL;
    *error = 0;
    return slot;
}

int command_slot(td_engine *engine, struct slot *slot, struct command command)
{
    command.span = (int16_t)(slot->span - 1);
    command.timeslot = slot->timeslot;
    return command_put(engine, command);
}

static void sweep(td_engine *engine)
{
    struct slot **link = &engine->dead;

    while (*link) {
        struct slot *slot = *link;

        if (atomic_load_explicit(&slot->dead, memory_order_acquire)) {
            *link = slot->next_dead;
            slot_free(slot);
        } else {
            link = &slot->next_dead;
        }
    }
}

int command_may_open(td_engine *engine, int span, int timeslot)
{
    const struct engine_span *of;

    if (!has_timeslot(engine, span, timeslot))
        return -ENODEV;
    of = &engine->spans[span - 1];
    if (of->kind == TD_SPAN_T1 && timeslot > T1_TIMESLOTS)
        return -ENODEV;
    if (timeslot == 0 || (timeslot == 16 && of->kind == TD_SPAN_E1 && of->cas))
        return -EOPNOTSUPP;
    return of->opened[timeslot] ? -EBUSY : 0;
}

struct slot *command_new_slot(int span, int timeslot, enum slot_kind kind)
{
    struct slot *slot = aligned_alloc(64, (sizeof(*slot) + 63) & ~(size_t)63);

    if (!slot)
        return NULL;
    memset(slot, 0, sizeof(*slot));
    slot->kind = kind;
    slot->span = (uint8_t)span;
    slot->timeslot = (uint8_t)timeslot;
    slot->idle = IDLE_OCTET;
    slot->from_span = -1;
    return slot;
}

int command_open(td_engine *engine, struct slot *slot)
{
    int error = command_slot(engine, slot, (struct command){.op = OP_OPEN, .pointer = slot});

    sweep(engine);
    if (error)
        return error;
    engine->spans[slot->span - 1].opened[slot->timeslot] = slot;
    return 0;
}

int command_make_hdlc(struct slot *slot, const td_hdlc_config *config, uint32_t queue)
{
    int error = td_hdlc_decoder_init(&slot->decoder, config);

    if (!error)
        error = td_hdlc_encoder_init(&slot->encoder, config);
    if (error || config->max_octets > MAX_FRAME || queue > 1u << 24)
        return -EINVAL;
    slot->max_octets = config->max_octets;
    slot->frame = malloc(config->max_octets + TD_HDLC_SLACK);
    /* Room for two of the longest, or a frame might never find its contiguous place. */
    if (queue < 2 * (config->max_octets + 16))
        queue = 2 * (config->max_octets + 16);
    error = slot->frame ? queue_init(&slot->queue, queue) : -ENOMEM;
    slot->rate56 = (config->options & TD_HDLC_56K) != 0;
    if (!error && config->options & TD_HDLC_MTP2)
        error = mtp2_make(slot, slot->port ? 1 : TD_MTP2_TOLD);
    return error;
}

int td_slot_open_hdlc(td_engine *engine, int span, int timeslot, const td_hdlc_config *config,
                      uint32_t queue)
{
    int error = command_may_open(engine, span, timeslot);
    struct slot *slot;

    if (error)
        return error;
    if (!command_has_span(engine, span))
        return -EOPNOTSUPP;
    slot = command_new_slot(span, timeslot, SLOT_HDLC);
    if (!slot)
        return -ENOMEM;
    error = command_make_hdlc(slot, config, queue);
    if (!error)
        error = command_open(engine, slot);
    if (error)
        slot_free(slot);
    return error;
}

int td_slot_open_voice(td_engine *engine, int span, int timeslot, int coding, uint8_t idle)
{
    int error = command_may_open(engine, span, timeslot);
    struct slot *slot;

    if (error)
        return error;
    if (coding != TD_ALAW && coding != TD_ULAW)
        return -EINVAL;
    slot = command_new_slot(span, timeslot, SLOT_VOICE);
    if (!slot)
        return -ENOMEM;
    slot->soft = span > (int)engine->n_spans;
    slot->coding = (uint8_t)coding;
    slot->idle = idle;
    error = command_open(engine, slot);
    if (error)
        slot_free(slot);
    return error;
}

int td_slot_close(td_engine *engine, int span, int timeslot)
{
    int error;
    struct slot *slot = command_find(engine, span, timeslot, 0, &error);

    if (!slot)
        return error;
    error = command_slot(engine, slot, (struct command){.op = OP_CLOSE});
    if (error)
        return error;
    engine->spans[span - 1].opened[timeslot] = NULL;
    engine->spans[span - 1].echo_users &= ~(1u << timeslot);
    conference_left(engine, slot);
    if (slot->port)
        port_unlink(slot->port);
    slot->next_dead = engine->dead;
    engine->dead = slot;
    return 0;
}

int td_slot_transmit(td_engine *engine, int span, int timeslot, const uint8_t *frame, size_t n)
{
    int error;
    struct slot *slot = command_find(engine, span, timeslot, SLOT_HDLC, &error);
    uint8_t *room;

    if (!slot)
        return error;
    if (n == 0 || n > slot->max_octets)
        return -EMSGSIZE;
    room = queue_room(&slot->queue, (uint32_t)n);
    if (!room) {
        count_up(&slot->refused, 1);
        return 0;
    }
    memcpy(room, frame, n);
    if (slot->mtp2)
        mtp2_waits(slot, frame, n);
    queue_put(&slot->queue, (uint32_t)n);
    return 1;
}

int td_slot_connect(td_engine *engine, int span, int timeslot, int from_span, int from_timeslot)
{
    if (from_span && (!has_timeslot(engine, from_span, from_timeslot) || from_timeslot < 1))
        return -ENODEV;
    return voice_command(engine, span, timeslot, (struct command){
        .op = OP_CONNECT, .a = from_span - 1, .b = from_timeslot});
}

/* 0 when the timeslot has ABCD bits. */
static int check_bits(const td_engine *engine, int span, int timeslot)
{
    const struct engine_span *of;

    if (!command_has_span(engine, span) || timeslot < 1 || timeslot >= TIMESLOTS)
        return -ENODEV;
    of = &engine->spans[span - 1];
    if (of->kind == TD_SPAN_T1)
        return timeslot > T1_TIMESLOTS ? -ENODEV : of->t1.cas >> timeslot & 1 ? 0 : -EOPNOTSUPP;
    if (timeslot == 16)
        return -ENODEV;
    return of->kind == TD_SPAN_E1 && of->cas ? 0 : -EOPNOTSUPP;
}

/* A T1's timeslot whose bits are not robbed now. */
static int is_clear(const td_engine *engine, int span, int timeslot)
{
    const struct slot *slot = engine->spans[span - 1].opened[timeslot];

    return engine->spans[span - 1].kind == TD_SPAN_T1 && slot &&
           (slot->kind == SLOT_HDLC || slot->kind == SLOT_PORT_RAW);
}

int td_slot_set_bits(td_engine *engine, int span, int timeslot, int abcd)
{
    int error = check_bits(engine, span, timeslot);

    if (error)
        return error;
    /* 0000 in timeslots 1 to 15 would imitate the multiframe alignment signal (G.704 5.1.3.2.2). */
    if (abcd < 0 || abcd > 15 ||
        (abcd == 0 && timeslot < 16 && engine->spans[span - 1].kind == TD_SPAN_E1))
        return -EINVAL;
    if (is_clear(engine, span, timeslot))
        return -EACCES;
    return command_span(engine, span, (struct command){
        .op = OP_BITS, .timeslot = (uint8_t)timeslot, .a = abcd});
}

int td_slot_bits(const td_engine *engine, int span, int timeslot)
{
    int error = check_bits(engine, span, timeslot);

    if (error)
        return error;
    return atomic_load_explicit(&engine->spans[span - 1].bits[timeslot], memory_order_relaxed);
}

int td_slot_counters(const td_engine *engine, int span, int timeslot, td_slot_counts *counts)
{
    int error;
    struct slot *slot = command_find(engine, span, timeslot, 0, &error);

    if (!slot)
        return error;
    *counts = (td_slot_counts){
        .rx_frames = look(&slot->rx_frames), .rx_octets = look(&slot->rx_octets),
        .tx_frames = look(&slot->tx_frames), .tx_octets = look(&slot->tx_octets),
        .fcs = look(&slot->fcs), .aborts = look(&slot->aborts), .shorts = look(&slot->shorts),
        .longs = look(&slot->longs), .unaligned = look(&slot->unaligned),
        .tx_refused = look(&slot->refused), .port_dropped = look(&slot->dropped),
        .underruns = look(&slot->underruns)};
    return 0;
}
