/* The outside end of `cas` ports: packets in, signals out of them; tones out, in packets.
 *
 * Receivers stand in sets: together there is one set whose lanes are the channels, which hear the
 * same samples at the same time; one by one each channel has a set of its own. Banks are fastest on
 * linear samples of a multiple of 16 lanes: a set has so many, and those without a channel are off. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "td_cas.h"

enum { KINDS = 4, SILENCE = 0xd5, WAIT_US = 50000, DIGITS = 256, LANES = 16 };

struct set {
    void *bank[KINDS];     /* by TD_TONE_… less 1: td_dtmf or td_mf; NULL: never asked for */
    uint64_t since[KINDS]; /* samples heard when the bank was made */
    uint32_t on[KINDS];    /* lanes that listen */
    uint64_t heard;
};

struct line {
    int fd;
    int gone;
    uint32_t listen; /* 1 << (kind - 1) */
    uint32_t length; /* octets of the next packet: as long as the last that came */
    const uint8_t *octets; /* played round and round; NULL: silence */
    uint32_t n, at;
    uint64_t left; /* samples until silence, 0: never */
    int64_t tag, cut; /* cut: the tag of what was cut short, if was_cut */
    int was_cut;
};

struct signal {
    const uint8_t *octets;
    uint32_t n;
};

struct events {
    td_cas_event *event;
    uint32_t room, count;
};

struct td_cas {
    uint32_t channels, n_sets, lanes;
    int together;
    int early;      /* the round that comes is answered by the block after it, not before */
    int sent;       /* this round's blocks are out */
    uint32_t next;  /* the channel whose block is waited for */
    uint32_t frame; /* samples of this round */
    uint64_t dropped, strange, lost;
    struct line *line;
    struct set *set;
    struct signal signal[KINDS][128]; /* by digit */
    int16_t *frames; /* a round: a sample of each lane, then the next of each */
    int16_t linear[256];
    td_digit_event digits[DIGITS];
};

static struct set *set_of(const td_cas *cas, uint32_t channel)
{
    return &cas->set[cas->together ? 0 : channel];
}

static uint32_t lane_of(const td_cas *cas, uint32_t channel)
{
    return cas->together ? channel : 0;
}

static void tell(td_cas *cas, struct events *to, const td_cas_event *event)
{
    if (to->count < to->room)
        to->event[to->count++] = *event;
    else
        cas->lost++;
}

/* ---- receivers ------------------------------------------------------------------------------- */

static int64_t process(td_cas *cas, struct set *set, int kind, uint32_t n)
{
    void *bank = set->bank[kind - 1];

    if (kind == TD_TONE_DTMF)
        return td_dtmf_process(bank, cas->frames, n, TD_LINEAR, cas->digits, DIGITS, &cas->lost);
    return td_mf_process(bank, cas->frames, n, TD_LINEAR, cas->digits, DIGITS, &cas->lost);
}

/* A block into a lane of the frames; what `n` leaves of `room` is silence. */
static void place(td_cas *cas, uint32_t lane, const uint8_t *octets, uint32_t n, uint32_t room)
{
    int16_t *to = cas->frames + lane;
    uint32_t i = 0;

    for (; i < n && i < room; i++, to += cas->lanes)
        *to = cas->linear[octets[i]];
    for (; i < room; i++, to += cas->lanes)
        *to = 0;
}

/* The frames are a set's; `first`: the channel of its lane 0. */
static void hear(td_cas *cas, struct set *set, uint32_t first, uint32_t n, struct events *to)
{
    set->heard += n;
    for (int k = 0; k < KINDS; k++) {
        if (!set->bank[k])
            continue;
        int64_t found = process(cas, set, k + 1, n);

        for (int64_t i = 0; i < found; i++) {
            const td_digit_event *digit = &cas->digits[i];
            td_cas_event event = {.what = TD_CAS_DIGIT, .channel = first + digit->channel,
                                  .at = (int64_t)set->heard, .value = digit->digit,
                                  .kind = digit->kind, .on = digit->phase == TD_TONE_BEGIN,
                                  .start = (int64_t)(set->since[k] + digit->start),
                                  .duration = digit->duration};
            tell(cas, to, &event);
        }
    }
}

