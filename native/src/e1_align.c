/* Finding alignment: basic frame (G.706 4.1.2), CRC-4 multiframe (4.2), CRC-4 check (4.3), AIS. */
#include "e1.h"

#define SEARCH_BITS (2 * E1_FRAME_BITS + 8) /* FAS, bit 2 of the frame after, FAS */
#define MF_NFAS 32                          /* NFAS frames in 8 ms (G.706 4.2) */
#define MF_GIVE_UP 3200                     /* frames in 400 ms (G.706 annex B) */
#define MF_BEFORE 0x01010100                /* 2, 4, 6 ms ago: both signals within 8 ms */
#define MFAS 0x0b
#define MFAS_MASK 0x3f
#define CHECKED 1000 /* G.706 4.3.2 */
#define FALSE_ALIGNMENT 915

/* Bit 63 - i of the result: a FAS begins at bit i of the word; true for i up to 56. */
static uint64_t fas_places(uint64_t w)
{
    return ~(w << 1) & ~(w << 2) & w << 3 & w << 4 & ~(w << 5) & w << 6 & w << 7;
}

/* The first place from rx->search on with FAS, bit 2 = 1, FAS; moves rx->search to it. */
static int find_alignment(struct e1_rx *rx)
{
    while (rx->search + SEARCH_BITS <= rx->have) {
        uint32_t p = rx->search;
        uint64_t found = fas_places(bits_load_at(rx->line, p));
        uint32_t room = rx->have - SEARCH_BITS - p;
        unsigned here = room < 56 ? room + 1 : 57;

        found &= ~UINT64_C(0) << (64 - here);
        if (found) {
            found &= bits_load_at(rx->line, p + E1_FRAME_BITS) << 1;
            found &= fas_places(bits_load_at(rx->line, p + 2 * E1_FRAME_BITS));
        }
        if (found) {
            rx->search += (uint32_t)__builtin_clzll(found);
            return 1;
        }
        rx->search += here;
    }
    return 0;
}

/* ---- a second place tried beside the alignment there is (G.706 4.2) -----------------------------
 *
 * No multiframe alignment in 8 ms: the alignment may be false. Each other place that looks like
 * one is given 8 ms to show the multiframe alignment signal twice; the first that does wins. Until
 * then frames go on as before, and 400 ms after alignment the search ends (annex B.2.3: the far
 * end has no CRC-4), so that a far end without CRC-4 is heard, with LOMF told.
 */

static int same_place(const struct e1_rx *rx)
{
    uint32_t fas = rx->pos + (rx->nfas_next ? E1_FRAME_BITS : 0);

    return ((fas - rx->search) & (2 * E1_FRAME_BITS - 1)) == 0;
}

/* The next two frames of the place tried: 1 when it has won. */
static int try_beside(struct e1_rx *rx)
{
    uint32_t place = rx->search;
    uint8_t nfas = e1_octet_at(rx->line, place + E1_FRAME_BITS);
    uint8_t fas = e1_octet_at(rx->line, place + 2 * E1_FRAME_BITS);

    if (!(nfas & E1_NFAS) || (fas & E1_FAS_MASK) != E1_FAS) {
        rx->trying = 0;
        rx->search = place + 1;
        return 0;
    }
    rx->search = place + 2 * E1_FRAME_BITS;
    rx->try_history = (uint8_t)(rx->try_history << 1 | nfas >> 7);
    rx->try_match = rx->try_match << 1 | ((rx->try_history & MFAS_MASK) == MFAS);
    if ((rx->try_match & 1) && (rx->try_match & MF_BEFORE))
        return 1;
    if (++rx->try_seen >= MF_NFAS) {
        rx->trying = 0;
        rx->search++;
    }
    return 0;
}

static void multiframe_found(struct e1_rx *rx, uint64_t time)
{
    rx->mf = 1;
    rx->mf_index = 12; /* the last bit of the signal is in frame 11 */
    rx->mf_checks = 0;
    rx->mf_wait = 0;
    rx->searching = 0;
    rx->trying = 0;
    e1_set_alarm(rx, E1_LOMF_CRC, 0, time);
}

static void move_to_tried(struct e1_rx *rx)
{
    uint32_t used = rx->pos;
    uint64_t time = rx->now + E1_BIT_NS(rx->search);

    rx->pos = rx->search;
    rx->nfas_next = 0;
    rx->fas_bad = rx->nfas_bad = rx->rai_run = 0;
    rx->found = time;
    rx->reframes++;
    e1_multiframe_lost(rx);
    e1_cas_lost(rx, time);
    multiframe_found(rx, time);
    for (; rx->pos + E1_FRAME_BITS <= used; rx->pos += E1_FRAME_BITS) {
        rx->nfas_next ^= 1;
        rx->mf_index++;
    }
}

static int search_beside(struct e1_rx *rx)
{
    for (;;) {
        if (!rx->trying) {
            if (!find_alignment(rx))
                return 0;
            if (same_place(rx)) {
                rx->search++;
                continue;
            }
            rx->trying = 1;
            rx->try_history = 0xff;
            rx->try_match = 0;
            rx->try_seen = 0;
        }
        if (rx->search + SEARCH_BITS > rx->have)
            return 0;
        if (try_beside(rx)) {
            move_to_tried(rx);
            return 1;
        }
    }
}

/* Search on: 1 when alignment was found and changes where frames begin. */
int e1_search(struct e1_rx *rx)
{
    if (rx->aligned)
        return search_beside(rx);
    if (!find_alignment(rx))
        return 0;
    rx->found = rx->now + E1_BIT_NS(rx->search + SEARCH_BITS);
    rx->searching = 0;
    rx->aligned = 1;
    rx->pos = rx->search + 2 * E1_FRAME_BITS;
    rx->nfas_next = 0;
    rx->fas_bad = rx->nfas_bad = rx->rai_run = 0;
    e1_multiframe_lost(rx);
    e1_set_alarm(rx, E1_AIS, 0, rx->found);
    e1_set_alarm(rx, E1_LOF, 0, rx->found);
    return 1;
}

