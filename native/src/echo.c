/* Line echo cancellers: ITU-T G.168.
 *
 * The first 64 taps of the filter are convolved in time, so that no delay is added; the others work
 * by spectra of blocks of 64 samples (8 ms). A second, shadow filter learns: at the end of each
 * block it takes the block's 64 errors as equations for all of its taps and solves them exactly
 * (echo_solve.h), with the noise and the near end that there is beside the echo. The filter in use
 * takes it over when it did better on samples that it had not seen; so double talk needs no
 * detector, and what goes wrong in the shadow is not heard. Where the error stays large, the
 * shadow tries whether there is another path. What the filter leaves, a non-linear processor takes
 * out (echo_output.h). Eight channels are in the lanes of a vector.
 *
 * E. Haensler, G. Schmidt: Acoustic Echo and Noise Control (2004), chapters 7 and 13; G. Enzner,
 * P. Vary: Frequency-domain adaptive Kalman filter (2006); K. Ochiai and others: Echo canceller
 * with two echo path models (1977). */
#include "echo.h"

#include <errno.h>
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

/* cos and sin of 16.8 turns a block, for the pointer at 2100 Hz. */
static const float echo_turn[5][2] = {
    {1, 0},
    {0.309016994f, 0.951056516f},
    {-0.809016994f, 0.587785252f},
    {-0.809016994f, -0.587785252f},
    {0.309016994f, -0.951056516f},
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
    for (int i = 0; i < ECHO_BLOCK; i++) {
        t->window[i] = (float)tone_sin((i + 0.5) / (4 * ECHO_BLOCK));
        t->tone[2 * i] = (float)tone_sin(0.25 - i * (2100 / 8000.0));
        t->tone[2 * i + 1] = (float)-tone_sin(i * (2100 / 8000.0));
    }
}

/* The lane's part of vectors. */
static void clear_vectors(ev *v, size_t count, int l)
{
    for (size_t i = 0; i < count; i++)
        v[i][l] = 0;
}

