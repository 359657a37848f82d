/* Random use of an engine on lines of osmo-e1d, for the sanitizers: fuzz_e1d SEED ROUNDS.
 *
 * Descriptors of every kind and mode, servers that send anything, close, come late or never read.
 * What passes on the two good timeslots of span 1 must be what was sent, nothing missing, both ways;
 * a timeslot whose server has gone is told of and hears all ones.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "td_e1d.h"
#include "td_mtp2.h"

#define SPANS 3
#define RAW 31    /* good timeslots of span 1: octets, */
#define FRAMES 16 /* and frames */
#define SPOKEN 20000
#define BUFFERS 2048
#define IDLE 0xd5
#define ONES 0xff

struct server {
    int fd, span, timeslot;
};

static uint64_t rng;
static td_engine *engine;
static uint32_t block, depth;
static struct server servers[48];
static int n_servers, good_raw, good_frames;
static uint8_t *buffers[BUFFERS]; /* of play and record: kept to the end */
static unsigned n_buffers;
static uint32_t fed, held;                                 /* octets to the good timeslot; kept back */
static uint8_t said[SPOKEN], heard[SPOKEN], there[SPOKEN]; /* played, recorded, at the server */
static uint32_t n_there;
static uint32_t sent_out, got_out, sent_in, got_in; /* frames */
static uint32_t alarms[SPANS + 1];
static int left; /* TD_EVENT_E1D of the good octets */

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
        fprintf(stderr, "fuzz_e1d: %s\n", what);
        exit(1);
    }
}

static uint8_t *buffer(uint32_t n)
{
    uint8_t *p = malloc(n);

    check(p && n_buffers < BUFFERS, "buffers");
    buffers[n_buffers++] = p;
    memset(p, (int)draw(256), n);
    return p;
}

static uint8_t octet(uint32_t n)
{
    return (uint8_t)(n % 251);
}

/* ---- servers that do anything ---------------------------------------------------------------- */

