/* The media engine, API side: what is asked for is checked and made here, and given to the engine. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <string.h>

#include "conference.h"

struct slot *voice_find(td_engine *engine, int span, int timeslot, int *error)
{
    engine_sweep(engine);
    return command_find(engine, span, timeslot, SLOT_VOICE, error);
}

int voice_command(td_engine *engine, int span, int timeslot, struct command command)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    return slot ? command_slot(engine, slot, command) : error;
}

int voice_attached(td_engine *engine, int span, int timeslot, enum attachment_kind kind)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    return slot ? atomic_load_explicit(&slot->held[kind], memory_order_acquire) : error;
}

int voice_attach(td_engine *engine, int span, int timeslot, enum attachment_kind kind,
                 struct attachment *attachment)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    if (!slot)
        return error;
    if (atomic_load_explicit(&slot->held[kind], memory_order_acquire))
        return -EBUSY;
    atomic_store_explicit(&slot->held[kind], 1, memory_order_relaxed);
    error = command_slot(engine, slot, (struct command){
        .op = OP_ATTACH, .a = (int)kind, .pointer = attachment});
    if (error)
        atomic_store_explicit(&slot->held[kind], 0, memory_order_relaxed);
    return error;
}

/* ---- listening ------------------------------------------------------------------------------- */

/* Make what the span lacks for these kinds, and give it to the engine. */
static int need_banks(td_engine *engine, const struct slot *slot, uint32_t kinds)
{
    struct engine_span *span = &engine->spans[slot->span - 1];
    struct command command = {.op = OP_BANK, .a = -1, .span = (int16_t)(slot->span - 1)};
    int error = 0;

    if (!span->listens_api) {
        command.pointer = listen_new(slot->span);
        if (!command.pointer)
            return -ENOMEM;
        error = command_put(engine, command);
        if (error) {
            free(command.pointer);
            return error;
        }
        span->listens_api = 1;
    }
    for (; kinds && !error; kinds &= kinds - 1) {
        command.a = __builtin_ctz(kinds);
        if (span->banks[command.a])
            continue;
        command.pointer = listen_make(command.a);
        if (!command.pointer)
            return -ENOMEM;
        error = command_put(engine, command);
        if (error)
            listen_free_bank(command.a, command.pointer);
        else
            span->banks[command.a] = command.pointer;
    }
    return error;
}

int td_slot_listen(td_engine *engine, int span, int timeslot, uint32_t kinds)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    if (!slot)
        return error;
    if (kinds >> TD_LISTEN_KINDS)
        return -EINVAL;
    error = need_banks(engine, slot, kinds);
    if (!error)
        error = command_slot(engine, slot, (struct command){.op = OP_LISTEN, .n = kinds});
    if (!error)
        slot->listens_api = kinds;
    return error;
}

int td_slot_level(const td_engine *engine, int span, int timeslot, td_level_now *now)
{
    int error;
    const struct slot *slot = command_find(engine, span, timeslot, SLOT_VOICE, &error);

    if (!slot)
        return error;
    if (!(slot->listens_api & TD_LISTEN_LEVEL))
        return -ENOTCONN;
    return td_level_read(engine->spans[span - 1].banks[__builtin_ctz(TD_LISTEN_LEVEL)],
                         (uint32_t)timeslot, now);
}

/* ---- conditioning and echo ------------------------------------------------------------------- */

static void free_condition(struct trash *trash)
{
    struct condition *condition = (struct condition *)trash;

    free(condition->state);
    free(condition);
}

static int make_condition(const td_condition_config *config, struct condition **made)
{
    struct condition *condition = calloc(1, sizeof(*condition));
    int error = -ENOMEM;

    if (condition)
        condition->state = aligned_alloc(64, (td_condition_size() + 63) & ~(size_t)63);
    if (condition && condition->state)
        error = td_condition_init(condition->state, config);
    if (error) {
        if (condition)
            free_condition(&condition->trash);
        return error;
    }
    condition->trash.release = free_condition;
    *made = condition;
    return 0;
}

int td_slot_condition(td_engine *engine, int span, int timeslot, int direction,
                      const td_condition_config *config)
{
    struct condition *condition = NULL;
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    if (!slot)
        return error;
    if (direction != TD_RECEIVED && direction != TD_SENT)
        return -EINVAL;
    if (config)
        error = make_condition(config, &condition);
    if (!error)
        error = command_slot(engine, slot, (struct command){
            .op = OP_CONDITION, .a = direction, .pointer = condition});
    if (error && condition)
        free_condition(&condition->trash);
    return error;
}

