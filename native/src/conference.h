/* Conferences: what conference.c (engine side) and conference_api.c share. */
#ifndef TD_CONFERENCE_H
#define TD_CONFERENCE_H

#include "media.h"

/* A timeslot in a conference. What every block looks at comes first, with its samples. */
struct member {
    _Alignas(64) struct trash trash;
    struct conference *conference;
    struct slot *slot;
    const int16_t *said;      /* its plane of the block before */
    uint64_t talked_until;    /* the end of its talking, hold time included */
    uint32_t power;           /* mean square of it in this block */
    uint8_t roles;            /* TD_MEMBER_* */
    uint8_t talks;
    uint8_t own;              /* `mix` is its own: all but itself, its coaches with it */
    uint8_t reported;
    int16_t level;            /* 1/100 dBm0, smoothed; while it talks */
    int16_t *mix;             /* its row of the span's mixes, written while it is `own` */
    int coached_span, coached_timeslot;
    struct member *coached;   /* of a coach: whom it talks to; NULL: not there (yet) */
};

#define SMALL 3

struct conference {
    struct trash trash;
    struct member **members;  /* grown by the API side: `room` is enough before a member joins */
    unsigned n;
    uint32_t gate_above;
    unsigned coaches;
    uint8_t gated;            /* only those who talk are mixed */
    uint8_t limited, encoded[2]; /* `shared`, `octets` are of this block's `sum` */
    uint64_t hold_ns, report_ns;
    uint64_t open_until;      /* all are mixed: it was small a hold time ago */
    /* One that nothing is to be judged of, as most are: all speak, all hear. The second of the two
     * lines that its blocks need. */
    _Alignas(64) unsigned settled; /* 0: it is not one; else as `n` */
    const int16_t *said[SMALL];
    int16_t *mixes[SMALL];
    _Alignas(64) int32_t sum[MAX_BLOCK];
    _Alignas(16) int16_t shared[MAX_BLOCK];
    uint8_t octets[2][MAX_BLOCK];
    uint64_t reported_at;
    int number;
    unsigned told;            /* talkers in the last report */
    unsigned room;            /* in `members` */
    td_conference_config config;
    uint32_t threshold;       /* mean square that counts as talking */
};
_Static_assert(offsetof(struct conference, sum) == 128, "two lines of the cache");

/* What OP_JOIN brings: the member, and room for it when the old one is full. */
struct join {
    struct trash trash;
    int conference;
    struct member *member;
    struct member **members;  /* NULL: there is room; else larger, and the old one goes back */
    unsigned room;
};

#endif
