/* Direct current of an analog line by Ohm's law, and the detectors that look at it.
 *
 *      FXS: battery - feed - |cut| - loop -+-------+------+-----+------- FXO
 *                                         leak  telephone tap  short
 */
#define _GNU_SOURCE
#include <math.h>

#include "analog_model.h"

#define OPEN_OHMS 5e6        /* FXO on hook: TIA-968-B 5.1.6.1 asks for 5 Mohm and more */
#define TAP_OHMS 10e6
#define TELEPHONE_OHMS 250.0 /* a telephone beside the FXO, off hook */
#define GROUND_OHMS 500.0    /* through which an FXO grounds the ring */
#define LEAST_OHMS 0.01
#define RINGER_OHMS 7000.0   /* 1 REN */
#define ABSENT_VOLTS 2.0   /* two telephones at 20 mA leave 2.7 */
#define HELD_VOLTS 1.0       /* the same while we hold the loop */
#define IN_USE_VOLTS 20.0
#define CLICK_PER_VOLT 80.0f
#define LOUDEST_CLICK 8000.0f
#define RELEASE 0.8          /* of off_hook_amps */

/* ---- the circuit ----------------------------------------------------------------------------- */

/* What closes the loop at the FXO's end, in siemens: for direct current, and for ringing. */
static double load(const struct analog_line *line, int ringing)
{
    double closed = 1 / OPEN_OHMS;
    double sum = line->tap ? 1 / TAP_OHMS : 0;

    if (line->fxo && analog_holds(line->fxo))
        closed = 1 / line->fxo->is.hold_ohms;
    else if (line->fxo && ringing)
        closed = line->fxo->is.ren / RINGER_OHMS;
    if (line->fxo)
        sum += closed;
    if (line->is.faults & TD_ANALOG_PARALLEL)
        sum += 1 / TELEPHONE_OHMS;
    if (ringing)
        sum += line->is.ren / RINGER_OHMS;
    if (line->is.leak_ohms > 0)
        sum += 1 / line->is.leak_ohms;
    if (line->is.faults & TD_ANALOG_SHORT)
        sum += 1 / fmax(line->is.short_ohms, LEAST_OHMS);
    return sum;
}

/* Battery between tip and ring, as the feed has it. */
static double battery_of(const struct analog_port *fxs)
{
    double volts;

    if (!fxs || fxs->broken || fxs->feed == TD_FEED_OPEN || fxs->feed == TD_FEED_TIP_OPEN)
        return 0;
    /* The lamp's voltage is taken off as soon as somebody answers. */
    volts = fxs->lamp && !fxs->hook.told && fxs->feed != TD_FEED_RINGING ? TD_LAMP_VOLTS
                                                                         : fxs->is.battery_volts;
    return fxs->feed == TD_FEED_REVERSED ? -volts : volts;
}

static void jump(struct analog_port *port, double volts, double amps)
{
    float click = port->click + CLICK_PER_VOLT * (float)(volts - port->volts);

    port->click = fmaxf(-LOUDEST_CLICK, fminf(LOUDEST_CLICK, click));
    port->volts = volts;
    port->amps = amps;
    atomic_store_explicit(&port->shown_volts, volts, memory_order_relaxed);
    atomic_store_explicit(&port->shown_amps, amps, memory_order_relaxed);
}

static void show_ring(struct analog_port *port, double volts, double hz)
{
    if (!port)
        return;
    atomic_store_explicit(&port->shown_ring_volts, volts, memory_order_relaxed);
    atomic_store_explicit(&port->shown_ring_hz, volts > 0 ? hz : 0, memory_order_relaxed);
}

static void solve_dc(struct analog_line *line)
{
    int cut = (line->is.faults & TD_ANALOG_CUT) != 0;
    double siemens = cut ? 0 : load(line, 0);
    double far = 1 / fmax(siemens, 1e-12), behind = line->is.loop_ohms + far;
    double volts = battery_of(line->fxs), amps = 0, near = volts, end;

    if (line->fxs && !cut) {
        amps = volts / (line->fxs->is.feed_ohms + behind);
        if (fabs(amps) > line->fxs->is.limit_amps)
            amps = copysign(line->fxs->is.limit_amps, amps);
        near = amps * behind;
    }
    end = amps * far * (line->is.faults & TD_ANALOG_CROSSED ? -1 : 1);
    if (line->fxs)
        jump(line->fxs, near, amps);
    if (line->fxo)
        jump(line->fxo, end, analog_holds(line->fxo) ? end / line->fxo->is.hold_ohms : 0);
    if (line->tap)
        jump(line->tap, end, 0);
}