static void give(int span, int timeslot)
{
    static const int kinds[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    int pair[2] = {-1, -1}, mode = (int)draw(2), small = 1, how = (int)draw(8), error;

    if (how == 0 && pipe(pair) < 0)
        return;
    if (how == 1)
        pair[0] = memfd_create("none", MFD_CLOEXEC);
    if (how > 2 && socketpair(AF_UNIX, how > 5 ? kinds[draw(3)] : kinds[mode], 0, pair) < 0)
        return;
    if (how > 2 && !draw(3))
        setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    error = td_e1d_timeslot(engine, span, timeslot, pair[0], draw(20) ? mode : 2);
    if (error && pair[0] >= 0)
        close(pair[0]);
    if (error == 0 && pair[1] >= 0 && n_servers < 48 && draw(10))
        servers[n_servers++] = (struct server){pair[1], span, timeslot};
    else if (pair[1] >= 0)
        close(pair[1]);
}

static void serve(struct server *server)
{
    static uint8_t octets[9000];
    uint32_t n = draw(6) ? draw(400) : draw(sizeof(octets));

    octets[draw(sizeof(octets))] = (uint8_t)draw(256);
    if (draw(3))
        (void)!send(server->fd, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (draw(8) && recv(server->fd, octets, sizeof(octets), MSG_DONTWAIT) > 0)
        ;
    if (!draw(60))
        shutdown(server->fd, draw(2) ? SHUT_WR : SHUT_RD);
    if (!draw(60)) {
        close(server->fd);
        *server = servers[--n_servers];
    }
}

/* ---- the application ------------------------------------------------------------------------- */

static void open_or_close(int span, int timeslot)
{
    td_hdlc_config hdlc = {1 + draw(400), 0, draw(2) ? TD_HDLC_MARK : draw(2) * TD_HDLC_MTP2, 1};

    switch (draw(4)) {
    case 0:
        td_slot_open_hdlc(engine, span, timeslot, &hdlc, draw(3000));
        break;
    case 1:
        td_slot_open_voice(engine, span, timeslot, TD_ALAW, (uint8_t)draw(256));
        break;
    case 2:
        td_slot_close(engine, span, timeslot);
        break;
    default:
        td_e1d_timeslot(engine, span, timeslot, -1, TD_E1D_RAW);
    }
}

static void use(int span, int timeslot)
{
    uint32_t n = 1 + draw(400);
    td_e1d_counts counts;
    uint8_t *p;

    switch (draw(8)) {
    case 0:
    case 1:
        open_or_close(span, timeslot);
        break;
    case 2:
        give(span, timeslot);
        break;
    case 3:
        if (n_buffers < BUFFERS - 8)
            td_slot_play(engine, span, timeslot, buffer(n), n, 1);
        break;
    case 4:
        if (n_buffers < BUFFERS - 8)
            td_slot_record(engine, span, timeslot, buffer(n), n, 1);
        break;
    case 5:
        td_slot_connect(engine, span, timeslot, (int)draw(SPANS + 2), (int)draw(33));
        break;
    case 6:
        if (td_e1d_counters(engine, span, timeslot, &counts) == 0)
            check(counts.waiting <= 8192, "more waits than there is room for");
        break;
    default:
        p = malloc(n);
        memset(p, (int)draw(256), n);
        td_slot_transmit(engine, span, timeslot, p, n);
        free(p);
    }
}

static void use_alarms(int span)
{
    int alarm = (int)draw(12) - 1, active = (int)draw(2);

    if (td_e1d_alarm(engine, span, alarm, active) == 0)
        alarms[span] = (alarms[span] & ~(1u << alarm)) | (uint32_t)active << alarm;
}

/* ---- the good timeslots ---------------------------------------------------------------------- */

static void feed(uint32_t n)
{
    uint8_t octets[4096];

    check(n <= sizeof(octets), "too much to feed");
    for (uint32_t i = 0; i < n; i++)
        octets[i] = octet(fed++);
    check(send(good_raw, octets, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n, "feeding");
}

/* Each block its octets, or some blocks late: what waits is there for that. */
static void serve_good(void)
{
    uint8_t frame[300];
    ssize_t n;

    held += block;
    if (held > depth || draw(3)) {
        feed(held);
        held = 0;
    }
    while ((n = recv(good_raw, frame, sizeof(frame), MSG_DONTWAIT)) > 0)
        for (ssize_t i = 0; i < n && n_there < SPOKEN; i++)
            there[n_there++] = frame[i];
    while ((n = recv(good_frames, frame, sizeof(frame), MSG_DONTWAIT)) > 0) {
        uint32_t number;

        memcpy(&number, frame, 4);
        check(n >= 8 && number == got_out && frame[n - 1] == (uint8_t)number, "a frame that we sent");
        got_out++;
    }
    n = 8 + draw(250);
    memset(frame, (int)(sent_in & 255), (size_t)n);
    memcpy(frame, &sent_in, 4);
    sent_in += send(good_frames, frame, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n;
}

static void transmit_good(void)
{
    uint8_t frame[264];
    uint32_t n = 8 + draw(250);

    memset(frame, (int)(sent_out & 255), n);
    memcpy(frame, &sent_out, 4);
    sent_out += td_slot_transmit(engine, 1, FRAMES, frame, n) == 1;
}

static void take(const td_event *event, const uint8_t *payload)
{
    uint32_t number;

    check(event->kind != TD_EVENT_LOST, "events lost");
    if (event->span != 1)
        return;
    left += event->kind == TD_EVENT_E1D && event->timeslot == RAW;
    if (event->kind != TD_EVENT_FRAME || event->timeslot != FRAMES)
        return;
    memcpy(&number, payload, 4);
    check(event->length >= 8 && number == got_in && payload[event->length - 1] == (uint8_t)number,
          "a frame that we heard");
    got_in++;
}

static void step(void)
{
    static uint8_t out[1 << 18];
    int64_t n;

    td_engine_step(engine, td_engine_time(engine) + block * UINT64_C(125000));
    n = td_engine_events(engine, out, sizeof(out));
    for (int64_t at = 0; at < n;) {
        td_event event;

        memcpy(&event, out + at, sizeof(event));
        check(event.size >= sizeof(event) && at + event.size <= n, "a record out of bounds");
        take(&event, out + at + sizeof(event));
        at += event.size;
    }
}

/* `n` octets are idle ones and then 0, 1, 2 … as many as came. */
static void check_octets(const uint8_t *octets, uint32_t n, const char *what)
{
    uint32_t at = 0;

    while (at < n && octets[at] == IDLE)
        at++;
    check(n - at > n / 4, what);
    for (uint32_t i = at; i < n; i++)
        check(octets[i] == octet(i - at), what);
}

static void begin(void)
{
    td_engine_config config = {.spans = SPANS, .ring_octets = 1 << 18, .stepped = 1, .seed = rng,
                               .soft_spans = draw(2)};
    td_hdlc_config hdlc = {264, 2, 0, 1};
    int raw[2], frames[2], error;

    config.block_frames = block = 8 + draw(153);
    depth = block + 8 + draw(1800);
    engine = td_engine_new_e1d(&config, depth, &error);
    check(engine != NULL, "no engine");
    check(td_engine_start(engine) == 0, "start");
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, raw) == 0, "sockets");
    check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, frames) == 0, "sockets");
    good_raw = raw[0];
    good_frames = frames[0];
    check(td_slot_open_voice(engine, 1, RAW, TD_ALAW, IDLE) == 0, "voice");
    check(td_slot_open_hdlc(engine, 1, FRAMES, &hdlc, 8192) == 0, "HDLC");
    check(td_e1d_timeslot(engine, 1, RAW, raw[1], TD_E1D_RAW) == 0, "octets");
    check(td_e1d_timeslot(engine, 1, FRAMES, frames[1], TD_E1D_HDLC) == 0, "frames");
    for (uint32_t i = 0; i < SPOKEN; i++)
        said[i] = octet(i);
    check(td_slot_play(engine, 1, RAW, said, SPOKEN, 1) == 0, "play");
    check(td_slot_record(engine, 1, RAW, heard, SPOKEN, 2) == 0, "record");
    feed(depth);
}

