/* The detector banks as the engine runs them: 16 spans of 32 timeslots, 64 frames (8 ms) a call.
 *
 *   detect_engine dtmf|progress|modem|fsk|r2|planes SIGNAL SECONDS   CPU seconds a channel-second
 *
 * SIGNAL: speech (noise as loud as it is), dialling (DTMF digits of 50 ms all the time), or mixed
 * (every eighth channel dials, the others speak). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tone.h"

enum { SPANS = 16, SLOTS = 32, TICK = 64, TICKS = 24, ROOM = 4096 };

static int16_t frames[SPANS][TICKS][TICK * SLOTS], planes[SPANS][TICKS][SLOTS * TICK];
static void *banks[SPANS];
static uint32_t rng = 1;

static int16_t noise(double deviation)
{
    double sum = 0;
    for (int i = 0; i < 6; i++) {
        rng = rng * 1664525u + 1013904223u;
        sum += rng / 4294967296.0 - 0.5;
    }
    return (int16_t)(deviation * 1.41 * sum);
}

static void make(const char *signal)
{
    static int16_t line[TICKS * TICK];
    for (int span = 0; span < SPANS; span++)
        for (int slot = 0; slot < SLOTS; slot++) {
            int dials = !strcmp(signal, "dialling") || (!strcmp(signal, "mixed") && slot % 8 == 0);
            for (int i = 0; i < TICKS * TICK; i++)
                line[i] = noise(dials ? 50 : 700);
            for (int at = (int)(rng >> 8) % 400; dials && at + 400 < TICKS * TICK; at += 800) {
                td_tone_pair pair = {.level_dbm0 = {-8, -8}};
                td_tone_frequencies(TD_TONE_DTMF, "1234567890"[rng % 10], pair.hz);
                td_tone_generate(&pair, line + at, 400);
            }
            for (int i = 0; i < TICKS * TICK; i++) {
                frames[span][i / TICK][i % TICK * SLOTS + slot] = line[i];
                planes[span][i / TICK][slot * TICK + i % TICK] = line[i];
            }
        }
}

static void *new_bank(const char *kind)
{
    int error;
    if (!strcmp(kind, "dtmf"))
        return td_dtmf_new(SLOTS, NULL);
    if (!strcmp(kind, "r2"))
        return td_mf_new(SLOTS, TD_TONE_R2_FORWARD, 0);
    if (!strcmp(kind, "fsk"))
        return td_fsk_rx_new(SLOTS, TD_FSK_V23, &error);
    if (!strcmp(kind, "modem"))
        return td_modem_tones_new(SLOTS, &error);
    return td_progress_new(SLOTS, -45, &error);
}

static void tick(const char *kind, int span, int at)
{
    static union {
        td_digit_event digits[ROOM];
        td_fsk_event fsk[ROOM];
        td_modem_tone_event modem[ROOM];
        td_progress_event progress[ROOM];
    } events;
    uint64_t lost = 0;
    void *bank = banks[span];
    const int16_t *in = planes[span][at];
    if (*kind == 'd')
        td_dtmf_process(bank, frames[span][at], TICK, TD_LINEAR, events.digits, ROOM, &lost);
    else if (*kind == 'r')
        td_mf_process(bank, frames[span][at], TICK, TD_LINEAR, events.digits, ROOM, &lost);
    else if (*kind == 'f')
        td_fsk_rx_run(bank, in, TICK, TICK, events.fsk, ROOM);
    else if (*kind == 'm')
        td_modem_tones_run(bank, in, TICK, TICK, events.modem, ROOM);
    else if (!strcmp(kind, "planes"))
        tone_planes(frames[span][at], SLOTS, TICK, planes[span][at], TICK);
    else
        td_progress_run(bank, in, TICK, TICK, events.progress, ROOM);
}

static double cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    make(argv[2]);
    for (int span = 0; span < SPANS; span++)
        banks[span] = new_bank(argv[1]);
    double least = 1e9, begun = cpu(), limit = atof(argv[3]);
    while (cpu() - begun < limit) {
        double start = cpu();
        for (int at = 0; at < TICKS; at++)
            for (int span = 0; span < SPANS; span++)
                tick(argv[1], span, at);
        double spent = (cpu() - start) / (SPANS * SLOTS * TICKS * TICK / 8000.0);
        least = spent < least ? spent : least;
    }
    printf("%.9f\n", least);
    return 0;
}
