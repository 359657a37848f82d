/* HDLC of trunkd and of libosmocore side by side: the same frames, the same blocks, one thread.
 *
 *   hdlc_peer frames|setups|idle BLOCK SECONDS
 *
 * Prints "ours MB/s peer MB/s": frame octets (idle: line octets) through encoder and decoder,
 * divided by the time of both. Each side must give every frame back, else exit status 1. */
#include <osmocom/core/isdnhdlc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trunkd_native.h"

#define FRAMES 4000
#define MAX_OCTETS 264
#define LINE (4 << 20)

static uint8_t frames[FRAMES][MAX_OCTETS];
static size_t lengths[FRAMES], total;
static uint8_t line[LINE];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "hdlc_peer: %s\n", what);
    exit(1);
}

static uint64_t draw(void)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x >> 24;
}

/* A SETUP in an I frame: N(S), N(R), call reference, channel and the digits differ. */
static size_t make_setup(uint8_t *p)
{
    static const uint8_t model[] = {
        0x00, 0x01, 0x00, 0x00, 0x08, 0x02, 0x00, 0x01, 0x05, 0x04, 0x03, 0x80, 0x90, 0xa3,
        0x18, 0x03, 0xa9, 0x83, 0x81, 0x6c, 0x0c, 0x21, 0x83, '0',  '0',  '0',  '0',  '0',
        '0',  '0',  '0',  '0',  '0',  0x70, 0x08, 0x81, '0',  '0',  '0',  '0',  '0',  '0',
        '0',
    };
    memcpy(p, model, sizeof model);
    p[2] = (uint8_t)(draw() & 0xfe);
    p[3] = (uint8_t)(draw() & 0xfe);
    p[7] = (uint8_t)draw();
    p[18] = (uint8_t)(0x80 | (1 + draw() % 31));
    for (size_t k = 0; k < sizeof model; k++)
        p[k] = (uint8_t)(p[k] == '0' ? '0' + draw() % 10 : p[k]);
    return sizeof model;
}

/* Random octets, lengths evenly from a Q.921 supervisory frame to the longest; or SETUPs. */
static void make_frames(int setups)
{
    for (int i = 0; i < FRAMES; i++) {
        for (size_t k = 0; k < MAX_OCTETS; k++)
            frames[i][k] = (uint8_t)draw();
        lengths[i] = setups ? make_setup(frames[i]) : 4 + draw() % (MAX_OCTETS - 3);
        total += lengths[i];
    }
}

static void *state(size_t size)
{
    void *p = calloc(1, size);
    return p ? p : (fail("no memory"), NULL);
}

/* Encode `count` frames, or idle when 0, into whole blocks; returns the line's octets. */
static size_t ours_encode(td_hdlc_encoder *e, int count, size_t block)
{
    size_t at = 0, made;
    int next = 0;
    while (count ? next < count || !td_hdlc_ready(e) : at + block <= LINE) {
        for (size_t room = block; room; room -= made, at += made) {
            if (next < count && td_hdlc_ready(e)) {
                td_hdlc_send(e, frames[next], lengths[next]);
                next++;
            }
            td_hdlc_encode(e, line + at, room, &made);
        }
    }
    return at;
}

static int ours_decode(td_hdlc_decoder *d, size_t n, size_t block, int check)
{
    static uint8_t frame[MAX_OCTETS + TD_HDLC_SLACK];
    int got = 0;
    for (size_t at = 0; at < n; at += block) {
        size_t used, length, from = 0;
        int found;
        while ((found = td_hdlc_decode(d, line + at + from, block - from, frame, &used, &length))) {
            from += used;
            if (found != TD_HDLC_FRAME)
                fail("our decoder found a fault");
            if (check && (length != lengths[got] || memcmp(frame, frames[got], length)))
                fail("our frame differs");
            got++;
        }
    }
    return got;
}

