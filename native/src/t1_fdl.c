/* The data link of ESF, 4 kbit/s: codewords and messages (T1.403 9.4), both directions.
 *
 * A codeword is eight ones and 0xxxxxx0, sent again and again; messages are HDLC with an FCS. While
 * neither goes out, flags do. Yellow alarm is the codeword of zeros; a message may interrupt it.
 */
#include "t1.h"

#define CODE_BITS 16
#define PERIODS 10
#define HITS ((1u << PERIODS) - 1)
#define CODE_MASK 0xff81 /* 11111111 0xxxxxx0, in order of time */
#define CODE_IS 0xff00
#define NO_CODE 0xff

static const td_hdlc_config config = {T1_FDL_OCTETS, 2, 0, 1};

void t1_fdl_tx_init(struct t1_fdl_tx *fdl)
{
    memset(fdl, 0, sizeof(*fdl));
    td_hdlc_encoder_init(&fdl->encoder, &config);
}

int t1_fdl_send(struct t1_fdl_tx *fdl, const uint8_t *message, unsigned n)
{
    if (fdl->waiting)
        return 0;
    memcpy(fdl->message, message, n);
    fdl->waiting = (uint8_t)n;
    return 1;
}

static uint8_t reversed(uint8_t octet)
{
    uint8_t out = 0;

    for (int i = 0; i < 8; i++)
        out = (uint8_t)(out << 1 | (octet >> i & 1));
    return out;
}

/* A codeword goes out from right to left: the ones first. */
static uint8_t code_octet(struct t1_fdl_tx *fdl, uint8_t code)
{
    fdl->second = reversed(code);
    fdl->half = 1;
    fdl->open = 0;
    return 0xff;
}

/* An octet of HDLC: after a codeword a flag first. */
static uint8_t message_octet(struct t1_fdl_tx *fdl)
{
    uint8_t octet = 0;
    size_t made = 0;

    if (!fdl->open) {
        td_hdlc_encoder_init(&fdl->encoder, &config);
    } else if (fdl->waiting && !fdl->busy && !fdl->closing) {
        memcpy(fdl->sending, fdl->message, fdl->waiting);
        td_hdlc_send(&fdl->encoder, fdl->sending, fdl->waiting);
        fdl->waiting = 0;
        fdl->busy = 1;
    }
    fdl->open = 1;
    if (fdl->closing)
        fdl->closing--;
    while (!made)
        if (td_hdlc_encode(&fdl->encoder, &octet, 1, &made) == TD_HDLC_SENT) {
            fdl->busy = 0;
            fdl->messages++;
            /* What the encoder has made and not put out, a flag, and what is left of an octet. */
            fdl->closing = (uint8_t)((fdl->encoder.nacc + 8 + 7) / 8 + 1);
        }
    return octet;
}

static uint8_t next_octet(struct t1_fdl_tx *fdl, int rai)
{
    if (fdl->half) {
        fdl->half = 0;
        return fdl->second;
    }
    if (fdl->busy || fdl->closing)
        return message_octet(fdl);
    if (fdl->repeats) {
        fdl->repeats--;
        return code_octet(fdl, fdl->code);
    }
    if (rai && !fdl->waiting)
        return code_octet(fdl, TD_T1_CODE_RAI);
    return message_octet(fdl);
}

int t1_fdl_bit(struct t1_fdl_tx *fdl, int rai)
{
    int bit;

    if (!fdl->left) {
        fdl->octet = next_octet(fdl, rai);
        fdl->left = 8;
    }
    bit = fdl->octet >> 7;
    fdl->octet = (uint8_t)(fdl->octet << 1);
    fdl->left--;
    return bit;
}

/* ---- receiver -------------------------------------------------------------------------------- */

void t1_fdl_rx_init(struct t1_fdl_rx *fdl)
{
    uint64_t messages = fdl->messages, faults = fdl->faults, codes = fdl->codes;

    memset(fdl, 0, sizeof(*fdl));
    fdl->code = fdl->last = NO_CODE;
    td_hdlc_decoder_init(&fdl->decoder, &config);
    fdl->messages = messages;
    fdl->faults = faults;
    fdl->codes = codes;
}

static void octet_in(struct t1_rx *rx, uint8_t octet, uint64_t time)
{
    struct t1_fdl_rx *fdl = &rx->fdl;
    size_t done = 0;

    for (;;) {
        size_t used = 0, length = 0;
        int found = td_hdlc_decode(&fdl->decoder, &octet, 1 - done, fdl->frame, &used, &length);

        done += used;
        if (found == TD_HDLC_NONE)
            return;
        if (found == TD_HDLC_FRAME) {
            fdl->messages++;
            rx->sink.message(rx->sink.self, time, fdl->frame, (unsigned)length);
        } else {
            fdl->faults++;
        }
    }
}

/* A period of 16 bits is over, with this command or with none. */
static void command_period(struct t1_rx *rx, int code, uint64_t time)
{
    struct t1_fdl_rx *fdl = &rx->fdl;

    /* A wrong bit makes one command of another: only one that comes twice takes its place. */
    if (code != NO_CODE && code != fdl->code && code == fdl->last) {
        fdl->code = (uint8_t)code;
        fdl->hits = 1;
        fdl->told = 0;
    }
    fdl->last = (uint8_t)code;
    fdl->hits = (uint16_t)((fdl->hits << 1 | (code != NO_CODE && code == fdl->code)) & HITS);
    if (!fdl->told && (unsigned)__builtin_popcount(fdl->hits) >= T1(CODE_SET)) {
        fdl->told = 1;
        fdl->codes++;
        rx->sink.code(rx->sink.self, time, fdl->code);
    }
    if (!fdl->hits)
        fdl->told = 0;
}

static void rai_period(struct t1_rx *rx, int heard, uint64_t time)
{
    struct t1_fdl_rx *fdl = &rx->fdl;

    fdl->rai_hits = (uint16_t)((fdl->rai_hits << 1 | heard) & HITS);
    if (heard)
        fdl->rai_absent = 0;
    else if (fdl->rai_absent < T1(RAI_CLEAR))
        fdl->rai_absent++;
    if ((unsigned)__builtin_popcount(fdl->rai_hits) >= T1(CODE_SET))
        t1_set_alarm(rx, T1_RAI, 1, time);
    else if (fdl->rai_absent >= T1(RAI_CLEAR))
        t1_set_alarm(rx, T1_RAI, 0, time);
}

static void code_bit(struct t1_rx *rx, unsigned bit, uint64_t time)
{
    struct t1_fdl_rx *fdl = &rx->fdl;
    int code = NO_CODE;

    fdl->shift = (uint16_t)(fdl->shift << 1 | bit);
    if ((fdl->shift & CODE_MASK) == CODE_IS)
        code = reversed((uint8_t)fdl->shift);
    else if (++fdl->since < CODE_BITS)
        return;
    fdl->since = 0;
    command_period(rx, code == TD_T1_CODE_RAI ? NO_CODE : code, time);
    rai_period(rx, code == TD_T1_CODE_RAI, time);
}

void t1_fdl_rx_bit(struct t1_rx *rx, unsigned bit, uint64_t time)
{
    struct t1_fdl_rx *fdl = &rx->fdl;

    code_bit(rx, bit, time);
    fdl->octet = (uint8_t)(fdl->octet << 1 | bit);
    if (++fdl->bits == 8) {
        fdl->bits = 0;
        octet_in(rx, fdl->octet, time);
    }
}
