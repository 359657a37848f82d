/* spandsp's time scaling and tone generation beside our player, in blocks of 20 ms.
 *
 *   player_peer speed FILE SPEED   octets of A-law at SPEED (1: as they are, 2: twice as fast)
 *   player_peer tone HZ HZ         two tones
 *
 * Prints microseconds of CPU for a second of A-law, the best of ROUNDS.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spandsp.h>

#define BLOCK 160
#define ROUNDS 12
#define TONE_SECONDS 60

static double cpu(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static uint8_t sink;

static void send(const int16_t *samples, int n)
{
    for (int i = 0; i < n; i++)
        sink ^= linear_to_alaw(samples[i]);
}

/* Samples sent. */
static long scaled(const uint8_t *octets, long n, float speed)
{
    time_scale_state_t *state = time_scale_init(NULL, 8000, 1 / speed);
    int16_t in[BLOCK], out[8 * BLOCK + 1000];
    long sent = 0;

    for (long at = 0; at + BLOCK <= n; at += BLOCK) {
        int made;

        for (int i = 0; i < BLOCK; i++)
            in[i] = alaw_to_linear(octets[at + i]);
        made = time_scale(state, out, in, BLOCK);
        send(out, made);
        sent += made;
    }
    time_scale_free(state);
    return sent;
}

static long tones(int a, int b)
{
    tone_gen_descriptor_t *is = tone_gen_descriptor_init(NULL, a, -13, b, -13, 1000, 0, 0, 0, 1);
    tone_gen_state_t *state = tone_gen_init(NULL, is);
    int16_t out[BLOCK];
    long sent = 0;

    while (sent < 8000 * TONE_SECONDS) {
        int made = tone_gen(state, out, BLOCK);

        send(out, made);
        sent += made;
    }
    return sent;
}

int main(int argc, char **argv)
{
    static uint8_t octets[1 << 24];
    double best = 1e18;
    long n = 0;

    if (argc != 4)
        return 2;
    if (!strcmp(argv[1], "speed")) {
        FILE *file = fopen(argv[2], "rb");

        if (!file)
            return 1;
        n = (long)fread(octets, 1, sizeof(octets), file);
        fclose(file);
    }
    for (int round = 0; round < ROUNDS; round++) {
        double begun = cpu();
        long sent = n ? scaled(octets, n, (float)atof(argv[3]))
                      : tones(atoi(argv[2]), atoi(argv[3]));
        double each = (cpu() - begun) * 8000 / (double)sent;

        best = each < best ? each : best;
    }
    printf("%f %d\n", best, sink);
    return 0;
}
