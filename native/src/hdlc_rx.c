/* HDLC decoder: 56 line bits a step, whatever their position within the octets.
 *
 * In a word without six contiguous ones everything is data, and the inserted zeros are exactly the
 * zeros behind five ones: they are found and taken out all at once. A word with six ones holds a
 * flag or an abort, and is read up to it. */
#include <errno.h>

#include "hdlc.h"
#include "hdlc_bits.h"

#define STEP 56u      /* bits: with 6 carried ones, or 7 bits held over, they fit into 64 */
#define FLAG_TAIL 6u  /* bits of a flag that are stored as data before its sixth one shows it */
#define FCS_GOOD 0x0f47u
#define UNKNOWN_ONES 7u
#define IDLE_ONES 15u

_Static_assert(sizeof(struct td_hdlc_decoder) % 8 == 0, "states lie in arrays of 64-bit words");

/* The line's octets and the next bit to read. */
struct line {
    const uint8_t *octets;
    size_t n;
    size_t pos;
};

size_t td_hdlc_decoder_size(void)
{
    return sizeof(struct td_hdlc_decoder);
}

int td_hdlc_decoder_init(td_hdlc_decoder *d, const td_hdlc_config *config)
{
    if (config->max_octets < 1 || config->max_octets > 65535 ||
        config->min_octets > config->max_octets)
        return -EINVAL;
    memset(d, 0, sizeof *d);
    d->fcs_octets = config->options & TD_HDLC_RAW ? 0 : 2;
    d->limit = config->max_octets + d->fcs_octets;
    d->least = config->min_octets + d->fcs_octets;
    d->options = config->options;
    d->ones = UNKNOWN_ONES;
    d->hold_pos = 8;
    return 0;
}

void td_hdlc_decoder_counts(const td_hdlc_decoder *d, td_hdlc_counts *counts)
{
    *counts = d->counts;
}

int td_hdlc_decoder_idle(const td_hdlc_decoder *d)
{
    return d->idle;
}

/* Up to STEP bits from the position on, the first in the LSB; *n tells how many. */
static inline uint64_t peek(const struct line *line, uint32_t *n)
{
    size_t at = line->pos >> 3;
    size_t left = line->n * 8 - line->pos;
    uint64_t word = 0;
    if (at + 8 <= line->n)
        word = td_load64(line->octets + at);
    else
        for (size_t i = at; i < line->n; i++)
            word |= (uint64_t)line->octets[i] << (8 * (i - at));
    *n = left < STEP ? (uint32_t)left : STEP;
    return (td_reverse_octets(word) >> (line->pos & 7)) & td_ones(*n);
}

/* Contiguous ones at the top of n bits; 0 < n < 64. */
static inline uint32_t top_ones(uint64_t word, uint32_t n)
{
    return (uint32_t)__builtin_clzll(~(word << (64 - n)) | 1);
}

/* Where runs of six ones begin. */
static inline uint64_t six_ones(uint64_t word)
{
    uint64_t pair = word & (word >> 1);
    return pair & (pair >> 2) & (pair >> 4);
}

/* Take the lowest of the bits that `zeros` marks out of the word; with none marked, nothing. */
static inline uint64_t take_zero_out(uint64_t *word, uint32_t *bits, uint64_t zeros)
{
    uint64_t below = (zeros - 1) & ~zeros;
    *bits -= zeros != 0;
    *word = (*word & below) | ((*word >> 1) & ~below);
    return (zeros & (zeros - 1)) >> 1;
}

/* Take the inserted zeros out of bits `from` to `end` of a word; *n tells how many bits remain. */
static inline uint64_t take_zeros_out(uint64_t word, uint32_t from, uint32_t end, uint32_t *n)
{
    uint64_t pair = word & (word << 1);
    uint64_t five = pair & (pair << 2) & (word << 4);
    uint64_t zeros = (~word & (five << 1) & td_ones(end)) >> from;
    word >>= from;
    uint32_t bits = end - from;
    /* Signalling has many words without any: that branch is foretold well. Random data has mostly
     * one or two: these have no branch of their own. */
    if (zeros) {
        zeros = take_zero_out(&word, &bits, zeros);
        zeros = take_zero_out(&word, &bits, zeros);
        while (zeros)
            zeros = take_zero_out(&word, &bits, zeros);
    }
    *n = bits;
    return word & td_ones(bits);
}

