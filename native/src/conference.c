/* Conferences, engine side: each member hears the others (N-1), and the cost goes with those who talk.
 *
 * The sum of all talkers is made once. Who does not talk hears just that, and it is companded once a
 * law for all of them; who talks hears the sum less himself. In a small conference everybody counts
 * as talking, so nothing is left out.
 */
#define _GNU_SOURCE
#include <math.h>
#include <string.h>
#if defined(__SSE2__) && !defined(TD_PLAIN_C)
#include <emmintrin.h>
#endif

#include "conference.h"

/* ---- samples, whole PLANEs of them ----------------------------------------------------------- */

static void add(int32_t *sum, const int16_t *from, size_t n)
{
    for (size_t i = 0; i < n; i += PLANE)
        for (size_t k = 0; k < PLANE; k++)
            sum[i + k] += from[i + k];
}

/* What td_mix_limit makes of it. Nearly always nothing is loud, and it stays as it is. */
static void limit(const int32_t *sum, int16_t *out, size_t n)
{
    int32_t loud = 0;

    for (size_t i = 0; i < n; i += PLANE)
        for (size_t k = 0; k < PLANE; k++) {
            out[i + k] = (int16_t)sum[i + k];
            loud |= (sum[i + k] + TD_LIMIT_KNEE) | (TD_LIMIT_KNEE - sum[i + k]);
        }
    if (loud < 0)
        td_mix_limit(sum, out, (uint32_t)n);
}

/* The sum less one. */
static void all_but(const int32_t *sum, const int16_t *one, int16_t *out, size_t n)
{
    int32_t loud = 0, rest[MAX_BLOCK];

    for (size_t i = 0; i < n; i += PLANE)
        for (size_t k = 0; k < PLANE; k++) {
            int32_t sample = sum[i + k] - one[i + k];

            out[i + k] = (int16_t)sample;
            loud |= (sample + TD_LIMIT_KNEE) | (TD_LIMIT_KNEE - sample);
        }
    if (loud >= 0)
        return;
    for (size_t i = 0; i < n; i++)
        rest[i] = sum[i] - one[i];
    td_mix_limit(rest, out, (uint32_t)n);
}

static uint32_t power(const int16_t *from, size_t n, unsigned samples)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i += PLANE) {
        uint32_t two[PLANE / 2];

        for (size_t k = 0; k < PLANE / 2; k++)
            two[k] = (uint32_t)(from[i + 2 * k] * from[i + 2 * k]) +
                     (uint32_t)(from[i + 2 * k + 1] * from[i + 2 * k + 1]);
        for (size_t k = 0; k < PLANE / 2; k++)
            sum += two[k];
    }
    return (uint32_t)(sum / samples);
}

/* ---- who talks ------------------------------------------------------------------------------- */

/* Heard by all, or by the one it coaches. */
static int speaks(const struct member *member)
{
    return (member->roles & (TD_MEMBER_SPEAK | TD_MEMBER_COACH)) != 0;
}

static void judge(td_engine *engine, struct conference *conference, struct member *member)
{
    if (!speaks(member)) {
        member->talks = 0;
        return;
    }
    if (!conference->gated && !conference->report_ns) {
        member->talks = 1; /* how loud it is, nobody asks */
        return;
    }
    member->power = power(member->said, engine->plane, engine->block_frames);
    if (member->power >= conference->threshold)
        member->talked_until = engine->time + conference->hold_ns;
    member->talks = !conference->gated || engine->time < member->talked_until ||
                    engine->time < conference->open_until;
}

/* ---- the mix --------------------------------------------------------------------------------- */

static int heard_by_all(const struct member *member)
{
    return member->talks && member->roles & TD_MEMBER_SPEAK;
}

/* The sum less the member himself, and whoever whispers to him. */
static void coached_mix(td_engine *engine, struct conference *conference, struct member *member)
{
    unsigned n = engine->plane;
    int32_t sum[MAX_BLOCK];

    memcpy(sum, conference->sum, n * sizeof(*sum));
    for (unsigned i = 0; heard_by_all(member) && i < n; i++)
        sum[i] -= member->said[i];
    for (unsigned k = 0; k < conference->n; k++) {
        const struct member *coach = conference->members[k];

        if (coach->coached == member && coach->talks)
            add(sum, coach->said, n);
    }
    limit(sum, member->mix, n);
}

