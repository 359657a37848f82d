/* Call progress: what sounds on N channels, as segments of level and frequencies.
 *
 * A segment begins and ends with the energy of frames of 64 samples (8 ms); what it holds is
 * measured in windows of 1024 samples (128 ms, or the whole segment when that is shorter) through a
 * Hann window and a Fourier transform. When the frequencies change, the segment ends and another
 * begins. Which tone of which country it is, the caller tells from the segments. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tone.h"

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

#define FRAME 64
#define WINDOW 1024
#define POINTS (WINDOW / 2)
#define ROWS (POINTS / 8)
#define SHORTEST 160 /* samples from which frequencies are told: 20 ms */
#define LOWEST 26    /* bins: 200 Hz to 3400 Hz */
#define HIGHEST 435
#define WIDEST 7                     /* half of the widest peak, in bins */
#define EDGE (LOWEST - WIDEST - 1)   /* from there on the spectrum is worked out */
#define BAND_ROOM ((HIGHEST - LOWEST + 7) / 8 * 8)
#define HZ (8000.0f / WINDOW)
#define SAME_HZ 14.0f
#define PAUSE_SHARE 0.04f /* of the segment's energy: -14 dB is a pause */
#define LOUDER 8.0f /* times the segment's energy: 9 dB up, something else begins */
#define PAUSE_FRAMES 3 /* that a pause has: modulation at 15 Hz dips for less */

struct measured {
    uint32_t n; /* frequencies, strongest first */
    float hz[TD_PROGRESS_TONES], power[TD_PROGRESS_TONES];
};

struct progress_channel {
    int16_t samples[WINDOW]; /* of the frame, or of the window, being filled */
    uint32_t off;            /* not listened to */
    uint32_t waiting;        /* samples of the frame */
    uint32_t filled;         /* samples of the window */
    uint32_t frames;         /* whole frames of the segment; 0: silence */
    uint32_t low, told, changing;
    uint64_t start, end;
    float before, first, last; /* energies: the frame before, the first, the latest */
    float sum;                 /* of all after the first */
    struct measured is;
    int16_t frame[FRAME];
};

/* Hann's, for even and odd samples. */
struct window {
    float even[POINTS], odd[POINTS];
};

struct tables {
    float fourths[21 * 6];               /* of the radix-4 stages: 16 + 4 + 1 times w, w^2, w^3 */
    float turn_re[ROWS][8], turn_im[ROWS][8]; /* between rows and columns */
    float split_re[POINTS / 2], split_im[POINTS / 2];
    uint8_t reversed[ROWS];
    struct window whole;
};

/* One set for all banks, and work that is on the stack: what each bank has of its own must come
 * through the cache again whenever that bank has its turn. */
static struct tables tables;

struct work {
    float power[WINDOW / 2];  /* of the window at hand */
    float band[BAND_ROOM];    /* its bins from LOWEST to HIGHEST - 1, then nothing */
    struct window part;       /* of a segment that was shorter than a window */
};

struct td_progress {
    uint32_t channels;
    uint64_t time, lost;
    float floor;              /* energy of a frame */
    struct work *work;        /* during td_progress_run */
    float (*energy)(const int16_t *);
    void (*spectrum)(td_progress *, const int16_t *, const struct window *);
    float (*band_sum)(const float *);
    int (*loudest)(const float *);
    struct progress_channel channel[];
};

/* ---- what is compiled twice ---- */

#define TONE_TWIN(name) name##_plain
#define TONE_TARGET
#include "progress_kernel.h"
#undef TONE_TWIN
#undef TONE_TARGET

#if TONE_AVX2
#define TONE_TWIN(name) name##_avx2
#define TONE_TARGET __attribute__((target("avx2")))
#include "progress_kernel.h"
#endif

/* ---- segments ---- */

struct progress_sink {
    td_progress_event *events;
    uint32_t n, max;
};

static void make_window(struct window *w, uint32_t n)
{
    double turn = 2 * M_PI / n, c0 = cos(0.5 * turn), c1 = c0, k = 2 * cos(turn);
    memset(w, 0, sizeof *w);
    for (uint32_t i = 0; i < n; i++) { /* cos((i + 1/2) * turn) by recurrence */
        float *to = (i & 1 ? w->odd : w->even) + i / 2;
        *to = (float)(0.5 - 0.5 * c0);
        double next = k * c0 - c1;
        c1 = c0;
        c0 = next;
    }
}

