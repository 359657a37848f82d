/* MTP2 at line speed: fill-ins repeated and filtered, SUs counted, octet counting mode (Q.703). */
#include <errno.h>
#include <string.h>

#include "mtp2.h"

#define COUNTING_OCTETS 16u /* Q.703 10.2.3: N */
#define CK_OCTETS 2u
#define LI 2 /* place of the length indicator, 6 bits */

_Static_assert(sizeof(struct td_mtp2_rx) % 8 == 0, "states lie in arrays of 64-bit words");
_Static_assert(sizeof(struct td_mtp2_tx) % 8 == 0, "states lie in arrays of 64-bit words");

int mtp2_is_fill_in(const uint8_t *su, size_t n)
{
    return n > LI && (su[LI] & 0x3f) <= 2 && n == LI + 1u + (su[LI] & 0x3f);
}

/* ---- receiving ------------------------------------------------------------------------------- */

size_t td_mtp2_rx_size(void)
{
    return sizeof(struct td_mtp2_rx);
}

int td_mtp2_rx_init(td_mtp2_rx *rx, uint32_t max_octets, uint32_t told)
{
    td_hdlc_config config = {max_octets, TD_MTP2_MIN_OCTETS,
                             TD_HDLC_REPORT_ONES | TD_HDLC_REPORT_IDLE, 1};

    memset(rx, 0, sizeof *rx);
    rx->told = told;
    if (max_octets < MTP2_FILL_IN || told < 1)
        return -EINVAL;
    return td_hdlc_decoder_init(&rx->hdlc, &config);
}

void td_mtp2_rx_counts(const td_mtp2_rx *rx, td_mtp2_counts *counts)
{
    *counts = (td_mtp2_counts){.sus = rx->sus, .errors = rx->errors, .filtered = rx->filtered,
                               .counting = rx->counted};
}

int td_mtp2_counting(const td_mtp2_rx *rx)
{
    return (int)rx->counting;
}

static void in_error(td_mtp2_rx *rx, uint64_t n)
{
    rx->sus += n;
    rx->errors += n;
    rx->untold += n;
    rx->equal = 0;
}

static void begin_counting(td_mtp2_rx *rx)
{
    if (rx->counting)
        return;
    rx->counting = 1;
    rx->counted++;
    rx->octets = 0;
    rx->equal = 0;
}

/* So many more octets of the line were read. A line that never showed a flag has no SU that could
 * be too long: there, octets are counted from the first on. */
static void count_octets(td_mtp2_rx *rx, size_t n)
{
    if (rx->counting) {
        size_t octets = rx->octets + n;

        rx->octets = octets % COUNTING_OCTETS;
        if (octets >= COUNTING_OCTETS)
            in_error(rx, octets / COUNTING_OCTETS);
    } else if (!rx->hdlc.in_frame) {
        rx->octets += (uint32_t)n;
        if (rx->octets > rx->hdlc.limit)
            begin_counting(rx);
    }
}

/* How many of the octets left may be read at once, so that octet counting begins with the very octet
 * it should: the decoder reads some on before it tells that an SU is too long. */
static size_t stride(const td_mtp2_rx *rx, size_t left)
{
    uint32_t room;

    if (rx->counting)
        return left;
    room = rx->hdlc.in_frame ? rx->hdlc.limit - rx->hdlc.length : 0;
    room = room > 2 ? room - 2 : 1;
    return left < room ? left : room;
}

/* 1 when a good SU is to be told. */
static int is_news(td_mtp2_rx *rx, const uint8_t *su, size_t n)
{
    if (!mtp2_is_fill_in(su, n)) {
        rx->equal = 0;
        return 1;
    }
    if (!rx->equal || rx->last_octets != n || memcmp(rx->last, su, n)) {
        memcpy(rx->last, su, n);
        rx->last_octets = (uint8_t)n;
        rx->equal = 1;
        return 1;
    }
    if (rx->equal < rx->told) {
        rx->equal++;
        return 1;
    }
    return 0;
}

/* A good SU: TD_MTP2_SU when it is to be told now. Errors before it are told first. */
static int good(td_mtp2_rx *rx, const uint8_t *su, size_t n)
{
    rx->counting = 0;
    rx->octets = 0;
    if (rx->untold) {
        rx->untold = 0;
        rx->held = (uint32_t)n + 1;
        return TD_MTP2_ERRORS;
    }
    rx->sus++;
    if (is_news(rx, su, n))
        return TD_MTP2_SU;
    rx->filtered++;
    return TD_MTP2_NONE;
}

