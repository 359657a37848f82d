/* Sums over the samples of 16 channels: level, first difference, offset, peak. */
#include "level.h"

#if TONE_AVX2
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#endif

TONE_INLINE int32_t saturate(int32_t value)
{
    return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}

/* Frames outside, lanes inside: compilers make vectors of it on every machine. */
void level_add_plain(const int16_t *frames, uint32_t n, size_t stride, struct level_sums *sums,
                     int16_t *last, int16_t *peak)
{
    struct level_sums s = *sums;
    int16_t before[LEVEL_LANES], most[LEVEL_LANES] = {0};

    memcpy(before, last, sizeof before);
    for (uint32_t i = 0; i < n; i++, frames += stride) {
        int16_t x[LEVEL_LANES];
        memcpy(x, frames, sizeof x);
        for (int l = 0; l < LEVEL_LANES; l++) {
            int32_t edge = saturate(x[l] - before[l]);
            int32_t square = x[l] * x[l], edge_square = edge * edge;
            int16_t size = (int16_t)saturate(x[l] < 0 ? -x[l] : x[l]);
            s.sum[l] += x[l];
            s.energy_low[l] += square & 0xffff;
            s.energy_high[l] += square >> 16;
            s.edge_low[l] += edge_square & 0xffff;
            s.edge_high[l] += edge_square >> 16;
            most[l] = size > most[l] ? size : most[l];
            before[l] = x[l];
        }
    }
    *sums = s;
    memcpy(last, before, sizeof before);
    memcpy(peak, most, sizeof most);
}

#if TONE_AVX2
/* The same sums in the order in which vectors are unpacked: lanes 0-3 8-11, 4-7 12-15. */
struct halves {
    __m256i low, high;
};

TONE_INLINE AVX2 void take(struct halves *sum, __m256i value)
{
    sum->low = _mm256_add_epi32(sum->low, _mm256_and_si256(value, _mm256_set1_epi32(0xffff)));
    sum->high = _mm256_add_epi32(sum->high, _mm256_srli_epi32(value, 16));
}

TONE_INLINE AVX2 void squares(struct halves *first, struct halves *second, __m256i a, __m256i b)
{
    __m256i low = _mm256_unpacklo_epi16(a, b), high = _mm256_unpackhi_epi16(a, b);

    take(first, _mm256_madd_epi16(low, low));
    take(second, _mm256_madd_epi16(high, high));
}

TONE_INLINE AVX2 void give(int32_t *to, __m256i first, __m256i second)
{
    __m256i *at = (__m256i *)to;
    __m256i low = _mm256_permute2x128_si256(first, second, 0x20);
    __m256i high = _mm256_permute2x128_si256(first, second, 0x31);

    _mm256_storeu_si256(at, _mm256_add_epi32(_mm256_loadu_si256(at), low));
    _mm256_storeu_si256(at + 1, _mm256_add_epi32(_mm256_loadu_si256(at + 1), high));
}

TONE_INLINE AVX2 __m256i magnitude(__m256i x)
{
    return _mm256_max_epi16(x, _mm256_subs_epi16(_mm256_setzero_si256(), x));
}

AVX2 void level_add_avx2(const int16_t *frames, uint32_t n, size_t stride,
                         struct level_sums *sums, int16_t *last, int16_t *peak)
{
    const __m256i zero = _mm256_setzero_si256(), ones = _mm256_set1_epi16(1);
    __m256i before = _mm256_loadu_si256((const __m256i *)last), most = zero;
    __m256i sum_first = zero, sum_second = zero;
    struct halves energy[2] = {{zero, zero}, {zero, zero}}, edge[2] = {{zero, zero}, {zero, zero}};

    for (uint32_t i = 0; i < n; i += 2, frames += 2 * stride) {
        __m256i a = _mm256_loadu_si256((const __m256i *)frames), b = zero, edge_b = zero;
        __m256i edge_a = _mm256_subs_epi16(a, before);
        before = a;
        if (i + 1 < n) {
            b = _mm256_loadu_si256((const __m256i *)(frames + stride));
            edge_b = _mm256_subs_epi16(b, a);
            before = b;
        }
        most = _mm256_max_epi16(most, _mm256_max_epi16(magnitude(a), magnitude(b)));
        __m256i low = _mm256_unpacklo_epi16(a, b), high = _mm256_unpackhi_epi16(a, b);
        sum_first = _mm256_add_epi32(sum_first, _mm256_madd_epi16(low, ones));
        sum_second = _mm256_add_epi32(sum_second, _mm256_madd_epi16(high, ones));
        squares(&energy[0], &energy[1], a, b);
        squares(&edge[0], &edge[1], edge_a, edge_b);
    }
    give(sums->sum, sum_first, sum_second);
    give(sums->energy_low, energy[0].low, energy[1].low);
    give(sums->energy_high, energy[0].high, energy[1].high);
    give(sums->edge_low, edge[0].low, edge[1].low);
    give(sums->edge_high, edge[0].high, edge[1].high);
    _mm256_storeu_si256((__m256i *)last, before);
    _mm256_storeu_si256((__m256i *)peak, most);
}
#endif
