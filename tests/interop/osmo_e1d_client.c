/* A client of osmo-e1d's protocol of Osmocom's own functions: libosmocore's sockets, select loop and
 * message buffers, and on an HDLC timeslot libosmo-abis' LAPD, user side. It tells what it sees, a line
 * each, and ends when the far end's Q.931 has answered a STATUS ENQUIRY and a second of octets has come
 * back on a RAW timeslot as it was sent. argv: socket, interface, line. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osmocom/abis/lapd.h>
#include <osmocom/core/application.h>
#include <osmocom/core/logging.h>
#include <osmocom/core/socket.h>
#include <osmocom/core/utils.h>
#include <osmocom/gsm/prim.h>

#include "osmo_e1d.h"

#define SECOND 8000
#define CHUNK 160
#define AHEAD (5 * CHUNK) /* what waits at the server: how late we may be */

static struct osmo_fd control, signalling, speech;
static struct lapd_instance *lapd;
static uint8_t sent[12 * SECOND], came[20 * SECOND];
static unsigned n_sent, n_came;
static int answered, matched;

static void tell_event(const struct head *head, const struct msgb *msg)
{
    static const char *const names[] = {"LOS on", "LOS off", "AIS on", "AIS off",
                                        "RAI on", "RAI off", "LOF on", "LOF off"};

    if (head->type <= LOF_OFF)
        printf("event %u:%u %s\n", head->intf, head->line, names[head->type - LOS_ON]);
    else
        printf("event %u:%u Sa %02x\n", head->intf, head->line, *(uint8_t *)msgb_l2(msg));
    fflush(stdout);
}

static int on_event(struct osmo_fd *ofd, unsigned int what)
{
    int fd;
    struct msgb *msg = message_read(ofd->fd, &fd);

    (void)what;
    if (!msg)
        exit(4);
    tell_event((struct head *)msg->l1h, msg);
    msgb_free(msg);
    return 0;
}

/* The answer to a command; events that come before it are told. */
static struct msgb *ask(struct head head, const void *body, unsigned octets, int *fd)
{
    if (message_write(control.fd, head, body, octets, -1) < 0)
        exit(3);
    for (;;) {
        struct pollfd ready = {control.fd, POLLIN, 0}; /* the library's sockets do not block */
        struct msgb *msg = poll(&ready, 1, 5000) == 1 ? message_read(control.fd, fd) : NULL;
        const struct head *got = msg ? (struct head *)msg->l1h : NULL;

        if (!msg)
            exit(4);
        if ((got->type & KIND) != 0x40) {
            if (got->type != (head.type | RESPONSE))
                exit(5);
            return msg;
        }
        tell_event(got, msg);
        msgb_free(msg);
    }
}

static int open_ts(struct head head, uint8_t ts, uint8_t mode)
{
    struct ts_config config = {mode, 0, CHUNK};
    struct msgb *msg;
    int fd;

    head.type = TS_OPEN;
    head.ts = ts;
    msg = ask(head, &config, sizeof config, &fd);
    if (fd < 0 || msgb_l2len(msg) != sizeof(struct ts_info))
        exit(6);
    msgb_free(msg);
    return fd;
}

static void query(struct head head)
{
    struct msgb *msg;
    int fd;

    head.type = INTF_QUERY;
    msg = ask((struct head){.type = INTF_QUERY, .intf = NONE, .line = NONE, .ts = NONE}, NULL, 0,
              &fd);
    printf("interface %u has %u lines\n", ((struct intf_info *)msg->l2h)->id,
           ((struct intf_info *)msg->l2h)->lines);
    msgb_free(msg);
    head.type = LINE_QUERY;
    msg = ask(head, NULL, 0, &fd);
    printf("line %u mode %02x\n", ((struct line_info *)msg->l2h)->id,
           ((struct line_info *)msg->l2h)->mode);
    msgb_free(msg);
    head.type = TS_QUERY;
    msg = ask(head, NULL, 0, &fd);
    printf("%u timeslots\n", (unsigned)(msgb_l2len(msg) / sizeof(struct ts_info)));
    msgb_free(msg);
    fflush(stdout);
}

/* ---- LAPD ------------------------------------------------------------------------------------ */

