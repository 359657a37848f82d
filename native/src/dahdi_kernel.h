/* What DAHDI's kernel driver offers to programs: numbers, records and their sizes, as its interface
 * of 2.6 and later has them (facts; the declarations are our own).
 */
#ifndef TD_DAHDI_KERNEL_H
#define TD_DAHDI_KERNEL_H

#include <stdint.h>
#include <sys/ioctl.h>

#define DAHDI_ELAST 500 /* read, write: an event waits and has to be taken first */

/* Smallest and largest block, all blocks of a channel together, and their number. */
#define DAHDI_LEAST_BLOCK 16
#define DAHDI_MOST_BLOCK 8192
#define DAHDI_MOST_OCTETS 32768
#define DAHDI_MOST_BLOCKS 32
#define DAHDI_MOST_SPANS 128
#define DAHDI_MOST_CHANNELS 1024

/* ---- records --------------------------------------------------------------------------------- */

struct dahdi_parameters {
    int32_t channel, span, position;
    int32_t signalling, can_signal;
    int32_t received_off_hook, received_bits, sent_bits, sent_hook, received_hook;
    int32_t law, idle_bits;
    char name[40];
    int32_t before_wink, before_flash, wink, flash, start, received_wink, received_flash, debounce;
    int32_t pulse_break, pulse_make, pulse_after;
    uint32_t alarms;
};
_Static_assert(sizeof(struct dahdi_parameters) == 136, "channel parameters");

struct dahdi_span_state {
    int32_t span;
    char name[20], description[40];
    int32_t alarms, sent_level, received_level;
    int32_t bpv, crc4, e_bits, fas;
    uint32_t framing_errors, code_violations, bit_errors, prbs, errored_seconds;
    int32_t missed_interrupts, sync_source, configured, channels, spans, build_out, line_config;
    char build_out_name[40], location[40], manufacturer[40], device[40];
    int32_t interrupt, can_signal;
    char type[6];
} __attribute__((packed));
_Static_assert(sizeof(struct dahdi_span_state) == 314, "span state");

struct dahdi_buffers {
    int32_t sent_policy, received_policy, blocks, octets, full_received, full_sent;
};

struct dahdi_gain_tables {
    int32_t channel;
    uint8_t received[256], sent[256];
};
_Static_assert(sizeof(struct dahdi_gain_tables) == 516, "gain tables");

struct dahdi_maintenance {
    int32_t span, command;
};

struct dahdi_dial {
    int32_t operation;
    char digits[256];
};

struct dahdi_cadence {
    int32_t ms[16];
};

struct dahdi_hardware_gain {
    int32_t tenths_db;
    uint32_t sent;
};

struct dahdi_version {
    char version[80], cancellers[80];
};

/* ---- requests -------------------------------------------------------------------------------- */

#define DAHDI_R(n, type) _IOR(0xda, n, type)
#define DAHDI_W(n, type) _IOW(0xda, n, type)
#define DAHDI_WR(n, type) _IOWR(0xda, n, type)

#define DAHDI_FLUSH DAHDI_W(3, int)
#define DAHDI_GET_PARAMETERS DAHDI_WR(5, struct dahdi_parameters)
#define DAHDI_SET_PARAMETERS DAHDI_W(5, struct dahdi_parameters)
#define DAHDI_HOOK DAHDI_W(7, int)
#define DAHDI_GET_EVENT DAHDI_R(8, int)
#define DAHDI_SPAN_STATE DAHDI_WR(10, struct dahdi_span_state)
#define DAHDI_MAINTENANCE DAHDI_W(11, struct dahdi_maintenance)
#define DAHDI_SET_GAINS DAHDI_W(16, struct dahdi_gain_tables)
#define DAHDI_SET_BUFFERS DAHDI_W(27, struct dahdi_buffers)
#define DAHDI_DIAL DAHDI_W(31, struct dahdi_dial)
#define DAHDI_AUDIO_MODE DAHDI_W(32, int)
#define DAHDI_ECHO_CANCEL DAHDI_W(33, int)
#define DAHDI_HDLC_RAW_MODE DAHDI_W(36, int)
#define DAHDI_HDLC_FCS_MODE DAHDI_W(37, int)
#define DAHDI_SPECIFY DAHDI_W(38, int)
#define DAHDI_SET_LAW DAHDI_W(39, int)
#define DAHDI_SET_CADENCE DAHDI_W(42, struct dahdi_cadence)
#define DAHDI_RECEIVED_BITS DAHDI_R(43, int)
#define DAHDI_SEND_BITS DAHDI_W(43, int)
#define DAHDI_TIMER_SAMPLES DAHDI_W(47, int)
#define DAHDI_TIMER_ACK DAHDI_W(48, int)
#define DAHDI_ON_HOOK_TRANSFER DAHDI_W(51, int)
#define DAHDI_GET_VERSION DAHDI_R(57, struct dahdi_version)
#define DAHDI_LOOP_CHANNEL DAHDI_W(58, int)
#define DAHDI_HARDWARE_GAIN DAHDI_W(86, struct dahdi_hardware_gain)
#define DAHDI_SET_POLARITY DAHDI_W(92, int)
#define DAHDI_VOICE_MAIL DAHDI_WR(94, int)
#define DAHDI_HDLC_RATE DAHDI_W(101, int)
#define DAHDI_BUFFER_EVENTS DAHDI_W(105, int)