static void open_frame(td_hdlc_decoder *d)
{
    d->in_frame = 1;
    d->ones = 0;
    d->idle = 0;
    d->acc = 0;
    d->nacc = 0;
    d->length = 0;
}

static void hunt(td_hdlc_decoder *d, uint32_t ones)
{
    d->in_frame = 0;
    d->ones = ones;
}

/* A flag ended the frame: judge it. */
static int close_frame(td_hdlc_decoder *d, const uint8_t *frame, size_t *length)
{
    uint32_t bits = d->length * 8 + d->nacc;
    open_frame(d);
    if (bits <= FLAG_TAIL) /* 6: the flag follows a flag; 5: and shares its zero */
        return d->options & TD_HDLC_REPORT_FLAGS ? TD_HDLC_FLAG : TD_HDLC_NONE;
    bits -= FLAG_TAIL;
    uint32_t octets = bits >> 3;
    *length = octets;
    if (octets < d->least) {
        d->counts.shorts++;
        return TD_HDLC_SHORT;
    }
    if (bits & 7) {
        d->counts.unaligned++;
        return TD_HDLC_OCTET;
    }
    if (d->fcs_octets && td_hdlc_fcs(frame, octets) != FCS_GOOD) {
        d->counts.fcs++;
        return TD_HDLC_FCS;
    }
    *length = octets - d->fcs_octets;
    d->counts.frames++;
    d->counts.octets += *length;
    return TD_HDLC_FRAME;
}

static int break_frame(td_hdlc_decoder *d, size_t *length)
{
    int within = d->length * 8 + d->nacc > FLAG_TAIL;
    hunt(d, UNKNOWN_ONES);
    if (!within && !(d->options & TD_HDLC_REPORT_ONES))
        return TD_HDLC_NONE;
    *length = d->length;
    d->counts.aborts++;
    return TD_HDLC_ABORT;
}

/* Behind a flag: skip octets that are nothing but more flags. When they reach to the end of the
 * line, more of them will find this state and leave it the same. */
static void skip_flags(td_hdlc_decoder *d, struct line *line)
{
    uint32_t offset = line->pos & 7;
    uint8_t octet = (uint8_t)(0x7e >> offset | 0x7e << (8 - offset));
    size_t at = line->pos >> 3;
    if (at == line->n || line->octets[at] != octet)
        return;
    size_t run = td_run_of(line->octets + at, line->n - at, octet);
    if (run > (offset != 0))
        line->pos += 8 * (run - (offset != 0));
    if (at + run == line->n)
        d->steady = octet;
}

/* The data before the six ones at bit `q` of the word (`ones` carried bits in front of it), then
 * the flag or the abort that they are, when its last bit is here already. */
static int end_of_data(td_hdlc_decoder *d, struct line *line, uint64_t word, uint32_t n,
                       uint8_t *frame, size_t *length)
{
    uint32_t ones = d->ones;
    uint32_t q = (uint32_t)__builtin_ctzll(six_ones(word));
    if (q + 5 > ones) {
        uint32_t bits;
        uint64_t data = take_zeros_out(word, ones, q + 5, &bits);
        d->acc |= data << d->nacc;
        td_store64(frame + d->length, d->acc);
        d->nacc += bits;
        d->length += d->nacc >> 3;
        d->acc >>= d->nacc & ~7u;
        d->nacc &= 7;
        if (d->length > d->limit) { /* LONG comes first, whatever ends the frame */
            line->pos += q + 5 - ones;
            d->ones = 5;
            return TD_HDLC_NONE;
        }
    }
    if (q + 6 == n) {
        d->ones = 6;
        line->pos += n - ones;
        return TD_HDLC_NONE;
    }
    line->pos += q + 7 - ones;
    if (word >> (q + 6) & 1)
        return break_frame(d, length);
    int found = close_frame(d, frame, length);
    if (!(d->options & TD_HDLC_REPORT_FLAGS) && !found)
        skip_flags(d, line);
    return found;
}