/* The power spectrum of n samples, of which there is memory for WINDOW; the sum over the band. */
static float spectrum_of(td_progress *p, const int16_t *samples, uint32_t n)
{
    if (n < WINDOW)
        make_window(&p->work->part, n);
    p->spectrum(p, samples, n < WINDOW ? &p->work->part : &tables.whole);
    memcpy(p->work->band, p->work->power + LOWEST, (HIGHEST - LOWEST) * sizeof *p->work->band);
    return p->band_sum(p->work->band);
}

/* Leave a peak out from now on; its power. */
static float take_peak(td_progress *p, uint32_t best, uint32_t wide)
{
    float power = 0;
    for (uint32_t b = best - wide; b <= best + wide; b++) {
        power += p->work->power[b];
        p->work->power[b] = 0;
        if (b >= LOWEST && b < HIGHEST)
            p->work->band[b - LOWEST] = 0;
    }
    return power;
}

/* The top of a peak of a Hann window, from three bins' logarithms. */
static float top(const float *power, uint32_t bin)
{
    float left = logf(power[bin - 1] + 1), middle = logf(power[bin] + 1);
    float right = logf(power[bin + 1] + 1);
    float bend = left - 2 * middle + right;
    return bend < -1e-6f ? 0.5f * (left - right) / bend : 0;
}

/* The peaks of the spectrum within 16 dB of the greatest; none when they hold too little of it. */
static struct measured measure(td_progress *p, const int16_t *samples, uint32_t n)
{
    struct measured found = {0};
    if (n < SHORTEST)
        return found;
    float sum = spectrum_of(p, samples, n), held = 0;
    uint32_t wide = 2 * WINDOW / n + 1; /* half of a peak, in bins */
    wide = wide > WIDEST ? WIDEST : wide;
    while (found.n < TD_PROGRESS_TONES) {
        uint32_t best = LOWEST + (uint32_t)p->loudest(p->work->band);
        float shift = top(p->work->power, best);
        int peak = p->work->power[best] > p->work->power[best - 1] && p->work->power[best] > p->work->power[best + 1];
        float power = take_peak(p, best, wide);
        if (found.n && power < 0.025f * found.power[0])
            break;
        held += power;
        if (!peak && found.n)
            continue; /* the foot of a peak taken before */
        found.hz[found.n] = HZ * ((float)best + shift);
        found.power[found.n++] = power;
    }
    if (held < 0.8f * sum)
        found.n = 0;
    return found;
}

static int is_within(const struct measured *a, const struct measured *b)
{
    if ((a->n == 0) != (b->n == 0))
        return 0;
    for (uint32_t i = 0; i < a->n; i++) {
        int there = a->power[i] < 0.1f * a->power[0]; /* faint ones come and go */
        for (uint32_t k = 0; k < b->n; k++)
            there |= fabsf(a->hz[i] - b->hz[k]) < SAME_HZ;
        if (!there)
            return 0;
    }
    return 1;
}

static int is_same(const struct measured *a, const struct measured *b)
{
    return is_within(a, b) && is_within(b, a);
}

static float dbm0(float mean_square)
{
    return mean_square > 0 ? 10 * log10f(mean_square / 536870912.0f) + 3.14f : -100;
}

static void tell(td_progress *p, struct progress_channel *c, struct progress_sink *sink, int kind,
                 uint64_t end)
{
    if (sink->n == sink->max) {
        p->lost++;
        return;
    }
    td_progress_event *e = &sink->events[sink->n++];
    float total = 0;
    float level = dbm0((c->frames > 1 ? c->sum / (float)(c->frames - 1) : c->first) / FRAME);
    *e = (td_progress_event){
        .sample = c->start,
        .duration = (uint32_t)(end > c->start ? end - c->start : 0),
        .channel = (uint32_t)(c - p->channel),
        .level = (int16_t)lrintf(100 * level),
        .kind = (uint8_t)kind,
        .n = (uint8_t)c->is.n,
    };
    for (uint32_t i = 0; i < c->is.n; i++)
        total += c->is.power[i];
    for (uint32_t i = 0; i < c->is.n; i++) {
        e->frequency[i] = (uint16_t)lrintf(10 * c->is.hz[i]);
        e->levels[i] = (int16_t)lrintf(100 * (level + 10 * log10f(c->is.power[i] / total)));
    }
}

