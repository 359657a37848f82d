/* The player of a voice timeslot: lists of octets, tones and silence. Part of the media engine's ABI.
 *
 * Conventions are those of trunkd_native.h, section Engine. One player a timeslot; td_slot_play is a
 * list of one item. A list is played once, several times or for ever, and ends with
 * TD_EVENT_PLAY_END: `code` TD_END_*, `value` the digit (ASCII) of TD_END_DIGIT, `octets` the samples
 * sent (at most 2^32 - 1 are told), `tag` the caller's.
 *
 * At volume 0 and speed 1000 octets of the timeslot's own law go out as they are, those of the other
 * law by the tables of G.711; item follows item without a gap. Elsewhere samples are linear.
 */
#ifndef TD_PLAYER_H
#define TD_PLAYER_H

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TD_ITEM_OCTETS 1
#define TD_ITEM_TONES 2
#define TD_ITEM_SILENCE 3

/* Reasons of TD_EVENT_PLAY_END, besides TD_END_COMPLETE, TD_END_STOPPED and TD_END_DIGIT. */
#define TD_END_VOICE 5   /* speech was heard */
#define TD_END_DAMAGED 6 /* an item ended by damage: what lies behind it is not played */

/* What an item does not use is 0. */
typedef struct td_play_item {
    int32_t kind;                 /* TD_ITEM_* */
    int32_t coding;               /* OCTETS: TD_ALAW, TD_ULAW; 0: the timeslot's own */
    const uint8_t *octets;        /* OCTETS: the caller's, until the list has ended */
    const td_cadence_step *steps; /* TONES: are copied */
    uint64_t samples;             /* OCTETS, SILENCE: how many; TONES: at most, 0: no limit */
    uint32_t n_steps;             /* TONES */
    uint32_t repeat_from;         /* TONES: as td_cadence_init; n_steps: not again */
    uint32_t damaged;             /* 1: more should follow here, but is lost */
    uint32_t reserved;
} td_play_item;

#define TD_PLAY_ITEMS 65536
#define TD_PLAY_STEPS 65536
#define TD_VOLUME_LEAST (-6000)
#define TD_VOLUME_MOST 3000
#define TD_SPEED_LEAST 500
#define TD_SPEED_MOST 2000

typedef struct td_play_options {
    uint64_t start;         /* sample of the list to begin with */
    uint32_t times;         /* to play the whole list; 0: for ever */
    int32_t volume;         /* 1/100 dB, TD_VOLUME_LEAST to TD_VOLUME_MOST */
    uint32_t speed;         /* 1/1000, TD_SPEED_LEAST to TD_SPEED_MOST; 0: 1000 */
    uint32_t stop_digits;   /* DTMF digits that end it: bit n for the nth of 0123456789*#ABCD */
    uint32_t stop_on_voice; /* 1: speech that begins ends it */
    uint32_t paused;        /* 1: wait for TD_PLAY_RESUME */
} td_play_options;

/* Play n items. options NULL: once, as it is. The first sample is in the block that begins next.
 * -EBUSY: something is played there. -ENODATA: stop_digits on a timeslot that does not listen to
 * TD_LISTEN_DTMF, stop_on_voice on one that does not listen to TD_LISTEN_LEVEL. -EINVAL: no or too
 * many items, one without samples or with a value out of range, one behind an item that never ends,
 * or an option out of range. */
int td_slot_play_list(td_engine *engine, int span, int timeslot, const td_play_item *items,
                      uint32_t n, const td_play_options *options, int64_t tag);

#define TD_PLAY_PAUSE 1
#define TD_PLAY_RESUME 2
#define TD_PLAY_SEEK_TO 3 /* sample of the list, in the repetition under way */
#define TD_PLAY_SEEK_BY 4 /* samples on, or back when negative; both stay within the list */
#define TD_PLAY_VOLUME 5  /* 1/100 dB, reached within 8 ms */
#define TD_PLAY_SPEED 6   /* 1/1000; pitch stays */

/* Pause, resume and seek fade over 4 ms. A pause keeps its place: nothing is lost. Nothing played:
 * nothing happens. -EINVAL: no such control, or a value out of range. */
int td_slot_play_control(td_engine *engine, int span, int timeslot, int control, int64_t value);

/* Samples of the list behind the last one sent, of the list under way or the one before; at the end
 * of the last repetition the list's length. It only grows while nothing is sought and no repetition
 * begins. */
int64_t td_slot_play_position(const td_engine *engine, int span, int timeslot);

#ifdef __cplusplus
}
#endif
#endif
