/* An exchange or a user made of libpri, on a SOCK_SEQPACKET descriptor that carries one LAPD frame
 * without FCS a packet. Options, JSON lines, summary and exit codes are those of
 * `trunkd peer pri`. Test program; linked with libpri (GPL-2). */
#define _GNU_SOURCE
#include "libpri_side.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct wire {
    struct side side;
    int fd;
};

/* libpri counts two octets more than a frame has: the place of the FCS. */
static int wire_read(struct pri *pri, void *buf, int len) {
    struct wire *wire = pri_get_userdata(pri);
    ssize_t got = recv(wire->fd, buf, (size_t)len - 2, MSG_DONTWAIT);
    if (got > 0) {
        wire->side.moved = true;
        memset((char *)buf + got, 0, 2);
        return (int)got + 2;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) wire->side.hungup = true;
    return 0;
}

static int wire_write(struct pri *pri, void *buf, int len) {
    struct wire *wire = pri_get_userdata(pri);
    while (send(wire->fd, buf, (size_t)len - 2, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        struct pollfd poll_fd = {wire->fd, POLLOUT, 0};
        if (errno == EAGAIN) {
            poll(&poll_fd, 1, 1000);
        } else if (errno != EINTR) {
            wire->side.hungup = true;
            break;
        }
    }
    return len;
}

static void usage(const char *why) {
    fprintf(stderr,
            "libpri_peer: %s\n"
            "usage: libpri_peer (--fd N | --connect PATH | --listen PATH) --side net|cpe\n"
            "  --mode call|answer [--calls N] [--conc K] [--rate R] [--hold MS] [--called D]\n"
            "  [--calling D] [--overlap N] [--min-digits N] [--cause N] [--reject CAUSE]\n"
            "  [--drop-ms MS] [--restart] [--chans N] [--expect-reject] [--timeout S] [--quiet]\n"
            "  [--switch etsi|ni2|5ess|4ess|dms100] [--name TEXT] [--service CHANNEL]\n"
            "  [--services grant|refuse] [--deflect D] [--bridge]\n",
            why);
    exit(2);
}

static int open_path(const char *path, bool listening) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof address.sun_path) usage("the path is too long for a socket");
    strcpy(address.sun_path, path);
    if (!listening) {
        if (connect(fd, (struct sockaddr *)&address, sizeof address)) usage(strerror(errno));
        return fd;
    }
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1))
        usage(strerror(errno));
    int accepted = accept(fd, NULL, NULL);
    close(fd);
    unlink(path);
    return accepted;
}

enum { FD = 256, CONNECT, LISTEN, SIDE, MODE, CALLS, CONC, RATE, HOLD, CALLED, CALLING, OVERLAP,
       MIN_DIGITS, CAUSE, REJECT, DROP_MS, RESTART, CHANS, EXPECT_REJECT, TIMEOUT, QUIET, SWITCH,
       NAME, SERVICE, SERVICES, DEFLECT, BRIDGE };

static const struct option OPTIONS[] = {
    {"fd", 1, 0, FD}, {"connect", 1, 0, CONNECT}, {"listen", 1, 0, LISTEN}, {"side", 1, 0, SIDE},
    {"mode", 1, 0, MODE}, {"calls", 1, 0, CALLS}, {"conc", 1, 0, CONC}, {"rate", 1, 0, RATE},
    {"hold", 1, 0, HOLD}, {"called", 1, 0, CALLED}, {"calling", 1, 0, CALLING},
    {"overlap", 1, 0, OVERLAP}, {"min-digits", 1, 0, MIN_DIGITS}, {"cause", 1, 0, CAUSE},
    {"reject", 1, 0, REJECT}, {"drop-ms", 1, 0, DROP_MS}, {"restart", 0, 0, RESTART},
    {"chans", 1, 0, CHANS}, {"expect-reject", 0, 0, EXPECT_REJECT}, {"timeout", 1, 0, TIMEOUT},
    {"quiet", 0, 0, QUIET}, {"switch", 1, 0, SWITCH}, {"name", 1, 0, NAME},
    {"service", 1, 0, SERVICE}, {"services", 1, 0, SERVICES}, {"deflect", 1, 0, DEFLECT},
    {"bridge", 0, 0, BRIDGE}, {0, 0, 0, 0}};

static int switch_of(const char *name) {
    static const struct {
        const char *name;
        int type;
    } rows[] = {{"etsi", PRI_SWITCH_EUROISDN_E1}, {"ni2", PRI_SWITCH_NI2},
                {"5ess", PRI_SWITCH_LUCENT5E}, {"4ess", PRI_SWITCH_ATT4ESS},
                {"dms100", PRI_SWITCH_DMS100}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, name)) return rows[i].type;
    usage("--switch must be etsi, ni2, 5ess, 4ess or dms100");
    return 0;
}

