/* DAHDI as openr2 knows it, on packets of `cas` ports. */
#define _GNU_SOURCE
#include "openr2_wire.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* The numbers that openr2 1.3.3 uses, with what they carry (dahdi/user.h): number, octets, way. */
#define CODE 0xda
#define CHANNO 34
#define PARAMS 5
#define BUFFERS 27
#define GAINS 16
#define LAW 39
#define ECHO 33
#define IOMUX 9
#define EVENT 8
#define BITS 43
#define FLUSH 3
enum { MUX_READ = 1, MUX_WRITE = 2, MUX_EVENT = 8 };
enum { EVENT_BITS_CHANGED = 13, SIGNALLING_CAS = (1 << 15), FLUSH_READ = 1, FLUSH_WRITE = 2 };
enum { SILENCE = 0xd5 };

bool wire_lockstep;
static struct wire wires[WIRES];
static int n_wires;

int __real_ioctl(int fd, unsigned long request, ...);
ssize_t __real_read(int fd, void *buffer, size_t n);
ssize_t __real_write(int fd, const void *buffer, size_t n);
int __real_gettimeofday(struct timeval *now, void *zone);

static struct wire *find(int fd) {
    for (int i = 0; i < n_wires; i++)
        if (wires[i].fd == fd) return &wires[i];
    return NULL;
}

struct wire *wire_open(int fd) {
    if (n_wires == WIRES) return NULL;
    struct wire *wire = &wires[n_wires++];
    *wire = (struct wire){.fd = fd, .bits = -1};
    return wire;
}

int64_t wire_now(void) {
    struct timespec t;
    if (wire_lockstep) return (int64_t)wires[0].samples * 125000;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- packets ---- */

void wire_send(struct wire *wire, size_t octets) {
    uint8_t packet[1 + PACKET] = {'A'};
    size_t n = octets < wire->n_out ? octets : wire->n_out;
    memcpy(packet + 1, wire->out, n);
    memset(packet + 1 + n, SILENCE, octets - n);
    wire->n_out -= n;
    memmove(wire->out, wire->out + n, wire->n_out);
    if (!wire->gone) send(wire->fd, packet, 1 + octets, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void hear(struct wire *wire, const uint8_t *octets, size_t n) {
    if (n > sizeof wire->in - wire->n_in) { /* openr2 does not read between calls */
        size_t over = n - (sizeof wire->in - wire->n_in);
        wire->n_in -= over;
        memmove(wire->in, wire->in + over, wire->n_in);
    }
    memcpy(wire->in + wire->n_in, octets, n);
    wire->n_in += n;
    wire->samples += n;
}

int wire_take(struct wire *wire, bool wait) {
    uint8_t packet[1 + PACKET];
    ssize_t n;
    if (wire->gone) return -1;
    do
        n = recv(wire->fd, packet, sizeof packet, wait ? 0 : MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN) return -1;
    if (n <= 0) {
        wire->gone = true;
        return -1;
    }
    if (packet[0] == 'A') {
        hear(wire, packet + 1, (size_t)n - 1);
        return (int)n - 1;
    }
    if (packet[0] == 'C' && n == 2) {
        wire->changed |= wire->bits != packet[1];
        wire->bits = packet[1];
    }
    return 0;
}

/* ---- what openr2 calls ---- */

static int multiplex(struct wire *wire, int *flags) {
    int ready = 0;
    if (wire->changed) ready |= MUX_EVENT;
    if (wire->n_in >= BLOCK) ready |= MUX_READ;
    if (wire->n_out + BLOCK <= sizeof wire->out / 2) ready |= MUX_WRITE;
    *flags &= ready;
    return 0;
}

static int set_bits(struct wire *wire, int bits) {
    uint8_t packet[2] = {'C', (uint8_t)(bits & 15)};
    send(wire->fd, packet, 2, MSG_NOSIGNAL | MSG_DONTWAIT);
    return 0;
}

static int flush(struct wire *wire, int what) {
    if (what & FLUSH_READ) wire->n_in = 0;
    if (what & FLUSH_WRITE) wire->n_out = 0;
    return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *data = va_arg(arguments, void *);
    va_end(arguments);
    struct wire *wire = find(fd);
    bool out = _IOC_DIR(request) & _IOC_READ; /* the kernel writes to data */
    int *number = data;
    if (!wire || _IOC_TYPE(request) != CODE) return __real_ioctl(fd, request, data);
    switch (_IOC_NR(request)) {
    case CHANNO: *number = (int)(wire - wires) + 1; return 0;
    case PARAMS:
        memset(data, 0, _IOC_SIZE(request));
        number[0] = (int)(wire - wires) + 1; /* channo, spanno, chanpos, sigtype: dahdi_params */
        number[1] = number[2] = 1;
        number[3] = SIGNALLING_CAS;
        return 0;
    case BUFFERS:
        if (out) memset(data, 0, _IOC_SIZE(request));
        return 0;
    case GAINS:
    case LAW:
    case ECHO: return 0;
    case IOMUX: return multiplex(wire, number);
    case EVENT:
        *number = wire->changed ? EVENT_BITS_CHANGED : 0;
        wire->changed = false;
        return 0;
    case BITS:
        if (!out) return set_bits(wire, *number);
        *number = wire->bits < 0 ? 0 : wire->bits;
        return 0;
    case FLUSH: return flush(wire, *number);
    default: errno = ENOTTY; return -1;
    }
}

ssize_t __wrap_read(int fd, void *buffer, size_t n) {
    struct wire *wire = find(fd);
    if (!wire) return __real_read(fd, buffer, n);
    n = n < wire->n_in ? n : wire->n_in;
    memcpy(buffer, wire->in, n);
    wire->n_in -= n;
    memmove(wire->in, wire->in + n, wire->n_in);
    return (ssize_t)n;
}

ssize_t __wrap_write(int fd, const void *buffer, size_t n) {
    struct wire *wire = find(fd);
    if (!wire) return __real_write(fd, buffer, n);
    n = n < sizeof wire->out - wire->n_out ? n : sizeof wire->out - wire->n_out;
    memcpy(wire->out + wire->n_out, buffer, n);
    wire->n_out += n;
    return (ssize_t)n;
}

int __wrap_gettimeofday(struct timeval *now, void *zone) {
    if (!wire_lockstep) return __real_gettimeofday(now, zone);
    int64_t us = wire_now() / 1000;
    now->tv_sec = 1000000 + us / 1000000;
    now->tv_usec = us % 1000000;
    return 0;
}