static void *bank_new(int kind, uint32_t lanes)
{
    void *bank = kind == TD_TONE_DTMF ? (void *)td_dtmf_new(lanes, NULL)
                                      : (void *)td_mf_new(lanes, kind, 0);

    for (uint32_t lane = 0; bank && lane < lanes; lane++)
        kind == TD_TONE_DTMF ? td_dtmf_select(bank, lane, 0) : td_mf_select(bank, lane, 0);
    return bank;
}

int td_cas_listen(td_cas *cas, uint32_t channel, uint32_t kinds)
{
    if (channel >= cas->channels || kinds >> KINDS)
        return -EINVAL;
    struct set *set = set_of(cas, channel);
    struct line *line = &cas->line[channel];
    uint32_t lane = lane_of(cas, channel);

    for (int k = 0; k < KINDS; k++) {
        int on = kinds >> k & 1;

        if (on == (int)(line->listen >> k & 1))
            continue;
        if (!set->bank[k]) {
            set->bank[k] = bank_new(k + 1, cas->lanes);
            set->since[k] = set->heard;
        }
        if (!set->bank[k])
            return -ENOMEM;
        k + 1 == TD_TONE_DTMF ? td_dtmf_select(set->bank[k], lane, on)
                              : td_mf_select(set->bank[k], lane, on);
        line->listen ^= 1u << k;
    }
    return 0;
}

/* ---- what we send ---------------------------------------------------------------------------- */

static void put(td_cas *cas, struct line *line, const uint8_t *packet, size_t n)
{
    if (line->gone || send(line->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS)
        cas->dropped++;
    /* Else it has hung up: reading tells, after what it sent before. */
}

int td_cas_signal(td_cas *cas, int kind, int digit, const uint8_t *octets, uint32_t n)
{
    if (kind < 1 || kind > KINDS || digit < 1 || digit > 127 || !octets || !n)
        return -EINVAL;
    cas->signal[kind - 1][digit] = (struct signal){octets, n};
    return 0;
}

static void silence(struct line *line)
{
    if (line->octets && line->left) {
        line->was_cut = 1;
        line->cut = line->tag;
    }
    line->octets = NULL;
    line->left = 0;
}

int td_cas_play(td_cas *cas, uint32_t channel, const uint8_t *octets, uint32_t n, uint64_t samples,
                int64_t tag)
{
    if (channel >= cas->channels || !octets || !n)
        return -EINVAL;
    struct line *line = &cas->line[channel];

    silence(line);
    line->octets = octets;
    line->n = n;
    line->at = 0;
    line->left = samples;
    line->tag = tag;
    return 0;
}

static int do_signal(td_cas *cas, const td_cas_order *order)
{
    if (order->kind < 1 || order->kind > KINDS || order->value < 1 || order->value > 127)
        return -EINVAL;
    const struct signal *signal = &cas->signal[order->kind - 1][order->value];

    return td_cas_play(cas, (uint32_t)order->channel, signal->octets, signal->n,
                       (uint64_t)order->samples, order->tag);
}

static int do_bits(td_cas *cas, const td_cas_order *order)
{
    uint8_t packet[2] = {'C', (uint8_t)order->value};

    if (order->value < 0 || order->value > 15)
        return -EINVAL;
    put(cas, &cas->line[order->channel], packet, sizeof(packet));
    return 0;
}

uint32_t td_cas_do(td_cas *cas, const td_cas_order *orders, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const td_cas_order *order = &orders[i];
        int done = -EINVAL;

        if (order->channel < 0 || order->channel >= cas->channels)
            return i;
        if (order->what == TD_CAS_DO_BITS)
            done = do_bits(cas, order);
        else if (order->what == TD_CAS_DO_SIGNAL)
            done = do_signal(cas, order);
        else if (order->what == TD_CAS_DO_LISTEN && !(order->value >> KINDS))
            done = td_cas_listen(cas, (uint32_t)order->channel, (uint32_t)order->value);
        else if (order->what == TD_CAS_DO_SILENCE)
            done = 0, silence(&cas->line[order->channel]);
        if (done < 0)
            return i;
    }
    return n;
}

/* What was played has come to its end, or had to end. */
static void played(td_cas *cas, uint32_t channel, int64_t tag, int whole, struct events *to)
{
    td_cas_event event = {.what = TD_CAS_SENT, .channel = channel, .on = whole, .value = tag,
                          .at = (int64_t)set_of(cas, channel)->heard};

    tell(cas, to, &event);
}

