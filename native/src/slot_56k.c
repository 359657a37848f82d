/* HDLC at 56 kbit/s: bits 1 to 7 of each octet of a timeslot, bit 8 is 1 and not looked at. */
#define _GNU_SOURCE
#include "engine.h"

void rate56_transmit(td_engine *engine, struct slot *slot, uint8_t *column, unsigned n,
                     slot_transmit_fn *transmit)
{
    uint8_t made[MAX_TX * TIMESLOTS];
    uint32_t acc = slot->tx56;
    unsigned bits = slot->tx56_bits;
    unsigned taken = 0;

    transmit(engine, slot, made, n * 7 > bits ? (n * 7 - bits + 7) / 8 : 0);
    for (unsigned i = 0; i < n; i++) {
        if (bits < 7) {
            acc = acc << 8 | made[taken++ * TIMESLOTS];
            bits += 8;
        }
        bits -= 7;
        column[i * TIMESLOTS] = (uint8_t)(acc >> bits << 1 | 1);
    }
    slot->tx56 = (uint8_t)(acc & ((1u << bits) - 1));
    slot->tx56_bits = (uint8_t)bits;
}

void rate56_receive(td_engine *engine, struct slot *slot, const uint8_t *column, unsigned n,
                    uint64_t time, slot_receive_fn *receive)
{
    uint8_t taken[MAX_TX * TIMESLOTS];
    uint32_t acc = slot->rx56;
    unsigned bits = slot->rx56_bits;
    unsigned made = 0;

    for (unsigned i = 0; i < n; i++) {
        acc = (acc << 7 | column[i * TIMESLOTS] >> 1) & 0x7fff;
        bits += 7;
        if (bits >= 8) {
            bits -= 8;
            taken[made++ * TIMESLOTS] = (uint8_t)(acc >> bits);
        }
    }
    slot->rx56 = (uint8_t)acc & 0x7f;
    slot->rx56_bits = (uint8_t)bits;
    /* Times are those of 64 kbit/s from the end of the block back: not before what was received. */
    receive(engine, slot, taken, made, time + (n - made) * FRAME_NS);
}
