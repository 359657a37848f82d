/* Samples and octets of many at once: G.711 by vectors, timeslots' rows out of frames and back.
 *
 * What is done to a timeslot is done to its samples in a row, a vector of them at a time; a line wants
 * frames, one octet of each timeslot. In between, blocks of 16 by 16 octets are turned. */
#define _GNU_SOURCE
#include <string.h>

#include "media.h"
#include "tone.h"

#if defined(__SSE2__) && !defined(TD_PLAIN_C)
#include <emmintrin.h>
#endif
#if TONE_AVX2
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#endif

/* ---- G.711, one law at a time ---------------------------------------------------------------- */

#define ALAW_SHIFT 4 /* bits of a sample that A-law does not look at, nor does mu-law at 2 of them */
#define ULAW_SHIFT 2

static int16_t tables[2][256];
static uint8_t alaw_octets[65536 >> ALAW_SHIFT], ulaw_octets[65536 >> ULAW_SHIFT];
static int vectors;

/* Before main: no engine can be running yet. */
__attribute__((constructor)) static void make_tables(void)
{
    uint8_t all[256];

    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    td_alaw_decode(all, tables[0], 256);
    td_ulaw_decode(all, tables[1], 256);
    for (int sample = -32768; sample < 32768; sample++) {
        int16_t one = (int16_t)sample;

        td_alaw_encode(&one, &alaw_octets[(sample + 32768) >> ALAW_SHIFT], 1);
        td_ulaw_encode(&one, &ulaw_octets[(sample + 32768) >> ULAW_SHIFT], 1);
    }
    vectors = tone_has_avx2();
}

const int16_t *sound_table(int coding)
{
    return tables[coding == TD_ULAW];
}

#if TONE_AVX2
/* Sixteen samples, as td_alaw_encode has them. */
AVX2 static inline __m256i alaw_of(__m256i sample)
{
    /* How many bits 0 to 15 have. */
    const __m256i bits = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4));
    const __m256i more = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 5, 6, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    /* A multiplication and the higher half of it: a shift to the right by 0 to 6. */
    const __m256i shifts = _mm256_broadcastsi128_si256(
        _mm_setr_epi8((char)0x80, 0x40, 0x20, 0x10, 8, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    __m256i sign = _mm256_srai_epi16(sample, 15);
    __m256i size = _mm256_xor_si256(_mm256_srai_epi16(sample, ALAW_SHIFT), sign);
    __m256i low = _mm256_and_si256(_mm256_srli_epi16(size, 5), _mm256_set1_epi16(15));
    __m256i shift = _mm256_max_epi16(_mm256_shuffle_epi8(bits, low),
                                     _mm256_shuffle_epi8(more, _mm256_srli_epi16(size, 9)));
    __m256i by = _mm256_slli_epi16(_mm256_shuffle_epi8(shifts, shift), 8);
    __m256i value = _mm256_mulhi_epu16(_mm256_add_epi16(size, size), by);

    value = _mm256_add_epi16(value, _mm256_slli_epi16(shift, 4));
    sign = _mm256_and_si256(sign, _mm256_set1_epi16(0x80));
    return _mm256_xor_si256(_mm256_xor_si256(value, sign), _mm256_set1_epi16(0xd5));
}

/* Returns how many of n were done: the rest is no vector. */
AVX2 static unsigned encode_alaw(const int16_t *linear, uint8_t *octets, unsigned n)
{
    unsigned i = 0;

    for (; i + 16 <= n; i += 16) {
        __m256i value = alaw_of(_mm256_loadu_si256((const __m256i *)(linear + i)));
        __m128i low = _mm256_castsi256_si128(value), high = _mm256_extracti128_si256(value, 1);

        _mm_storeu_si128((__m128i *)(octets + i), _mm_packus_epi16(low, high));
    }
    return i;
}

AVX2 static unsigned decode_alaw(const uint8_t *octets, int16_t *linear, unsigned n)
{
    const __m256i shifts = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, 1, 2, 4, 8, 16, 32, 64, 0, 0, 0, 0, 0, 0, 0, 0));
    /* What each exponent adds, less the sixteenth of it. */
    const __m256i leading = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0));
    unsigned i = 0;

    for (; i + 16 <= n; i += 16) {
        __m256i value = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(octets + i)));
        value = _mm256_xor_si256(value, _mm256_set1_epi16(0x55));
        __m256i exponent = _mm256_and_si256(_mm256_srli_epi16(value, 4), _mm256_set1_epi16(7));
        __m256i size = _mm256_add_epi16(_mm256_and_si256(value, _mm256_set1_epi16(15)),
                                        _mm256_shuffle_epi8(leading, exponent));
        size = _mm256_or_si256(_mm256_slli_epi16(size, 4), _mm256_set1_epi16(8));
        /* In lanes' higher octets there is what exponent 0 has. */
        __m256i by = _mm256_and_si256(_mm256_shuffle_epi8(shifts, exponent),
                                      _mm256_set1_epi16(0xff));
        size = _mm256_mullo_epi16(size, by);
        /* -1 where it is negative: the sign bit is 0 there. */
        __m256i sign = _mm256_cmpgt_epi16(_mm256_set1_epi16(0x80), value);
        size = _mm256_sub_epi16(_mm256_xor_si256(size, sign), sign);
        _mm256_storeu_si256((__m256i *)(linear + i), size);
    }
    return i;
}
#else
static unsigned encode_alaw(const int16_t *linear, uint8_t *octets, unsigned n)
{
    (void)linear, (void)octets, (void)n;
    return 0;
}

