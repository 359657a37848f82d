/* Play lists, API side: checked and copied here, and given to the engine. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "player.h"

#define MOST_SAMPLES (UINT64_C(1) << 48) /* of a list: sums stay far from ENDLESS */

/* What td_play_item says of itself is right. */
static int good_item(const td_play_item *item)
{
    if (item->samples > MOST_SAMPLES || item->damaged > 1)
        return 0;
    switch (item->kind) {
    case TD_ITEM_OCTETS:
        return (!item->coding || item->coding == TD_ALAW || item->coding == TD_ULAW) &&
               (item->samples ? item->octets != NULL : item->damaged);
    case TD_ITEM_SILENCE:
        return item->samples > 0;
    case TD_ITEM_TONES:
        return item->steps && item->n_steps >= 1 && item->n_steps <= TD_PLAY_STEPS &&
               item->repeat_from <= item->n_steps;
    default:
        return 0;
    }
}

static int good_options(const td_play_options *options)
{
    return options->volume >= TD_VOLUME_LEAST && options->volume <= TD_VOLUME_MOST &&
           options->stop_digits <= 0xffff && options->stop_on_voice <= 1 &&
           options->paused <= 1 && options->start <= MOST_SAMPLES &&
           (!options->speed ||
            (options->speed >= TD_SPEED_LEAST && options->speed <= TD_SPEED_MOST));
}

/* It would never end. */
static int deaf(const struct slot *slot, const td_play_options *options)
{
    return (options->stop_digits && !(slot->listens_api & TD_LISTEN_DTMF)) ||
           (options->stop_on_voice && !(slot->listens_api & TD_LISTEN_LEVEL));
}

static void release(struct trash *trash)
{
    free(trash);
}

/* A player with room for n items and the steps of their tones, in one piece. */
static struct player *make_room(const td_play_item *items, uint32_t n, struct play_item **to_items,
                                struct play_step **to_steps)
{
    size_t steps = 0, head = (sizeof(struct player) + 15) & ~(size_t)15;
    struct player *player;

    for (uint32_t i = 0; i < n; i++)
        steps += items[i].kind == TD_ITEM_TONES ? items[i].n_steps : 0;
    player = calloc(1, head + n * sizeof(**to_items) + steps * sizeof(**to_steps));
    if (!player)
        return NULL;
    player->attachment.trash.release = release;
    player->attachment.ops = &player_ops;
    *to_items = (struct play_item *)((char *)player + head);
    *to_steps = (struct play_step *)(*to_items + n);
    return player;
}

/* Steps of a tones item, its length, and what repeats. */
static int make_tones(struct play_item *to, const td_play_item *from, struct play_step *steps)
{
    uint64_t begin = 0;

    to->steps = steps;
    to->n_steps = from->n_steps;
    for (uint32_t i = 0; i < from->n_steps; i++) {
        if (tone_step(&steps[i], &from->steps[i]))
            return -EINVAL;
        if (i == from->repeat_from)
            to->loop = begin;
        steps[i].begin = begin;
        if (steps[i].samples == ENDLESS) {
            to->n_steps = i + 1; /* nothing behind it is ever reached */
            begin = ENDLESS;
            break;
        }
        begin += steps[i].samples;
    }
    if (begin != ENDLESS && from->repeat_from < from->n_steps) {
        to->period = begin - to->loop;
        begin = ENDLESS;
    }
    to->samples = from->samples && from->samples < begin ? from->samples : begin;
    return 0;
}

static int make_list(struct play_list *list, const td_play_item *items, uint32_t n,
                     struct play_item *to, struct play_step *steps)
{
    list->items = to;
    for (list->n = 0; list->n < n && !list->damaged; list->n++, items++, to++) {
        if (list->length == ENDLESS)
            return -EINVAL;
        *to = (struct play_item){.begin = list->length, .samples = items->samples,
                                 .kind = items->kind,
                                 .coding = items->coding ? items->coding : list->coding,
                                 .octets = items->octets};
        if (items->kind == TD_ITEM_TONES) {
            if (make_tones(to, items, steps))
                return -EINVAL;
            steps += items->n_steps;
        }
        list->length = to->samples == ENDLESS ? ENDLESS : list->length + to->samples;
        list->damaged = items->damaged && to->samples != ENDLESS;
        if (list->length != ENDLESS && list->length > MOST_SAMPLES)
            return -EINVAL;
    }
    return 0;
}

