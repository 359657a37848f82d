/* An exchange made of libss7 (ITU), on a SOCK_SEQPACKET descriptor that carries one signal unit
 * without FCS a packet, fill-ins only when they change. Options, JSON lines, summary and exit codes
 * are those of `trunkd peer ss7`; more under `circuits_command`. Test program; linked with libss7
 * (GPL-2) with --wrap=read,--wrap=write,--wrap=mtp2_start: libss7 does I/O by itself. */
#define _GNU_SOURCE
#include "libss7_side.h"

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

#define BURST 16 /* signal units written or read before the other direction has its turn */
#define OCTET_NS 125000LL

static struct side side;
static bool paced;         /* write no faster than a line of 64 kbit/s */
static int64_t line_free;  /* monotonic ns */

/* ---- libss7's I/O: it counts two octets more than a signal unit has, the place of the FCS ---- */

ssize_t __real_read(int fd, void *buf, size_t len);
ssize_t __real_write(int fd, const void *buf, size_t len);
ssize_t __wrap_read(int fd, void *buf, size_t len);
ssize_t __wrap_write(int fd, const void *buf, size_t len);
struct mtp2;
int __real_mtp2_start(struct mtp2 *link, int emergency);
int __wrap_mtp2_start(struct mtp2 *link, int emergency);

ssize_t __wrap_read(int fd, void *buf, size_t len) {
    if (fd != side.fd) return __real_read(fd, buf, len);
    ssize_t got = recv(fd, buf, len - 2, MSG_DONTWAIT);
    if (got > 0) {
        memset((char *)buf + got, 0, 2);
        return got + 2;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) side.hungup = true;
    return 0;
}

