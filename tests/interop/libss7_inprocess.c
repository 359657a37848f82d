/* Both ends of an SS7 link with libss7 in one process, signal units passed in memory: libss7's own
 * speed, for bench/bench_ss7.py. Usage: libss7_inprocess CALLS CONC; one JSON line. The time of the
 * alignment, half a second of waiting, is not counted. Linked with libss7 (GPL-2) with
 * --wrap=read,--wrap=write: libss7 does I/O by itself. */
#define _GNU_SOURCE
#include "libss7_side.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 1024
#define UNIT_OCTETS 512
#define FIRST_FD 1000 /* no descriptor: the wrapped calls know it */
#define BURST 16

struct queue {
    unsigned head, tail;
    size_t lengths[SLOTS];
    unsigned char units[SLOTS][UNIT_OCTETS];
};

static struct queue to_end[2];
static struct side sides[2];

ssize_t __real_read(int fd, void *buf, size_t len);
ssize_t __real_write(int fd, const void *buf, size_t len);
ssize_t __wrap_read(int fd, void *buf, size_t len);
ssize_t __wrap_write(int fd, const void *buf, size_t len);

/* libss7 counts two octets more than a signal unit has, the place of the FCS: they go along. */
ssize_t __wrap_read(int fd, void *buf, size_t len) {
    if (fd != FIRST_FD && fd != FIRST_FD + 1) return __real_read(fd, buf, len);
    struct queue *queue = &to_end[fd - FIRST_FD];
    if (queue->tail == queue->head) return 0;
    unsigned slot = queue->tail++ % SLOTS;
    memcpy(buf, queue->units[slot], queue->lengths[slot]);
    return (ssize_t)queue->lengths[slot];
}

ssize_t __wrap_write(int fd, const void *buf, size_t len) {
    if (fd != FIRST_FD && fd != FIRST_FD + 1) return __real_write(fd, buf, len);
    struct queue *queue = &to_end[1 - (fd - FIRST_FD)];
    if (queue->head - queue->tail == SLOTS || len > UNIT_OCTETS) abort();
    unsigned slot = queue->head++ % SLOTS;
    queue->lengths[slot] = len;
    memcpy(queue->units[slot], buf, len);
    return (ssize_t)len;
}

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / NS_PER_S;
}

/* What has come, the script and the timers, what is to go. */
static void turn(int end) {
    struct side *side = &sides[end];
    struct queue *in = &to_end[end];
    for (int n = 0; n < BURST && in->tail != in->head; n++) {
        ss7_read(side->ss7, side->fd);
        side_events(side);
    }
    side_run(side, side_now());
    for (int n = 0; n < BURST && ss7_pollflags(side->ss7, side->fd) & POLLOUT; n++)
        ss7_write(side->ss7, side->fd);
}

int main(int argc, char **argv) {
    static struct script call = {.cause = 16, .drop_ms = -1, .quiet = true, .opc = 1, .dpc = 2,
                                 .ni = SS7_NI_NAT, .called = "5551000", .calling = "5550000"};
    static struct script answer;
    if (argc != 3) return 2;
    call.conc = atoi(argv[2]);
    for (int cic = 1; cic <= 31; cic++) call.cics[cic] = 1;
    call.n_cics = call.last_cic = 31;
    answer = call;
    answer.opc = call.dpc;
    answer.dpc = call.opc;
    answer.answer = true;
    answer.calls = call.calls = atol(argv[1]);
    long calls = call.calls;
    call.calls = 0; /* not before both ends are up */
    side_open(&sides[0], &call, FIRST_FD);
    side_open(&sides[1], &answer, FIRST_FD + 1);
    int64_t limit = side_now() + 30 * NS_PER_S;
    while (!sides[0].up || !sides[1].up) {
        turn(0);
        turn(1);
        usleep(500);
        if (side_now() > limit) return fputs("the link does not come up\n", stderr), 1;
    }
    call.calls = calls;
    double began = cpu_s();
    while (!side_finished(&sides[0]) || !side_finished(&sides[1])) {
        turn(0);
        turn(1);
    }
    double used = cpu_s() - began;
    bool good = side_good(&sides[0]) && side_good(&sides[1]);
    printf("{\"calls\":%ld,\"cpu_s\":%.6f,\"calls_per_cpu_s\":%.0f}\n", calls, used,
           (double)calls / used);
    return good ? 0 : 1;
}
