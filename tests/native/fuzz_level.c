/* Meters and conditioning under ASan and UBSan with random samples in random pieces: the vector and
 * the plain twin must give the same, and nothing outside a channel's samples may be touched.
 *
 *   fuzz_level SEED ROUNDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "td_condition.h"
#include "td_level.h"

enum { MOST = 200 };

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
        fprintf(stderr, "fuzz_level: %s\n", what);
        exit(1);
    }
}

/* Silence, an offset, noise, full scale. */
static void fill(int16_t *samples, size_t n)
{
    int32_t range = (int32_t[]){1, 3, 100, 3000, 65536}[draw(5)];
    int32_t offset = draw(3) ? 0 : (int32_t)draw(2000) - 1000;

    for (size_t i = 0; i < n; i++) {
        int32_t x = (int32_t)draw((uint32_t)range) - range / 2 + offset;
        samples[i] = (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
    }
}

static void same_events(td_level *const *banks, const int16_t *frames, uint32_t n, uint32_t stride)
{
    uint32_t room = draw(4) ? 400 : draw(3);
    td_level_event *events[2];
    int64_t count[2];

    for (int i = 0; i < 2; i++) {
        events[i] = calloc(room ? room : 1, sizeof **events);
        count[i] = td_level_run(banks[i], frames, n, stride, events[i], room);
    }
    check(count[0] >= 0 && count[0] <= (int64_t)room, "more events than room");
    check(count[0] == count[1] && td_level_lost(banks[0]) == td_level_lost(banks[1]),
          "the twins differ in number");
    check(!memcmp(events[0], events[1], (size_t)count[0] * sizeof **events), "the twins differ");
    for (int i = 0; i < 2; i++)
        free(events[i]);
}

static void same_meters(td_level *const *banks, uint32_t channels)
{
    uint32_t channel = draw(channels);
    int reset = draw(2) != 0;
    td_level_now now[2];

    for (int i = 0; i < 2; i++)
        check(!(reset ? td_level_read_reset(banks[i], channel, &now[i])
                      : td_level_read(banks[i], channel, &now[i])),
              "a channel that is there is not");
    check(!memcmp(&now[0], &now[1], sizeof now[0]), "the twins show different levels");
}

static void meters(long rounds)
{
    uint32_t channels = 1 + draw(70), stride = channels + draw(3);
    td_level *banks[2];

    for (uint32_t i = 0; i < 2; i++) {
        td_level_config config = {.hangover_ms = 40, .plain = i};
        int error = 0;
        banks[i] = td_level_new(channels, &config, &error);
        check(banks[i] != NULL, "no memory");
    }
    check(td_level_select(banks[0], channels, 1) < 0, "a channel too many");
    for (long round = 0; round < rounds; round++) {
        uint32_t n = draw(MOST), channel = draw(channels), on = draw(5) != 0;
        /* of the very size, so that a read beyond it is seen */
        size_t size = n ? (size_t)(n - 1) * stride + channels : 0;
        int16_t *frames = malloc(size * 2 + !size);
        fill(frames, size);
        for (int i = 0; i < 2; i++)
            check(!td_level_select(banks[i], channel, (int)on), "select");
        same_events(banks, frames, n, stride);
        same_meters(banks, channels);
        free(frames);
    }
    for (int i = 0; i < 2; i++)
        td_level_free(banks[i]);
}

static td_condition_config random_config(void)
{
    td_condition_config config = {
        .options = draw(8),
        .gain = (int16_t)((int)draw(8001) - 4000),
        .agc_attack_ms = (uint16_t)draw(10001),
        .agc_max_gain = (int16_t)draw(4001),
        .gate_threshold = (int16_t)-(int)draw(8001),
        .gate_hold_ms = (uint16_t)draw(50),
        .gate_loss = (int16_t)draw(9001),
    };
    return config;
}

static void conditions(long rounds)
{
    td_condition *state = malloc(td_condition_size());
    td_condition_config config = random_config();

    check(!td_condition_init(state, &config), "init");
    for (long round = 0; round < rounds; round++) {
        uint32_t n = draw(MOST), stride = 1 + draw(4);
        size_t size = n ? (size_t)(n - 1) * stride + 1 : 0;
        int16_t *samples = malloc(size * 2 + !size), *before = malloc(size * 2 + !size);
        td_condition_now now;
        fill(samples, size);
        memcpy(before, samples, size * 2);
        td_condition_run(state, samples, n, stride);
        for (size_t i = 0; i < size; i++)
            check(i % stride == 0 || samples[i] == before[i], "another channel was touched");
        td_condition_read(state, &now);
        if (!draw(10)) {
            config = random_config();
            check(!td_condition_set(state, &config), "set");
        }
        free(samples);
        free(before);
    }
    free(state);
}

static void limiters(void)
{
    uint32_t n = draw(40);
    int32_t *sums = malloc(n * 4 + !n);
    int16_t *out[2] = {malloc(n * 2 + !n), malloc(n * 2 + !n)};

    for (uint32_t i = 0; i < n; i++)
        sums[i] = draw(2) ? (int32_t)(draw(65536) << 16 | draw(65536))
                          : (int32_t)draw(80000) - 40000;
    td_mix_limit(sums, out[0], n);
    td_mix_limit_plain(sums, out[1], n);
    check(!memcmp(out[0], out[1], n * 2), "the limiters differ");
    free(sums);
    free(out[0]);
    free(out[1]);
}

int main(int argc, char **argv)
{
    rng = 88172645463325252u + strtoull(argc > 1 ? argv[1] : "1", NULL, 10);
    long rounds = argc > 2 ? atol(argv[2]) : 100;
    int error = 0;

    check(!td_level_new(0, NULL, &error) && error < 0, "nonsense was accepted");
    for (int i = 0; i < 4; i++) {
        meters(rounds / 4);
        conditions(rounds / 4);
    }
    for (long i = 0; i < rounds; i++)
        limiters();
    return 0;
}
