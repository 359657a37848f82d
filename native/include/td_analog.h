/* Analog ports and the lines between them, on the simulated back-end.
 *
 * Conventions are those of trunkd_native.h, section Engine: calls from one thread, commands carried
 * out with the next block, -ENODEV (no such port), -EBUSY, -EOPNOTSUPP (not of this kind of port),
 * -EINVAL, -EAGAIN, -ENOMEM. Spans are those of td_span_set_kind(TD_SPAN_ANALOG), port n is their
 * timeslot n; ports and lines are made before td_engine_start.
 *
 * A line joins an FXS port, which feeds it, with an FXO port behind a cable; a tap may lie across the
 * FXO's end, and a telephone beside it. Direct current is worked out by Ohm's law whenever something
 * changes, to the sample; ringing every millisecond while there is some.
 */
#ifndef TD_ANALOG_H_PUBLIC
#define TD_ANALOG_H_PUBLIC

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TD_ANALOG_FXS 1
#define TD_ANALOG_FXO 2
#define TD_ANALOG_TAP 3

/* Ohms and farads: series_ohms, a series capacitor (0: none), and behind them parallel_ohms in
 * parallel with branch_ohms + parallel_farads (0 farads: no such branch). */
typedef struct td_impedance {
    double series_ohms;
    double series_farads;
    double parallel_ohms;
    double branch_ohms;
    double parallel_farads;
} td_impedance;

typedef struct td_analog_port {
    uint32_t kind;          /* TD_ANALOG_* */
    uint32_t reserved;
    td_impedance impedance; /* termination and balance */
    double battery_volts;   /* FXS: 20 to 80 */
    double feed_ohms;       /* FXS: both wires' together, 50 to 2000 */
    double limit_amps;      /* FXS: constant current above, 0.01 to 0.1 */
    double off_hook_amps;   /* FXS: as much is off hook, less than 0.8 of it on hook */
    double hold_ohms;       /* FXO: off hook, 50 to 2000 */
    double ring_volts;      /* FXO, tap: RMS; ringing from here on */
    double ring_hz_min;     /* FXO, tap */
    double ring_hz_max;
    double ren;             /* FXO: load on ringing, in units of 7000 ohms (TIA-968-B 4.5.6) */
} td_analog_port;

/* Make port `port` of an analog span; before start. -EBUSY: it is one already. */
int td_analog_set_port(td_engine *engine, int span, int port, const td_analog_port *config);

/* Bits of td_analog_line.faults. */
#define TD_ANALOG_CUT 1      /* open between the FXS and all the rest */
#define TD_ANALOG_SHORT 2    /* short_ohms across the FXO's end */
#define TD_ANALOG_CROSSED 4  /* tip and ring are exchanged */
#define TD_ANALOG_PARALLEL 8 /* the telephone beside the FXO is off hook */

typedef struct td_analog_line {
    int32_t fxs_span, fxs_port; /* 0: none */
    int32_t fxo_span, fxo_port;
    int32_t tap_span, tap_port;
    uint32_t faults;
    uint32_t reserved;
    double loop_ohms;           /* direct current, both wires; 0 to 10000 */
    double cable_ohms;          /* of the cable for voice: its resistance and capacity; loss, tilt */
    double cable_farads;        /* and impedance follow from both; 0: no loss */
    double short_ohms;          /* 0 to 1000 */
    double leak_ohms;           /* across the FXO's end; 0: none */
    double ren;                 /* ringers on hook beside the FXO */
    double noise_dbm0;          /* below -90: none */
    double hum_dbm0;            /* 50 Hz and its third; below -90: none */
    double foreign_volts;       /* a power line's touch: RMS; 0: none */
    double foreign_hz;
} td_analog_line;

/* A new line; its number, from 1 on. Before start. -EBUSY: a port has a line already. */
int td_analog_add_line(td_engine *engine, const td_analog_line *line);
/* All of a line but its ends, with the next block. */
int td_analog_set_line(td_engine *engine, int number, const td_analog_line *line);

