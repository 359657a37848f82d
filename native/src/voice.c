/* A voice timeslot: what it sends is put together, what it received is handed on. Engine side. */
#define _GNU_SOURCE
#include <string.h>

#include "media.h"

/* ---- memory the engine is done with ---------------------------------------------------------- */

void engine_discard(td_engine *engine, struct trash *trash)
{
    struct trash *first = atomic_load_explicit(&engine->trash, memory_order_relaxed);

    do
        trash->next = first;
    while (!atomic_compare_exchange_weak_explicit(&engine->trash, &first, trash,
                                                  memory_order_release, memory_order_relaxed));
}

void engine_sweep(td_engine *engine)
{
    struct trash *trash = atomic_exchange_explicit(&engine->trash, NULL, memory_order_acquire);

    while (trash) {
        struct trash *next = trash->next;

        trash->release(trash);
        trash = next;
    }
}

/* ---- sound ----------------------------------------------------------------------------------- */

/* What goes out of a timeslot in this block: one source as it is, more of them added up. */
struct mixer {
    int sources;
    unsigned n;
    struct sound first, next;
    int32_t sum[MAX_TX];
};

/* Where the next source puts its sound. */
static struct sound *room(struct mixer *mixer)
{
    struct sound *sound = mixer->sources ? &mixer->next : &mixer->first;

    sound->form = SOUND_NONE;
    return sound;
}

static void linear_of(int coding, const struct sound *sound, int16_t *out, unsigned n)
{
    const int16_t *table = sound_table(coding);

    if (sound->form == SOUND_LINEAR)
        memcpy(out, sound->linear, n * sizeof(*out));
    else
        for (unsigned i = 0; i < n; i++)
            out[i] = table[sound->octets[i]];
}

static void add_up(const struct slot *slot, struct mixer *mixer, const struct sound *sound)
{
    int16_t linear[MAX_TX];

    linear_of(slot->coding, sound, linear, mixer->n);
    for (unsigned i = 0; i < mixer->n; i++)
        mixer->sum[i] += linear[i];
}

/* `made` samples are in the room, silence after them. */
static void add(const struct slot *slot, struct mixer *mixer, unsigned made)
{
    struct sound *sound = mixer->sources ? &mixer->next : &mixer->first;

    if (sound->form == SOUND_NONE || made == 0)
        return;
    if (made < mixer->n) {
        if (sound->form == SOUND_OCTETS)
            memset(sound->octets + made, slot->idle, mixer->n - made);
        else
            memset(sound->linear + made, 0, (mixer->n - made) * sizeof(*sound->linear));
    }
    if (mixer->sources++ == 0)
        return;
    if (mixer->sources == 2) {
        memset(mixer->sum, 0, mixer->n * sizeof(*mixer->sum));
        add_up(slot, mixer, &mixer->first);
    }
    add_up(slot, mixer, sound);
}

static void put(struct slot *slot, struct mixer *mixer, uint8_t *column)
{
    struct condition *condition = slot->condition[TD_SENT];
    int16_t linear[MAX_TX];

    if (!mixer->sources)
        return; /* the idle octets are there already */
    if (mixer->sources == 1 && !condition) {
        if (mixer->first.form == SOUND_OCTETS)
            slot_scatter(column, mixer->first.octets, mixer->n);
        else
            sound_encode_column(slot->coding, mixer->first.linear, column, mixer->n);
        return;
    }
    if (mixer->sources == 1)
        linear_of(slot->coding, &mixer->first, linear, mixer->n);
    else
        td_mix_limit(mixer->sum, linear, mixer->n);
    if (condition)
        td_condition_run(condition->state, linear, mixer->n, 1);
    sound_encode_column(slot->coding, linear, column, mixer->n);
}

/* ---- sources --------------------------------------------------------------------------------- */

static void attached(td_engine *engine, struct slot *slot, struct mixer *mixer,
                     enum attachment_kind kind)
{
    struct attachment *it = slot->attached[kind];

