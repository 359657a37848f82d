/* A DAHDI board's channels, as its engine sees them. */
#ifndef TD_DAHDI_INTERNAL_H
#define TD_DAHDI_INTERNAL_H

#include "dahdi_kernel.h"
#include "engine.h"
#include "td_dahdi.h"

#define STORE_OCTETS 8192 /* received and not heard yet; more than the kernel keeps */
#define START_BLOCKS 2    /* that wait before the first is heard */

struct dahdi_channel {
    int fd;                  /* -1: none */
    int number;
    int signalling;
    uint8_t span, timeslot;  /* index; number */
    uint8_t primed;          /* octets: START_BLOCKS were there */
    uint8_t gone;            /* its span was taken away */
    uint8_t mode;            /* engine side: of the slot that is served */
    uint8_t missing;         /* octets: blocks that did not come, one behind the other */
    uint8_t ringing;         /* FXO */
    uint8_t fill_in[3];      /* MTP2: what the kernel is to repeat behind a message */
    int8_t bits;             /* told last; -1: none */
    atomic_int wanted;       /* API side: TD_DAHDI_VOICE and so on */
    const struct slot *slot; /* engine side: the one served; never followed */
    _Atomic int64_t tag;     /* of the pulses or flash under way */
    atomic_int sending;      /* there are such */
    atomic_int battery;      /* FXO: seen last; FXS: fed */
    atomic_int off_hook;     /* FXS: seen last; FXO: asked for */
    int32_t owed;            /* blocks to send more (or, below 0, less) than one a block */
    uint64_t set_right;      /* octets: underruns that were made good */
    uint32_t head, depth;    /* of the store: octets */
    uint8_t store[STORE_OCTETS];
    uint8_t last[MAX_BLOCK];
    atomic_u64 underruns, overruns, repeated, left_out, refused, events;
};

struct dahdi_span {
    int number;              /* DAHDI's */
    int gone;
    int stale;               /* its alarms may have changed */
    uint32_t alarms;         /* told, bits of trunkd.board.Alarm */
    uint32_t octets_mask;    /* timeslots served by octets */
    uint32_t frames_mask;    /* and by frames */
    uint64_t raised[TD_ALARMS];
    uint64_t slips;
    int32_t base[5];         /* counters when it was opened: fas, crc4, e bits, bpv */
    uint8_t rx[MAX_BLOCK * TIMESLOTS];
    struct dahdi_channel *channels[TIMESLOTS];
};

struct dahdi {
    int timer, control, epoll;
    unsigned blocks;         /* that wait to be sent */
    int current;             /* the engine had to wait for this block: it is not behind */
    int64_t ahead;           /* of the system's clock to board time, but for what is late */
    uint64_t next_look;      /* at alarms and counters */
    uint64_t turn;           /* blocks, to spread what is done seldom */
    struct dahdi_span spans[MAX_SPANS];
};

static inline struct dahdi *dahdi_of(const td_engine *engine)
{
    return engine->backend;
}

/* dahdi_open.c */
int dahdi_open_channel(int number, int *signalling);
int dahdi_set_buffers(int fd, unsigned octets);
int dahdi_watch(struct dahdi *dahdi, struct dahdi_channel *channel);

/* dahdi_channel.c: octets */
void dahdi_begin(td_engine *engine, struct dahdi_channel *channel, const struct slot *slot);
void dahdi_send(td_engine *engine, struct dahdi_channel *channel, const uint8_t *column);
void dahdi_hear(td_engine *engine, struct dahdi_channel *channel, uint8_t *column);
/* 1 when the call that gave errno may be made again. */
int dahdi_again(td_engine *engine, struct dahdi_channel *channel);

/* dahdi_frames.c */
void dahdi_send_frames(td_engine *engine, struct dahdi_channel *channel, struct slot *slot);
void dahdi_hear_frames(td_engine *engine, struct dahdi_channel *channel, struct slot *slot);

/* dahdi_events.c */
uint64_t dahdi_now(const td_engine *engine);
void dahdi_tell(td_engine *engine, int kind, int span, int timeslot, int code, int value);
void dahdi_events(td_engine *engine, struct dahdi_channel *channel);
void dahdi_look_at_span(td_engine *engine, int index);
void dahdi_removed(td_engine *engine, struct dahdi_channel *channel);
void dahdi_try_return(td_engine *engine, int index);
void dahdi_read_bits(td_engine *engine, struct dahdi_channel *channel);

#endif
