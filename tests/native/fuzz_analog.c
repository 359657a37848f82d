/* Random use of analog ports and lines, for the sanitizers.
 *
 *   fuzz_analog SEED ROUNDS            ASan and UBSan: every call, with values in and out of range
 *   fuzz_analog SEED ROUNDS threads    TSan: the same from one thread while the engine runs
 *
 * Whatever is asked for, voltages are finite, the feed's limit holds, each pulse train, flash and
 * metering pulse that was taken tells its end, and when all is idle again nothing is heard.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "td_analog.h"
#include "td_media.h"

#define SPANS 3 /* the last is an E1 */
#define PORTS 12
#define LINES 8
#define BUFFERS 512
#define SETTLE_NS UINT64_C(2000000000)

static uint64_t rng;
static td_engine *engine;
static td_analog_line lines[LINES + 1];
static int n_lines, threads;
static long sent, told;
static uint8_t *buffers[BUFFERS];
static unsigned n_buffers;

static uint32_t draw(uint32_t below)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (uint32_t)((rng >> 32) % below);
}

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_analog: %s\n", what);
        exit(1);
    }
}

static td_impedance some_impedance(void)
{
    return (td_impedance){draw(900), draw(3) ? 0 : 1e-6 * draw(5), draw(2) ? draw(1500) : 0,
                          draw(4) ? 0 : draw(200), draw(2) ? 0 : 1e-9 * draw(400)};
}

static int kind_of(int span, int port)
{
    return 1 + (span + port) % 3;
}

static void make_ports(void)
{
    for (int span = 1; span < SPANS; span++) {
        check(td_span_set_kind(engine, span, TD_SPAN_ANALOG) == 0, "kind");
        for (int port = 1; port <= PORTS; port++) {
            td_analog_port is = {.kind = (uint32_t)kind_of(span, port), .battery_volts = 20 + draw(61),
                                 .feed_ohms = 50 + draw(1900), .limit_amps = 0.01 + draw(90) / 1e3,
                                 .off_hook_amps = 0.01, .hold_ohms = 50 + draw(1900),
                                 .ring_volts = 5 + draw(90), .ring_hz_min = 15, .ring_hz_max = 70,
                                 .ren = draw(50) / 10.0};

            do
                is.impedance = some_impedance();
            while (td_analog_set_port(engine, span, port, &is) == -EINVAL);
        }
    }
}

static td_analog_line some_line(td_analog_line line)
{
    line.faults = draw(3) ? 0 : draw(17);
    line.loop_ohms = draw(4) ? draw(3000) : draw(12000);
    line.cable_ohms = draw(3) ? draw(2000) : 0;
    line.cable_farads = draw(3) ? 1e-9 * draw(500) : 0;
    line.short_ohms = draw(1100);
    line.leak_ohms = draw(3) ? 0 : draw(100000);
    line.ren = draw(30) / 10.0;
    line.noise_dbm0 = draw(3) ? -1000 : -(double)draw(90);
    line.hum_dbm0 = draw(3) ? -1000 : -(double)draw(90);
    line.foreign_volts = draw(6) ? 0 : draw(1100);
    line.foreign_hz = draw(110);
    return line;
}

static int some_end(int kind, int *span)
{
    int port;

    do {
        *span = 1 + (int)draw(SPANS - 1);
        port = 1 + (int)draw(PORTS);
    } while (kind_of(*span, port) != kind);
    return port;
}

static void make_lines(void)
{
    for (int tries = 0; tries < 3 * LINES && n_lines < LINES; tries++) {
        td_analog_line line = {0};

        if (draw(8))
            line.fxs_port = some_end(TD_ANALOG_FXS, &line.fxs_span);
        if (draw(8))
            line.fxo_port = some_end(TD_ANALOG_FXO, &line.fxo_span);
        if (draw(2))
            line.tap_port = some_end(TD_ANALOG_TAP, &line.tap_span);
        line = some_line(line);
        if (td_analog_add_line(engine, &line) > 0)
            lines[++n_lines] = line;
    }
}

static void ask(int span, int port)
{
    static const char *const digits[] = {"1", "0", "5559", "12345678901234567890123456789012", "",
                                         "x", "123456789012345678901234567890123"};
    td_impedance impedance = some_impedance();
    int number = 1 + (int)draw(LINES + 1);
    int error = 1;

    switch (draw(12)) {
    case 0:
    case 1:
        td_analog_feed(engine, span, port, (int)draw(6) - !draw(20), draw(800) / 10.0, draw(130));
        break;
    case 2:
    case 3:
        td_analog_loop(engine, span, port, (int)draw(2));
        break;
    case 4:
        td_analog_ground(engine, span, port, (int)draw(2));
        td_analog_monitor(engine, span, port, (int)draw(2));
        td_analog_lamp(engine, span, port, (int)draw(2));
        break;
    case 5:
        error = td_analog_pulses(engine, span, port, digits[draw(7)], draw(2) ? 10 : draw(60),
                                 draw(110), draw(900), 7);
        break;
    case 6:
        error = td_analog_flash(engine, span, port, draw(400), 7);
        break;
    case 7:
        error = td_analog_metering(engine, span, port, draw(400), draw(3) ? 16000 : 14000, 7);
        break;
    case 8:
        td_analog_set_impedance(engine, span, port, &impedance);
        break;
    default:
        if (number <= n_lines) {
            td_analog_line line = some_line(lines[number]);

            td_analog_set_line(engine, number, &line);
        } else {
            check(td_analog_set_line(engine, number, &lines[0]) == -ENODEV, "a line that is not");
        }
    }
    sent += error == 0;
}

