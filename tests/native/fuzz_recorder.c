/* Recordings of every kind on a disk that fails, writes in parts and stalls.
 *
 *   fuzz_recorder SEED ROUNDS
 *
 * The program's own pwrite is the disk. Stepped: whatever happens, a file's lengths tell of what is
 * in it, and that is what came. In real time: the disk stands still, the engine does not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "td_media.h"
#include "td_recorder.h"

#define SLOTS 6
#define SPEAKING 4 /* on these speech comes, on the next nothing, on the last digits */
#define HEAD 58
#define SPEECH 400000

static uint64_t rng;
static td_engine *engine;
static uint8_t speech[SPEECH];
static uint8_t digit[1600]; /* 5, and silence */
static int faults; /* of a hundred writes; the random numbers are the main thread's */

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
        fprintf(stderr, "fuzz_recorder: %s\n", what);
        abort();
    }
}

/* ---- the disk -------------------------------------------------------------------------------- */

static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;
static atomic_int stalled;

ssize_t pwrite(int fd, const void *octets, size_t n, off_t at)
{
    if (atomic_load(&stalled)) {
        pthread_mutex_lock(&disk);
        pthread_mutex_unlock(&disk);
    }
    if (faults && draw(100) < (uint32_t)faults) {
        static const int errors[] = {ENOSPC, EIO, EFBIG, EDQUOT};

        errno = errors[draw(4)];
        return -1;
    }
    /* A header within a page is written in one go. */
    if (faults && n > HEAD && !draw(4)) {
        if (draw(2)) {
            errno = EINTR;
            return -1;
        }
        n = 1 + draw((uint32_t)n);
    }
    return syscall(SYS_pwrite64, fd, octets, n, at);
}

/* ---- files ----------------------------------------------------------------------------------- */

struct file {
    int fd;
    td_record_config config;
    int open, paused;
};

static struct file files[SLOTS];
static unsigned ends[5];

static uint32_t field(int fd, uint32_t at)
{
    uint8_t octets[4];

    check(pread(fd, octets, 4, at) == 4, "pread");
    return octets[0] | (uint32_t)octets[1] << 8 | (uint32_t)octets[2] << 16 |
           (uint32_t)octets[3] << 24;
}

static uint32_t frame_octets(const td_record_config *config)
{
    return (config->what == TD_RECORD_BOTH ? 2 : 1) * (config->encoding == TD_LINEAR ? 2 : 1);
}

static uint64_t size_of(int fd)
{
    struct stat status;

    check(fstat(fd, &status) == 0, "fstat");
    return (uint64_t)status.st_size;
}

/* At any moment: what the lengths tell of is there. Returns the octets of sound. */
static uint64_t check_file(const struct file *file)
{
    uint32_t data = field(file->fd, file->config.data_size_at);
    uint64_t size = size_of(file->fd);

    check(file->config.data_start + data <= size, "the lengths tell of more than is there");
    check(data % frame_octets(&file->config) == 0, "part of a frame");
    return data;
}

static void check_end(struct file *file, const td_event *event, const td_record_end *end)
{
    uint64_t data = check_file(file);
    uint64_t sound = file->config.data_octets + end->samples * frame_octets(&file->config);
    uint8_t *octets;

    check(event->code != TD_END_ERROR || end->error == event->value, "which error");
    check((event->code == TD_END_ERROR) == (end->error != 0), "an error");
    if (end->error)
        check(data == sound, "an error, but other octets than were told");
    else
        check(data == sound && size_of(file->fd) == file->config.data_start + data + (data & 1) &&
                  field(file->fd, 4) == size_of(file->fd) - 8 &&
                  field(file->fd, file->config.fact_count_at) * frame_octets(&file->config) == data,
              "its end does not tell of the file");
    ends[event->code]++;
    if (event->timeslot <= SPEAKING && file->config.what == TD_RECORD_RECEIVED && file->config.encoding == TD_ALAW &&
        !file->config.data_octets && data > 200 && !file->paused) {
        uint64_t idle = 0; /* before speech arrives */

        octets = malloc(data);
        check(pread(file->fd, octets, data, (off_t)file->config.data_start) == (ssize_t)data,
              "pread");
        while (idle < data && octets[idle] == 0xd5)
            idle++;
        check(memmem(speech, sizeof(speech), octets + idle, data - idle) != NULL,
              "octets changed");
        free(octets);
    }
    close(file->fd);
    file->open = 0;
}

