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

typedef struct {
    ev re[ECHO_BINS], im[ECHO_BINS];
} echo_spectrum;

struct echo_tables {
    float twiddle[6 * (16 + 4 + 1)]; /* w, w^2, w^3 of each radix-4 stage */
    float split[2 * (ECHO_BLOCK / 2 + 1)];
    float window[ECHO_BLOCK];
};

/* Eight channels. Energies are mean squares of a sample. */
struct echo_group {
    ev x[2 * ECHO_BLOCK]; /* sent: the block before and this one */
    ev y[ECHO_BLOCK];     /* received */
    ev later[ECHO_BLOCK]; /* echo of this block that partitions after the first foretell */
    ev e[ECHO_BLOCK];     /* received less the echo */
    ev taps[ECHO_BLOCK];  /* the first partition in time */
    ev noise[ECHO_BINS];  /* spectrum of what is not echo, as the Kalman gain sees it */
    ev px, py, pf, pb;    /* recent energies: sent, received, after filter and shadow filter */
    ei on;                /* lanes that cancel; the others pass as they are */
    uint32_t options[ECHO_LANES];
    uint32_t changes[ECHO_LANES], resets[ECHO_LANES];
    uint32_t fill;        /* samples of this block */
    uint32_t newest;      /* of the spectra */
    bool any;
    echo_spectrum *sent;  /* ring of spectra of x, one a partition */
    echo_spectrum *shadow, *filter; /* the filter that adapts; the filter in use */
    ev (*doubt)[ECHO_BINS]; /* variance of the shadow filter's error (Kalman) */
};

struct td_echo {
    uint32_t channels, groups, parts;
    struct echo_tables tables;
    void (*samples)(const struct td_echo *, struct echo_group *, const int16_t *, const int16_t *,
                    int16_t *, uint32_t, uint32_t, int);
    void (*block)(const struct td_echo *, struct echo_group *);
    struct echo_group *group;
    void *memory;
};

extern const uint8_t echo_reversed[ECHO_BLOCK];

#endif
