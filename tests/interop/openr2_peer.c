/* One end of openr2 on `cas` ports: options, JSON lines, summary and exit codes are those of
 * `trunkd peer r2`. Test program; linked with libopenr2 (LGPL), a process of its own. */
#define _GNU_SOURCE
#include "openr2_side.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define LINGER (NS_PER_S) /* after the last call: the far end has to see our bits */

static void usage(const char *why) {
    fprintf(stderr,
            "openr2_peer: %s\n"
            "usage: openr2_peer (--fd N | --connect PATH)… --mode call|answer [--variant CN]\n"
            "  [--lockstep [--early]] [--calls N] [--conc N] [--hold MS] [--called D] [--calling D]\n"
            "  [--category NAME] [--max-dnis N] [--max-ani N] [--ani-first 0|1] [--immediate]\n"
            "  [--reject CAUSE] [--accept charge|no-charge|special] [--no-answer] [--drop-ms MS]\n"
            "  [--drop-cause CAUSE] [--block-ms MS] [--rest-ms MS] [--expect-reject] [--timeout S] [--quiet]\n"
            "  [--log]\n",
            why);
    exit(2);
}

enum { FD = 256, CONNECT, MODE, VARIANT, LOCKSTEP, CALLS, CONC, HOLD, CALLED, CALLING, CATEGORY,
       MAX_DNIS, MAX_ANI, ANI_FIRST, IMMEDIATE, EARLY, REJECT, ACCEPT, NO_ANSWER, DROP_MS, DROP_CAUSE,
       BLOCK_MS, REST_MS, EXPECT_REJECT, TIMEOUT, QUIET, LOG };

static const struct option OPTIONS[] = {
    {"fd", 1, 0, FD}, {"connect", 1, 0, CONNECT}, {"mode", 1, 0, MODE},
    {"variant", 1, 0, VARIANT}, {"lockstep", 0, 0, LOCKSTEP}, {"calls", 1, 0, CALLS},
    {"conc", 1, 0, CONC}, {"hold", 1, 0, HOLD}, {"called", 1, 0, CALLED},
    {"calling", 1, 0, CALLING}, {"category", 1, 0, CATEGORY}, {"max-dnis", 1, 0, MAX_DNIS},
    {"max-ani", 1, 0, MAX_ANI}, {"ani-first", 1, 0, ANI_FIRST}, {"immediate", 0, 0, IMMEDIATE}, {"early", 0, 0, EARLY},
    {"reject", 1, 0, REJECT}, {"accept", 1, 0, ACCEPT}, {"no-answer", 0, 0, NO_ANSWER},
    {"drop-ms", 1, 0, DROP_MS}, {"drop-cause", 1, 0, DROP_CAUSE}, {"block-ms", 1, 0, BLOCK_MS},
    {"rest-ms", 1, 0, REST_MS}, {"expect-reject", 0, 0, EXPECT_REJECT}, {"timeout", 1, 0, TIMEOUT}, {"quiet", 0, 0, QUIET},
    {"log", 0, 0, LOG}, {0, 0, 0, 0}};

static int connected(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof address.sun_path) usage("the path is too long for a socket");
    strcpy(address.sun_path, path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) usage(strerror(errno));
    return fd;
}

static void add_channel(int fd) {
    struct channel *channel = &side.channels[side.n_channels++];
    channel->wire = wire_open(fd);
    if (!channel->wire) usage("too many channels");
    channel->number = side.n_channels;
}

static int cause_of(const char *name) {
    for (int i = 0; i <= OR2_CAUSE_NUMBER_CHANGED; i++)
        if (!strcmp(name, CAUSES[i])) return i;
    usage("no such cause");
    return 0;
}

static int mode_of(const char *name) {
    if (!strcmp(name, "charge")) return OR2_CALL_WITH_CHARGE;
    if (!strcmp(name, "no-charge")) return OR2_CALL_NO_CHARGE;
    if (strcmp(name, "special")) usage("no such way to accept a call");
    return OR2_CALL_SPECIAL;
}

static bool set_number(struct script *script, int option, const char *value) {
    switch (option) {
    case CALLS: script->calls = atol(value); break;
    case CONC: script->conc = atoi(value); break;
    case HOLD: script->hold_ms = atoi(value); break;
    case DROP_MS: script->drop_ms = atoi(value); break;
    case MAX_DNIS: script->max_dnis = atoi(value); break;
    case MAX_ANI: script->max_ani = atoi(value); break;
    case ANI_FIRST: script->ani_first = atoi(value); break;
    case BLOCK_MS: script->block_ms = atoi(value); break;
    case REST_MS: script->rest_ms = atoi(value); break;
    case TIMEOUT: script->timeout_s = atof(value); break;
    default: return false;
    }
    return true;
}

static void set_word(struct script *script, int option, const char *value, const char **variant) {
    switch (option) {
    case FD: add_channel(atoi(value)); break;
    case CONNECT: add_channel(connected(value)); break;
    case MODE: script->answer = !strcmp(value, "answer"); break;
    case VARIANT: *variant = value; break;
    case LOCKSTEP: wire_lockstep = true; break;
    case CALLED: script->called = value; break;
    case CALLING: script->calling = value; break;
    case CATEGORY: script->category = openr2_proto_get_category(value); break;
    case IMMEDIATE: script->immediate = true; break;
    case EARLY: script->early = true; break;
    case REJECT: script->reject = cause_of(value); break;
    case ACCEPT: script->mode = mode_of(value); break;
    case NO_ANSWER: script->no_answer = true; break;
    case DROP_CAUSE: script->drop_cause = cause_of(value); break;
    case EXPECT_REJECT: script->expect_reject = true; break;
    case QUIET: script->quiet = true; break;
    case LOG: script->log = true; break;
    default: usage("no such option");
    }
}

