/* Random use of HDLC and G.711 under ASan and UBSan: every buffer has just the size promised.
 *
 *   fuzz_hdlc SEED ROUNDS
 *
 * Frames go through encoder and decoder in random pieces, over a line that is shifted by some bits
 * and sometimes hit by errors; without errors each frame must come back. Exit 1 on any difference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trunkd_native.h"

static uint64_t rng;

static uint32_t draw(uint32_t below)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (uint32_t)((rng >> 32) % below);
}

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_hdlc: %s\n", what);
        exit(1);
    }
}

/* Octets that lean to ones now and then. */
static uint8_t *octets(size_t n)
{
    uint8_t *p = malloc(n ? n : 1);
    int heavy = !draw(3);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(draw(256) | (heavy ? draw(256) | draw(256) : 0));
    return p;
}

struct batch {
    uint8_t *frame[32];
    size_t length[32];
    uint32_t n, sent, got;
};

static uint8_t *encode(struct batch *b, td_hdlc_config config, size_t *n)
{
    size_t size = 0, at = 0, made;
    int closed = 0; /* there was room behind the last frame, for its closing flag */
    for (uint32_t i = 0; i < b->n; i++)
        size += b->length[i] * 5 / 4 + 8 + config.flags_between;
    size += 64;
    uint8_t *line = malloc(size);
    td_hdlc_encoder *e = malloc(td_hdlc_encoder_size());
    check(!td_hdlc_encoder_init(e, &config), "encoder refused");
    while (at < size) {
        size_t piece = 1 + draw(40);
        if (piece > size - at)
            piece = size - at;
        uint8_t *part = malloc(piece);
        for (size_t k = 0; k < piece; k += made) {
            if (b->sent < b->n && td_hdlc_ready(e) && draw(3)) {
                check(!td_hdlc_send(e, b->frame[b->sent], b->length[b->sent]), "frame refused");
                b->sent++;
            }
            int found = td_hdlc_encode(e, part + k, piece - k, &made);
            check(found == TD_HDLC_NONE ? k + made == piece : found == TD_HDLC_SENT, "encode");
        }
        memcpy(line + at, part, piece);
        free(part);
        at += piece;
        if (at == size && !closed) {
            closed = b->sent == b->n && td_hdlc_ready(e);
            line = realloc(line, size += 64);
        }
    }
    free(e);
    *n = size;
    return line;
}

/* The line later by `shift` bits. */
static void shift_line(uint8_t *line, size_t n, uint32_t shift)
{
    for (size_t i = n; shift && i--;)
        line[i] = (uint8_t)(line[i] >> shift | (i ? line[i - 1] << (8 - shift) : 0xff00 >> shift));
}

static void decode(struct batch *b, td_hdlc_config config, const uint8_t *line, size_t n, int clean)
{
    td_hdlc_decoder *d = malloc(td_hdlc_decoder_size());
    uint8_t *frame = malloc(config.max_octets + TD_HDLC_SLACK);
    check(!td_hdlc_decoder_init(d, &config), "decoder refused");
    for (size_t at = 0, piece; at < n; at += piece) {
        piece = 1 + draw(40);
        if (piece > n - at)
            piece = n - at;
        uint8_t *part = malloc(piece);
        memcpy(part, line + at, piece);
        size_t used, length;
        for (size_t k = 0;; k += used) {
            int found = td_hdlc_decode(d, part + k, piece - k, frame, &used, &length);
            check(k + used <= piece && length <= config.max_octets + TD_HDLC_SLACK, "decode");
            if (!found) {
                check(k + used == piece, "octets left");
                break;
            }
            if (!clean || found == TD_HDLC_FLAG || found == TD_HDLC_IDLE)
                continue;
            check(found == TD_HDLC_FRAME && b->got < b->n, "no frame");
            check(length == b->length[b->got] && !memcmp(frame, b->frame[b->got], length), "frame");
            b->got++;
        }
        free(part);
    }
    td_hdlc_counts counts;
    td_hdlc_decoder_counts(d, &counts);
    check(!clean || counts.frames == b->n, "frames lost");
    free(frame);
    free(d);
}

static void hdlc_round(void)
{
    td_hdlc_config config = {1 + draw(300), 0, draw(32), 1 + draw(3)};
    struct batch b = {.n = draw(32)};
    for (uint32_t i = 0; i < b.n; i++) {
        b.length[i] = 1 + draw(config.max_octets);
        b.frame[i] = octets(b.length[i]);
    }
    size_t n;
    uint8_t *line = encode(&b, config, &n);
    int clean = draw(3) != 0;
    shift_line(line, n, draw(8));
    for (uint32_t k = clean ? 0 : 1 + draw(200); k; k--)
        line[draw((uint32_t)n)] ^= (uint8_t)(1 << draw(8));
    config.min_octets = clean ? 0 : draw(config.max_octets + 1);
    decode(&b, config, line, n, clean);
    free(line);
    line = octets(n);
    decode(&b, config, line, n, 0);
    free(line);
    for (uint32_t i = 0; i < b.n; i++)
        free(b.frame[i]);
}

/* The FCS a bit at a time. */
static void fcs_round(void)
{
    size_t n = draw(300);
    uint8_t *p = octets(n);
    uint32_t crc = 0xffff;
    for (size_t i = 0; i < 8 * n; i++)
        crc = crc >> 1 ^ ((crc ^ p[i / 8] >> i % 8) & 1 ? 0x8408 : 0);
    check(td_hdlc_fcs(p, n) == (crc ^ 0xffff), "FCS");
    free(p);
}

static void g711_round(void)
{
    size_t n = draw(200);
    uint8_t *law = octets(n);
    uint8_t *back = malloc(n ? n : 1);
    int16_t *pcm = malloc(n ? 2 * n : 1);
    td_alaw_decode(law, pcm, n);
    td_alaw_encode(pcm, back, n);
    check(!memcmp(law, back, n), "A-law");
    td_ulaw_decode(law, pcm, n);
    td_ulaw_encode(pcm, back, n);
    for (size_t i = 0; i < n; i++)
        check(back[i] == law[i] || (law[i] == 0x7f && back[i] == 0xff), "mu-law");
    td_alaw_to_ulaw(law, back, n);
    td_ulaw_to_alaw(back, back, n);
    free(law);
    free(back);
    free(pcm);
}

int main(int argc, char **argv)
{
    check(argc == 3, "usage: fuzz_hdlc SEED ROUNDS");
    rng = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    for (int rounds = atoi(argv[2]); rounds; rounds--) {
        hdlc_round();
        fcs_round();
        g711_round();
    }
    return 0;
}
