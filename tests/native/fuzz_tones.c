/* Tone banks under ASan and UBSan with random samples in random pieces: the vector and the plain
 * twin must give the same events.
 *
 *   fuzz_tones SEED ROUNDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trunkd_native.h"

enum { ROOM = 64, MOST = 400 };

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
        fprintf(stderr, "fuzz_tones: %s\n", what);
        exit(1);
    }
}

struct banks {
    td_dtmf *dtmf[2];
    td_mf *mf[2];
};

static void same(struct banks *b, const void *block, size_t frames, int coding, size_t room)
{
    td_digit_event *a[2];
    for (int which = 0; which < 2; which++) {
        int64_t n[2];
        uint64_t lost[2] = {0, 0};
        for (int i = 0; i < 2; i++) {
            a[i] = calloc(room ? room : 1, sizeof **a);
            n[i] = which ? td_mf_process(b->mf[i], block, frames, coding, a[i], room, &lost[i])
                         : td_dtmf_process(b->dtmf[i], block, frames, coding, a[i], room,
                                           &lost[i]);
        }
        check(n[0] >= 0 && n[0] <= (int64_t)room, "more events than room");
        check(n[0] == n[1] && lost[0] == lost[1], "the twins differ in number");
        check(!memcmp(a[0], a[1], (size_t)n[0] * sizeof **a), "the twins differ");
        free(a[0]);
        free(a[1]);
    }
}

static void fill(int16_t *samples, size_t frames, uint32_t channels, td_tone_pair *tones)
{
    int16_t column[MOST];
    for (uint32_t c = 0; c < channels; c++) {
        int loud = !draw(20);
        for (size_t i = 0; i < frames; i++)
            column[i] = loud ? (int16_t)draw(65536) : (int16_t)(draw(200) - 100);
        td_tone_generate(&tones[c], column, frames);
        for (size_t i = 0; i < frames; i++)
            samples[i * channels + c] = column[i];
        if (!draw(4)) {
            int kind = 1 + (int)draw(4);
            tones[c].level_dbm0[0] = -(double)draw(50);
            tones[c].level_dbm0[1] = tones[c].level_dbm0[0] + draw(5);
            if (!draw(2) || td_tone_frequencies(kind, "1234567890"[draw(10)], tones[c].hz) < 0)
                tones[c].level_dbm0[0] = tones[c].level_dbm0[1] = -100;
        }
    }
}

int main(int argc, char **argv)
{
    rng = 88172645463325252u + strtoull(argc > 1 ? argv[1] : "1", NULL, 10);
    long rounds = argc > 2 ? atol(argv[2]) : 100;
    check(!td_dtmf_new(0, NULL) && !td_mf_new(1, TD_TONE_DTMF, 0), "nonsense was accepted");
    for (int bank = 0; bank < 4; bank++) {
        uint32_t channels = 1 + draw(40);
        struct banks b;
        td_tone_pair *tones = calloc(channels, sizeof *tones);
        for (uint32_t c = 0; c < channels; c++)
            tones[c].level_dbm0[0] = tones[c].level_dbm0[1] = -100;
        for (int i = 0; i < 2; i++) {
            td_dtmf_config config = {0, 0, 0, (uint32_t)i};
            b.dtmf[i] = td_dtmf_new(channels, &config);
            b.mf[i] = td_mf_new(channels, TD_TONE_R2_FORWARD + bank % 3, i);
            check(b.dtmf[i] && b.mf[i], "no memory");
        }
        for (long round = 0; round < rounds / 4; round++) {
            size_t frames = draw(MOST);
            int coding = (int)draw(3);
            int16_t *samples = malloc(frames * channels * 2 + 1);
            uint8_t *octets = malloc(frames * channels + 1);
            fill(samples, frames, channels, tones);
            if (coding == TD_ALAW)
                td_alaw_encode(samples, octets, frames * channels);
            else
                td_ulaw_encode(samples, octets, frames * channels);
            /* of the very size, so that a read beyond it is seen */
            samples = realloc(samples, frames * channels * 2 + !frames);
            same(&b, coding == TD_LINEAR ? (void *)samples : octets, frames, coding,
                 draw(3) ? ROOM : draw(3));
            free(samples);
            free(octets);
        }
        for (int i = 0; i < 2; i++) {
            td_dtmf_free(b.dtmf[i]);
            td_mf_free(b.mf[i]);
        }
        free(tones);
    }
    return 0;
}