static void lapd_sends(struct msgb *msg, void *data)
{
    (void)data;
    if (send(signalling.fd, msg->data, msg->len, MSG_NOSIGNAL) < 0)
        exit(7);
    msgb_free(msg);
}

static void lapd_hears(struct osmo_dlsap_prim *prim, uint8_t tei, uint8_t sapi, void *data)
{
    static const uint8_t enquiry[] = {0x08, 0x02, 0x00, 0x07, 0x75};
    struct msgb *msg = prim->oph.msg;

    (void)data;
    if (prim->oph.primitive == PRIM_DL_EST) {
        struct msgb *ask_it = msgb_alloc_headroom(256, 64, "Q.931");

        puts("LAPD established");
        ask_it->l3h = msgb_put(ask_it, sizeof enquiry);
        memcpy(ask_it->l3h, enquiry, sizeof enquiry);
        lapd_transmit(lapd, tei, sapi, ask_it);
    } else if (prim->oph.primitive == PRIM_DL_DATA) {
        printf("Q.931 %s\n", osmo_hexdump_nospc(msg->l3h, (int)msgb_l3len(msg)));
        answered = 1;
    }
    fflush(stdout);
    msgb_free(msg);
}

static int on_signalling(struct osmo_fd *ofd, unsigned int what)
{
    struct msgb *msg = msgb_alloc_headroom(512, 64, "LAPD");
    ssize_t n = recv(ofd->fd, msg->data, 300, MSG_DONTWAIT);
    int error = 0;

    (void)what;
    if (n <= 0)
        exit(8);
    msg->l2h = msgb_put(msg, (unsigned)n);
    lapd_receive(lapd, msg, &error);
    return 0;
}

/* ---- octets ---------------------------------------------------------------------------------- */

/* As osmo-e1d's clients do: what is read is the clock of what is written. */
static int on_speech(struct osmo_fd *ofd, unsigned int what)
{
    ssize_t n = recv(ofd->fd, came + n_came, CHUNK, MSG_DONTWAIT);

    (void)what;
    if (n <= 0 || n_came + CHUNK > sizeof came - CHUNK)
        exit(9);
    n_came = matched ? 0 : n_came + (unsigned)n;
    if (n_sent < sizeof sent) {
        if (send(ofd->fd, sent + n_sent, (size_t)n, MSG_NOSIGNAL) != n)
            exit(10);
        n_sent += (unsigned)n;
    }
    /* A machine that stood still loses octets as a real one would: the next second is as good. */
    for (unsigned at = 0; !matched && n_came % SECOND == 0 && at < n_came; at += SECOND)
        matched = at < sizeof sent && memmem(came, n_came, sent + at, SECOND) != NULL;
    if (matched && n_came) {
        puts("a second of octets came back as it was sent");
        fflush(stdout);
        n_came = 0;
    }
    return 0;
}

int main(int count, char **words)
{
    static const struct log_info none = {0};
    struct head head = {.ts = NONE};

    if (count != 4)
        return 2;
    head.intf = (uint8_t)atoi(words[2]);
    head.line = (uint8_t)atoi(words[3]);
    osmo_init_logging2(NULL, &none);
    srandom(7);
    for (unsigned i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)random();
    if (osmo_sock_unix_init_ofd(&control, SOCK_SEQPACKET, 0, words[1], OSMO_SOCK_F_CONNECT) < 0)
        return 3;
    control.cb = on_event;
    query(head);
    osmo_fd_setup(&signalling, open_ts(head, 16, HDLC), OSMO_FD_READ, on_signalling, NULL, 0);
    osmo_fd_setup(&speech, open_ts(head, 1, RAW), OSMO_FD_READ, on_speech, NULL, 0);
    n_sent = AHEAD;
    if (send(speech.fd, sent, AHEAD, MSG_NOSIGNAL) != AHEAD)
        return 3;
    if (osmo_fd_register(&signalling) || osmo_fd_register(&speech))
        return 3;
    lapd = lapd_instance_alloc2(0, lapd_sends, NULL, lapd_hears, NULL, &lapd_profile_isdn, "D");
    lapd_sap_start(lapd, 0, 0);
    while (!answered || !matched)
        osmo_select_main(0);
    puts("done");
    fflush(stdout);
    for (;;)
        osmo_select_main(0); /* events go on being told */
}
