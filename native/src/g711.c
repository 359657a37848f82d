/* G.711 companding. The conversions to octets follow G.191's reference for values that lie on a
 * decision value (negative samples as ones' complement). */
#include "trunkd_native.h"

#define EVEN_BITS 0x55
#define ULAW_BIAS 33
#define ULAW_CLIP 0x1fff

static inline uint32_t segment(uint32_t magnitude)
{
    return 31u - (uint32_t)__builtin_clz(magnitude);
}

static inline uint8_t alaw_octet(int16_t sample)
{
    uint32_t sign = sample < 0 ? 0 : 0x80;
    uint32_t magnitude = (uint32_t)(sample < 0 ? ~sample : sample) >> 4; /* 0 to 2047 */
    uint32_t shift = magnitude < 32 ? 0 : segment(magnitude) - 4;
    uint32_t value = (magnitude >> shift) + (shift << 4); /* the leading one adds a segment */
    return (uint8_t)((sign | value) ^ EVEN_BITS);
}

static inline int16_t alaw_sample(uint8_t octet)
{
    uint32_t value = octet ^ EVEN_BITS, exponent = value >> 4 & 7, step = value & 15;
    int32_t magnitude = (int32_t)((step << 4 | 8) + (exponent ? 256u : 0u));
    magnitude <<= exponent > 1 ? exponent - 1 : 0;
    return (int16_t)(value & 0x80 ? magnitude : -magnitude);
}

static inline uint8_t ulaw_octet(int16_t sample)
{
    uint32_t sign = sample < 0 ? 0x80 : 0;
    uint32_t magnitude = ((uint32_t)(sample < 0 ? ~sample : sample) >> 2) + ULAW_BIAS;
    if (magnitude > ULAW_CLIP)
        magnitude = ULAW_CLIP;
    uint32_t exponent = segment(magnitude) - 5;
    uint32_t value = exponent << 4 | (magnitude >> (exponent + 1) & 15);
    return (uint8_t)~(sign | value);
}

static inline int16_t ulaw_sample(uint8_t octet)
{
    uint32_t value = (uint8_t)~octet, exponent = value >> 4 & 7, step = value & 15;
    int32_t magnitude = (int32_t)((((step << 1) + ULAW_BIAS) << exponent) - ULAW_BIAS) * 4;
    return (int16_t)(value & 0x80 ? -magnitude : magnitude);
}

void td_alaw_encode(const int16_t *in, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = alaw_octet(in[i]);
}

void td_alaw_decode(const uint8_t *in, int16_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = alaw_sample(in[i]);
}

void td_ulaw_encode(const int16_t *in, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = ulaw_octet(in[i]);
}

void td_ulaw_decode(const uint8_t *in, int16_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = ulaw_sample(in[i]);
}

/* Tables 3 and 4. Decoder output value numbers: of mu-law 0 to 127, of A-law 1 to 128. */
static const uint8_t ulaw_alaw_number[128] = {
    1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8,
    9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
    25, 27, 29, 31, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
    46, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
    64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79,
    81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96,
    97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112,
    113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128,
};
static const uint8_t alaw_ulaw_number[128] = {
    1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23,
    24, 25, 26, 27, 28, 29, 30, 31, 32, 32, 33, 33, 34, 34, 35, 35,
    36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 48, 49, 49,
    50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 64,
    65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 79,
    80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,
    96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
};

void td_ulaw_to_alaw(const uint8_t *in, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t value = (uint8_t)~in[i];
        uint32_t sign = ~value & 0x80;
        out[i] = (uint8_t)((sign | (uint32_t)(ulaw_alaw_number[value & 0x7f] - 1)) ^ EVEN_BITS);
    }
}

void td_alaw_to_ulaw(const uint8_t *in, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t value = in[i] ^ EVEN_BITS;
        uint32_t sign = ~value & 0x80;
        out[i] = (uint8_t) ~(sign | alaw_ulaw_number[value & 0x7f]);
    }
}