static void own_mix(td_engine *engine, struct conference *conference, struct member *member)
{
    if (conference->coaches)
        coached_mix(engine, conference, member);
    else
        all_but(conference->sum, member->said, member->mix, engine->plane);
}

static void find_talkers(td_engine *engine, struct conference *conference)
{
    for (size_t i = 0; i < engine->plane; i += PLANE)
        memset(conference->sum + i, 0, PLANE * sizeof(*conference->sum));
    conference->gated = conference->n > conference->gate_above;
    if (!conference->gated)
        conference->open_until = engine->time + conference->hold_ns;
    for (unsigned k = 0; k < conference->n; k++) {
        struct member *member = conference->members[k];

        judge(engine, conference, member);
        member->own = heard_by_all(member);
        if (member->own)
            add(conference->sum, member->said, engine->plane);
    }
}

/* What the span is to know of it. */
static void show_own(td_engine *engine, const struct member *member)
{
    const struct slot *slot = member->slot;
    uint32_t *mask = &engine->spans[slot->span - 1].own_mask, bit = 1u << slot->timeslot;

    *mask = member->own ? *mask | bit : *mask & ~bit;
}

/* Does the next block bring the same? Then it is mixed without a look at anybody. */
static void settle(struct conference *conference)
{
    int plain = conference->n >= 2 && conference->n <= SMALL && !conference->coaches &&
                !conference->gated && !conference->report_ns;

    for (unsigned k = 0; plain && k < conference->n; k++) {
        const struct member *member = conference->members[k];

        plain = member->own && member->roles & TD_MEMBER_HEAR;
        conference->said[k] = member->said;
        conference->mixes[k] = member->mix;
    }
    conference->settled = plain ? conference->n : 0;
}

static void mix(td_engine *engine, struct conference *conference)
{
    find_talkers(engine, conference);
    conference->limited = conference->encoded[0] = conference->encoded[1] = 0;
    for (unsigned k = 0; conference->coaches && k < conference->n; k++) {
        struct member *coach = conference->members[k];

        if (coach->coached && coach->talks)
            coach->coached->own = 1;
    }
    for (unsigned k = 0; k < conference->n; k++) {
        struct member *member = conference->members[k];

        show_own(engine, member);
        if (member->own && member->roles & TD_MEMBER_HEAR)
            own_mix(engine, conference, member);
    }
    settle(conference);
}

/* ---- a small one ----------------------------------------------------------------------------- */

/* Two who talk, for a third. Returns whether it must be limited. */
static int two(const int16_t *a, const int16_t *b, int16_t *out, unsigned n)
{
#if defined(__SSE2__) && !defined(TD_PLAIN_C)
    const __m128i most = _mm_set1_epi16(TD_LIMIT_KNEE), least = _mm_set1_epi16(-TD_LIMIT_KNEE);
    __m128i loud = _mm_setzero_si128();

    /* What does not fit into 16 bits is beyond the knee. */
    for (unsigned i = 0; i < n; i += PLANE) {
        __m128i sum = _mm_adds_epi16(_mm_loadu_si128((const __m128i *)(a + i)),
                                     _mm_loadu_si128((const __m128i *)(b + i)));

        _mm_storeu_si128((__m128i *)(out + i), sum);
        loud = _mm_or_si128(loud, _mm_cmpgt_epi16(sum, most));
        loud = _mm_or_si128(loud, _mm_cmplt_epi16(sum, least));
    }
    return _mm_movemask_epi8(loud);
#else
    int32_t loud = 0;

    for (unsigned i = 0; i < n; i++) {
        int32_t sum = a[i] + b[i];

        out[i] = (int16_t)sum;
        loud |= (sum + TD_LIMIT_KNEE) | (TD_LIMIT_KNEE - sum);
    }
    return loud < 0;
#endif
}

static void mix_two(const int16_t *a, const int16_t *b, int16_t *out, unsigned n)
{
    int32_t sum[MAX_BLOCK];

    if (!two(a, b, out, n))
        return;
    for (unsigned i = 0; i < n; i++)
        sum[i] = a[i] + b[i];
    td_mix_limit(sum, out, n);
}

