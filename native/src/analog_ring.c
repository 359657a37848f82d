/* Ringing: its detection by cycles, and the trip when somebody answers. A step every millisecond. */
#define _GNU_SOURCE
#include <math.h>
#include <string.h>

#include "analog_model.h"

#define TWO_PI 6.283185307179586
#define CYCLES 2        /* until ringing is told */
#define PEAK_PART 0.7   /* of the threshold's peak: ringing has not gone */

/* ---- ring trip ------------------------------------------------------------------------------- */

void analog_ring_begin(struct analog_line *line, struct analog_port *fxs, uint64_t at)
{
    struct ring_trip *trip = &fxs->trip;
    unsigned cycle = (unsigned)lround(1000 / fxs->ring_hz);

    memset(trip, 0, sizeof(*trip));
    trip->length = cycle < 1 ? 1 : cycle > LONGEST_CYCLE ? LONGEST_CYCLE : cycle;
    line->phase = 0;
    line->step = at;
}

/* The mean of the loop current over a cycle of ringing: the ringers' alternating current is not in
 * it, the direct current of whoever answers is. */
static int tripped(struct analog_line *line)
{
    struct analog_port *fxs = line->fxs;
    struct ring_trip *trip = &fxs->trip;
    double now = line->trip_dc + line->trip_ac * sin(TWO_PI * trip->phase);

    trip->phase += STEP * fxs->ring_hz / (1000.0 * SAMPLES_PER_MS);
    trip->phase -= floor(trip->phase);
    trip->sum += now - trip->window[trip->at];
    trip->window[trip->at] = now;
    trip->at = trip->at + 1 == trip->length ? 0 : trip->at + 1;
    if (trip->filled < trip->length) {
        trip->filled++;
        return 0;
    }
    trip->over = trip->sum / trip->length >= fxs->is.off_hook_amps ? trip->over + 1 : 0;
    /* A contact shorter than a cycle leaves the window before that. */
    return trip->over > trip->length;
}

/* Somebody answers: normal battery from here on. */
static void trip(struct analog *analog, struct analog_line *line, uint64_t at)
{
    struct analog_port *fxs = line->fxs;

    fxs->feed = TD_FEED_NORMAL;
    line->dirty = 1;
    if (fxs->hook.told)
        return;
    analog_set_told(&fxs->hook, 1);
    atomic_store_explicit(&fxs->shown_hook, 1, memory_order_relaxed);
    analog_tell(analog, fxs, at, TD_LINE_HOOK, 1, 0, 0);
}

/* ---- detection ------------------------------------------------------------------------------- */

static void ring_told(struct analog *analog, struct analog_port *port, uint64_t at, int on)
{
    struct ring_watch *ring = &port->ring;

    ring->on = on;
    analog_tell(analog, port, at, TD_LINE_RING, on, (int64_t)lround(ring->hz * 1000),
                (uint32_t)lround(ring->volts * 1000));
}

void analog_ring_gone(struct analog *analog, struct analog_port *port, uint64_t at)
{
    if (!port || !port->ring.on || at < port->ring.seen + RING_GONE_SAMPLES)
        return;
    port->ring.cycles = 0;
    ring_told(analog, port, at, 0);
}

/* The voltage rose through zero at `crossing` (in samples): a cycle is over. */
static void cycle_over(struct analog *analog, struct analog_port *port, uint64_t at,
                       double crossing)
{
    struct ring_watch *ring = &port->ring;
    double cycle = crossing - ring->crossed[0];

    ring->crossed[2] = ring->crossed[1];
    ring->crossed[1] = ring->crossed[0];
    ring->crossed[0] = crossing;
    if (ring->n && ring->crossed[1] >= 0) {
        double hz = 1000.0 * SAMPLES_PER_MS / cycle, volts = sqrt(ring->sum / ring->n);
        int good = hz >= port->is.ring_hz_min && hz <= port->is.ring_hz_max &&
                   volts >= port->is.ring_volts * 0.999;

        ring->cycles = good ? ring->cycles + 1 : 0;
        if (ring->cycles >= CYCLES) {
            ring->hz = CYCLES * 1000.0 * SAMPLES_PER_MS / (crossing - ring->crossed[2]);
            ring->volts = volts;
            ring->seen = at;
            if (!ring->on)
                ring_told(analog, port, at, 1);
        }
    }
    ring->sum = 0;
    ring->n = 0;
}

static void look_at(struct analog *analog, struct analog_port *port, uint64_t at, double volts)
{
    struct ring_watch *ring = &port->ring;

    if (ring->last <= 0 && volts > 0) {
        double before = STEP * volts / (volts - ring->last);

        cycle_over(analog, port, at, fmax(0, (double)at - before));
    }
    ring->last = volts;
    ring->sum += volts * volts;
    ring->n++;
    if (ring->on && fabs(volts) >= PEAK_PART * sqrt(2) * port->is.ring_volts)
        ring->seen = at;
}

void analog_ring_step(struct analog *analog, struct analog_line *line, uint64_t at)
{
    double part = sin(TWO_PI * line->phase) * sqrt(2);

    if (line->fxo)
        look_at(analog, line->fxo, at, analog_holds(line->fxo) ? 0 : line->ac_fxo * part);
    if (line->tap)
        look_at(analog, line->tap, at, line->ac_fxo * part);
    if (line->fxs && line->fxs->feed == TD_FEED_RINGING && !line->fxs->broken && tripped(line))
        trip(analog, line, at);
    line->phase += STEP * line->ac_hz / (1000.0 * SAMPLES_PER_MS);
    line->phase -= floor(line->phase);
    line->step = at + STEP;
}

static uint64_t gone_due(const struct analog_port *port)
{
    return port && port->ring.on ? port->ring.seen + RING_GONE_SAMPLES : NEVER;
}

uint64_t analog_ring_due(const struct analog_line *line)
{
    uint64_t due = line->ac_hz > 0 ? line->step : NEVER;
    uint64_t fxo = gone_due(line->fxo), tap = gone_due(line->tap);

    due = fxo < due ? fxo : due;
    return tap < due ? tap : due;
}