/* Basic alignment is lost or new: multiframe alignment is to be found anew. */
void e1_multiframe_lost(struct e1_rx *rx)
{
    rx->mf = 0;
    rx->mf_history = 0xff;
    rx->mf_seen = 0;
    rx->mf_match = 0;
    rx->mf_wait = 0;
    rx->trying = 0;
    rx->block_checked = rx->block_bad = 0;
}

static void find_multiframe(struct e1_rx *rx, uint8_t octet, uint64_t time)
{
    if (rx->mf_wait < MF_GIVE_UP && ++rx->mf_wait == MF_GIVE_UP) {
        e1_set_alarm(rx, E1_LOMF_CRC, 1, time);
        rx->searching = rx->trying = 0;
    }
    if (!rx->nfas_next)
        return;
    rx->mf_history = (uint8_t)(rx->mf_history << 1 | octet >> 7);
    rx->mf_match = rx->mf_match << 1 | ((rx->mf_history & MFAS_MASK) == MFAS);
    if ((rx->mf_match & 1) && (rx->mf_match & MF_BEFORE)) {
        multiframe_found(rx, time);
        return;
    }
    if (rx->mf_seen < MF_NFAS && ++rx->mf_seen == MF_NFAS) {
        rx->searching = 1;
        rx->search = rx->pos + 1;
    }
}

/* The end of a submultiframe: 1 when alignment must be false (G.706 4.3.2). */
static int end_submultiframe(struct e1_rx *rx)
{
    int checked = rx->mf_checks == 2;
    int bad = checked && rx->c_bits != rx->crc_kept;

    if (rx->mf_checks) {
        rx->crc_kept = (uint8_t)e1_crc4_end(rx->sum);
        rx->mf_checks = 2;
    } else {
        rx->mf_checks = 1;
    }
    rx->sum = 0;
    rx->c_bits = 0;
    if (!checked)
        return 0;
    if (bad) {
        rx->crc_errors++;
        rx->tx_e_owed++;
        rx->block_bad++;
    }
    if (rx->block_bad >= FALSE_ALIGNMENT)
        return 1;
    if (++rx->block_checked == CHECKED)
        rx->block_checked = rx->block_bad = 0;
    return 0;
}

int e1_multiframe_frame(struct e1_rx *rx, const uint8_t *frame, uint64_t time)
{
    unsigned index = rx->mf_index;

    if (!rx->mf) {
        find_multiframe(rx, frame[0], time);
        return 0;
    }
    rx->sum = e1_crc4_add(rx->sum, frame, !(index & 1));
    if (!(index & 1))
        rx->c_bits = (uint8_t)(rx->c_bits << 1 | frame[0] >> 7);
    else if (index >= 13 && !(frame[0] & E1_SI))
        rx->e_bits++;
    rx->mf_index = (index + 1) & 15;
    return (index & 7) == 7 ? end_submultiframe(rx) : 0;
}

/* ---- AIS (G.775 5.2) ------------------------------------------------------------------------- */

static void end_ais_period(struct e1_rx *rx, uint64_t time)
{
    int ones = rx->ais_zeros <= 2;

    rx->ais_bits = rx->ais_zeros = 0;
    rx->ais_run = ones ? (rx->ais_run < 2 ? rx->ais_run + 1 : 2) : 0;
    rx->ais_clear_run = ones ? 0 : (rx->ais_clear_run < 2 ? rx->ais_clear_run + 1 : 2);
    /* The block was searched for FAS before: one found later than this ends it again. */
    if (rx->ais_run == 2 && time > rx->found)
        e1_set_alarm(rx, E1_AIS, 1, time);
    if (rx->ais_clear_run == 2)
        e1_set_alarm(rx, E1_AIS, 0, time);
}

static void count_ais_octets(struct e1_rx *rx, const uint8_t *line, uint32_t from, uint32_t to,
                             uint64_t time)
{
    while (from < to) {
        uint32_t n = to - from;
        uint32_t in_octet = 8 - (from & 7);

        n = n < in_octet ? n : in_octet;
        n = n < 512u - rx->ais_bits ? n : 512u - rx->ais_bits;
        uint8_t zeros = (uint8_t)~line[from >> 3];
        zeros = (uint8_t)(zeros << (from & 7)) & (uint8_t)(0xff00 >> n);
        rx->ais_zeros += (uint16_t)__builtin_popcount(zeros);
        rx->ais_bits += (uint16_t)n;
        from += n;
        if (rx->ais_bits == 512)
            end_ais_period(rx, time + E1_BIT_NS(from));
    }
}

/* At most 2 zeros in each of two consecutive 512-bit periods of the line: AIS. */
void e1_watch_ais(struct e1_rx *rx, const uint8_t *line, uint32_t nbits, uint64_t time)
{
    uint32_t bit = 0;

    while (!rx->ais_bits && bit + 512 <= nbits) {
        const uint8_t *p = line + (bit >> 3);
        unsigned zeros = 0;

        for (int i = 0; i < 64 && zeros <= 2; i += 8)
            zeros += (unsigned)__builtin_popcountll(~bits_load64(p + i));
        rx->ais_zeros = (uint16_t)zeros;
        bit += 512;
        end_ais_period(rx, time + E1_BIT_NS(bit));
    }
    count_ais_octets(rx, line, bit, nbits, time);
}
