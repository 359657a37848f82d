/* What FSK transmitter and receiver share. */
#ifndef TRUNKD_FSK_H
#define TRUNKD_FSK_H

#include "trunkd_native.h"

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

#define TD_FSK_CHANNELS 4096

/* Sums of squares of 64 samples at -43 and at -47 dBm0. */
#define TD_FSK_ON 835600.0f
#define TD_FSK_OFF 332700.0f

struct td_fsk_sink {
    td_fsk_event *events;
    uint32_t n, max;
};

/* Mark (1) and space (0) in Hz; NULL for an unknown modem. */
const double *td_fsk_frequencies(int modem);

#endif
