/* Random use of the whole engine, for the sanitizers.
 *
 *   fuzz_engine SEED ROUNDS            ASan and UBSan: every call, cables with all faults, ports
 *   fuzz_engine SEED ROUNDS threads    TSan: the same from one thread while the engine runs
 *
 * Buffers have just the size promised. Frames that arrive on an unimpaired pair must be those sent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "td_media.h"
#include "td_mtp2.h"
#include "td_player.h"
#include "td_recorder.h"
#include "td_t1.h"

#define SPANS 6
#define CLEAN 5 /* spans 5 and 6 are joined by a good cable; clean_slot carries numbered frames */
#define BUFFERS 4096
#define LIMIT_NS UINT64_C(20000000000) /* for the last frames to arrive */

static uint64_t rng;
static td_engine *engine;
static uint8_t *buffers[BUFFERS]; /* of play and record: kept to the end */
static unsigned n_buffers;
static int sockets[64], n_sockets;
static uint32_t sent, got;
static int clean_slot;

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
        fprintf(stderr, "fuzz_engine: %s\n", what);
        exit(1);
    }
}

static uint8_t *buffer(uint32_t n)
{
    uint8_t *p = malloc(n);

    check(n_buffers < BUFFERS, "too many buffers");
    buffers[n_buffers++] = p;
    memset(p, (int)draw(256), n);
    return p;
}

static void make_port(int span, int timeslot)
{
    int pair[2];

    if (n_sockets == 64 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) < 0)
        return;
    if (td_port_attach(engine, span, timeslot, 1 + (int)draw(4), pair[1], 2 + draw(300)) < 0) {
        close(pair[0]);
        close(pair[1]);
    } else {
        sockets[n_sockets++] = pair[0];
    }
}

