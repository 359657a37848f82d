/* Timeslot 16 received: signalling multiframe of G.704 5.1.3.2, alignment of G.732 5.2, AIS16. */
#include "e1.h"

#define LOST_AFTER 2     /* multiframe alignment signals in error */
#define ZERO_LOST 16     /* timeslots 16 without a 1: one multiframe */
#define MISSING_AFTER 32 /* frames: two multiframes in which alignment should have come */
#define Y_PERSISTS 2
#define AIS16_ZEROS 3    /* at most, in each of two multiframe periods */

void e1_cas_lost(struct e1_rx *rx, uint64_t time)
{
    struct e1_cas_rx *cas = &rx->cas;

    if (!cas->enabled)
        return;
    cas->aligned = 0;
    cas->before_zero = 1;
    cas->wait = cas->frames = cas->zero_run = 0;
    cas->zeros = 0;
    cas->ais_run = cas->clear_run = 0;
    cas->y_run = 0;
    e1_set_alarm(rx, E1_RAI16, 0, time);
    e1_set_alarm(rx, E1_AIS16, 0, time);
}

static void end_period(struct e1_rx *rx, uint64_t time)
{
    struct e1_cas_rx *cas = &rx->cas;
    int ones = cas->zeros <= AIS16_ZEROS;

    cas->frames = 0;
    cas->zeros = 0;
    cas->ais_run = ones ? (cas->ais_run < 2 ? cas->ais_run + 1 : 2) : 0;
    cas->clear_run = ones ? 0 : (cas->clear_run < 2 ? cas->clear_run + 1 : 2);
    if (cas->ais_run == 2)
        e1_set_alarm(rx, E1_AIS16, 1, time);
    else if (cas->clear_run == 2)
        e1_set_alarm(rx, E1_AIS16, 0, time);
}

static void lose(struct e1_rx *rx, uint64_t time)
{
    rx->cas.aligned = 0;
    rx->cas.before_zero = 1;
    rx->cas.wait = 0;
    rx->cas.y_run = 0;
    e1_set_alarm(rx, E1_LOMF_CAS, 1, time);
    e1_set_alarm(rx, E1_RAI16, 0, time);
}

/* Frame 0: 0000xyxx. */
static void alignment_signal(struct e1_rx *rx, uint8_t octet, uint64_t time)
{
    struct e1_cas_rx *cas = &rx->cas;
    uint8_t y = octet & 0x04;

    if (octet >> 4) {
        if (++cas->bad >= LOST_AFTER)
            lose(rx, time);
        return;
    }
    cas->bad = 0;
    if (y != cas->y_last) {
        cas->y_last = y;
        cas->y_run = 0;
    }
    if (cas->y_run < Y_PERSISTS && ++cas->y_run == Y_PERSISTS)
        e1_set_alarm(rx, E1_RAI16, y != 0, time);
}

static void new_bits(struct e1_rx *rx, unsigned timeslot, uint8_t abcd, uint64_t time)
{
    if (rx->cas.abcd[timeslot] == abcd)
        return;
    rx->cas.abcd[timeslot] = abcd;
    rx->sink.bits(rx->sink.self, time, (int)timeslot, abcd);
}

static void search(struct e1_rx *rx, uint8_t octet, uint64_t time)
{
    struct e1_cas_rx *cas = &rx->cas;

    /* G.732 5.2: and the timeslot 16 before it had a 1, lest an all-zero one be taken for it. */
    if (!(octet >> 4) && !cas->before_zero) {
        cas->aligned = 1;
        cas->index = 1;
        cas->bad = cas->zero_run = 0;
        cas->ais_run = 0;
        e1_set_alarm(rx, E1_LOMF_CAS, 0, time);
        e1_set_alarm(rx, E1_AIS16, 0, time);
        alignment_signal(rx, octet, time);
    } else if (cas->wait < MISSING_AFTER && ++cas->wait == MISSING_AFTER) {
        e1_set_alarm(rx, E1_LOMF_CAS, 1, time);
    }
    cas->before_zero = octet == 0;
}

void e1_cas_frame(struct e1_rx *rx, uint8_t octet, uint64_t time)
{
    struct e1_cas_rx *cas = &rx->cas;

    cas->zeros += (uint16_t)(8 - __builtin_popcount(octet));
    if (++cas->frames == E1_MULTIFRAME)
        end_period(rx, time);
    if (!cas->aligned) {
        search(rx, octet, time);
        return;
    }
    cas->zero_run = octet ? 0 : cas->zero_run + 1;
    if (cas->zero_run >= ZERO_LOST) {
        lose(rx, time);
        return;
    }
    if (cas->index == 0) {
        alignment_signal(rx, octet, time);
    } else {
        new_bits(rx, cas->index, octet >> 4, time);
        new_bits(rx, cas->index + 16u, octet & 15, time);
    }
    cas->index = (cas->index + 1) & 15;
}
