/* Live audio: a timeslot's sound to and from another process by a socket. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "halfband.h"
#include "media.h"
#include "td_stream.h"

#define RATE 8000
/* Silence within modem signals that is part of them: T.30 has 75 +- 20 ms between two modulations. */
#define KEPT_SILENCE (RATE / 10)
#define FIFO 32768 /* samples of 8 kHz; a power of two, more than 2 s and the largest packet */

struct live {
    struct attachment attachment;
    td_live_config config;
    td_live_counts counts;
    int fd;
    int64_t tag;
    int gone;
    int deaf;                /* TD_LIVE_DATA: the other end reads no more */
    int leaving;             /* TD_LIVE_DATA: it has closed; what it wrote is still to be sent */
    uint32_t quiet;          /* TD_LIVE_DATA: samples of silence sent last */
    unsigned channels;       /* to the other end */
    unsigned width;          /* octets of a sample */
    unsigned factor;         /* 16 kHz: 2 */
    uint32_t owed;           /* samples told and not answered */
    unsigned packet_samples; /* of 8 kHz */
    unsigned collected;
    uint32_t most, prefill;  /* samples */
    int speaking;
    uint32_t head, size;     /* of the fifo */
    struct halfband up[2], down;
    int16_t packet[2][RATE / 10];
    int16_t fifo[FIFO];
};

/* ---- to the other end ------------------------------------------------------------------------ */

