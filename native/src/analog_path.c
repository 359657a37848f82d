/* The paths of voice over a line, from its impedances.
 *
 * At each frequency the line is a circuit: a source behind one port's termination, the cable as RC
 * line, what lies across its far end. A codec sends at 0 dBm0 half of its source's voltage into a
 * matched line, and hears twice the voltage over what its balance network expects: so an echo is the
 * reflection (Z - Zb) / (Z + Zb), and the return loss of a mismatch is what it really is. The taps
 * are the least-squares fit of that response over the voice band.
 */
#define _GNU_SOURCE
#include <complex.h>
#include <math.h>
#include <string.h>

#include "analog_model.h"

#define FREQUENCIES 128
#define LOWEST_HZ 250.0
#define HIGHEST_HZ 3500.0
#define RATE 8000.0
#define PI 3.141592653589793
#define RIDGE 1e-5 /* keeps what lies outside the band small */
#define TELEPHONE_OHMS 600.0
#define MONITOR_OHMS 100e3    /* FXO on hook, for what is sent then */
#define MONITOR_GAIN 0.5      /* an open line has twice the voltage */
#define TAP_OHMS 1e6
#define OPEN_OHMS 1e7
#define LEAST_OHMS 0.01
/* Components are not exact: the two ends of a line err in opposite directions, so that even a matched
 * line returns about -30 dB. */
#define TOLERANCE_FXS 1.03
#define TOLERANCE_FXO 0.97

typedef double complex ohms;

static double hz_of(int i)
{
    return LOWEST_HZ + (HIGHEST_HZ - LOWEST_HZ) * i / (FREQUENCIES - 1);
}

static ohms impedance(const td_impedance *of, double w)
{
    ohms z = of->series_ohms;

    if (of->series_farads > 0)
        z += 1 / (I * w * of->series_farads);
    if (of->parallel_farads > 0) {
        ohms branch = of->branch_ohms + 1 / (I * w * of->parallel_farads);

        return z + of->parallel_ohms * branch / (of->parallel_ohms + branch);
    }
    return z + of->parallel_ohms;
}

/* ---- the circuit at one frequency ------------------------------------------------------------ */

/* A cable as a two-port: V1 = a V2 + b I2, I1 = c V2 + a I2. */
struct cable_abcd {
    ohms a, b, c;
};

static struct cable_abcd cable_at(const td_analog_line *line, double w)
{
    double rc = line->cable_ohms * line->cable_farads;

    if (rc <= 0)
        return (struct cable_abcd){1, 0, 0};
    ohms gamma = csqrt(I * w * rc), z = csqrt(line->cable_ohms / (I * w * line->cable_farads));

    return (struct cable_abcd){ccosh(gamma), z * csinh(gamma), csinh(gamma) / z};
}

static ohms seen_through(struct cable_abcd cable, ohms load)
{
    return (cable.a * load + cable.b) / (cable.c * load + cable.a);
}

struct circuit {
    ohms fxs, fxo;    /* terminations */
    ohms across;      /* siemens at the FXO's end, without the FXO */
    struct cable_abcd cable;
    int cut, feeds, holds, monitors;
};

static void from_fxs(const struct circuit *is, ohms *out)
{
    ohms load = 1 / (is->across + (is->holds ? 1 / is->fxo : is->monitors ? 1 / MONITOR_OHMS : 0) +
                     1 / OPEN_OHMS);
    ohms z = is->cut ? OPEN_OHMS : seen_through(is->cable, load);
    ohms near = z / (is->fxs + z);
    ohms far = is->cut ? 0 : near * load / (is->cable.a * load + is->cable.b);

    if (!is->feeds)
        return;
    out[TD_ANALOG_ECHO_FXS] = 2 * near - 1;
    out[TD_ANALOG_TO_FXO] = 2 * far * (is->holds ? 1 : MONITOR_GAIN);
    out[TD_ANALOG_TAP_FXS] = 2 * far;
}

static void from_fxo(const struct circuit *is, ohms *out)
{
    ohms end = is->feeds ? is->fxs : OPEN_OHMS;
    ohms through = is->cut ? OPEN_OHMS : seen_through(is->cable, end);
    ohms near = 1 / (1 + is->fxo * (is->across + 1 / through));
    ohms far = is->cut ? 0 : near * end / (is->cable.a * end + is->cable.b);

    if (!is->holds)
        return;
    out[TD_ANALOG_ECHO_FXO] = 2 * near - 1;
    out[TD_ANALOG_TO_FXS] = is->feeds ? 2 * far : 0;
    out[TD_ANALOG_TAP_FXO] = 2 * near;
}

