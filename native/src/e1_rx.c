/* The E1 receiver: signal, basic frames, and what is done with each; G.706 4.1, G.775. */
#include "e1.h"

#define SA_PERSISTS (E1_MULTIFRAME / 2)
#define LOS_PULSES 255 /* G.775 4.2: 10 to 255 pulse intervals */
#define RAI_PERSISTS 3 /* G.775 6.2: 2 to 5 */
#define LOST_AFTER 3   /* G.706 4.1.1 */
#define FIRST_BITS (16 * E1_FRAME_BITS)

void e1_rx_init(struct e1_rx *rx, int crc4, int cas, struct e1_sink sink)
{
    memset(rx, 0, sizeof(*rx));
    rx->crc4 = crc4 != 0;
    rx->cas.enabled = cas != 0;
    rx->cas.before_zero = 1;
    rx->signal = 1;
    rx->searching = 1;
    rx->sink = sink;
}

void e1_set_alarm(struct e1_rx *rx, int alarm, int active, uint64_t time)
{
    uint32_t bit = 1u << alarm;

    if (!(rx->alarms & bit) == !active)
        return;
    rx->alarms ^= bit;
    if (active)
        rx->raised[alarm]++;
    rx->sink.alarm(rx->sink.self, time, alarm, active);
}

/* Alignment is lost: the search begins at bit `search_from` of what is at hand. */
void e1_lose_alignment(struct e1_rx *rx, uint64_t time, uint32_t search_from)
{
    rx->aligned = 0;
    rx->searching = 1;
    rx->search = search_from;
    rx->reframes++;
    e1_multiframe_lost(rx);
    e1_cas_lost(rx, time);
    e1_set_alarm(rx, E1_LOF, 1, time);
    /* Without alignment nothing is known of the far end's A bit. */
    e1_set_alarm(rx, E1_RAI, 0, time);
}

static void watch_signal(struct e1_rx *rx, uint32_t nbits, int signal, uint64_t time)
{
    uint32_t *run = signal ? &rx->signal_bits : &rx->los_bits;

    if (signal != rx->signal) {
        rx->signal = signal != 0;
        *run = 0;
    }
    if (*run < LOS_PULSES && *run + nbits >= LOS_PULSES)
        e1_set_alarm(rx, E1_LOS, !signal, time + E1_BIT_NS(LOS_PULSES - *run));
    *run = *run + nbits < LOS_PULSES ? *run + nbits : LOS_PULSES;
}

/* At the very beginning there was no alignment to lose: it is missed after 2 ms. */
static void watch_first(struct e1_rx *rx, uint32_t nbits, uint64_t time)
{
    uint32_t rest = FIRST_BITS - rx->first_bits;

    if (!rest)
        return;
    if (rx->aligned || rx->reframes) {
        rx->first_bits = FIRST_BITS;
    } else if (nbits >= rest) {
        rx->first_bits = FIRST_BITS;
        e1_set_alarm(rx, E1_LOF, 1, time + E1_BIT_NS(rest));
    } else {
        rx->first_bits += nbits;
    }
}

static void watch_a_bit(struct e1_rx *rx, uint8_t octet, uint64_t time)
{
    uint8_t a = octet & E1_A;

    if (a != rx->rai_last) {
        rx->rai_last = a;
        rx->rai_run = 0;
    }
    if (rx->rai_run < RAI_PERSISTS && ++rx->rai_run == RAI_PERSISTS)
        e1_set_alarm(rx, E1_RAI, a != 0, time);
}

/* A wrong bit is not told: what is new has come in all NFAS of a multiframe. */
static void watch_sa_bits(struct e1_rx *rx, uint8_t sa)
{
    if (sa != rx->sa_last) {
        rx->sa_last = sa;
        rx->sa_run = 0;
    }
    if (rx->sa_run < SA_PERSISTS && ++rx->sa_run == SA_PERSISTS)
        rx->sa = sa;
}

