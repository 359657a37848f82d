/* Tone banks under ASan and UBSan with random samples in random pieces, channels switched on and off
 * between them: plain C, AVX2 and the best vectors there are must give the same events.
 *
 *   fuzz_tones SEED ROUNDS */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tone.h"

enum { ROOM = 64, MOST = 400, LIMITS = 3 };

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
    td_dtmf *dtmf[LIMITS];
    td_mf *mf[LIMITS];
    uint32_t channels, on[2]; /* channels that are listened to */
};

static void same(struct banks *b, const void *block, size_t frames, int coding, size_t room)
{
    td_digit_event *a[LIMITS];
    for (int which = 0; which < 2; which++) {
        int64_t n[LIMITS];
        uint64_t lost[LIMITS] = {0};
        const void *samples = b->on[which] ? block : NULL;
        for (int i = 0; i < LIMITS; i++) {
            a[i] = calloc(room ? room : 1, sizeof **a);
            n[i] = which ? td_mf_process(b->mf[i], samples, frames, coding, a[i], room, &lost[i])
                         : td_dtmf_process(b->dtmf[i], samples, frames, coding, a[i], room,
                                           &lost[i]);
            check(n[i] >= 0 && n[i] <= (int64_t)room, "more events than room");
            check(n[i] == n[0] && lost[i] == lost[0], "the twins differ in number");
            check(!memcmp(a[0], a[i], (size_t)n[0] * sizeof **a), "the twins differ");
        }
        for (int i = 0; i < LIMITS; i++)
            free(a[i]);
    }
}

/* Switch some channels, or now and then all, on or off. */
static void choose(struct banks *b, uint8_t *on)
{
    int which = (int)draw(2), all = !draw(10), to = (int)draw(2);
    for (uint32_t c = 0; c <= b->channels; c++) {
        if (!all && draw(8))
            continue;
        int want = all ? to : (int)draw(2), there = c < b->channels;
        for (int i = 0; i < LIMITS; i++)
            check((which ? td_mf_select(b->mf[i], c, want) : td_dtmf_select(b->dtmf[i], c, want)) ==
                      (there ? 0 : -EINVAL),
                  "select");
        if (there) {
            b->on[which] += (uint32_t)want - on[2 * c + which];
            on[2 * c + which] = (uint8_t)want;
        }
    }
}

static void planes(const int16_t *frames, uint32_t channels, uint32_t n)
{
    size_t stride = n + draw(3);
    int16_t *out = malloc(channels * stride * sizeof *out + 1);
    tone_planes(frames, channels, n, out, stride);
    for (uint32_t c = 0; c < channels; c++)
        for (uint32_t f = 0; f < n; f++)
            check(out[c * stride + f] == frames[f * channels + c], "planes");
    free(out);
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
        struct banks b = {.channels = channels, .on = {channels, channels}};
        uint8_t *on = malloc(2 * channels);
        memset(on, 1, 2 * channels);
        td_tone_pair *tones = calloc(channels, sizeof *tones);
        for (uint32_t c = 0; c < channels; c++)
            tones[c].level_dbm0[0] = tones[c].level_dbm0[1] = -100;
        for (int i = 0; i < LIMITS; i++) {
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
            planes(samples, channels, (uint32_t)frames);
            if (!draw(6))
                choose(&b, on);
            same(&b, coding == TD_LINEAR ? (void *)samples : octets, frames, coding,
                 draw(3) ? ROOM : draw(3));
            free(samples);
            free(octets);
        }
        for (int i = 0; i < LIMITS; i++) {
            td_dtmf_free(b.dtmf[i]);
            td_mf_free(b.mf[i]);
        }
        free(tones);
        free(on);
    }
    return 0;
}
