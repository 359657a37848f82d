#include "echo.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tone.h"

/* k with its three base-4 digits reversed. */
const uint8_t echo_reversed[ECHO_BLOCK] = {
    0,  16, 32, 48, 4,  20, 36, 52, 8,  24, 40, 56, 12, 28, 44, 60,
    1,  17, 33, 49, 5,  21, 37, 53, 9,  25, 41, 57, 13, 29, 45, 61,
    2,  18, 34, 50, 6,  22, 38, 54, 10, 26, 42, 58, 14, 30, 46, 62,
    3,  19, 35, 51, 7,  23, 39, 55, 11, 27, 43, 59, 15, 31, 47, 63,
};

#define ECHO_TWIN(name) name##_plain
#define ECHO_TARGET
#include "echo_kernel.h"
#undef ECHO_TWIN
#undef ECHO_TARGET

#if ECHO_AVX2
#define ECHO_TWIN(name) name##_avx2
#define ECHO_TARGET __attribute__((target("avx2")))
#include "echo_kernel.h"
#endif

static void fill_tables(struct echo_tables *t)
{
    float *w = t->twiddle;
    for (int length = 64; length > 1; length /= 4)
        for (int j = 0; j < length / 4; j++)
            for (int m = 1; m <= 3; m++) {
                *w++ = (float)tone_sin(0.25 - (double)(m * j) / length);
                *w++ = (float)-tone_sin((double)(m * j) / length);
            }
    for (int k = 0; k <= ECHO_BLOCK / 2; k++) {
        t->split[2 * k] = (float)tone_sin(0.25 - k / 128.0);
        t->split[2 * k + 1] = (float)-tone_sin(k / 128.0);
    }
}

static void clear_lane(const td_echo *echo, struct echo_group *g, int l)
{
    for (uint32_t p = 0; p < echo->parts; p++)
        for (int k = 0; k < ECHO_BINS; k++) {
            g->shadow[p].re[k][l] = g->shadow[p].im[k][l] = 0;
            g->filter[p].re[k][l] = g->filter[p].im[k][l] = 0;
            g->sent[p].re[k][l] = g->sent[p].im[k][l] = 0;
            g->doubt[p][k][l] = 1.0f / (float)echo->parts;
        }
    for (int i = 0; i < ECHO_BLOCK; i++)
        g->x[i][l] = g->x[ECHO_BLOCK + i][l] = g->y[i][l] = g->later[i][l] = g->taps[i][l] = 0;
    for (int k = 0; k < ECHO_BINS; k++)
        g->noise[k][l] = 0;
    g->px[l] = g->py[l] = g->pf[l] = g->pb[l] = 0;
}


static void clear_group(const td_echo *echo, struct echo_group *g)
{
    g->newest = 0;
    for (int l = 0; l < ECHO_LANES; l++)
        clear_lane(echo, g, l);
}

/* Boundaries of the groups are spread over the 64 samples, so that each millisecond has its share. */
static uint32_t boundary(uint32_t group)
{
    return group * 16 % ECHO_BLOCK + group / 4 % 2 * 8;
}

static void set_twin(td_echo *echo, bool plain)
{
    echo->samples = samples_plain;
#if ECHO_AVX2
    if (!plain && tone_has_avx2())
        echo->samples = samples_avx2;
#else
    (void)plain;
#endif
}

/* One piece of memory: the cancellers, their groups, and each group's partitions. */
static td_echo *allocate(uint32_t groups, uint32_t parts)
{
    size_t spectra = parts * sizeof(echo_spectrum), doubt = parts * sizeof(ev) * ECHO_BINS;
    size_t head = (sizeof(td_echo) + 63) / 64 * 64, tail = 3 * spectra + doubt;
    size_t size = (head + groups * (sizeof(struct echo_group) + tail) + 63) / 64 * 64;
    td_echo *echo = aligned_alloc(64, size);

    if (!echo)
        return NULL;
    memset(echo, 0, size);
    echo->groups = groups;
    echo->parts = parts;
    echo->group = (struct echo_group *)((char *)echo + head);
    char *at = (char *)(echo->group + groups);
    for (uint32_t i = 0; i < groups; i++, at += tail) {
        struct echo_group *g = &echo->group[i];
        g->sent = (echo_spectrum *)at;
        g->shadow = g->sent + parts;
        g->filter = g->shadow + parts;
        g->doubt = (ev(*)[ECHO_BINS])(g->filter + parts);
    }
    return echo;
}

