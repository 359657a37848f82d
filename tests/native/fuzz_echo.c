/* The echo canceller with random and hostile samples, options and block lengths: nothing out of
 * bounds, nothing undefined, vector and plain alike, channels that are off unchanged.
 * fuzz_echo SEED ROUNDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "td_echo.h"

enum { MOST_FRAMES = 200, MOST_STRIDE = 40 };

static uint32_t state;

static uint32_t rnd(uint32_t limit)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(state >> 4) * limit) >> 28);
}

static void fill(int16_t *to, const int16_t *echo, size_t count)
{
    uint32_t kind = rnd(6);
    for (size_t i = 0; i < count; i++) {
        int noise = (int)rnd(65536) - 32768;
        to[i] = (int16_t)(kind == 0   ? 0
                          : kind == 1 ? noise
                          : kind == 2 ? (noise < 0 ? -32768 : 32767)
                          : kind == 3 ? noise / 256
                          : echo      ? echo[i] / 2
                                      : noise / 8);
    }
}

static int differs(const char *what)
{
    fprintf(stderr, "fuzz_echo: %s\n", what);
    return 1;
}

static int call(void)
{
    static int16_t sent[MOST_FRAMES * MOST_STRIDE], received[MOST_FRAMES * MOST_STRIDE];
    static int16_t a[MOST_FRAMES * MOST_STRIDE], b[MOST_FRAMES * MOST_STRIDE];
    uint32_t channels = 1 + rnd(MOST_STRIDE), tail = 16 + 8 * rnd(15);
    uint32_t stride = channels + rnd(MOST_STRIDE - channels + 1), options[MOST_STRIDE] = {0};
    int error = 0, result = 0;
    td_echo *vector = td_echo_new(channels, tail, 0, &error);
    td_echo *plain = td_echo_new(channels, tail, 1, &error);

    if (!vector || !plain)
        return differs("no memory");
    uint32_t shift = rnd(64);
    td_echo_stagger(vector, shift);
    td_echo_stagger(plain, shift);
    for (int block = 0; block < 12 && !result; block++) {
        for (uint32_t n = rnd(8); n; n--) {
            uint32_t c = rnd(channels), o = rnd(4) ? rnd(16) * 2 + 1 : 0;
            if (td_echo_select(vector, c, o) || td_echo_select(plain, c, o))
                result = differs("select refused");
            options[c] = o;
        }
        uint32_t frames = rnd(MOST_FRAMES + 1);
        size_t count = (size_t)frames * stride;
        fill(sent, NULL, count);
        fill(received, sent, count);
        memcpy(a, received, count * sizeof *a);
        memcpy(b, received, count * sizeof *b);
        td_echo_run(vector, sent, a, a, frames, stride);
        td_echo_run(plain, sent, received, b, frames, stride);
        if (memcmp(a, b, count * sizeof *a) != 0)
            result = differs("vector and plain differ");
        for (size_t i = 0; i < count; i++)
            if ((i % stride >= channels || !options[i % stride]) && a[i] != received[i])
                result = differs("a channel that is off changed");
        td_echo_stats x, y;
        uint32_t c = rnd(channels);
        if (td_echo_stats_of(vector, c, &x) || td_echo_stats_of(plain, c, &y) ||
            memcmp(&x, &y, sizeof x) != 0 || !(x.erl_db == x.erl_db))
            result = differs("statistics");
        if (td_echo_stats_of(vector, channels, &x) == 0 || td_echo_select(vector, 0, 2) == 0)
            result = differs("a mistake was not seen");
    }
    td_echo_free(vector);
    td_echo_free(plain);
    return result;
}

int main(int argc, char **argv)
{
    state = argc > 1 ? (uint32_t)atoi(argv[1]) : 1;
    for (int round = argc > 2 ? atoi(argv[2]) / 8 : 10; round > 0; round--)
        if (call())
            return 1;
    return 0;
}
