/* What DAHDI tells of channels and spans, as the board's events. Engine side. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "dahdi.h"
#include "td_analog.h"

#define ALARM_LOS 0 /* bits of trunkd.board.Alarm */
#define ALARM_LOF 1
#define ALARM_LOMF_CRC 2
#define ALARM_AIS 4
#define ALARM_RAI 5
#define PULSE_NS UINT64_C(100000000) /* a decadic pulse, of which the kernel tells the digit only */
#define BURST_NS UINT64_C(1000000000) /* of ringing, likewise */
#define FLASH_NS UINT64_C(300000000) /* a flash, of which it tells the end */

/* Now, as board time within the block on the line: events of one board are in order. */
uint64_t dahdi_now(const td_engine *engine)
{
    struct timespec at;
    uint64_t now;

    clock_gettime(CLOCK_MONOTONIC, &at);
    now = (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
    now -= (uint64_t)dahdi_of(engine)->ahead;
    if (now < engine->time)
        return engine->time;
    return now > engine->time + engine->block_ns ? engine->time + engine->block_ns : now;
}

static void tell_at(td_engine *engine, uint64_t time, int kind, const struct dahdi_channel *channel,
                    int code, int value)
{
    td_event event = {.time = time, .kind = (uint8_t)kind, .span = (uint8_t)(channel->span + 1),
                      .timeslot = channel->timeslot, .code = (uint8_t)code,
                      .value = (int16_t)value};

    engine_event(engine, &event, NULL);
}

void dahdi_tell(td_engine *engine, int kind, int span, int timeslot, int code, int value)
{
    struct dahdi_channel where = {.span = (uint8_t)span, .timeslot = (uint8_t)timeslot};

    tell_at(engine, dahdi_now(engine), kind, &where, code, value);
}

/* ---- spans ----------------------------------------------------------------------------------- */

static uint32_t alarms_of(const struct dahdi_span_state *state)
{
    uint32_t found = 0;

    if (state->alarms & (DAHDI_RED | DAHDI_NOT_OPEN))
        found |= state->alarms & DAHDI_FRAME_LOST ? 1u << ALARM_LOF : 1u << ALARM_LOS;
    if (state->alarms & DAHDI_SIGNAL_LOST)
        found |= 1u << ALARM_LOS;
    if (state->alarms & DAHDI_MULTIFRAME_LOST)
        found |= 1u << ALARM_LOMF_CRC;
    if (state->alarms & DAHDI_BLUE)
        found |= 1u << ALARM_AIS;
    if (state->alarms & DAHDI_YELLOW)
        found |= 1u << ALARM_RAI;
    return found;
}

static void set_alarms(td_engine *engine, int index, uint32_t alarms)
{
    struct dahdi_span *span = &dahdi_of(engine)->spans[index];
    struct engine_span *of = &engine->spans[index];
    uint32_t changed = span->alarms ^ alarms;

    for (; changed; changed &= changed - 1) {
        int alarm = __builtin_ctz(changed);
        int active = alarms >> alarm & 1;

        span->raised[alarm] += (uint64_t)active;
        publish(&of->counts[8 + alarm], span->raised[alarm]);
        dahdi_tell(engine, TD_EVENT_ALARM, index, 0, alarm, active);
    }
    span->alarms = alarms;
    atomic_store_explicit(&of->alarms, alarms, memory_order_relaxed);
}

static void count_from(atomic_u64 *count, int32_t *base, int32_t now)
{
    if (now < *base) /* somebody reset the kernel's */
        *base = 0;
    if ((uint64_t)(now - *base) > look(count))
        publish(count, (uint64_t)(now - *base));
}

static int has_bits(const struct dahdi_channel *channel)
{
    return channel->signalling == DAHDI_SIG_CAS;
}

void dahdi_read_bits(td_engine *engine, struct dahdi_channel *channel)
{
    int bits = 0;

    if (ioctl(channel->fd, DAHDI_RECEIVED_BITS, &bits) < 0)
        return;
    bits &= 15; /* a dynamic span shows its neighbour's above */
    if (bits == channel->bits)
        return;
    channel->bits = (int8_t)bits;
    atomic_store_explicit(&engine->spans[channel->span].bits[channel->timeslot], (uint8_t)bits,
                          memory_order_relaxed);
    dahdi_tell(engine, TD_EVENT_BITS, channel->span, channel->timeslot, bits, 0);
}

void dahdi_look_at_span(td_engine *engine, int index)
{
    struct dahdi *dahdi = dahdi_of(engine);
    struct dahdi_span *span = &dahdi->spans[index];
    struct engine_span *of = &engine->spans[index];
    struct dahdi_span_state state = {.span = span->number};

    span->stale = 0;
    if (span->gone || !span->number)
        return;
    if (ioctl(dahdi->control, DAHDI_SPAN_STATE, &state) < 0)
        return;
    set_alarms(engine, index, alarms_of(&state));
    count_from(&of->counts[1], &span->base[0], state.fas);
    count_from(&of->counts[3], &span->base[1], state.crc4);
    count_from(&of->counts[4], &span->base[2], state.e_bits);
    count_from(&of->counts[7], &span->base[3], state.bpv);
    for (int timeslot = 1; timeslot < TIMESLOTS; timeslot++) {
        struct dahdi_channel *channel = span->channels[timeslot];

        if (channel && channel->bits < 0 && has_bits(channel))
            dahdi_read_bits(engine, channel);
    }
}

/* ---- a span goes away, and comes back -------------------------------------------------------- */

static void leave_channel(td_engine *engine, struct dahdi_channel *channel)
{
    struct dahdi_span *span = &dahdi_of(engine)->spans[channel->span];

    channel->gone = 1;
    channel->bits = -1;
    epoll_ctl(dahdi_of(engine)->epoll, EPOLL_CTL_DEL, channel->fd, NULL);
    span->octets_mask &= ~(1u << channel->timeslot);
    span->frames_mask &= ~(1u << channel->timeslot);
    for (unsigned i = 0; i < engine->block_frames; i++)
        span->rx[i * TIMESLOTS + channel->timeslot] = IDLE_OCTET;
}

void dahdi_removed(td_engine *engine, struct dahdi_channel *channel)
{
    struct dahdi_span *span = &dahdi_of(engine)->spans[channel->span];

    if (span->gone)
        return;
    span->gone = 1;
    for (int timeslot = 1; timeslot < TIMESLOTS; timeslot++)
        if (span->channels[timeslot])
            leave_channel(engine, span->channels[timeslot]);
    set_alarms(engine, channel->span, 1u << ALARM_LOS);
    dahdi_tell(engine, TD_EVENT_DAHDI, channel->span, 0, TD_DAHDI_REMOVED, 0);
}

/* All of its channels, or none. */
static int open_again(const struct dahdi_span *span, int *fds, int *signallings)
{
    int timeslot;

    for (timeslot = 1; timeslot < TIMESLOTS; timeslot++) {
        fds[timeslot] = -1;
        if (!span->channels[timeslot])
            continue;
        fds[timeslot] = dahdi_open_channel(span->channels[timeslot]->number,
                                           &signallings[timeslot]);
        if (fds[timeslot] < 0)
            break;
    }
    if (timeslot == TIMESLOTS)
        return 1;
    while (--timeslot > 0)
        if (fds[timeslot] >= 0)
            close(fds[timeslot]);
    return 0;
}

void dahdi_try_return(td_engine *engine, int index)
{
    struct dahdi *dahdi = dahdi_of(engine);
    struct dahdi_span *span = &dahdi->spans[index];
    struct dahdi_span_state state = {.span = span->number};
    int fds[TIMESLOTS], signallings[TIMESLOTS];

    if (ioctl(dahdi->control, DAHDI_SPAN_STATE, &state) < 0 ||
        !open_again(span, fds, signallings))
        return;
    for (int timeslot = 1; timeslot < TIMESLOTS; timeslot++) {
        struct dahdi_channel *channel = span->channels[timeslot];

        if (!channel)
            continue;
        /* The number stays: the API side may be about to use it. */
        dup3(fds[timeslot], channel->fd, O_CLOEXEC);
        close(fds[timeslot]);
        channel->signalling = signallings[timeslot];
        channel->gone = 0;
        channel->slot = NULL;
        dahdi_watch(dahdi, channel);
    }
    span->gone = 0;
    dahdi_tell(engine, TD_EVENT_DAHDI, index, 0, TD_DAHDI_RETURNED, 0);
}

/* ---- analog ports ---------------------------------------------------------------------------- */

static void tell_hook(td_engine *engine, struct dahdi_channel *channel, uint64_t time, int off)
{
    atomic_store(&channel->off_hook, off);
    tell_at(engine, time, TD_EVENT_LINE, channel, TD_LINE_HOOK, off);
}

static void tell_battery(td_engine *engine, struct dahdi_channel *channel, int battery)
{
    if (atomic_exchange(&channel->battery, battery) != battery)
        tell_at(engine, dahdi_now(engine), TD_EVENT_LINE, channel, TD_LINE_BATTERY, battery);
}

static void tell_sent(td_engine *engine, struct dahdi_channel *channel)
{
    td_event event = {.time = dahdi_now(engine), .kind = TD_EVENT_LINE,
                      .span = (uint8_t)(channel->span + 1), .timeslot = channel->timeslot,
                      .code = TD_LINE_SENT, .tag = atomic_load(&channel->tag)};

    if (atomic_exchange(&channel->sending, 0))
        engine_event(engine, &event, NULL);
}

/* The kernel has counted the pulses itself: they are told as they must have been. */
static void tell_pulses(td_engine *engine, struct dahdi_channel *channel, int digit)
{
    int pulses = digit ? digit : 10;
    uint64_t time = dahdi_now(engine) - (uint64_t)pulses * PULSE_NS;

    for (int i = 0; i < pulses; i++, time += PULSE_NS) {
        tell_hook(engine, channel, time, 0);
        tell_hook(engine, channel, time + PULSE_NS * 6 / 10, 1);
    }
}

static void fxs_event(td_engine *engine, struct dahdi_channel *channel, int event)
{
    uint64_t now = dahdi_now(engine);

    if (event & DAHDI_EV_PULSE_DIGIT) {
        tell_pulses(engine, channel, event & 15);
    } else if (event == DAHDI_EV_RING_OFF_HOOK) {
        tell_hook(engine, channel, now, 1);
    } else if (event == DAHDI_EV_ON_HOOK) {
        tell_hook(engine, channel, now, 0);
    } else if (event == DAHDI_EV_WINK_FLASH) {
        tell_hook(engine, channel, now - FLASH_NS, 0);
        tell_hook(engine, channel, now, 1);
    }
}

/* Most drivers tell the end of a burst of ringing alone. */
static void tell_ring(td_engine *engine, struct dahdi_channel *channel, uint64_t now, int on)
{
    if (!on && !channel->ringing)
        tell_at(engine, now - BURST_NS, TD_EVENT_LINE, channel, TD_LINE_RING, 1);
    channel->ringing = (uint8_t)on;
    tell_at(engine, now, TD_EVENT_LINE, channel, TD_LINE_RING, on);
}

static void fxo_event(td_engine *engine, struct dahdi_channel *channel, int event)
{
    uint64_t now = dahdi_now(engine);

    if (event == DAHDI_EV_RING_BEGIN)
        tell_ring(engine, channel, now, 1);
    else if (event == DAHDI_EV_RING_OFF_HOOK)
        tell_ring(engine, channel, now, 0);
    else if (event == DAHDI_EV_ON_HOOK || event == DAHDI_EV_ALARM)
        tell_battery(engine, channel, 0);
    else if (event == DAHDI_EV_NO_ALARM)
        tell_battery(engine, channel, 1);
    else if (event == DAHDI_EV_POLARITY)
        tell_battery(engine, channel, atomic_load(&channel->battery) == 2 ? 1 : 2);
}

/* ---- channels -------------------------------------------------------------------------------- */

static void frame_fault(td_engine *engine, struct dahdi_channel *channel, int fault)
{
    struct slot *slot = engine->spans[channel->span].slots[channel->timeslot];

    if (!slot || slot->kind != SLOT_HDLC || channel->mode < TD_DAHDI_FRAMES)
        return;
    count_up(fault == TD_HDLC_FCS ? &slot->fcs : fault == TD_HDLC_ABORT ? &slot->aborts
                                                                         : &slot->longs, 1);
    dahdi_tell(engine, TD_EVENT_FAULT, channel->span, channel->timeslot, fault, 0);
}

static void line_event(td_engine *engine, struct dahdi_channel *channel, int event)
{
    if (event == DAHDI_EV_HOOK_COMPLETE || event == DAHDI_EV_DIAL_COMPLETE)
        tell_sent(engine, channel);
    if (channel->signalling & DAHDI_SIG_AS_FXO)
        fxs_event(engine, channel, event);
    else if (channel->signalling & DAHDI_SIG_AS_FXS)
        fxo_event(engine, channel, event);
    tell_at(engine, dahdi_now(engine), TD_EVENT_DAHDI, channel, TD_DAHDI_KERNEL, event & 0x7fff);
}

static void one_event(td_engine *engine, struct dahdi_channel *channel, int event)
{
    switch (event) {
    case DAHDI_EV_ALARM:
    case DAHDI_EV_NO_ALARM:
        dahdi_of(engine)->spans[channel->span].stale = 1;
        line_event(engine, channel, event);
        break;
    case DAHDI_EV_ABORT:
        frame_fault(engine, channel, TD_HDLC_ABORT);
        break;
    case DAHDI_EV_OVERRUN:
        frame_fault(engine, channel, TD_HDLC_LONG);
        break;
    case DAHDI_EV_BAD_FCS:
        frame_fault(engine, channel, TD_HDLC_FCS);
        break;
    case DAHDI_EV_BITS_CHANGED:
        dahdi_read_bits(engine, channel);
        break;
    case DAHDI_EV_READ_OVERRUN:
        count_up(&channel->overruns, 1);
        break;
    case DAHDI_EV_WRITE_UNDERRUN:
        count_up(&channel->underruns, 1);
        break;
    default:
        line_event(engine, channel, event);
    }
}

void dahdi_events(td_engine *engine, struct dahdi_channel *channel)
{
    /* The kernel keeps 63; more come while these are taken only in a storm, and wait then. */
    for (int i = 0; i < 64 && !channel->gone; i++) {
        int event = DAHDI_EV_NONE;
        int failed = ioctl(channel->fd, DAHDI_GET_EVENT, &event) < 0;

        if (failed || event == DAHDI_EV_REMOVED) {
            dahdi_removed(engine, channel);
            return;
        }
        if (event == DAHDI_EV_NONE)
            return;
        count_up(&channel->events, 1);
        one_event(engine, channel, event);
    }
}
