/* Recording: what of a block goes into a recording, and when that is over. Engine side. */
#define _GNU_SOURCE
#include <string.h>

#include "recorder.h"

#define HOP 64         /* samples between two looks at the level meter: it has no newer news */
#define CUT_MORE 40    /* samples: a detector may find a tone's beginning so much too late */

/* ---- the time before ------------------------------------------------------------------------- */

static void keep(struct prerecord *before, const uint8_t *received, const uint8_t *sent, unsigned n)
{
    uint32_t at = before->at;

    for (unsigned i = 0; i < n; i++) {
        before->frames[2 * at] = received[i];
        before->frames[2 * at + 1] = sent[i];
        at = at + 1 == before->room ? 0 : at + 1;
    }
    before->at = at;
    before->filled = before->room - before->filled < n ? before->room : before->filled + n;
}

static void prerecord_take(td_engine *engine, struct slot *slot, struct attachment *self,
                           const struct block *block)
{
    keep((struct prerecord *)self, span_row(engine, slot, TD_RECEIVED),
         span_row(engine, slot, TD_SENT), block->n);
}

static void prerecord_end(td_engine *engine, struct slot *slot, struct attachment *self, int reason,
                          uint64_t time)
{
    (void)engine;
    (void)slot;
    (void)self;
    (void)reason;
    (void)time;
}

const struct attachment_ops prerecord_ops = {.take = prerecord_take, .end = prerecord_end};

/* What the timeslot has kept becomes the recording's beginning; the timeslot goes on keeping it. */
static void begin_before(const struct slot *slot, struct recording *it)
{
    const struct prerecord *kept = (const struct prerecord *)slot->attached[ATTACH_PRERECORD];
    struct prerecord *before = it->before;
    uint64_t frames;

    /* Of another size: it was made in this very block and is empty. */
    if (!before || !kept || kept->room != before->room)
        return;
    before->at = kept->at;
    memcpy(before->frames, kept->frames, 2 * (size_t)kept->room);
    frames = it->wants_before < kept->filled ? it->wants_before : kept->filled;
    frames = frames < it->limit ? frames : it->limit;
    it->before_frames = (uint32_t)frames;
    it->limit -= frames;
    it->joined -= frames; /* no interruption between them and what comes */
}

/* ---- a block --------------------------------------------------------------------------------- */

/* Nearly always a vector or two: no call for that. */
static void copy_row(uint8_t *to, const uint8_t *row, unsigned n)
{
    for (; n >= 16; n -= 16, to += 16, row += 16)
        memcpy(to, row, 16);
    for (; n; n--)
        *to++ = *row++;
}

static void copy(td_engine *engine, const struct slot *slot, const struct recording *it, uint8_t *to,
                 unsigned from, unsigned n)
{
    if (it->lanes == 2) {
        const uint8_t *received = span_row(engine, slot, TD_RECEIVED) + from;
        const uint8_t *sent = span_row(engine, slot, TD_SENT) + from;

        for (unsigned i = 0; i < n; i++) {
            to[2 * i] = received[i];
            to[2 * i + 1] = sent[i];
        }
    } else {
        copy_row(to, span_row(engine, slot, it->what == TD_RECORD_SENT ? TD_SENT : TD_RECEIVED) +
                         from, n);
    }
}

static void put(td_engine *engine, struct slot *slot, struct recording *it, unsigned n)
{
    uint64_t at = it->made & it->mask;
    uint64_t rest = it->mask + 1 - at; /* `size` is not in the lines that are here */
    unsigned first = rest < n ? (unsigned)rest : n;

    copy(engine, slot, it, it->octets + at * it->lanes, 0, first);
    if (n > first)
        copy(engine, slot, it, it->octets, first, n - first);
    it->made += n;
    atomic_store_explicit(&it->head, it->made, memory_order_release);
    atomic_store_explicit(&slot->recorded, it->before_frames + it->made, memory_order_release);
}

