/* Echo cancellers on the same signals: td_echo and spandsp's echo_can.
 *
 * echo_peer ours|plain|spandsp CHANNELS TAIL_MS: channel-seconds per CPU second, all channels
 *     with noise and its echo, adapting, in blocks of 1 ms.
 * echo_peer run TAIL_MS < PAIRS > CLEANED: spandsp on one channel of int16 pairs (sent, received). */
#include <spandsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "td_echo.h"

enum { RATE = 8000, BLOCK = 8, SPAN = 32, ROUNDS = 5 };

/* Debian's echo_can prints several lines a sample, which would cost it most of its time. */
int printf(const char *format, ...)
{
    (void)format;
    return 0;
}

int __printf_chk(int flag, const char *format, ...)
{
    (void)flag;
    (void)format;
    return 0;
}

int puts(const char *text)
{
    (void)text;
    return 0;
}

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A second of speech-like noise (bursts of 300 ms, pauses of 100 ms) and its echo in A-law steps. */
static void make_signals(int16_t *sent, int16_t *received, int channels, int tail_ms)
{
    int delay = tail_ms * 8 * 3 / 4 - 64;
    unsigned state = 1;
    double low[SPAN] = {0};
    delay = delay < 8 ? 8 : delay;
    for (int i = 0; i < RATE; i++)
        for (int c = 0; c < channels; c++) {
            state = state * 1664525u + 1013904223u;
            double noise = (double)(int)(state >> 8) / (1 << 23) - 1.0;
            low[c] += (noise - low[c]) * 0.4;
            int speaks = (i / 800 + c) % 4 != 3;
            sent[i * channels + c] = (int16_t)(speaks ? low[c] * 8000 : 0);
        }
    for (int i = 0; i < RATE; i++)
        for (int c = 0; c < channels; c++) {
            double echo = 0;
            static const double path[] = {0.02, -0.1, 0.3, 0.12, -0.08, 0.04, -0.02, 0.01};
            for (int k = 0; k < 8; k++)
                echo += path[k] * sent[((i - delay - 3 * k + 2 * RATE) % RATE) * channels + c];
            received[i * channels + c] =
                (int16_t)alaw_to_linear(linear_to_alaw((int)echo));
        }
}

static double ours(int channels, int tail_ms, int plain)
{
    int spans = (channels + SPAN - 1) / SPAN, error, size = RATE * SPAN;
    int16_t *sent = malloc(2 * (size_t)size), *received = malloc(2 * (size_t)size);
    int16_t *cleaned = malloc(2 * (size_t)size);
    td_echo **echo = malloc((size_t)spans * sizeof *echo);
    double best = 1e9;

    make_signals(sent, received, SPAN, tail_ms);
    for (int s = 0; s < spans; s++) {
        echo[s] = td_echo_new(SPAN, (uint32_t)tail_ms, plain, &error);
        td_echo_stagger(echo[s], (uint32_t)s * BLOCK);
        for (uint32_t c = 0; c < SPAN; c++)
            td_echo_select(echo[s], c,
                           TD_ECHO_ON | TD_ECHO_NLP | TD_ECHO_COMFORT | TD_ECHO_TONE_DISABLE);
    }
    for (int round = 0; round < ROUNDS; round++) {
        double begin = cpu();
        for (int i = 0; i < RATE; i += BLOCK)
            for (int s = 0; s < spans; s++)
                td_echo_run(echo[s], sent + i * SPAN, received + i * SPAN, cleaned + i * SPAN,
                            BLOCK, SPAN);
        double took = cpu() - begin;
        best = round && took < best ? took : best; /* the first round learns and warms up */
    }
    return spans * SPAN / best;
}

static double theirs(int channels, int tail_ms)
{
    int16_t *sent = malloc(2 * RATE * SPAN), *received = malloc(2 * RATE * SPAN);
    echo_can_state_t **echo = malloc((size_t)channels * sizeof *echo);
    int mode = ECHO_CAN_USE_ADAPTION | ECHO_CAN_USE_NLP | ECHO_CAN_USE_CNG;
    double best = 1e9;
    volatile int sink = 0;

    make_signals(sent, received, SPAN, tail_ms);
    for (int c = 0; c < channels; c++)
        echo[c] = echo_can_init(tail_ms * 8, mode);
    for (int round = 0; round < ROUNDS; round++) {
        double begin = cpu();
        for (int i = 0; i < RATE; i += BLOCK)
            for (int c = 0; c < channels; c++)
                for (int k = i; k < i + BLOCK; k++)
                    sink += echo_can_update(echo[c], sent[k * SPAN + c % SPAN],
                                            received[k * SPAN + c % SPAN]);
        double took = cpu() - begin;
        best = round && took < best ? took : best;
    }
    return channels / best;
}

static int run(int tail_ms)
{
    echo_can_state_t *echo =
        echo_can_init(tail_ms * 8, ECHO_CAN_USE_ADAPTION);
    int16_t pair[2];
    while (fread(pair, sizeof pair, 1, stdin) == 1) {
        int16_t cleaned = echo_can_update(echo, pair[0], pair[1]);
        if (write(STDOUT_FILENO, &cleaned, sizeof cleaned) != sizeof cleaned)
            return 1;
    }
    echo_can_free(echo);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "run") == 0)
        return run(atoi(argv[2]));
    if (argc != 4)
        return 2;
    int channels = atoi(argv[2]), tail = atoi(argv[3]);
    double rate = strcmp(argv[1], "spandsp") == 0 ? theirs(channels, tail)
                                                  : ours(channels, tail, argv[1][0] == 'p');
    char text[32];
    int n = snprintf(text, sizeof text, "%.1f\n", rate);
    return write(STDOUT_FILENO, text, (size_t)n) != n;
}