ssize_t __wrap_write(int fd, const void *buf, size_t len) {
    if (fd != side.fd) return __real_write(fd, buf, len);
    int64_t now = side_now();
    line_free = (line_free > now ? line_free : now) + (int64_t)(len + 1) * OCTET_NS;
    while (send(fd, buf, len - 2, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        struct pollfd poll_fd = {fd, POLLOUT, 0};
        if (errno == EAGAIN) {
            poll(&poll_fd, 1, 1000);
        } else if (errno != EINTR) {
            side.hungup = true;
            break;
        }
    }
    return (ssize_t)len;
}

/* libss7 always asks for emergency alignment; --normal has it ask for none. */
int __wrap_mtp2_start(struct mtp2 *link, int emergency) {
    return __real_mtp2_start(link, side.script->normal ? 0 : emergency);
}

/* ---- options ---- */

static void usage(const char *why) {
    fprintf(stderr,
            "libss7_peer: %s\n"
            "usage: libss7_peer (--fd N | --connect PATH | --listen PATH) --opc PC --dpc PC\n"
            "  --mode call|answer|both [--ni N] [--cics A-B,…] [--calls N] [--expect N] [--conc K]\n"
            "  [--rate R] [--hold MS] [--called D] [--calling D] [--min-digits N] [--cause N]\n"
            "  [--reject CAUSE] [--drop-ms MS] [--restart] [--expect-reject] [--timeout S]\n"
            "  [--quiet] [--normal] [--pace] [--cpg] [--silent] [--commands]\n",
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

enum { FD = 256, CONNECT, LISTEN, OPC, DPC, NI, CIC_LIST, MODE, CALLS, EXPECT, CONC, RATE, HOLD,
       CALLED, CALLING, MIN_DIGITS, CAUSE, REJECT, DROP_MS, RESTART, EXPECT_REJECT, TIMEOUT, QUIET,
       NORMAL, PACE, CPG, SILENT, COMMANDS };

static const struct option OPTIONS[] = {
    {"fd", 1, 0, FD}, {"connect", 1, 0, CONNECT}, {"listen", 1, 0, LISTEN}, {"opc", 1, 0, OPC},
    {"dpc", 1, 0, DPC}, {"ni", 1, 0, NI}, {"cics", 1, 0, CIC_LIST}, {"mode", 1, 0, MODE},
    {"calls", 1, 0, CALLS}, {"expect", 1, 0, EXPECT}, {"conc", 1, 0, CONC}, {"rate", 1, 0, RATE},
    {"hold", 1, 0, HOLD}, {"called", 1, 0, CALLED}, {"calling", 1, 0, CALLING},
    {"min-digits", 1, 0, MIN_DIGITS}, {"cause", 1, 0, CAUSE}, {"reject", 1, 0, REJECT},
    {"drop-ms", 1, 0, DROP_MS}, {"restart", 0, 0, RESTART}, {"expect-reject", 0, 0, EXPECT_REJECT},
    {"timeout", 1, 0, TIMEOUT}, {"quiet", 0, 0, QUIET}, {"normal", 0, 0, NORMAL},
    {"pace", 0, 0, PACE}, {"cpg", 0, 0, CPG}, {"silent", 0, 0, SILENT},
    {"commands", 0, 0, COMMANDS}, {0, 0, 0, 0}};

/* 2-3-1 (3, 8 and 3 bits), 0x1019 or 4121. */
static int point_code(const char *text) {
    unsigned a, b, c;
    char rest;
    if (sscanf(text, "%u-%u-%u%c", &a, &b, &c, &rest) == 3 && a < 8 && b < 256 && c < 8)
        return (int)(a << 11 | b << 3 | c);
    char *end;
    long code = strtol(text, &end, 0);
    if (*end || !*text || code < 0 || code > 0x3fff) usage("a point code is 2-3-1, 0x1019 or 4121");
    return (int)code;
}

static void add_cics(struct script *script, char *list) {
    for (char *part = strtok(list, ","); part; part = strtok(NULL, ",")) {
        int first, last, n = sscanf(part, "%d-%d", &first, &last);
        if (n == 1) last = first;
        if (n < 1 || first < 0 || last < first || last >= CICS) usage("--cics: give 1-15,17-31");
        for (int cic = first; cic <= last; cic++) {
            script->n_cics += !script->cics[cic];
            script->cics[cic] = 1;
            if (cic > script->last_cic) script->last_cic = cic;
        }
    }
}

static void set_number(struct script *script, int option, const char *value) {
    switch (option) {
    case OPC: script->opc = point_code(value); break;
    case DPC: script->dpc = point_code(value); break;
    case NI: script->ni = atoi(value); break;
    case CALLS: script->calls = atol(value); break;
    case EXPECT: script->expect = atol(value); break;
    case CONC: script->conc = atoi(value); break;
    case RATE: script->rate = atof(value); break;
    case HOLD: script->hold_ms = atoi(value); break;
    case MIN_DIGITS: script->min_digits = atoi(value); break;
    case CAUSE: script->cause = atoi(value); break;
    case REJECT: script->reject = atoi(value); break;
    case DROP_MS: script->drop_ms = atoi(value); break;
    case TIMEOUT: script->timeout_s = atof(value); break;
    default: usage("no such option");
    }
}

static bool set_flag(struct script *script, int option, bool *commands) {
    switch (option) {
    case RESTART: return script->restart = true;
    case EXPECT_REJECT: return script->expect_reject = true;
    case QUIET: return script->quiet = true;
    case NORMAL: return script->normal = true;
    case CPG: return script->cpg = true;
    case SILENT: return script->silent = true;
    case PACE: return paced = true;
    case COMMANDS: return *commands = true;
    default: return false;
    }
}

static int parse(struct script *script, int argc, char **argv, bool *commands) {
    int option, fd = -1;
    const char *path = NULL, *mode = "";
    bool listening = false;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        switch (option) {
        case FD: fd = atoi(optarg); break;
        case LISTEN:
        case CONNECT: path = optarg, listening = option == LISTEN; break;
        case MODE: mode = optarg; break;
        case CALLED: script->called = optarg; break;
        case CALLING: script->calling = optarg; break;
        case CIC_LIST: add_cics(script, optarg); break;
        default:
            if (!set_flag(script, option, commands))
                set_number(script, option, optarg ? optarg : "");
        }
    }
    char all[] = "1-31";
    if (!script->n_cics) add_cics(script, all);
    if (script->opc < 0 || script->dpc < 0) usage("give --opc and --dpc");
    if ((fd < 0) == !path) usage("give one of --fd, --connect and --listen");
    script->answer = !strcmp(mode, "answer");
    script->both = !strcmp(mode, "both");
    if (!script->answer && !script->both && strcmp(mode, "call"))
        usage("--mode must be call, answer or both");
    if (script->calls < 0) script->calls = script->answer || script->both ? 0 : 1;
    if (script->conc > script->n_cics) script->conc = script->n_cics;
    return path ? open_path(path, listening) : fd;
}

/* ---- the loop ---- */

/* Whole lines of standard input; its end ends nothing. False: it is over. */
static bool read_commands(void) {
    static char text[1024];
    static size_t n;
    ssize_t got = __real_read(0, text + n, sizeof text - 1 - n);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    n += (size_t)got;
    text[n] = 0;
    char *line = text, *end;
    while ((end = strchr(line, '\n'))) {
        *end = 0;
        circuits_command(&side, line);
        line = end + 1;
    }
    n -= (size_t)(line - text);
    memmove(text, line, n);
    return true;
}

static bool may_write(int64_t now) { return !paced || line_free <= now; }

/* Waits for a signal unit, room for one, a command or `until` (monotonic ns). */
static void wait_for(bool *commands, int64_t until) {
    int64_t now = side_now();
    short events = (short)ss7_pollflags(side.ss7, side.fd);
    struct pollfd fds[2] = {{side.fd, POLLIN, 0}, {0, POLLIN, 0}};
    struct timespec left = {0, 0};
    if (events & POLLOUT && may_write(now)) fds[0].events |= POLLOUT;
    if (events & POLLOUT && !may_write(now) && line_free < until) until = line_free;
    fflush(side.out);
    if (until > now) left = (struct timespec){(until - now) / NS_PER_S, (until - now) % NS_PER_S};
    ppoll(fds, *commands ? 2 : 1, &left, NULL);
    if (*commands && fds[1].revents) *commands = read_commands();
    for (int n = 0; n < BURST && fds[0].revents & (POLLIN | POLLHUP); n++) {
        if (ss7_read(side.ss7, side.fd) <= 0 && n) break;
        side_events(&side);
        if (side.hungup) return;
        if (poll(fds, 1, 0) <= 0) break;
    }
    for (int n = 0; n < BURST && ss7_pollflags(side.ss7, side.fd) & POLLOUT; n++) {
        if (!may_write(side_now())) break;
        ss7_write(side.ss7, side.fd);
    }
}

/* What was sent last is acknowledged: while it is not, T7 of MTP2 runs (1.25 s). */
static bool quiet(void) {
    int64_t next = side_next(&side);
    return !(ss7_pollflags(side.ss7, side.fd) & POLLOUT) &&
           (next < 0 || next > side_now() + 1500 * NS_PER_MS);
}

/* Runs to the script's end. True: out of time. */
static bool run(bool commands) {
    double timeout = side.script->timeout_s;
    int64_t end = timeout > 0 ? side_now() + (int64_t)(timeout * NS_PER_S) : INT64_MAX;
    while (!side.hungup) {
        int64_t now = side_now();
        side_run(&side, now);
        if (now >= end) return true;
        if (side_finished(&side) && quiet()) return false;
        int64_t next = side_next(&side);
        wait_for(&commands, next < 0 || next > end ? end : next);
    }
    return false;
}

int main(int argc, char **argv) {
    static struct script script = {.calls = -1, .conc = 1, .cause = 16, .drop_ms = -1,
                                   .timeout_s = 60, .called = "5551000", .calling = "5550000",
                                   .opc = -1, .dpc = -1, .ni = SS7_NI_NAT};
    bool commands = false;
    int fd = parse(&script, argc, argv, &commands);
    side.script = &script;
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | (commands ? O_NONBLOCK : 0));
    side_open(&side, &script, fd);
    bool timed_out = run(commands);
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    side_summary(&side, (double)cpu.tv_sec + (double)cpu.tv_nsec / NS_PER_S, timed_out);
    fflush(side.out);
    return timed_out ? 2 : side_good(&side) ? 0 : 1;
}