void recorder_warm(const struct slot *slot)
{
    const struct recording *it = (const struct recording *)slot->attached[ATTACH_RECORDER];

    __builtin_prefetch(it->octets + (it->made & it->mask) * it->lanes, 1);
    __builtin_prefetch(&slot->recorded, 1);
}

/* The ring has no room for n more. */
static int is_full(struct recording *it, unsigned n)
{
    if (it->made + n <= it->room_until)
        return 0;
    it->room_until = atomic_load_explicit(&it->taken, memory_order_acquire) + it->size;
    return it->made + n > it->room_until;
}

static void tell_gap(td_engine *engine, struct slot *slot, struct recording *it, uint64_t time)
{
    td_event event = slot_event(slot, TD_EVENT_RECORD_GAP, time);
    td_record_gap gap = {it->before_frames + it->made, it->losing};

    event.tag = it->tag;
    event.octets = it->losing > UINT32_MAX ? UINT32_MAX : (uint32_t)it->losing;
    event.length = sizeof(gap);
    engine_event(engine, &event, &gap);
    it->losing = 0;
    it->joined = it->made;
}

static void lose(struct recording *it, uint64_t frames)
{
    if (!it->losing)
        it->gaps++;
    it->losing += frames;
    it->lost += frames;
}

/* It begins, goes on after a pause, or after blocks that the engine left out. */
static void join(const struct slot *slot, struct recording *it, uint64_t time)
{
    if (it->next) {
        /* Board time that follows a far clock steps by up to a frame: nothing was left out then. */
        if ((int64_t)(time - it->next) > (int64_t)FRAME_NS)
            lose(it, (time - it->next) / FRAME_NS);
        it->next = time;
        return;
    }
    it->joined = it->made;
    if (!it->made)
        begin_before(slot, it);
    it->next = it->since = time;
}

static int is_silent(td_engine *engine, struct slot *slot, struct recording *it)
{
    uint64_t quiet, so_far = (it->next - it->since) / FRAME_NS;
    uint32_t limit;

    if (so_far < it->look_at)
        return 0;
    it->look_at = so_far + HOP;
    quiet = listen_quiet(&engine->spans[slot->span - 1], slot->timeslot);
    if (!quiet)
        it->spoke = 1;
    limit = it->spoke ? it->silence : it->initial_silence;
    return limit && (quiet < so_far ? quiet : so_far) >= limit;
}

/* Paused, at its end, after something was left out, or with a disk that failed or is slow. */
static void take_specially(td_engine *engine, struct slot *slot, struct recording *it,
                           const struct block *block)
{
    uint64_t rest;
    unsigned n;

    if (atomic_load_explicit(&it->failed, memory_order_relaxed)) {
        voice_detach(engine, slot, ATTACH_RECORDER, TD_END_ERROR, block->time);
        return;
    }
    if (it->paused)
        return;
    if (block->time != it->next)
        join(slot, it, block->time);
    rest = it->limit - it->made;
    n = rest < block->n ? (unsigned)rest : block->n;
    it->next += n * FRAME_NS;
    if (is_full(it, n)) {
        lose(it, n);
        return;
    }
    if (it->losing)
        tell_gap(engine, slot, it, block->time);
    put(engine, slot, it, n);
    if (rest == n)
        voice_detach(engine, slot, ATTACH_RECORDER, TD_END_COMPLETE, it->next);
}

static void take(td_engine *engine, struct slot *slot, struct attachment *self,
                 const struct block *block)
{
    struct recording *it = (struct recording *)self;
    uint64_t made = it->made + block->n;

    if (block->time != it->next || made >= it->limit || made > it->room_until || it->losing ||
        atomic_load_explicit(&it->failed, memory_order_relaxed)) {
        take_specially(engine, slot, it, block);
        if (slot->attached[ATTACH_RECORDER] != self)
            return;
    } else {
        it->next += block->n * FRAME_NS;
        put(engine, slot, it, block->n);
    }
    if (it->watches_silence && it->next && is_silent(engine, slot, it))
        voice_detach(engine, slot, ATTACH_RECORDER, TD_END_SILENCE, it->next);
    else if (engine->stepped && it->recorder &&
             it->made - atomic_load_explicit(&it->taken, memory_order_relaxed) >= RECORD_WRITE)
        recorder_write(it->recorder, it);
}

