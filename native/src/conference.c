/* Conferences, engine side: each member hears the others (N-1), and the cost goes with those who talk.
 *
 * The sum of all talkers is made once. Who does not talk hears just that, and it is companded once a
 * law for all of them; who talks hears the sum less himself. In a small conference everybody counts
 * as talking, so nothing is left out.
 */
#define _GNU_SOURCE
#include <math.h>
#include <string.h>

#include "conference.h"

/* ---- who talks ------------------------------------------------------------------------------- */

static const int16_t *samples(td_engine *engine, const struct member *member)
{
    const struct slot *slot = member->slot;

    return engine->spans[slot->span - 1].linear + slot->timeslot;
}

static uint32_t power(const int16_t *from, unsigned n)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += (uint64_t)((int32_t)from[i * TIMESLOTS] * from[i * TIMESLOTS]);
    return (uint32_t)(sum / n);
}

/* Heard by all, or by the one it coaches. */
static int speaks(const struct member *member)
{
    return (member->roles & (TD_MEMBER_SPEAK | TD_MEMBER_COACH)) != 0;
}

static void judge(td_engine *engine, struct conference *conference, struct member *member,
                  int gated)
{
    if (!speaks(member)) {
        member->talks = 0;
        return;
    }
    member->power = power(samples(engine, member), engine->block_frames);
    if (member->power >= conference->threshold)
        member->talked_until = engine->time + conference->hold_ns;
    member->talks = !gated || engine->time < member->talked_until;
}

/* ---- the mix --------------------------------------------------------------------------------- */

static void sum_up(td_engine *engine, struct conference *conference, const struct member *member)
{
    const int16_t *from = samples(engine, member);

    for (unsigned i = 0; i < engine->block_frames; i++)
        conference->sum[i] += from[i * TIMESLOTS];
}

static int heard_by_all(const struct member *member)
{
    return member->talks && member->roles & TD_MEMBER_SPEAK;
}

/* The sum less the member himself, and whoever whispers to him. */
static void own_mix(td_engine *engine, struct conference *conference, struct member *member)
{
    unsigned n = engine->block_frames;
    int32_t sum[MAX_BLOCK];
    const int16_t *own = samples(engine, member);

    memcpy(sum, conference->sum, n * sizeof(*sum));
    if (heard_by_all(member))
        for (unsigned i = 0; i < n; i++)
            sum[i] -= own[i * TIMESLOTS];
    for (unsigned k = 0; conference->coaches && k < conference->n; k++) {
        const struct member *coach = conference->members[k];
        const int16_t *from;

        if (coach->coached != member || !coach->talks)
            continue;
        from = samples(engine, coach);
        for (unsigned i = 0; i < n; i++)
            sum[i] += from[i * TIMESLOTS];
    }
    td_mix_limit(sum, member->linear, n);
}

static void find_talkers(td_engine *engine, struct conference *conference)
{
    int gated = conference->n > conference->config.gate_above;

    conference->talkers = 0;
    for (unsigned k = 0; k < conference->n; k++) {
        struct member *member = conference->members[k];

        judge(engine, conference, member, gated);
        member->own = heard_by_all(member);
        if (!member->own)
            continue;
        if (conference->talkers++ == 0)
            memset(conference->sum, 0, engine->block_frames * sizeof(*conference->sum));
        sum_up(engine, conference, member);
    }
}

static void mix(td_engine *engine, struct conference *conference)
{
    unsigned n = engine->block_frames, before = conference->talkers;

    find_talkers(engine, conference);
    if (conference->talkers || before) {
        if (!conference->talkers)
            memset(conference->sum, 0, n * sizeof(*conference->sum));
        td_mix_limit(conference->sum, conference->shared, n);
        conference->encoded[0] = conference->encoded[1] = 0;
    }
    for (unsigned k = 0; conference->coaches && k < conference->n; k++) {
        struct member *coach = conference->members[k];

        if (coach->coached && coach->talks)
            coach->coached->own = 1;
    }
    for (unsigned k = 0; k < conference->n; k++) {
        struct member *member = conference->members[k];

        if (member->own && member->roles & TD_MEMBER_HEAR)
            own_mix(engine, conference, member);
    }
}

/* ---- active speakers ------------------------------------------------------------------------- */

#define MOST_TALKERS 64

static int16_t centi_dbm0(uint32_t power)
{
    /* A sine of full scale has +3.14 dBm0. */
    double level = 10 * log10((power + 1e-3) / (32768.0 * 32768.0 / 2)) + 3.14;

    return (int16_t)(100 * level);
}