static void segment_ends(td_progress *p, struct progress_channel *c, struct progress_sink *sink,
                         uint64_t end)
{
    if (!c->told) {
        c->is = measure(p, c->samples, c->filled);
        c->told = 1;
        tell(p, c, sink, TD_PROGRESS_ON, end);
    }
    tell(p, c, sink, TD_PROGRESS_OFF, end);
    c->frames = 0;
}

/* The segment went over into something else at `time`. */
static void becomes(td_progress *p, struct progress_channel *c, struct progress_sink *sink,
                    uint64_t time)
{
    tell(p, c, sink, TD_PROGRESS_OFF, time);
    c->first = c->sum /= (float)(c->frames - 1);
    c->frames = 2;
    c->start = time;
}

/* A window is full: tell what sounds, or that it is something else now. The first window that
 * differs may hold some of both; the change is taken to be in its middle. */
static void window_full(td_progress *p, struct progress_channel *c, struct progress_sink *sink,
                        uint64_t time)
{
    struct measured now = measure(p, c->samples, WINDOW);
    uint32_t changing = c->changing;
    c->filled = 0;
    c->changing = c->told && !is_same(&c->is, &now);
    if (c->told && !(c->changing && changing))
        return;
    if (c->told)
        becomes(p, c, sink, time - WINDOW - WINDOW / 2);
    c->is = now;
    c->told = 1;
    c->changing = 0;
    tell(p, c, sink, TD_PROGRESS_ON, time);
}

static void segment_begins(struct progress_channel *c, float energy, uint64_t time)
{
    c->frames = 1;
    c->filled = c->told = c->low = c->changing = 0;
    c->first = c->last = energy;
    c->sum = 0;
    c->start = time - FRAME;
    c->end = time;
    c->is.n = 0;
}

/* The second frame tells how much of the first, and of the one before, the segment filled. */
static void set_start(struct progress_channel *c, float energy)
{
    float filled = (c->before + c->first) / energy;
    uint64_t samples = (uint64_t)lrintf(FRAME * (filled > 2 ? 2 : filled));
    uint64_t end = c->start + FRAME;
    c->start = end > samples ? end - samples : 0;
}

static void sounding(td_progress *p, struct progress_channel *c, const int16_t *frame,
                     float energy, uint64_t time, struct progress_sink *sink)
{
    float mean = c->frames > 1 ? c->sum / (float)(c->frames - 1) : c->first;
    if (energy < p->floor || energy < PAUSE_SHARE * mean) {
        if (!c->low) {
            float filled = (c->last + energy) / mean;
            c->end = time - 2 * FRAME + (uint64_t)lrintf(FRAME * (filled > 2 ? 2 : filled));
        }
        if (++c->low == PAUSE_FRAMES)
            segment_ends(p, c, sink, c->end);
        return;
    }
    if (c->frames >= 4 && energy > LOUDER * mean) {
        segment_ends(p, c, sink, time - FRAME);
        c->before = 0;
        segment_begins(c, energy, time);
        return;
    }
    c->low = 0;
    if (c->frames == 1)
        set_start(c, energy);
    c->frames++;
    c->last = energy;
    c->sum += energy;
    memcpy(c->samples + c->filled, frame, FRAME * sizeof *frame);
    c->filled += FRAME;
    if (c->filled == WINDOW)
        window_full(p, c, sink, time);
}

static void progress_frame(td_progress *p, struct progress_channel *c, const int16_t *frame,
                           uint64_t time, struct progress_sink *sink)
{
    float energy = p->energy(frame);
    if (c->frames)
        sounding(p, c, frame, energy, time, sink);
    else if (energy >= p->floor)
        segment_begins(c, energy, time);
    if (!c->frames)
        c->before = energy;
}

