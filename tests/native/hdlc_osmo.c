/* Our encoder into libosmocore's decoder and the other way about, in random pieces.
 *
 *   hdlc_osmo SEED FRAMES MARK
 *
 * Exit 0 when every frame arrived on both ways; else 1 and a word on stderr. */
#include <osmocom/core/isdnhdlc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trunkd_native.h"

#define MAX_OCTETS 260
/* libosmocore otherwise takes the LSB of a line octet as sent first. */
#define LINE_ORDER OSMO_HDLC_F_BITREVERSE

static uint8_t frames[2000][MAX_OCTETS];
static size_t lengths[2000];
static int count;

static void check(int good, const char *what, int at)
{
    if (!good) {
        fprintf(stderr, "hdlc_osmo: %s (frame %d)\n", what, at);
        exit(1);
    }
}

static void peer_reads(struct osmo_isdnhdlc_vars *peer, const uint8_t *line, int n, int *got)
{
    static uint8_t frame[512];
    while (n > 0) {
        int used, length = osmo_isdnhdlc_decode(peer, line, n, &used, frame, sizeof frame);
        line += used;
        n -= used;
        check(length >= 0, "libosmocore found a fault in our line", *got);
        if (!length)
            continue;
        check((size_t)length == lengths[*got] && !memcmp(frame, frames[*got], lengths[*got]),
              "libosmocore read another frame", *got);
        ++*got;
    }
}

static void ours_to_peer(int mark, int between)
{
    const td_hdlc_config config = {MAX_OCTETS, 2, mark ? TD_HDLC_MARK : 0, (uint32_t)between};
    td_hdlc_encoder *e = malloc(td_hdlc_encoder_size());
    struct osmo_isdnhdlc_vars peer;
    int sent = 0, got = 0;
    td_hdlc_encoder_init(e, &config);
    osmo_isdnhdlc_rcv_init(&peer, LINE_ORDER | (mark ? OSMO_HDLC_F_DCHANNEL : 0));
    for (int spare = 20; spare; spare -= sent == count && td_hdlc_ready(e)) {
        uint8_t line[64];
        size_t piece = 1 + (size_t)rand() % sizeof line, made;
        for (size_t at = 0; at < piece; at += made) {
            if (sent < count && td_hdlc_ready(e) && rand() % 3)
                td_hdlc_send(e, frames[sent], lengths[sent]), sent++;
            td_hdlc_encode(e, line + at, piece - at, &made);
        }
        peer_reads(&peer, line, (int)piece, &got);
    }
    check(got == count, "libosmocore lost frames", got);
    free(e);
}

static void ours_read(td_hdlc_decoder *d, const uint8_t *line, size_t n, int *got)
{
    static uint8_t frame[MAX_OCTETS + TD_HDLC_SLACK];
    size_t used, length;
    int found;
    while ((found = td_hdlc_decode(d, line, n, frame, &used, &length))) {
        line += used;
        n -= used;
        check(found == TD_HDLC_FRAME, "we found a fault in libosmocore's line", *got);
        check(length == lengths[*got] && !memcmp(frame, frames[*got], length),
              "we read another frame", *got);
        ++*got;
    }
}

/* Its mark mode keeps the FCS of one frame for the next, which not even its own decoder then takes
 * (seen with 1.7.0): there each frame gets an encoder begun afresh and room for all of it. */
static void peer_to_ours(int mark)
{
    const td_hdlc_config config = {MAX_OCTETS, 2, 0, 1};
    const uint32_t features = LINE_ORDER | (mark ? OSMO_HDLC_F_DCHANNEL : 0);
    td_hdlc_decoder *d = malloc(td_hdlc_decoder_size());
    struct osmo_isdnhdlc_vars peer;
    int sent = 0, got = 0, from = 0;
    td_hdlc_decoder_init(d, &config);
    osmo_isdnhdlc_out_init(&peer, features);
    for (int spare = mark ? 0 : 20; sent < count || spare > 0; spare -= sent == count) {
        uint8_t line[2 * MAX_OCTETS];
        int used, piece = mark ? (int)sizeof line : 1 + rand() % 64;
        int left = sent < count ? (int)lengths[sent] - from : 0;
        if (mark)
            osmo_isdnhdlc_out_init(&peer, features);
        int made = osmo_isdnhdlc_encode(&peer, sent < count ? frames[sent] + from : NULL,
                                        (uint16_t)left, &used, line, piece);
        check(made >= 0, "libosmocore failed to encode", sent);
        if (sent < count && (from += used) == (int)lengths[sent])
            sent++, from = 0;
        ours_read(d, line, (size_t)made, &got);
    }
    check(got == count, "we lost frames", got);
    free(d);
}

int main(int argc, char **argv)
{
    check(argc == 4, "usage: hdlc_osmo SEED FRAMES MARK", 0);
    srand((unsigned)atoi(argv[1]));
    count = atoi(argv[2]);
    for (int i = 0; i < count; i++) {
        lengths[i] = 2 + (size_t)rand() % (MAX_OCTETS - 1);
        for (size_t k = 0; k < lengths[i]; k++)
            frames[i][k] = (uint8_t)(rand() % 4 ? rand() : 0xff);
    }
    for (int between = 1; between <= 3; between++)
        ours_to_peer(atoi(argv[3]), between);
    peer_to_ours(atoi(argv[3]));
    return 0;
}
