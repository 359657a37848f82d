/* A server of osmo-e1d's protocol of Osmocom's own functions (libosmocore: sockets, select loop, timer,
 * message buffers, its HDLC): interfaces 0 and 1 with one line each, joined back to back as osmo-e1d's
 * virtual pair is. Frames of 20 ms, 160 of them, as there. SIGUSR1: loss of signal at both lines;
 * SIGUSR2: its end. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/core/application.h>
#include <osmocom/core/logging.h>
#include <osmocom/core/isdnhdlc.h>
#include <osmocom/core/socket.h>
#include <osmocom/core/timer.h>
#include <osmocom/core/utils.h>

#include "osmo_e1d.h"

#define FRAMES 160
#define LONGEST_FRAME 264
#define CLIENTS 8

struct timeslot {
    int fd;
    uint8_t mode, started;
    uint16_t bufsize, used;
    uint8_t *buffer;
    struct osmo_isdnhdlc_vars tx, rx;
    uint8_t frame[LONGEST_FRAME], heard[LONGEST_FRAME];
    int length, offset;
};

static struct timeslot lines[2][32];
static struct osmo_fd listener, ticker, clients[CLIENTS];
static int dark;
static volatile sig_atomic_t asked = -1;

static void ts_close(struct timeslot *ts)
{
    close(ts->fd);
    ts->fd = -1;
    ts->mode = 0;
}

/* ---- octets ---------------------------------------------------------------------------------- */

static void take_hdlc(struct timeslot *ts, uint8_t *octets)
{
    for (int done = 0; done < FRAMES;) {
        int used = 0, made;

        if (!ts->length) {
            ssize_t n = recv(ts->fd, ts->frame, sizeof ts->frame, MSG_DONTWAIT);

            if (n == 0 || (n < 0 && errno != EAGAIN)) {
                ts_close(ts);
                return;
            }
            ts->length = n > 0 ? (int)n : 0;
            ts->offset = 0;
        }
        made = osmo_isdnhdlc_encode(&ts->tx, ts->frame + ts->offset,
                                    (uint16_t)(ts->length - ts->offset), &used, octets + done,
                                    (uint16_t)(FRAMES - done));
        if (made > 0)
            done += made;
        ts->offset += used;
        if (ts->offset >= ts->length)
            ts->length = ts->offset = 0;
    }
}

static void take(struct timeslot *ts, uint8_t *octets)
{
    memset(octets, 0xff, FRAMES);
    if (ts->mode == HDLC) {
        take_hdlc(ts, octets);
    } else if (ts->mode == RAW) {
        ssize_t n = recv(ts->fd, octets, FRAMES, MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN))
            ts_close(ts);
    }
}

