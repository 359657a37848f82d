/* A loaded media engine, for bench_media.py: what its thread costs.
 *
 *   media_load SPEECH NAME=VALUE...   SPEECH: A-law octets, 8000 a second
 *
 *   spans=16       E1s, 30 voice channels each
 *   frames=8       of a block, 125 us each
 *   seconds=3      measured; half a second before that is not
 *   stepped=0      1: td_engine_step as fast as it goes, 0: the real-time thread
 *   listen=0       TD_LISTEN_* of each channel
 *   record=0       1: each channel into a file (of a temporary folder, removed at once)
 *   conference=0   members of each conference; all channels are in one of them
 *   talkers=-1     channels that speak, the others are silent; -1: all
 *   echo=0         tail in ms of an echo canceller on each channel
 *   connect=0      pairs of channels connected with each other
 *   prompt=0       1: each channel plays SPEECH, for ever, from one copy of it
 *   check=0        1: compare what connected channels send with what they receive (stepped)
 *
 * The far ends cost nothing: what they say is put on the line below the engine, in place of what our
 * channels send, and E1 framing carries it to the receivers. With echo= they are hybrids: what we
 * sent 4 blocks before comes back 12 dB weaker. The time that takes is left out of what is printed,
 * one line: cpu_ns, elapsed_ns (board time), writer_ns, blocks, overruns, skipped, events, compared.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "media.h"
#include "td_player.h"
#include "td_recorder.h"

#define ECHO_BLOCKS 4

static struct {
    int frames, spans, seconds, stepped, listen, record, conference, talkers, echo, connect, prompt, check;
} is = {.frames = 8, .spans = 16, .seconds = 3, .talkers = -1};
static const struct {
    const char *name;
    int *value;
} options[] = {
    {"frames", &is.frames}, {"spans", &is.spans}, {"seconds", &is.seconds}, {"stepped", &is.stepped},
    {"listen", &is.listen}, {"record", &is.record}, {"conference", &is.conference},
    {"talkers", &is.talkers}, {"echo", &is.echo}, {"connect", &is.connect},
    {"prompt", &is.prompt}, {"check", &is.check},
};

static td_engine *engine;
static uint8_t *speech;
static uint32_t speech_octets;

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "media_load: %s\n", what);
        exit(1);
    }
}

static uint64_t cpu_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- the far ends ---------------------------------------------------------------------------- */

static const struct backend_ops *sim;
static struct backend_ops hooked;
static uint64_t at;              /* samples said */
static atomic_u64 far_ns;        /* CPU time of what is here */
static uint64_t clock_cost;      /* of asking for it once */
static uint8_t mixed[256][256];  /* speech, what we sent: what a hybrid gives back */
static uint8_t sent[ECHO_BLOCKS + 1][MAX_SPANS][MAX_TX * TIMESLOTS];
static uint64_t block, compared;
static int measured; /* everything is set up */

/* The least of many: half of it is before the time is taken, half after. */
static void measure_clock(void)
{
    clock_cost = UINT64_MAX;
    for (int i = 0; i < 1000; i++) {
        uint64_t begun = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
        uint64_t cost = cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begun;

        clock_cost = cost < clock_cost ? cost : clock_cost;
    }
}

static void make_mixed(void)
{
    for (int i = 0; i < 256; i++)
        for (int j = 0; j < 256; j++) {
            int sum = sound_table(TD_ALAW)[i] + sound_table(TD_ALAW)[j] / 4;
            int16_t sample = (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);

            td_alaw_encode(&sample, &mixed[i][j], 1);
        }
}

/* Channels of a span: 1 to 15 and 17 to 31. */
static int timeslot_of(int channel)
{
    return channel % 30 + 1 + (channel % 30 >= 15);
}

static void speak(int index, uint8_t *frames, unsigned n)
{
    for (int channel = index * 30; channel < (index + 1) * 30; channel++) {
        uint8_t *to = frames + timeslot_of(channel);
        uint32_t from = (uint32_t)((at + (uint64_t)channel * 30011) % (speech_octets - MAX_TX));

        if (is.talkers >= 0 && channel >= is.talkers) {
            for (unsigned i = 0; i < n; i++)
                to[i * TIMESLOTS] = IDLE_OCTET;
            continue;
        }
        for (unsigned i = 0; i < n; i++)
            to[i * TIMESLOTS] = speech[from + i];
    }
}

