/* FSK reception and modem tone detection, ours and spandsp's, on the same signals:
 *
 *   fsk_peer fsk|tones SECONDS
 *
 * prints channel-seconds per CPU second of ours with vector instructions, ours in plain C, and
 * spandsp's, and how many octets or tones each found in the same signal. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spandsp.h>

#include "trunkd_native.h"

#define CHANNELS 30
#define BLOCK 160
#define BLOCKS 250 /* 5 s */
#define LENGTH (BLOCK * BLOCKS)

static int16_t signal_[BLOCKS][CHANNELS][BLOCK];
static td_fsk_event fsk_events[CHANNELS * 8];
static td_modem_tone_event tone_events[CHANNELS * 8];
static uint64_t found;

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void put(int channel, const int16_t *samples)
{
    for (int b = 0; b < BLOCKS; b++)
        memcpy(signal_[b][channel], samples + b * BLOCK, sizeof signal_[b][channel]);
}

static void make_fsk(void)
{
    static uint8_t octets[1000];
    static int16_t samples[LENGTH];
    for (int channel = 0; channel < CHANNELS; channel++) {
        for (size_t i = 0; i < sizeof octets; i++)
            octets[i] = (uint8_t)rand();
        td_fsk_message message = {TD_FSK_V23, -1350, 300, 180 + (uint32_t)channel, 1, 10};
        td_fsk_tx *tx = malloc(td_fsk_tx_size());
        td_fsk_tx_init(tx, &message, octets, sizeof octets);
        td_fsk_tx_run(tx, samples, LENGTH);
        free(tx);
        put(channel, samples);
    }
}

static void make_tones(void)
{
    static const int types[] = {MODEM_CONNECT_TONES_FAX_CNG, MODEM_CONNECT_TONES_ANS,
                                MODEM_CONNECT_TONES_ANS_PR, MODEM_CONNECT_TONES_ANSAM_PR};
    static int16_t samples[LENGTH];
    for (int channel = 0; channel < CHANNELS; channel++) {
        memset(samples, 0, sizeof samples);
        modem_connect_tones_tx_state_t *tx = modem_connect_tones_tx_init(NULL, types[channel % 4]);
        modem_connect_tones_tx(tx, samples + 37 * channel, LENGTH - 37 * channel);
        modem_connect_tones_tx_free(tx);
        for (int i = 0; i < LENGTH; i++)
            samples[i] = (int16_t)(samples[i] + rand() % 41 - 20);
        put(channel, samples);
    }
}

static void ours_fsk(void *state)
{
    for (int b = 0; b < BLOCKS; b++) {
        int64_t n = td_fsk_rx_run(state, signal_[b][0], BLOCK, BLOCK, fsk_events, CHANNELS * 8);
        for (int64_t i = 0; i < n; i++)
            found += fsk_events[i].kind == TD_FSK_OCTET;
    }
}

static void ours_tones(void *state)
{
    for (int b = 0; b < BLOCKS; b++) {
        int64_t n =
            td_modem_tones_run(state, signal_[b][0], BLOCK, BLOCK, tone_events, CHANNELS * 8);
        for (int64_t i = 0; i < n; i++)
            found += tone_events[i].kind == TD_MODEM_ON;
    }
}

static void put_bit(void *user_data, int bit)
{
    (void)user_data;
    found += bit >= 0;
}

static void spandsp_fsk(void *state)
{
    fsk_rx_state_t **rx = state;
    for (int b = 0; b < BLOCKS; b++)
        for (int c = 0; c < CHANNELS; c++)
            fsk_rx(rx[c], signal_[b][c], BLOCK);
}

/* What ours looks for on every channel: CNG, 2100 Hz of every kind, 2225 Hz, 1300 Hz. (Ours finds
 * special information tones besides.) */
static const int wanted[] = {MODEM_CONNECT_TONES_FAX_CNG, MODEM_CONNECT_TONES_ANSAM_PR,
                             MODEM_CONNECT_TONES_BELL_ANS, MODEM_CONNECT_TONES_CALLING_TONE};

static void spandsp_tones(void *state)
{
    modem_connect_tones_rx_state_t **rx = state;
    for (int b = 0; b < BLOCKS; b++)
        for (int c = 0; c < 4 * CHANNELS; c++)
            modem_connect_tones_rx(rx[c], signal_[b][c / 4], BLOCK);
    for (int c = 0; c < 4 * CHANNELS; c++)
        found += modem_connect_tones_rx_get(rx[c]) != MODEM_CONNECT_TONES_NONE;
}

struct row {
    const char *name;
    void (*run)(void *);
    void *state;
    int plain; /* -1: not ours */
    double best, each;
};

/* Channel-seconds per CPU second over at least that long. */
static void measure(struct row *row, double seconds)
{
    uint64_t rounds = 0;
    found = 0;
    double begin = cpu(), spent;
    do {
        row->run(row->state);
        rounds++;
        spent = cpu() - begin;
    } while (spent < seconds);
    double speed = (double)rounds * CHANNELS * LENGTH / 8000 / spent;
    row->best = speed > row->best ? speed : row->best;
    row->each = (double)found / (double)rounds;
}

/* The best of four turns each, taken in turn: what else runs here then hinders all alike. */
static void measure_all(struct row rows[3], double seconds, void (*twin)(void *, int))
{
    for (int turn = 0; turn < 5; turn++)
        for (int k = 0; k < 3; k++) {
            if (rows[k].plain >= 0)
                twin(rows[k].state, !rows[k].plain);
            measure(&rows[k], turn ? seconds / 4 : 0); /* the first only warms up */
            rows[k].best = turn ? rows[k].best : 0;
        }
    for (int k = 0; k < 3; k++)
        printf("%s %.1f %.1f\n", rows[k].name, rows[k].best, rows[k].each);
}

static void fsk_twin(void *state, int vector)
{
    td_fsk_rx_vector(state, vector);
}

static void tones_twin(void *state, int vector)
{
    td_modem_tones_vector(state, vector);
}

static void fsk(double seconds)
{
    int error;
    fsk_rx_state_t *peer[CHANNELS];
    td_fsk_rx *rx = td_fsk_rx_new(CHANNELS, TD_FSK_V23, &error);
    make_fsk();
    for (int c = 0; c < CHANNELS; c++)
        peer[c] = fsk_rx_init(NULL, &preset_fsk_specs[FSK_V23CH1], FSK_FRAME_MODE_ASYNC, put_bit,
                              NULL);
    struct row rows[3] = {{"vector", ours_fsk, rx, 0, 0, 0},
                          {"plain", ours_fsk, rx, 1, 0, 0},
                          {"spandsp", spandsp_fsk, peer, -1, 0, 0}};
    measure_all(rows, seconds, fsk_twin);
    td_fsk_rx_free(rx);
}

static void tones(double seconds)
{
    int error;
    modem_connect_tones_rx_state_t *peer[4 * CHANNELS];
    td_modem_tones *rx = td_modem_tones_new(CHANNELS, &error);
    make_tones();
    for (int c = 0; c < 4 * CHANNELS; c++)
        peer[c] = modem_connect_tones_rx_init(NULL, wanted[c % 4], NULL, NULL);
    struct row rows[3] = {{"vector", ours_tones, rx, 0, 0, 0},
                          {"plain", ours_tones, rx, 1, 0, 0},
                          {"spandsp", spandsp_tones, peer, -1, 0, 0}};
    measure_all(rows, seconds, tones_twin);
    td_modem_tones_free(rx);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    srand(1);
    (strcmp(argv[1], "fsk") ? tones : fsk)(atof(argv[2]));
    return 0;
}
