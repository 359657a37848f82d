/* Boards of DAHDI's kernel driver: an engine on its channels.
 *
 * Conventions are those of trunkd_native.h, section Engine. The engine's thread is paced by DAHDI's
 * timer, which counts samples of the board's clock; each timeslot in use is read and written once a
 * block. Where a timeslot finds no block waiting the one before is heard again, and where too many
 * wait one is left out: TD_EVENT_SLIP, `value` frames.
 *
 * td_engine_new_dahdi, td_dahdi_span for each span, td_dahdi_channel for each timeslot, then the
 * engine as any other. Before a timeslot is opened, td_dahdi_mode says what its channel carries.
 */
#ifndef TD_DAHDI_H
#define TD_DAHDI_H

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what there is, without an engine -------------------------------------------------------- */

typedef struct td_dahdi_span_info {
    int32_t number;
    int32_t alarms;          /* as the kernel has them: bit 2 yellow, 3 red, 4 blue, 5 not open */
    int32_t channels;
    int32_t configured;
    int32_t sync_source;     /* span that gives the clock of this one's board; 0: its own */
    int32_t line_config;
    int32_t can_signal;      /* 0: analog */
    int32_t missed_interrupts;
    uint32_t counts[9];      /* bpv, crc4, e bits, fas, framing, code violations, bits, prbs, errored
                              * seconds */
    uint32_t reserved;
    char name[24];
    char description[40];
    char location[40];
    char manufacturer[40];
    char device[40];
    char type[8];
} td_dahdi_span_info;

typedef struct td_dahdi_channel_info {
    int32_t number;
    int32_t span;
    int32_t position;        /* in its span, from 1 */
    int32_t signalling;      /* 0: not configured */
    int32_t can_signal;
    int32_t law;             /* 1: mu-law, 2: A-law */
    uint32_t alarms;
    int32_t idle_bits;
    char name[40];
} td_dahdi_channel_info;

/* 0, or a negative errno: -ENODEV, -ENXIO, -EINVAL no such one; -ENOENT the driver is not loaded;
 * -EACCES. */
int td_dahdi_span_info_get(int number, td_dahdi_span_info *info);
int td_dahdi_channel_info_get(int number, td_dahdi_channel_info *info);
int td_dahdi_version(char *text, size_t room);

/* Bits of signalling. */
#define TD_DAHDI_EM 0x40
#define TD_DAHDI_CLEAR 0x80
#define TD_DAHDI_HDLC_RAW 0x180
#define TD_DAHDI_HDLC_FCS 0x380
#define TD_DAHDI_FXS_PORT 0x1000
#define TD_DAHDI_FXO_PORT 0x2000
#define TD_DAHDI_CAS 0x8000
#define TD_DAHDI_EM_E1 0x20000
#define TD_DAHDI_HARD_HDLC 0x80080
#define TD_DAHDI_MTP2 0x100380

/* ---- the engine ------------------------------------------------------------------------------ */

/* config: block_frames 16 or more, stepped 0. blocks: that wait to be sent in the kernel, 1 to 16:
 * latency against what a busy machine may be late. -ENOENT, -EACCES: of /dev/dahdi/timer. */
td_engine *td_engine_new_dahdi(const td_engine_config *config, uint32_t blocks, int *error);
/* Span `span` of the engine is DAHDI's span `number`; kind: TD_SPAN_*. */
int td_dahdi_span(td_engine *engine, int span, int number, int kind);
/* Open DAHDI's channel `number` for a timeslot: -EBUSY somebody has it, -ENXIO it is not configured,
 * -EINVAL there is none, -EACCES. */
int td_dahdi_channel(td_engine *engine, int span, int timeslot, int number);

