/* Many samples at once against one at a time: G.711, rows out of frames and back.
 *
 *   fuzz_sound SEED ROUNDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media.h"

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
        fprintf(stderr, "fuzz_sound: %s\n", what);
        exit(1);
    }
}

/* Every sample and every octet there is. */
static void all_of(int coding, void (*encode)(const int16_t *, uint8_t *, size_t),
                   void (*decode)(const uint8_t *, int16_t *, size_t))
{
    static int16_t linear[65536], back[2][256];
    static uint8_t octets[2][65536], every[256];

    for (int i = 0; i < 65536; i++)
        linear[i] = (int16_t)(i - 32768);
    for (int i = 0; i < 256; i++)
        every[i] = (uint8_t)i;
    sound_encode(coding, linear, octets[0], 65536);
    encode(linear, octets[1], 65536);
    check(!memcmp(octets[0], octets[1], 65536), "encoded otherwise");
    sound_decode(coding, every, back[0], 256);
    decode(every, back[1], 256);
    check(!memcmp(back[0], back[1], sizeof(back[0])), "decoded otherwise");
}

/* A number of samples that is no vector: nothing behind them is touched. */
static void some_of(int coding)
{
    unsigned n = draw(70);
    int16_t *linear = malloc(n * sizeof(*linear) + 1);
    uint8_t *octets = malloc(n + 1), one;

    for (unsigned i = 0; i < n; i++)
        linear[i] = (int16_t)draw(65536);
    sound_encode(coding, linear, octets, n);
    for (unsigned i = 0; i < n; i++) {
        sound_encode_column(coding, linear + i, &one, 1);
        check(octets[i] == one, "a few encoded otherwise");
    }
    sound_decode(coding, octets, linear, n);
    for (unsigned i = 0; i < n; i++)
        check(linear[i] == sound_table(coding)[octets[i]], "a few decoded otherwise");
    free(linear);
    free(octets);
}

static void rows(void)
{
    static uint8_t row[TIMESLOTS * MAX_BLOCK];
    unsigned n = 1 + draw(MAX_BLOCK), stride = ROW(n);
    uint32_t mask = (uint32_t)draw(65536) << 16 | draw(65536);
    uint8_t *frames = malloc(n * TIMESLOTS), *back = malloc(n * TIMESLOTS);

    for (unsigned i = 0; i < n * TIMESLOTS; i++)
        frames[i] = (uint8_t)draw(256);
    memset(back, 0x5a, n * TIMESLOTS);
    rows_of_frames(frames, n, row, stride);
    rows_to_frames(row, stride, mask, back, n);
    for (unsigned i = 0; i < n * TIMESLOTS; i++) {
        check(row[i % TIMESLOTS * stride + i / TIMESLOTS] == frames[i], "a wrong row");
        check(back[i] == (mask >> i % TIMESLOTS & 1 ? frames[i] : 0x5a), "a wrong frame");
    }
    free(frames);
    free(back);
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 100;

    rng = 88172645463325252u ^ (argc > 1 ? strtoull(argv[1], NULL, 10) * 2654435761u : 0);
    all_of(TD_ALAW, td_alaw_encode, td_alaw_decode);
    all_of(TD_ULAW, td_ulaw_encode, td_ulaw_decode);
    for (int i = 0; i < rounds; i++) {
        some_of(draw(2) ? TD_ALAW : TD_ULAW);
        rows();
    }
    return 0;
}
