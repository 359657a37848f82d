/* A simulated cable: cut, AIS, delay, bit errors, bursts, slips, and the far end's clock. */
#include "cable.h"

#include <string.h>

static const uint8_t silence[CABLE_MAX_OCTETS];

void cable_init(struct cable *cable, uint64_t seed)
{
    memset(cable, 0, sizeof(*cable));
    cable->from = -1;
    rng_seed(&cable->rng, seed);
}

void cable_impair(struct cable *cable, const td_impairment *is)
{
    cable->is = *is;
    if (is->seed)
        rng_seed(&cable->rng, is->seed);
    cable->impaired = is->ber > 0 || is->bursts_per_second > 0;
    cable->burst_left = 0;
    if (is->ber > 0) {
        cable->ln_ber = rng_ln_miss(is->ber);
        cable->next_error = rng_gap(&cable->rng, cable->ln_ber);
    }
    if (is->bursts_per_second > 0) {
        cable->ln_burst = rng_ln_miss(is->bursts_per_second / cable->bits_per_second);
        cable->ln_density = is->burst_density < 1 ? rng_ln_miss(is->burst_density) : 0;
        cable->next_burst = rng_gap(&cable->rng, cable->ln_burst);
    }
}

int cable_clock(struct cable *cable, unsigned n)
{
    cable->force = 0;
    if (cable->slip) {
        cable->force = cable->slip > 0 ? 1 : -1;
        cable->slip -= cable->force;
        return -cable->force;
    }
    if (!cable->is.ppb)
        return 0;
    cable->phase += (int64_t)cable->is.ppb * n;
    if (cable->phase >= 1000000000) {
        cable->phase -= 1000000000;
        return 1;
    }
    if (cable->phase <= -1000000000) {
        cable->phase += 1000000000;
        return -1;
    }
    return 0;
}

static void invert(struct cable *cable, uint64_t bit)
{
    cable->octets[bit >> 3] ^= (uint8_t)(0x80 >> (bit & 7));
    cable->errors++;
}

static void single_errors(struct cable *cable, uint32_t nbits)
{
    while (cable->next_error < nbits) {
        invert(cable, cable->next_error);
        cable->next_error += 1 + rng_gap(&cable->rng, cable->ln_ber);
    }
    cable->next_error -= nbits;
}

static void burst(struct cable *cable, uint32_t from, uint32_t to)
{
    uint64_t bit = from;

    for (;; bit++) {
        if (cable->ln_density != 0)
            bit += rng_gap(&cable->rng, cable->ln_density);
        if (bit >= to)
            return;
        invert(cable, bit);
    }
}

static void bursts(struct cable *cable, uint32_t nbits)
{
    uint32_t bit = 0;

    while (bit < nbits) {
        uint32_t room = nbits - bit;

        if (cable->burst_left) {
            uint32_t n = cable->burst_left < room ? cable->burst_left : room;

            burst(cable, bit, bit + n);
            cable->burst_left -= n;
            bit += n;
        } else if (cable->next_burst >= room) {
            cable->next_burst -= room;
            bit = nbits;
        } else {
            bit += (uint32_t)cable->next_burst;
            cable->burst_left = cable->is.burst_bits;
            cable->next_burst = rng_gap(&cable->rng, cable->ln_burst);
        }
    }
}

/* Lose the first bit of the block, or send it twice: the receiver's alignment is gone. */
static uint32_t slip_bit(struct cable *cable, uint32_t nbits)
{
    uint8_t *p = cable->octets;
    uint32_t octets = (nbits + 7) >> 3;

    if (cable->bit_slip < 0) {
        for (uint32_t i = 0; i < octets; i++)
            p[i] = (uint8_t)(p[i] << 1 | (i + 1 < octets ? p[i + 1] >> 7 : 0));
        cable->bit_slip++;
        return nbits - 1;
    }
    p[octets] = 0;
    for (uint32_t i = octets; i > 0; i--)
        p[i] = (uint8_t)(p[i] >> 1 | p[i - 1] << 7);
    p[0] = (uint8_t)((p[0] & 0x80) | p[0] >> 1);
    cable->bit_slip--;
    return nbits + 1;
}

static struct line delayed(struct cable_delay *delay, struct line in)
{
    struct line out = {silence, in.nbits, 0};
    uint32_t slot = delay->next;

    /* What comes out was put in `blocks` blocks ago; before that there was nothing. */
    delay->next = (slot + 1) % (delay->blocks + 1);
    delay->block[slot].nbits = in.nbits;
    delay->block[slot].signal = in.signal;
    memcpy(delay->block[slot].octets, in.octets, (in.nbits + 7) >> 3);
    if (delay->block[delay->next].nbits) {
        out.octets = delay->block[delay->next].octets;
        out.nbits = delay->block[delay->next].nbits;
        out.signal = delay->block[delay->next].signal;
    }
    return out;
}

struct line cable_carry(struct cable *cable, struct line in)
{
    if (cable->from >= 0 && cable->delay)
        in = delayed(cable->delay, in);
    if (cable->from < 0 || cable->state == TD_LINE_CUT)
        return (struct line){silence, in.nbits, 0};
    if (!in.signal || (!cable->impaired && !cable->bit_slip && cable->state == TD_LINE_NORMAL))
        return in;
    if (cable->state == TD_LINE_AIS)
        memset(cable->octets, 0xff, (in.nbits + 7) >> 3);
    else
        memcpy(cable->octets, in.octets, (in.nbits + 7) >> 3);
    if (cable->is.ber > 0)
        single_errors(cable, in.nbits);
    if (cable->is.bursts_per_second > 0)
        bursts(cable, in.nbits);
    if (cable->bit_slip)
        in.nbits = slip_bit(cable, in.nbits);
    in.octets = cable->octets;
    return in;
}