/* Read within a frame, or between two flags, until something is found or the line ends. */
static int read_frame(td_hdlc_decoder *d, struct line *line, uint8_t *frame, size_t *length)
{
    /* Locals, because a store through `frame` may alias the state. */
    uint64_t acc = d->acc;
    uint32_t nacc = d->nacc, octets = d->length, ones = d->ones;
    const uint32_t limit = d->limit;
    const size_t end = line->n * 8;
    uint64_t word = 0;
    uint32_t n = 0;
    while (octets <= limit && line->pos < end) {
        word = peek(line, &n) << ones | td_ones(ones);
        n += ones;
        if (six_ones(word))
            break;
        uint32_t bits;
        uint64_t data = take_zeros_out(word, ones, n, &bits);
        line->pos += n - ones;
        ones = top_ones(word, n);
        acc |= data << nacc;
        nacc += bits;
        td_store64(frame + octets, acc);
        octets += nacc >> 3;
        acc >>= nacc & ~7u;
        nacc &= 7;
        n = 0;
    }
    d->acc = acc;
    d->nacc = nacc;
    d->length = octets;
    d->ones = ones;
    int found = TD_HDLC_NONE;
    if (octets <= limit && n)
        found = end_of_data(d, line, word, n, frame, length);
    if (d->in_frame && d->length > limit) {
        hunt(d, d->ones);
        *length = d->length;
        d->counts.longs++;
        found = TD_HDLC_LONG;
    }
    return found;
}

/* Behind seven or more ones: read on to the next zero, and tell when there were fifteen. */
static int read_ones(td_hdlc_decoder *d, struct line *line)
{
    uint32_t n;
    uint64_t word = peek(line, &n);
    uint32_t run = (uint32_t)__builtin_ctzll(~word);
    d->ones = d->ones + run < IDLE_ONES ? d->ones + run : IDLE_ONES;
    int begins = d->ones == IDLE_ONES && !d->idle;
    d->idle |= (uint8_t)begins;
    if (run < n) {
        line->pos += run + 1;
        d->ones = 0;
        d->idle = 0;
    } else {
        line->pos += n;
        size_t at = line->pos >> 3;
        size_t more = at < line->n ? td_run_of(line->octets + at, line->n - at, 0xff) : 0;
        if (more && d->idle)
            line->pos = 8 * (at + more);
        if (d->idle && line->pos == 8 * line->n)
            d->steady = 0xff;
    }
    return begins && d->options & TD_HDLC_REPORT_IDLE ? TD_HDLC_IDLE : TD_HDLC_NONE;
}

/* Hunt for a flag: 0, six ones, 0. */
static int read_noise(td_hdlc_decoder *d, struct line *line)
{
    if (d->ones >= UNKNOWN_ONES)
        return read_ones(d, line);
    uint32_t n, ones = d->ones;
    uint64_t word = peek(line, &n) << ones | td_ones(ones);
    n += ones;
    uint64_t six = six_ones(word);
    if (!six) {
        d->ones = top_ones(word, n);
        line->pos += n - ones;
        return TD_HDLC_NONE;
    }
    uint32_t q = (uint32_t)__builtin_ctzll(six);
    if (q + 6 == n) {
        d->ones = 6;
        line->pos += n - ones;
        return TD_HDLC_NONE;
    }
    line->pos += q + 7 - ones;
    if (word >> (q + 6) & 1) {
        d->ones = UNKNOWN_ONES;
        return TD_HDLC_NONE;
    }
    open_frame(d);
    if (d->options & TD_HDLC_REPORT_FLAGS)
        return TD_HDLC_FLAG;
    skip_flags(d, line);
    return TD_HDLC_NONE;
}

static int read_line(td_hdlc_decoder *d, struct line *line, uint8_t *frame, size_t *length)
{
    int found = TD_HDLC_NONE;
    while (!found && line->pos < line->n * 8)
        found = d->in_frame ? read_frame(d, line, frame, length) : read_noise(d, line);
    return found;
}

int td_hdlc_decode(td_hdlc_decoder *d, const uint8_t *octets, size_t n, uint8_t *frame,
                   size_t *used, size_t *length)
{
    *length = 0;
    if (d->steady && td_run_of(octets, n, d->steady) == n) {
        *used = n;
        return TD_HDLC_NONE;
    }
    *used = 0;
    d->steady = 0;
    if (d->hold_pos < 8) {
        struct line held = {&d->hold, 1, d->hold_pos};
        int found = read_line(d, &held, frame, length);
        d->hold_pos = (uint32_t)held.pos;
        d->steady = 0; /* it is of the whole line that it must be true */
        if (found)
            return found;
    }
    struct line line = {octets, n, 0};
    int found = read_line(d, &line, frame, length);
    *used = (line.pos + 7) >> 3;
    if (line.pos & 7) {
        d->hold = octets[*used - 1];
        d->hold_pos = line.pos & 7;
    }
    return found;
}