static size_t peer_encode(struct osmo_isdnhdlc_vars *h, int count, size_t block)
{
    size_t at = 0, from = 0;
    int next = 0, used;
    while (count ? next < count : at + block <= LINE) {
        for (size_t room = block; room;) {
            size_t left = next < count ? lengths[next] - from : 0;
            int made = osmo_isdnhdlc_encode(h, next < count ? frames[next] + from : NULL,
                                            (uint16_t)left, &used, line + at, (int)room);
            if (made < 0)
                fail("the peer's encoder failed");
            at += (size_t)made;
            room -= (size_t)made;
            from += (size_t)used;
            if (next < count && from == lengths[next])
                next++, from = 0;
        }
    }
    return at;
}

static int peer_decode(struct osmo_isdnhdlc_vars *h, size_t n, size_t block, int check)
{
    static uint8_t frame[MAX_OCTETS + 16];
    int got = 0, used;
    for (size_t at = 0; at < n; at += block) {
        for (size_t from = 0; from < block; from += (size_t)used) {
            int length = osmo_isdnhdlc_decode(h, line + at + from, (int)(block - from), &used,
                                              frame, sizeof frame);
            if (length < 0)
                fail("the peer's decoder found a fault");
            if (!length)
                continue;
            if (check && ((size_t)length != lengths[got] || memcmp(frame, frames[got], lengths[got])))
                fail("the peer's frame differs");
            got++;
        }
    }
    return got;
}

/* The last frame's closing flag may lie behind the last block. */
static void all_there(int got, int count, const char *what)
{
    if (got != count && got != count - 1)
        fail(what);
}

/* One round of our side in CPU seconds. */
static double ours(int count, size_t block, int check)
{
    static td_hdlc_encoder *e;
    static td_hdlc_decoder *d;
    const td_hdlc_config config = {MAX_OCTETS, 2, 0, 1};
    if (!e)
        e = state(td_hdlc_encoder_size()), d = state(td_hdlc_decoder_size());
    td_hdlc_encoder_init(e, &config);
    td_hdlc_decoder_init(d, &config);
    double start = now();
    size_t n = ours_encode(e, count, block);
    int got = ours_decode(d, n, block, check);
    double spent = now() - start;
    all_there(got, count, "our decoder lost frames");
    return spent;
}

static double peer(int count, size_t block, int check)
{
    struct osmo_isdnhdlc_vars out, in;
    /* Ours is the line order of a timeslot, MSB first. */
    osmo_isdnhdlc_out_init(&out, OSMO_HDLC_F_BITREVERSE);
    osmo_isdnhdlc_rcv_init(&in, OSMO_HDLC_F_BITREVERSE);
    double start = now();
    size_t n = peer_encode(&out, count, block);
    int got = peer_decode(&in, n, block, check);
    double spent = now() - start;
    all_there(got, count, "the peer's decoder lost frames");
    return spent;
}

/* Rounds of both sides in turn, the best of each: what else the machine does hits both. */
int main(int argc, char **argv)
{
    if (argc != 4)
        fail("usage: hdlc_peer frames|setups|idle BLOCK SECONDS");
    int count = strcmp(argv[1], "idle") ? FRAMES : 0;
    size_t block = (size_t)atoi(argv[2]);
    double limit = atof(argv[3]), ours_best = 1e9, peer_best = 1e9;
    make_frames(!strcmp(argv[1], "setups"));
    double start = now();
    for (int round = 0; round < 3 || now() - start < limit; round++) {
        for (int k = 0; k < 4; k++) {
            double t = ours(count, block, !round);
            ours_best = t < ours_best ? t : ours_best;
        }
        double t = peer(count, block, !round);
        peer_best = t < peer_best ? t : peer_best;
    }
    double octets = count ? (double)total : (double)(LINE / block * block);
    printf("%.1f %.1f\n", octets / ours_best / 1e6, octets / peer_best / 1e6);
    return 0;
}
