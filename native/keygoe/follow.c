/* What Synway's library tells, as Keygoe's events. With kg.lock. */
#include <string.h>

#include "keygoe.h"
#include "ssm.h"

int port_state(int pcm, int type);

static void state(struct device *device, int now)
{
    if (device->state == now)
        return;
    device->state = now;
    if (device->open)
        tell_general(device, EVT_DEVICESTATE);
}

static void call_event(struct device *device, int event, int good)
{
    if (device->open)
        tell_call(device, event, good, device->cause);
}

static int is_analog(const struct device *device)
{
    return device->type == SSM_TRUNK;
}

/* ---- states of a channel --------------------------------------------------------------------- */

static void came_in(struct device *device)
{
    device->answered = 0;
    device->cause = 0;
    state(device, DCS_CALLIN);
    call_event(device, EVT_CALLIN, 1);
}

/* An analog trunk has sent the number; what becomes of it its tones say. */
static void dialled(struct device *device)
{
    if (device->state == DCS_CONNECT)
        return;
    state(device, DCS_CONNECT);
    call_event(device, EVT_CALLOUT, 1);
}

static void talks(struct device *device)
{
    if (device->answered)
        return;
    device->answered = 1;
    if (is_analog(device) && device->outgoing) {
        dialled(device);
        tone_came(device, 'h');
        return;
    }
    state(device, DCS_CONNECT);
    call_event(device, device->outgoing ? EVT_CALLOUT : EVT_ANSWERCALL, 1);
}

/* The far end has hung up, or the call did not get through. The channel becomes free by itself; an
 * analog trunk tells busy tone and waits. */
static void over(struct device *device)
{
    if (device->clearing)
        return;
    device->cause = SsmGetReleaseReason(device->ch);
    if (!device->answered && device->outgoing && device->state != DCS_CONNECT) {
        device->failed = 1;
        call_event(device, EVT_CALLOUT, 0);
    } else if (is_analog(device)) {
        tone_came(device, 'I');
        return;
    }
    state(device, DCS_DISCONNECT);
    SsmHangup(device->ch);
}

static void stands_by(struct device *device, int dcs)
{
    int had = device->state == DCS_CALLIN || device->state == DCS_CONNECT ||
              device->state == DCS_DISCONNECT || device->clearing;

    if (had && !device->failed) {
        if (!device->cause)
            device->cause = 16;
        call_event(device, EVT_CLEARCALL, 1);
    }
    device->outgoing = device->answered = device->clearing = device->failed = 0;
    device->cause = 0;
    state(device, dcs);
}

static void broken(struct device *device)
{
    Acs_UniFailure_Data data = {.state = -1, .error = ERR_LINKBROKEN};

    device->outgoing = device->answered = device->clearing = device->failed = 0;
    device->state = DCS_UNAVAILABLE;
    if (kg.broken)
        return;
    kg.broken = 1;
    tell_event(NULL, EVT_UNIFAILURE, &data, sizeof(data), NULL, 0);
}

/* CAS: while the registers talk by tones the program has to lend a voice device. */
static void registers(struct device *device, int now)
{
    int at_work = device->type == SSM_SS1 && (now == ST_SS1_RECEIVES || now == ST_SS1_SENDS);

    if (at_work != device->registers)
        call_event(device, at_work ? EVT_CAS_MFC_START : EVT_CAS_MFC_END, 1);
    device->registers = at_work;
}

static void channel_state(struct device *device, int now)
{
    int station = device->type == SSM_STATION;

    registers(device, now);
    if (now == ST_RINGING && !device->outgoing)
        came_in(device);
    else if (now == ST_PICKED_UP && station && !device->outgoing)
        came_in(device);
    else if (now == ST_TALKING || (now == ST_PICKED_UP && station))
        talks(device);
    else if (now == ST_DIALLED && device->outgoing)
        dialled(device);
    else if (now == ST_PENDING)
        over(device);
    else if (now == ST_STANDBY)
        stands_by(device, DCS_FREE);
    else if (now == ST_LOCAL_BLOCK)
        stands_by(device, DCS_LOCAL_BLOCK);
    else if (now == ST_REMOTE_BLOCK)
        stands_by(device, DCS_REMOTE_BLOCK);
    else if (now == ST_UNAVAILABLE && keygoe_lost())
        broken(device);
    else if (now == ST_UNAVAILABLE || now == ST_OFFLINE || now == ST_LOCKED)
        stands_by(device, DCS_UNAVAILABLE);
    else if (device->clearing)
        state(device, DCS_WAIT_FREE);
}

static void rings(struct device *device)
{
    if (is_analog(device)) {
        dialled(device);
        tone_came(device, 'H');
    } else if (device->outgoing && !device->answered)
        state(device, device->id.sub == SUB_E1_DSS1 ? DES_DSS1_ALERT : DCS_ALERTING);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void port(int pcm)
{
    struct device *device = device_at(MAIN_DIGITAL_PORT, MODULE_E1, pcm);

    if (device)
        state(device, port_state(pcm, device->type));
}

void follow_event(int code, int reference, unsigned param)
{
    struct device *device = code == EV_PCM ? NULL : interface_of(reference);

    if (code == EV_PCM)
        port(reference);
    if (!device)
        return;
    if (code == EV_STATE)
        channel_state(device, (int)(param & 0xFFFF));
    else if (code == EV_DIAL && param == DIAL_RINGS)
        rings(device);
    else if (code == EV_PLAY_END)
        play_over(device, (int)param);
    else if (code == EV_RECORD_END)
        record_over(device, (int)param);
    else if (code == EV_DTMF_SENT)
        digits_over(device);
    else if (code == EV_DTMF)
        digit_came(device, (char)(param & 0x7F));
}
