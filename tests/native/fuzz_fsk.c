/* Random samples and octets through FSK, modem tones, call progress and cadences under ASan and
 * UBSan; vector and plain code must tell the same.
 *
 *   fuzz_fsk SEED ROUNDS
 *
 * Samples are noise, full-scale squares, tones, and real transmissions cut and mixed, in blocks of
 * any size; arrays of events have just the size given. Exit 1 on any difference. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trunkd_native.h"

#define MOST 700

static uint64_t rng;

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
        fprintf(stderr, "fuzz_fsk: %s\n", what);
        exit(1);
    }
}

/* A transmission of random octets, or part of one; `n` samples in memory of just that size. */
static void transmission(int16_t *out, uint32_t n)
{
    uint32_t octets = draw(60);
    uint8_t *message = malloc(octets ? octets : 1);
    for (uint32_t i = 0; i < octets; i++)
        message[i] = (uint8_t)draw(256);
    td_fsk_message how = {(int32_t)draw(2), -(int32_t)draw(4500), draw(100),
                          draw(60),         1 + draw(3),          draw(20)};
    td_fsk_tx *tx = malloc(td_fsk_tx_size());
    check(!td_fsk_tx_init(tx, &how, message, octets), "transmitter refused");
    uint64_t length = td_fsk_tx_samples(tx), total = 0;
    memset(out, 0, n * sizeof *out);
    for (uint32_t made = 1, at = 0; made;) {
        uint32_t piece = 1 + draw(200);
        int16_t *part = malloc(piece * sizeof *part);
        made = td_fsk_tx_run(tx, part, piece);
        check(made <= piece, "too many samples");
        for (uint32_t i = 0; i < made; i++, at++)
            out[(at + n / 3) % n] = part[i];
        total += made;
        free(part);
    }
    check(total == length, "length of a transmission");
    free(tx);
    free(message);
}

static void cadenced(int16_t *out, uint32_t n)
{
    static const double hz[] = {0, 350, 440, 450, 950, 1100, 1400, 1800, 2100, 2225, 3999};
    uint32_t steps = 1 + draw(4);
    td_cadence_step *step = calloc(steps, sizeof *step);
    for (uint32_t i = 0; i < steps; i++) {
        step[i].frequency[0] = hz[draw(11)];
        step[i].frequency[1] = draw(3) ? 0 : hz[draw(11)];
        step[i].level[0] = step[i].level[1] = 3.0 - draw(50);
        step[i].am_hz = draw(30);
        step[i].am_depth = draw(11) / 10.0;
        step[i].samples = i + 1 == steps && draw(2) ? 0 : 1 + draw(3000);
        step[i].reversal = draw(2) ? 0 : 1 + draw(4000);
    }
    td_cadence *c = malloc(td_cadence_size());
    check(!td_cadence_init(c, step, steps, draw(steps + 1)), "cadence refused");
    uint32_t made = td_cadence_run(c, out, n);
    check(made <= n, "too much of a cadence");
    memset(out + made, 0, (n - made) * sizeof *out);
    step[0].frequency[0] = -1;
    check(td_cadence_init(c, step, steps, 0) == -EINVAL, "a negative frequency");
    free(c);
    free(step);
}

static void samples_of(int16_t *out, uint32_t n)
{
    uint32_t kind = draw(5), half = 1 + draw(20), loud = 1 + draw(32767);
    if (kind == 0)
        transmission(out, n);
    else if (kind == 1)
        cadenced(out, n);
    for (uint32_t i = 0; i < n; i++) {
        if (kind == 2)
            out[i] = (int16_t)draw(65536);
        if (kind == 3)
            out[i] = i / half % 2 ? 32767 : -32768;
        if (kind == 4)
            out[i] = (int16_t)((int32_t)draw(2 * loud) - (int32_t)loud);
    }
}

struct banks {
    td_fsk_rx *fsk[2];
    td_modem_tones *tones[2];
    td_progress *progress[2];
    uint32_t channels;
};

/* A block through a bank's two twins, with room for `room` events. */
static void fsk_block(struct banks *b, const int16_t *in, size_t stride, uint32_t n, uint32_t room)
{
    td_fsk_event *events[2];
    int64_t found[2];
    for (int k = 0; k < 2; k++) {
        events[k] = calloc(room ? room : 1, sizeof **events);
        found[k] = td_fsk_rx_run(b->fsk[k], in, stride, n, events[k], room);
        check(found[k] >= 0 && found[k] <= room, "events of FSK");
    }
    check(found[0] == found[1], "FSK: other events");
    check(!memcmp(events[0], events[1], (size_t)found[0] * sizeof **events), "FSK: events differ");
    check(td_fsk_rx_lost(b->fsk[0]) == td_fsk_rx_lost(b->fsk[1]), "FSK: losses differ");
    free(events[0]);
    free(events[1]);
}

