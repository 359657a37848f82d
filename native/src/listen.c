/* Detector banks of a span: all its timeslots in one pass, 8 ms at a time. Engine side. */
#define _GNU_SOURCE
#include <string.h>

#include "media.h"

#define TICK 64 /* samples: 8 ms */
#define ROOM 128

enum bank {
    BANK_DTMF, BANK_R2_FORWARD, BANK_R2_BACKWARD, BANK_R1, BANK_FSK_V23, BANK_FSK_BELL202,
    BANK_MODEM, BANK_PROGRESS, BANK_LEVEL
};
#define PLANAR (TD_LISTEN_FSK_V23 | TD_LISTEN_FSK_BELL202 | TD_LISTEN_MODEM | TD_LISTEN_PROGRESS)

struct listen {
    unsigned fill;
    uint64_t expected;                /* when the next block begins, if none is left out */
    uint32_t running;                 /* kinds that somebody listens to */
    uint32_t users[TD_LISTEN_KINDS];  /* timeslots */
    void *banks[TD_LISTEN_KINDS];
    uint64_t began[TD_LISTEN_KINDS];  /* board time of the bank's sample 0 */
    uint64_t ran[TD_LISTEN_KINDS];    /* samples */
    int16_t frames[TICK * TIMESLOTS];
};

/* What a tick works with, on the stack: all spans have their turn in the same few cache lines. */
struct work {
    _Alignas(64) int16_t planes[TIMESLOTS * TICK];
    union {
        td_digit_event digits[ROOM];
        td_fsk_event fsk[ROOM];
        td_modem_tone_event modem[ROOM];
        td_progress_event progress[ROOM];
        td_level_event level[ROOM];
    } events;
};

/* ---- API side -------------------------------------------------------------------------------- */

struct listen *listen_new(unsigned stagger)
{
    struct listen *listen = calloc(1, sizeof(*listen));

    /* Spans do their work in different blocks, or every eighth would have all of it. */
    if (listen)
        listen->fill = stagger * 8 % TICK;
    return listen;
}

static void switch_off(int kind, void *bank, uint32_t channel)
{
    if (kind == BANK_DTMF)
        td_dtmf_select(bank, channel, 0);
    else if (kind <= BANK_R1)
        td_mf_select(bank, channel, 0);
    else if (kind <= BANK_FSK_BELL202)
        td_fsk_rx_select(bank, channel, 0);
    else if (kind == BANK_MODEM)
        td_modem_tones_select(bank, channel, 0);
    else if (kind == BANK_PROGRESS)
        td_progress_select(bank, channel, 0);
    else
        td_level_select(bank, channel, 0);
}

void *listen_make(int kind)
{
    int error;
    void *bank;

    if (kind == BANK_DTMF)
        bank = td_dtmf_new(TIMESLOTS, NULL);
    else if (kind <= BANK_R1)
        bank = td_mf_new(TIMESLOTS, TD_TONE_R2_FORWARD + kind - BANK_R2_FORWARD, 0);
    else if (kind <= BANK_FSK_BELL202)
        bank = td_fsk_rx_new(TIMESLOTS, kind - BANK_FSK_V23, &error);
    else if (kind == BANK_MODEM)
        bank = td_modem_tones_new(TIMESLOTS, &error);
    else if (kind == BANK_PROGRESS)
        bank = td_progress_new(TIMESLOTS, -42, &error);
    else
        bank = td_level_new(TIMESLOTS, NULL, &error);
    for (uint32_t channel = 0; bank && channel < TIMESLOTS; channel++)
        switch_off(kind, bank, channel);
    return bank;
}

void listen_free_bank(int kind, void *bank)
{
    if (kind == BANK_DTMF)
        td_dtmf_free(bank);
    else if (kind <= BANK_R1)
        td_mf_free(bank);
    else if (kind <= BANK_FSK_BELL202)
        td_fsk_rx_free(bank);
    else if (kind == BANK_MODEM)
        td_modem_tones_free(bank);
    else if (kind == BANK_PROGRESS)
        td_progress_free(bank);
    else
        td_level_free(bank);
}