#define DAHDI_FLUSH_BOTH 3
#define DAHDI_FLUSH_ALL 7
#define DAHDI_IMMEDIATE 0

/* ---- signalling of a channel ----------------------------------------------------------------- */

#define DAHDI_SIG_CLEAR (1 << 7)
#define DAHDI_SIG_HDLC_RAW ((1 << 8) | DAHDI_SIG_CLEAR)
#define DAHDI_SIG_HDLC_FCS ((1 << 9) | DAHDI_SIG_HDLC_RAW)
#define DAHDI_SIG_CAS (1 << 15)
#define DAHDI_SIG_HARD_HDLC ((1 << 19) | DAHDI_SIG_CLEAR)
#define DAHDI_SIG_MTP2 ((1 << 20) | DAHDI_SIG_HDLC_FCS)
#define DAHDI_SIG_EM (1 << 6)
#define DAHDI_SIG_EM_E1 (1 << 17)
#define DAHDI_SIG_AS_FXO (1 << 12) /* an FXS port: it is signalled to as an FXO does */
#define DAHDI_SIG_AS_FXS (1 << 13) /* an FXO port */

/* ---- alarms of a span ------------------------------------------------------------------------ */

#define DAHDI_RECOVERING (1 << 0)
#define DAHDI_LOOPED (1 << 1)
#define DAHDI_YELLOW (1 << 2)
#define DAHDI_RED (1 << 3)
#define DAHDI_BLUE (1 << 4)
#define DAHDI_NOT_OPEN (1 << 5)
#define DAHDI_SIGNAL_LOST (1 << 8)
#define DAHDI_FRAME_LOST (1 << 9)
#define DAHDI_MULTIFRAME_LOST (1 << 10)

/* ---- hook ------------------------------------------------------------------------------------ */

#define DAHDI_ON_HOOK 0
#define DAHDI_OFF_HOOK 1
#define DAHDI_WINK 2
#define DAHDI_FLASH 3
#define DAHDI_START 4
#define DAHDI_RING 5
#define DAHDI_RING_OFF 6

/* ---- maintenance ----------------------------------------------------------------------------- */

#define DAHDI_LOOP_NONE 0
#define DAHDI_LOOP_LOCAL 1
#define DAHDI_LOOP_LINE 2
#define DAHDI_LOOP_PAYLOAD 13

/* ---- events ---------------------------------------------------------------------------------- */

enum dahdi_event {
    DAHDI_EV_NONE, DAHDI_EV_ON_HOOK, DAHDI_EV_RING_OFF_HOOK, DAHDI_EV_WINK_FLASH, DAHDI_EV_ALARM,
    DAHDI_EV_NO_ALARM, DAHDI_EV_ABORT, DAHDI_EV_OVERRUN, DAHDI_EV_BAD_FCS, DAHDI_EV_DIAL_COMPLETE,
    DAHDI_EV_RINGER_ON, DAHDI_EV_RINGER_OFF, DAHDI_EV_HOOK_COMPLETE, DAHDI_EV_BITS_CHANGED,
    DAHDI_EV_PULSE_START, DAHDI_EV_TIMER_EXPIRED, DAHDI_EV_TIMER_PING, DAHDI_EV_POLARITY,
    DAHDI_EV_RING_BEGIN, DAHDI_EV_EC_DISABLED, DAHDI_EV_REMOVED,
    DAHDI_EV_READ_OVERRUN = 29, DAHDI_EV_WRITE_UNDERRUN = 30
};
#define DAHDI_EV_PULSE_DIGIT (1 << 16)

#endif