static void set_options(struct player *player, const td_play_options *options)
{
    struct play_list *list = &player->list;

    if (list->damaged)
        list->total = list->length;
    else if (!options->times || list->length == ENDLESS ||
             __builtin_mul_overflow(list->length, options->times, &list->total))
        list->total = ENDLESS;
    player->at = options->start < list->length ? options->start : list->length;
    player->shown = player->at;
    player->speed = options->speed ? options->speed : 1000;
    player->hop = HOP;
    player->gain = player->gain_goal = player_gain(options->volume);
    player->stop_digits = options->stop_digits;
    player->stop_on_voice = options->stop_on_voice != 0;
    player->paused = options->paused != 0;
}

static int make_player(const struct slot *slot, const td_play_item *items, uint32_t n,
                       const td_play_options *options, struct player **made)
{
    struct play_item *to_items;
    struct play_step *to_steps;
    struct player *player;

    if (!items || n < 1 || n > TD_PLAY_ITEMS || !good_options(options))
        return -EINVAL;
    if (deaf(slot, options))
        return -ENODATA;
    for (uint32_t i = 0; i < n; i++)
        if (!good_item(&items[i]))
            return -EINVAL;
    player = make_room(items, n, &to_items, &to_steps);
    if (!player)
        return -ENOMEM;
    player->list.coding = slot->coding;
    player->list.idle = slot->idle;
    if (make_list(&player->list, items, n, to_items, to_steps)) {
        free(player);
        return -EINVAL;
    }
    set_options(player, options);
    *made = player;
    return 0;
}

int td_slot_play_list(td_engine *engine, int span, int timeslot, const td_play_item *items,
                      uint32_t n, const td_play_options *options, int64_t tag)
{
    static const td_play_options once = {.times = 1};
    struct player *player;
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);

    if (!slot)
        return error;
    if (atomic_load_explicit(&slot->held[ATTACH_PLAYER], memory_order_acquire))
        return -EBUSY;
    error = make_player(slot, items, n, options ? options : &once, &player);
    if (error)
        return error;
    player->tag = tag;
    publish(&slot->play_position, player->at);
    error = voice_attach(engine, span, timeslot, ATTACH_PLAYER, &player->attachment);
    if (error)
        free(player);
    return error;
}

int td_slot_play(td_engine *engine, int span, int timeslot, const uint8_t *octets, uint32_t n,
                 int64_t tag)
{
    td_play_item item = {.kind = TD_ITEM_OCTETS, .octets = octets, .samples = n};

    return td_slot_play_list(engine, span, timeslot, &item, 1, NULL, tag);
}

int td_slot_stop_play(td_engine *engine, int span, int timeslot)
{
    return voice_command(engine, span, timeslot, (struct command){
        .op = OP_DETACH, .a = ATTACH_PLAYER, .b = TD_END_STOPPED});
}

int td_slot_playing(const td_engine *engine, int span, int timeslot)
{
    int error;
    struct slot *slot = command_find(engine, span, timeslot, SLOT_VOICE, &error);

    return slot ? atomic_load_explicit(&slot->held[ATTACH_PLAYER], memory_order_acquire) : error;
}

int td_slot_play_control(td_engine *engine, int span, int timeslot, int control, int64_t value)
{
    if (control < TD_PLAY_PAUSE || control > TD_PLAY_SPEED ||
        (control == TD_PLAY_SEEK_TO && value < 0) ||
        (control == TD_PLAY_VOLUME && (value < TD_VOLUME_LEAST || value > TD_VOLUME_MOST)) ||
        (control == TD_PLAY_SPEED && (value < TD_SPEED_LEAST || value > TD_SPEED_MOST)))
        return -EINVAL;
    if (control == TD_PLAY_SEEK_TO || control == TD_PLAY_SEEK_BY) {
        value = value > (int64_t)MOST_SAMPLES ? (int64_t)MOST_SAMPLES : value;
        value = value < -(int64_t)MOST_SAMPLES ? -(int64_t)MOST_SAMPLES : value;
    }
    return voice_command(engine, span, timeslot, (struct command){
        .op = OP_CONTROL, .a = ATTACH_PLAYER, .b = control, .tag = value});
}

int64_t td_slot_play_position(const td_engine *engine, int span, int timeslot)
{
    int error;
    const struct slot *slot = command_find(engine, span, timeslot, SLOT_VOICE, &error);

    return slot ? (int64_t)look(&slot->play_position) : error;
}