void listen_free(struct engine_span *span)
{
    for (int kind = 0; kind < TD_LISTEN_KINDS; kind++)
        if (span->banks[kind])
            listen_free_bank(kind, span->banks[kind]);
    free(span->listen);
}

/* ---- who listens ----------------------------------------------------------------------------- */

void listen_bank(struct engine_span *span, const struct command *command)
{
    if (command->a < 0)
        span->listen = command->pointer;
    else
        span->listen->banks[command->a] = command->pointer;
}

static void select_one(struct listen *listen, int kind, uint32_t channel, int on)
{
    void *bank = listen->banks[kind];

    if (!on)
        switch_off(kind, bank, channel);
    else if (kind == BANK_DTMF)
        td_dtmf_select(bank, channel, 1);
    else if (kind <= BANK_R1)
        td_mf_select(bank, channel, 1);
    else if (kind <= BANK_FSK_BELL202)
        td_fsk_rx_select(bank, channel, 1);
    else if (kind == BANK_MODEM)
        td_modem_tones_select(bank, channel, 1);
    else if (kind == BANK_PROGRESS)
        td_progress_select(bank, channel, 1);
    else
        td_level_select(bank, channel, 1);
}

void listen_select(td_engine *engine, struct slot *slot, uint32_t kinds)
{
    struct listen *listen = engine->spans[slot->span - 1].listen;
    uint32_t changed = slot->listens ^ kinds;

    slot->listens = kinds;
    if (listen && !listen->running) {
        listen->expected = 0; /* nobody listened: nothing was left out */
        memset(listen->frames, 0, sizeof(listen->frames));
    }
    for (; listen && changed; changed &= changed - 1) {
        int kind = __builtin_ctz(changed);
        uint32_t bit = 1u << slot->timeslot;
        int on = (kinds >> kind & 1) != 0;

        select_one(listen, kind, slot->timeslot, on);
        listen->users[kind] = on ? listen->users[kind] | bit : listen->users[kind] & ~bit;
        if (!listen->users[kind]) {
            listen->running &= ~(1u << kind);
        } else if (!(listen->running >> kind & 1)) {
            /* The bank stood still: its clock goes on from the first sample of this tick. */
            listen->running |= 1u << kind;
            listen->began[kind] = engine->time - (listen->ran[kind] + listen->fill) * FRAME_NS;
        }
    }
}

uint64_t listen_quiet(const struct engine_span *span, unsigned timeslot)
{
    td_level_now now;

    if (!span->listen || !(span->listen->users[BANK_LEVEL] >> timeslot & 1) ||
        td_level_read(span->listen->banks[BANK_LEVEL], timeslot, &now) || !now.on)
        return 1;
    return now.voice ? now.since_voice : now.since_voice + !now.since_voice;
}

/* ---- what they heard ------------------------------------------------------------------------- */

struct tick {
    td_engine *engine;
    struct engine_span *span;
    struct listen *listen;
    struct work *work;
    uint64_t time; /* the tick's end */
};

static void tell(const struct tick *tick, int kind, int bank, uint32_t channel, uint64_t sample,
                 const void *payload, size_t size)
{
    td_event event = slot_event(tick->span->slots[channel], kind, tick->time);

    event.tag = (int64_t)(tick->listen->began[bank] + sample * FRAME_NS);
    event.length = (uint16_t)size;
    if (kind == TD_EVENT_FSK)
        event.code = (uint8_t)(bank - BANK_FSK_V23);
    engine_event(tick->engine, &event, payload);
}

/* A bank may still tell what ended before its timeslot was closed. */
static int open_there(const struct tick *tick, uint32_t channel)
{
    return channel < TIMESLOTS && tick->span->slots[channel] != NULL;
}

static void tell_digits(const struct tick *tick, int bank, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const td_digit_event *digit = &tick->work->events.digits[i];

        if (!open_there(tick, digit->channel))
            continue;
        tell(tick, TD_EVENT_DIGIT, bank, digit->channel, digit->start, digit, sizeof(*digit));
        if (digit->phase == TD_TONE_BEGIN && bank == BANK_DTMF) {
            struct slot *slot = tick->span->slots[digit->channel];

            slot->digit_began = tick->listen->began[bank] + digit->start * FRAME_NS;
            voice_heard(tick->engine, slot, digit->digit, tick->time);
        }
    }
}

