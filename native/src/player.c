/* A player gives its timeslot what to send, a block at a time. Engine side. */
#define _GNU_SOURCE
#include <string.h>

#include "player.h"

/* ---- fading ---------------------------------------------------------------------------------- */

/* Mix what fades into the n samples that follow it; how many of them it reached. */
static unsigned mix_tail(const struct player *player, int16_t *out, unsigned n)
{
    const int16_t *tail = player->tail + player->tail_at;
    unsigned rest = player->tail_n - player->tail_at;
    float share = 1.0f / (float)(player->tail_n ? player->tail_n : 1);
    float in = ((float)player->tail_at + 0.5f) * share;

    n = rest < n ? rest : n;
    for (unsigned i = 0; i < n; i++) {
        float now = in + (float)(int)i * share;

        out[i] = player_round((float)tail[i] * (1 - now) + (float)out[i] * now);
    }
    return n;
}

void player_upcoming(struct player *player, int16_t *out, unsigned n)
{
    unsigned got = player->paused ? 0 : list_linear(&player->list, player->at, out, n);

    memset(out + got, 0, (n - got) * sizeof(*out));
    mix_tail(player, out, n);
}

void player_fade(struct player *player, unsigned n)
{
    int16_t tail[MAX_FADE];

    player_upcoming(player, tail, n);
    memcpy(player->tail, tail, n * sizeof(*tail));
    player->tail_n = n;
    player->tail_at = 0;
}

static int fades(const struct player *player)
{
    return player->tail_at < player->tail_n;
}

/* ---- volume ---------------------------------------------------------------------------------- */

static void apply_gain(struct player *player, int16_t *out, unsigned n)
{
    unsigned i = 0;

    for (; i < n && player->gain_left; i++) {
        player->gain += player->gain_step;
        if (--player->gain_left == 0)
            player->gain = player->gain_goal;
        out[i] = player_round((float)out[i] * player->gain);
    }
    if (player->gain != 1.0f)
        for (; i < n; i++)
            out[i] = player_round((float)out[i] * player->gain);
}

static void set_volume(struct player *player, int32_t hundredths)
{
    player->gain_goal = player_gain(hundredths);
    player->gain_left = GAIN_RAMP;
    player->gain_step = (player->gain_goal - player->gain) / GAIN_RAMP;
    if (!player->sent) {
        player->gain = player->gain_goal;
        player->gain_left = 0;
    }
}

/* ---- where it is ----------------------------------------------------------------------------- */

/* Of a repetition; at the end of the last one it is the list's length. */
static uint64_t within(const struct play_list *list, uint64_t at)
{
    if (list->length == ENDLESS)
        return at;
    return at == list->total ? list->length : at % list->length;
}

/* The position, which does not go back when a splice does. */
static void show(struct slot *slot, struct player *player)
{
    const struct play_list *list = &player->list;
    int64_t away = player->ahead / 1000;
    uint64_t now = away > 0 && player->at < (uint64_t)away ? 0 : player->at - (uint64_t)away;

    if (player->at >= list->total || now > list->total)
        now = list->total;
    if (now > player->shown)
        player->shown = now;
    atomic_store_explicit(&slot->play_position, within(list, player->shown),
                          memory_order_release);
}

static void seek(struct slot *slot, struct player *player, int by, int64_t samples)
{
    uint64_t from = within(&player->list, player->shown);
    uint64_t begin = player->shown - from;
    uint64_t to = samples < 0 ? 0 : (uint64_t)samples;

    if (by && samples < 0)
        to = (uint64_t)-samples < from ? from - (uint64_t)-samples : 0;
    else if (by)
        to += from;
    if (to > player->list.length)
        to = player->list.length;
    if (player->sent && !player->paused)
        player_fade(player, FADE);
    player->at = player->shown = begin + to;
    player->ahead = 0;
    player->hop = HOP;
    show(slot, player);
}

static void set_speed(struct player *player, uint32_t speed)
{
    player->speed = speed;
    if (speed == 1000)
        player->ahead = 0;
    player->hop = HOP;
}

static void pause(struct player *player)
{
    if (player->paused)
        return;
    if (player->sent)
        player_fade(player, FADE);
    player->paused = 1;
}

static void resume(struct player *player)
{
    if (!player->paused)
        return;
    if (player->sent)
        player_fade(player, FADE);
    player->paused = 0;
}