static void progress_samples(td_progress *p, struct progress_channel *c, const int16_t *samples,
                             uint32_t n, struct progress_sink *sink)
{
    for (uint32_t done = 0; done < n;) {
        if (!c->waiting && n - done >= FRAME) {
            progress_frame(p, c, samples + done, p->time + done + FRAME, sink);
            done += FRAME;
            continue;
        }
        uint32_t piece = FRAME - c->waiting < n - done ? FRAME - c->waiting : n - done;
        memcpy(c->frame + c->waiting, samples + done, piece * sizeof *samples);
        c->waiting += piece;
        done += piece;
        if (c->waiting == FRAME) {
            c->waiting = 0;
            progress_frame(p, c, c->frame, p->time + done, sink);
        }
    }
}

int64_t td_progress_run(td_progress *p, const int16_t *samples, size_t stride, uint32_t n,
                        td_progress_event *events, uint32_t max_events)
{
    if (n > stride && p->channels > 1)
        return -EINVAL;
    struct progress_sink sink = {events, 0, max_events};
    struct work work;
    memset(work.band, 0, sizeof work.band);
    p->work = &work;
    for (uint32_t c = 0; c < p->channels; c++)
        if (!p->channel[c].off)
            progress_samples(p, &p->channel[c], samples + c * stride, n, &sink);
    p->time += n;
    return sink.n;
}

int td_progress_select(td_progress *p, uint32_t channel, int on)
{
    if (channel >= p->channels)
        return -EINVAL;
    struct progress_channel *c = &p->channel[channel];
    if (!c->off == !!on)
        return 0;
    memset(c, 0, sizeof *c);
    c->off = !on;
    c->waiting = (uint32_t)(p->time % FRAME);
    return 0;
}

static void make_tables(void)
{
    struct tables *t = &tables;
    float *w = t->fourths;
    for (int length = ROWS; length > 1; length /= 4)
        for (int j = 0; j < length / 4; j++)
            for (int power = 1; power < 4; power++) {
                double angle = -2 * M_PI * j * power / length;
                *w++ = (float)cos(angle);
                *w++ = (float)sin(angle);
            }
    for (int i = 0; i < ROWS; i++) {
        int k = (i & 3) << 4 | (i & 12) | i >> 4;
        t->reversed[i] = (uint8_t)k;
        for (int c = 0; c < 8; c++) {
            t->turn_re[i][c] = (float)cos(2 * M_PI * k * c / POINTS);
            t->turn_im[i][c] = (float)-sin(2 * M_PI * k * c / POINTS);
        }
    }
    for (int k = 0; k < POINTS / 2; k++) {
        t->split_re[k] = (float)cos(2 * M_PI * k / WINDOW);
        t->split_im[k] = (float)-sin(2 * M_PI * k / WINDOW);
    }
    make_window(&t->whole, WINDOW);
}

int td_progress_vector(td_progress *p, int on)
{
    p->energy = energy_plain;
    p->spectrum = spectrum_plain;
    p->band_sum = band_sum_plain;
    p->loudest = loudest_plain;
#if TONE_AVX2
    if (on && tone_has_avx2()) {
        p->energy = energy_avx2;
        p->spectrum = spectrum_avx2;
        p->band_sum = band_sum_avx2;
        p->loudest = loudest_avx2;
    }
#endif
    return on && p->energy != energy_plain;
}

static pthread_once_t made = PTHREAD_ONCE_INIT;

td_progress *td_progress_new(uint32_t channels, double floor_dbm0, int *error)
{
    int good = channels >= 1 && channels <= 4096 && floor_dbm0 >= -60 && floor_dbm0 <= 0;
    *error = good ? 0 : -EINVAL;
    if (!good)
        return NULL;
    td_progress *p = calloc(1, sizeof *p + channels * sizeof p->channel[0]);
    if (!p) {
        *error = -ENOMEM;
        return NULL;
    }
    p->channels = channels;
    p->floor = (float)(FRAME * 536870912.0 * pow(10, (floor_dbm0 - 3.14) / 10));
    pthread_once(&made, make_tables);
    td_progress_vector(p, 1);
    return p;
}

void td_progress_free(td_progress *p)
{
    free(p);
}

uint64_t td_progress_lost(const td_progress *p)
{
    return p->lost;
}
