/* Sample rates of voice files: a polyphase filter with any ratio, a windowed sinc.
 *
 * With the ratio up/down in lowest terms, output k lies at input k * down / up: between two inputs
 * at phase / up. Each phase has its own row of taps. Where that would be too many rows, there are
 * enough that going straight between two of them errs by less than -100 dB.
 */
#include "td_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

enum { LANES = 8, UNROLLED = 4 * LANES, BLOCK = 4096 };

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef float loose __attribute__((vector_size(4 * LANES), aligned(4)));

#define PASS 0.425            /* of the lower rate: 3400 Hz of 8000 */
#define STOP 0.5
#define STOP_DB 80.0
#define ROWS 512.0            /* when going straight between them; of input and output alike */

struct td_resampler {
    uint64_t (*run)(td_resampler *r, int16_t *out, uint64_t room);
    uint32_t from, to;
    uint32_t up, down_whole, down_rest; /* down = down_whole * up + down_rest */
    uint32_t phases, taps;
    int between;            /* go straight between two rows */
    float share;            /* 1 / up */
    float *table;           /* phases rows of taps, and one more when between */
    float *samples;         /* taps + BLOCK */
    uint64_t at, held;      /* the window's first sample; how many there are */
    uint32_t phase;
    uint64_t taken, made;   /* of this sound */
};

#define RESAMPLE_TWIN(name) name##_plain
#define RESAMPLE_TARGET
#include "resample_kernel.h"

#if defined(__x86_64__) || defined(__i386__)
#define RESAMPLE_TWIN(name) name##_avx2
#define RESAMPLE_TARGET __attribute__((target("avx2")))
#include "resample_kernel.h"
#define HAS_AVX2 __builtin_cpu_supports("avx2")
#else
#define run_avx2 run_plain
#define HAS_AVX2 0
#endif

/* Modified Bessel function of order 0, by its series. */
static double bessel(double x)
{
    double term = 1, sum = 1, quarter = x * x / 4;

    for (int n = 1; term > sum * 1e-12; n++) {
        term *= quarter / ((double)n * n);
        sum += term;
    }
    return sum;
}

/* Half of the Kaiser window, over places 0 to 1; read by going straight between two entries. */
enum { WINDOW = 1024 };

static void make_window(float *window)
{
    double beta = 0.1102 * (STOP_DB - 8.7), whole = bessel(beta);

    for (int i = 0; i <= WINDOW; i++) {
        double place = (double)i / WINDOW;
        window[i] = (float)(bessel(beta * sqrt(1 - place * place)) / whole);
    }
    window[WINDOW + 1] = window[WINDOW];
}

