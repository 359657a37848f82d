/* Bits of a line, MSB first, as the framers of E1 and T1 read and keep them. */
#ifndef TD_LINE_BITS_H
#define TD_LINE_BITS_H

#include <stdint.h>
#include <string.h>

static inline uint64_t bits_load64(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline void bits_store64(uint8_t *p, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(p, &word, 8);
}

/* 64 bits from any bit of the line on; 9 octets are read. */
static inline uint64_t bits_load_at(const uint8_t *line, uint32_t bit)
{
    const uint8_t *p = line + (bit >> 3);
    unsigned shift = bit & 7;
    uint64_t word = bits_load64(p);

    return shift ? word << shift | p[8] >> (8 - shift) : word;
}

/* Add nbits behind the *have bits not used yet; an octet more than they fill is written. */
static inline void bits_append(uint8_t *kept, uint32_t *have, const uint8_t *line, uint32_t nbits)
{
    unsigned shift = *have & 7;
    uint8_t *to = kept + (*have >> 3);
    uint32_t octets = (nbits + 7) >> 3;

    *have += nbits;
    if (!shift) {
        memcpy(to, line, octets);
        return;
    }
    uint8_t carry = to[0] & (uint8_t)(0xff00 >> shift);
    for (uint32_t i = 0; i < octets; i++) {
        to[i] = carry | (uint8_t)(line[i] >> shift);
        carry = (uint8_t)(line[i] << (8 - shift));
    }
    to[octets] = carry;
}

/* Forget the octets before bit `first`; *pos and *search are bits, too. */
static inline void bits_compact(uint8_t *kept, uint32_t *have, uint32_t first, uint32_t *pos,
                                uint32_t *search)
{
    uint32_t octets = (first < *have ? first : *have) >> 3;
    uint32_t gone = octets * 8;

    if (!octets)
        return;
    memmove(kept, kept + octets, ((*have + 7) >> 3) - octets);
    *have -= gone;
    *pos = *pos > gone ? *pos - gone : 0;
    *search = *search > gone ? *search - gone : 0;
}

#endif
