/* Voice over an analog line: each end hears the other through the loop, and itself in its echo. */
#define _GNU_SOURCE
#include <math.h>
#include <string.h>

#include "analog_model.h"

#define QUIET 8          /* the smallest value of A-law, in both signs, is silence */
#define CLICK_DECAY 0.8f /* a step of voltage behind the codec's high-pass of 300 Hz */
#define FAINT 1.0f
#define HUM_THIRD 0.316f /* -10 dB */
#define TWO_PI 6.283185307179586

/* ---- what is sent ---------------------------------------------------------------------------- */

/* The octets a port sends in this block, decoded; 1 when there is more in them than silence. */
static int take(const td_engine *engine, unsigned span, unsigned port, float *to, unsigned n)
{
    const struct engine_span *from = &engine->spans[span];
    const struct slot *slot = from->slots[port];
    const int16_t *table = sound_table(slot ? slot->coding : TD_ALAW);
    int sounds = 0;

    for (unsigned i = 0; i < n; i++) {
        int value = table[from->tx[i * TIMESLOTS + port]];

        if (value <= QUIET && value >= -QUIET)
            value = 0;
        sounds |= value;
        to[i] = (float)value;
    }
    return sounds != 0;
}

static int sends(const td_engine *engine, unsigned span, unsigned port)
{
    return port && engine->spans[span].tx_mask >> port & 1;
}

static int clicks(const struct analog_port *port)
{
    return port && fabsf(port->click) >= FAINT;
}

int analog_clicks(const struct analog_line *line)
{
    return clicks(line->fxs) || clicks(line->fxo) || clicks(line->tap);
}

/* Somebody has opened a port of the line: its sound matters. */
static int ears(const td_engine *engine, const struct analog_line *line)
{
    const struct analog_port *const ports[3] = {line->fxs, line->fxo, line->tap};

    for (int i = 0; i < 3; i++)
        if (ports[i] && engine->spans[ports[i]->span].open_mask >> ports[i]->number & 1)
            return 1;
    return 0;
}

/* Nobody hears it: all that sounded is over, noise and hum go on unheard. */
static int unheard(struct analog_line *line)
{
    struct analog_port *const ports[3] = {line->fxs, line->fxo, line->tap};

    for (int i = 0; i < 3; i++)
        if (ports[i])
            ports[i]->click = 0;
    memset(line->sent_fxs, 0, sizeof(line->sent_fxs));
    memset(line->sent_fxo, 0, sizeof(line->sent_fxo));
    line->quiet = line->noise_rms > 0 || line->hum_rms > 0 ? 0 : 4 * TAPS + MAX_BLOCK;
    return 0;
}

int analog_voice_begin(struct analog *analog, struct analog_line *line, struct analog_block *block)
{
    const struct analog_hot *hot = analog_hot(analog, line);
    unsigned n = block->n = analog->engine->block_frames;
    float *fxs = block->fxs + TAPS - 1, *fxo = block->fxo + TAPS - 1;
    int sounds = line->noise_rms > 0 || line->hum_rms > 0 || analog_clicks(line);

    if (!ears(analog->engine, line))
        return unheard(line);
    memset(fxs, 0, n * sizeof(*fxs));
    memset(fxo, 0, n * sizeof(*fxo));
    if (sends(analog->engine, hot->fxs_span, hot->fxs_port))
        sounds |= take(analog->engine, hot->fxs_span, hot->fxs_port, fxs, n);
    if (sends(analog->engine, hot->fxo_span, hot->fxo_port))
        sounds |= take(analog->engine, hot->fxo_span, hot->fxo_port, fxo, n);
    line->quiet = sounds ? 0 : line->quiet + n;
    if (line->quiet > 2 * TAPS + n) {
        line->quiet = 2 * TAPS + n;
        return 0;
    }
    memcpy(block->fxs, line->sent_fxs, sizeof(line->sent_fxs));
    memcpy(block->fxo, line->sent_fxo, sizeof(line->sent_fxo));
    memset(block->heard, 0, sizeof(block->heard));
    return 1;
}

/* ---- what is heard --------------------------------------------------------------------------- */

/* Add the output of one path to n samples; `sent` begins TAPS - 1 samples earlier. Element by element
 * and without fused operations, so that all processors give the same. */
static inline __attribute__((always_inline)) void convolve(const float *taps, const float *sent,
                                                           float *heard, unsigned n)
{
    for (; n >= PLANE; n -= PLANE, sent += PLANE, heard += PLANE) {
        float sum[PLANE] = {0};

        for (unsigned k = 0; k < TAPS; k++)
            for (unsigned i = 0; i < PLANE; i++)
                sum[i] += taps[k] * sent[i + TAPS - 1 - k];
        for (unsigned i = 0; i < PLANE; i++)
            heard[i] += sum[i];
    }
    for (unsigned i = 0; i < n; i++) {
        float sum = 0;

        for (unsigned k = 0; k < TAPS; k++)
            sum += taps[k] * sent[i + TAPS - 1 - k];
        heard[i] += sum;
    }
}

