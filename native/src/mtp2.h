/* The states of MTP2's line-speed part, for whoever embeds them (the engine). */
#ifndef TRUNKD_MTP2_H
#define TRUNKD_MTP2_H

#include "hdlc.h"
#include "td_mtp2.h"

#define MTP2_FILL_IN 5 /* octets of the longest fill-in */

struct td_mtp2_rx {
    struct td_hdlc_decoder hdlc;
    uint64_t sus, errors, filtered, counted;
    uint64_t untold;   /* errors not told yet */
    uint32_t held;     /* 1 + octets of the good SU that waits behind told errors; 0: none */
    uint32_t told;     /* equal fill-ins in a row that are told */
    uint32_t equal;    /* how often the last fill-in came in a row; 0: the filter is open */
    uint32_t counting; /* octet counting mode */
    uint32_t octets;   /* counting: since the last error; else: since a flag was hunted for */
    uint8_t last[MTP2_FILL_IN];
    uint8_t last_octets;
    uint8_t spare[6];
};

struct td_mtp2_tx {
    struct td_hdlc_encoder hdlc;
    uint64_t repeated;
    uint8_t fill[MTP2_FILL_IN];
    uint8_t fill_octets; /* 0: flags, until there is one */
    uint8_t spare[2];
};

/* 1 when these octets are a fill-in. */
int mtp2_is_fill_in(const uint8_t *su, size_t n);

#endif