void recorder_receive(td_engine *engine, struct slot *slot, uint64_t time)
{
    struct block block = {.n = engine->block_frames, .time = time};

    take(engine, slot, slot->attached[ATTACH_RECORDER], &block);
}

/* ---- digits, pauses, the end ----------------------------------------------------------------- */

static uint32_t digit_bit(int digit)
{
    static const char digits[] = "0123456789*#ABCD";
    const char *found = strchr(digits, digit);

    return found ? 1u << (found - digits) : 0;
}

static void heard(td_engine *engine, struct slot *slot, struct attachment *self, int digit,
                  uint64_t time)
{
    struct recording *it = (struct recording *)self;

    if (!digit || !(it->stop_digits & digit_bit(digit)))
        return;
    it->digit = digit;
    if (it->cut_digit && it->next > slot->digit_began) {
        it->cut = (it->next - slot->digit_began) / FRAME_NS + CUT_MORE;
        it->cut = it->cut < it->made - it->joined ? it->cut : it->made - it->joined;
    }
    voice_detach(engine, slot, ATTACH_RECORDER, TD_END_DIGIT, time);
}

static void control(td_engine *engine, struct slot *slot, struct attachment *self,
                    const struct command *command)
{
    struct recording *it = (struct recording *)self;
    int pause = command->b == TD_RECORD_PAUSE;

    (void)slot;
    if (pause == it->paused)
        return;
    it->paused = pause;
    if (pause && it->losing)
        tell_gap(engine, slot, it, engine->time);
    it->next = 0;
    it->look_at = 0;
}

static void tell(td_engine *engine, const struct recording *it, uint64_t time)
{
    int error = atomic_load_explicit(&it->failed, memory_order_relaxed);
    td_record_end end = {error ? it->written : it->final, it->lost, it->ended, it->gaps, error};
    td_event event = {.time = time, .tag = it->tag, .kind = TD_EVENT_RECORD_END,
                      .span = it->span, .timeslot = it->timeslot, .length = sizeof(end)};

    event.code = (uint8_t)(error ? TD_END_ERROR : it->reason);
    event.value = (int16_t)(error ? error : it->digit);
    event.octets = end.samples > UINT32_MAX ? UINT32_MAX : (uint32_t)end.samples;
    engine_event(engine, &event, &end);
}

void recorder_tell(td_engine *engine)
{
    struct recording **link = &engine->over;

    while (*link) {
        struct recording *it = *link;

        if (atomic_load_explicit(&it->state, memory_order_acquire) != RECORDING_FINISHED) {
            link = &it->next_over;
            continue;
        }
        *link = it->next_over;
        tell(engine, it, engine->stepped ? it->over_at : engine->time);
        engine_discard(engine, &it->told);
    }
}

static void end(td_engine *engine, struct slot *slot, struct attachment *self, int reason,
                uint64_t time)
{
    struct recording *it = (struct recording *)self;

    it->reason = reason;
    it->over_at = time;
    it->ended = it->next ? it->next - it->cut * FRAME_NS : time;
    it->final = it->before_frames + it->made - it->cut;
    atomic_store_explicit(&slot->recorded, it->final, memory_order_release);
    if (!it->recorder) {
        tell(engine, it, time);
        return;
    }
    it->next_over = engine->over;
    engine->over = it;
    atomic_store_explicit(&it->state, RECORDING_OVER, memory_order_release);
    recorder_over(it->recorder);
    if (engine->stepped) {
        recorder_write(it->recorder, it);
        recorder_tell(engine);
    }
}

const struct attachment_ops recording_ops = {
    .take = take, .control = control, .heard = heard, .end = end};