static void give_hdlc(struct timeslot *ts, const uint8_t *octets)
{
    for (int done = 0; done < FRAMES;) {
        int used = 0;
        int n = osmo_isdnhdlc_decode(&ts->rx, octets + done, (uint16_t)(FRAMES - done), &used,
                                     ts->heard, sizeof ts->heard);

        if (n > 0 && send(ts->fd, ts->heard, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
            errno != EAGAIN) {
            ts_close(ts);
            return;
        }
        done += used;
    }
}

static void give(struct timeslot *ts, const uint8_t *octets)
{
    if (ts->mode == HDLC)
        give_hdlc(ts, octets);
    for (int i = 0; i < FRAMES && ts->mode == RAW; i++) {
        ts->buffer[ts->used++] = octets[i];
        if (ts->used < ts->bufsize)
            continue;
        ts->used = 0;
        if (send(ts->fd, ts->buffer, ts->bufsize, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
            errno != EAGAIN)
            ts_close(ts);
    }
}

/* ---- alarms ---------------------------------------------------------------------------------- */

static void tell(int type)
{
    for (int i = 0; i < CLIENTS; i++)
        for (uint8_t intf = 0; clients[i].fd >= 0 && intf < 2; intf++)
            message_write(clients[i].fd, (struct head){.type = (uint8_t)type, .intf = intf}, NULL,
                          0, -1);
}

static int tick(struct osmo_fd *ofd, unsigned int what)
{
    uint64_t times = 0;

    (void)what;
    if (read(ofd->fd, &times, sizeof times) != sizeof times)
        return 0;
    if (asked >= 0) {
        dark = asked;
        asked = -1;
        tell(dark ? LOS_ON : LOS_OFF);
    }
    while (times--)
        for (int n = 1; n < 32; n++) {
            uint8_t octets[2][FRAMES];

            take(&lines[0][n], octets[0]);
            take(&lines[1][n], octets[1]);
            if (dark)
                memset(octets, 0xff, sizeof octets);
            give(&lines[0][n], octets[1]);
            give(&lines[1][n], octets[0]);
        }
    return 0;
}

/* ---- commands -------------------------------------------------------------------------------- */

static int ts_open(struct timeslot *ts, const struct ts_config *config)
{
    int ends[2], hdlc = config->mode == HDLC;

    if ((config->mode != RAW && !hdlc) || !config->bufsize)
        return -1;
    if (ts->fd >= 0 && !(config->flags & FORCE))
        return -1;
    if (ts->fd >= 0)
        ts_close(ts);
    if (socketpair(AF_UNIX, hdlc ? SOCK_SEQPACKET : SOCK_STREAM, 0, ends) < 0)
        return -1;
    ts->fd = ends[0];
    ts->mode = config->mode;
    ts->bufsize = config->bufsize;
    ts->used = 0;
    ts->length = ts->offset = 0;
    ts->buffer = realloc(ts->buffer, ts->bufsize);
    osmo_isdnhdlc_out_init(&ts->tx, OSMO_HDLC_F_BITREVERSE);
    osmo_isdnhdlc_rcv_init(&ts->rx, OSMO_HDLC_F_BITREVERSE);
    return ends[1];
}

static void answer(int to, struct msgb *msg)
{
    struct head head = *(struct head *)msg->l1h;
    const struct ts_config *config = (const struct ts_config *)msg->l2h;
    struct intf_info intfs[2] = {{0, 1}, {1, 1}};
    struct line_info line = {0, CHANNELIZED, 0};
    struct ts_info info = {0};
    const void *body = NULL;
    unsigned octets = 0;
    int fd = -1, there = head.intf < 2 && (head.line == 0 || head.line == NONE);

    if (head.type == INTF_QUERY) {
        body = intfs;
        octets = sizeof intfs;
    } else if (there && (head.type == LINE_QUERY || head.type == LINE_CONFIG)) {
        body = &line;
        octets = sizeof line;
    } else if (there && head.type == TS_OPEN && head.ts >= 1 && head.ts < 32 &&
               msgb_l2len(msg) == sizeof *config) {
        fd = ts_open(&lines[head.intf][head.ts], config);
        info = (struct ts_info){head.ts, *config, 0xa5};
        body = &info;
        octets = fd < 0 ? 0 : sizeof info;
    } else if (head.type == SABITS && there) {
        message_write(to, (struct head){.type = SA_EVENT, .intf = !head.intf}, msg->l2h, 1, -1);
    }
    head.type |= RESPONSE;
    message_write(to, head, body, octets, fd);
    if (fd >= 0)
        close(fd);
}

static int heard(struct osmo_fd *ofd, unsigned int what)
{
    int fd;
    struct msgb *msg = message_read(ofd->fd, &fd);

    (void)what;
    if (msg) {
        answer(ofd->fd, msg);
        msgb_free(msg);
        return 0;
    }
    osmo_fd_close(ofd);
    return 0;
}

static int come(struct osmo_fd *ofd, unsigned int what)
{
    int fd = accept(ofd->fd, NULL, NULL);

    (void)what;
    for (int i = 0; i < CLIENTS && fd >= 0; i++)
        if (clients[i].fd < 0) {
            osmo_fd_setup(&clients[i], fd, OSMO_FD_READ, heard, NULL, 0);
            return osmo_fd_register(&clients[i]);
        }
    return close(fd);
}

static void on_signal(int number)
{
    asked = number == SIGUSR1;
}

int main(int count, char **words)
{
    static const struct log_info none = {0};
    struct timespec every = {0, FRAMES * 125000};

    osmo_init_logging2(NULL, &none);
    for (int i = 0; i < CLIENTS; i++)
        clients[i].fd = -1;
    for (int i = 0; i < 64; i++)
        lines[i / 32][i % 32].fd = -1;
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, on_signal);
    listener.cb = come;
    if (count != 2 || osmo_sock_unix_init_ofd(&listener, SOCK_SEQPACKET, 0, words[1],
                                              OSMO_SOCK_F_BIND) < 0)
        return 2;
    ticker.fd = -1;
    if (osmo_timerfd_setup(&ticker, tick, NULL) < 0 ||
        osmo_timerfd_schedule(&ticker, &every, &every) < 0)
        return 3;
    puts("ready");
    fflush(stdout);
    for (;;)
        osmo_select_main(0);
}
