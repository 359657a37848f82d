/* The E1 framers behind handles of their own, for tests and tools. */
#include <errno.h>
#include <stdlib.h>

#include "e1.h"
#include "trunkd_native.h"

struct td_e1_tx {
    struct e1_tx tx;
};

struct td_e1_rx {
    struct e1_rx rx;
    td_e1_event *events;
    uint32_t n, max;
};

td_e1_tx *td_e1_tx_new(int crc4, int cas)
{
    td_e1_tx *tx = malloc(sizeof(*tx));

    if (tx)
        e1_tx_init(&tx->tx, crc4, cas);
    return tx;
}

void td_e1_tx_free(td_e1_tx *tx)
{
    free(tx);
}

void td_e1_tx_set(td_e1_tx *tx, int ais, int rai, int rai16, int sa, int e_line)
{
    tx->tx.ais = ais != 0;
    tx->tx.rai = rai != 0;
    tx->tx.rai16 = rai16 != 0;
    tx->tx.sa = (uint8_t)sa & E1_SA;
    tx->tx.e_line = e_line != 0;
}

void td_e1_tx_owe(td_e1_tx *tx, uint32_t n)
{
    tx->tx.e_owed += n;
}

void td_e1_tx_abcd(td_e1_tx *tx, int timeslot, int abcd)
{
    if (timeslot >= 1 && timeslot < E1_TIMESLOTS)
        tx->tx.abcd[timeslot] = (uint8_t)abcd & 15;
}

void td_e1_tx_frames(td_e1_tx *tx, uint8_t *frames, uint32_t n)
{
    e1_tx_frames(&tx->tx, frames, n);
}

static void keep(td_e1_rx *rx, td_e1_event event)
{
    if (rx->n < rx->max)
        rx->events[rx->n] = event;
    rx->n++;
}

static void keep_alarm(void *self, uint64_t time, int alarm, int active)
{
    keep(self, (td_e1_event){.time = time, .alarm = alarm, .value = active});
}

static void keep_bits(void *self, uint64_t time, int timeslot, int abcd)
{
    keep(self, (td_e1_event){.time = time, .alarm = -1, .value = abcd, .timeslot = timeslot});
}

td_e1_rx *td_e1_rx_new(int crc4, int cas)
{
    td_e1_rx *rx = calloc(1, sizeof(*rx));

    if (rx)
        e1_rx_init(&rx->rx, crc4, cas, (struct e1_sink){rx, keep_alarm, keep_bits});
    return rx;
}

void td_e1_rx_free(td_e1_rx *rx)
{
    free(rx);
}

int td_e1_rx_line(td_e1_rx *rx, const uint8_t *line, uint32_t nbits, int signal, uint64_t time,
                  uint8_t *frames, td_e1_event *events, uint32_t max_events, uint32_t *n_events)
{
    int broken;
    unsigned n;

    if (nbits > 160 * E1_FRAME_BITS)
        return -EINVAL;
    rx->events = events;
    rx->max = max_events;
    rx->n = 0;
    n = e1_rx_line(&rx->rx, line, nbits, signal, time, frames, &broken);
    *n_events = rx->n;
    return (int)n;
}

uint32_t td_e1_rx_alarms(const td_e1_rx *rx)
{
    return rx->rx.alarms;
}

void td_e1_rx_counts(const td_e1_rx *rx, td_span_counts *counts)
{
    *counts = (td_span_counts){
        .frames = rx->rx.frames, .fas_errors = rx->rx.fas_errors,
        .nfas_errors = rx->rx.nfas_errors, .crc4_errors = rx->rx.crc_errors,
        .e_bits = rx->rx.e_bits, .reframes = rx->rx.reframes};
    for (int alarm = 0; alarm < E1_ALARMS; alarm++)
        counts->raised[alarm] = rx->rx.raised[alarm];
}