static void report(td_engine *engine, struct conference *conference)
{
    td_talker talkers[MOST_TALKERS];
    unsigned n = 0, changed = 0;
    td_event event = {.kind = TD_EVENT_TALKERS, .time = engine->time, .tag = conference->number};

    for (unsigned k = 0; k < conference->n; k++) {
        struct member *member = conference->members[k];
        int talks = member->roles & TD_MEMBER_SPEAK && engine->time < member->talked_until;
        unsigned at = n;

        changed |= talks != member->reported;
        member->reported = talks;
        if (!talks)
            continue;
        member->level = centi_dbm0(member->power);
        if (n < MOST_TALKERS)
            n++;
        else if (talkers[--at].level >= member->level)
            continue;
        for (; at > 0 && talkers[at - 1].level < member->level; at--)
            talkers[at] = talkers[at - 1];
        talkers[at] = (td_talker){member->slot->span, member->slot->timeslot, member->level};
    }
    if (!changed && n == conference->told)
        return;
    conference->told = n;
    conference->reported_at = engine->time;
    event.length = (uint16_t)(n * sizeof(*talkers));
    engine_event(engine, &event, talkers);
}

void conference_mix(td_engine *engine)
{
    for (unsigned i = 0; i < engine->n_conferences; i++) {
        struct conference *conference = engine->conferences[i];

        if (!conference || !conference->n)
            continue;
        mix(engine, conference);
        if (conference->report_ns &&
            engine->time >= conference->reported_at + conference->report_ns)
            report(engine, conference);
    }
}

/* ---- what a member hears --------------------------------------------------------------------- */

/* A span with a fast clock sends one sample more than there are: the last one again. */
static void lengthen(struct sound *sound, unsigned have, unsigned n)
{
    for (; have < n; have++)
        if (sound->form == SOUND_OCTETS)
            sound->octets[have] = sound->octets[have - 1];
        else
            sound->linear[have] = sound->linear[have - 1];
}

void conference_sound(td_engine *engine, struct slot *slot, struct sound *sound, unsigned n)
{
    struct member *member = slot->member;
    struct conference *conference = member->conference;
    unsigned have = n < engine->block_frames ? n : engine->block_frames;
    int law = slot->coding == TD_ULAW;

    if (!(member->roles & TD_MEMBER_HEAR))
        return;
    if (member->own) {
        sound->form = SOUND_LINEAR;
        memcpy(sound->linear, member->linear, have * sizeof(*sound->linear));
    } else {
        if (!conference->encoded[law])
            sound_encode(slot->coding, conference->shared, conference->octets[law],
                         engine->block_frames);
        conference->encoded[law] = 1;
        sound->form = SOUND_OCTETS;
        memcpy(sound->octets, conference->octets[law], have);
    }
    lengthen(sound, have, n);
}

/* ---- members come and go --------------------------------------------------------------------- */

static void find_coached(struct conference *conference)
{
    conference->coaches = 0;
    for (unsigned k = 0; k < conference->n; k++) {
        struct member *coach = conference->members[k];

        coach->coached = NULL;
        if (!(coach->roles & TD_MEMBER_COACH))
            continue;
        conference->coaches++;
        for (unsigned j = 0; j < conference->n; j++) {
            const struct slot *slot = conference->members[j]->slot;

            if (slot->span == coach->coached_span && slot->timeslot == coach->coached_timeslot)
                coach->coached = conference->members[j];
        }
    }
}

void conference_leave(td_engine *engine, struct slot *slot)
{
    struct member *member = slot->member;
    struct conference *conference;

    if (!member)
        return;
    conference = member->conference;
    for (unsigned k = 0; k < conference->n; k++)
        if (conference->members[k] == member)
            conference->members[k--] = conference->members[--conference->n];
    slot->member = NULL;
    find_coached(conference);
    engine_discard(engine, &member->trash);
}

static void join(td_engine *engine, const struct command *command)
{
    struct join *join = command->pointer;
    struct conference *conference = engine->conferences[join->conference - 1];
    struct slot *slot = engine->spans[command->span].slots[command->timeslot];
    struct member *member = join->member;

    if (join->members) {
        struct member **old = conference->members;

        memcpy(join->members, old, conference->n * sizeof(*old));
        conference->members = join->members;
        conference->room = join->room;
        join->members = old; /* freed with the join */
    }
    conference_leave(engine, slot); /* in the same conference with other roles */
    member->conference = conference;
    member->slot = slot;
    slot->member = member;
    join->member = NULL;
    conference->members[conference->n++] = member;
    find_coached(conference);
    slot_masks(engine, slot);
    engine_discard(engine, &join->trash);
}

static void begin(td_engine *engine, struct conference *conference)
{
    engine->conferences[conference->number - 1] = conference;
    if ((unsigned)conference->number > engine->n_conferences)
        engine->n_conferences = (unsigned)conference->number;
}

static void end(td_engine *engine, int number)
{
    struct conference *conference = engine->conferences[number - 1];

    while (conference->n) {
        struct slot *slot = conference->members[0]->slot;

        conference_leave(engine, slot);
        slot_masks(engine, slot);
    }
    engine->conferences[number - 1] = NULL;
    while (engine->n_conferences && !engine->conferences[engine->n_conferences - 1])
        engine->n_conferences--;
    engine_discard(engine, &conference->trash);
}

void conference_carry_out(td_engine *engine, const struct command *command)
{
    if (command->op == OP_CONFERENCE)
        begin(engine, command->pointer);
    else if (command->op == OP_CONFERENCE_END)
        end(engine, command->a);
    else
        join(engine, command);
}