static void tones_block(struct banks *b, const int16_t *in, size_t stride, uint32_t n,
                        uint32_t room)
{
    td_modem_tone_event *events[2];
    int64_t found[2];
    for (int k = 0; k < 2; k++) {
        events[k] = calloc(room ? room : 1, sizeof **events);
        found[k] = td_modem_tones_run(b->tones[k], in, stride, n, events[k], room);
        check(found[k] >= 0 && found[k] <= room, "events of tones");
    }
    check(found[0] == found[1], "tones: other events");
    check(!memcmp(events[0], events[1], (size_t)found[0] * sizeof **events), "tones: differ");
    free(events[0]);
    free(events[1]);
}

static void progress_block(struct banks *b, const int16_t *in, size_t stride, uint32_t n,
                           uint32_t room)
{
    td_progress_event *events[2];
    int64_t found[2];
    for (int k = 0; k < 2; k++) {
        events[k] = calloc(room ? room : 1, sizeof **events);
        found[k] = td_progress_run(b->progress[k], in, stride, n, events[k], room);
        check(found[k] >= 0 && found[k] <= room, "events of progress");
        for (int64_t i = 0; i < found[k]; i++)
            check(events[k][i].channel < b->channels && events[k][i].n <= TD_PROGRESS_TONES,
                  "an event");
    }
    check(found[0] == found[1], "progress: other events");
    check(!memcmp(events[0], events[1], (size_t)found[0] * sizeof **events), "progress: differ");
    check(td_progress_lost(b->progress[0]) == td_progress_lost(b->progress[1]), "progress: losses");
    free(events[0]);
    free(events[1]);
}

/* Switch a channel, or what is none, on or off in all banks. */
static void choose(struct banks *b)
{
    uint32_t channel = draw(b->channels + 1);
    int on = (int)draw(2), expected = channel < b->channels ? 0 : -EINVAL;
    for (int k = 0; k < 2; k++) {
        check(td_fsk_rx_select(b->fsk[k], channel, on) == expected, "select of FSK");
        check(td_modem_tones_select(b->tones[k], channel, on) == expected, "select of tones");
        check(td_progress_select(b->progress[k], channel, on) == expected, "select of progress");
    }
}

static void one_round(void)
{
    int error;
    struct banks b = {.channels = 1 + draw(4)};
    int modem = (int)draw(2);
    for (int k = 0; k < 2; k++) {
        b.fsk[k] = td_fsk_rx_new(b.channels, modem, &error);
        b.tones[k] = td_modem_tones_new(b.channels, &error);
        td_fsk_rx_vector(b.fsk[k], !k);
        td_modem_tones_vector(b.tones[k], !k);
    }
    double floor = -50.0 + draw(20);
    for (int k = 0; k < 2; k++) {
        b.progress[k] = td_progress_new(b.channels, floor, &error);
        td_progress_vector(b.progress[k], !k);
    }
    uint32_t length = 2000 + draw(6000);
    int16_t *whole = malloc((size_t)b.channels * length * sizeof *whole);
    for (uint32_t c = 0; c < b.channels; c++)
        samples_of(whole + (size_t)c * length, length);
    for (uint32_t at = 0, n; at < length; at += n) {
        n = 1 + draw(MOST);
        n = n < length - at ? n : length - at;
        uint32_t room = draw(4) ? b.channels * (n / 32 + 4) : draw(3);
        int16_t *block = malloc((size_t)b.channels * n * sizeof *block);
        for (uint32_t c = 0; c < b.channels; c++)
            memcpy(block + (size_t)c * n, whole + (size_t)c * length + at, n * sizeof *block);
        fsk_block(&b, block, n, n, room);
        tones_block(&b, block, n, n, room);
        progress_block(&b, block, n, n, room);
        free(block);
        if (!draw(6))
            choose(&b);
        if (!draw(20)) {
            uint32_t channel = draw(b.channels + 1);
            int told = td_fsk_rx_reset(b.fsk[0], channel);
            check(told == td_fsk_rx_reset(b.fsk[1], channel), "reset");
            check(told == (channel < b.channels ? 0 : -EINVAL), "reset of no channel");
        }
    }
    for (int k = 0; k < 2; k++) {
        td_fsk_rx_free(b.fsk[k]);
        td_modem_tones_free(b.tones[k]);
        td_progress_free(b.progress[k]);
    }
    free(whole);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    rng = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    int error;
    check(!td_fsk_rx_new(0, TD_FSK_V23, &error) && error == -EINVAL, "no channels");
    check(!td_fsk_rx_new(1, 9, &error) && error == -EINVAL, "no such modem");
    check(!td_modem_tones_new(5000, &error) && error == -EINVAL, "too many channels");
    check(!td_progress_new(1, 5, &error) && error == -EINVAL, "a floor too high");
    for (long rounds = strtol(argv[2], NULL, 10); rounds > 0; rounds--)
        one_round();
    return 0;
}