static void begin(int timeslot, struct file *file)
{
    static const uint8_t head[HEAD + 5000];
    td_record_config *config = &file->config;
    uint32_t there;
    int code;

    *config = (td_record_config){
        .what = draw(2) ? TD_RECORD_RECEIVED : draw(4), .encoding = draw(2) ? TD_ALAW : draw(3),
        .data_start = HEAD + 200 * (draw(3) == 0), .riff_size_at = 4, .data_size_at = 54,
        .fact_count_at = 46, .prerecord_ms = draw(2) ? 0 : draw(400),
        .max_samples = draw(3) ? 0 : 1 + draw(6000), .initial_silence_ms = draw(3) ? 0 : draw(900),
        .silence_ms = draw(3) ? 0 : draw(900), .stop_digits = draw(65536),
        .buffer_ms = draw(2) * draw(10000)};
    if (config->data_start > HEAD)
        config->data_size_at = 250; /* the writer keeps no head as long */
    config->options = draw(3) ? draw(2) * TD_RECORD_CUT_DIGIT : draw(4);
    config->data_octets = draw(3) ? 0 : frame_octets(config) * draw(1000);
    file->fd = memfd_create("recording", MFD_CLOEXEC);
    check(file->fd >= 0 && write(file->fd, head, config->data_start + config->data_octets) > 0,
          "memfd");
    there = (uint32_t)config->data_octets; /* low octet first, as this machine has it */
    check(syscall(SYS_pwrite64, file->fd, &there, 4, config->data_size_at) == 4, "head");
    config->fd = file->fd;
    code = td_slot_record_start(engine, 2, timeslot, config, timeslot);
    if (code < 0) {
        check(code == -EBUSY || code == -EINVAL || code == -ENOENT || code == -ENODATA, "start");
        close(file->fd);
        return;
    }
    file->open = 1;
    file->paused = 0;
}

static void take_events(void)
{
    static uint8_t out[1 << 17];
    int64_t n = td_engine_events(engine, out, sizeof(out));

    for (int64_t at = 0; at < n;) {
        td_event event;
        td_record_end end;

        memcpy(&event, out + at, sizeof(event));
        if (event.kind == TD_EVENT_RECORD_END && event.span == 2 && event.tag) {
            check(event.length == sizeof(end) && event.tag == event.timeslot, "an end");
            memcpy(&end, out + at + sizeof(event), sizeof(end));
            check_end(&files[event.timeslot - 1], &event, &end);
        }
        at += event.size;
    }
}

/* ---- stepped --------------------------------------------------------------------------------- */

static void make_engine(uint32_t block, uint32_t stepped)
{
    td_engine_config config = {.spans = 2, .block_frames = block, .ring_octets = 1 << 18,
                               .stepped = stepped, .seed = 1};
    int error;

    engine = td_engine_new_sim(&config, &error);
    check(engine && td_line_connect(engine, 1, 2) == 0 && td_line_connect(engine, 2, 1) == 0,
          "engine");
    for (int timeslot = 1; timeslot <= SLOTS; timeslot++) {
        check(td_slot_open_voice(engine, 1, timeslot, TD_ALAW, 0xd5) == 0, "open");
        check(td_slot_open_voice(engine, 2, timeslot, TD_ALAW, 0xd5) == 0, "open");
        td_slot_listen(engine, 2, timeslot, TD_LISTEN_DTMF | TD_LISTEN_LEVEL);
        td_slot_prerecord(engine, 2, timeslot, 300);
    }
    check(td_engine_start(engine) == 0, "start");
}

static void use(int timeslot)
{
    struct file *file = &files[timeslot - 1];

    switch (draw(12)) {
    case 0:
    case 1:
        td_slot_stop_record(engine, 2, timeslot);
        break;
    case 2:
        td_slot_record_control(engine, 2, timeslot, 1 + (int)draw(3));
        file->paused = 1;
        break;
    case 3:
        td_slot_prerecord(engine, 2, timeslot, draw(2) ? 300 : draw(500));
        break;
    case 4:
        if (draw(8))
            break;
        td_slot_close(engine, 2, timeslot);
        check(td_slot_open_voice(engine, 2, timeslot, TD_ALAW, 0xd5) == 0, "open again");
        td_slot_listen(engine, 2, timeslot, TD_LISTEN_DTMF | TD_LISTEN_LEVEL);
        break;
    case 5:
        td_recorder_flush(engine);
        break;
    default:
        if (!file->open)
            begin(timeslot, file);
        else
            check_file(file);
    }
}

static void stepped(uint32_t rounds)
{
    uint64_t time = 700000000; /* both framers stand, and what is kept is from then on */

    make_engine(8 + draw(153), 1);
    while (td_engine_step(engine, time))
        take_events();
    for (uint32_t round = 0; round < rounds; round++) {
        faults = draw(3) ? 0 : (int)draw(30);
        for (int timeslot = 1; timeslot <= SLOTS; timeslot++) {
            /* The same without an end: nothing but this is ever received. */
            if (timeslot <= SPEAKING)
                td_slot_play(engine, 1, timeslot, speech, sizeof(speech), 0);
            else if (timeslot == SLOTS)
                td_slot_play(engine, 1, timeslot, digit, sizeof(digit), 0);
            use(timeslot);
        }
        time += draw(200) * UINT64_C(1000000);
        while (td_engine_step(engine, time))
            take_events();
        take_events();
    }
    td_engine_free(engine);
    for (int i = 0; i < SLOTS; i++)
        if (files[i].open) {
            check_file(&files[i]);
            close(files[i].fd);
        }
    for (int code = TD_END_COMPLETE; code <= TD_END_ERROR; code++)
        check(ends[code] || rounds < 400, "an end that never came");
}