static void use_sockets(void)
{
    uint8_t packet[2000];

    for (int i = 0; i < n_sockets; i++) {
        uint32_t n = draw(4) ? draw(300) + 1 : draw(2000) + 1;

        for (uint32_t j = 0; j < n; j++)
            packet[j] = (uint8_t)draw(256);
        packet[0] = draw(2) ? packet[0] : (draw(2) ? 'A' : 'C');
        if (draw(2))
            (void)!send(sockets[i], packet, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        while (draw(3) && recv(sockets[i], packet, sizeof(packet), MSG_DONTWAIT) > 0)
            ;
        if (!draw(200)) {
            close(sockets[i]);
            sockets[i] = sockets[--n_sockets];
        }
    }
}

static void open_or_close(int span, int timeslot)
{
    td_hdlc_config hdlc = {1 + draw(400), 0, draw(2) ? TD_HDLC_MARK : draw(2) * TD_HDLC_MTP2, 1};

    hdlc.options |= draw(4) ? 0 : TD_HDLC_56K;

    switch (draw(4)) {
    case 0:
        td_slot_open_hdlc(engine, span, timeslot, &hdlc, draw(3000));
        break;
    case 1:
        td_slot_open_voice(engine, span, timeslot, draw(2) ? TD_ALAW : TD_ULAW, (uint8_t)draw(256));
        break;
    case 2:
        td_slot_close(engine, span, timeslot);
        break;
    default:
        make_port(span, timeslot);
    }
}

static void use_voice(int span, int timeslot)
{
    uint32_t n = 1 + draw(900);

    switch (draw(5)) {
    case 0:
        if (n_buffers < BUFFERS - 8)
            td_slot_play(engine, span, timeslot, buffer(n), n, draw(100));
        break;
    case 1:
        if (n_buffers < BUFFERS - 8)
            td_slot_record(engine, span, timeslot, buffer(n), n, draw(100));
        break;
    case 2:
        td_slot_stop_play(engine, span, timeslot);
        break;
    case 3:
        td_slot_stop_record(engine, span, timeslot);
        break;
    default:
        td_slot_connect(engine, span, timeslot, (int)draw(SPANS + 2), (int)draw(33));
    }
}

static void make_item(td_play_item *item, td_cadence_step *steps)
{
    *item = (td_play_item){.kind = 1 + (int)draw(3), .coding = (int)draw(3), .steps = steps,
                           .samples = draw(700), .damaged = !draw(20)};
    if (item->kind == TD_ITEM_OCTETS && item->samples)
        item->octets = buffer((uint32_t)item->samples);
    item->n_steps = 1 + draw(3);
    item->repeat_from = draw(item->n_steps + 2);
    for (uint32_t i = 0; i < 3; i++)
        steps[i] = (td_cadence_step){.frequency = {draw(4001), draw(3) ? 0 : draw(3900)},
                                     .level = {-10, -(double)draw(60)}, .am_hz = draw(40),
                                     .am_depth = draw(2) / 2.0, .samples = draw(900),
                                     .reversal = draw(4) ? 0 : draw(500)};
}

static void use_player(int span, int timeslot)
{
    td_play_options options = {.start = draw(3) ? 0 : draw(2000), .times = draw(4),
                               .volume = draw(2) ? 0 : (int32_t)draw(9500) - 6200,
                               .speed = draw(2) ? 1000 : 450 + draw(1600),
                               .stop_digits = draw(3) ? 0 : draw(70000), .stop_on_voice = !draw(3),
                               .paused = !draw(5)};
    td_cadence_step steps[4][3];
    td_play_item items[4];
    uint32_t n = draw(5);

    for (int i = 0; i < 4; i++) {
        td_slot_play_control(engine, span, timeslot, (int)draw(8), (int64_t)draw(4200) - 1500);
        td_slot_play_position(engine, span, timeslot);
    }
    if (n_buffers > BUFFERS - 16)
        return;
    for (uint32_t i = 0; i < n; i++)
        make_item(&items[i], steps[i]);
    td_slot_listen(engine, span, timeslot, draw(2) ? TD_LISTEN_DTMF | TD_LISTEN_LEVEL : 0);
    td_slot_play_list(engine, span, timeslot, items, n, draw(3) ? &options : NULL, draw(100));
    memset(steps, 0xff, sizeof(steps)); /* they are copied */
    memset(items, 0xff, sizeof(items));
}

static void use_recorder(int span, int timeslot)
{
    int fd = memfd_create("recording", MFD_CLOEXEC);
    td_record_config config = {
        .fd = draw(20) ? fd : -1, .what = draw(5), .encoding = draw(4), .options = draw(4),
        .data_start = 58, .data_octets = draw(3) ? 0 : 4 * draw(1000),
        .riff_size_at = draw(2) ? 4 : 0, .data_size_at = draw(2) ? 54 : 0,
        .fact_count_at = draw(2) ? 46 : 500, .prerecord_ms = draw(3) ? 0 : draw(400),
        .max_samples = draw(2) ? 0 : draw(4000), .initial_silence_ms = draw(2) ? 0 : draw(700),
        .silence_ms = draw(2) ? 0 : draw(700), .stop_digits = draw(2) ? 0 : draw(65536),
        .buffer_ms = draw(2) ? 0 : draw(70000)};
    td_recorder_stats stats;

    check(fd >= 0 && ftruncate(fd, 100000) == 0, "memfd");
    td_slot_listen(engine, span, timeslot, draw(2) ? TD_LISTEN_DTMF | TD_LISTEN_LEVEL : 0);
    if (!draw(3))
        td_slot_prerecord(engine, span, timeslot, draw(3) ? 300 : draw(500));
    td_slot_record_start(engine, span, timeslot, &config, draw(100));
    close(fd); /* the recorder has its own */
    if (!draw(3))
        td_slot_record_control(engine, span, timeslot, (int)draw(4));
    if (!draw(40))
        td_recorder_flush(engine);
    td_recorder_get_stats(engine, &stats);
    check(stats.errors == 0, "a recording failed");
}

static void use_timeslot(int span, int timeslot)
{
    td_slot_counts counts;
    td_mtp2_counts mtp2;
    uint32_t n = draw(3) ? draw(420) : 3 + draw(3);
    uint8_t *p;

    switch (draw(8)) {
    case 0:
    case 1:
        open_or_close(span, timeslot);
        break;
    case 2:
    case 3:
        if (draw(2))
            use_voice(span, timeslot);
        else if (draw(2))
            use_player(span, timeslot);
        else
            use_recorder(span, timeslot);
        break;
    case 4:
        td_slot_set_bits(engine, span, timeslot, (int)draw(17));
        td_slot_bits(engine, span, timeslot);
        td_slot_counters(engine, span, timeslot, &counts);
        td_slot_mtp2_counters(engine, span, timeslot, &mtp2);
        td_slot_playing(engine, span, timeslot);
        td_slot_recorded(engine, span, timeslot);
        break;
    default:
        p = malloc(n ? n : 1);
        memset(p, (int)draw(256), n);
        if (n >= 3 && n <= 5 && draw(2))
            p[2] = (uint8_t)(n - 3); /* a fill-in of MTP2 */
        td_slot_transmit(engine, span, timeslot, p, n);
        free(p);
    }
}

static void use_line(int span)
{
    td_impairment is = {.ber = draw(2) ? draw(1000) / 1e5 : 0,
                        .bursts_per_second = draw(3) ? 0 : draw(2000),
                        .burst_density = (1 + draw(1000)) / 1e3,
                        .burst_bits = 1 + draw(3000),
                        .ppb = draw(2) ? (int32_t)draw(2000001) - 1000000 : 0,
                        .delay_blocks = draw(4) ? 0 : draw(40)};
    td_span_counts counts;
    td_t1_counts t1;

    switch (draw(9)) {
    case 0:
        td_line_connect(engine, (int)draw(CLEAN), span);
        break;
    case 1:
        td_line_state(engine, span, (int)draw(4));
        break;
    case 2:
    case 3:
        td_line_impair(engine, span, &is);
        break;
    case 4:
        td_line_slip(engine, span, draw(2) ? 1 : -1);
        break;
    case 5:
        td_line_slip_bit(engine, span, draw(2) ? 1 : -1);
        break;
    case 6:
        td_span_loopback(engine, span, (int)draw(4));
        td_span_send_code(engine, span, (int)draw(64) << 1, (int)draw(20));
        break;
    case 7:
        td_span_send_ais(engine, span, !draw(3));
        break;
    default:
        td_span_counters(engine, span, &counts);
        td_span_t1_counters(engine, span, &t1);
        td_span_looped(engine, span);
        td_span_alarms(engine, span);
    }
}

static void send_clean(void)
{
    uint8_t frame[64];
    uint32_t n = 8 + draw(56);

    memset(frame, (int)(sent & 255), n);
    memcpy(frame, &sent, 4);
    if (td_slot_transmit(engine, CLEAN, clean_slot, frame, n) == 1)
        sent++;
}

static void take_events(void)
{
    static uint8_t out[1 << 16];
    int64_t n = td_engine_events(engine, out, draw(4) ? sizeof(out) : 1024);

    for (int64_t at = 0; at < n;) {
        td_event event;

        memcpy(&event, out + at, sizeof(event));
        check(event.size >= sizeof(event) && at + event.size <= n, "a record out of bounds");
        if (event.kind == TD_EVENT_FRAME && event.span == CLEAN + 1 && event.timeslot == clean_slot) {
            uint32_t number;

            memcpy(&number, out + at + sizeof(event), 4);
            check(number == got, "a frame was lost or changed on the good cable");
            check(out[at + sizeof(event) + 5] == (uint8_t)number, "octets changed");
            got++;
        }
        at += event.size;
    }
}

/* The clean pair is ESF, so that yellow alarm touches no octet. */
static void begin_t1(int span)
{
    td_t1_config config = {span >= CLEAN ? TD_T1_ESF : draw(2), draw(16) & ~TD_T1_AMI,
                           draw(1 << 24) << 1, 0};

    config.options |= span >= CLEAN ? 0 : draw(2) * TD_T1_AMI;
    check(td_span_set_kind(engine, span, TD_SPAN_T1) == 0, "kind");
    check(td_span_configure_t1(engine, span, &config) == 0, "T1");
}

static void begin(int stepped, uint32_t block)
{
    td_engine_config config = {.spans = SPANS, .block_frames = block, .ring_octets = 1 << 20,
                               .stepped = (uint32_t)stepped, .seed = rng};
    td_hdlc_config hdlc = {264, 2, 0, 1};
    int error, t1 = draw(2) != 0;

    clean_slot = t1 ? 24 : 31;
    engine = td_engine_new_sim(&config, &error);
    check(engine != NULL, "no engine");
    for (int span = 1; span <= SPANS; span++)
        if (span == 3 || span == 4 || (span >= CLEAN && t1))
            begin_t1(span);
        else
            check(td_span_configure(engine, span, (int)draw(2), span < CLEAN && draw(2)) == 0,
                  "span");
    for (int span = 1; span <= SPANS; span += 2) {
        td_line_connect(engine, span, span + 1);
        td_line_connect(engine, span + 1, span);
    }
    check(td_slot_open_hdlc(engine, CLEAN, clean_slot, &hdlc, 8192) == 0, "open");
    check(td_slot_open_hdlc(engine, CLEAN + 1, clean_slot, &hdlc, 8192) == 0, "open");
    check(td_engine_start(engine) == 0, "start");
}

static void wait_a_little(int stepped, uint64_t *time, uint64_t ns)
{
    struct pollfd fd = {td_engine_fileno(engine), POLLIN, 0};

    *time += ns;
    if (!stepped) {
        poll(&fd, 1, 1);
        take_events();
        return;
    }
    while (td_engine_time(engine) + 20000000 < *time || draw(2)) {
        if (!td_engine_step(engine, *time) && td_engine_time(engine) + 20000000 >= *time)
            break;
        take_events();
    }
}

int main(int argc, char **argv)
{
    int stepped = argc == 3;
    uint32_t rounds = argc > 2 ? (uint32_t)atoi(argv[2]) : 0;
    uint64_t time = 0, begun;

    check(rounds > 0, "usage: fuzz_engine SEED ROUNDS [threads]");
    rng = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    begin(stepped, 8 + draw(stepped ? 153 : 9));
    begun = td_engine_time(engine);
    /* Frames count from when both framers of the good cable stand. */
    while (td_engine_time(engine) < begun + 60000000)
        wait_a_little(stepped, &time, 25000000);
    for (uint32_t round = 0; round < rounds; round++) {
        int span = 1 + (int)draw(CLEAN - 1);

        for (int i = 0; i < 8; i++)
            use_timeslot(1 + (int)draw(CLEAN - 1), (int)draw(33));
        use_timeslot(CLEAN + (int)draw(2), (int)draw((uint32_t)clean_slot));
        use_line(span);
        use_sockets();
        send_clean();
        wait_a_little(stepped, &time, draw(30000000));
    }
    for (begun = td_engine_time(engine); got < sent && td_engine_time(engine) < begun + LIMIT_NS;)
        wait_a_little(stepped, &time, 30000000);
    check(got == sent && got > rounds / 8, "frames are missing on the good cable");
    td_engine_free(engine);
    for (unsigned i = 0; i < n_buffers; i++)
        free(buffers[i]);
    for (int i = 0; i < n_sockets; i++)
        close(sockets[i]);
    printf("%u frames\n", got);
    return 0;
}