static void set_number(struct script *script, int option, const char *value) {
    switch (option) {
    case CALLS: script->calls = atol(value); break;
    case CONC: script->conc = atoi(value); break;
    case RATE: script->rate = atof(value); break;
    case HOLD: script->hold_ms = atoi(value); break;
    case OVERLAP: script->overlap = atoi(value); break;
    case MIN_DIGITS: script->min_digits = atoi(value); break;
    case CAUSE: script->cause = atoi(value); break;
    case REJECT: script->reject = atoi(value); break;
    case DROP_MS: script->drop_ms = atoi(value); break;
    case CHANS: script->chans = atoi(value); break;
    case TIMEOUT: script->timeout_s = atof(value); break;
    default: usage("no such option");
    }
}

static int parse(struct script *script, int argc, char **argv) {
    int option, fd = -1;
    const char *path = NULL, *side = "", *mode = "";
    bool listening = false;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        switch (option) {
        case FD: fd = atoi(optarg); break;
        case LISTEN:
        case CONNECT: path = optarg, listening = option == LISTEN; break;
        case SIDE: side = optarg; break;
        case MODE: mode = optarg; break;
        case CALLED: script->called = optarg; break;
        case CALLING: script->calling = optarg; break;
        case RESTART: script->restart = true; break;
        case EXPECT_REJECT: script->expect_reject = true; break;
        case QUIET: script->quiet = true; break;
        case SWITCH: script->switch_type = switch_of(optarg); break;
        case NAME: script->name = optarg; break;
        case SERVICE: script->service = atoi(optarg); break;
        case SERVICES: script->services = optarg; break;
        case DEFLECT: script->deflect = optarg; break;
        case BRIDGE: script->bridge = true; break;
        default: set_number(script, option, optarg ? optarg : "");
        }
    }
    if (strcmp(side, "net") && strcmp(side, "cpe")) usage("--side must be net or cpe");
    if (strcmp(mode, "call") && strcmp(mode, "answer")) usage("--mode must be call or answer");
    if ((fd < 0) == !path) usage("give one of --fd, --connect and --listen");
    if (script->chans < 1 || script->chans > 30) usage("--chans must be 1 to 30");
    script->net = !strcmp(side, "net");
    script->answer = !strcmp(mode, "answer");
    if (script->calls < 0) script->calls = script->answer ? 0 : 1;
    if (script->conc > script->chans) script->conc = script->chans;
    return path ? open_path(path, listening) : fd;
}

static struct wire wire;

static void library_error(struct pri *pri, char *text) {
    (void)pri;
    side_fault(&wire.side, text);
}

static void library_message(struct pri *pri, char *text) {
    (void)pri;
    fputs(text, stderr);
}

/* Waits for a frame or for `until` (monotonic ns, -1 for ever). */
static void wait_for(struct side *side, int fd, int64_t now, int64_t until) {
    struct pollfd poll_fd = {fd, POLLIN, 0};
    struct timespec left = {0, 0};
    if (until <= now) return;
    fflush(side->out);
    left = (struct timespec){(until - now) / NS_PER_S, (until - now) % NS_PER_S};
    ppoll(&poll_fd, 1, &left, NULL);
}

/* Runs to the script's end and until what was sent last is acknowledged. True: out of time. */
static bool run(struct side *side, int fd) {
    int64_t end = side->script->timeout_s > 0
                      ? side_now() + (int64_t)(side->script->timeout_s * NS_PER_S)
                      : INT64_MAX;
    while (!side->hungup) {
        int64_t now = side_now();
        side_run(side, now);
        if (now >= end) return true;
        if (side_finished(side) && side_quiet(side)) return false;
        side_receive(side);
        if (side->received) continue;
        int64_t next = side_next(side);
        wait_for(side, fd, now, next < 0 || next > end ? end : next);
    }
    return false;
}

int main(int argc, char **argv) {
    struct script script = {.calls = -1, .conc = 1, .cause = PRI_CAUSE_NORMAL_CLEARING,
                            .drop_ms = -1, .chans = 30, .timeout_s = 60, .called = "5551000",
                            .calling = "5550000"};
    wire.fd = parse(&script, argc, argv);
    pri_set_error(library_error);
    pri_set_message(library_message);
    side_open(&wire.side, &script, wire_read, wire_write, &wire, wire.fd);
    if (!wire.side.pri) usage("libpri made no trunk");
    if (script.services) services_open(&wire.side);
    bool timed_out = run(&wire.side, wire.fd);
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    side_summary(&wire.side, (double)cpu.tv_sec + (double)cpu.tv_nsec / NS_PER_S, timed_out);
    fflush(wire.side.out);
    return timed_out ? 2 : side_good(&wire.side) ? 0 : 1;
}
