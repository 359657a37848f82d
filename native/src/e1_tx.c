/* The E1 transmitter: G.704 2.3 (basic frame, CRC-4 multiframe) and 5.1.3.2 (timeslot 16). */
#include "e1.h"

/* Si of the frames without FAS: the CRC-4 multiframe alignment signal 001011, then E1 and E2
 * (G.704 table 5B). */
static const uint8_t mfas_si[E1_MULTIFRAME] = {[5] = E1_SI, [9] = E1_SI, [11] = E1_SI};

void e1_tx_init(struct e1_tx *tx, int crc4, int cas)
{
    memset(tx, 0, sizeof(*tx));
    tx->crc4 = crc4 != 0;
    tx->cas = cas != 0;
    tx->sa = E1_SA;
    /* 1101: the idle code of G.704 5.1.3.2.2 note for channels not in use. */
    memset(tx->abcd, 0x0d, sizeof(tx->abcd));
}

static uint8_t e_bit(struct e1_tx *tx)
{
    if (!tx->e_line)
        return 0;
    if (tx->e_owed) {
        tx->e_owed--;
        return 0;
    }
    return E1_SI;
}

static uint8_t timeslot0(struct e1_tx *tx)
{
    unsigned index = tx->index;

    if (index & 1) {
        uint8_t si = E1_SI;

        if (tx->crc4)
            si = index >= 13 ? e_bit(tx) : mfas_si[index];
        return si | E1_NFAS | (tx->rai ? E1_A : 0) | (tx->sa & E1_SA);
    }
    if (!tx->crc4)
        return E1_SI | E1_FAS;
    /* C1 to C4 go in frames 0, 2, 4, 6 of each submultiframe. */
    return E1_FAS | (tx->sent >> (3 - (index >> 1 & 3)) & 1 ? E1_SI : 0);
}

static uint8_t timeslot16(const struct e1_tx *tx)
{
    if (tx->index == 0)
        return 0x0b | (tx->rai16 ? 0x04 : 0);
    return (uint8_t)(tx->abcd[tx->index] << 4) | tx->abcd[tx->index + 16];
}

static void add_crc4(struct e1_tx *tx, const uint8_t *frame)
{
    tx->sum = e1_crc4_add(tx->sum, frame, !(tx->index & 1));
    if ((tx->index & 7) == 7) {
        tx->sent = (uint8_t)e1_crc4_end(tx->sum);
        tx->sum = 0;
    }
}

void e1_tx_frames(struct e1_tx *tx, uint8_t *frames, unsigned n)
{
    for (unsigned i = 0; i < n; i++, frames += E1_TIMESLOTS) {
        frames[0] = timeslot0(tx);
        if (tx->cas)
            frames[16] = timeslot16(tx);
        if (tx->crc4)
            add_crc4(tx, frames);
        tx->index = (tx->index + 1) & 15;
    }
    if (tx->ais)
        memset(frames - (size_t)n * E1_TIMESLOTS, 0xff, (size_t)n * E1_TIMESLOTS);
}
