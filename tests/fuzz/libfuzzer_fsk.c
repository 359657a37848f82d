/* libFuzzer entry for the FSK modems, modem tones and call progress:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
 *       -Inative/include -Inative/src tests/fuzz/libfuzzer_fsk.c native/src/fsk_*.c \
 *       native/src/modem_tones.c native/src/progress.c native/src/tone.c native/src/g711.c \
 *       -lm -o build/libfuzzer_fsk && build/libfuzzer_fsk -max_total_time=60 -max_len=4096
 *
 * The first octet says what the others are: A-law samples, or octets to send, which must come back.
 * Vector and plain code must tell the same; the block lengths come from the input, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trunkd_native.h"

enum { MOST = 4096, TAIL = 400, ROOM = 4096 };

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "libfuzzer_fsk: %s\n", what);
        abort();
    }
}

struct heard {
    uint8_t octets[ROOM];
    size_t n;
};

/* A block through both twins of a receiver. */
static void fsk_block(td_fsk_rx *const rx[2], const int16_t *block, uint32_t n, struct heard *heard)
{
    static td_fsk_event events[2][ROOM];
    int64_t found[2];
    memset(events, 0, sizeof events);
    for (int k = 0; k < 2; k++)
        found[k] = td_fsk_rx_run(rx[k], block, n, n, events[k], ROOM);
    check(found[0] >= 0 && found[0] == found[1], "FSK: other events");
    check(!memcmp(events[0], events[1], (size_t)found[0] * sizeof **events), "FSK: differ");
    for (int64_t i = 0; i < found[0]; i++)
        if (events[0][i].kind == TD_FSK_OCTET && heard->n < ROOM)
            heard->octets[heard->n++] = events[0][i].octet;
}

static void tones_block(td_modem_tones *const tones[2], const int16_t *block, uint32_t n)
{
    static td_modem_tone_event events[2][ROOM];
    int64_t found[2];
    memset(events, 0, sizeof events);
    for (int k = 0; k < 2; k++)
        found[k] = td_modem_tones_run(tones[k], block, n, n, events[k], ROOM);
    check(found[0] >= 0 && found[0] == found[1], "tones: other events");
    check(!memcmp(events[0], events[1], (size_t)found[0] * sizeof **events), "tones: differ");
}

static void progress_block(td_progress *const progress[2], const int16_t *block, uint32_t n)
{
    static td_progress_event events[2][ROOM];
    int64_t found[2];
    memset(events, 0, sizeof events);
    for (int k = 0; k < 2; k++)
        found[k] = td_progress_run(progress[k], block, n, n, events[k], ROOM);
    check(found[0] >= 0 && found[0] == found[1], "progress: other events");
    check(!memcmp(events[0], events[1], (size_t)found[0] * sizeof **events), "progress: differ");
}

/* All detectors over the samples, in blocks of 1 to 256 by the octets of `cuts`. */
static void listen(int modem, const int16_t *samples, size_t n, const uint8_t *cuts, size_t n_cuts,
                   struct heard *heard)
{
    int error;
    td_fsk_rx *rx[2];
    td_modem_tones *tones[2];
    td_progress *progress[2];
    for (int k = 0; k < 2; k++) {
        rx[k] = td_fsk_rx_new(1, modem, &error);
        tones[k] = td_modem_tones_new(1, &error);
        progress[k] = td_progress_new(1, -45, &error);
        check(rx[k] && tones[k] && progress[k], "no memory");
        td_fsk_rx_vector(rx[k], k);
        td_modem_tones_vector(tones[k], k);
        td_progress_vector(progress[k], k);
    }
    for (size_t at = 0, cut = 0; at < n; cut++) {
        size_t piece = n_cuts ? (size_t)cuts[cut % n_cuts] + 1 : 64;
        piece = piece < n - at ? piece : n - at;
        int16_t *block = malloc(piece * sizeof *block); /* of the very size */
        memcpy(block, samples + at, piece * sizeof *block);
        fsk_block(rx, block, (uint32_t)piece, heard);
        tones_block(tones, block, (uint32_t)piece);
        progress_block(progress, block, (uint32_t)piece);
        free(block);
        at += piece;
    }
    for (int k = 0; k < 2; k++) {
        td_fsk_rx_free(rx[k]);
        td_modem_tones_free(tones[k]);
        td_progress_free(progress[k]);
    }
}

static void there_and_back(int modem, const uint8_t *octets, size_t n)
{
    if (n < 3)
        return;
    /* Octets beyond what a buffer of events or the memory holds are left out. */
    uint32_t count = (uint32_t)(n - 3 < 300 ? n - 3 : 300);
    td_fsk_message how = {modem, -(int32_t)(octets[0] % 37) * 100, octets[1], 40 + octets[1] % 60u,
                          1 + octets[2] % 3u, 10};
    td_fsk_tx *tx = malloc(td_fsk_tx_size());
    check(!td_fsk_tx_init(tx, &how, octets + 3, count), "transmitter refused");
    size_t length = td_fsk_tx_samples(tx) + TAIL;
    int16_t *samples = calloc(length, sizeof *samples);
    check(td_fsk_tx_run(tx, samples, (uint32_t)length) == length - TAIL, "length");
    struct heard heard = {.n = 0};
    listen(modem, samples, length, octets, 3, &heard);
    check(heard.n >= count, "octets were lost");
    check(!memcmp(heard.octets + heard.n - count, octets + 3, count), "other octets came back");
    free(samples);
    free(tx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int16_t samples[MOST];
    struct heard heard = {.n = 0};
    if (size < 2 || size > MOST)
        return 0;
    int modem = data[0] & 1;
    if (data[0] & 2) {
        there_and_back(modem, data + 1, size - 1);
        return 0;
    }
    td_alaw_decode(data + 1, samples, size - 1);
    listen(modem, samples, size - 1, data, size < 8 ? size : 8, &heard);
    return 0;
}