    if (it && it->ops->give)
        add(slot, mixer, it->ops->give(engine, slot, it, room(mixer), mixer->n));
}

static void connected(td_engine *engine, struct slot *slot, struct mixer *mixer)
{
    const uint8_t *from = engine->spans[slot->from_span].rx + slot->from_timeslot;
    const struct slot *other = engine->spans[slot->from_span].slots[slot->from_timeslot];
    unsigned have = mixer->n < engine->block_frames ? mixer->n : engine->block_frames;
    struct sound *sound = room(mixer);

    sound->form = SOUND_OCTETS;
    for (unsigned i = 0; i < have; i++)
        sound->octets[i] = from[i * TIMESLOTS];
    /* A span whose clock differs sends a frame more or fewer: the last octet again. */
    for (unsigned i = have; i < mixer->n; i++)
        sound->octets[i] = sound->octets[have - 1];
    if (other && other->kind == SLOT_VOICE && other->coding != slot->coding) {
        if (slot->coding == TD_ALAW)
            td_ulaw_to_alaw(sound->octets, sound->octets, mixer->n);
        else
            td_alaw_to_ulaw(sound->octets, sound->octets, mixer->n);
    }
    add(slot, mixer, mixer->n);
}

static void says(td_engine *engine, struct slot *slot, struct mixer *mixer)
{
    attached(engine, slot, mixer, ATTACH_PLAYER);
    attached(engine, slot, mixer, ATTACH_STREAM);
}

static void hears(td_engine *engine, struct slot *slot, struct mixer *mixer)
{
    if (slot->from_span >= 0)
        connected(engine, slot, mixer);
    if (slot->member) {
        conference_sound(engine, slot, room(mixer), mixer->n);
        add(slot, mixer, mixer->n);
    }
}

void voice_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n)
{
    struct mixer mixer;

    mixer.sources = 0;
    mixer.n = n;
    says(engine, slot, &mixer);
    if (slot->soft) {
        struct soft *soft = engine->spans[slot->span - 1].soft;

        put(slot, &mixer, soft->saying + slot->timeslot);
        mixer.sources = 0;
    }
    hears(engine, slot, &mixer);
    put(slot, &mixer, column);
}

/* What voice_transmit does, for many timeslots of which it is known what they send. */
void voice_transmit_mixes(td_engine *engine, struct engine_span *span, uint32_t mask, unsigned n)
{
    unsigned have = engine->block_frames, stride = ROW(have);
    uint8_t *rows = engine->rows[TD_SENT]; /* used with blocks that are over only */

    for (uint32_t left = mask; left; left &= left - 1) {
        unsigned k = (unsigned)__builtin_ctz(left);

        sound_encode(span->ulaw_mask >> k & 1 ? TD_ULAW : TD_ALAW,
                     span->mixes + k * engine->plane, rows + k * stride, have);
    }
    rows_to_frames(rows, stride, mask, span->tx, n < have ? n : have);
    /* A span with a fast clock sends one sample more than there are: the last one again. */
    for (; have < n; have++)
        for (uint32_t left = mask; left; left &= left - 1) {
            uint8_t *to = span->tx + have * TIMESLOTS + __builtin_ctz(left);

            *to = to[-TIMESLOTS];
        }
}

/* ---- received -------------------------------------------------------------------------------- */

void voice_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                   uint64_t time)
{
    struct engine_span *span = &engine->spans[slot->span - 1];
    struct block block = {column, span->tx + slot->timeslot, span->linear + slot->timeslot, n,
                          time};

    for (unsigned kinds = slot->takes; kinds; kinds &= kinds - 1) {
        struct attachment *it = slot->attached[__builtin_ctz(kinds)];

        if (it) /* none: what took before it has ended it */
            it->ops->take(engine, slot, it, &block);
    }
}

/* ---- what hangs on it ------------------------------------------------------------------------ */