/* FXS. feed: TD_FEED_*; hz (15 to 70) and volts (RMS, 10 to 120) with TD_FEED_RINGING. */
#define TD_FEED_OPEN 0
#define TD_FEED_NORMAL 1
#define TD_FEED_REVERSED 2
#define TD_FEED_RINGING 3
#define TD_FEED_TIP_OPEN 4
int td_analog_feed(td_engine *engine, int span, int port, int feed, double hz, double volts);
/* FXS: high voltage for a telephone's neon lamp while its line is on hook (TD_LAMP_VOLTS). */
int td_analog_lamp(td_engine *engine, int span, int port, int on);
#define TD_LAMP_VOLTS 95
/* FXO. */
int td_analog_loop(td_engine *engine, int span, int port, int closed);
int td_analog_ground(td_engine *engine, int span, int port, int on);
int td_analog_monitor(td_engine *engine, int span, int port, int on);
/* FXO off hook (-ENOTCONN: it is not). digits: 1 to 32 of '0' to '9'; pps 1 to 50; the loop is closed
 * for interdigit_ms between two digits. TD_LINE_SENT when the last pulse and its make are over, or at
 * once when the port goes on hook. -EBUSY: pulses or a flash are under way. */
int td_analog_pulses(td_engine *engine, int span, int port, const char *digits, double pps,
                     double break_percent, uint32_t interdigit_ms, int64_t tag);
/* FXO off hook: break the loop; FXS: the battery. ms: 1 to 10000. */
int td_analog_flash(td_engine *engine, int span, int port, uint32_t ms, int64_t tag);
/* FXS. hz: 12000 or 16000. */
int td_analog_metering(td_engine *engine, int span, int port, uint32_t ms, uint32_t hz, int64_t tag);
/* FXS, FXO: another termination and balance. */
int td_analog_set_impedance(td_engine *engine, int span, int port, const td_impedance *impedance);

typedef struct td_analog_state {
    double volts;     /* tip to ring, at the port; on a tap at the FXO's end */
    double amps;      /* through the loop; a tap's is 0 */
    double ring_volts;
    double ring_hz;
    double ring_amps; /* FXS: RMS of what ringing sends into the line; others: 0 */
    uint32_t kind;
    uint32_t off_hook; /* as last asked for (FXO) or told (FXS, tap) */
    uint32_t battery;  /* 0 absent, 1 normal, 2 reversed: fed (FXS) or told */
    uint32_t busy;     /* 1: pulses, flash or metering are under way */
} td_analog_state;

int td_analog_get_state(const td_engine *engine, int span, int port, td_analog_state *state);

/* The FIR that stands for a path at 8000 samples a second, TD_ANALOG_TAPS of them, for tests and
 * tools. which: TD_ANALOG_PATH_*; off_hook: of the FXO. */
#define TD_ANALOG_TAPS 32
#define TD_ANALOG_DELAY 6      /* samples by which all paths are late */
#define TD_ANALOG_TO_FXO 0     /* what the FXS sends, at the FXO */
#define TD_ANALOG_TO_FXS 1
#define TD_ANALOG_ECHO_FXS 2   /* what the FXS sends, at the FXS */
#define TD_ANALOG_ECHO_FXO 3
#define TD_ANALOG_TAP_FXS 4    /* what the FXS sends, at the tap */
#define TD_ANALOG_TAP_FXO 5
int td_analog_path(const td_engine *engine, int number, int which, int off_hook, float *taps);

/* An analog port's event: `code` says what. */
#define TD_EVENT_LINE 13
#define TD_LINE_HOOK 1     /* value: off hook; 2 ms after the current changed */
#define TD_LINE_GROUND 2   /* value: on; 2 ms */
#define TD_LINE_RING 3     /* value: on; tag: mHz, octets: mV RMS */
#define TD_LINE_BATTERY 4  /* value: 0 absent, 1 normal, 2 reversed; 5 ms */
#define TD_LINE_IN_USE 5   /* value: in use; 20 ms */
#define TD_LINE_METERING 6 /* tag: ns */
#define TD_LINE_SENT 7     /* tag: that of the pulses, flash or metering */

#ifdef __cplusplus
}
#endif
#endif
