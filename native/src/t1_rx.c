/* The T1 receiver: signal, frames and what is done with each, CRC-6, alarms (T1.231, RFC 2495). */
#include "t1.h"

#define AIS_BITS 4632   /* 3 ms */
#define CRC_SECOND 333  /* extended superframes */
#define SEF_ESF 6       /* alignment bits in 3 ms */
#define SEF_D4 3        /* Ft bits in 0.75 ms */
#define BIT_2 UINT64_C(0x4040404040404040)

void t1_rx_init(struct t1_rx *rx, int esf, struct t1_sink sink)
{
    memset(rx, 0, sizeof(*rx));
    rx->esf = esf != 0;
    rx->signal = 1;
    rx->sink = sink;
    t1_fdl_rx_init(&rx->fdl);
    t1_search_begin(rx, 0);
}

void t1_set_alarm(struct t1_rx *rx, int alarm, int active, uint64_t time)
{
    uint32_t bit = 1u << alarm;

    if (!(rx->alarms & bit) == !active)
        return;
    rx->alarms ^= bit;
    if (active)
        rx->raised[alarm]++;
    rx->sink.alarm(rx->sink.self, time, alarm, active);
}

static void lose_alignment(struct t1_rx *rx, uint64_t time)
{
    rx->aligned = 0;
    rx->reframes++;
    t1_search_begin(rx, rx->pos);
    t1_bits_lost(rx);
    t1_set_alarm(rx, T1_LOF, 1, time);
    /* Without alignment nothing is known of the far end's alarm. */
    t1_set_alarm(rx, T1_RAI, 0, time);
}

static void watch_signal(struct t1_rx *rx, uint32_t nbits, int signal, uint64_t time)
{
    uint32_t *run = signal ? &rx->signal_bits : &rx->los_bits;
    uint32_t pulses = T1(LOS_PULSES);

    if (signal != rx->signal) {
        rx->signal = signal != 0;
        *run = 0;
    }
    if (*run < pulses && *run + nbits >= pulses)
        t1_set_alarm(rx, T1_LOS, !signal, time + T1_BIT_NS(pulses - *run));
    *run = *run + nbits < pulses ? *run + nbits : pulses;
}

/* At the very beginning there was no alignment to lose. */
static void watch_first(struct t1_rx *rx, uint32_t nbits, uint64_t time)
{
    uint32_t all = T1(FIRST_FRAMES) * T1_FRAME_BITS;
    uint32_t rest = all - rx->first_bits;

    if (!rest)
        return;
    if (rx->aligned || rx->reframes) {
        rx->first_bits = all;
    } else if (nbits >= rest) {
        rx->first_bits = all;
        t1_set_alarm(rx, T1_LOF, 1, time + T1_BIT_NS(rest));
    } else {
        rx->first_bits += nbits;
    }
}

/* ---- framing bits ---------------------------------------------------------------------------- */

/* One of them was wrong, or not: 1 when so many of the last are that alignment is lost. */
static int history(uint8_t *bad, int wrong, uint32_t errors, uint32_t of)
{
    *bad = (uint8_t)(*bad << 1 | wrong);
    return wrong && (uint32_t)__builtin_popcount(*bad & ((1u << of) - 1)) >= errors;
}

static int alignment_bit(struct t1_rx *rx, int wrong)
{
    unsigned window = rx->esf ? SEF_ESF : SEF_D4;
    int lost = history(&rx->ft_bad, wrong, T1(OOF_ERRORS), T1(OOF_OF));
    int severely = __builtin_popcount(rx->ft_bad & ((1u << window) - 1)) >= 2;

    rx->ft_errors += (unsigned)wrong;
    rx->severely_errored += severely && !rx->severely;
    rx->severely = (uint8_t)severely;
    return lost;
}

/* So many checks failed that the alignment may be false: another is looked for beside it. */
static void end_crc_second(struct t1_rx *rx)
{
    if (rx->crc_bad < T1(CRC_FALSE))
        rx->searching = 0;
    else if (!rx->searching)
        t1_search_begin(rx, rx->pos);
    rx->crc_checked = rx->crc_bad = 0;
}