static void use_voice(int span, int port)
{
    uint32_t n = 1 + draw(2000);

    switch (draw(5)) {
    case 0:
        td_slot_open_voice(engine, span, port, draw(2) ? TD_ALAW : TD_ULAW, (uint8_t)draw(256));
        break;
    case 1:
        td_slot_close(engine, span, port);
        break;
    case 2:
        td_slot_connect(engine, span, port, (int)draw(SPANS + 1), (int)draw(32));
        break;
    case 3:
        td_slot_listen(engine, span, port, draw(64));
        break;
    default:
        if (n_buffers == BUFFERS)
            return;
        buffers[n_buffers] = malloc(n);
        memset(buffers[n_buffers], (int)draw(256), n);
        td_slot_play(engine, span, port, buffers[n_buffers++], n, 1);
    }
}

static void look(int span, int port)
{
    td_analog_state state;
    float taps[TD_ANALOG_TAPS];
    int error = td_analog_get_state(engine, span, port, &state);

    if (error == 0) {
        check(isfinite(state.volts) && fabs(state.volts) <= 1000, "volts");
        check(isfinite(state.amps) && fabs(state.amps) <= 0.1 + 1e-9, "more than the limit");
        check(state.battery <= 2 && state.off_hook <= 1 && state.busy <= 1, "state");
    }
    if (td_analog_path(engine, (int)draw(LINES + 2), (int)draw(7), (int)draw(2), taps) == 0)
        for (int i = 0; i < TD_ANALOG_TAPS; i++)
            check(isfinite(taps[i]) && fabsf(taps[i]) < 8, "taps");
}

static void take_events(void)
{
    static uint8_t out[1 << 20];
    int64_t n = td_engine_events(engine, out, sizeof(out));

    for (int64_t at = 0; at < n;) {
        td_event event;

        memcpy(&event, out + at, sizeof(event));
        check(event.size >= sizeof(event) && at + event.size <= n, "a record out of bounds");
        check(event.kind != TD_EVENT_LOST, "events were lost");
        if (event.kind == TD_EVENT_LINE) {
            check(event.span < SPANS && event.timeslot >= 1 && event.timeslot <= PORTS, "port");
            check(event.code >= TD_LINE_HOOK && event.code <= TD_LINE_SENT, "code");
            told += event.code == TD_LINE_SENT;
        }
        at += event.size;
    }
}

static void pass(uint64_t ns)
{
    uint64_t until = td_engine_time(engine) + ns;
    struct timespec pause = {.tv_nsec = 1000000};

    while (td_engine_time(engine) < until) {
        int more = 1;

        if (threads)
            nanosleep(&pause, NULL);
        else
            more = td_engine_step(engine, until);
        take_events();
        if (!more) /* less than a block is left */
            return;
    }
}

/* All is put back: nothing may be left but idle octets. */
static void settle(uint32_t block)
{
    for (int number = 1; number <= n_lines; number++) {
        td_analog_line line = {.noise_dbm0 = -1000, .hum_dbm0 = -1000};

        check(td_analog_set_line(engine, number, &line) == 0, "settle");
    }
    for (int span = 1; span < SPANS; span++)
        for (int port = 1; port <= PORTS; port++) {
            td_analog_feed(engine, span, port, TD_FEED_NORMAL, 0, 0);
            td_analog_loop(engine, span, port, 0);
            td_slot_close(engine, span, port);
        }
    pass(threads ? 200000000 : SETTLE_NS);
    if (threads)
        return;
    check(sent == told, "what was sent was not all told");
    n_buffers += n_buffers == 0;
    for (int span = 1; span < SPANS; span++)
        for (int port = 1; port <= PORTS; port++) {
            check(td_slot_open_voice(engine, span, port, TD_ALAW, 0xd5) == 0, "open");
            buffers[0] = realloc(buffers[0], 2 * block);
            memset(buffers[0], 0, 2 * block);
            check(td_slot_record(engine, span, port, buffers[0], 2 * block, 0) == 0, "record");
            pass(UINT64_C(60000000) + 4 * block * UINT64_C(125000));
            for (uint32_t i = 0; i < 2 * block; i++)
                check(buffers[0][i] == 0xd5, "an idle line is heard");
        }
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 400, error;
    uint32_t block = 8;

    rng = (argc > 1 ? strtoull(argv[1], NULL, 10) : 1) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    threads = argc > 3;
    if (draw(2))
        block = 8 + draw(153);
    td_engine_config config = {.spans = SPANS, .block_frames = block, .ring_octets = 1 << 20,
                               .stepped = !threads, .seed = rng};

    engine = td_engine_new_sim(&config, &error);
    check(engine != NULL, "no engine");
    make_ports();
    make_lines();
    check(td_engine_start(engine) == 0, "start");
    for (int round = 0; round < rounds; round++) {
        for (uint32_t i = draw(6); i > 0; i--) {
            int span = 1 + (int)draw(SPANS), port = (int)draw(PORTS + 2);

            if (draw(3))
                ask(span, port);
            else
                use_voice(span, port);
            look(span, port);
        }
        pass(draw(threads ? 4000000 : 60000000));
    }
    settle(block);
    printf("%ld sent\n", sent);
    td_engine_free(engine);
    for (unsigned i = 0; i < n_buffers; i++)
        free(buffers[i]);
    return 0;
}
