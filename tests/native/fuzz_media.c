/* Random use of the media core of two engines, for the sanitizers.
 *
 *   fuzz_media SEED ROUNDS            ASan and UBSan: both engines are stepped
 *   fuzz_media SEED ROUNDS threads    TSan: the same from one thread while both engines run
 *
 * Soft and line spans of both laws listen, are conditioned, cancel echoes, are in conferences, are
 * connected, bridged and given sockets, and end all that in any order. One thing stays as it is
 * throughout: a conference of three on soft channels nobody else touches, whose members must hear
 * each other when all is over.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "td_media.h"
#include "td_player.h"
#include "td_stream.h"

#define LINES 4
#define SOFT 3
#define USED (LINES + SOFT - 1) /* spans that are used at random; the last one is the quiet one */
#define QUIET (LINES + SOFT)
#define SOUND 40000
#define SOCKETS 48
#define RING (1 << 20)

static uint64_t rng;
static td_engine *engines[2];
static uint32_t block[2];
static int stepped;
static int conferences[2][6];
static int sockets[SOCKETS], n_sockets;
static uint8_t *sound; /* played everywhere */
static uint8_t *said, *heard; /* of the quiet conference */
static uint64_t events[256];

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
        fprintf(stderr, "fuzz_media: %s\n", what);
        exit(1);
    }
}

/* ---- what a timeslot does -------------------------------------------------------------------- */

static void play(td_engine *engine, int span, int timeslot)
{
    uint32_t from = draw(SOUND / 2);
    td_play_item item = {.kind = TD_ITEM_OCTETS, .coding = (int)draw(3), .octets = sound + from,
                         .samples = 1 + draw(SOUND / 2)};
    td_play_options how = {.times = draw(3), .stop_on_voice = !draw(4),
                           .stop_digits = draw(2) ? 0 : 0xffff};

    td_slot_play_list(engine, span, timeslot, &item, 1, draw(2) ? &how : NULL, 0);
}

static void condition(td_engine *engine, int span, int timeslot)
{
    td_condition_config config = {.options = draw(8), .gain = (int16_t)((int)draw(8200) - 4100)};

    td_slot_condition(engine, span, timeslot, (int)draw(3), draw(3) ? &config : NULL);
}

static void echo(td_engine *engine, int span, int timeslot)
{
    td_echo_stats stats;

    /* Cancellers of several tails are made, but not of the largest: they take long to clear. */
    td_slot_echo(engine, span, timeslot, draw(2) ? draw(40) : 0, draw(8) ? 16 : draw(40));
    td_slot_echo_stats(engine, span, timeslot, &stats);
}

static void conference(int which, int span, int timeslot)
{
    td_engine *engine = engines[which];
    int *mine = conferences[which];
    int i = (int)draw(6), number = draw(20) ? mine[i] : (int)draw(1030) - 2;
    td_conference_config config = {.gate_above = draw(8), .talk_level = -(int)draw(6000),
                                   .hold_ms = draw(100), .report_ms = draw(3) ? draw(60) : 0};

    switch (draw(12)) {
    case 0:
        td_conference_close(engine, mine[i]);
        mine[i] = 0;
        break;
    case 1:
    case 2:
        if (mine[i] <= 0)
            mine[i] = td_conference_open(engine, draw(2) ? &config : NULL);
        break;
    case 3:
        td_conference_leave(engine, number, span, timeslot);
        break;
    default:
        td_conference_join(engine, number, span, timeslot, draw(9), 1 + (int)draw(USED),
                           1 + (int)draw(3));
    }
}

