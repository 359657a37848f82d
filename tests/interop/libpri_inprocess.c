/* Both sides of a libpri trunk in one process, frames passed in memory: libpri's own speed, for
 * bench/bench_pri.py. Usage: libpri_inprocess CALLS CONC; one JSON line. Linked with libpri. */
#define _GNU_SOURCE
#include "libpri_side.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLOTS 1024
#define FRAME_OCTETS 512

struct queue {
    unsigned head, tail;
    int lengths[SLOTS];
    unsigned char frames[SLOTS][FRAME_OCTETS];
};

struct end {
    struct side side;
    struct queue *in, *out;
};

static int queue_read(struct pri *pri, void *buf, int len) {
    struct end *end = pri_get_userdata(pri);
    struct queue *queue = end->in;
    (void)len;
    if (queue->tail == queue->head) return 0;
    unsigned slot = queue->tail++ % SLOTS;
    end->side.moved = true;
    memcpy(buf, queue->frames[slot], (size_t)queue->lengths[slot]);
    return queue->lengths[slot];
}

static int queue_write(struct pri *pri, void *buf, int len) {
    struct end *end = pri_get_userdata(pri);
    struct queue *queue = end->out;
    if (queue->head - queue->tail == SLOTS || len > FRAME_OCTETS) abort();
    unsigned slot = queue->head++ % SLOTS;
    queue->lengths[slot] = len;
    memcpy(queue->frames[slot], buf, (size_t)len);
    return len;
}

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / NS_PER_S;
}

int main(int argc, char **argv) {
    static struct queue to_user, to_network;
    static struct end ends[2];
    if (argc != 3) return 2;
    struct script call = {.net = true, .calls = atol(argv[1]), .conc = atoi(argv[2]), .cause = 16,
                          .drop_ms = -1, .chans = 30, .quiet = true, .called = "5551000",
                          .calling = "5550000"};
    struct script answer = call;
    answer.net = false;
    answer.answer = true;
    ends[0].in = ends[1].out = &to_network;
    ends[0].out = ends[1].in = &to_user;
    side_open(&ends[0].side, &call, queue_read, queue_write, &ends[0], -1);
    side_open(&ends[1].side, &answer, queue_read, queue_write, &ends[1], -1);
    double began = cpu_s();
    while (!side_finished(&ends[0].side) || !side_finished(&ends[1].side)) {
        for (int i = 0; i < 2; i++) {
            side_receive(&ends[i].side);
            side_run(&ends[i].side, side_now());
        }
    }
    double used = cpu_s() - began;
    bool good = side_good(&ends[0].side) && side_good(&ends[1].side);
    printf("{\"calls\":%ld,\"cpu_s\":%.6f,\"calls_per_cpu_s\":%.0f}\n", call.calls, used,
           (double)call.calls / used);
    return good ? 0 : 1;
}
