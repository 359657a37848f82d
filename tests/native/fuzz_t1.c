/* Random lines for the T1 receiver, and its transmitter into it, for the sanitizers.
 *
 *   fuzz_t1 SEED ROUNDS
 *
 * Lines are noise, framed noise with errors, slips of bits, silence and ones, in blocks of any
 * length; buffers have just the size promised. A clean line must be aligned at the end, its frames
 * those that were sent, and its CRC-6 without an error.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "td_t1.h"

#define MAX_FRAMES 160
#define EVENTS 64

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
        fprintf(stderr, "fuzz_t1: %s\n", what);
        exit(1);
    }
}

static void fill(uint8_t *octets, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        octets[i] = (uint8_t)draw(256);
}

struct pair {
    td_t1_tx *tx;
    td_t1_rx *rx;
    uint64_t time;
};

/* Receive nbits in a buffer of just their size. */
static int receive(struct pair *pair, const uint8_t *line, uint32_t nbits, int signal,
                   uint8_t *frames)
{
    uint8_t *exact = malloc((nbits + 7) / 8 + !nbits);
    td_e1_event *events = malloc(EVENTS * sizeof(*events));
    uint32_t n_events;
    int n;

    memcpy(exact, line, (nbits + 7) / 8);
    n = td_t1_rx_line(pair->rx, exact, nbits, signal, pair->time, frames, events,
                      draw(EVENTS) + 1, &n_events);
    check(n >= 0 && (uint32_t)n <= nbits / 193 + 2, "frames");
    pair->time += (uint64_t)nbits * 125000 / 193;
    free(events);
    free(exact);
    return n;
}

static void spoil(uint8_t *line, uint32_t nbits, uint32_t errors)
{
    while (errors-- && nbits) {
        uint32_t bit = draw(nbits);

        line[bit >> 3] ^= (uint8_t)(0x80 >> (bit & 7));
    }
}

static void one_block(struct pair *pair)
{
    uint32_t n = draw(16) ? draw(12) : draw(MAX_FRAMES + 1);
    uint8_t *columns = malloc(n * 32 + 1), *line = calloc(n * 25 + 1, 1);
    uint32_t nbits, kind = draw(24);
    uint8_t *frames, octets[64];

    fill(columns, n * 32);
    nbits = td_t1_tx_frames(pair->tx, columns, n, line);
    check(nbits == n * 193, "bits");
    if (kind == 0)
        fill(line, n * 25);
    else if (kind == 1)
        memset(line, 0xff, n * 25);
    else if (kind < 6)
        spoil(line, nbits, draw(20));
    else if (kind == 6 && nbits)
        nbits -= draw(nbits);
    frames = malloc((nbits / 193 + 2) * 32);
    if (kind == 7)
        memset(line, 0, n * 25);
    receive(pair, line, nbits, kind != 7, frames);
    if (kind == 8)
        td_t1_tx_set(pair->tx, (int)draw(8) == 0, (int)draw(2));
    if (kind == 9)
        td_t1_tx_abcd(pair->tx, (int)draw(40), (int)draw(16));
    if (kind == 10)
        td_t1_tx_code(pair->tx, (int)draw(64) << 1, (int)draw(30));
    fill(octets, sizeof(octets));
    if (kind == 11)
        td_t1_tx_message(pair->tx, octets, draw(70));
    free(frames);
    free(line);
    free(columns);
}

/* A place that imitates the framing of ESF, and check bits that are wrong: alignment moves to and fro
 * (t1_search.c), in blocks of any length. */
static void imitate(struct pair *pair)
{
    static const uint8_t f[24] = {2, 2, 2, 0, 2, 2, 2, 0, 2, 2, 2, 1, 2, 2, 2, 0, 2, 2, 2, 1, 2, 2, 2, 1};
    uint32_t phase = draw(24), column = draw(24) + 1;
    uint8_t *columns = malloc(MAX_FRAMES * 32), *line = malloc(MAX_FRAMES * 25 + 1), *frames;

    td_t1_tx_set(pair->tx, 0, 0);
    for (uint32_t frame = 0, n; frame < 3 * 8000; frame += n) {
        uint32_t nbits;

        n = draw(3) ? MAX_FRAMES : draw(MAX_FRAMES) + 1;
        fill(columns, n * 32);
        for (uint32_t i = 0; i < n; i++) {
            uint8_t is = f[(frame + i + phase) % 24];

            if (frame > 200 && is != 2)
                columns[i * 32 + column] = (uint8_t)(columns[i * 32 + column] & 0xfe) | is;
        }
        nbits = td_t1_tx_frames(pair->tx, columns, n, line);
        for (uint32_t i = 0; i < n; i += 12) /* not the place of F, nor the one that imitates */
            line[(i * 193 + 1 + column % 24 * 8 + 3) >> 3] ^= 1;
        frames = malloc((nbits / 193 + 2) * 32);
        receive(pair, line, nbits, 1, frames);
        free(frames);
    }
    free(line);
    free(columns);
}

/* What was made of the line before, the receiver finds a clean one again. */
static void clean(struct pair *pair)
{
    uint8_t columns[8 * 32], line[8 * 25 + 1], frames[11 * 32];
    td_span_counts before, after;
    td_t1_counts t1_before, t1_after;
    int good = 0;

    td_t1_tx_set(pair->tx, 0, 0);
    for (int block = 0; block < 500; block++) {
        uint32_t nbits;
        int n;

        if (block == 200)
            td_t1_rx_counts(pair->rx, &before, &t1_before);
        fill(columns, sizeof(columns));
        nbits = td_t1_tx_frames(pair->tx, columns, 8, line);
        n = receive(pair, line, nbits, 1, frames);
        for (int i = 0; block > 200 && i < n; i++)
            for (int j = 0; j < 8; j++)
                good += !memcmp(frames + 32 * i + 13, columns + 32 * j + 13, 12);
    }
    td_t1_rx_counts(pair->rx, &after, &t1_after);
    check(after.frames - before.frames >= 2399, "alignment");
    check(after.fas_errors == before.fas_errors, "framing bits");
    check(t1_after.crc6_errors - t1_before.crc6_errors == 0, "CRC-6");
    check(good >= 2000, "octets");
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 400;

    rng = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 0x9e3779b97f4a7c15u + 1;
    for (int round = 0; round < rounds / 8; round++) {
        /* Robbed bits on timeslots 1 to 12 at most: clean() looks at the others. */
        td_t1_config config = {draw(2), 0, draw(1 << 13) & ~1u, 0};
        struct pair pair = {td_t1_tx_new(&config), td_t1_rx_new(&config), draw(1000)};

        for (int block = 0; block < 300; block++)
            one_block(&pair);
        if (round % 8 == 0)
            imitate(&pair);
        clean(&pair);
        td_t1_tx_free(pair.tx);
        td_t1_rx_free(pair.rx);
    }
    return 0;
}
