/* Line echo cancellers of all channels of a span: ITU-T G.168.
 *
 * Samples are frames of a TDM bus: that of channel c in frame i stands at [i * stride + c], as
 * 16-bit linear at 8000 Hz (full scale is +3.14 dBm0). No delay is added in either direction. */
#ifndef TD_ECHO_H
#define TD_ECHO_H

#include "trunkd_native.h"

/* Options of td_echo_select. */
#define TD_ECHO_ON 1
#define TD_ECHO_NLP 2          /* non-linear processor: what echo is left is taken out */
#define TD_ECHO_COMFORT 4      /* noise like the near end's own in its place */
#define TD_ECHO_TONE_DISABLE 8 /* 2100 Hz with phase reversals disables it (G.168 clause 7) */
#define TD_ECHO_FREEZE 16      /* does not adapt: for measurements as in G.168 clause 6 */

#define TD_ECHO_TAIL_STEP_MS 8
#define TD_ECHO_LEAST_TAIL_MS 16
#define TD_ECHO_MOST_TAIL_MS 128
#define TD_ECHO_MOST_CHANNELS 1024

typedef struct td_echo td_echo;

/* Levels are means over about the last 100 ms; -99 stands for none. */
typedef struct {
    float erl_db;         /* echo return loss of the path as the filter knows it; 99: no echo */
    float erle_db;        /* enhancement by the linear filter while the far end spoke */
    float sent_dbm0;      /* reference */
    float received_dbm0;  /* with the echo */
    float residual_dbm0;  /* after the linear filter */
    float cleaned_dbm0;   /* after the non-linear processor */
    float noise_dbm0;     /* the near end's background noise */
    float delay_ms;       /* of the strongest part of the echo, to 8 ms */
    uint32_t changes;     /* echo paths learnt anew */
    uint32_t resets;      /* times the filter was worse than none and was cleared */
    uint8_t double_talk;  /* both ends speak */
    uint8_t disabled;     /* by a tone, until both directions are silent */
    uint8_t suppressing;  /* the non-linear processor is at work */
    uint8_t reserved;
} td_echo_stats;

/* Cancellers of 1 to 1024 channels, all off, for echoes up to tail_ms (16 to 128, in steps of 8)
 * after their source. `plain` keeps to plain C. NULL and *error = -EINVAL or -ENOMEM. */
td_echo *td_echo_new(uint32_t channels, uint32_t tail_ms, int plain, int *error);
void td_echo_free(td_echo *echo);

/* By how many frames (modulo 64) this one's block boundaries come earlier than another's, so that
 * the cancellers of many spans do not all work in the same millisecond. Before the first run. */
void td_echo_stagger(td_echo *echo, uint32_t frames);

/* 0: off, samples pass unchanged. Otherwise TD_ECHO_ON and the other bits; switching on resets the
 * channel, a change of the other bits does not. -EINVAL for an unknown channel or bit. */
int td_echo_select(td_echo *echo, uint32_t channel, uint32_t options);

/* Any number of frames: what was sent to the line in them, what came from it, and that without
 * echo (`cleaned` may be `received`). Channels from `channels` to `stride` are left alone. */
void td_echo_run(td_echo *echo, const int16_t *sent, const int16_t *received, int16_t *cleaned,
                 uint32_t frames, uint32_t stride);

/* -EINVAL for an unknown channel. */
int td_echo_stats_of(const td_echo *echo, uint32_t channel, td_echo_stats *stats);

#endif