static void end_extended_superframe(struct t1_rx *rx)
{
    if (rx->crc_checks == 2) {
        int bad = rx->crc_bits != rx->crc_kept;

        rx->crc_errors += (unsigned)bad;
        rx->crc_bad += (uint16_t)bad;
        if (++rx->crc_checked == CRC_SECOND)
            end_crc_second(rx);
    }
    if (rx->crc_checks)
        rx->crc_kept = (uint8_t)t1_crc6_end(rx->sum);
    /* The superframe in which alignment came is not whole. */
    rx->crc_checks = rx->crc_checks ? 2 : 1;
    rx->sum = 0;
    rx->crc_bits = 0;
}

/* F of an extended superframe: 1 when alignment is lost. */
static int esf_bit(struct t1_rx *rx, unsigned f, const uint64_t w[3], uint64_t time)
{
    int lost = 0;

    rx->sum = t1_crc6_add(rx->sum, w);
    if (!(rx->index & 1))
        t1_fdl_rx_bit(rx, f, time);
    else if (t1_esf_f[rx->index] != T1_ANY)
        lost = alignment_bit(rx, f != t1_esf_f[rx->index]);
    else
        rx->crc_bits = (uint8_t)(rx->crc_bits << 1 | f);
    if (!lost && rx->index == T1_ESF_FRAMES - 1)
        end_extended_superframe(rx);
    return lost;
}

/* ---- yellow alarm of D4: bit 2 of every timeslot is 0 ---------------------------------------- */

static void end_rai_superframe(struct t1_rx *rx, uint64_t time)
{
    int yellow = rx->rai_ones <= T1(D4_RAI_ONES);

    rx->rai_ones = 0;
    rx->rai_clear_run =
        yellow ? 0 : (uint16_t)(rx->rai_clear_run + (rx->rai_clear_run < T1(D4_RAI_CLEAR)));
    /* One superframe between may be full of errors. */
    if (yellow)
        rx->rai_run = (uint16_t)(rx->rai_run + (rx->rai_run < T1(D4_RAI_SET)));
    else if (rx->rai_clear_run > 1)
        rx->rai_run = 0;
    if (rx->rai_run == T1(D4_RAI_SET))
        t1_set_alarm(rx, T1_RAI, 1, time);
    else if (rx->rai_clear_run == T1(D4_RAI_CLEAR))
        t1_set_alarm(rx, T1_RAI, 0, time);
}

/* F of a superframe: 1 when alignment is lost. */
static int d4_bit(struct t1_rx *rx, unsigned f, const uint64_t w[3], uint64_t time)
{
    int wrong = f != t1_d4_f[rx->index];

    for (int i = 0; i < 3; i++)
        rx->rai_ones += (uint16_t)__builtin_popcountll(w[i] & BIT_2);
    if (rx->index & 1) {
        rx->fs_errors += (unsigned)wrong;
        if (history(&rx->fs_bad, wrong, T1(FS_ERRORS), T1(FS_OF)))
            return 1;
    } else if (alignment_bit(rx, wrong)) {
        return 1;
    }
    if (rx->index == T1_D4_FRAMES - 1)
        end_rai_superframe(rx, time);
    return 0;
}

/* One aligned frame at rx->pos to 32 columns: 1 when alignment still stands after it. */
static int take_frame(struct t1_rx *rx, uint8_t *columns)
{
    unsigned f = rx->line[rx->pos >> 3] >> (7 - (rx->pos & 7)) & 1;
    uint64_t time = rx->now + T1_BIT_NS(rx->pos + T1_FRAME_BITS);
    uint64_t w[3];

    columns[0] = 0xff;
    for (unsigned i = 0; i < 3; i++) {
        w[i] = bits_load_at(rx->line, rx->pos + 1 + 64 * i);
        bits_store64(columns + 1 + 8 * i, w[i]);
    }
    memset(columns + 1 + T1_CHANNELS, 0xff, T1_COLUMNS - 1 - T1_CHANNELS);
    rx->pos += T1_FRAME_BITS;
    rx->frames++;
    if (rx->esf ? esf_bit(rx, f, w, time) : d4_bit(rx, f, w, time)) {
        lose_alignment(rx, time);
        return 0;
    }
    if (rx->index % 6 == 5)
        t1_bits_frame(rx, columns, time);
    rx->index = (uint8_t)((rx->index + 1) % (rx->esf ? T1_ESF_FRAMES : T1_D4_FRAMES));
    return 1;
}