static void play(td_cas *cas, uint32_t channel, uint8_t *out, uint32_t n, struct events *to)
{
    struct line *line = &cas->line[channel];

    if (line->was_cut)
        played(cas, channel, line->cut, 0, to);
    line->was_cut = 0;
    while (n && line->octets) {
        uint32_t m = line->n - line->at < n ? line->n - line->at : n;

        if (line->left && line->left < m)
            m = (uint32_t)line->left;
        memcpy(out, line->octets + line->at, m);
        out += m;
        n -= m;
        line->at = (line->at + m) % line->n;
        if (line->left && !(line->left -= m)) {
            line->octets = NULL;
            played(cas, channel, line->tag, 1, to);
        }
    }
    memset(out, SILENCE, n);
}

static void send_block(td_cas *cas, uint32_t channel, uint32_t n, struct events *to)
{
    uint8_t packet[1 + TD_CAS_BLOCK] = {'A'};

    play(cas, channel, packet + 1, n, to);
    put(cas, &cas->line[channel], packet, n + 1);
}

/* ---- what comes ------------------------------------------------------------------------------ */

static int left(td_cas *cas, uint32_t channel, struct events *to)
{
    td_cas_event event = {.what = TD_CAS_CLOSED, .channel = channel,
                          .at = (int64_t)set_of(cas, channel)->heard};

    tell(cas, to, &event);
    cas->line[channel].gone = 1;
    if (cas->together)
        place(cas, channel, NULL, 0, TD_CAS_BLOCK);
    return -EPIPE;
}

