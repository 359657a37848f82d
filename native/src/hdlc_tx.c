/* HDLC encoder: 48 bits of a frame a step, fill by the octet that a flag's rotation makes. */
#include <errno.h>

#include "hdlc.h"
#include "hdlc_bits.h"

#define STEP 48u /* bits: with 8 inserted zeros at most and 7 bits left over they fit into 64 */
#define TAIL 40u /* bits: all ones, they become 48 */
#define FLAG 0x7e

_Static_assert(sizeof(struct td_hdlc_encoder) % 8 == 0, "states lie in arrays of 64-bit words");

/* Where made octets go. */
struct sink {
    uint8_t *at;
    uint8_t *end;
};

size_t td_hdlc_encoder_size(void)
{
    return sizeof(struct td_hdlc_encoder);
}

int td_hdlc_encoder_init(td_hdlc_encoder *e, const td_hdlc_config *config)
{
    if (config->max_octets < 1 || config->max_octets > 65535 || config->flags_between < 1 ||
        config->flags_between > 255)
        return -EINVAL;
    memset(e, 0, sizeof *e);
    e->fcs_octets = config->options & TD_HDLC_RAW ? 0 : 2;
    e->max_octets = config->max_octets;
    e->options = config->options;
    e->flags_between = config->flags_between;
    return 0;
}

int td_hdlc_ready(const td_hdlc_encoder *e)
{
    return e->frame == NULL;
}

int td_hdlc_send(td_hdlc_encoder *e, const uint8_t *frame, size_t length)
{
    if (e->frame)
        return -EBUSY;
    if (!length || length > e->max_octets)
        return -EMSGSIZE;
    e->frame = frame;
    e->length = length;
    e->pos = 0;
    e->ones = 0;
    e->steady = 0;
    e->fcs = e->fcs_octets ? td_hdlc_fcs(frame, length) : 0;
    return 0;
}

static void put(td_hdlc_encoder *e, uint64_t bits, uint32_t n)
{
    e->acc |= bits << e->nacc;
    e->nacc += n;
}

/* Whole octets of `acc` to the line, as far as there is room. */
static inline void drain(td_hdlc_encoder *e, struct sink *sink)
{
    if (sink->end - sink->at >= 8) {
        td_store64(sink->at, td_reverse_octets(e->acc));
        sink->at += e->nacc >> 3;
        e->acc >>= e->nacc & ~7u;
        e->nacc &= 7;
        return;
    }
    while (e->nacc >= 8 && sink->at < sink->end) {
        *sink->at++ = (uint8_t)td_reverse_octets(e->acc & 0xff);
        e->acc >>= 8;
        e->nacc -= 8;
    }
}

int td_hdlc_abort(td_hdlc_encoder *e)
{
    if (!e->frame)
        return 0;
    if (e->pos) { /* else nothing of it is on the line */
        put(e, 0x7f, 7);
        e->flags_due = e->options & TD_HDLC_MARK ? 0 : 1;
        e->at_flag = 0;
    }
    e->frame = NULL;
    return 1;
}

/* Where the fifth of five ones is. */
static inline uint64_t fifth_ones(uint64_t word)
{
    uint64_t pair = word & (word << 1);
    return pair & (pair << 2) & (word << 4);
}

/* n bits of a frame, 1 to 40, with their zeros: any run of ones may be in them. */
static void put_data(td_hdlc_encoder *e, uint64_t data, uint32_t n)
{
    uint32_t ones = e->ones;
    uint64_t word = data << ones | td_ones(ones), fifth;
    n += ones;
    while ((fifth = fifth_ones(word)) != 0) {
        uint32_t upto = (uint32_t)__builtin_ctzll(fifth) + 1;
        put(e, (word & td_ones(upto)) >> ones, upto - ones + 1);
        word >>= upto;
        n -= upto;
        ones = 0;
    }
    put(e, word >> ones, n - ones);
    e->ones = n ? (uint32_t)__builtin_clzll(~(word << (64 - n)) | 1) : 0;
}

/* Put a zero behind the lowest of the ones that `ends` marks; with none marked, nothing. */
static inline uint64_t put_zero_in(uint64_t *word, uint32_t *bits, uint64_t ends)
{
    *word += *word & ~(ends ^ (ends - 1));
    *bits += ends != 0;
    return (ends & (ends - 1)) << 1;
}

/* Insert the zeros behind the fifth ones that `ends` marks; *n grows with each. The branches are
 * those of take_zeros_out. */
static inline uint64_t put_zeros_in(uint64_t word, uint64_t ends, uint32_t *n)
{
    if (ends) {
        ends = put_zero_in(&word, n, ends);
        ends = put_zero_in(&word, n, ends);
        while (ends)
            ends = put_zero_in(&word, n, ends);
    }
    return word;
}

/* The frame's octets six at a time, while line and frame have eight; stops before a run of ten
 * ones, which put_octet takes. */