static void end(void)
{
    uint8_t *after = buffer(block * 4);
    uint32_t n = (uint32_t)td_slot_recorded(engine, 1, RAW);

    check_octets(heard, n < SPOKEN ? n : SPOKEN, "octets that we heard");
    check_octets(there, n_there, "octets that we sent");
    check(got_out > 0 && got_in > 0, "no frames at all");
    check(got_in + 64 > sent_in, "frames are missing");
    for (int span = 1; span <= SPANS; span++)
        check(td_span_alarms(engine, span) == alarms[span], "alarms");
    td_slot_stop_record(engine, 1, RAW);
    step();
    if (draw(2))
        shutdown(good_raw, SHUT_WR); /* seen by reading */
    else
        close(good_raw); /* by writing */
    step();
    check(left == 1, "a server that left is told of once");
    td_slot_record(engine, 1, RAW, after, block * 4, 3);
    for (int i = 0; i < 4; i++)
        step();
    for (uint32_t i = 0; i < block * 4; i++)
        check(after[i] == ONES, "nobody serves it: all ones");
}

int main(int argc, char **argv)
{
    uint32_t rounds = argc > 2 ? (uint32_t)atoi(argv[2]) : 0;

    check(rounds > 0, "usage: fuzz_e1d SEED ROUNDS");
    rng = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    begin();
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < 12; i++)
            use(draw(50) ? 2 + (int)draw(SPANS - 1) : 9, (int)draw(34));
        for (int i = n_servers; i-- > 0;)
            serve(&servers[i]);
        use_alarms(1 + (int)draw(SPANS));
        serve_good();
        transmit_good();
        step();
    }
    end();
    td_engine_free(engine);
    for (unsigned i = 0; i < n_buffers; i++)
        free(buffers[i]);
    while (n_servers)
        close(servers[--n_servers].fd);
    close(good_frames);
    printf("%u and %u frames\n", got_out, got_in);
    return 0;
}