/* Ringing, or the stronger foreign voltage. */
static void solve_ac(struct analog_line *line)
{
    const struct analog_port *fxs = line->fxs;
    int cut = (line->is.faults & TD_ANALOG_CUT) != 0;
    int rings = fxs && fxs->feed == TD_FEED_RINGING && !fxs->broken;
    double behind = line->is.loop_ohms + 1 / fmax(cut ? 0 : load(line, 1), 1e-12);
    double was = line->ac_hz;

    line->ac_hz = line->ac_fxs = line->ac_fxo = line->trip_dc = line->trip_ac = 0;
    if (rings) {
        double amps = fxs->ring_volts / (fxs->is.feed_ohms + behind);

        line->ac_hz = fxs->ring_hz;
        line->ac_fxs = amps * behind;
        line->ac_fxo = cut ? 0 : amps * (behind - line->is.loop_ohms);
        line->trip_ac = amps * sqrt(2);
        line->trip_dc = fxs->is.battery_volts / (fxs->is.feed_ohms + line->is.loop_ohms +
                                                 1 / fmax(cut ? 0 : load(line, 0), 1e-12));
    }
    if (line->is.foreign_volts > line->ac_fxo) {
        line->ac_fxo = line->is.foreign_volts;
        line->ac_fxs = cut ? line->ac_fxs : line->is.foreign_volts;
        line->ac_hz = line->is.foreign_hz;
    }
    if (was == 0 && line->ac_hz > 0)
        line->phase = 0;
    show_ring(line->fxs, line->ac_fxs, line->ac_hz);
    if (fxs)
        atomic_store_explicit(&line->fxs->shown_ring_amps, line->trip_ac / sqrt(2),
                              memory_order_relaxed);
    show_ring(line->fxo, line->ac_fxo, line->ac_hz);
    show_ring(line->tap, line->ac_fxo, line->ac_hz);
}

void analog_solve(struct analog_line *line)
{
    solve_dc(line);
    solve_ac(line);
    line->dirty = 0;
}

/* ---- detectors ------------------------------------------------------------------------------- */

static int fxs_off_hook(const struct analog_port *fxs)
{
    double amps = fabs(fxs->amps);

    if (fxs->feed == TD_FEED_RINGING)
        return fxs->hook.told; /* the ring trip decides */
    return amps >= fxs->is.off_hook_amps * (fxs->hook.told ? RELEASE : 1);
}

/* Current of the ring wire into the FXO's ground. */
static int fxs_grounded(const struct analog_line *line)
{
    const struct analog_port *fxs = line->fxs, *fxo = line->fxo;
    double ohms = fxs->is.feed_ohms / 2 + line->is.loop_ohms / 2 + GROUND_OHMS;
    int feeds = !fxs->broken && fxs->feed != TD_FEED_OPEN;
    uint32_t stops = TD_ANALOG_CUT | (fxs->feed == TD_FEED_TIP_OPEN ? TD_ANALOG_CROSSED : 0);

    return fxo && fxo->grounding && feeds && !(line->is.faults & stops) &&
           fxs->is.battery_volts / ohms >= fxs->is.off_hook_amps;
}

static int tip_grounded(const struct analog_line *line)
{
    const struct analog_port *fxs = line->fxs;

    return fxs && !fxs->broken && fxs->feed != TD_FEED_OPEN && fxs->feed != TD_FEED_TIP_OPEN &&
           !(line->is.faults & TD_ANALOG_CUT);
}

static int battery_seen(const struct analog_port *port)
{
    double least = analog_holds(port) ? HELD_VOLTS : ABSENT_VOLTS;

    if (fabs(port->volts) < least)
        return 0;
    return port->volts > 0 ? 1 : 2;
}

static int held_by_somebody(const struct analog_port *port)
{
    return fabs(port->volts) >= ABSENT_VOLTS && fabs(port->volts) < IN_USE_VOLTS;
}