#define ECHO_OPTIONS \
    (TD_ECHO_ON | TD_ECHO_NLP | TD_ECHO_COMFORT | TD_ECHO_TONE_DISABLE | TD_ECHO_FREEZE)

static void free_canceller(struct trash *trash)
{
    struct canceller *canceller = (struct canceller *)trash;

    td_echo_free(canceller->echo);
    free(canceller);
}

static int make_canceller(td_engine *engine, int index, uint32_t tail_ms)
{
    struct canceller *canceller = calloc(1, sizeof(*canceller));
    int error = -ENOMEM;

    if (!canceller)
        return error;
    canceller->trash.release = free_canceller;
    canceller->tail_ms = tail_ms;
    canceller->echo = td_echo_new(TIMESLOTS, tail_ms, 0, &error);
    if (canceller->echo) {
        td_echo_stagger(canceller->echo, (uint32_t)index * 8 % 64);
        error = command_put(engine, (struct command){
            .op = OP_CANCELLER, .span = (int16_t)index, .pointer = canceller});
    }
    if (!canceller->echo || error)
        free_canceller(&canceller->trash);
    else
        engine->spans[index].echo_made = canceller;
    return error;
}

int td_slot_echo(td_engine *engine, int span, int timeslot, uint32_t options, uint32_t tail_ms)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);
    struct engine_span *of;
    uint32_t bit;

    if (!slot)
        return error;
    bit = 1u << timeslot;
    if (options && (!(options & TD_ECHO_ON) || options & ~ECHO_OPTIONS))
        return -EINVAL;
    of = &engine->spans[span - 1];
    if (options && (!of->echo_made || of->echo_made->tail_ms != tail_ms)) {
        if (of->echo_users & ~bit)
            return -EBUSY;
        error = make_canceller(engine, span - 1, tail_ms);
    }
    if (!error)
        error = command_slot(engine, slot, (struct command){.op = OP_ECHO, .n = options});
    if (!error)
        of->echo_users = options ? of->echo_users | bit : of->echo_users & ~bit;
    return error;
}

int td_slot_echo_stats(const td_engine *engine, int span, int timeslot, td_echo_stats *stats)
{
    int error;
    const struct slot *slot = command_find(engine, span, timeslot, SLOT_VOICE, &error);
    const struct engine_span *of;

    if (!slot)
        return error;
    of = &engine->spans[span - 1];
    if (!(of->echo_users >> timeslot & 1))
        return -ENOTCONN;
    if (engine->stepped || !engine->started)
        return td_echo_stats_of(of->echo_made->echo, (uint32_t)timeslot, stats);
    span_echo_stats(of->echo_made, timeslot, stats);
    return 0;
}

/* ---- conferences ----------------------------------------------------------------------------- */

#define DEFAULT_GATE_ABOVE 6
#define DEFAULT_TALK_LEVEL (-4500)
#define DEFAULT_HOLD_MS 400

static void free_conference(struct trash *trash)
{
    struct conference *conference = (struct conference *)trash;

    free(conference->members);
    free(conference);
}

static void free_join(struct trash *trash)
{
    struct join *join = (struct join *)trash;

    free(join->members);
    free(join->member);
    free(join);
}

static void free_member(struct trash *trash)
{
    free(trash);
}

static struct conference *make_conference(const td_conference_config *config, int number)
{
    struct conference *conference = aligned_alloc(64, sizeof(*conference));
    td_conference_config is = *config;

    if (!conference)
        return NULL;
    memset(conference, 0, sizeof(*conference));
    if (!is.gate_above)
        is.gate_above = DEFAULT_GATE_ABOVE;
    if (!is.talk_level)
        is.talk_level = DEFAULT_TALK_LEVEL;
    if (!is.hold_ms)
        is.hold_ms = DEFAULT_HOLD_MS;
    conference->trash.release = free_conference;
    conference->number = number;
    conference->config = is;
    conference->gate_above = is.gate_above;
    /* The mean square of a sine of this level; full scale has +3.14 dBm0. */
    conference->threshold =
        (uint32_t)(pow(10, (is.talk_level / 100.0 - 3.14) / 10) * (32768.0 * 32768.0 / 2));
    conference->hold_ns = is.hold_ms * UINT64_C(1000000);
    conference->report_ns = is.report_ms * UINT64_C(1000000);
    return conference;
}