static void tell_fsk(const struct tick *tick, int bank, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const td_fsk_event *event = &tick->work->events.fsk[i];

        if (open_there(tick, event->channel))
            tell(tick, TD_EVENT_FSK, bank, event->channel, event->sample, event, sizeof(*event));
    }
}

static void tell_modem(const struct tick *tick, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const td_modem_tone_event *event = &tick->work->events.modem[i];

        if (open_there(tick, event->channel))
            tell(tick, TD_EVENT_MODEM, BANK_MODEM, event->channel, event->sample, event,
                 sizeof(*event));
    }
}

static void tell_progress(const struct tick *tick, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const td_progress_event *event = &tick->work->events.progress[i];

        if (open_there(tick, event->channel))
            tell(tick, TD_EVENT_PROGRESS, BANK_PROGRESS, event->channel, event->sample, event,
                 sizeof(*event));
    }
}

static void tell_level(const struct tick *tick, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const td_level_event *event = &tick->work->events.level[i];

        if (!open_there(tick, event->channel))
            continue;
        tell(tick, TD_EVENT_LEVEL, BANK_LEVEL, event->channel, event->sample, event,
             sizeof(*event));
        if (event->kind == TD_LEVEL_VOICE && event->active)
            voice_heard(tick->engine, tick->span->slots[event->channel], 0, tick->time);
    }
}

static void run_bank(const struct tick *tick, int kind)
{
    struct listen *listen = tick->listen;
    void *bank = listen->banks[kind];
    uint64_t lost = 0;

    if (kind == BANK_DTMF)
        tell_digits(tick, kind, td_dtmf_process(bank, listen->frames, TICK, TD_LINEAR,
                                                tick->work->events.digits, ROOM, &lost));
    else if (kind <= BANK_R1)
        tell_digits(tick, kind, td_mf_process(bank, listen->frames, TICK, TD_LINEAR,
                                              tick->work->events.digits, ROOM, &lost));
    else if (kind <= BANK_FSK_BELL202)
        tell_fsk(tick, kind, td_fsk_rx_run(bank, tick->work->planes, TICK, TICK,
                                           tick->work->events.fsk, ROOM));
    else if (kind == BANK_MODEM)
        tell_modem(tick, td_modem_tones_run(bank, tick->work->planes, TICK, TICK,
                                            tick->work->events.modem, ROOM));
    else if (kind == BANK_PROGRESS)
        tell_progress(tick, td_progress_run(bank, tick->work->planes, TICK, TICK,
                                            tick->work->events.progress, ROOM));
    else
        tell_level(tick, td_level_run(bank, listen->frames, TICK, TIMESLOTS,
                                      tick->work->events.level, ROOM));
    listen->ran[kind] += TICK;
}

static void run(const struct tick *tick)
{
    uint32_t kinds = tick->listen->running;

    if (kinds & PLANAR)
        span_turn(tick->listen->frames, TICK, tick->work->planes, TICK);
    for (; kinds; kinds &= kinds - 1)
        run_bank(tick, __builtin_ctz(kinds));
}

/* Blocks were left out (engine.c): what comes is later than the banks believe. */
static void catch_up(struct listen *listen, uint64_t time)
{
    uint64_t late = time - listen->expected;

    if (listen->expected && late)
        for (int kind = 0; kind < TD_LISTEN_KINDS; kind++)
            listen->began[kind] += late;
}

void listen_block(td_engine *engine, struct engine_span *span, const int16_t *linear,
                  uint64_t time)
{
    struct listen *listen = span->listen;
    unsigned n = engine->block_frames;

    catch_up(listen, time);
    listen->expected = time + engine->block_ns;
    for (unsigned done = 0; done < n;) {
        unsigned room = TICK - listen->fill;
        unsigned count = room < n - done ? room : n - done;

        memcpy(listen->frames + listen->fill * TIMESLOTS, linear + done * TIMESLOTS,
               count * TIMESLOTS * sizeof(*listen->frames));
        done += count;
        listen->fill += count;
        if (listen->fill == TICK) {
            struct work work;

            run(&(struct tick){engine, span, listen, &work, time + done * FRAME_NS});
            listen->fill = 0;
        }
    }
}
