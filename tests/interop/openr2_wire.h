/* A channel of openr2 on a `cas` port of ours. Test program; linked with libopenr2 (LGPL).
 *
 * Debian's libopenr2 has no I/O interface: it does DAHDI ioctls, read and write on its channel's
 * descriptor. The linker's --wrap sends those here, where a packet socket answers as DAHDI would. */
#ifndef OPENR2_WIRE_H
#define OPENR2_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL
#define WIRES 64
#define BLOCK 160     /* octets that openr2 reads and writes at a time */
#define PACKET 320    /* octets of speech in a packet, at most */

struct wire {
    int fd;
    bool gone, changed; /* the far end hung up; bits came that openr2 has not seen */
    int bits;           /* ABCD, -1 before the first */
    uint8_t in[8 * PACKET], out[2 * BLOCK];
    size_t n_in, n_out;
    uint64_t samples; /* heard */
};

extern bool wire_lockstep; /* samples of the first wire are the clock that openr2 sees */

struct wire *wire_open(int fd); /* a SOCK_SEQPACKET descriptor; NULL: too many */
int64_t wire_now(void);         /* ns: of the samples, or monotonic */
void wire_send(struct wire *wire, size_t octets); /* what openr2 wrote, then silence */
/* One packet: octets of speech, 0 for bits, -1: none there (`wait` false) or the far end gone. */
int wire_take(struct wire *wire, bool wait);

#endif