static void convolve_plain(const float *taps, const float *sent, float *heard, unsigned n)
{
    convolve(taps, sent, heard, n);
}

static void (*chosen)(const float *, const float *, float *, unsigned) = convolve_plain;

#if defined(__x86_64__) && !defined(TD_PLAIN_C)
__attribute__((target("avx2"))) static void convolve_avx2(const float *taps, const float *sent,
                                                          float *heard, unsigned n)
{
    convolve(taps, sent, heard, n);
}

/* Before main: no engine can be running yet. */
__attribute__((constructor)) static void choose(void)
{
    if (__builtin_cpu_supports("avx2"))
        chosen = convolve_avx2;
}
#endif

/* Add a path's output for samples from..to of what was sent (behind TAPS - 1 earlier ones). */
static void through(const struct analog_paths *paths, int path, const float *sent, float *heard,
                    unsigned from, unsigned to)
{
    if (paths->used[path])
        chosen(paths->taps[path], sent + from, heard + from, to - from);
}

static void click(struct analog_port *port, float *heard, unsigned from, unsigned to)
{
    if (!clicks(port))
        return;
    for (unsigned i = from; i < to; i++) {
        heard[i] += port->click;
        port->click *= CLICK_DECAY;
    }
}

/* Four uniform values are near enough to a normal one. */
static float noise(struct rng *rng)
{
    uint64_t bits = rng_next(rng);
    int sum = (int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff) + (int)(bits >> 32 & 0xffff) +
              (int)(bits >> 48) - 2 * 65535;

    return (float)sum / 37837.2f; /* 65536 * sqrt(4 / 12) */
}

/* Noise and hum are on the wire, all hear the same. */
static void disturb(struct analog_line *line, struct analog_block *block, unsigned from,
                    unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        float all = line->noise_rms > 0 ? line->noise_rms * noise(&line->rng) : 0;

        if (line->hum_rms > 0) {
            double turn = TWO_PI * line->hum_phase;

            all += line->hum_rms * (float)(sin(turn) + HUM_THIRD * sin(3 * turn));
            line->hum_phase += 50.0 / 8000;
            line->hum_phase -= floor(line->hum_phase);
        }
        for (int end = 0; end < 3; end++)
            block->heard[end][i] += all;
    }
}

void analog_voice_part(struct analog_line *line, struct analog_block *block, unsigned from,
                       unsigned to)
{
    const struct analog_paths *paths = &line->set->paths[analog_line_paths(line)];
    int fxs_hears = analog_feeds(line->fxs);
    int fxo_hears = line->fxo && (analog_holds(line->fxo) || line->fxo->monitor);

    if (line->noise_rms > 0 || line->hum_rms > 0)
        disturb(line, block, from, to);
    click(line->fxs, block->heard[0], from, to);
    click(line->fxo, block->heard[1], from, to);
    click(line->tap, block->heard[2], from, to);
    through(paths, TD_ANALOG_TO_FXS, block->fxo, block->heard[0], from, to);
    through(paths, TD_ANALOG_ECHO_FXS, block->fxs, block->heard[0], from, to);
    through(paths, TD_ANALOG_TO_FXO, block->fxs, block->heard[1], from, to);
    through(paths, TD_ANALOG_ECHO_FXO, block->fxo, block->heard[1], from, to);
    through(paths, TD_ANALOG_TAP_FXS, block->fxs, block->heard[2], from, to);
    through(paths, TD_ANALOG_TAP_FXO, block->fxo, block->heard[2], from, to);
    if (!fxs_hears)
        memset(block->heard[0] + from, 0, (to - from) * sizeof(float));
    if (!fxo_hears)
        memset(block->heard[1] + from, 0, (to - from) * sizeof(float));
}

static void give(td_engine *engine, const struct analog_port *port, const float *heard, unsigned n)
{
    struct engine_span *span;
    const struct slot *slot;
    int16_t linear[MAX_BLOCK];

    if (!port)
        return;
    span = &engine->spans[port->span];
    slot = span->slots[port->number];
    if (!slot)
        return;
    for (unsigned i = 0; i < n; i++) {
        float most = heard[i] < 32767 ? heard[i] : 32767;

        linear[i] = (int16_t)lrintf(most > -32768 ? most : -32768);
    }
    sound_encode_column(slot->coding ? slot->coding : TD_ALAW, linear, span->rx + port->number, n);
}

void analog_voice_end(struct analog *analog, struct analog_line *line, struct analog_block *block)
{
    unsigned n = block->n;

    memcpy(line->sent_fxs, block->fxs + n, sizeof(line->sent_fxs));
    memcpy(line->sent_fxo, block->fxo + n, sizeof(line->sent_fxo));
    give(analog->engine, line->fxs, block->heard[0], n);
    give(analog->engine, line->fxo, block->heard[1], n);
    give(analog->engine, line->tap, block->heard[2], n);
}