/* What the HDLC decoder found, after the octets up to there were counted. */
static int judge(td_mtp2_rx *rx, int found, const uint8_t *su, size_t n)
{
    switch (found) {
    case TD_HDLC_FRAME:
        return good(rx, su, n);
    case TD_HDLC_ABORT:
    case TD_HDLC_LONG:
    case TD_HDLC_IDLE:
        begin_counting(rx);
        break;
    case TD_HDLC_FCS:
    case TD_HDLC_SHORT:
    case TD_HDLC_OCTET:
        if (!rx->counting)
            in_error(rx, 1);
        break;
    }
    return TD_MTP2_NONE;
}

int td_mtp2_decode(td_mtp2_rx *rx, const uint8_t *line, size_t n, uint8_t *su, size_t *used,
                   size_t *length)
{
    int told = TD_MTP2_NONE;

    *used = 0;
    if (rx->held) {
        *length = rx->held - 1;
        rx->held = 0;
        told = good(rx, su, *length);
    }
    while (!told) {
        size_t step = 0;
        int found = td_hdlc_decode(&rx->hdlc, line + *used, stride(rx, n - *used), su, &step,
                                   length);

        *used += step;
        count_octets(rx, step);
        if (found != TD_HDLC_NONE)
            told = judge(rx, found, su, *length);
        else if (*used == n)
            break;
    }
    if (!told && rx->untold) {
        rx->untold = 0;
        told = TD_MTP2_ERRORS;
    }
    if (told != TD_MTP2_SU)
        *length = 0;
    return told;
}

/* ---- sending --------------------------------------------------------------------------------- */

size_t td_mtp2_tx_size(void)
{
    return sizeof(struct td_mtp2_tx);
}

int td_mtp2_tx_init(td_mtp2_tx *tx, uint32_t max_octets)
{
    td_hdlc_config config = {max_octets, 0, 0, 1};

    memset(tx, 0, sizeof *tx);
    return max_octets < MTP2_FILL_IN ? -EINVAL : td_hdlc_encoder_init(&tx->hdlc, &config);
}

void td_mtp2_tx_counts(const td_mtp2_tx *tx, td_mtp2_counts *counts)
{
    *counts = (td_mtp2_counts){.repeated = tx->repeated};
}

int td_mtp2_ready(const td_mtp2_tx *tx)
{
    return td_hdlc_ready(&tx->hdlc);
}

int td_mtp2_abort(td_mtp2_tx *tx)
{
    return td_hdlc_abort(&tx->hdlc);
}

/* What goes on behind this SU when nothing waits: itself, or the FISU with its numbers. One with
 * older numbers would tell the far end that an MSU was lost (Q.703 5.2.1). */
static void set_fill_in(td_mtp2_tx *tx, const uint8_t *su, size_t length)
{
    int fill_in = mtp2_is_fill_in(su, length);

    if (length <= LI)
        return;
    tx->fill_octets = (uint8_t)(fill_in ? length : LI + 1);
    memcpy(tx->fill, su, tx->fill_octets);
    if (!fill_in)
        tx->fill[LI] = 0;
}

int td_mtp2_send(td_mtp2_tx *tx, const uint8_t *su, size_t length, int bad)
{
    int error;

    if (!td_hdlc_ready(&tx->hdlc))
        return -EBUSY;
    if (length > tx->hdlc.max_octets)
        return -EMSGSIZE;
    if (!bad) {
        set_fill_in(tx, su, length);
        if (mtp2_is_fill_in(su, length))
            su = tx->fill;
    }
    error = td_hdlc_send(&tx->hdlc, su, length);
    if (!error && bad)
        tx->hdlc.fcs ^= 0xffff;
    return error;
}

int td_mtp2_encode(td_mtp2_tx *tx, uint8_t *line, size_t n, size_t *made)
{
    *made = 0;
    if (!n)
        return TD_MTP2_NONE;
    if (tx->fill_octets && td_hdlc_ready(&tx->hdlc)) {
        td_hdlc_send(&tx->hdlc, tx->fill, tx->fill_octets);
        tx->repeated++;
    }
    return td_hdlc_encode(&tx->hdlc, line, n, made) == TD_HDLC_SENT ? TD_MTP2_SENT : TD_MTP2_NONE;
}