static void live(td_engine *engine, int span, int timeslot)
{
    td_live_config config = {.directions = draw(18), .coding = draw(4),
                             .rate = draw(3) ? 8000 : 16000, .packet_ms = draw(110),
                             .buffer_ms = draw(3) ? 0 : draw(2100), .prefill_ms = draw(60),
                             .wait_ms = draw(3) ? 0 : 1};
    int pair[2], small = 4096;

    if (n_sockets == SOCKETS || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
        return;
    if (!draw(3))
        setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    if (td_slot_live(engine, span, timeslot, &config, pair[1], 7) < 0) {
        close(pair[0]);
        close(pair[1]);
    } else {
        sockets[n_sockets++] = pair[0];
    }
}

static void bridge(int which, int span, int timeslot)
{
    int other = draw(3) ? !which : which;

    td_bridge(engines[which], span, timeslot, engines[other], 1 + (int)draw(USED),
              1 + (int)draw(6));
    td_bridge_slips(engines[which], span, timeslot);
}

static void begin_or_end(int which, int span, int timeslot)
{
    td_engine *engine = engines[which];

    switch (draw(6)) {
    case 0:
        td_slot_close(engine, span, timeslot);
        break;
    case 1:
        td_slot_stop_stream(engine, span, timeslot);
        td_slot_streaming(engine, span, timeslot);
        break;
    case 2:
        td_slot_stop_play(engine, span, timeslot);
        break;
    default:
        td_slot_open_voice(engine, span, timeslot, draw(2) ? TD_ALAW : TD_ULAW, (uint8_t)draw(256));
    }
}

static void use(int which)
{
    td_engine *engine = engines[which];
    int span = 1 + (int)draw(USED), timeslot = draw(20) ? 1 + (int)draw(6) : (int)draw(34);
    td_level_now level;

    switch (draw(10)) {
    case 0:
    case 1:
        begin_or_end(which, span, timeslot);
        break;
    case 2:
        td_slot_listen(engine, span, timeslot, draw(4) ? draw(1 << 9) : draw(1 << 11));
        td_slot_level(engine, span, timeslot, &level);
        break;
    case 3:
        condition(engine, span, timeslot);
        break;
    case 4:
        echo(engine, span, timeslot);
        break;
    case 5:
    case 6:
        conference(which, span, timeslot);
        break;
    case 7:
        td_slot_connect(engine, span, timeslot, (int)draw(QUIET), (int)draw(7));
        break;
    case 8:
        if (draw(2))
            live(engine, span, timeslot);
        else
            bridge(which, span, timeslot);
        break;
    default:
        play(engine, span, timeslot);
    }
}

/* ---- the other ends -------------------------------------------------------------------------- */

static void use_sockets(void)
{
    uint8_t packet[7000];

    for (int i = 0; i < n_sockets; i++) {
        uint32_t n = draw(4) ? 160 * draw(5) : draw(sizeof(packet));

        memset(packet, (int)draw(256), n);
        if (draw(2))
            (void)!send(sockets[i], packet, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        while (draw(4) && recv(sockets[i], packet, sizeof(packet), MSG_DONTWAIT) > 0)
            ;
        if (!draw(30)) {
            close(sockets[i]);
            sockets[i--] = sockets[--n_sockets];
        }
    }
}

static void use_line(td_engine *engine)
{
    td_impairment is = {.ppb = draw(3) ? 0 : (int32_t)draw(2000001) - 1000000};
    int span = 1 + (int)draw(LINES);

    if (draw(2))
        td_line_impair(engine, span, &is);
    else
        td_line_state(engine, span, draw(3) ? TD_LINE_NORMAL : TD_LINE_CUT);
}

static void take_events(td_engine *engine)
{
    static uint8_t out[RING];
    int64_t n = td_engine_events(engine, out, sizeof(out));

    for (int64_t at = 0; at < n;) {
        td_event event;

        memcpy(&event, out + at, sizeof(event));
        check(event.size >= sizeof(event) && at + event.size <= n, "a record out of bounds");
        check(event.span <= QUIET && event.timeslot < 32, "an event of no timeslot");
        events[event.kind]++;
        at += event.size;
    }
}

static void wait_a_little(uint64_t ns)
{
    for (int i = 0; i < 2; i++) {
        struct pollfd fd = {td_engine_fileno(engines[i]), POLLIN, 0};
        uint64_t until = td_engine_time(engines[i]) + ns;

        if (!stepped)
            poll(&fd, 1, 1);
        while (stepped && td_engine_step(engines[i], until) > 0)
            take_events(engines[i]);
        take_events(engines[i]);
    }
}

/* ---- what must have stayed right ------------------------------------------------------------- */

static void quiet_conference(void)
{
    int number = td_conference_open(engines[0], NULL);

    check(number > 0, "no conference");
    for (int timeslot = 1; timeslot <= 3; timeslot++) {
        check(td_slot_open_voice(engines[0], QUIET, timeslot, TD_ALAW, 0xd5) == 0, "open");
        check(td_conference_join(engines[0], number, QUIET, timeslot,
                                 TD_MEMBER_SPEAK | TD_MEMBER_HEAR, 0, 0) == 0, "join");
    }
}

/* The first says something: the second hears it. */
static void quiet_conference_works(void)
{
    static const uint8_t loud[8] = {0x80, 0x95, 0xa5, 0xb5, 0x00, 0x15, 0x25, 0x35};
    uint32_t found = 0;

    said = malloc(4000);
    heard = malloc(4096);
    for (int i = 0; i < 4000; i++)
        said[i] = loud[i % 8];
    check(td_slot_live(engines[0], QUIET, 2, &(td_live_config){.directions = TD_LIVE_RECEIVED,
                       .coding = TD_ALAW, .rate = 8000, .packet_ms = 100}, sockets[0], 0) == 0,
          "live");
    check(td_slot_play(engines[0], QUIET, 1, said, 4000, 0) == 0, "play");
    for (int i = 0; i < 400 && !found; i++) {
        ssize_t n;

        wait_a_little(30000000);
        n = recv(sockets[1], heard, 4096, MSG_DONTWAIT);
        for (ssize_t k = 0; k + 8 <= n && !found; k++)
            found = !memcmp(heard + k, loud, 8);
    }
    check(found, "the quiet conference is not heard any more");
    close(sockets[1]);
}

/* Noise, and digits of 60 ms with as much between them. */
static void make_sound(void)
{
    sound = malloc(SOUND);
    for (int i = 0; i < SOUND; i++)
        sound[i] = (uint8_t)draw(256);
    for (int at = SOUND / 4; at + 960 <= SOUND; at += 960) {
        td_tone_pair tone = {.level_dbm0 = {-8, -8}};
        int16_t linear[960] = {0};

        td_tone_frequencies(TD_TONE_DTMF, "123A456B789C*0#D"[draw(16)], tone.hz);
        td_tone_generate(&tone, linear, 480);
        td_alaw_encode(linear, sound + at, 960);
    }
}

/* ---- life ------------------------------------------------------------------------------------ */

static void begin(int i)
{
    td_engine_config config = {.spans = LINES, .soft_spans = SOFT, .ring_octets = RING,
                               .stepped = (uint32_t)stepped, .seed = rng};
    int error;

    block[i] = stepped ? 8 + draw(153) : 8 + draw(9);
    config.block_frames = block[i];
    engines[i] = td_engine_new_sim(&config, &error);
    check(engines[i] != NULL, "no engine");
    for (int span = 1; span <= LINES; span += 2) {
        td_line_connect(engines[i], span, span + 1);
        td_line_connect(engines[i], span + 1, span);
    }
    check(td_engine_start(engines[i]) == 0, "start");
}

static void end(void)
{
    int first = (int)draw(2);

    td_engine_free(engines[first]);
    if (stepped)
        td_engine_step(engines[!first], td_engine_time(engines[!first]) + 50000000);
    td_engine_free(engines[!first]);
    for (int i = 0; i < n_sockets; i++)
        close(sockets[i]);
    free(sound);
    free(said);
    free(heard);
}

int main(int argc, char **argv)
{
    uint32_t rounds = argc > 2 ? (uint32_t)atoi(argv[2]) : 0;

    stepped = argc == 3;
    check(rounds > 0, "usage: fuzz_media SEED ROUNDS [threads]");
    rng = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    make_sound();
    begin(0);
    begin(1);
    quiet_conference();
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < 12; i++)
            use((int)draw(2));
        use_sockets();
        use_line(engines[draw(2)]);
        wait_a_little(draw(20000000));
    }
    while (n_sockets)
        close(sockets[--n_sockets]);
    check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets) == 0, "socketpair");
    quiet_conference_works();
    end();
    for (int kind = TD_EVENT_DIGIT; kind <= TD_EVENT_BRIDGE_END; kind++)
        printf("%llu ", (unsigned long long)events[kind]);
    printf("\n");
    return 0;
}