static void transmit(td_engine *it)
{
    uint64_t begun = cpu_ns(CLOCK_THREAD_CPUTIME_ID);

    for (int i = 0; i < is.spans; i++) {
        /* No more than there is: what passes through the cache here, the engine has to fetch again. */
        memcpy(sent[block % (ECHO_BLOCKS + 1)][i], it->spans[i].tx,
               it->spans[i].tx_frames * TIMESLOTS);
        speak(i, it->spans[i].tx, it->spans[i].tx_frames);
    }
    at += it->block_frames;
    count_up(&far_ns, cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begun + clock_cost);
    sim->transmit(it);
}

static void add_echo(int index, uint8_t *rx, unsigned octets)
{
    const uint8_t *from = sent[(block + 1) % (ECHO_BLOCKS + 1)][index];

    for (unsigned i = 0; i < octets; i++)
        rx[i] = mixed[rx[i]][from[i]];
}

/* A connected pair: what one receives the other sends in the next block. */
static void compare(int index, const uint8_t *now)
{
    static uint8_t received[MAX_SPANS][MAX_BLOCK * TIMESLOTS];

    for (int channel = index * 30; channel < (index + 1) * 30 && measured; channel++) {
        int other = channel ^ 1;

        if (channel / 2 >= is.connect)
            break;
        for (unsigned i = 0; i < engine->block_frames; i++)
            check(now[i * TIMESLOTS + (unsigned)timeslot_of(channel)] ==
                      received[index][i * TIMESLOTS + (unsigned)timeslot_of(other)],
                  "a connection changed an octet");
        compared += engine->block_frames;
    }
    memcpy(received[index], engine->spans[index].rx, engine->block_frames * TIMESLOTS);
}

static void receive(td_engine *it, uint64_t time)
{
    uint64_t begun;

    sim->receive(it, time);
    begun = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < is.spans; i++) {
        const uint8_t *now = sent[block % (ECHO_BLOCKS + 1)][i];

        memcpy(it->spans[i].tx, now, it->spans[i].tx_frames * TIMESLOTS);
        if (is.check)
            compare(i, now);
        if (is.echo)
            add_echo(i, it->spans[i].rx, it->block_frames * TIMESLOTS);
    }
    block++;
    count_up(&far_ns, cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begun + clock_cost);
}

/* ---- our channels ---------------------------------------------------------------------------- */

static int record(int span, int timeslot)
{
    char name[] = "/tmp/media_load.XXXXXX";
    td_record_config config = {.fd = mkstemp(name), .encoding = TD_ALAW, .data_start = 44,
                               .riff_size_at = 4, .data_size_at = 40};
    int error;

    check(config.fd >= 0, "no temporary file");
    unlink(name);
    error = td_slot_record_start(engine, span, timeslot, &config, 0);
    close(config.fd);
    return error;
}

static int play(int span, int timeslot, int channel)
{
    td_play_item item = {.kind = TD_ITEM_OCTETS, .octets = speech, .samples = speech_octets};
    td_play_options how = {.times = 0, .start = (uint64_t)channel * 20011 % speech_octets};

    return td_slot_play_list(engine, span, timeslot, &item, 1, &how, 0);
}

static int join(int channel, int span, int timeslot)
{
    static int conference;

    if (channel % is.conference == 0)
        conference = td_conference_open(engine, NULL);
    return td_conference_join(engine, conference, span, timeslot,
                              TD_MEMBER_SPEAK | TD_MEMBER_HEAR, 0, 0);
}

/* Commands wait in a ring that holds 4096: a stepped engine carries them out between. */
static void set_up(int channel)
{
    int span = channel / 30 + 1, timeslot = timeslot_of(channel), other = timeslot_of(channel ^ 1);

    check(td_slot_open_voice(engine, span, timeslot, TD_ALAW, IDLE_OCTET) == 0, "open");
    if (is.listen)
        check(td_slot_listen(engine, span, timeslot, (uint32_t)is.listen) == 0, "listen");
    if (is.echo)
        check(td_slot_echo(engine, span, timeslot,
                           TD_ECHO_ON | TD_ECHO_NLP | TD_ECHO_COMFORT | TD_ECHO_TONE_DISABLE,
                           (uint32_t)is.echo) == 0, "echo");
    if (is.prompt)
        check(play(span, timeslot, channel) == 0, "play");
    if (is.record)
        check(record(span, timeslot) == 0, "record");
    if (is.conference)
        check(join(channel, span, timeslot) == 0, "join");
    if (channel / 2 < is.connect)
        check(td_slot_connect(engine, span, timeslot, span, other) == 0, "connect");
}

