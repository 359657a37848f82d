/* Which devices there are: of each PCM link a digital port with 32 interface channels, of which one
 * that is no channel of trunkd's is unusable; a voice device for each usable one; conferences. */
#include <stdlib.h>
#include <string.h>

#include "keygoe.h"
#include "ssm.h"

static struct device *add(int main, int sub, int module, int channel)
{
    struct device *device = &kg.devices[kg.count++];

    device->id.main = (S16)main;
    device->id.sub = (S16)sub;
    device->id.module = (S8)module;
    device->id.channel = (S16)channel;
    device->ch = device->pcm = device->group = NOBODY;
    return device;
}

static int sub_of(int type)
{
    static const struct {
        int type, sub;
    } ROWS[] = {{SSM_TRUNK, SUB_ANALOG_TRUNK}, {SSM_STATION, SUB_ANALOG_USER},
                {SSM_RECORDING, SUB_ANALOG_REC}, {SSM_SS1, SUB_E1_CAS},
                {SSM_TUP, SUB_E1_TUP},         {SSM_PRI, SUB_E1_DSS1},
                {SSM_PRI_NETWORK, SUB_E1_DSS1}, {SSM_ISUP, SUB_E1_ISUP}};

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++)
        if (ROWS[i].type == type)
            return ROWS[i].sub;
    return SUB_UNUSABLE;
}

static int port_type(int type)
{
    return type == SSM_SS1    ? E1_TYPE_CAS
           : type == SSM_TUP  ? E1_TYPE_TUP
           : type == SSM_ISUP ? E1_TYPE_ISUP
                              : E1_TYPE_PRI;
}

int port_state(int pcm, int type);

int port_state(int pcm, int type)
{
    unsigned short status = 0;

    SsmGetPcmLinkStatus(pcm, &status);
    return type << 16 | (status & 1 ? E1_FAS : 0) | (status & 2 ? E1_MFAS : 0) |
           (status & 4 ? E1_REMOTE : 0);
}

/* Synway's channel on a timeslot of a PCM link. */
static int channel_on(int pcm, int timeslot)
{
    for (int ch = 0; ch < SsmGetMaxCh(); ch++) {
        int on, at;

        if (!SsmChToPcmTs(ch, &on, &at) && on == pcm && at == timeslot)
            return ch;
    }
    return NOBODY;
}

static void interface(struct device *device, int ch)
{
    device->ch = ch;
    device->type = SsmGetChType(ch);
    device->id.sub = (S16)sub_of(device->type);
    device->state = SsmGetChState(ch) == ST_STANDBY ? DCS_FREE : DCS_UNAVAILABLE;
}

/* Synway's library shows analog spans as PCM links, too. */
static int is_analog(int ch)
{
    int type = SsmGetChType(ch);

    return type == SSM_TRUNK || type == SSM_STATION || type == SSM_RECORDING;
}

static int is_e1(int pcm)
{
    for (int timeslot = 0; timeslot < 32; timeslot++) {
        int ch = channel_on(pcm, timeslot);

        if (ch != NOBODY && is_analog(ch))
            return 0;
    }
    return 1;
}

static void links(void)
{
    for (int pcm = 0; pcm < SsmGetMaxPcm(); pcm++) {
        struct device *port;

        if (!is_e1(pcm))
            continue;
        port = add(MAIN_DIGITAL_PORT, SUB_BASE, MODULE_E1, pcm);
        port->pcm = pcm;
        port->type = E1_TYPE_PRI;
        for (int timeslot = 0; timeslot < 32; timeslot++) {
            int ch = channel_on(pcm, timeslot);
            struct device *device =
                add(MAIN_INTERFACE_CH, SUB_UNUSABLE, MODULE_E1, 32 * pcm + timeslot);

            if (ch == NOBODY)
                continue;
            interface(device, ch);
            port->type = port_type(device->type);
        }
        port->state = port_state(pcm, port->type);
    }
}

static void analog(void)
{
    int channel = 0, pcm, timeslot;

    for (int ch = 0; ch < SsmGetMaxCh(); ch++)
        if (SsmChToPcmTs(ch, &pcm, &timeslot) || is_analog(ch))
            interface(add(MAIN_INTERFACE_CH, SUB_BASE, MODULE_ANALOG, channel++), ch);
}

int devices_make(void)
{
    int most = 34 * SsmGetMaxPcm() + 2 * SsmGetMaxCh() + CONFERENCES + 4, voices[3] = {0}, made;

    free(kg.devices);
    kg.devices = calloc((size_t)most, sizeof(*kg.devices));
    kg.count = 0;
    if (!kg.devices)
        return -1;
    links();
    analog();
    made = kg.count;
    for (int i = 0; i < made; i++) {
        int module = kg.devices[i].id.module;

        if (kg.devices[i].ch != NOBODY)
            add(MAIN_VOICE, SUB_BASE, module, voices[module]++);
    }
    for (int i = 0; i < CONFERENCES; i++)
        add(MAIN_CONFERENCE, SUB_BASE, MODULE_E1, i);
    add(MAIN_BOARD, SUB_BASE, MODULE_E1, 0);
    return 0;
}

/* ---- finding --------------------------------------------------------------------------------- */

struct device *device_at(int main, int module, int channel)
{
    for (int i = 0; i < kg.count; i++) {
        const DeviceID_t *id = &kg.devices[i].id;

        if (id->main == main && id->module == module && id->channel == channel)
            return &kg.devices[i];
    }
    return NULL;
}

struct device *interface_of(int ch)
{
    for (int i = 0; i < kg.count; i++)
        if (kg.devices[i].ch == ch && kg.devices[i].id.main == MAIN_INTERFACE_CH)
            return &kg.devices[i];
    return NULL;
}

/* Samples call it very important that the CallID of the opened device is used: here it must be. */
struct device *device_of(const DeviceID_t *id)
{
    struct device *device = id ? device_at(id->main, id->module, id->channel) : NULL;

    return device && device->open && !memcmp(&device->id.call, &id->call, sizeof(id->call))
               ? device
               : NULL;
}

/* 0, with the lock; or a result for the program, without it. */
int enter_device(ACSHandle_t handle, const DeviceID_t *id, struct device **device)
{
    pthread_mutex_lock(&kg.lock);
    if (!kg.open || handle != kg.handle)
        return leave_device(-ERR_BADHDL);
    if (keygoe_lost())
        return leave_device(-ERR_LINKBROKEN);
    *device = device_of(id);
    return *device ? 0 : leave_device(-ERR_BADPARAMETER);
}

int leave_device(int result)
{
    pthread_mutex_unlock(&kg.lock);
    return result;
}
