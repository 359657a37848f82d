/* Conferences: what conference.c (engine side) and conference_api.c share. */
#ifndef TD_CONFERENCE_H
#define TD_CONFERENCE_H

#include "media.h"

/* A timeslot in a conference. */
struct member {
    struct trash trash;
    struct conference *conference;
    struct slot *slot;
    uint32_t roles;
    int coached_span, coached_timeslot;
    struct member *coached;   /* of a coach: whom it talks to; NULL: not there (yet) */
    uint64_t talked_until;    /* the end of its talking, hold time included */
    int talks;
    int own;                  /* `linear` is its own mix: all but itself, its coaches with it */
    int reported;
    int16_t level;            /* 1/100 dBm0, smoothed; while it talks */
    uint32_t power;           /* mean square of it in this block */
    int16_t linear[MAX_BLOCK];
};

struct conference {
    struct trash trash;
    int number;
    td_conference_config config;
    uint32_t threshold;       /* mean square that counts as talking */
    uint64_t hold_ns, report_ns, reported_at;
    unsigned n, room;
    struct member **members;  /* grown by the API side: `room` is enough before a member joins */
    unsigned talkers, coaches;
    unsigned told;            /* talkers in the last report */
    int32_t sum[MAX_BLOCK];
    int16_t shared[MAX_BLOCK];
    uint8_t octets[2][MAX_BLOCK];
    int encoded[2];           /* octets are of this block's `shared` */
};

/* What OP_JOIN brings: the member, and room for it when the old one is full. */
struct join {
    struct trash trash;
    int conference;
    struct member *member;
    struct member **members;  /* NULL: there is room; else larger, and the old one goes back */
    unsigned room;
};

#endif
