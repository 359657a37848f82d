/* Bits of octet streams, 64 at a time, on machines of either byte order. */
#ifndef TRUNKD_HDLC_BITS_H
#define TRUNKD_HDLC_BITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__) && !defined(TD_PLAIN_C) /* the tests build it plain as well */
#define TD_SSE2
#include <emmintrin.h>
#endif

static inline uint64_t td_load64(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint32_t td_load32(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

static inline void td_store64(uint8_t *p, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(p, &word, 8);
}

/* The bits of each octet turned round: line order to LSB first and back. */
static inline uint64_t td_reverse_octets(uint64_t word)
{
    word = ((word >> 1) & 0x5555555555555555u) | ((word & 0x5555555555555555u) << 1);
    word = ((word >> 2) & 0x3333333333333333u) | ((word & 0x3333333333333333u) << 2);
    return ((word >> 4) & 0x0f0f0f0f0f0f0f0fu) | ((word & 0x0f0f0f0f0f0f0f0fu) << 4);
}

static inline uint64_t td_ones(uint32_t n)
{
    return ((uint64_t)1 << n) - 1; /* n < 64 */
}

/* How many octets from p on, up to n, equal `octet`. */
static inline size_t td_run_of(const uint8_t *p, size_t n, uint8_t octet)
{
    size_t i = 0;
#ifdef TD_SSE2
    const __m128i want = _mm_set1_epi8((char)octet);
    for (; i + 64 <= n; i += 64) {
        const __m128i *at = (const __m128i *)(p + i);
        __m128i a = _mm_cmpeq_epi8(_mm_loadu_si128(at), want);
        __m128i b = _mm_cmpeq_epi8(_mm_loadu_si128(at + 1), want);
        __m128i c = _mm_cmpeq_epi8(_mm_loadu_si128(at + 2), want);
        __m128i d = _mm_cmpeq_epi8(_mm_loadu_si128(at + 3), want);
        if (_mm_movemask_epi8(_mm_and_si128(_mm_and_si128(a, b), _mm_and_si128(c, d))) != 0xffff)
            break;
    }
#endif
    const uint64_t wide = 0x0101010101010101u * octet;
    while (i + 8 <= n && td_load64(p + i) == wide)
        i += 8;
    while (i < n && p[i] == octet)
        i++;
    return i;
}

#endif