/* What the channel carries from its next opening on. */
#define TD_DAHDI_VOICE 1   /* octets, as audio (echo canceller, gains) */
#define TD_DAHDI_OCTETS 2  /* octets, for our own HDLC */
#define TD_DAHDI_FRAMES 3  /* frames: HDLC or MTP2 by the kernel or the board */
#define TD_DAHDI_FRAMES_56 4
/* law: TD_ALAW, TD_ULAW; max_octets: of frames. -EOPNOTSUPP: its signalling cannot. */
int td_dahdi_mode(td_engine *engine, int span, int timeslot, int mode, int law, uint32_t max_octets);

/* ABCD bits, at once. */
int td_dahdi_set_bits(td_engine *engine, int span, int timeslot, int abcd);
int td_dahdi_bits(const td_engine *engine, int span, int timeslot);

/* Kernel's or board's echo canceller: taps of 125 us, 0: off. The kernel reports success when none
 * is attached. */
int td_dahdi_echo(td_engine *engine, int span, int timeslot, int taps);
/* Gain tables of a voice channel, dB; 0 and 0: none. */
int td_dahdi_gain(td_engine *engine, int span, int timeslot, double received_db, double sent_db);
/* Of an analog board's converters, tenths of dB. */
int td_dahdi_hardware_gain(td_engine *engine, int span, int timeslot, int sent, int tenths);

/* loopback: TD_LOOP_*. -ENOSYS or -EOPNOTSUPP: the board has none. */
int td_dahdi_loopback(td_engine *engine, int span, int loopback);

/* Analog ports and E&M. */
#define TD_DAHDI_ON_HOOK 0
#define TD_DAHDI_OFF_HOOK 1
#define TD_DAHDI_WINK 2
#define TD_DAHDI_FLASH 3
#define TD_DAHDI_START 4
#define TD_DAHDI_RING 5
#define TD_DAHDI_RING_OFF 6
int td_dahdi_hook(td_engine *engine, int span, int timeslot, int what);
int td_dahdi_polarity(td_engine *engine, int span, int timeslot, int reversed);
/* 1 to 32 digits; make, break_, after: ms. TD_LINE_SENT with the tag follows. -EBUSY: something is
 * being sent. */
int td_dahdi_pulses(td_engine *engine, int span, int timeslot, const char *digits, int make,
                    int break_, int after, int64_t tag);
int td_dahdi_flash(td_engine *engine, int span, int timeslot, int ms, int64_t tag);
/* 1 while pulses or a flash are under way. */
int td_dahdi_sending(const td_engine *engine, int span, int timeslot);
/* Ringing goes on until it is switched off. */
int td_dahdi_ring_steadily(td_engine *engine, int span, int timeslot);
int td_dahdi_on_hook_audio(td_engine *engine, int span, int timeslot, int ms);
int td_dahdi_lamp(td_engine *engine, int span, int timeslot, int on);
/* FXS: the telephone is off hook; FXO: we are. battery: as TD_LINE_BATTERY. */
int td_dahdi_line(const td_engine *engine, int span, int timeslot, int *off_hook, int *battery);

/* Of one timeslot, each only grows. */
typedef struct td_dahdi_counts {
    uint64_t underruns;  /* nothing waited to be sent */
    uint64_t overruns;   /* nobody read */
    uint64_t repeated;   /* blocks */
    uint64_t left_out;   /* blocks */
    uint64_t refused;    /* blocks or frames that the kernel did not take */
    uint64_t events;
} td_dahdi_counts;
int td_dahdi_counters(const td_engine *engine, int span, int timeslot, td_dahdi_counts *counts);

/* `code` says what; span and timeslot. */
#define TD_EVENT_DAHDI 64
#define TD_DAHDI_REMOVED 1   /* span: it is gone, nothing on it works any more */
#define TD_DAHDI_RETURNED 2  /* span: it is there again; open its timeslots anew */
#define TD_DAHDI_KERNEL 3    /* timeslot: of analog ports and E&M; value: what the kernel calls it */

#ifdef __cplusplus
}
#endif
#endif
