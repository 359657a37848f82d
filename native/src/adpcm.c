/* ADPCM of 4 bits: Dialogic's (OKI) of .vox files, and IMA's as WAV holds it.
 *
 * Dialogic application note "Dialogic ADPCM Algorithm" (00-1366-001); IMA "Recommended Practices
 * for Enhancing Digital Audio Compatibility in Multimedia Systems" 3.0, and the WAVE format 0x11.
 */
#include "td_files.h"

#include <errno.h>
#include <stdlib.h>

enum { VOX_STEPS = 49, IMA_STEPS = 89, GROUP = 8, HEADER = 4, MOST_CHANNELS = 8 };

/* 16 * 1.1^n */
static const int16_t vox_steps[VOX_STEPS] = {
    16,  17,  19,  21,  23,  25,  28,  31,  34,  37,  41,  45,  50,  55,   60,   66,   73,
    80,  88,  97,  107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279,  307,  337,  371,
    408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552,
};

static const int16_t ima_steps[IMA_STEPS] = {
    7,     8,     9,     10,    11,    12,    13,    14,    16,    17,    19,    21,    23,
    25,    28,    31,    34,    37,    41,    45,    50,    55,    60,    66,    73,    80,
    88,    97,    107,   118,   130,   143,   157,   173,   190,   209,   230,   253,   279,
    307,   337,   371,   408,   449,   494,   544,   598,   658,   724,   796,   876,   963,
    1060,  1166,  1282,  1411,  1552,  1707,  1878,  2066,  2272,  2499,  2749,  3024,  3327,
    3660,  4026,  4428,  4871,  5358,  5894,  6484,  7132,  7845,  8630,  9493,  10442, 11487,
    12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
};

static const int8_t moves[8] = {-1, -1, -1, -1, 2, 4, 6, 8};

