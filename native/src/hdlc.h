/* The states of the HDLC encoder and decoder, for whoever embeds them (the engine). */
#ifndef TRUNKD_HDLC_H
#define TRUNKD_HDLC_H

#include "trunkd_native.h"

/* Decoder. Bits are taken from the line LSB first after each octet was reversed. */
struct td_hdlc_decoder {
    uint64_t acc;       /* received bits of the frame that make no whole octet yet, LSB first */
    uint32_t nacc;      /* how many, 0 to 7 */
    uint32_t length;    /* whole octets of the frame so far, FCS included */
    uint32_t ones;      /* contiguous ones up to here; 7 or more: no flag can end here */
    uint32_t in_frame;  /* 1 after a flag, 0 while hunting for one */
    uint32_t hold_pos;  /* first unread bit of `hold`, 8: none */
    uint8_t hold;       /* the line octet that was read in part */
    uint8_t idle;       /* 15 ones were seen and no zero since */
    uint8_t steady;     /* idle octet that leaves this state as it is; 0: none known */
    uint32_t limit;     /* longest and shortest, FCS included */
    uint32_t least;
    uint32_t fcs_octets;
    uint32_t options;
    td_hdlc_counts counts;
};

/* Encoder. `acc` holds bits made and not yet put out, first one in its LSB. */
struct td_hdlc_encoder {
    uint64_t acc;
    uint32_t nacc;
    uint32_t ones;      /* contiguous ones sent within the frame since the last zero, 0 to 4 */
    const uint8_t *frame;
    size_t length;
    size_t pos;         /* octets of the frame that are in, up to length + fcs_octets */
    uint32_t flags_due; /* flags to send before a frame may begin */
    uint32_t fcs_octets;
    uint32_t fcs;
    uint32_t max_octets;
    uint32_t options;
    uint32_t flags_between;
    uint32_t at_flag;   /* the bit sent last is the closing zero of a flag */
    uint32_t steady;    /* idle octet that goes on until a frame comes; 0: none yet */
};

#endif