/* ---- blue alarm: ones, and no frames in them ------------------------------------------------- */

static void end_ais_period(struct t1_rx *rx, uint64_t time)
{
    int ones = rx->ais_zeros <= T1(AIS_ZEROS);
    uint8_t periods = (uint8_t)T1(AIS_PERIODS);

    rx->ais_bits = rx->ais_zeros = 0;
    rx->ais_run = ones ? (uint8_t)(rx->ais_run + (rx->ais_run < periods)) : 0;
    rx->ais_clear_run = ones ? 0 : (uint8_t)(rx->ais_clear_run + (rx->ais_clear_run < periods));
    if (rx->ais_run == periods)
        t1_set_alarm(rx, T1_AIS, 1, time);
    if (rx->ais_clear_run == periods)
        t1_set_alarm(rx, T1_AIS, 0, time);
}

static void watch_ais(struct t1_rx *rx, const uint8_t *line, uint32_t nbits, uint64_t time)
{
    uint32_t from = 0;

    if (rx->aligned) {
        rx->ais_bits = rx->ais_zeros = 0;
        rx->ais_run = rx->ais_clear_run = 0;
        return;
    }
    while (from < nbits) {
        uint32_t n = nbits - from;
        uint32_t in_octet = 8 - (from & 7);

        n = n < in_octet ? n : in_octet;
        n = n < (uint32_t)AIS_BITS - rx->ais_bits ? n : (uint32_t)AIS_BITS - rx->ais_bits;
        uint8_t zeros = (uint8_t)~line[from >> 3];
        zeros = (uint8_t)(zeros << (from & 7)) & (uint8_t)(0xff00 >> n);
        rx->ais_zeros = (uint16_t)(rx->ais_zeros + __builtin_popcount(zeros));
        rx->ais_bits = (uint16_t)(rx->ais_bits + n);
        from += n;
        if (rx->ais_bits == AIS_BITS)
            end_ais_period(rx, time + T1_BIT_NS(from));
    }
}

/* ---- a block --------------------------------------------------------------------------------- */

/* Forget what no later step needs. */
static void compact(struct t1_rx *rx)
{
    uint32_t first = rx->aligned ? rx->pos : rx->search.at;

    if (rx->searching && rx->search.at < first)
        first = rx->search.at;
    bits_compact(rx->line, &rx->have, first, &rx->pos, &rx->search.at);
}

unsigned t1_rx_line(struct t1_rx *rx, const uint8_t *line, uint32_t nbits, int signal,
                    uint64_t time, uint8_t *frames, int *broken)
{
    unsigned n = 0;

    watch_signal(rx, nbits, signal, time);
    *broken = rx->aligned ? -1 : 0;
    rx->now = time - T1_BIT_NS(rx->have);
    bits_append(rx->line, &rx->have, line, nbits);
    for (;;) {
        while (rx->aligned && rx->pos + T1_FRAME_BITS <= rx->have) {
            if (take_frame(rx, frames + (size_t)n * T1_COLUMNS)) {
                n++;
                continue;
            }
            *broken = (int)n;
        }
        /* Nothing is to be found where there are no pulses. */
        if (!signal && !rx->aligned)
            t1_search_begin(rx, rx->have);
        if (!rx->searching || !t1_search_on(rx))
            break;
        *broken = (int)n;
    }
    compact(rx);
    watch_ais(rx, line, nbits, time);
    watch_first(rx, nbits, time);
    return n;
}
