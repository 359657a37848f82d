/* Analog ports and lines: made, set anew, given back. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <string.h>

#include "analog_model.h"

#define RMS_0DBM0 16140.6 /* 32768 / sqrt(2), 3.14 dB below full scale */
#define FAINTEST_DBM0 -90

static float rms_of(double dbm0)
{
    return dbm0 < FAINTEST_DBM0 ? 0 : (float)(RMS_0DBM0 * pow(10, dbm0 / 20));
}

/* What a power line's touch leaves behind the codec's high-pass: -20 dBm0 of 100 V. */
static double foreign_hum(const td_analog_line *line)
{
    return line->foreign_volts > 0 ? fmin(0, -60 + 20 * log10(line->foreign_volts)) : -1000;
}

static void release(struct trash *trash)
{
    free(trash);
}

/* ---- the back-end's part --------------------------------------------------------------------- */

int analog_init(td_engine *engine)
{
    struct analog *analog = calloc(1, sizeof(*analog));

    if (!analog)
        return -ENOMEM;
    analog->engine = engine;
    analog->seed = engine->seed ^ UINT64_C(0x616e616c6f67);
    engine->analog = analog;
    return 0;
}

/* span->rx is the back-end's buffer already. */
void analog_configure(td_engine *engine, int index, int on)
{
    struct analog *analog = engine->analog;
    uint64_t bit = UINT64_C(1) << index;

    if (analog)
        analog->spans = on ? analog->spans | bit : analog->spans & ~bit;
}

int analog_has_ports(const td_engine *engine, int index)
{
    const struct analog *analog = engine->analog;

    for (int port = 0; analog && port < TIMESLOTS; port++)
        if (analog->ports[index][port])
            return 1;
    return 0;
}

static void free_line(struct analog_line *line)
{
    if (line)
        free(line->set);
    free(line);
}