static unsigned decode_alaw(const uint8_t *octets, int16_t *linear, unsigned n)
{
    (void)linear, (void)octets, (void)n;
    return 0;
}
#endif

void sound_encode(int coding, const int16_t *linear, uint8_t *octets, unsigned n)
{
    unsigned i = 0;

    if (coding == TD_ULAW) {
        for (; i < n; i++)
            octets[i] = ulaw_octets[(linear[i] + 32768) >> ULAW_SHIFT];
        return;
    }
    if (vectors)
        i = encode_alaw(linear, octets, n);
    for (; i < n; i++)
        octets[i] = alaw_octets[(linear[i] + 32768) >> ALAW_SHIFT];
}

void sound_decode(int coding, const uint8_t *octets, int16_t *linear, unsigned n)
{
    const int16_t *table = sound_table(coding);
    unsigned i = 0;

    if (vectors && coding != TD_ULAW)
        i = decode_alaw(octets, linear, n);
    for (; i < n; i++)
        linear[i] = table[octets[i]];
}

void sound_encode_column(int coding, const int16_t *linear, uint8_t *column, unsigned n)
{
    if (coding == TD_ULAW)
        for (unsigned i = 0; i < n; i++)
            column[i * TIMESLOTS] = ulaw_octets[(linear[i] + 32768) >> ULAW_SHIFT];
    else
        for (unsigned i = 0; i < n; i++)
            column[i * TIMESLOTS] = alaw_octets[(linear[i] + 32768) >> ALAW_SHIFT];
}

/* ---- rows and frames ------------------------------------------------------------------------- */

#if defined(__SSE2__) && !defined(TD_PLAIN_C)
/* Sixteen by sixteen: pairs 8 apart, then 4, 2 and 1. */
static inline void turn(__m128i *x)
{
    __m128i y[16];

#pragma GCC unroll 4
    for (int round = 0; round < 4; round++) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            y[2 * i] = _mm_unpacklo_epi8(x[i], x[i + 8]);
            y[2 * i + 1] = _mm_unpackhi_epi8(x[i], x[i + 8]);
        }
        memcpy(x, y, sizeof(y));
    }
}

void rows_of_frames(const uint8_t *frames, unsigned n, uint8_t *rows, unsigned stride)
{
    for (unsigned at = 0; at < n; at += 16)
        for (unsigned k = 0; k < TIMESLOTS; k += 16) {
            __m128i x[16];

            for (unsigned i = 0; i < 16; i++)
                x[i] = at + i >= n ? _mm_setzero_si128()
                                   : _mm_loadu_si128((const __m128i *)(
                                         frames + (at + i) * TIMESLOTS + k));
            turn(x);
            for (unsigned i = 0; i < 16; i++)
                _mm_storeu_si128((__m128i *)(rows + (k + i) * stride + at), x[i]);
        }
}

static void blend(uint8_t *frame, __m128i octets, __m128i mask)
{
    __m128i old = _mm_loadu_si128((const __m128i *)frame);

    old = _mm_or_si128(_mm_andnot_si128(mask, old), _mm_and_si128(mask, octets));
    _mm_storeu_si128((__m128i *)frame, old);
}

void rows_to_frames(const uint8_t *rows, unsigned stride, uint32_t mask, uint8_t *frames, unsigned n)
{
    uint8_t wanted[TIMESLOTS];

    for (unsigned k = 0; k < TIMESLOTS; k++)
        wanted[k] = mask >> k & 1 ? 0xff : 0;
    for (unsigned at = 0; at < n; at += 16)
        for (unsigned k = 0; k < TIMESLOTS; k += 16) {
            __m128i x[16], half = _mm_loadu_si128((const __m128i *)(wanted + k));

            for (unsigned i = 0; i < 16; i++)
                x[i] = wanted[k + i] ? _mm_loadu_si128((const __m128i *)(
                                           rows + (k + i) * stride + at))
                                     : _mm_setzero_si128();
            turn(x);
            for (unsigned i = 0; i < 16 && at + i < n; i++)
                blend(frames + (at + i) * TIMESLOTS + k, x[i], half);
        }
}
#else
void rows_of_frames(const uint8_t *frames, unsigned n, uint8_t *rows, unsigned stride)
{
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < TIMESLOTS; k++)
            rows[k * stride + i] = frames[i * TIMESLOTS + k];
}

void rows_to_frames(const uint8_t *rows, unsigned stride, uint32_t mask, uint8_t *frames, unsigned n)
{
    for (; mask; mask &= mask - 1) {
        unsigned k = (unsigned)__builtin_ctz(mask);

        for (unsigned i = 0; i < n; i++)
            frames[i * TIMESLOTS + k] = rows[k * stride + i];
    }
}
#endif

const uint8_t *span_row(td_engine *engine, const struct slot *slot, int direction)
{
    const struct engine_span *span = &engine->spans[slot->span - 1];
    unsigned stride = ROW(engine->block_frames);

    if (!(engine->rows_made >> direction & 1)) {
        engine->rows_made |= 1 << direction;
        rows_of_frames(direction == TD_SENT ? span->tx : span->rx, engine->block_frames,
                       engine->rows[direction], stride);
    }
    return engine->rows[direction] + slot->timeslot * stride;
}
