/* The T1 framers behind handles of their own, for tests and tools. */
#include <errno.h>
#include <stdlib.h>

#include "t1.h"

struct td_t1_tx {
    struct t1_tx tx;
};

struct td_t1_rx {
    struct t1_rx rx;
    td_e1_event *events;
    uint32_t n, max;
    uint32_t message_octets;
    uint8_t message[T1_FDL_OCTETS];
};

td_t1_tx *td_t1_tx_new(const td_t1_config *config)
{
    td_t1_tx *tx = malloc(sizeof(*tx));

    if (!tx)
        return NULL;
    t1_tx_init(&tx->tx, config->framing == TD_T1_ESF, (config->options & TD_T1_AMI) != 0);
    tx->tx.robbed = config->cas & ((2u << T1_CHANNELS) - 2);
    return tx;
}

void td_t1_tx_free(td_t1_tx *tx)
{
    free(tx);
}

void td_t1_tx_set(td_t1_tx *tx, int ais, int rai)
{
    tx->tx.ais = ais != 0;
    tx->tx.rai = rai != 0;
}

void td_t1_tx_abcd(td_t1_tx *tx, int timeslot, int abcd)
{
    if (timeslot >= 1 && timeslot <= T1_CHANNELS)
        t1_tx_abcd(&tx->tx, timeslot, abcd);
}

void td_t1_tx_code(td_t1_tx *tx, int code, int repeats)
{
    tx->tx.fdl.code = (uint8_t)code;
    tx->tx.fdl.repeats = (uint32_t)repeats;
}

int td_t1_tx_message(td_t1_tx *tx, const uint8_t *octets, uint32_t n)
{
    if (n < 2 || n > T1_FDL_OCTETS)
        return -EINVAL;
    return t1_fdl_send(&tx->tx.fdl, octets, n);
}

uint32_t td_t1_tx_frames(td_t1_tx *tx, const uint8_t *frames, uint32_t n, uint8_t *line)
{
    return t1_tx_frames(&tx->tx, frames, n, line);
}

static void keep(td_t1_rx *rx, td_e1_event event)
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

static void keep_code(void *self, uint64_t time, int code)
{
    keep(self, (td_e1_event){.time = time, .alarm = TD_T1_CODE, .value = code});
}

static void keep_message(void *self, uint64_t time, const uint8_t *octets, unsigned n)
{
    td_t1_rx *rx = self;

    rx->message_octets = n;
    memcpy(rx->message, octets, n);
    keep(rx, (td_e1_event){.time = time, .alarm = TD_T1_MESSAGE, .value = (int32_t)n});
}

td_t1_rx *td_t1_rx_new(const td_t1_config *config)
{
    td_t1_rx *rx = calloc(1, sizeof(*rx));

    if (!rx)
        return NULL;
    t1_rx_init(&rx->rx, config->framing == TD_T1_ESF,
               (struct t1_sink){rx, keep_alarm, keep_bits, keep_code, keep_message});
    rx->rx.robbed = config->cas & ((2u << T1_CHANNELS) - 2);
    return rx;
}

void td_t1_rx_free(td_t1_rx *rx)
{
    free(rx);
}

int td_t1_rx_line(td_t1_rx *rx, const uint8_t *line, uint32_t nbits, int signal, uint64_t time,
                  uint8_t *frames, td_e1_event *events, uint32_t max_events, uint32_t *n_events)
{
    int broken;
    unsigned n;

    if (nbits > 160 * T1_FRAME_BITS)
        return -EINVAL;
    rx->events = events;
    rx->max = max_events;
    rx->n = 0;
    n = t1_rx_line(&rx->rx, line, nbits, signal, time, frames, &broken);
    *n_events = rx->n;
    return (int)n;
}

uint32_t td_t1_rx_alarms(const td_t1_rx *rx)
{
    return rx->rx.alarms;
}

void td_t1_rx_counts(const td_t1_rx *rx, td_span_counts *counts, td_t1_counts *t1)
{
    const struct t1_rx *of = &rx->rx;

    *counts = (td_span_counts){.frames = of->frames, .fas_errors = of->ft_errors,
                               .nfas_errors = of->fs_errors, .reframes = of->reframes};
    for (int alarm = 0; alarm < T1_ALARMS; alarm++)
        counts->raised[alarm] = of->raised[alarm];
    *t1 = (td_t1_counts){.crc6_errors = of->crc_errors, .severely_errored = of->severely_errored,
                         .fdl_messages = of->fdl.messages, .fdl_faults = of->fdl.faults,
                         .fdl_codes = of->fdl.codes};
}

void td_t1_report(const uint32_t *crc6_errors, const uint32_t *flags, uint32_t n, int network,
                  uint8_t *octets)
{
    struct t1_prm_tx prm = {0};

    _Static_assert(TD_T1_REPORT_OCTETS == T1_PRM_OCTETS, "report");
    for (uint32_t i = 0; i < n; i++) {
        struct t1_second second = {.crc_errors = crc6_errors[i],
                                   .severely_errored = (flags[i] & 1) != 0,
                                   .framing_error = (flags[i] & 2) != 0,
                                   .slip = (flags[i] & 4) != 0,
                                   .payload_loop = (flags[i] & 8) != 0};

        t1_prm_make(&prm, &second, network, octets);
    }
}

uint32_t td_t1_rx_message(const td_t1_rx *rx, uint8_t *octets, uint32_t room)
{
    uint32_t n = rx->message_octets < room ? rx->message_octets : room;

    memcpy(octets, rx->message, n);
    return n;
}