static void clear_lane(const td_echo *echo, struct echo_group *g, int l)
{
    struct echo_disabler *d = g->tone;
    size_t partitions = echo->parts * sizeof(echo_spectrum) / sizeof(ev);

    clear_vectors((ev *)g->sent, 3 * partitions, l);
    clear_vectors(g->past, 2 * echo->parts * (size_t)ECHO_BLOCK, l);
    clear_vectors(g->x, 6 * ECHO_BLOCK, l);
    clear_vectors(g->noise, ECHO_BINS + 2 * ECHO_BLOCK, l);
    g->px[l] = g->py[l] = g->pf[l] = g->pb[l] = g->weight[l] = g->other[l] = 0;
    g->long_y[l] = g->long_f[l] = 0;
    g->trial_b[l] = g->trial_f[l] = g->kept[l] = g->level[l] = g->threshold[l] = g->slope[l] = g->peak[l] = g->left[l] = g->echo[l] = 0;
    g->odd[l] = g->trial[l] = g->rest[l] = g->bad[l] = 0;
    g->doubt[l] = echo->first_doubt;
    g->patience[l] = ECHO_REST;
    g->gain[l] = g->bias[l] = g->share[l] = 1;
    g->now_y[l] = g->now_f[l] = g->useless[l] = 0;
    g->bias_least[l] = g->least[l] = g->least_before[l] = 1e9f;
    g->hold[l] = g->bias_blocks[l] = 0;
    g->floor[l] = g->least_power[l] = g->tonal[l] = g->excess[l] = 0;
    g->clear_blocks[l] = ECHO_FLOOR_BLOCKS - 8; /* the first floor is known soon */
    g->seed[l] = (uint32_t)(l * 7919 + 1);
    for (int i = 0; i < 2; i++) {
        clear_vectors(d[i].re, 6, l);
        for (int k = 0; k < 3; k++)
            d[i].tone[k][l] = 0;
        d[i].run[l] = d[i].since[l] = d[i].count[l] = 0;
    }
    g->quiet[l] = g->disabled[l] = g->talk[l] = 0;
    g->mean_x[l] = g->mean_y[l] = g->mean_e[l] = g->mean_out[l] = g->out_sum[l] = 0;
    g->far_y[l] = g->far_e[l] = 0;
    g->changes[l] = g->resets[l] = 0;
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
    size_t tail = 3 * parts * sizeof(echo_spectrum) + 2 * parts * ECHO_BLOCK * sizeof(ev);
    size_t head = (sizeof(td_echo) + 63) / 64 * 64 + (sizeof(struct echo_scratch) + 63) / 64 * 64;
    size_t size = (head + groups * (sizeof(struct echo_group) + tail) + 63) / 64 * 64;
    td_echo *echo = aligned_alloc(64, size);

    if (!echo)
        return NULL;
    memset(echo, 0, size);
    echo->groups = groups;
    echo->parts = parts;
    echo->group = (struct echo_group *)((char *)echo + head);
    echo->scratch = (struct echo_scratch *)((char *)echo + (sizeof(td_echo) + 63) / 64 * 64);
    char *at = (char *)(echo->group + groups);
    for (uint32_t i = 0; i < groups; i++, at += tail) {
        struct echo_group *g = &echo->group[i];
        g->sent = (echo_spectrum *)at;
        g->shadow = g->sent + parts;
        g->filter = g->shadow + parts;
        g->past = (ev *)(g->filter + parts);
        g->lags = g->past + parts * ECHO_BLOCK;
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
    echo->trial = 12 + 3 * (int32_t)echo->parts;
    echo->first_doubt = ECHO_ERL / (float)(echo->parts * ECHO_BLOCK);
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
        uint32_t o = g->options[i];
        g->on[i] = o ? -1 : 0;
        g->learns[i] = o && !(o & TD_ECHO_FREEZE) ? -1 : 0;
        g->processes[i] = o & TD_ECHO_NLP ? -1 : 0;
        g->comforts[i] = o & TD_ECHO_COMFORT ? -1 : 0;
        g->listens[i] = o & TD_ECHO_TONE_DISABLE ? -1 : 0;
        g->any |= o != 0;
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

static float dbm0(float mean_square)
{
    return mean_square < 0.01f ? -99 : (float)tone_db(mean_square / ECHO_DBM0_0);
}

/* The energy of the echo path, and where most of it is. */
static float path(const td_echo *echo, const struct echo_group *g, int l, uint32_t *strongest)
{
    float sum = 0, most = 0;
    *strongest = 0;
    for (uint32_t p = 0; p < echo->parts; p++) {
        float part = 0;
        for (int k = 0; k < ECHO_BINS; k++) {
            float re = g->filter[p].re[k][l], im = g->filter[p].im[k][l];
            part += re * re + im * im;
        }
        sum += part;
        if (part > most) {
            most = part;
            *strongest = p;
        }
    }
    return sum / ECHO_BLOCK;
}

int td_echo_stats_of(const td_echo *echo, uint32_t channel, td_echo_stats *stats)
{
    if (channel >= echo->channels)
        return -EINVAL;
    const struct echo_group *g = &echo->group[channel / ECHO_LANES];
    int l = (int)(channel % ECHO_LANES);
    uint32_t strongest;
    float energy = path(echo, g, l, &strongest);
    *stats = (td_echo_stats){
        .erl_db = energy < 1e-9f ? 99 : (float)-tone_db(energy),
        .erle_db = g->far_e[l] > 0 ? (float)tone_db((g->far_y[l] + 1e-3f) / g->far_e[l]) : 0,
        .sent_dbm0 = dbm0(g->mean_x[l]),
        .received_dbm0 = dbm0(g->mean_y[l]),
        .residual_dbm0 = dbm0(g->mean_e[l]),
        .cleaned_dbm0 = dbm0(g->mean_out[l]),
        .noise_dbm0 = dbm0(g->floor[l]),
        .delay_ms = (float)(strongest * TD_ECHO_TAIL_STEP_MS),
        .changes = (uint32_t)g->changes[l],
        .resets = (uint32_t)g->resets[l],
        .double_talk = g->on[l] && g->talk[l],
        .disabled = g->on[l] && g->disabled[l],
        .suppressing = g->on[l] && g->processes[l] && g->gain[l] < 0.5f,
    };
    return 0;
}