static inline int32_t clamp(int32_t value, int32_t least, int32_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* IMA: step / 8 and each bit's share of the step, every share cut to a whole number. */
static inline int32_t ima_difference(int32_t step, unsigned code)
{
    int32_t sum = step >> 3;

    sum += code & 4 ? step : 0;
    sum += code & 2 ? step >> 1 : 0;
    sum += code & 1 ? step >> 2 : 0;
    return code & 8 ? -sum : sum;
}

/* Dialogic's note leaves open where the sum of the same shares is cut; sox, libsndfile and FFmpeg
 * cut the whole, and most files are theirs. */
static inline int32_t vox_difference(int32_t step, unsigned code)
{
    int32_t sum = (int32_t)((code & 7) * 2 + 1) * step >> 3;

    return code & 8 ? -sum : sum;
}

static inline unsigned nearest_below(int32_t step, int32_t wanted)
{
    unsigned code = wanted < 0 ? 8 : 0;
    int32_t rest = abs(wanted);

    for (unsigned bit = 4; bit; bit >>= 1, step >>= 1)
        if (rest >= step) {
            code |= bit;
            rest -= step;
        }
    return code;
}

static inline int32_t vox_step(td_adpcm *state, unsigned code)
{
    int32_t next = state->predictor + vox_difference(vox_steps[state->index], code);

    state->predictor = clamp(next, -2048, 2047);
    state->index = clamp(state->index + moves[code & 7], 0, VOX_STEPS - 1);
    return state->predictor * 16;
}

void td_vox_decode(td_adpcm *state, const uint8_t *in, uint64_t n, int16_t *out)
{
    td_adpcm at = {clamp(state->predictor, -2048, 2047), clamp(state->index, 0, VOX_STEPS - 1)};

    for (uint64_t i = 0; i < n; i++) {
        out[2 * i] = (int16_t)vox_step(&at, in[i] >> 4);
        out[2 * i + 1] = (int16_t)vox_step(&at, in[i] & 15);
    }
    *state = at;
}

static inline unsigned vox_code(td_adpcm *state, int16_t sample)
{
    int32_t wanted = clamp((sample + 8) >> 4, -2048, 2047) - state->predictor;
    unsigned code = nearest_below(vox_steps[state->index], wanted);

    vox_step(state, code);
    return code;
}

void td_vox_encode(td_adpcm *state, const int16_t *in, uint64_t n, uint8_t *out)
{
    td_adpcm at = {clamp(state->predictor, -2048, 2047), clamp(state->index, 0, VOX_STEPS - 1)};

    for (uint64_t i = 0; i + 1 < n; i += 2) {
        unsigned high = vox_code(&at, in[i]);
        out[i / 2] = (uint8_t)(high << 4 | vox_code(&at, in[i + 1]));
    }
    *state = at;
}

static inline int16_t ima_step(td_adpcm *state, unsigned code)
{
    int32_t next = state->predictor + ima_difference(ima_steps[state->index], code);

    state->predictor = clamp(next, -32768, 32767);
    state->index = clamp(state->index + moves[code & 7], 0, IMA_STEPS - 1);
    return (int16_t)state->predictor;
}

/* 1: the channels' headers are right, and `states` are what they say. */
static int ima_headers(const uint8_t *in, int channels, td_adpcm *states, int16_t *out)
{
    for (int c = 0; c < channels; c++, in += HEADER) {
        if (in[2] >= IMA_STEPS || in[3])
            return 0;
        states[c].predictor = out[c] = (int16_t)(uint16_t)(in[0] | in[1] << 8);
        states[c].index = in[2];
    }
    return 1;
}

static void ima_group(const uint8_t *in, int channels, td_adpcm *state, int16_t *out)
{
    for (int i = 0; i < GROUP / 2; i++, out += 2 * channels) {
        out[0] = ima_step(state, in[i] & 15);
        out[channels] = ima_step(state, in[i] >> 4);
    }
}

int64_t td_ima_decode(const uint8_t *in, uint64_t n, uint32_t block, int channels, int16_t *out,
                      uint64_t *used)
{
    td_adpcm states[MOST_CHANNELS];
    int64_t frames = 0;
    uint64_t at = 0;

    *used = 0;
    if (channels < 1 || channels > MOST_CHANNELS || block < (uint32_t)(HEADER * channels))
        return -EINVAL;
    uint32_t part = (uint32_t)(HEADER * channels); /* octets of a header or of a group of each */
    while (n - at >= part) {
        uint32_t length = n - at < block ? (uint32_t)(n - at) : block;
        if (!ima_headers(in + at, channels, states, out))
            break;
        out += channels;
        frames++;
        for (uint32_t place = part; length - place >= part; place += part) {
            for (int c = 0; c < channels; c++)
                ima_group(in + at + place + HEADER * c, channels, &states[c], out + c);
            out += GROUP * channels;
            frames += GROUP;
        }
        at += length;
    }
    *used = at;
    return frames;
}

int64_t td_ima_encode(const int16_t *in, uint32_t frames, int channels, int32_t *index,
                      uint8_t *out)
{
    if (channels < 1 || channels > MOST_CHANNELS || frames % GROUP != 1)
        return -EINVAL;
    uint32_t part = (uint32_t)(HEADER * channels);
    for (int c = 0; c < channels; c++) {
        td_adpcm state = {in[c], clamp(index[c], 0, IMA_STEPS - 1)};
        uint8_t *to = out + HEADER * c;

        to[0] = (uint8_t)in[c];
        to[1] = (uint8_t)((uint16_t)in[c] >> 8);
        to[2] = (uint8_t)state.index;
        to[3] = 0;
        for (uint32_t i = 1; i < frames; i++) {
            int32_t wanted = in[i * (uint32_t)channels + (uint32_t)c] - state.predictor;
            unsigned code = nearest_below(ima_steps[state.index], wanted);
            uint32_t place = i - 1;
            uint8_t *octet = to + part * (1 + place / GROUP) + place % GROUP / 2;

            ima_step(&state, code);
            *octet = (uint8_t)(place & 1 ? *octet | code << 4 : code);
        }
        index[c] = state.index;
    }
    return (int64_t)part * (1 + (frames - 1) / GROUP);
}
