/* The level bank's own structures: groups of 16 channels, what both twins of the kernels see. */
#ifndef TD_LEVEL_BANK_H
#define TD_LEVEL_BANK_H

#include <stdatomic.h>

#include "td_level.h"
#include "tone.h"

enum {
    LEVEL_LANES = TONE_LANES,
    LEVEL_RING = 4,         /* hops of the 32 ms window */
    LEVEL_SETTLE = 4,       /* hops before anything is judged */
    LEVEL_PART = 8,         /* hops of a part of the noise window: 64 ms */
    LEVEL_PARTS = 24,       /* parts of the noise window: 1.5 s */
    LEVEL_STEADY = 8,       /* parts that make it steady: 0.5 s */
    LEVEL_DC_HOPS = 128,
    LEVEL_BACK = 8,         /* hops that a beginning is backdated at most */
    LEVEL_MOST = 1 << 24,   /* hops counted: 37 hours */
    LEVEL_CLIP_GAP = 256,   /* samples between clipped ones that end a burst */
};

/* What every lane's samples since the hop began add up to. Squares in two halves, each small
 * enough for 32 bits: exact, whatever the order. `edge` is the first difference, saturated. */
struct level_sums {
    tone_ints sum;
    tone_ints energy_low, energy_high;
    tone_ints edge_low, edge_high;
};

/* Add n frames (1 to 64) of 16 lanes; peak is set to the largest magnitude of each, 32767 at most;
 * last holds each lane's sample before, and its last one afterwards. */
typedef void level_add(const int16_t *frames, uint32_t n, size_t stride, struct level_sums *sums,
                       int16_t *last, int16_t *peak);

/* A quantity whose noise floor is followed: 0 full band, 1 first difference. */
struct level_floor {
    tone_floats hop[LEVEL_RING];      /* mean squares */
    tone_floats least, most;          /* of the 32 ms windows in this part */
    tone_floats past_least[LEVEL_PARTS], past_most[LEVEL_STEADY];
    tone_floats window;               /* least of all past parts */
    tone_floats floor;
};

struct level_clip {
    uint64_t first, last; /* clipped samples of the burst, or what may become one */
    uint32_t count;
};

struct level_group {
    struct level_sums sums;
    struct level_floor floors[2];
    tone_floats dc, rms, fast;
    tone_floats active;   /* sum of hops' mean squares while voice sounded */
    tone_ints active_hops;
    tone_ints age, run, quiet; /* hops: judged; loud enough in a row; since the last loud one */
    tone_ints voice, begins, ends; /* -1: yes */
    int16_t last[LEVEL_LANES], peak[LEVEL_LANES]; /* peak: of this call */
    uint32_t on, waiting, clipping; /* bits of lanes; waiting: on at the next hop */
    uint64_t begin[LEVEL_LANES];    /* of the voice */
    uint64_t clipped[LEVEL_LANES];
    struct level_clip clip[LEVEL_LANES];
};

/* One channel as other threads see it. */
struct level_shown {
    _Atomic uint64_t energy; /* two floats: rms, fast */
    _Atomic uint64_t state;  /* two floats: floor, DC */
    _Atomic uint64_t voice;  /* samples since the last one, shifted; bit 1 voice, bit 0 on */
    _Atomic uint64_t clipped;
    _Atomic uint32_t peak;
};

/* Power ratios and mean squares; [0] full band, [1] first difference. */
struct level_limits {
    float least[2];  /* weakest voice */
    float most[2];   /* loudest noise floor */
    float over, stay; /* above the floor: begins, goes on */
    int32_t hangover; /* hops */
};

typedef void level_judge(const struct level_limits *limits, struct level_group *g, uint32_t hop);

struct td_level {
    uint32_t channels, groups;
    struct level_limits limits;
    int16_t clip_level;
    uint32_t clip_samples;
    bool vectors;
    level_add *add;
    level_judge *judge;
    uint32_t at;   /* samples into this hop */
    uint32_t hop;
    uint64_t clock;
    _Atomic uint64_t lost;
    _Atomic uint64_t shown_clock;
    struct level_shown *shown;
    struct level_group *group;
};

level_add level_add_plain;
level_judge level_judge_plain;
#if TONE_AVX2
level_add level_add_avx2;
level_judge level_judge_avx2;
#endif

/* Nothing heard yet. */
#define LEVEL_UNKNOWN 1e30f

#endif