/* The taps of the point `offset` (0 to 1) after the window's middle sample, their sum 1. */
static void make_row(float *row, uint32_t taps, double offset, double cut, const float *window)
{
    double half = taps / 2.0, sum = 0;

    for (uint32_t i = 0; i < taps; i++) {
        double x = (double)i - (half - 1) - offset, angle = 2 * M_PI * cut * x;
        double place = fabs(x) / half * WINDOW;
        int entry = place < WINDOW ? (int)place : WINDOW;
        double weight = window[entry] + (window[entry + 1] - window[entry]) * (place - entry);
        double tap = (fabs(angle) < 1e-9 ? 1 : sin(angle) / angle) * weight;
        row[i] = (float)tap;
        sum += tap;
    }
    for (uint32_t i = 0; i < taps; i++)
        row[i] = (float)(row[i] / sum);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int make_table(td_resampler *r)
{
    double lower = r->from < r->to ? r->from : r->to, in = r->from;
    double width = (STOP - PASS) * lower / in;
    uint32_t taps = (uint32_t)ceil((STOP_DB - 7.95) / (14.357 * width)) + 1;
    uint32_t enough = (uint32_t)ceil(ROWS * lower / in);
    float *window = malloc((WINDOW + 2) * sizeof *window);

    r->taps = (taps + UNROLLED - 1) / UNROLLED * UNROLLED;
    r->between = r->up > 2 * enough;
    r->phases = r->between ? enough : r->up;
    uint32_t rows = r->phases + (r->between ? 1 : 0);
    r->table = aligned_alloc(sizeof(lanes), (size_t)rows * r->taps * sizeof *r->table);
    r->samples = malloc((r->taps + BLOCK) * sizeof *r->samples);
    if (window && r->table && r->samples) {
        make_window(window);
        for (uint32_t i = 0; i < rows; i++)
            make_row(r->table + (size_t)i * r->taps, r->taps, (double)i / r->phases,
                     (PASS + STOP) / 2 * lower / in, window);
    }
    int made = window && r->table && r->samples;
    free(window);
    return made;
}

/* A filter that does nothing, for equal rates. */
static int make_unit(td_resampler *r)
{
    r->taps = UNROLLED;
    r->phases = 1;
    r->table = aligned_alloc(sizeof(lanes), r->taps * sizeof *r->table);
    r->samples = malloc((r->taps + BLOCK) * sizeof *r->samples);
    if (!r->table || !r->samples)
        return 0;
    memset(r->table, 0, r->taps * sizeof *r->table);
    r->table[r->taps / 2 - 1] = 1;
    return 1;
}

td_resampler *td_resampler_new(uint32_t from_hz, uint32_t to_hz, int plain)
{
    if (from_hz < TD_RATE_LEAST || from_hz > TD_RATE_MOST || to_hz < TD_RATE_LEAST
        || to_hz > TD_RATE_MOST)
        return NULL;
    td_resampler *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    uint32_t common = common_divisor(from_hz, to_hz), down = from_hz / common;
    r->from = from_hz;
    r->to = to_hz;
    r->up = to_hz / common;
    r->down_whole = down / r->up;
    r->down_rest = down % r->up;
    r->share = 1.0f / (float)r->up;
    r->run = !plain && HAS_AVX2 ? run_avx2 : run_plain;
    if (!(from_hz == to_hz ? make_unit(r) : make_table(r))) {
        td_resampler_free(r);
        return NULL;
    }
    td_resampler_reset(r);
    return r;
}

void td_resampler_free(td_resampler *r)
{
    if (!r)
        return;
    free(r->table);
    free(r->samples);
    free(r);
}

void td_resampler_reset(td_resampler *r)
{
    r->at = r->phase = 0;
    r->taken = r->made = 0;
    r->held = r->taps / 2 - 1; /* silence before the beginning */
    memset(r->samples, 0, r->held * sizeof *r->samples);
}

uint64_t td_resampler_room(const td_resampler *r, uint64_t n)
{
    return ((r->taken + n) * r->to + r->from - 1) / r->from - r->made;
}

static uint64_t take(td_resampler *r, const float *in, uint64_t n, int16_t *out, uint64_t most)
{
    uint64_t made = 0;

    while (n) {
        uint64_t room = r->taps + BLOCK - r->held, part = n < room ? n : room;
        if (in) {
            memcpy(r->samples + r->held, in, part * sizeof *in);
            in += part;
        } else {
            memset(r->samples + r->held, 0, part * sizeof *r->samples);
        }
        n -= part;
        r->held += part;
        made += r->run(r, out + made, most - made);
        uint64_t gone = r->at < r->held ? r->at : r->held;
        memmove(r->samples, r->samples + gone, (r->held - gone) * sizeof *r->samples);
        r->held -= gone;
        r->at -= gone;
    }
    r->made += made;
    return made;
}

uint64_t td_resampler_process(td_resampler *r, const float *in, uint64_t n, int16_t *out)
{
    uint64_t most = td_resampler_room(r, n);

    r->taken += n;
    return take(r, in, n, out, most);
}

uint64_t td_resampler_finish(td_resampler *r, int16_t *out)
{
    return take(r, NULL, r->taps, out, td_resampler_room(r, 0));
}