int td_conference_open(td_engine *engine, const td_conference_config *config)
{
    static const td_conference_config defaults;
    int number = 1, error;
    struct conference *conference;

    engine_sweep(engine);
    while (number <= TD_CONFERENCES && engine->conference_room[number - 1])
        number++;
    if (number > TD_CONFERENCES)
        return -ENOSPC;
    conference = make_conference(config ? config : &defaults, number);
    if (!conference)
        return -ENOMEM;
    error = command_put(engine, (struct command){.op = OP_CONFERENCE, .pointer = conference});
    if (error) {
        free_conference(&conference->trash);
        return error;
    }
    engine->conference_room[number - 1] = 1;
    engine->conference_members[number - 1] = 0;
    return number;
}

static int is_open(const td_engine *engine, int conference)
{
    return conference >= 1 && conference <= TD_CONFERENCES &&
           engine->conference_room[conference - 1];
}

int td_conference_close(td_engine *engine, int conference)
{
    int error;

    engine_sweep(engine);
    if (!is_open(engine, conference))
        return -ENOTCONN;
    error = command_put(engine, (struct command){.op = OP_CONFERENCE_END, .a = conference});
    if (error)
        return error;
    engine->conference_room[conference - 1] = 0;
    for (unsigned i = 0; i < engine->n_all; i++)
        for (int timeslot = 0; timeslot < TIMESLOTS; timeslot++) {
            struct slot *slot = engine->spans[i].opened[timeslot];

            if (slot && slot->conference == conference)
                slot->conference = 0;
        }
    return 0;
}

static struct join *make_join(td_engine *engine, int conference, int joined)
{
    struct join *join = calloc(1, sizeof(*join));
    uint32_t room = engine->conference_room[conference - 1];

    if (!join)
        return NULL;
    join->trash.release = free_join;
    join->conference = conference;
    join->member = aligned_alloc(64, sizeof(*join->member));
    if (!joined && engine->conference_members[conference - 1] + 1 >= room) {
        join->room = room < 4 ? 8 : 2 * room;
        join->members = calloc(join->room, sizeof(*join->members));
    }
    if (!join->member || (join->room && !join->members)) {
        free_join(&join->trash);
        return NULL;
    }
    memset(join->member, 0, sizeof(*join->member));
    join->member->trash.release = free_member;
    return join;
}

int td_conference_join(td_engine *engine, int conference, int span, int timeslot, uint32_t roles,
                       int coached_span, int coached_timeslot)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);
    struct join *join;

    if (!slot)
        return error;
    if (!is_open(engine, conference))
        return -ENOTCONN;
    if (!roles || roles > 7 || ((roles & TD_MEMBER_COACH) && (roles & TD_MEMBER_SPEAK)))
        return -EINVAL;
    if (slot->conference && slot->conference != conference)
        return -EBUSY;
    join = make_join(engine, conference, slot->conference != 0);
    if (!join)
        return -ENOMEM;
    join->member->roles = (uint8_t)roles;
    join->member->coached_span = coached_span;
    join->member->coached_timeslot = coached_timeslot;
    error = command_slot(engine, slot, (struct command){.op = OP_JOIN, .pointer = join});
    if (error) {
        free_join(&join->trash);
        return error;
    }
    if (join->room)
        engine->conference_room[conference - 1] = join->room;
    if (!slot->conference)
        engine->conference_members[conference - 1]++;
    slot->conference = conference;
    return 0;
}

/* The timeslot leaves its conference, or is being closed. */
void conference_left(td_engine *engine, struct slot *slot)
{
    if (slot->conference)
        engine->conference_members[slot->conference - 1]--;
    slot->conference = 0;
}

int td_conference_leave(td_engine *engine, int conference, int span, int timeslot)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    if (!slot)
        return error;
    if (!conference || slot->conference != conference)
        return -ENOTCONN;
    error = command_slot(engine, slot, (struct command){.op = OP_LEAVE});
    if (!error)
        conference_left(engine, slot);
    return error;
}

/* ---- the end --------------------------------------------------------------------------------- */

void media_free(td_engine *engine)
{
    for (unsigned i = 0; i < engine->n_all; i++) {
        struct engine_span *span = &engine->spans[i];

        listen_free(span);
        if (span->canceller)
            free_canceller(&span->canceller->trash);
        free(span->soft);
        free(span->planes);
    }
    free(engine->spans->linear);
    for (unsigned i = 0; i < engine->n_conferences; i++)
        if (engine->conferences[i])
            free_conference(&engine->conferences[i]->trash);
    engine_sweep(engine);
}
