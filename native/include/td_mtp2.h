/* What MTP level 2 (Q.703) has at line speed: fill-in signal units that go on until there is
 * something else, repeats that are counted and not told, octet counting mode.
 *
 * A signal unit (SU) is here its octets from BSN to SIF: flags and check bits (CK) belong to the line.
 * A FILL-IN is an SU of LI 0 to 2 that has just the octets that LI says: FISU or LSSU (Q.703 2.3.3).
 *
 * Pure functions over a state that the caller allocates (td_mtp2_*_size octets, aligned to 8); line
 * octets are in line order, as in trunkd_native.h. An HDLC timeslot opened with TD_HDLC_MTP2 and a
 * port of mode TD_PORT_MTP2 do the same by themselves.
 */
#ifndef TD_MTP2_H
#define TD_MTP2_H

#include "trunkd_native.h"

/* Longest and shortest SU: m = 272 octets of SIF; 5 octets between flags with CK (Q.703 4.1.3). */
#define TD_MTP2_MAX_OCTETS 276
#define TD_MTP2_MIN_OCTETS 3
/* Equal fill-ins in a row that are told; the others are counted. */
#define TD_MTP2_TOLD 2

#define TD_MTP2_NONE 0
#define TD_MTP2_SU 1     /* a good SU that is to be told */
#define TD_MTP2_ERRORS 2 /* SUs in error since what was told last */
#define TD_MTP2_SENT 3   /* td_mtp2_encode only: the SU is in, another may be given */

/* Each only grows. */
typedef struct td_mtp2_counts {
    uint64_t sus;      /* what SUERM counts: good SUs, SUs in error, 16 octets in octet counting */
    uint64_t errors;   /* of these in error */
    uint64_t filtered; /* good fill-ins that were not told */
    uint64_t counting; /* times that octet counting mode was entered */
    uint64_t repeated; /* encoder: fill-ins sent again because nothing waited */
} td_mtp2_counts;

typedef struct td_mtp2_rx td_mtp2_rx;
typedef struct td_mtp2_tx td_mtp2_tx;

size_t td_mtp2_rx_size(void);
size_t td_mtp2_tx_size(void);

/* Begin afresh. told: equal fill-ins in a row that are told, 1 or more (TD_MTP2_TOLD). -EINVAL when
 * max_octets is out of range (5 to 65535). */
int td_mtp2_rx_init(td_mtp2_rx *rx, uint32_t max_octets, uint32_t told);

/* Read up to n octets of the line and stop at the first thing to tell, as td_hdlc_decode does:
 * TD_MTP2_NONE when all are read; call again with the octets from *used on, and the same `su`, until
 * then. `su`: max_octets + TD_HDLC_SLACK octets; TD_MTP2_SU leaves *length octets in it.
 *
 * Counts (td_mtp2_rx_counts) hold, at each return, what came up to there: ERRORS comes before
 * whatever good SU follows the errors, so that their order is kept.
 *
 * An SU in error is one of wrong length or CK. Seven ones, or more octets than the longest SU has,
 * begin octet counting mode: SUs in error are not counted then, each 16 octets are; the next good SU
 * ends it (Q.703 4.1.2 to 4.1.4, 10.2.3).
 */
int td_mtp2_decode(td_mtp2_rx *rx, const uint8_t *line, size_t n, uint8_t *su, size_t *used,
                   size_t *length);
void td_mtp2_rx_counts(const td_mtp2_rx *rx, td_mtp2_counts *counts);
/* 1 in octet counting mode, else 0. */
int td_mtp2_counting(const td_mtp2_rx *rx);

/* Begin afresh, sending flags. -EINVAL when max_octets is out of range. */
int td_mtp2_tx_init(td_mtp2_tx *tx, uint32_t max_octets);
/* Give the next SU. A fill-in is copied and goes on while nothing else is given; another SU stays the
 * caller's until TD_MTP2_SENT, and the FISU with its BSN and FSN goes on behind it. bad: send it with
 * a wrong CK, for tests; what goes on stays. -EBUSY when one is being sent, -EMSGSIZE when it is empty or too long. */
int td_mtp2_send(td_mtp2_tx *tx, const uint8_t *su, size_t length, int bad);
/* 1 when td_mtp2_send would take an SU, else 0. */
int td_mtp2_ready(const td_mtp2_tx *tx);
/* Break the SU being sent off with seven ones. 1 when there was one, 0 when not. */
int td_mtp2_abort(td_mtp2_tx *tx);
/* Make up to n octets for the line: TD_MTP2_NONE when *made == n, TD_MTP2_SENT when an SU is in (a
 * repeated fill-in as well): give the next one, or none, and call again for the rest. */
int td_mtp2_encode(td_mtp2_tx *tx, uint8_t *line, size_t n, size_t *made);
void td_mtp2_tx_counts(const td_mtp2_tx *tx, td_mtp2_counts *counts);

/* ---- timeslots opened with TD_HDLC_MTP2, ports of mode TD_PORT_MTP2 -------------------------- */

/* Events of such a timeslot, in place of TD_EVENT_FRAME and TD_EVENT_FAULT. `tag` is the running
 * count `sus`, `octets` the low 32 bits of the running count `errors`: events lost take none of
 * either away. `value` is a number for each opening of a timeslot: counts begin at 0 with it. A port's packets come without: a fill-in equal to the one before is sent once. */
#define TD_EVENT_SU 10
#define TD_EVENT_SU_ERRORS 11
/* The last SU that waited and was no fill-in begins to be sent. */
#define TD_EVENT_TX_LOW 12

int td_slot_mtp2_counters(const td_engine *engine, int span, int timeslot, td_mtp2_counts *counts);

#endif