td_echo *td_echo_new(uint32_t channels, uint32_t tail_ms, int plain, int *error)
{
    if (channels == 0 || channels > TD_ECHO_MOST_CHANNELS || tail_ms < TD_ECHO_LEAST_TAIL_MS ||
        tail_ms > TD_ECHO_MOST_TAIL_MS || tail_ms % TD_ECHO_TAIL_STEP_MS) {
        *error = -EINVAL;
        return NULL;
    }
    td_echo *echo =
        allocate((channels + ECHO_LANES - 1) / ECHO_LANES, tail_ms / TD_ECHO_TAIL_STEP_MS);
    if (!echo) {
        *error = -ENOMEM;
        return NULL;
    }
    echo->channels = channels;
    set_twin(echo, plain);
    fill_tables(&echo->tables);
    for (uint32_t i = 0; i < echo->groups; i++) {
        echo->group[i].fill = boundary(i);
        clear_group(echo, &echo->group[i]);
    }
    return echo;
}

void td_echo_free(td_echo *echo)
{
    free(echo);
}

void td_echo_stagger(td_echo *echo, uint32_t frames)
{
    for (uint32_t i = 0; i < echo->groups; i++)
        echo->group[i].fill = (boundary(i) + frames) % ECHO_BLOCK;
}

int td_echo_select(td_echo *echo, uint32_t channel, uint32_t options)
{
    const uint32_t all =
        TD_ECHO_ON | TD_ECHO_NLP | TD_ECHO_COMFORT | TD_ECHO_TONE_DISABLE | TD_ECHO_FREEZE;
    if (channel >= echo->channels || options & ~all || (options && !(options & TD_ECHO_ON)))
        return -EINVAL;
    struct echo_group *g = &echo->group[channel / ECHO_LANES];
    int l = (int)(channel % ECHO_LANES);
    if (options && !g->options[l]) {
        if (!g->any)
            clear_group(echo, g);
        else
            clear_lane(echo, g, l);
    }
    g->options[l] = options;
    g->any = false;
    for (int i = 0; i < ECHO_LANES; i++) {
        g->on[i] = g->options[i] ? -1 : 0;
        g->any |= g->options[i] != 0;
    }
    return 0;
}

/* A group with nobody in it. */
static void pass(const int16_t *received, int16_t *cleaned, uint32_t frames, uint32_t stride,
                 int lanes)
{
    if (received == cleaned)
        return;
    for (uint32_t i = 0; i < frames; i++)
        memcpy(cleaned + (size_t)i * stride, received + (size_t)i * stride,
               (size_t)lanes * sizeof *cleaned);
}

void td_echo_run(td_echo *echo, const int16_t *sent, const int16_t *received, int16_t *cleaned,
                 uint32_t frames, uint32_t stride)
{
    for (uint32_t i = 0; i < echo->groups; i++) {
        struct echo_group *g = &echo->group[i];
        uint32_t first = i * ECHO_LANES, left = echo->channels - first, n;
        int lanes = left < ECHO_LANES ? (int)left : ECHO_LANES;

        if (!g->any) {
            pass(received + first, cleaned + first, frames, stride, lanes);
            g->fill = (g->fill + frames) % ECHO_BLOCK;
            continue;
        }
        for (uint32_t done = 0; done < frames; done += n) {
            size_t at = (size_t)done * stride + first;
            n = ECHO_BLOCK - g->fill;
            n = n < frames - done ? n : frames - done;
            echo->samples(echo, g, sent + at, received + at, cleaned + at, n, stride, lanes);
        }
    }
}

int td_echo_stats_of(const td_echo *echo, uint32_t channel, td_echo_stats *stats)
{
    if (channel >= echo->channels)
        return -EINVAL;
    memset(stats, 0, sizeof *stats);
    return 0;
}