/* ---- the run --------------------------------------------------------------------------------- */

static uint64_t take_events(void)
{
    static uint8_t out[1 << 20];
    uint64_t events = 0;
    int64_t n = td_engine_events(engine, out, sizeof(out));

    for (int64_t i = 0; i < n; events++) {
        td_event event;

        memcpy(&event, out + i, sizeof(event));
        check(event.kind != TD_EVENT_LOST, "events were lost");
        i += event.size;
    }
    return events;
}

static uint64_t pass(uint64_t ns)
{
    uint64_t until = td_engine_time(engine) + ns, events = 0;
    struct pollfd fd = {td_engine_fileno(engine), POLLIN, 0};

    while (td_engine_time(engine) < until) {
        if (is.stepped)
            td_engine_step(engine, until);
        else
            poll(&fd, 1, 10);
        events += take_events();
        if (!is.stepped)
            usleep(5000); /* no more calls than a daemon makes */
    }
    return events;
}

static void begin(void)
{
    td_engine_config config = {.spans = (uint32_t)is.spans, .block_frames = (uint32_t)is.frames,
                               .ring_octets = 1 << 20, .stepped = (uint32_t)is.stepped, .seed = 1};
    int error;

    engine = td_engine_new_sim(&config, &error);
    check(engine != NULL, "no engine");
    sim = engine->ops;
    hooked = *sim;
    hooked.transmit = transmit;
    hooked.receive = receive;
    engine->ops = &hooked;
    for (int span = 1; span <= is.spans; span++) {
        check(td_span_configure(engine, span, 1, 0) == 0, "configure");
        check(td_line_connect(engine, span, span) == 0, "cable");
    }
    check(td_engine_start(engine) == 0, "start");
    for (int channel = 0; channel < is.spans * 30; channel++) {
        set_up(channel);
        if (channel % 30 == 29)
            pass(10000000);
    }
    pass(500000000);
}

static void run(void)
{
    td_engine_stats before, after;
    td_recorder_stats writer[2];
    uint64_t far = look(&far_ns), events, cpu = cpu_ns(CLOCK_THREAD_CPUTIME_ID);

    measured = 1;
    td_engine_get_stats(engine, &before);
    td_recorder_get_stats(engine, &writer[0]);
    events = pass((uint64_t)is.seconds * 1000000000u);
    cpu = cpu_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
    td_engine_get_stats(engine, &after);
    td_recorder_get_stats(engine, &writer[1]);
    if (!is.stepped)
        cpu = after.busy_ns - before.busy_ns;
    far = look(&far_ns) - far;
    printf("%llu %llu %llu %llu %llu %llu %llu %llu\n", (unsigned long long)(cpu - far),
           (unsigned long long)((after.blocks - before.blocks) * after.block_ns),
           (unsigned long long)(writer[1].busy_ns - writer[0].busy_ns),
           (unsigned long long)(after.blocks - before.blocks),
           (unsigned long long)(after.overruns - before.overruns),
           (unsigned long long)(after.skipped - before.skipped), (unsigned long long)events,
           (unsigned long long)compared);
}

static void read_speech(const char *path)
{
    FILE *file = fopen(path, "rb");

    check(file != NULL, "no SPEECH");
    speech = malloc(1 << 26);
    speech_octets = (uint32_t)fread(speech, 1, 1 << 26, file);
    fclose(file);
    check(speech_octets > 80000, "SPEECH is too short: 10 s at least");
}

int main(int argc, char **argv)
{
    check(argc > 1, "usage: media_load SPEECH NAME=VALUE...");
    read_speech(argv[1]);
    for (int i = 2; i < argc; i++) {
        size_t k = 0, n = strcspn(argv[i], "=");

        while (k < sizeof(options) / sizeof(*options) &&
               (strlen(options[k].name) != n || strncmp(options[k].name, argv[i], n)))
            k++;
        check(k < sizeof(options) / sizeof(*options) && argv[i][n] == '=', argv[i]);
        *options[k].value = atoi(argv[i] + n + 1);
    }
    make_mixed();
    measure_clock();
    begin();
    run();
    td_engine_free(engine);
    free(speech);
    return 0;
}
