/* What the API asks of an analog port. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <string.h>

#include "analog_model.h"

static struct analog_port *find(const td_engine *engine, int span, int number, uint32_t kind,
                                int *error)
{
    const struct analog *analog = engine->analog;
    struct analog_port *port;

    *error = -ENODEV;
    if (!analog || !command_has_span(engine, span) || number < 1 || number >= TIMESLOTS)
        return NULL;
    port = analog->ports[span - 1][number];
    if (!port)
        return NULL;
    *error = -EOPNOTSUPP;
    if (kind && port->is.kind != kind)
        return NULL;
    *error = 0;
    return port;
}

static int put(td_engine *engine, const struct analog_port *port, struct command command)
{
    command.span = port->span;
    command.timeslot = port->number;
    return command_put(engine, command);
}

int td_analog_feed(td_engine *engine, int span, int number, int feed, double hz, double volts)
{
    int error;
    struct analog_port *port = find(engine, span, number, TD_ANALOG_FXS, &error);

    if (!port)
        return error;
    if (feed < TD_FEED_OPEN || feed > TD_FEED_TIP_OPEN)
        return -EINVAL;
    if (feed == TD_FEED_RINGING && !(hz >= 15 && hz <= 70 && volts >= 10 && volts <= 120))
        return -EINVAL;
    error = put(engine, port, (struct command){
        .op = OP_ANALOG_FEED, .a = feed, .n = (uint32_t)lround(hz * 1000),
        .tag = lround(volts * 1000)});
    if (!error)
        port->asked_feed = feed;
    return error;
}

static int port_switch(td_engine *engine, int span, int number, uint32_t kind, int op, int on)
{
    int error;
    struct analog_port *port = find(engine, span, number, kind, &error);

    if (!port)
        return error;
    error = put(engine, port, (struct command){.op = (uint8_t)op, .a = on != 0});
    if (!error && op == OP_ANALOG_LOOP)
        port->asked_closed = on != 0;
    return error;
}

int td_analog_loop(td_engine *engine, int span, int number, int closed)
{
    return port_switch(engine, span, number, TD_ANALOG_FXO, OP_ANALOG_LOOP, closed);
}

int td_analog_ground(td_engine *engine, int span, int number, int on)
{
    return port_switch(engine, span, number, TD_ANALOG_FXO, OP_ANALOG_GROUND, on);
}

int td_analog_monitor(td_engine *engine, int span, int number, int on)
{
    return port_switch(engine, span, number, TD_ANALOG_FXO, OP_ANALOG_MONITOR, on);
}

int td_analog_lamp(td_engine *engine, int span, int number, int on)
{
    return port_switch(engine, span, number, TD_ANALOG_FXS, OP_ANALOG_LAMP, on);
}

/* ---- sending --------------------------------------------------------------------------------- */

static void release(struct trash *trash)
{
    free(trash);
}

static int send(td_engine *engine, struct analog_port *port, const struct analog_sending *what)
{
    struct analog_order *order;
    int error;

    if (port->is.kind == TD_ANALOG_FXO && !port->asked_closed)
        return -ENOTCONN;
    if (atomic_load_explicit(&port->busy, memory_order_acquire))
        return -EBUSY;
    engine_sweep(engine);
    order = calloc(1, sizeof(*order));
    if (!order)
        return -ENOMEM;
    order->trash.release = release;
    order->port = port;
    order->what = *what;
    atomic_store_explicit(&port->busy, 1, memory_order_relaxed);
    error = put(engine, port, (struct command){.op = OP_ANALOG_SEND, .pointer = order});
    if (error) {
        atomic_store_explicit(&port->busy, 0, memory_order_relaxed);
        free(order);
    }
    return error;
}

int td_analog_pulses(td_engine *engine, int span, int number, const char *digits, double pps,
                     double break_percent, uint32_t interdigit_ms, int64_t tag)
{
    int error;
    struct analog_port *port = find(engine, span, number, TD_ANALOG_FXO, &error);
    struct analog_sending what = {.kind = SENDING_PULSES, .tag = tag};
    size_t n = strlen(digits);

    if (!port)
        return error;
    if (n < 1 || n > MAX_DIGITS || strspn(digits, "0123456789") != n || !(pps >= 1 && pps <= 50) ||
        !(break_percent >= 10 && break_percent <= 90) || interdigit_ms > 10000)
        return -EINVAL;
    for (size_t i = 0; i < n; i++)
        what.digit_of[i] = (uint8_t)(digits[i] - '0');
    what.digits = (unsigned)n;
    what.period = 1000 * SAMPLES_PER_MS / pps;
    what.break_part = what.period * break_percent / 100;
    what.interdigit = (double)interdigit_ms * SAMPLES_PER_MS;
    return send(engine, port, &what);
}

/* A flash or a metering pulse. */
static int send_for(td_engine *engine, struct analog_port *port, enum sending_kind kind,
                    uint32_t ms, int64_t tag)
{
    struct analog_sending what = {.kind = kind, .tag = tag};

    if (ms < 1 || ms > 10000)
        return -EINVAL;
    what.break_part = (double)ms * SAMPLES_PER_MS;
    return send(engine, port, &what);
}

int td_analog_flash(td_engine *engine, int span, int number, uint32_t ms, int64_t tag)
{
    int error;
    struct analog_port *port = find(engine, span, number, 0, &error);

    if (!port)
        return error;
    if (port->is.kind == TD_ANALOG_TAP)
        return -EOPNOTSUPP;
    return send_for(engine, port, SENDING_FLASH, ms, tag);
}

int td_analog_metering(td_engine *engine, int span, int number, uint32_t ms, uint32_t hz,
                       int64_t tag)
{
    int error;
    struct analog_port *port = find(engine, span, number, TD_ANALOG_FXS, &error);

    if (!port)
        return error;
    if (hz != 12000 && hz != 16000)
        return -EINVAL;
    return send_for(engine, port, SENDING_METERING, ms, tag);
}

/* ---- meters ---------------------------------------------------------------------------------- */

static double shown(const _Atomic double *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static uint32_t fed(int feed)
{
    if (feed == TD_FEED_OPEN || feed == TD_FEED_TIP_OPEN)
        return 0;
    return feed == TD_FEED_REVERSED ? 2 : 1;
}

int td_analog_get_state(const td_engine *engine, int span, int number, td_analog_state *state)
{
    int error;
    const struct analog_port *port = find(engine, span, number, 0, &error);
    int fxs, fxo;

    if (!port)
        return error;
    fxs = port->is.kind == TD_ANALOG_FXS;
    fxo = port->is.kind == TD_ANALOG_FXO;
    *state = (td_analog_state){
        .volts = shown(&port->shown_volts), .amps = shown(&port->shown_amps),
        .ring_volts = shown(&port->shown_ring_volts), .ring_hz = shown(&port->shown_ring_hz),
        .ring_amps = shown(&port->shown_ring_amps),
        .kind = port->is.kind,
        .off_hook = (uint32_t)(fxo ? port->asked_closed : atomic_load(&port->shown_hook)),
        .battery = fxs ? fed(port->asked_feed) : (uint32_t)atomic_load(&port->shown_battery),
        .busy = (uint32_t)atomic_load(&port->busy)};
    return 0;
}
