/* The outside end of `cas` ports: what stands where the line of a channel-associated signalling
 * channel ends, in another process than the board (DESIGN.md, simulated ports).
 *
 * A packet of a SOCK_SEQPACKET socket is 'C' and an octet (the ABCD bits sent from now on, bit 3 =
 * A) or 'A' and 1 to 320 octets of A-law. Each 'A' is answered with one of the same length: the far
 * end is the clock. Here are the packets, the receivers of MF and DTMF signals and the player of
 * ours, for many channels; what signals mean is the caller's business. Not thread safe.
 *
 * Together (lockstep): td_cas_run sends a block on every channel and waits for one on every channel,
 * round after round, until something happened; samples are the clock, one for all. One by one: the
 * caller says when to td_cas_take and td_cas_send; each channel has its own count of samples.
 */
#ifndef TD_CAS_H
#define TD_CAS_H

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TD_CAS_CHANNELS 512
#define TD_CAS_BLOCK 320 /* octets of A-law in a packet, at most */

/* What an event tells. */
#define TD_CAS_BITS 1   /* value: ABCD; told for each packet, changed or not */
#define TD_CAS_DIGIT 2  /* value: the digit, as in td_digit_event */
#define TD_CAS_SENT 3   /* value: the tag of what was played; on: to its end, 0: it was cut short */
#define TD_CAS_CLOSED 4 /* the far end is gone; told once */

typedef struct td_cas_event {
    int64_t what;
    int64_t channel;
    int64_t at; /* samples heard on the channel when it was known */
    int64_t value;
    int64_t kind;     /* DIGIT: TD_TONE_… */
    int64_t on;       /* DIGIT: 1 recognised, 0 over; SENT: 1 all of it */
    int64_t start;    /* DIGIT: where it began, in samples */
    int64_t duration; /* DIGIT: samples, so far or at all */
} td_cas_event;

/* What td_cas_do is told: rows of integers, many at a time. */
#define TD_CAS_DO_BITS 1    /* value: ABCD, sent at once */
#define TD_CAS_DO_SIGNAL 2  /* value: the digit of `kind`; samples 0: until something else */
#define TD_CAS_DO_SILENCE 3
#define TD_CAS_DO_LISTEN 4  /* value: as td_cas_listen */

typedef struct td_cas_order {
    int64_t what;
    int64_t channel;
    int64_t value;
    int64_t kind;
    int64_t samples; /* SIGNAL: its length, then silence and TD_CAS_SENT with `tag` */
    int64_t tag;
} td_cas_order;

typedef struct td_cas_counts {
    uint64_t heard;   /* samples of the first channel */
    uint64_t dropped; /* packets that the far end had no room for */
    uint64_t strange; /* packets that are none of the two, or of another length than the others' */
    uint64_t lost;    /* events that found no room */
} td_cas_counts;

typedef struct td_cas td_cas;

#define TD_CAS_ALONE 0
#define TD_CAS_TOGETHER 1
#define TD_CAS_EARLY 2

/* The sockets of `channels` channels, which stay the caller's to close; `block`: octets of the first
 * packets. `together`: not TD_CAS_ALONE for td_cas_run; the sockets are then made to wait, 50 ms at
 * a time. TD_CAS_EARLY: of two ends that both send a block and wait for one, one may hear a block
 * more before it answers; what it says to a block then comes with the next, not the one after that.
 * A far end that does not go along (nothing comes for 50 ms) is answered as with TD_CAS_TOGETHER.
 * NULL: no memory, or a number is out of range. */
td_cas *td_cas_new(const int *fds, uint32_t channels, uint32_t block, int together);
void td_cas_free(td_cas *cas);

/* Receivers on a channel: the bits 1 << (TD_TONE_… - 1). -EINVAL: no such channel or receiver;
 * -ENOMEM. A receiver that is switched on hears afresh, as after silence. */
int td_cas_listen(td_cas *cas, uint32_t channel, uint32_t kinds);

/* The A-law of one signal, which is sent round and round; the octets stay the caller's and must
 * stay. -EINVAL: no such kind or digit (characters), or n is 0. */
int td_cas_signal(td_cas *cas, int kind, int digit, const uint8_t *octets, uint32_t n);

/* Do all of these in order, at the border of two blocks. The index of the first that cannot be
 * done (none after it is), or n. Bits to a far end that is gone go nowhere. */
uint32_t td_cas_do(td_cas *cas, const td_cas_order *orders, uint32_t n);

/* Send A-law octets from the next block on in place of what was sent: round and round, and
 * `samples` not 0: so many of them in all, then silence and TD_CAS_SENT. They stay the caller's and
 * must stay. -EINVAL: no such channel, or n is 0. */
int td_cas_play(td_cas *cas, uint32_t channel, const uint8_t *octets, uint32_t n, uint64_t samples,
                int64_t tag);

/* Together: rounds until events have come, `until` samples have been heard, or nothing came for
 * 50 ms; then it goes on where it was. How many events there are. */
int64_t td_cas_run(td_cas *cas, uint64_t until, td_cas_event *events, uint32_t room);

/* One by one: read a packet if there is one. Its octets of speech, 0 for bits, -EAGAIN: none,
 * -EPIPE: the far end is gone. Events are added from *count on. */
int td_cas_take(td_cas *cas, uint32_t channel, td_cas_event *events, uint32_t room,
                uint32_t *count);
/* Send `n` octets of what is being played. A SENT event may be added. */
int td_cas_send(td_cas *cas, uint32_t channel, uint32_t n, td_cas_event *events, uint32_t room,
                uint32_t *count);

/* Samples heard on a channel; together, on all. */
uint64_t td_cas_heard(const td_cas *cas, uint32_t channel);
void td_cas_count(const td_cas *cas, td_cas_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