/* ---- in real time ---------------------------------------------------------------------------- */

struct heard {
    int ended;
    uint64_t at, lost;
    td_record_end end;
};

static void hear(struct heard *heard)
{
    struct pollfd fd = {td_engine_fileno(engine), POLLIN, 0};
    uint8_t out[4096];
    int64_t n;

    poll(&fd, 1, 5);
    n = td_engine_events(engine, out, sizeof(out));
    for (int64_t at = 0; at < n;) {
        td_event event;

        memcpy(&event, out + at, sizeof(event));
        if (event.kind == TD_EVENT_RECORD_GAP) {
            td_record_gap gap;

            memcpy(&gap, out + at + sizeof(event), sizeof(gap));
            check(!heard->lost && event.octets == gap.lost, "one gap");
            heard->at = gap.at;
            heard->lost = gap.lost;
        } else if (event.kind == TD_EVENT_RECORD_END) {
            memcpy(&heard->end, out + at + sizeof(event), sizeof(heard->end));
            heard->ended = 1;
        }
        at += event.size;
    }
}

static void wait_until(uint64_t time, struct heard *heard)
{
    while (td_engine_time(engine) < time)
        hear(heard);
}

/* The octets before the gap and behind it follow each other as they were sent. */
static void check_gap(const uint8_t *octets, const struct heard *heard)
{
    uint64_t samples = heard->end.samples;
    const uint8_t *from = memmem(speech, sizeof(speech), octets, heard->at);

    check(from && heard->at > 800 && samples > heard->at + 800, "sound before and after");
    check(memcmp(from + heard->at + heard->lost, octets + heard->at, samples - heard->at) == 0,
          "the gap is where it was told");
}

static void stalling(void)
{
    td_record_config config = {.encoding = TD_ALAW, .data_start = HEAD, .riff_size_at = 4,
                               .data_size_at = 54, .fact_count_at = 46, .buffer_ms = 512};
    struct file file = {.fd = memfd_create("recording", MFD_CLOEXEC)};
    struct heard heard = {0};
    uint8_t *octets = malloc(SPEECH);
    uint64_t blocks;
    td_engine_stats stats;

    make_engine(8, 0);
    check(ftruncate(file.fd, HEAD) == 0, "memfd");
    config.fd = file.fd;
    check(td_slot_play(engine, 1, 1, speech, sizeof(speech), 0) == 0, "play");
    wait_until(td_engine_time(engine) + 60000000, &heard);
    check(td_slot_record_start(engine, 2, 1, &config, 1) == 0, "record");
    wait_until(td_engine_time(engine) + 300000000, &heard);
    pthread_mutex_lock(&disk);
    atomic_store(&stalled, 1);
    td_engine_get_stats(engine, &stats);
    blocks = stats.blocks;
    while (td_slot_recorded(engine, 2, 1) < 3000 || stats.blocks < blocks + 1500) {
        hear(&heard);
        td_engine_get_stats(engine, &stats);
    }
    atomic_store(&stalled, 0);
    pthread_mutex_unlock(&disk);
    while (!heard.lost)
        hear(&heard);
    wait_until(td_engine_time(engine) + 200000000, &heard);
    check(td_slot_stop_record(engine, 2, 1) == 0, "stop");
    while (!heard.ended)
        hear(&heard);
    check(heard.end.lost >= heard.lost && heard.end.gaps >= 1, "what is lost is counted");
    file.config = config;
    check(check_file(&file) == heard.end.samples, "the file is complete");
    if (heard.end.gaps == 1) { /* an engine held up by the machine makes more */
        check(pread(file.fd, octets, heard.end.samples, HEAD) == (ssize_t)heard.end.samples,
              "pread");
        check_gap(octets, &heard);
    }
    td_engine_free(engine);
    close(file.fd);
    free(octets);
}

int main(int argc, char **argv)
{
    check(argc == 3, "usage: fuzz_recorder SEED ROUNDS");
    rng = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (size_t i = 0; i < sizeof(speech); i++)
        speech[i] = (uint8_t)draw(256);
    for (int i = 0; i < 1600; i++) {
        int16_t sample = (int16_t)(i < 800 ? 6000 * sin(i * 0.6047566) + 6000 * sin(i * 1.0493104)
                                           : 0);

        td_alaw_encode(&sample, digit + i, 1);
    }
    stalling();
    stepped((uint32_t)atoi(argv[2]));
    return 0;
}