static const int16_t nobody[MAX_BLOCK];

static void mix_settled(const td_engine *engine, struct conference *conference)
{
    const int16_t *const *said = conference->said;
    const int16_t *third = conference->settled == SMALL ? said[2] : nobody;

    mix_two(said[1], third, conference->mixes[0], engine->plane);
    mix_two(said[0], third, conference->mixes[1], engine->plane);
    if (conference->settled == SMALL)
        mix_two(said[0], said[1], conference->mixes[2], engine->plane);
}

/* What all who say nothing hear: companded when the first of them sends it. */
static const uint8_t *shared(const td_engine *engine, struct conference *conference, int coding)
{
    int law = coding == TD_ULAW;

    if (!conference->limited)
        limit(conference->sum, conference->shared, engine->plane);
    if (!conference->encoded[law])
        sound_encode(coding, conference->shared, conference->octets[law], engine->block_frames);
    conference->limited = conference->encoded[law] = 1;
    return conference->octets[law];
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

#define WARM 8 /* members of a conference asked for before */

/* As engine.c does with timeslots: while conference i is mixed, ask for what those after it need. */
static void warm(const td_engine *engine, unsigned i)
{
    const struct conference *conference = engine->conferences[(i + 2) % TD_CONFERENCES];
    const struct conference *later = engine->conferences[(i + 4) % TD_CONFERENCES];
    const struct conference *latest = engine->conferences[(i + 8) % TD_CONFERENCES];

    if (conference && !conference->settled)
        for (unsigned k = 0; k < conference->n && k < WARM; k++)
            __builtin_prefetch(conference->members[k]);
    if (later && !later->settled)
        __builtin_prefetch(later->members);
    if (latest) {
        __builtin_prefetch(latest);
        __builtin_prefetch(&latest->settled);
    }
}

void conference_mix(td_engine *engine)
{
    for (unsigned i = 0; i < engine->n_conferences; i++) {
        struct conference *conference = engine->conferences[i];

        warm(engine, i);
        if (conference && conference->settled) {
            mix_settled(engine, conference);
            continue;
        }
        if (!conference || (!conference->n && !conference->told))
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

int conference_hears(const struct slot *slot)
{
    return slot->member && slot->member->roles & TD_MEMBER_HEAR;
}

void conference_sound(td_engine *engine, struct slot *slot, struct sound *sound, unsigned n)
{
    struct member *member = slot->member;

    if (!(member->roles & TD_MEMBER_HEAR))
        return;
    if (member->own) {
        sound->form = SOUND_LINEAR;
        for (size_t i = 0; i < engine->plane; i += PLANE)
            memcpy(sound->linear + i, member->mix + i, PLANE * sizeof(*sound->linear));
    } else {
        const uint8_t *octets = shared(engine, member->conference, slot->coding);

        sound->form = SOUND_OCTETS;
        for (size_t i = 0; i < engine->plane; i += PLANE)
            memcpy(sound->octets + i, octets + i, PLANE);
    }
    lengthen(sound, engine->block_frames, n);
}

/* ---- members come and go --------------------------------------------------------------------- */

/* Its blocks are not as they were. */
static void unsettle(const td_engine *engine, struct conference *conference)
{
    if (!conference->settled)
        return;
    /* As find_talkers in the block before would have left it. */
    conference->open_until = engine->time + conference->hold_ns -
                             (engine->sent ? 0 : engine->block_ns);
    conference->settled = 0;
}

static void find_coached(const td_engine *engine, struct conference *conference)
{
    unsettle(engine, conference);
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
    find_coached(engine, conference);
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

        if (conference->n)
            memcpy(join->members, old, conference->n * sizeof(*old));
        conference->members = join->members;
        conference->room = join->room;
        join->members = old; /* freed with the join */
    }
    conference_leave(engine, slot); /* in the same conference with other roles */
    member->conference = conference;
    member->slot = slot;
    member->said = engine->spans[command->span].planes + slot->timeslot * engine->plane;
    member->mix = engine->spans[command->span].mixes + slot->timeslot * engine->plane;
    span_plane(engine, slot);
    slot->member = member;
    join->member = NULL;
    conference->members[conference->n++] = member;
    find_coached(engine, conference);
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