static void open_context(const struct script *script, const char *variant) {
    openr2_variant_t number = openr2_proto_get_variant(variant);
    if (number == OR2_VAR_UNKNOWN) usage("no such variant");
    side.context = openr2_context_new(NULL, &side_events, NULL, number, script->max_ani,
                                      script->max_dnis);
    if (!side.context) usage("openr2 makes no context");
    openr2_context_set_log_level(side.context, script->log ? OR2_LOG_ALL : OR2_LOG_NOTHING);
    openr2_context_set_immediate_accept(side.context, script->immediate);
    if (script->ani_first >= 0) openr2_context_set_ani_first(side.context, script->ani_first);
    for (int i = 0; i < side.n_channels; i++) {
        struct channel *channel = &side.channels[i];
        channel->r2 = openr2_chan_new_from_fd(side.context, channel->wire->fd, NULL, NULL);
        if (!channel->r2) usage("openr2 takes no channel");
        openr2_chan_set_client_data(channel->r2, channel);
        openr2_chan_set_logging_func(channel->r2, side_trace);
        openr2_chan_set_log_level(channel->r2, script->log ? OR2_LOG_ALL : OR2_LOG_NOTHING);
        openr2_chan_enable_read(channel->r2);
        if (script->block_ms) {
            openr2_chan_set_blocked(channel->r2);
            channel->idle_at = wire_now() + script->block_ms * NS_PER_MS + 1;
        } else {
            openr2_chan_set_idle(channel->r2);
        }
    }
}

/* ---- the loops ---- */

static bool all_gone(void) {
    for (int i = 0; i < side.n_channels; i++)
        if (!side.channels[i].wire->gone) return false;
    return true;
}

static bool through(int64_t now, int64_t *since) {
    if (!side_finished()) *since = 0;
    else if (!*since) *since = now;
    return *since && now - *since > LINGER;
}

/* A block on every channel, then one of every channel; the blocks are as long as theirs. `early`,
 * as `trunkd peer r2` answers: the second block is heard before ours, so that what we say to a block
 * comes with the next. */
static void lockstep_round(size_t *lengths, bool early) {
    static int rounds;
    bool skip = early && rounds == 1;
    rounds += rounds < 2;
    for (int i = 0; i < side.n_channels && !skip; i++)
        wire_send(side.channels[i].wire, lengths[i]);
    for (int i = 0; i < side.n_channels; i++) {
        int n = 0;
        while (!n) n = wire_take(side.channels[i].wire, true);
        if (n > 0) lengths[i] = (size_t)n;
        openr2_chan_process_event(side.channels[i].r2);
    }
}

/* Each block is answered as it comes; timers are looked at every 10 ms at least. */
static void real_round(void) {
    struct pollfd polled[WIRES];
    for (int i = 0; i < side.n_channels; i++)
        polled[i] = (struct pollfd){side.channels[i].wire->fd, POLLIN, 0};
    poll(polled, (nfds_t)side.n_channels, 10);
    for (int i = 0; i < side.n_channels; i++) {
        struct wire *wire = side.channels[i].wire;
        for (int n; (n = wire_take(wire, false)) >= 0;) {
            openr2_chan_process_event(side.channels[i].r2);
            if (n > 0) wire_send(wire, (size_t)n);
        }
        openr2_chan_process_event(side.channels[i].r2);
    }
}

static double cpu_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static int64_t wall(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

int main(int argc, char **argv) {
    struct script script = {.calls = -1, .drop_ms = -1, .conc = WIRES, .reject = -1,
                            .ani_first = -1, .max_ani = -1, .max_dnis = -1,
                            .drop_cause = OR2_CAUSE_NORMAL_CLEARING, .called = "5551000",
                            .calling = "5550000", .timeout_s = 60};
    const char *variant = "ITU";
    size_t lengths[WIRES];
    int64_t since = 0;
    int option;
    side.script = &script;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        if (!set_number(&script, option, optarg)) set_word(&script, option, optarg, &variant);
    if (!side.n_channels) usage("give --fd or --connect");
    if (script.calls < 0) script.calls = !script.answer;
    if (script.max_ani < 0) script.max_ani = (int)strlen(script.calling);
    if (script.max_dnis < 0) script.max_dnis = (int)strlen(script.called);
    open_context(&script, variant);
    for (int i = 0; i < WIRES; i++) lengths[i] = BLOCK;
    side.next_place = wire_now() + script.rest_ms * NS_PER_MS;
    double used = cpu_s();
    int64_t end = script.timeout_s > 0 ? wall() + (int64_t)(script.timeout_s * 1e9) : INT64_MAX;
    while (!all_gone() && wall() < end && !through(wire_now(), &since)) {
        wire_lockstep ? lockstep_round(lengths, script.early) : real_round();
        side_run();
    }
    bool timed_out = wall() >= end;
    side_summary(cpu_s() - used, timed_out);
    return timed_out ? 2 : side_good() ? 0 : 1;
}