void analog_free(td_engine *engine)
{
    struct analog *analog = engine->analog;

    for (unsigned i = 0; i < analog->n_hot; i++)
        free_line(analog->lines[i]);
    for (int span = 0; span < MAX_SPANS; span++)
        for (int port = 0; port < TIMESLOTS; port++)
            free(analog->ports[span][port]);
    free(analog);
    engine->analog = NULL;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* Engine side, and the API's before start. */
void analog_use_line(struct analog *analog, struct analog_line *line, struct analog_change *set)
{
    line->set = set;
    line->is = set->line;
    line->noise_rms = rms_of(set->line.noise_dbm0);
    line->hum_rms = (float)sqrt(2) * rms_of(fmax(set->line.hum_dbm0, foreign_hum(&set->line)));
    if (line->noise_rms > 0 || line->hum_rms > 0)
        analog_hot(analog, line)->sounding = 1;
}

struct analog_line *analog_new_line(struct analog *analog)
{
    struct analog_line *line = calloc(1, sizeof(*line));

    if (!line)
        return NULL;
    line->index = analog->n_hot;
    line->quiet = 4 * TAPS + MAX_BLOCK;
    rng_seed(&line->rng, rng_mix(&analog->seed));
    analog->lines[line->index] = line;
    analog->hot[line->index] = (struct analog_hot){.next = NEVER};
    analog->n_hot++;
    return line;
}

/* A line that goes: the last one takes its place. */
static void drop_line(struct analog *analog, struct analog_line *line)
{
    unsigned last = --analog->n_hot;

    analog->hot[line->index] = analog->hot[last];
    analog->lines[line->index] = analog->lines[last];
    analog->lines[line->index]->index = line->index;
    free_line(line);
}

static struct analog_change *make_change(struct analog *analog, struct analog_line *line,
                                         const td_analog_line *is)
{
    struct analog_change *change = calloc(1, sizeof(*change));

    if (!change)
        return NULL;
    change->trash.release = release;
    change->of = line;
    change->line = *is;
    analog_make_paths(analog, line, change);
    return change;
}

static int check_line(const td_analog_line *line)
{
    return line->loop_ohms >= 0 && line->loop_ohms <= 10000 && line->cable_ohms >= 0 &&
           line->cable_ohms <= 1e5 && line->cable_farads >= 0 && line->cable_farads <= 1e-5 &&
           line->short_ohms >= 0 && line->short_ohms <= 1000 && line->leak_ohms >= 0 &&
           line->ren >= 0 && line->ren <= 20 && line->noise_dbm0 <= 3.14 &&
           line->hum_dbm0 <= 3.14 && line->foreign_volts >= 0 && line->foreign_volts <= 1000 &&
           (line->foreign_volts == 0 || (line->foreign_hz >= 10 && line->foreign_hz <= 100)) &&
           !(line->faults & ~15u);
}

/* Ends, loads and paths are there: how it stands before anything happens. */
static int finish_line(struct analog *analog, struct analog_line *line, const td_analog_line *is)
{
    struct analog_hot *hot = analog_hot(analog, line);
    struct analog_change *change;

    if (line->fxs) {
        hot->fxs_span = line->fxs->span;
        hot->fxs_port = line->fxs->number;
        line->fxs->line = line;
    }
    if (line->fxo) {
        hot->fxo_span = line->fxo->span;
        hot->fxo_port = line->fxo->number;
        line->fxo->line = line;
    }
    if (line->tap)
        line->tap->line = line;
    change = make_change(analog, line, is);
    if (!change)
        return -ENOMEM;
    analog_use_line(analog, line, change);
    line->asked = change;
    analog_settle(line);
    if (line->ac_hz > 0)
        hot->next = analog->now;
    return 0;
}

static struct analog_port *port_of(const td_engine *engine, int span, int port)
{
    const struct analog *analog = engine->analog;

    if (!analog || !command_has_span(engine, span) || port < 1 || port >= TIMESLOTS)
        return NULL;
    return analog->ports[span - 1][port];
}

/* An end of a new line: 0, -ENODEV, -EBUSY or -EINVAL. span 0: none. */
static int end_of(const td_engine *engine, int span, int number, int kind,
                  struct analog_port **found)
{
    *found = NULL;
    if (!span)
        return 0;
    *found = port_of(engine, span, number);
    if (!*found)
        return -ENODEV;
    if ((*found)->is.kind != (uint32_t)kind)
        return -EINVAL;
    return (*found)->line->number ? -EBUSY : 0;
}

int td_analog_add_line(td_engine *engine, const td_analog_line *is)
{
    struct analog *analog = engine->analog;
    struct analog_port *fxs, *fxo, *tap;
    struct analog_line *line;
    int error;

    if (engine->started)
        return -EBUSY;
    if (!analog)
        return -ENODEV;
    if (!check_line(is))
        return -EINVAL;
    error = end_of(engine, is->fxs_span, is->fxs_port, TD_ANALOG_FXS, &fxs);
    if (!error)
        error = end_of(engine, is->fxo_span, is->fxo_port, TD_ANALOG_FXO, &fxo);
    if (!error)
        error = end_of(engine, is->tap_span, is->tap_port, TD_ANALOG_TAP, &tap);
    if (error || (!fxs && !fxo && !tap))
        return error ? error : -EINVAL;
    if (fxs)
        drop_line(analog, fxs->line);
    if (fxo)
        drop_line(analog, fxo->line);
    if (tap)
        drop_line(analog, tap->line);
    line = analog_new_line(analog);
    if (!line)
        return -ENOMEM;
    line->fxs = fxs;
    line->fxo = fxo;
    line->tap = tap;
    line->number = ++analog->n_numbered;
    analog->numbered[line->number] = line;
    error = finish_line(analog, line, is);
    return error ? error : line->number;
}

static struct analog_line *numbered(const td_engine *engine, int number)
{
    const struct analog *analog = engine->analog;

    return analog && number >= 1 && number <= analog->n_numbered ? analog->numbered[number] : NULL;
}

/* The line as `is` says, with its ports' impedances as they are now. */
static int set_line(td_engine *engine, struct analog_line *line, const td_analog_line *is)
{
    struct analog *analog = engine->analog;
    const struct analog_port *port = line->fxs ? line->fxs : line->fxo ? line->fxo : line->tap;
    struct analog_change *change;
    int error;

    engine_sweep(engine);
    change = make_change(analog, line, is);
    if (!change)
        return -ENOMEM;
    error = command_put(engine, (struct command){
        .op = OP_ANALOG_LINE, .span = port->span, .timeslot = port->number, .pointer = change});
    if (error)
        free(change);
    else
        line->asked = change;
    return error;
}

int td_analog_set_line(td_engine *engine, int number, const td_analog_line *is)
{
    struct analog_line *line = numbered(engine, number);

    if (!line)
        return -ENODEV;
    return check_line(is) ? set_line(engine, line, is) : -EINVAL;
}

int td_analog_path(const td_engine *engine, int number, int which, int off_hook, float *taps)
{
    const struct analog_line *line = numbered(engine, number);
    const struct analog_paths *paths;

    if (!line)
        return -ENODEV;
    if (which < 0 || which >= PATHS)
        return -EINVAL;
    paths = &line->asked->paths[1 + (off_hook ? 2 : 0)];
    memcpy(taps, paths->taps[which], sizeof(paths->taps[which]));
    return 0;
}

/* ---- ports ----------------------------------------------------------------------------------- */

static int check_impedance(const td_impedance *is)
{
    return is->series_ohms >= 0 && is->series_farads >= 0 && is->parallel_ohms >= 0 &&
           is->branch_ohms >= 0 && is->parallel_farads >= 0 && is->parallel_farads <= 1e-4 &&
           is->series_ohms + is->parallel_ohms >= 50 && is->series_ohms + is->parallel_ohms <= 1e4;
}

static int in(double value, double low, double high)
{
    return value >= low && value <= high;
}

static int check_port(const td_analog_port *is)
{
    if (!check_impedance(&is->impedance))
        return 0;
    if (is->kind == TD_ANALOG_FXS)
        return in(is->battery_volts, 20, 80) && in(is->feed_ohms, 50, 2000) &&
               in(is->limit_amps, 0.01, 0.1) && in(is->off_hook_amps, 0.002, is->limit_amps);
    if (is->kind == TD_ANALOG_FXO && (!in(is->hold_ohms, 50, 2000) || !in(is->ren, 0, 5)))
        return 0;
    return (is->kind == TD_ANALOG_FXO || is->kind == TD_ANALOG_TAP) &&
           in(is->ring_volts, 5, 120) && in(is->ring_hz_min, 10, 100) &&
           in(is->ring_hz_max, is->ring_hz_min, 100);
}

static void begin_port(struct analog_port *port, int span, int number, const td_analog_port *is)
{
    port->kind = (uint8_t)is->kind;
    port->span = (uint8_t)(span - 1);
    port->number = (uint8_t)number;
    port->is = *is;
    port->feed = port->asked_feed = TD_FEED_NORMAL;
    port->monitor = 1;
    port->metering_since = NEVER;
    port->sending.due = NEVER;
    for (int i = 0; i < 3; i++)
        port->ring.crossed[i] = -1;
    analog_set_told(&port->hook, 0);
    analog_set_told(&port->ground, 0);
    analog_set_told(&port->battery, 0);
    analog_set_told(&port->in_use, 0);
}

int td_analog_set_port(td_engine *engine, int span, int number, const td_analog_port *is)
{
    static const td_analog_line unconnected = {.noise_dbm0 = -1000, .hum_dbm0 = -1000};
    struct analog *analog = engine->analog;
    struct analog_port *port;
    struct analog_line *line;

    if (!analog || !command_has_span(engine, span) || number < 1 || number >= TIMESLOTS ||
        engine->spans[span - 1].kind != TD_SPAN_ANALOG)
        return -ENODEV;
    if (engine->started || analog->ports[span - 1][number])
        return -EBUSY;
    if (!check_port(is))
        return -EINVAL;
    port = calloc(1, sizeof(*port));
    line = port ? analog_new_line(analog) : NULL;
    if (!line) {
        free(port);
        return -ENOMEM;
    }
    begin_port(port, span, number, is);
    analog->ports[span - 1][number] = port;
    *(is->kind == TD_ANALOG_FXS ? &line->fxs : is->kind == TD_ANALOG_FXO ? &line->fxo : &line->tap) =
        port;
    return finish_line(analog, line, &unconnected);
}

int td_analog_set_impedance(td_engine *engine, int span, int number, const td_impedance *impedance)
{
    struct analog_port *port = port_of(engine, span, number);
    td_impedance before;
    int error;

    if (!port)
        return -ENODEV;
    if (port->is.kind == TD_ANALOG_TAP)
        return -EOPNOTSUPP;
    if (!check_impedance(impedance))
        return -EINVAL;
    before = port->is.impedance;
    port->is.impedance = *impedance;
    error = set_line(engine, port->line, &port->line->asked->line);
    if (error)
        port->is.impedance = before;
    return error;
}
