/* Random octets through the readers of voice files (td_files.h), with exact room for what they give. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "td_files.h"

static struct rng rng;

static uint64_t below(uint64_t n)
{
    return rng_next(&rng) % n;
}

static uint8_t *noise(size_t n)
{
    uint8_t *octets = malloc(n ? n : 1);

    for (size_t i = 0; i < n; i++)
        octets[i] = (uint8_t)rng_next(&rng);
    return octets;
}

static void check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "wrong: %s\n", what);
        exit(1);
    }
}

static void pcm(void)
{
    static const uint8_t widths[] = {0, 1, 2, 3, 4, 4, 8, 1, 1};
    int coding = 1 + (int)below(8), channels = 1 + (int)below(5);
    uint64_t frames = below(300);
    uint8_t *in = noise(frames * widths[coding] * (size_t)channels);
    float *out = malloc((frames + 1) * sizeof *out);
    int16_t *rounded = malloc((frames + 1) * sizeof *rounded);

    int64_t good = td_pcm_mono(in, frames, coding, channels, out);
    check(good >= 0 && (uint64_t)good <= frames, "frames of td_pcm_mono");
    td_pcm_round(out, rounded, frames);
    check(td_pcm_mono(in, frames, (int)below(2) * 9, 1, out) < 0, "a coding that there is not");
    free(in);
    free(out);
    free(rounded);
}

static void resample(void)
{
    uint32_t from = 4000 + (uint32_t)below(188001), to = 4000 + (uint32_t)below(44001);
    td_resampler *a = td_resampler_new(from, to, 0), *b = td_resampler_new(from, to, 1);
    uint64_t taken = 0, made = 0;

    check(a && b, "td_resampler_new");
    for (int i = 0; i < 4; i++) {
        uint64_t n = below(6000), room = td_resampler_room(a, n);
        float *in = malloc((n + 1) * sizeof *in);
        int16_t *x = malloc((room + 1) * sizeof *x), *y = malloc((room + 1) * sizeof *y);
        for (uint64_t k = 0; k < n; k++)
            in[k] = (float)(int16_t)rng_next(&rng);
        uint64_t got = td_resampler_process(a, in, n, x);
        check(got <= room, "room of the resampler");
        check(got == td_resampler_process(b, in, n, y) && !memcmp(x, y, got * sizeof *x),
              "vector and plain C");
        taken += n;
        made += got;
        free(in);
        free(x);
        free(y);
    }
    uint64_t room = td_resampler_room(a, 0);
    int16_t *rest = malloc((room + 1) * sizeof *rest);
    made += td_resampler_finish(a, rest);
    check(made == (taken * to + from - 1) / from, "samples of the resampler");
    free(rest);
    td_resampler_free(a);
    td_resampler_free(b);
}

static void adpcm(void)
{
    int channels = 1 + (int)below(8);
    uint32_t block = 4 * (uint32_t)channels + (uint32_t)below(600);
    uint64_t n = below(3000), used;
    uint8_t *in = noise(n);
    int16_t *out = malloc((2 * n + 16) * sizeof *out);
    td_adpcm state = {(int32_t)rng_next(&rng), (int32_t)rng_next(&rng)};

    for (uint64_t at = 0; at + 4 <= n; at += below(3) ? block : 4 * (uint32_t)channels)
        for (uint64_t c = at; c + 4 <= n && c < at + 4 * (uint64_t)channels; c += 4) {
            in[c + 2] %= 90;
            in[c + 3] = 0;
        }
    int64_t frames = td_ima_decode(in, n, block, channels, out, &used);
    check(frames >= 0 && used <= n, "td_ima_decode");
    check((uint64_t)frames * (uint64_t)channels <= 2 * n, "frames of td_ima_decode");
    td_vox_decode(&state, in, n, out);
    td_vox_encode(&state, out, n, in);
    if (n > 64) {
        int32_t index[8] = {0, 3, 88, 99, -4};
        uint32_t count = 1 + 8 * (uint32_t)below(n / 64);
        uint8_t *octets = malloc(4 * (size_t)channels * (1 + count / 8));
        int16_t *sound = (int16_t *)(void *)noise(2 * (size_t)channels * count);
        int64_t size = td_ima_encode(sound, count, channels, index, octets);
        check(size == 4 * channels * (1 + (int64_t)count / 8), "td_ima_encode");
        free(octets);
        free(sound);
    }
    free(in);
    free(out);
}

static void gsm(void)
{
    int wav = (int)below(2);
    uint64_t n = below(1000), used, unit = wav ? 65 : 33;
    uint8_t *in = noise(n);
    int16_t *out = malloc((n / unit * (wav ? 320 : 160) + 1) * sizeof *out);
    td_gsm state = {0};

    for (uint64_t at = 0; at < n; at += 33)
        if (below(20))
            in[at] = 0xd0 | (in[at] & 15);
    uint64_t samples = td_gsm_decode(&state, in, n, wav, out, &used);
    check(used <= n && samples == used / unit * (wav ? 320 : 160), "td_gsm_decode");
    free(in);
    free(out);
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? atoi(argv[2]) : 100;

    rng_seed(&rng, argc > 1 ? strtoull(argv[1], NULL, 10) : 1);
    for (int i = 0; i < rounds; i++) {
        pcm();
        adpcm();
        gsm();
        if (i % 20 == 0)
            resample();
    }
    return 0;
}
