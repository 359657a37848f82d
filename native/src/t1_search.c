/* Finding T1 alignment: every place and phase at once.
 *
 * A row is 193 bits of the line. For each phase of the superframe a row of bits says at which places
 * the framing bits since the search began have been right; a row of line takes away those whose next
 * framing bit is wrong. Alignment is found when enough rows have passed and one place is left: where
 * the payload imitates the pattern two are left, and the search goes on until the imitation ends.
 * None left: all begin anew.
 *
 * ESF: what imitates for long is told by CRC-6. One place is tried; if its checks fail, another is
 * looked for beside it (t1_rx.c), and that one tried.
 */
#include "t1.h"

#define LAST_WORD (UINT64_C(1) << 63) /* place 192 */

static unsigned phases_of(const struct t1_rx *rx)
{
    return rx->esf ? T1_ESF_FRAMES : T1_D4_FRAMES;
}

static void begin_anew(struct t1_search *search, unsigned phases)
{
    search->rows = 0;
    for (unsigned phase = 0; phase < phases; phase++) {
        memset(search->left[phase], 0xff, 3 * sizeof(uint64_t));
        search->left[phase][3] = LAST_WORD;
    }
}

void t1_search_begin(struct t1_rx *rx, uint32_t at)
{
    rx->searching = 1;
    rx->search.at = at;
    begin_anew(&rx->search, phases_of(rx));
}

/* The alignment there is is not what a search beside it looks for. */
static void leave_out(struct t1_rx *rx)
{
    uint32_t place = (rx->pos + T1_FRAME_BITS * 1024u - rx->search.at) % T1_FRAME_BITS;

    for (unsigned phase = 0; phase < T1_ESF_FRAMES; phase++)
        rx->search.left[phase][place >> 6] &= ~(UINT64_C(1) << (63 - (place & 63)));
}

/* The next row: 1 when it leaves any place. */
static int take_row(struct t1_rx *rx)
{
    struct t1_search *search = &rx->search;
    unsigned phases = phases_of(rx);
    const uint8_t *pattern = rx->esf ? t1_esf_f : t1_d4_f;
    unsigned number = search->rows % phases;
    uint32_t last = search->at + T1_FRAME_BITS - 1;
    uint64_t row[4], any = 0;

    for (unsigned i = 0; i < 3; i++)
        row[i] = bits_load_at(rx->line, search->at + 64 * i);
    row[3] = rx->line[last >> 3] >> (7 - (last & 7)) & 1 ? LAST_WORD : 0;
    for (unsigned phase = 0; phase < phases; phase++) {
        uint64_t *left = search->left[phase];
        uint8_t f = pattern[(phase + number) % phases];

        for (unsigned i = 0; f != T1_ANY && i < 4; i++)
            left[i] &= f ? row[i] : ~row[i];
        any |= left[0] | left[1] | left[2] | left[3];
    }
    search->at += T1_FRAME_BITS;
    search->rows++;
    return any != 0;
}

static uint32_t places(const struct t1_search *search, unsigned phases)
{
    uint32_t n = 0;

    for (unsigned phase = 0; phase < phases; phase++)
        for (unsigned i = 0; i < 4; i++)
            n += (uint32_t)__builtin_popcountll(search->left[phase][i]);
    return n;
}

/* Of phase p and place b that are left, 193 p + b: the first after the one tried last. */
static uint32_t pick(const struct t1_search *search, unsigned phases)
{
    uint32_t all = phases * T1_FRAME_BITS;
    uint32_t it = search->last;

    for (uint32_t n = 0; n < all; n++) {
        uint32_t place;

        it = (it + 1) % all;
        place = it % T1_FRAME_BITS;
        if (search->left[it / T1_FRAME_BITS][place >> 6] >> (63 - (place & 63)) & 1)
            break;
    }
    return it;
}

static void found(struct t1_rx *rx)
{
    struct t1_search *search = &rx->search;
    unsigned phases = phases_of(rx);
    uint32_t it = pick(search, phases);

    search->last = it;
    rx->searching = 0;
    rx->aligned = 1;
    rx->pos = search->at + it % T1_FRAME_BITS;
    rx->index = (uint8_t)((it / T1_FRAME_BITS + search->rows) % phases);
    rx->found = rx->now + T1_BIT_NS(rx->pos);
    rx->ft_bad = rx->fs_bad = rx->severely = 0;
    rx->crc_checks = rx->crc_bits = 0;
    rx->crc_checked = rx->crc_bad = 0;
    rx->sum = 0;
    rx->rai_ones = rx->rai_run = rx->rai_clear_run = 0;
    t1_bits_lost(rx);
    t1_fdl_rx_init(&rx->fdl);
    t1_set_alarm(rx, T1_AIS, 0, rx->found);
    t1_set_alarm(rx, T1_LOF, 0, rx->found);
}

/* From one alignment to another: frames are not given twice. */
static void move(struct t1_rx *rx)
{
    uint32_t used = rx->pos;

    rx->reframes++;
    found(rx);
    while (rx->pos + T1_FRAME_BITS <= used) {
        rx->pos += T1_FRAME_BITS;
        rx->index = (uint8_t)((rx->index + 1u) % phases_of(rx));
    }
}

static int enough(const struct t1_rx *rx)
{
    const struct t1_search *search = &rx->search;
    uint32_t rows = rx->esf ? T1(SYNC_ESF) : T1(SYNC_D4);

    if (search->rows < (rx->aligned ? T1(SYNC_BESIDE) : rows))
        return 0;
    return places(search, phases_of(rx)) == 1 || (rx->esf && search->rows >= T1(PICK_FRAMES));
}

int t1_search_on(struct t1_rx *rx)
{
    struct t1_search *search = &rx->search;

    while (search->at + T1_FRAME_BITS <= rx->have) {
        if (!search->rows && rx->aligned)
            leave_out(rx);
        if (!take_row(rx)) {
            begin_anew(search, phases_of(rx));
        } else if (enough(rx)) {
            (rx->aligned ? move : found)(rx);
            return 1;
        }
    }
    return 0;
}