/* Timeslot 0: 1 when alignment is lost (G.706 4.1.1: three FAS, or three bits 2, in error). */
static int check_timeslot0(struct e1_rx *rx, uint8_t octet, uint64_t time)
{
    if (rx->nfas_next) {
        if (octet & E1_NFAS) {
            rx->nfas_bad = 0;
        } else {
            rx->nfas_errors++;
            if (++rx->nfas_bad >= LOST_AFTER)
                return 1;
        }
        watch_sa_bits(rx, octet & E1_SA);
        watch_a_bit(rx, octet, time);
        return 0;
    }
    if ((octet & E1_FAS_MASK) == E1_FAS) {
        rx->fas_bad = 0;
        return 0;
    }
    rx->fas_errors++;
    return ++rx->fas_bad >= LOST_AFTER;
}

static void copy_frame(uint8_t *out, const uint8_t *line, uint32_t pos)
{
    unsigned shift = pos & 7;
    const uint8_t *from = line + (pos >> 3);

    if (!shift) {
        memcpy(out, from, E1_TIMESLOTS);
        return;
    }
    for (int i = 0; i < E1_TIMESLOTS; i++)
        out[i] = (uint8_t)((unsigned)(from[i] << 8 | from[i + 1]) >> (8 - shift));
}

/* One aligned frame at rx->pos, copied to `out`: 1 when alignment still stands after it. */
static int take_frame(struct e1_rx *rx, const uint8_t *line, uint8_t *out)
{
    uint64_t time = rx->now + E1_BIT_NS(rx->pos + E1_FRAME_BITS);

    copy_frame(out, line, rx->pos);
    rx->pos += E1_FRAME_BITS;
    rx->frames++;
    if (check_timeslot0(rx, out[0], time)) {
        e1_lose_alignment(rx, time, rx->pos);
        return 0;
    }
    if (rx->crc4 && e1_multiframe_frame(rx, out, time)) {
        /* G.706 4.3.2: not again at the place that was wrong. */
        e1_lose_alignment(rx, time, rx->pos + (rx->nfas_next ? 1 : E1_FRAME_BITS + 1));
        return 0;
    }
    if (rx->cas.enabled)
        e1_cas_frame(rx, out[16], time);
    rx->nfas_next ^= 1;
    return 1;
}

/* Forget what no later step needs. */
static void compact(struct e1_rx *rx)
{
    uint32_t first = rx->aligned ? rx->pos : rx->search;

    if (rx->searching && rx->search < first)
        first = rx->search;
    bits_compact(rx->line, &rx->have, first, &rx->pos, &rx->search);
}

unsigned e1_rx_line(struct e1_rx *rx, const uint8_t *line, uint32_t nbits, int signal,
                    uint64_t time, uint8_t *frames, int *broken)
{
    unsigned n = 0;
    const uint8_t *from = line;
    int direct = rx->have == 0 && rx->pos == 0 && rx->aligned && !rx->searching && !(nbits & 255);

    watch_signal(rx, nbits, signal, time);
    *broken = rx->aligned ? -1 : 0;
    rx->now = time;
    if (direct) {
        rx->have = nbits;
    } else {
        rx->now -= E1_BIT_NS(rx->have);
        bits_append(rx->line, &rx->have, line, nbits);
        from = rx->line;
    }
    for (;;) {
        while (rx->aligned && rx->pos + E1_FRAME_BITS <= rx->have) {
            if (take_frame(rx, from, frames + (size_t)n * E1_TIMESLOTS)) {
                n++;
                continue;
            }
            *broken = (int)n;
        }
        if (direct && rx->searching) {
            /* The rest of the line is needed for longer than this call. */
            memcpy(rx->line, line, nbits >> 3);
            from = rx->line;
            direct = 0;
        }
        if (!rx->searching || !e1_search(rx))
            break;
        *broken = (int)n;
    }
    if (direct)
        rx->have = rx->pos = 0;
    else
        compact(rx);
    e1_watch_ais(rx, line, nbits, time);
    watch_first(rx, nbits, time);
    return n;
}
