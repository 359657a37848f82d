/* The media engine's ABI: what a voice timeslot does beyond sending and receiving octets.
 *
 * Conventions are those of trunkd_native.h, section Engine: calls from one thread, commands carried
 * out between blocks, -ENODEV, -EBUSY, -ENOTCONN, -EOPNOTSUPP, -EINVAL, -EAGAIN, -ENOMEM.
 *
 * Soft channels are timeslots of the spans behind the board's own (td_engine_config.soft_spans).
 * They have no line: what is played on one is what it says (others are connected to it, or hear it
 * in a conference), and what it is connected with or hears in a conference is what it was sent.
 */
#ifndef TD_MEDIA_H_PUBLIC
#define TD_MEDIA_H_PUBLIC

#include "td_condition.h"
#include "td_echo.h"
#include "td_level.h"
#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- listening ---- */
#define TD_LISTEN_DTMF 1
#define TD_LISTEN_R2_FORWARD 2
#define TD_LISTEN_R2_BACKWARD 4
#define TD_LISTEN_R1 8
#define TD_LISTEN_FSK_V23 16
#define TD_LISTEN_FSK_BELL202 32
#define TD_LISTEN_MODEM 64
#define TD_LISTEN_PROGRESS 128
#define TD_LISTEN_LEVEL 256
#define TD_LISTEN_KINDS 9

/* Events of detectors. `tag` is the board time at which what they tell of began (ns); the payload
 * is the detector's own event: td_digit_event, td_fsk_event (`code`: TD_FSK_V23 ...),
 * td_modem_tone_event, td_progress_event, td_level_event. */
#define TD_EVENT_DIGIT 16
#define TD_EVENT_FSK 17
#define TD_EVENT_MODEM 18
#define TD_EVENT_PROGRESS 19
#define TD_EVENT_LEVEL 20
/* tag: the conference; payload: td_talker of each who talks, the loudest first. */
#define TD_EVENT_TALKERS 21

/* Listen for these kinds on a voice timeslot, and no more for others; on a soft channel, to what it
 * hears. */
int td_slot_listen(td_engine *engine, int span, int timeslot, uint32_t kinds);
/* -ENOTCONN: closed, or it does not listen to TD_LISTEN_LEVEL. */
int td_slot_level(const td_engine *engine, int span, int timeslot, td_level_now *now);

/* ---- conditioning ---- */
#define TD_RECEIVED 0
#define TD_SENT 1
/* Gain, AGC and gate of what is received or sent; NULL: none. */
int td_slot_condition(td_engine *engine, int span, int timeslot, int direction,
                      const td_condition_config *config);

/* Echo canceller: options as of td_echo_select, 0: off. The tail (ms, 16 to 128) is the span's:
 * -EBUSY while another timeslot of the span uses another one. */
int td_slot_echo(td_engine *engine, int span, int timeslot, uint32_t options, uint32_t tail_ms);

/* -ENOTCONN: it has no echo canceller. */
int td_slot_echo_stats(const td_engine *engine, int span, int timeslot, td_echo_stats *stats);

/* ---- conferences ---- */
#define TD_MEMBER_SPEAK 1 /* all hear it */
#define TD_MEMBER_HEAR 2  /* it hears all others that speak */
#define TD_MEMBER_COACH 4 /* it is heard by the coached member only */
#define TD_CONFERENCES 1024

typedef struct td_conference_config {
    uint32_t gate_above; /* with more members than this, only those who talk are mixed; 0: 6 */
    int32_t talk_level;  /* 1/100 dBm0 that counts as talking; 0: -4500 */
    uint32_t hold_ms;    /* and how long after that; 0: 400 */
    uint32_t report_ms;  /* least time between two TD_EVENT_TALKERS; 0: none are told */
} td_conference_config;

typedef struct td_talker {
    uint8_t span;
    uint8_t timeslot;
    int16_t level; /* 1/100 dBm0 */
} td_talker;
_Static_assert(sizeof(td_talker) == 4, "talker");

/* A number from 1 on, or a negative errno. */
int td_conference_open(td_engine *engine, const td_conference_config *config);
/* All members leave. */
int td_conference_close(td_engine *engine, int conference);
/* Roles: TD_MEMBER_*; again with other roles changes them. With COACH name the coached member.
 * -EBUSY: it is in another conference. */
int td_conference_join(td_engine *engine, int conference, int span, int timeslot, uint32_t roles,
                       int coached_span, int coached_timeslot);
int td_conference_leave(td_engine *engine, int conference, int span, int timeslot);

#ifdef __cplusplus
}
#endif
#endif
