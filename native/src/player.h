/* A player's own structures: the list as it is read, and how it is played. */
#ifndef TD_PLAYER_INTERNAL_H
#define TD_PLAYER_INTERNAL_H

#include "media.h"
#include "td_player.h"
#include "tone.h"

#define ENDLESS UINT64_MAX

/* ---- the list (player_list.c, player_tone.c) ------------------------------------------------- */

/* A step of tones: phases are counted in 2^-32 turns, so that any sample of it can be made at once. */
struct play_step {
    uint64_t begin, samples; /* within the item; ENDLESS */
    float amplitude[TD_CADENCE_TONES];
    uint32_t turn[TD_CADENCE_TONES]; /* a sample's */
    float depth;
    uint32_t am_turn;
    uint32_t reversal;
};

struct play_item {
    uint64_t begin, samples; /* within the list; ENDLESS */
    int kind, coding;
    const uint8_t *octets;
    const struct play_step *steps;
    uint32_t n_steps;
    uint64_t loop, period; /* tones: from sample `loop` on they come again each `period`; 0: not */
};

/* Samples are numbered through all repetitions. */
struct play_list {
    const struct play_item *items;
    uint32_t n;
    int damaged;
    int coding, idle; /* of the timeslot */
    uint64_t length;  /* of one repetition */
    uint64_t total;
    uint32_t last;    /* the item read last: where the next sample is likely to be */
};

/* Samples at .. at + n - 1, linear. Returns how many: fewer at the end of the list only. */
unsigned list_linear(struct play_list *list, uint64_t at, int16_t *out, unsigned n);
/* The same in the form that loses nothing: octets, or linear where all are tones. */
unsigned list_sound(struct play_list *list, uint64_t at, struct sound *sound, unsigned n);
/* n samples of a tones item from its sample `at` on. */
void tone_samples(const struct play_item *item, uint64_t at, int16_t *out, unsigned n);
/* API side. -EINVAL. */
int tone_step(struct play_step *to, const td_cadence_step *from);

/* ---- the player ------------------------------------------------------------------------------ */

#define FADE 32         /* samples: 4 ms, of pause and seek */
#define GAIN_RAMP 64    /* samples: 8 ms */
#define SPLICE 80       /* samples: 10 ms, of a splice in speech */
#define MAX_FADE SPLICE
#define HOP 160         /* samples: 20 ms, between splices at the least */
#define SEARCH 80       /* samples: 10 ms, how far to either side a splice may be from its place */

struct player {
    struct attachment attachment;
    struct play_list list;
    int64_t tag;
    uint64_t sent;
    uint64_t at;    /* the next sample to be read */
    uint64_t shown; /* the position last told */
    int32_t ahead;  /* 1/1000 samples: how far `at` is before the place that speed asks for */
    uint32_t speed;
    uint32_t hop;   /* samples until a splice is looked for */
    int paused;
    /* What was cut off goes on below what follows, and fades. */
    int16_t tail[MAX_FADE];
    uint32_t tail_n, tail_at;
    float gain, gain_goal, gain_step;
    uint32_t gain_left;
    uint32_t stop_digits;
    int stop_on_voice;
    int digit; /* that ended it */
};

extern const struct attachment_ops player_ops;

/* n samples from here on, as they would come; silence behind the end. */
void player_upcoming(struct player *player, int16_t *out, unsigned n);
/* Let what would come now fade over n samples, whatever is read next. */
void player_fade(struct player *player, unsigned n);
/* player_speed.c: go on at the place that speed asks for, or near it where it fits. */
void player_splice(struct player *player);

/* To the nearest sample, limited: |value| < 2^20. In integers, which need no branches. */
static inline int16_t player_round(float value)
{
    int32_t near = (int32_t)(value + 1048576.5f) - 1048576;

    near = near < -32768 ? -32768 : near;
    return (int16_t)(near > 32767 ? 32767 : near);
}

static inline float player_gain(int32_t hundredths)
{
    return hundredths ? (float)tone_ratio(hundredths / 100.0) : 1.0f;
}

#endif