void voice_detach(td_engine *engine, struct slot *slot, enum attachment_kind kind, int reason,
                  uint64_t time)
{
    struct attachment *it = slot->attached[kind];

    if (!it)
        return;
    slot->attached[kind] = NULL;
    it->ops->end(engine, slot, it, reason, time);
    engine_discard(engine, &it->trash);
    atomic_store_explicit(&slot->held[kind], 0, memory_order_release);
    slot_masks(engine, slot);
}

void voice_heard(td_engine *engine, struct slot *slot, int digit, uint64_t time)
{
    for (int kind = 0; kind < ATTACHMENTS; kind++) {
        struct attachment *it = slot->attached[kind];

        if (it && it->ops->heard)
            it->ops->heard(engine, slot, it, digit, time);
    }
}

static int gives(const struct slot *slot)
{
    int gives = 0;

    for (int kind = 0; kind < ATTACHMENTS; kind++)
        gives |= slot->attached[kind] && slot->attached[kind]->ops->give;
    return gives;
}

int voice_sends(const struct slot *slot)
{
    return gives(slot) || slot->from_span >= 0 || slot->member;
}

int voice_sends_mix(const struct slot *slot)
{
    return conference_hears(slot) && !gives(slot) && slot->from_span < 0 &&
           !slot->condition[TD_SENT];
}

int voice_takes(const struct slot *slot)
{
    int takes = 0;

    for (int kind = 0; kind < ATTACHMENTS; kind++)
        if (slot->attached[kind] && slot->attached[kind]->ops->take)
            takes |= 1 << kind;
    return takes;
}

int voice_wants_linear(const struct slot *slot)
{
    int wants = 0;

    for (int kind = 0; kind < ATTACHMENTS; kind++)
        wants |= slot->attached[kind] && slot->attached[kind]->wants_linear;
    return wants || slot->member || slot->listens || slot->condition[TD_RECEIVED];
}

static void set_condition(td_engine *engine, struct slot *slot, const struct command *command)
{
    struct condition *old = slot->condition[command->a];

    slot->condition[command->a] = command->pointer;
    if (old)
        engine_discard(engine, &old->trash);
}

static void attach(td_engine *engine, struct slot *slot, const struct command *command)
{
    /* The API side gives one only after the end of the one before. */
    voice_detach(engine, slot, (enum attachment_kind)command->a, TD_END_STOPPED, engine->time);
    slot->attached[command->a] = command->pointer;
    atomic_store_explicit(&slot->held[command->a], 1, memory_order_relaxed);
}

void voice_carry_out(td_engine *engine, struct slot *slot, const struct command *command)
{
    struct attachment *it = command->a >= 0 && command->a < ATTACHMENTS
                                ? slot->attached[command->a] : NULL;

    switch (command->op) {
    case OP_CONNECT:
        slot->from_span = command->a;
        slot->from_timeslot = command->b;
        break;
    case OP_ATTACH:
        attach(engine, slot, command);
        break;
    case OP_DETACH:
        voice_detach(engine, slot, (enum attachment_kind)command->a, command->b, engine->time);
        break;
    case OP_CONTROL:
        if (it && it->ops->control)
            it->ops->control(engine, slot, it, command);
        break;
    case OP_LISTEN:
        listen_select(engine, slot, command->n);
        break;
    case OP_CONDITION:
        set_condition(engine, slot, command);
        break;
    case OP_ECHO:
        span_echo_select(engine, slot, command->n);
        break;
    case OP_LEAVE:
        conference_leave(engine, slot);
        break;
    }
    slot_masks(engine, slot);
}

void voice_close(td_engine *engine, struct slot *slot)
{
    for (int kind = 0; kind < ATTACHMENTS; kind++)
        voice_detach(engine, slot, (enum attachment_kind)kind, TD_END_STOPPED, engine->time);
    conference_leave(engine, slot);
    listen_select(engine, slot, 0);
    span_echo_select(engine, slot, 0);
    for (int direction = TD_RECEIVED; direction <= TD_SENT; direction++)
        set_condition(engine, slot, &(struct command){.a = direction});
}
