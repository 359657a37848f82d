/* Level meter, voice activity, silence, clipping, DC offset and noise of all channels of a span.
 *
 * Samples are int16 frames: channel c of frame i is frames[i * stride + c]. Full scale is +3.14
 * dBm0 as in A-law (0 dBm0: a sine of peak 22827). Energies are summed over hops of 64 samples
 * (8 ms); how samples are cut into calls makes no difference to what is told. Vector and plain C
 * agree to the bit. Levels are in 1/100 dBm0 and leave the DC offset out; nothing at all is -9000.
 *
 * Voice is what rises above the channel's own noise: 16 ms stronger than the noise floor by
 * voice_over (full band, or above about 500 Hz by a first difference) and than voice_min. It is
 * told 16 to 24 ms after its begin. The noise floor is the least level of 32 ms in the last 1.5 s;
 * what has been steady within 3 dB for half a second is taken for noise at once; and the floor is
 * never above floor_max. So line noise, DC and mains hum are no voice (steady noise that begins is
 * for half a second, hum and DC not even that), while a continuous tone stronger than floor_max +
 * voice_over counts as activity for as long as it lasts. What sounds in the first 32 ms is taken
 * for noise, too: speech below floor_max + voice_over that sounds from the first sample on is heard
 * with its second syllable or so (0.2 s later).
 */
#ifndef TD_LEVEL_H
#define TD_LEVEL_H

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TD_LEVEL_HOP 64
#define TD_LEVEL_CHANNELS 1024
#define TD_LEVEL_NOTHING (-9000)

/* Kinds of td_level_event. */
#define TD_LEVEL_VOICE 1
#define TD_LEVEL_CLIP 2

/* Begin (active 1) and end (active 0) of speech or of a burst of clipped samples. */
typedef struct td_level_event {
    uint64_t sample;   /* where it began, backdated: since td_level_new */
    uint32_t channel;
    uint32_t duration; /* so far; at the end all of it, the hangover not counted */
    int16_t level;     /* VOICE: so far, of active hops alone at the end; CLIP: of the last 32 ms */
    uint8_t kind;
    uint8_t active;
    uint32_t clipped;  /* CLIP: clipped samples of the burst so far; VOICE: 0 */
} td_level_event;
_Static_assert(sizeof(td_level_event) == 24, "level event");

/* 0 in a field asks for the default. */
typedef struct td_level_config {
    int16_t voice_min;     /* 1/100 dBm0, -8000 to 0: what is weaker is never voice; -5200 */
    int16_t floor_max;     /* 1/100 dBm0, -8000 to 0: noise is not believed to be above; -3300 */
    uint16_t voice_over;   /* 1/100 dB above the floor, 100 to 3000: begin (end: half of it); 600 */
    uint16_t hangover_ms;  /* 8 to 10000: silence that ends voice; 200 */
    uint16_t clip_level;   /* a sample as large is clipped, 1 to 32767; 32124, mu-law's last code
                            * (A-law's, 32256, is above it) */
    uint16_t clip_samples; /* clipped samples no more than 32 ms apart that make a burst; 4 */
    uint32_t plain;        /* 1: plain C even where vector instructions are there */
} td_level_config;

typedef struct td_level_now {
    uint64_t sample;      /* up to which this holds, since td_level_new */
    uint64_t since_voice; /* samples: 0 while voice sounds; since td_level_select if none did yet;
                           * counted up to 37 hours */
    uint64_t clipped;     /* clipped samples since td_level_select */
    int16_t rms;          /* 1/100 dBm0 of the last 32 ms */
    int16_t fast;         /* the same, exponential average of 125 ms (IEC 61672 "fast") */
    int16_t peak_level;   /* of a sine with that peak */
    int16_t floor;        /* noise floor, floor_max at most */
    uint16_t peak;        /* largest magnitude, DC and all, since it was last reset */
    int16_t dc;           /* LSB of int16; exponential average of about a second */
    uint8_t voice;        /* 1 while speech is active, hangover and all */
    uint8_t on;           /* 1 when the channel is selected */
    uint16_t reserved;
} td_level_now;
_Static_assert(sizeof(td_level_now) == 40, "level now");

typedef struct td_level td_level;

/* Meters for 1 to TD_LEVEL_CHANNELS channels, all off; config may be NULL. NULL and *error
 * (-EINVAL: out of range, -ENOMEM) on failure. */
td_level *td_level_new(uint32_t channels, const td_level_config *config, int *error);
void td_level_free(td_level *level);

/* Begin afresh on a channel (at the next hop), or end. 16 neighbours share vectors: what is off
 * costs nothing when all of 16 are. From the thread of td_level_run. -EINVAL: no such channel. */
int td_level_select(td_level *level, uint32_t channel, int on);

/* Take n frames. Returns how many events were written, in order of time for each channel; at most
 * 3 * (n / 64 + 2) a channel arise, those beyond max_events are dropped and counted. -EINVAL:
 * stride is less than channels. */
int64_t td_level_run(td_level *level, const int16_t *frames, uint32_t n, uint32_t stride,
                     td_level_event *events, uint32_t max_events);
/* From any thread. */
uint64_t td_level_lost(const td_level *level);

/* What a channel shows as of the last td_level_run. From any thread. -EINVAL: no such channel. */
int td_level_read(const td_level *level, uint32_t channel, td_level_now *now);
/* The same, and the peak begins anew. */
int td_level_read_reset(td_level *level, uint32_t channel, td_level_now *now);

/* 1 when vector instructions are used. */
int td_level_vector(const td_level *level);

#ifdef __cplusplus
}
#endif
#endif