/* See InUseChanged: by voltage on hook, by the current's change while we hold the loop. */
static int in_use_seen(struct analog_port *fxo)
{
    double amps = fabs(fxo->amps);

    if (!fxo->closed) {
        fxo->held_amps = 0;
        return held_by_somebody(fxo);
    }
    if (fxo->broken || fabs(fxo->volts) < HELD_VOLTS)
        return fxo->in_use.told;
    if (fxo->held_amps == 0)
        fxo->held_amps = amps;
    if (fxo->in_use.told)
        return amps < 1.15 * fxo->held_amps;
    fxo->held_amps = fmax(fxo->held_amps, amps);
    return amps < 0.75 * fxo->held_amps;
}

static void tell_hook(struct analog *analog, struct analog_port *port, uint64_t at, int off)
{
    if (!analog_see(&port->hook, off, at, HOOK_SAMPLES))
        return;
    atomic_store_explicit(&port->shown_hook, off, memory_order_relaxed);
    analog_tell(analog, port, at, TD_LINE_HOOK, off, 0, 0);
    port->line->dirty |= port->lamp;
}

static void tell_battery(struct analog *analog, struct analog_port *port, uint64_t at)
{
    int battery = battery_seen(port);

    if (!analog_see(&port->battery, battery, at, BATTERY_SAMPLES))
        return;
    atomic_store_explicit(&port->shown_battery, battery, memory_order_relaxed);
    analog_tell(analog, port, at, TD_LINE_BATTERY, battery, 0, 0);
}

static void hear_metering(struct analog *analog, struct analog_line *line, uint64_t at)
{
    struct analog_port *fxo = line->fxo;
    int on = line->fxs && line->fxs->metering &&
             !(line->is.faults & (TD_ANALOG_CUT | TD_ANALOG_SHORT));

    if (on && fxo->metering_since == NEVER) {
        fxo->metering_since = at;
    } else if (!on && fxo->metering_since != NEVER) {
        uint64_t samples = at - fxo->metering_since;

        fxo->metering_since = NEVER;
        analog_tell(analog, fxo, at, TD_LINE_METERING, 0, (int64_t)(samples * FRAME_NS), 0);
    }
}

static void detect_fxo(struct analog *analog, struct analog_line *line, uint64_t at)
{
    struct analog_port *fxo = line->fxo;
    int in_use = in_use_seen(fxo), ground = tip_grounded(line);

    tell_battery(analog, fxo, at);
    if (analog_see(&fxo->in_use, in_use, at, IN_USE_SAMPLES)) {
        fxo->held_amps = fabs(fxo->amps);
        analog_tell(analog, fxo, at, TD_LINE_IN_USE, in_use, 0, 0);
    }
    if (analog_see(&fxo->ground, ground, at, HOOK_SAMPLES))
        analog_tell(analog, fxo, at, TD_LINE_GROUND, ground, 0, 0);
    hear_metering(analog, line, at);
}

void analog_detect(struct analog *analog, struct analog_line *line, uint64_t at)
{
    if (line->fxs) {
        int ground = fxs_grounded(line);

        tell_hook(analog, line->fxs, at, fxs_off_hook(line->fxs));
        if (analog_see(&line->fxs->ground, ground, at, HOOK_SAMPLES))
            analog_tell(analog, line->fxs, at, TD_LINE_GROUND, ground, 0, 0);
    }
    if (line->fxo)
        detect_fxo(analog, line, at);
    if (line->tap) {
        tell_battery(analog, line->tap, at);
        tell_hook(analog, line->tap, at, held_by_somebody(line->tap));
    }
}

static void settle_port(struct analog_port *port)
{
    port->click = 0;
    analog_set_told(&port->battery, battery_seen(port));
    atomic_store_explicit(&port->shown_battery, port->battery.told, memory_order_relaxed);
}

void analog_settle(struct analog_line *line)
{
    analog_solve(line);
    if (line->fxs) {
        settle_port(line->fxs);
        analog_set_told(&line->fxs->hook, fxs_off_hook(line->fxs));
        atomic_store_explicit(&line->fxs->shown_hook, line->fxs->hook.told, memory_order_relaxed);
        analog_set_told(&line->fxs->ground, 0);
    }
    if (line->fxo) {
        settle_port(line->fxo);
        analog_set_told(&line->fxo->in_use, held_by_somebody(line->fxo));
        analog_set_told(&line->fxo->ground, tip_grounded(line));
    }
    if (line->tap) {
        settle_port(line->tap);
        analog_set_told(&line->tap->hook, held_by_somebody(line->tap));
        atomic_store_explicit(&line->tap->shown_hook, line->tap->hook.told, memory_order_relaxed);
    }
}