static void transmit(struct live *live, const void *octets, size_t n)
{
    if (live->deaf)
        return;
    if (send(live->fd, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
        live->counts.packets++;
        live->owed += live->packet_samples;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS) {
        live->counts.dropped++;
    } else if (live->config.directions & TD_LIVE_DATA) {
        live->deaf = 1; /* reading tells its end, behind what it wrote */
    } else {
        live->gone = 1;
    }
}

static void send_packet(struct live *live)
{
    int16_t samples[2 * 2 * (RATE / 10)]; /* 100 ms of two channels at 16 kHz */
    uint8_t octets[2 * (RATE / 10)];
    unsigned n = live->collected * live->factor;

    for (unsigned c = 0; c < live->channels; c++) {
        int16_t doubled[2 * (RATE / 10)];
        const int16_t *from = live->packet[c];

        if (live->factor == 2) {
            halfband_double(&live->up[c], from, doubled, live->collected);
            from = doubled;
        }
        for (unsigned i = 0; i < n; i++)
            samples[i * live->channels + c] = from[i];
    }
    live->collected = 0;
    n *= live->channels;
    if (live->width == 2) {
        transmit(live, samples, n * sizeof(*samples));
        return;
    }
    sound_encode((int)live->config.coding, samples, octets, n);
    transmit(live, octets, n);
}

static void collect(const struct slot *slot, int16_t *to, const uint8_t *column, unsigned n)
{
    const int16_t *table = sound_table(slot->coding);

    for (unsigned i = 0; i < n; i++)
        to[i] = table[column[i * TIMESLOTS]];
}

static void live_take(td_engine *engine, struct slot *slot, struct attachment *self,
                      const struct block *block)
{
    struct live *live = (struct live *)self;
    /* On a soft channel the application is the party: it receives what that hears. */
    const uint8_t *received = slot->soft ? block->sent : block->received;
    const uint8_t *sent = slot->soft ? block->received : block->sent;

    for (unsigned done = 0; live->channels && done < block->n;) {
        unsigned room = live->packet_samples - live->collected;
        unsigned n = room < block->n - done ? room : block->n - done;
        int16_t *first = live->packet[0] + live->collected;
        int both = live->channels == 2;

        if (live->config.directions & TD_LIVE_RECEIVED)
            collect(slot, first, received + done * TIMESLOTS, n);
        if (live->config.directions & TD_LIVE_SENT)
            collect(slot, both ? live->packet[1] + live->collected : first,
                    sent + done * TIMESLOTS, n);
        live->collected += n;
        done += n;
        if (live->collected == live->packet_samples)
            send_packet(live);
    }
    if (live->gone)
        voice_detach(engine, slot, ATTACH_STREAM, TD_END_GONE, engine->time);
}

/* ---- from the other end ---------------------------------------------------------------------- */

static void push(struct live *live, const int16_t *samples, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        live->fifo[(live->head + live->size + i) % FIFO] = samples[i];
    live->size += n;
    live->owed -= n < live->owed ? n : live->owed;
}

static void accept_packet(struct live *live, const uint8_t *octets, size_t n)
{
    int16_t samples[TD_LIVE_MOST_OCTETS], halved[TD_LIVE_MOST_OCTETS / 2];
    unsigned count = (unsigned)(n / live->width);

    if (n > TD_LIVE_MOST_OCTETS || n % (live->width * live->factor)) {
        live->counts.malformed++;
        return;
    }
    if (live->width == 2) {
        memcpy(samples, octets, n);
    } else {
        const int16_t *table = sound_table((int)live->config.coding);

        for (unsigned i = 0; i < count; i++)
            samples[i] = table[octets[i]];
    }
    if (live->factor == 1) {
        push(live, samples, count);
        return;
    }
    halfband_halve(&live->down, samples, halved, count / 2);
    push(live, halved, count / 2);
}

static void read_packets(struct live *live)
{
    uint8_t octets[TD_LIVE_MOST_OCTETS + 1];

    /* More stays in the socket: its writer is held back. */
    while (!live->gone && live->size < live->most) {
        ssize_t n = recv(live->fd, octets, sizeof(octets), MSG_DONTWAIT | MSG_TRUNC);

        if (n > 0) {
            accept_packet(live, octets, (size_t)n);
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (!(live->config.directions & TD_LIVE_DATA)) {
            live->gone = 1;
            return;
        }
        /* It closed without having read everything: what it wrote comes behind that. */
        if (n < 0 && errno == ECONNRESET)
            continue;
        live->leaving = 1;
        return;
    }
}

/* Virtual time waits for a process that works in real time. */
static void wait_for_it(const td_engine *engine, struct live *live, unsigned n)
{
    struct pollfd state = {.fd = live->fd, .events = POLLIN};

    while (engine->stepped && live->config.wait_ms && !live->gone && !live->leaving &&
           live->size < n && live->owed >= live->packet_samples) {
        if (poll(&state, 1, (int)live->config.wait_ms) <= 0) {
            live->owed = 0; /* it does not answer this one */
            return;
        }
        read_packets(live);
    }
}

/* The writer was late, so that much waits, and it says nothing now: time to catch up. Most of it
 * stays, for the next time: each gap spoils a signal, a delay of buffer_ms does not. */
static void skip_silence(struct live *live)
{
    uint32_t enough = live->most - live->most / 8;

    while (live->quiet >= KEPT_SILENCE && live->size > enough && live->fifo[live->head] == 0) {
        live->head = (live->head + 1) % FIFO;
        live->size--;
    }
}

static unsigned take_samples(struct live *live, int16_t *to, unsigned n)
{
    int data = (live->config.directions & TD_LIVE_DATA) != 0;
    unsigned made = 0;

    while (made < n && live->size) {
        if (data)
            skip_silence(live);
        to[made] = live->fifo[live->head];
        live->quiet = to[made] ? 0 : live->quiet + 1;
        live->head = (live->head + 1) % FIFO;
        live->size--;
        made++;
    }
    return made;
}

static unsigned live_give(td_engine *engine, struct slot *slot, struct attachment *self,
                          struct sound *sound, unsigned n)
{
    struct live *live = (struct live *)self;
    unsigned made;

    (void)slot;
    if (!(live->config.directions & TD_LIVE_SPEAK))
        return 0;
    read_packets(live);
    wait_for_it(engine, live, n);
    live->gone |= live->leaving && live->size == 0;
    if (!live->speaking && (live->size == 0 || (live->size < live->prefill && !live->leaving))) {
        live->quiet += n;
        return 0;
    }
    made = take_samples(live, sound->linear, n);
    live->counts.spoken += made;
    live->speaking = made == n;
    if (!live->speaking)
        live->counts.gaps++;
    sound->form = SOUND_LINEAR;
    return made;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void live_end(td_engine *engine, struct slot *slot, struct attachment *self, int reason,
                     uint64_t time)
{
    struct live *live = (struct live *)self;
    td_event event = slot_event(slot, TD_EVENT_LIVE_END, time);

    event.tag = live->tag;
    event.code = (uint8_t)reason;
    event.length = sizeof(live->counts);
    engine_event(engine, &event, &live->counts);
    /* The other end sees it now; the descriptor itself is closed when the memory is given back. */
    shutdown(live->fd, SHUT_RDWR);
}

static const struct attachment_ops live_ops = {
    .give = live_give,
    .take = live_take,
    .end = live_end,
};

static void live_release(struct trash *trash)
{
    struct live *live = (struct live *)trash;

    close(live->fd);
    free(live);
}

static int check(const td_live_config *config)
{
    uint32_t directions = config->directions;

    return directions && !(directions >> 4) &&
           (!(directions & TD_LIVE_DATA) || (directions & TD_LIVE_SPEAK)) &&
           config->coding <= TD_ULAW &&
           (config->rate == RATE || (config->rate == 2 * RATE && config->coding == TD_LINEAR)) &&
           config->packet_ms >= 5 && config->packet_ms <= 100 && config->buffer_ms >= 40 &&
           config->buffer_ms <= 2000 && config->prefill_ms <= config->buffer_ms / 2;
}

static struct live *make(const td_live_config *config, int fd, int64_t tag)
{
    struct live *live = calloc(1, sizeof(*live));

    if (!live)
        return NULL;
    live->attachment.trash.release = live_release;
    live->attachment.ops = &live_ops;
    live->config = *config;
    live->fd = fd;
    live->tag = tag;
    live->channels = (config->directions & TD_LIVE_RECEIVED) != 0;
    live->channels += (config->directions & TD_LIVE_SENT) != 0;
    live->width = config->coding == TD_LINEAR ? 2 : 1;
    live->factor = config->rate / RATE;
    live->packet_samples = config->packet_ms * (RATE / 1000);
    live->most = config->buffer_ms * (RATE / 1000);
    live->prefill = config->prefill_ms * (RATE / 1000);
    return live;
}

int td_slot_live(td_engine *engine, int span, int timeslot, const td_live_config *config, int fd,
                 int64_t tag)
{
    td_live_config is = *config;
    struct live *live;
    int error, flags = fcntl(fd, F_GETFL);

    is.packet_ms = is.packet_ms ? is.packet_ms : 20;
    is.buffer_ms = is.buffer_ms ? is.buffer_ms : 200;
    if (!check(&is))
        return -EINVAL;
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    live = make(&is, fd, tag);
    if (!live)
        return -ENOMEM;
    error = voice_attach(engine, span, timeslot, ATTACH_STREAM, &live->attachment);
    if (error)
        free(live); /* the descriptor stays the caller's */
    return error;
}

int td_slot_stop_stream(td_engine *engine, int span, int timeslot)
{
    return voice_command(engine, span, timeslot, (struct command){
        .op = OP_DETACH, .a = ATTACH_STREAM, .b = TD_END_STOPPED});
}

int td_slot_streaming(td_engine *engine, int span, int timeslot)
{
    return voice_attached(engine, span, timeslot, ATTACH_STREAM);
}