/* ---- the fit ---------------------------------------------------------------------------------- */

/* Cholesky factor of the normal equations, the same for all paths. */
static void factor(struct analog *analog)
{
    double lag[TAPS] = {RIDGE * FREQUENCIES};

    for (int k = 0; k < TAPS; k++)
        for (int i = 0; i < FREQUENCIES; i++)
            lag[k] += cos(2 * PI * hz_of(i) / RATE * k);
    for (int i = 0; i < TAPS; i++)
        for (int j = 0; j <= i; j++) {
            double sum = lag[i - j];

            for (int k = 0; k < j; k++)
                sum -= analog->fit[i][k] * analog->fit[j][k];
            analog->fit[i][j] = i == j ? sqrt(sum) : sum / analog->fit[j][j];
        }
    analog->fitted = 1;
}

static void fit(const struct analog *analog, const ohms *response, float *taps)
{
    double x[TAPS] = {0};

    for (int i = 0; i < FREQUENCIES; i++) {
        double w = 2 * PI * hz_of(i) / RATE;
        ohms turn = cexp(I * w), at = response[i] * cexp(-I * w * DELAY);

        for (int k = 0; k < TAPS; k++) {
            x[k] += creal(at);
            at *= turn;
        }
    }
    for (int i = 0; i < TAPS; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= analog->fit[i][k] * x[k];
        x[i] /= analog->fit[i][i];
    }
    for (int i = TAPS - 1; i >= 0; i--) {
        for (int k = i + 1; k < TAPS; k++)
            x[i] -= analog->fit[k][i] * x[k];
        x[i] /= analog->fit[i][i];
    }
    for (int k = 0; k < TAPS; k++)
        taps[k] = (float)x[k];
}

static void make_state(struct analog *analog, const struct analog_line *line,
                       const td_analog_line *is, struct analog_paths *paths, unsigned state)
{
    static const td_impedance none = {600, 0, 0, 0, 0};
    ohms response[PATHS][FREQUENCIES];
    ohms across = line->tap ? 1 / TAP_OHMS : 0;

    if (is->leak_ohms > 0)
        across += 1 / is->leak_ohms;
    if (is->faults & TD_ANALOG_SHORT)
        across += 1 / fmax(is->short_ohms, LEAST_OHMS);
    if (is->faults & TD_ANALOG_PARALLEL)
        across += 1 / TELEPHONE_OHMS;
    for (int i = 0; i < FREQUENCIES; i++) {
        double w = 2 * PI * hz_of(i);
        ohms out[PATHS] = {0};
        struct circuit at = {
            .fxs = impedance(line->fxs ? &line->fxs->is.impedance : &none, w) * TOLERANCE_FXS,
            .fxo = impedance(line->fxo ? &line->fxo->is.impedance : &none, w) * TOLERANCE_FXO,
            .across = across, .cable = cable_at(is, w), .cut = (is->faults & TD_ANALOG_CUT) != 0,
            .feeds = line->fxs && state & 1, .holds = line->fxo && state & 2,
            .monitors = line->fxo != NULL,
        };

        from_fxs(&at, out);
        from_fxo(&at, out);
        for (int path = 0; path < PATHS; path++)
            response[path][i] = out[path];
    }
    for (int path = 0; path < PATHS; path++) {
        double largest = 0;

        for (int i = 0; i < FREQUENCIES; i++)
            largest = fmax(largest, cabs(response[path][i]));
        paths->used[path] = largest > 1e-4 && (path < TD_ANALOG_TAP_FXS || line->tap);
        if (paths->used[path])
            fit(analog, response[path], paths->taps[path]);
    }
}

void analog_make_paths(struct analog *analog, const struct analog_line *line,
                       struct analog_change *change)
{
    if (!analog->fitted)
        factor(analog);
    memset(change->paths, 0, sizeof(change->paths));
    for (unsigned state = 0; state < 4; state++)
        make_state(analog, line, &change->line, &change->paths[state], state);
}
