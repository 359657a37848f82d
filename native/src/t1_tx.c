/* The T1 transmitter: T1.403 5 and G.704 2.1 (D4, ESF), robbed bits, zero-code suppression. */
#include "t1.h"

const uint8_t t1_d4_f[T1_D4_FRAMES] = {1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0};
const uint8_t t1_esf_f[T1_ESF_FRAMES] = {
    2, 2, 2, 0, 2, 2, 2, 0, 2, 2, 2, 1, 2, 2, 2, 0, 2, 2, 2, 1, 2, 2, 2, 1,
};

void t1_tx_init(struct t1_tx *tx, int esf, int ami)
{
    memset(tx, 0, sizeof(*tx));
    tx->esf = esf != 0;
    tx->ami = ami != 0;
    t1_fdl_tx_init(&tx->fdl);
}

void t1_tx_abcd(struct t1_tx *tx, int timeslot, int abcd)
{
    for (int k = 0; k < 4; k++) {
        tx->asked[k] &= ~(1u << timeslot);
        tx->asked[k] |= (uint32_t)(abcd >> (3 - k) & 1) << timeslot;
    }
}

static unsigned framing_bit(struct t1_tx *tx)
{
    unsigned index = tx->index;

    if (!tx->esf)
        return t1_d4_f[index];
    if (!(index & 1))
        return (unsigned)t1_fdl_bit(&tx->fdl, tx->rai);
    if (t1_esf_f[index] != T1_ANY)
        return t1_esf_f[index];
    return tx->sent >> (5 - (index >> 2)) & 1;
}

/* Bit 8 of signalling frame k (0: A ... 3: D). */
static void rob(const struct t1_tx *tx, uint8_t octets[T1_CHANNELS], unsigned k)
{
    for (uint32_t mask = tx->robbed; mask; mask &= mask - 1) {
        int timeslot = __builtin_ctz(mask);
        uint8_t *octet = &octets[timeslot - 1];

        *octet = (uint8_t)((*octet & 0xfe) | (tx->abcd[k] >> timeslot & 1));
    }
}

/* AMI: bit 7 of an octet of zeros becomes 1, so that the line never has more than 15 zeros. */
static void suppress_zeros(struct t1_tx *tx, uint8_t octets[T1_CHANNELS])
{
    for (int i = 0; i < T1_CHANNELS; i++)
        if (!octets[i]) {
            octets[i] = 0x02;
            tx->suppressed++;
        }
}

static void octets_of(struct t1_tx *tx, const uint8_t *columns, uint64_t w[3])
{
    uint8_t octets[T1_CHANNELS];

    memcpy(octets, columns + 1, T1_CHANNELS);
    if (tx->robbed && tx->index % 6 == 5)
        rob(tx, octets, tx->index / 6u);
    if (tx->rai && !tx->esf)
        for (int i = 0; i < T1_CHANNELS; i++)
            octets[i] &= 0xbf;
    if (tx->ami)
        suppress_zeros(tx, octets);
    for (int i = 0; i < 3; i++)
        w[i] = bits_load64(octets + 8 * i);
}

/* 193 bits at bit `at` of the line; what stands before them in the first octet stays. */
static void put(uint8_t *line, uint32_t at, unsigned f, const uint64_t w[3])
{
    uint8_t *to = line + (at >> 3);
    unsigned shift = at & 7;
    uint64_t v[4] = {(uint64_t)f << 63 | w[0] >> 1, w[0] << 63 | w[1] >> 1,
                     w[1] << 63 | w[2] >> 1, w[2] << 63};
    uint64_t carry = shift ? (uint64_t)(to[0] & (0xff00 >> shift) & 0xff) << 56 : 0;

    for (int i = 0; i < 3; i++) {
        bits_store64(to + 8 * i, carry | v[i] >> shift);
        carry = shift ? v[i] << (64 - shift) : 0;
    }
    to[24] = (uint8_t)((carry | v[3] >> shift) >> 56);
}

static void end_superframe(struct t1_tx *tx)
{
    tx->index = 0;
    tx->sent = (uint8_t)t1_crc6_end(tx->sum);
    tx->sum = 0;
}

uint32_t t1_tx_frames(struct t1_tx *tx, const uint8_t *frames, unsigned n, uint8_t *line)
{
    uint32_t at = 0;
    uint64_t w[3];

    for (unsigned i = 0; i < n; i++, frames += T1_COLUMNS, at += T1_FRAME_BITS) {
        if (tx->index == 0)
            memcpy(tx->abcd, tx->asked, sizeof(tx->abcd));
        octets_of(tx, frames, w);
        put(line, at, framing_bit(tx), w);
        if (tx->esf)
            tx->sum = t1_crc6_add(tx->sum, w);
        if (++tx->index == (tx->esf ? T1_ESF_FRAMES : T1_D4_FRAMES))
            end_superframe(tx);
    }
    if (tx->ais)
        memset(line, 0xff, (at + 7) >> 3);
    return at;
}