static void put_frame_fast(td_hdlc_encoder *e, struct sink *sink)
{
    uint64_t acc = e->acc;
    uint32_t nacc = e->nacc, ones = e->ones;
    const uint8_t *from = e->frame + e->pos, *last = e->frame + e->length;
    uint8_t *at = sink->at;
    while (last - from >= 8 && sink->end - at >= 8) {
        uint64_t data = td_load64(from) & td_ones(STEP);
        uint64_t word = data << ones | td_ones(ones);
        uint64_t fives = fifth_ones(word);
        if (fives & (fives << 5))
            break;
        uint32_t n = STEP;
        acc |= put_zeros_in(data, (fives & ~(word << 5)) >> ones, &n) << nacc;
        uint32_t top = (uint32_t)__builtin_clzll(~(word << (64 - STEP - ones)) | 1);
        ones = top >= 5 ? top - 5 : top;
        nacc += n;
        td_store64(at, td_reverse_octets(acc));
        at += nacc >> 3;
        acc >>= nacc & ~7u;
        nacc &= 7;
        from += STEP / 8;
    }
    e->acc = acc;
    e->nacc = nacc;
    e->ones = ones;
    e->pos = (size_t)(from - e->frame);
    sink->at = at;
}

/* Put frame and FCS in; 1 when the last bit is in. */
static int put_frame(td_hdlc_encoder *e, struct sink *sink)
{
    const size_t all = e->length + e->fcs_octets;
    while (e->pos < all && sink->at < sink->end) {
        put_frame_fast(e, sink);
        if (sink->at == sink->end)
            break;
        uint64_t data = 0;
        uint32_t n = 0;
        for (; n < TAIL && e->pos < all; n += 8, e->pos++) {
            uint32_t octet = e->pos < e->length ? e->frame[e->pos]
                                                : e->fcs >> (8 * (e->pos - e->length)) & 0xff;
            data |= (uint64_t)octet << n;
        }
        put_data(e, data, n);
        drain(e, sink);
    }
    if (e->pos < all)
        return 0;
    e->frame = NULL;
    e->flags_due = e->flags_between;
    e->at_flag = 0;
    return 1;
}

/* One flag; behind a flag that ends within an octet ALIGN has it share that one's zero. */
static void put_flag(td_hdlc_encoder *e)
{
    if (e->options & TD_HDLC_ALIGN && e->at_flag && e->nacc & 7)
        put(e, FLAG >> 1, 7);
    else
        put(e, FLAG, 8);
    e->at_flag = 1;
}

/* No frame waits: flags or mark to the end of the line. */
static void put_idle(td_hdlc_encoder *e, struct sink *sink)
{
    while (sink->at < sink->end) {
        if (e->options & TD_HDLC_MARK) {
            /* Less than 15 ones behind a flag would be an abort, not mark idle. */
            put(e, e->at_flag ? 0xffff : 0xff, e->at_flag ? 16 : 8);
            e->at_flag = 0;
        } else {
            put_flag(e);
            if (e->options & TD_HDLC_ALIGN && e->nacc & 7) {
                drain(e, sink);
                continue;
            }
        }
        /* From here on each octet is like the next. */
        uint64_t unit = e->options & TD_HDLC_MARK ? 0xff : FLAG;
        drain(e, sink);
        uint64_t octet = td_reverse_octets((e->acc | unit << (e->nacc & 7)) & 0xff);
        if (e->nacc < 8)
            e->steady = (uint32_t)octet;
        memset(sink->at, (int)octet, (size_t)(sink->end - sink->at));
        sink->at = sink->end;
    }
}

/* The flags due, then either idle to the end or, a frame waiting, up to its opening flag. */
static void put_fill(td_hdlc_encoder *e, struct sink *sink)
{
    for (; e->flags_due && sink->at < sink->end; e->flags_due--) {
        put_flag(e);
        drain(e, sink);
    }
    if (!e->frame)
        put_idle(e, sink);
    if (e->at_flag || sink->at == sink->end)
        return;
    if (e->options & TD_HDLC_ALIGN && e->nacc & 7)
        put(e, 0xff >> (e->nacc & 7), 8 - (e->nacc & 7));
    put_flag(e);
    drain(e, sink);
}

int td_hdlc_encode(td_hdlc_encoder *e, uint8_t *line, size_t n, size_t *made)
{
    struct sink sink = {line, line + n};
    int sent = 0;
    if (e->steady) {
        memset(line, (int)e->steady, n);
        *made = n;
        return TD_HDLC_NONE;
    }
    drain(e, &sink);
    while (sink.at < sink.end && !sent) {
        put_fill(e, &sink);
        if (e->frame && e->at_flag && !e->flags_due)
            sent = put_frame(e, &sink);
    }
    *made = (size_t)(sink.at - line);
    return sent ? TD_HDLC_SENT : TD_HDLC_NONE;
}
