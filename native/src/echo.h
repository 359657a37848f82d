/* Inside the line echo canceller: eight channels in the lanes of a vector, structures of them. */
#ifndef TD_ECHO_INSIDE_H
#define TD_ECHO_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "td_echo.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

#if defined(__x86_64__) && !defined(TD_PLAIN_C)
#define ECHO_AVX2 1
#else
#define ECHO_AVX2 0
#endif

enum {
    ECHO_LANES = 8,
    ECHO_BLOCK = 64, /* samples of a partition: 8 ms */
    ECHO_BINS = ECHO_BLOCK + 1,
};

typedef float ev __attribute__((vector_size(4 * ECHO_LANES), aligned(16), may_alias));
typedef int32_t ei __attribute__((vector_size(4 * ECHO_LANES), aligned(16), may_alias));
typedef uint32_t eu __attribute__((vector_size(4 * ECHO_LANES), aligned(16), may_alias));

typedef struct {
    ev re[ECHO_BINS], im[ECHO_BINS];
} echo_spectrum;

struct echo_tables {
    float twiddle[6 * (16 + 4 + 1)]; /* w, w^2, w^3 of each radix-4 stage */
    float split[2 * (ECHO_BLOCK / 2 + 1)];
    float window[ECHO_BLOCK];   /* rising half of a sine */
    float tone[2 * ECHO_BLOCK]; /* 2100 Hz */
};

/* Room for the equations of a block; one group uses it at a time. */
enum { ECHO_ROW = ECHO_BLOCK + 1 };
struct echo_scratch {
    ev gram[(ECHO_BLOCK + 1) * ECHO_ROW]; /* rows of the triangle, and the error as the last */
    ev pivot[ECHO_BLOCK];                 /* one over the diagonal of its factor */
};

/* A mean square in 16-bit samples at so many dBm0 (a sine's is 260.54e6 at 0 dBm0). */
#define ECHO_DBM0_0 260.54e6f
#define ECHO_DBM0_M36 65.4e3f
#define ECHO_DBM0_M33 116.4e3f
#define ECHO_DBM0_M50 2605.0f
#define ECHO_DBM0_M56 654.0f

/* Of one direction. */
struct echo_disabler {
    ev re[3], im[3];      /* pointers of the last blocks, the newest first */
    ei tone[3];           /* there was 2100 Hz alone in them */
    ei run, since, count; /* blocks of tone; blocks since a reversal; timely reversals */
    uint32_t at;          /* of five: 16.8 turns a block */
};

/* Eight channels. Energies are mean squares of a sample. */
struct echo_group {
    ev x[2 * ECHO_BLOCK]; /* sent: the block before and this one */
    ev y[ECHO_BLOCK];     /* received */
    ev later[ECHO_BLOCK]; /* echo of this block that partitions after the first foretell */
    ev e[ECHO_BLOCK];     /* received less the echo */
    ev taps[ECHO_BLOCK];  /* the first partition in time */

    /* learning */
    ev px, py, pf, pb;    /* recent energies: sent, received, after filter and shadow filter */
    ev long_y, long_f;    /* received and after the filter, over 256 ms */
    ev doubt;             /* variance of a tap's error in the shadow filter */
    ev weight;            /* energy of the shadow filter */
    ev other;             /* energy of what is not echo, as the adaptation sees it */
    ev trial_b, trial_f;  /* error of the shadow filter and the filter in a trial */
    ev kept;              /* doubt when a trial began */
    ei odd;               /* blocks with more error than was to be expected, less good ones */
    ei trial;             /* blocks left of a trial with a new path */
    ei rest, patience;    /* blocks until another trial; how long that is */
    ev now_y, now_f;      /* received and after the filter, over 16 ms */
    ei useless;           /* the filter makes it worse now */
    ev share;             /* of the filter in what goes out */
    ei bad;               /* blocks in a row in which the filter made it worse */
    ei on, learns;        /* lanes that cancel (the others pass as they are); that may adapt */

    /* non-linear processor */
    ev level, gain;       /* of e, over 2 ms; of the output */
    ev left;              /* echo that may be left in e */
    ev threshold, slope;  /* more than that is the near end; its rise with the square of x */
    ev peak;              /* energy of the echo, over 2 ms */
    ev echo;              /* energy of the echo, peaks held */
    ev bias, bias_least;  /* what was left to what was to be expected */
    ei hold, bias_blocks, processes, comforts;
    ev floor, least, least_before, least_power; /* background noise */
    ev tonal;             /* the highest of its bins to all */
    ev excess;            /* error beyond what was to be expected, over 64 ms */
    ei clear_blocks;
    eu seed;
    ev noise[ECHO_BINS];  /* its spectrum */
    ev comfort[ECHO_BLOCK], fading[ECHO_BLOCK];

    /* disabling */
    struct echo_disabler tone[2]; /* sent, received */
    ei quiet, disabled, listens;

    ev mean_x, mean_y, mean_e, mean_out, far_y, far_e; /* for the statistics */
    ei changes, resets, talk;
    uint32_t options[ECHO_LANES];
    uint32_t fill;        /* samples of this block */
    uint32_t newest;      /* of the rings */
    bool any;             /* somebody is on */
    uint8_t turn;         /* of four blocks: all but one may be left out */
    ev out_sum;
    echo_spectrum *sent;  /* ring of spectra of x, one a partition */
    echo_spectrum *shadow, *filter; /* the filter that adapts; the filter in use */
    ev *past;             /* ring of x */
    ev *lags;             /* ring of what each block adds to the autocorrelation */
};

struct td_echo {
    uint32_t channels, groups, parts;
    int32_t trial;     /* blocks that a trial with a new path lasts */
    float first_doubt; /* about a path that nothing is known of */
    struct echo_tables tables;
    void (*samples)(const struct td_echo *, struct echo_group *, const int16_t *, const int16_t *,
                    int16_t *, uint32_t, uint32_t, int);
    struct echo_group *group;
    struct echo_scratch *scratch;
};

/* Found by measurement on speech and on G.168's signals, in A-law. */
#define ECHO_ERL 0.3f         /* of a path that nothing is known of: its energy */
#define ECHO_TRUST 0.7f       /* how far the learning believes that its equations are independent */
#define ECHO_DRIFT 1.5e-4f    /* of a path, by what is learnt */
#define ECHO_QUANTIZING 7e-4f /* noise of an A-law coder to its signal, */
#define ECHO_SMALL 50.0f      /* and at least */
#define ECHO_LEFT 1e-3f       /* echo that no linear filter takes out, to the echo */
#define ECHO_FAST 0.25f       /* means over 32 ms */
#define ECHO_BETTER 0.9f      /* error of the shadow filter that takes it over */
#define ECHO_WIN 0.12f        /* the same for a path tried anew */
#define ECHO_POOR 0.01f       /* residual to received: less needs no trial */
#define ECHO_MEMORY 0.85f     /* of a trial, from block to block */
enum {
    ECHO_REST = 30,         /* from one to the next */
    ECHO_HANG = 400,        /* samples that the near end stays open */
    ECHO_FLOOR_BLOCKS = 64, /* half a second */
};
#define ECHO_FLOOR_RATE 0.0625f
#define ECHO_TONE_SHARE 0.7f
#define ECHO_TONE_LEAST ECHO_DBM0_M36
#define ECHO_TONE_OPPOSITE 0.72f /* cos^2 of 148 degrees: 155 must, 110 must not (7.2.1) */
#define ECHO_HOLD ECHO_DBM0_M33

extern const uint8_t echo_reversed[ECHO_BLOCK];

#endif
