/* FCS-16 (Q.921 2.7, ISO/IEC 13239 4.2.5.2): x^16 + x^12 + x^5 + 1, LSB first, preset to ones and
 * inverted. table[k][i] is the remainder of octet i with k zero octets behind it, so that sixteen
 * octets take one step. */
#include "hdlc_bits.h"
#include "trunkd_native.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(TD_PLAIN_C)
#define CARRYLESS
#include <immintrin.h>
#endif

#define DIVISOR 0x8408 /* the polynomial without x^16, LSB first */
#define SLICES 16

static uint16_t table[SLICES][256];

#ifdef CARRYLESS
static int carryless; /* the processor multiplies without carry */
static uint64_t ahead_192, ahead_128;

/* x^(n - 1) mod the polynomial, the highest degree in the LSB of 64 bits. The product of two such
 * words comes out one degree too high, hence n - 1. */
static uint64_t power(uint32_t n)
{
    uint32_t remainder = 0x8000; /* x^0 */
    while (--n)
        remainder = remainder >> 1 ^ (remainder & 1 ? DIVISOR : 0);
    return (uint64_t)remainder << 48;
}

/* Whole blocks of 16 octets, at least one: each is added to the remainder of those before. What is
 * left of them are 16 octets with the same remainder. */
__attribute__((target("pclmul,sse2"))) static void fold(const uint8_t *octets, size_t n,
                                                        uint32_t crc, uint8_t left[16])
{
    const __m128i ahead = _mm_set_epi64x((int64_t)ahead_128, (int64_t)ahead_192);
    __m128i sum = _mm_loadu_si128((const __m128i *)octets);
    sum = _mm_xor_si128(sum, _mm_cvtsi32_si128((int)crc));
    for (size_t at = 16; at + 16 <= n; at += 16) {
        __m128i low = _mm_clmulepi64_si128(sum, ahead, 0x00);
        __m128i high = _mm_clmulepi64_si128(sum, ahead, 0x11);
        __m128i next = _mm_loadu_si128((const __m128i *)(octets + at));
        sum = _mm_xor_si128(_mm_xor_si128(low, high), next);
    }
    _mm_storeu_si128((__m128i *)left, sum);
}
#endif

/* Runs when the library is loaded, before anything can call into it. */
__attribute__((constructor)) static void make_table(void)
{
#ifdef CARRYLESS
    __builtin_cpu_init();
    carryless = __builtin_cpu_supports("pclmul");
    ahead_192 = power(192);
    ahead_128 = power(128);
#endif
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? DIVISOR : 0);
        table[0][i] = (uint16_t)crc;
    }
    for (int k = 1; k < SLICES; k++)
        for (uint32_t i = 0; i < 256; i++)
            table[k][i] = (uint16_t)(table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 0xff]);
}

/* Four octets of a word from bit `at` on, the first of them with `k` octets behind it. */
static inline uint32_t four(uint64_t word, uint32_t at, uint32_t k)
{
    return (uint32_t)(table[k][word >> at & 0xff] ^ table[k - 1][word >> (at + 8) & 0xff] ^
                      table[k - 2][word >> (at + 16) & 0xff] ^
                      table[k - 3][word >> (at + 24) & 0xff]);
}

static inline uint32_t sixteen(const uint8_t *octets, uint32_t crc)
{
    uint64_t low = td_load64(octets) ^ crc, high = td_load64(octets + 8);
    return four(low, 0, 15) ^ four(low, 32, 11) ^ four(high, 0, 7) ^ four(high, 32, 3);
}

uint16_t td_hdlc_fcs(const uint8_t *octets, size_t n)
{
    uint32_t crc = 0xffff;
#ifdef CARRYLESS
    if (carryless && n >= 32) {
        uint8_t left[16];
        fold(octets, n, crc, left);
        crc = sixteen(left, 0);
        octets += n & ~(size_t)15;
        n &= 15;
    }
#endif
    for (; n >= 16; octets += 16, n -= 16)
        crc = sixteen(octets, crc);
    if (n >= 8) {
        uint64_t word = td_load64(octets) ^ crc;
        crc = four(word, 0, 7) ^ four(word, 32, 3);
        octets += 8;
        n -= 8;
    }
    if (n >= 4) {
        crc = four(td_load32(octets) ^ crc, 0, 3);
        octets += 4;
        n -= 4;
    }
    for (; n; octets++, n--)
        crc = crc >> 8 ^ table[0][(crc ^ *octets) & 0xff];
    return (uint16_t)~crc;
}