/* One packet: its octets of speech (behind packet[0]), 0: bits or nothing we know, -EAGAIN, -EPIPE. */
static int receive(td_cas *cas, uint32_t channel, uint8_t *packet, int flags, struct events *to)
{
    struct line *line = &cas->line[channel];
    ssize_t n;

    if (line->gone)
        return -EPIPE;
    n = recv(line->fd, packet, 1 + TD_CAS_BLOCK, flags | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return -EAGAIN;
    if (n <= 0)
        return left(cas, channel, to);
    if (packet[0] == 'A' && n >= 2 && n <= 1 + TD_CAS_BLOCK) {
        line->length = (uint32_t)n - 1;
        return (int)n - 1;
    }
    if (packet[0] == 'C' && n == 2 && packet[1] < 16) {
        td_cas_event event = {.what = TD_CAS_BITS, .channel = channel,
                              .at = (int64_t)set_of(cas, channel)->heard, .value = packet[1]};
        tell(cas, to, &event);
    } else {
        cas->strange++;
    }
    return 0;
}

/* ---- together -------------------------------------------------------------------------------- */

/* Every block of this round: 0, or -EAGAIN when nothing came for a while. The last channel comes
 * first: when its block is there so are the others', and one wait is enough. The first block read
 * says how long the round is. */
static int receive_round(td_cas *cas, struct events *to)
{
    uint8_t packet[1 + TD_CAS_BLOCK];

    while (cas->next < cas->channels) {
        uint32_t channel = cas->channels - 1 - cas->next;
        int n = receive(cas, channel, packet, 0, to);

        if (n == -EAGAIN)
            return n;
        if (n > 0) {
            cas->frame = cas->frame ? cas->frame : (uint32_t)n;
            cas->strange += (uint32_t)n != cas->frame;
            place(cas, channel, packet + 1, (uint32_t)n, cas->frame);
        }
        if (n != 0)
            cas->next++;
    }
    return 0;
}

static int all_gone(const td_cas *cas)
{
    for (uint32_t c = 0; c < cas->channels; c++)
        if (!cas->line[c].gone)
            return 0;
    return 1;
}

int64_t td_cas_run(td_cas *cas, uint64_t until, td_cas_event *events, uint32_t room)
{
    struct events to = {.event = events, .room = room};

    while (!to.count && cas->set->heard < until && !all_gone(cas)) {
        for (uint32_t c = 0; !cas->sent && c < cas->channels; c++)
            send_block(cas, c, cas->line[c].length, &to);
        cas->sent = 1;
        if (receive_round(cas, &to) < 0) {
            if (cas->early && !cas->next)
                cas->sent = cas->early = 0; /* the far end waits for us: as it likes */
            break;
        }
        if (cas->frame)
            hear(cas, cas->set, 0, cas->frame, &to);
        cas->sent = cas->early && cas->set->heard == cas->frame;
        cas->next = cas->frame = 0;
    }
    return to.count;
}

/* ---- one by one ------------------------------------------------------------------------------ */

int td_cas_take(td_cas *cas, uint32_t channel, td_cas_event *events, uint32_t room,
                uint32_t *count)
{
    struct events to = {.event = events, .room = room, .count = *count};
    uint8_t packet[1 + TD_CAS_BLOCK];

    if (channel >= cas->channels || cas->together)
        return -EINVAL;
    int n = receive(cas, channel, packet, MSG_DONTWAIT, &to);

    if (n > 0) {
        place(cas, 0, packet + 1, (uint32_t)n, (uint32_t)n);
        hear(cas, &cas->set[channel], channel, (uint32_t)n, &to);
    }
    *count = to.count;
    return n;
}

int td_cas_send(td_cas *cas, uint32_t channel, uint32_t n, td_cas_event *events, uint32_t room,
                uint32_t *count)
{
    struct events to = {.event = events, .room = room, .count = *count};

    if (channel >= cas->channels || cas->together || n < 1 || n > TD_CAS_BLOCK)
        return -EINVAL;
    send_block(cas, channel, n, &to);
    *count = to.count;
    return cas->line[channel].gone ? -EPIPE : 0;
}

uint64_t td_cas_heard(const td_cas *cas, uint32_t channel)
{
    return channel < cas->channels ? set_of(cas, channel)->heard : 0;
}

void td_cas_count(const td_cas *cas, td_cas_counts *counts)
{
    *counts = (td_cas_counts){.heard = cas->set->heard, .dropped = cas->dropped,
                              .strange = cas->strange, .lost = cas->lost};
}

/* ---- made and unmade ------------------------------------------------------------------------- */

/* td_cas_run waits in recv itself, one call a block; but not for ever, so that Python can look. */
static void make_wait(int fd)
{
    struct timeval wait = {.tv_usec = WAIT_US};
    int flags = fcntl(fd, F_GETFL);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

static int fill(td_cas *cas, const int *fds, uint32_t block)
{
    uint32_t channels = cas->channels;

    cas->line = calloc(channels, sizeof(*cas->line));
    cas->set = calloc(cas->n_sets, sizeof(*cas->set));
    cas->frames = calloc((size_t)cas->lanes * TD_CAS_BLOCK, sizeof(*cas->frames));
    if (!cas->line || !cas->set || !cas->frames)
        return -ENOMEM;
    for (uint32_t c = 0; c < channels; c++) {
        cas->line[c].fd = fds[c];
        cas->line[c].length = block;
        if (cas->together)
            make_wait(fds[c]);
    }
    for (int octet = 0; octet < 256; octet++) {
        uint8_t alaw = (uint8_t)octet;

        td_alaw_decode(&alaw, &cas->linear[octet], 1);
    }
    return 0;
}

td_cas *td_cas_new(const int *fds, uint32_t channels, uint32_t block, int together)
{
    if (channels < 1 || channels > TD_CAS_CHANNELS || block < 1 || block > TD_CAS_BLOCK)
        return NULL;
    td_cas *cas = calloc(1, sizeof(*cas));

    if (!cas)
        return NULL;
    cas->channels = channels;
    cas->together = together;
    cas->early = together == TD_CAS_EARLY;
    cas->n_sets = together ? 1 : channels;
    cas->lanes = ((together ? channels : 1) + LANES - 1) / LANES * LANES;
    if (fill(cas, fds, block) < 0) {
        td_cas_free(cas);
        return NULL;
    }
    return cas;
}

void td_cas_free(td_cas *cas)
{
    if (!cas)
        return;
    for (uint32_t s = 0; cas->set && s < cas->n_sets; s++) {
        td_dtmf_free(cas->set[s].bank[TD_TONE_DTMF - 1]);
        for (int k = TD_TONE_R2_FORWARD - 1; k < KINDS; k++)
            td_mf_free(cas->set[s].bank[k]);
    }
    free(cas->line);
    free(cas->set);
    free(cas->frames);
    free(cas);
}