static void control(td_engine *engine, struct slot *slot, struct attachment *self,
                    const struct command *command)
{
    struct player *player = (struct player *)self;

    (void)engine;
    switch (command->b) {
    case TD_PLAY_PAUSE:
        pause(player);
        break;
    case TD_PLAY_RESUME:
        resume(player);
        break;
    case TD_PLAY_SEEK_TO:
    case TD_PLAY_SEEK_BY:
        seek(slot, player, command->b == TD_PLAY_SEEK_BY, command->tag);
        break;
    case TD_PLAY_VOLUME:
        set_volume(player, (int32_t)command->tag);
        break;
    case TD_PLAY_SPEED:
        set_speed(player, (uint32_t)command->tag);
        break;
    }
}

/* ---- what it gives --------------------------------------------------------------------------- */

/* n samples of the list at its speed; fewer at its end. */
static unsigned read_on(struct player *player, int16_t *out, unsigned n)
{
    unsigned done = 0;

    while (done < n) {
        unsigned want = n - done, got;

        if (player->speed != 1000) {
            if (!player->hop) {
                player_splice(player);
                player->hop = HOP;
            }
            want = player->hop < want ? player->hop : want;
        }
        got = list_linear(&player->list, player->at, out + done, want);
        player->at += got;
        if (player->speed != 1000) {
            player->ahead += (int32_t)got * (1000 - (int32_t)player->speed);
            player->hop -= got;
        }
        if (fades(player))
            player->tail_at += mix_tail(player, out + done, got);
        done += got;
        if (got < want)
            break;
    }
    return done;
}

/* What fades out below nothing. */
static unsigned fade_out(struct player *player, int16_t *out, unsigned n)
{
    if (!fades(player))
        return 0;
    memset(out, 0, n * sizeof(*out));
    n = mix_tail(player, out, n);
    player->tail_at += n;
    return n;
}

static unsigned make(struct player *player, struct sound *sound, unsigned n)
{
    unsigned made = 0;

    if (!player->paused && player->speed == 1000 && player->gain == 1.0f && !player->gain_left &&
        !fades(player)) {
        made = list_sound(&player->list, player->at, sound, n);
        player->at += made;
        return made;
    }
    sound->form = SOUND_LINEAR;
    if (!player->paused)
        made = read_on(player, sound->linear, n);
    made += fade_out(player, sound->linear + made, n - made);
    apply_gain(player, sound->linear, made);
    return made;
}

static unsigned give(td_engine *engine, struct slot *slot, struct attachment *self,
                     struct sound *sound, unsigned n)
{
    struct player *player = (struct player *)self;
    unsigned made = make(player, sound, n);

    player->sent += made;
    show(slot, player);
    if (!player->paused && player->at >= player->list.total && !fades(player))
        voice_detach(engine, slot, ATTACH_PLAYER,
                     player->list.damaged ? TD_END_DAMAGED : TD_END_COMPLETE,
                     engine->time + made * FRAME_NS);
    return made;
}

/* ---- its end --------------------------------------------------------------------------------- */

static const char digits[] = "0123456789*#ABCD"; /* of the bits of stop_digits */

static void heard(td_engine *engine, struct slot *slot, struct attachment *self, int digit,
                  uint64_t time)
{
    struct player *player = (struct player *)self;
    const char *found = digit ? strchr(digits, digit) : NULL;

    if (!digit && player->stop_on_voice) {
        voice_detach(engine, slot, ATTACH_PLAYER, TD_END_VOICE, time);
    } else if (found && player->stop_digits >> (found - digits) & 1) {
        player->digit = digit;
        voice_detach(engine, slot, ATTACH_PLAYER, TD_END_DIGIT, time);
    }
}

static void end(td_engine *engine, struct slot *slot, struct attachment *self, int reason,
                uint64_t time)
{
    const struct player *player = (struct player *)self;
    td_event event = slot_event(slot, TD_EVENT_PLAY_END, time);

    event.code = (uint8_t)reason;
    event.octets = player->sent < UINT32_MAX ? (uint32_t)player->sent : UINT32_MAX;
    event.value = (int16_t)player->digit;
    event.tag = player->tag;
    engine_event(engine, &event, NULL);
}

const struct attachment_ops player_ops = {
    .give = give, .control = control, .heard = heard, .end = end};
