/* Voice devices: linked with channels, they play, record, send and hear digits. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "keygoe.h"
#include "ssm.h"

#define API __attribute__((visibility("default")))
#define DIGITS "0123456789*#ABCD"

/* An opened voice device, with the lock; or the result for the program. */
static int enter_voice(ACSHandle_t handle, const DeviceID_t *id, struct device **voice)
{
    int wrong = enter_device(handle, id, voice);

    if (wrong || (*voice)->id.main == MAIN_VOICE)
        return wrong;
    return leave_device(-ERR_DEVICEERR);
}

static int coding(int code)
{
    return code == CODE_ALAW ? 6 : code == CODE_ULAW ? 7 : code == CODE_LINEAR16 ? -2 : 0;
}

/* ---- links ----------------------------------------------------------------------------------- */

static void tell_link(struct device *source, struct device *dest, int event)
{
    Acs_LinkDev_Data data = {.state = 1, .source = source->id, .dest = dest->id};

    tell_event(source, event, &data, sizeof(data), NULL, 0);
}

/* `dest` hears `source`. */
static int link_devices(struct device *source, struct device *dest, int on)
{
    if (source->id.main == MAIN_VOICE && dest->id.main == MAIN_INTERFACE_CH)
        source->to = on ? dest : source->to == dest ? NULL : source->to;
    else if (dest->id.main == MAIN_VOICE && source->id.main == MAIN_INTERFACE_CH)
        dest->from = on ? source : dest->from == source ? NULL : dest->from;
    else if (source->id.main == MAIN_INTERFACE_CH && dest->id.main == MAIN_INTERFACE_CH)
        return on ? SsmLinkFrom(source->ch, dest->ch) : SsmStopLinkFrom(source->ch, dest->ch);
    else
        return -1;
    return 0;
}

static int link_command(ACSHandle_t handle, const DeviceID_t *from, const DeviceID_t *to, int on)
{
    struct device *source, *dest;
    int wrong = enter_device(handle, from, &source);

    if (wrong)
        return wrong;
    dest = device_of(to);
    if (!dest)
        return leave_device(-ERR_BADPARAMETER);
    if (link_devices(source, dest, on))
        return leave_device(-ERR_DEVICEERR);
    tell_link(source, dest, on ? EVT_LINKDEVICE : EVT_UNLINKDEVICE);
    return leave_device(ACK);
}

API RetCode_t XMS_ctsLinkDevice(ACSHandle_t handle, DeviceID_t *source, DeviceID_t *dest,
                                PrivateData_t *extra)
{
    (void)extra;
    return link_command(handle, source, dest, 1);
}

API RetCode_t XMS_ctsUnlinkDevice(ACSHandle_t handle, DeviceID_t *source, DeviceID_t *dest,
                                  PrivateData_t *extra)
{
    (void)extra;
    return link_command(handle, source, dest, 0);
}

/* ---- what a voice device does with a channel ------------------------------------------------- */

struct work {
    size_t voice; /* where the channel has the voice device */
    int (*const orders[3])(int ch); /* from CONTROL_STOP on */
    int ordered, over, whole; /* the events of an order and of its end; Synway's word for all */
};

static const struct work playing = {offsetof(struct device, player),
                                    {SsmStopPlay, SsmPausePlay, SsmRestartPlay},
                                    EVT_CONTROLPLAY,
                                    EVT_PLAY,
                                    5};
static const struct work recording = {offsetof(struct device, recorder),
                                      {SsmStopRecToFile, SsmPauseRecToFile, SsmRestartRecToFile},
                                      EVT_CONTROLRECORD,
                                      EVT_RECORD,
                                      4};

static struct device **voice_at(struct device *channel, const struct work *work)
{
    return (struct device **)(void *)((char *)channel + work->voice);
}

/* The channel that a voice device plays to, or records. */
static struct device *channel_of(const struct device *voice, const struct work *work)
{
    for (int i = 0; i < kg.count; i++)
        if (*voice_at(&kg.devices[i], work) == voice)
            return &kg.devices[i];
    return NULL;
}

#define NO_ORDER (CONTROL_RESUME + 1UL)

static int order(const struct work *work, ACSHandle_t handle, const DeviceID_t *id,
                 unsigned long code)
{
    struct device *voice, *channel;
    int wrong = enter_voice(handle, id, &voice);

    if (wrong)
        return wrong;
    channel = channel_of(voice, work);
    if (code > CONTROL_RESUME)
        return leave_device(-ERR_NOSUPPORTCMD);
    if (!channel || work->orders[code](channel->ch))
        return leave_device(-ERR_DEVICEERR);
    tell_media(voice, work->ordered, MEDIA_OK);
    return leave_device(ACK);
}

/* As the maker's library may: the end of one that was stopped comes by its task number. */
static void work_over(const struct work *work, struct device *channel, int result)
{
    struct device **at = voice_at(channel, work), *voice = *at;

    if (!voice)
        return;
    *at = NULL;
    tell_media(voice, work->over,
               result == work->whole ? MEDIA_OK
               : result == 2         ? MEDIA_GTD
                                     : MEDIA_APPSTOP);
}

/* ---- playing --------------------------------------------------------------------------------- */

static const char *stops(unsigned long mode, int code, char *one)
{
    one[0] = (char)code;
    one[1] = 0;
    return mode == STOP_ANY ? DIGITS : mode == STOP_SINGLE ? one : "";
}

API RetCode_t XMS_ctsPlay(ACSHandle_t handle, DeviceID_t *id, PlayProperty_t *property,
                          PrivateData_t *extra)
{
    struct device *voice;
    int wrong = enter_voice(handle, id, &voice), format;
    char path[129] = "", one[2];
    unsigned octets;

    (void)extra;
    if (wrong)
        return wrong;
    format = property ? coding(property->coding) : 0;
    if (!format || property->play_type || property->offset || property->sub_offset)
        return leave_device(-ERR_NOSUPPORTCMD);
    if (!voice->to || voice->to->player)
        return leave_device(-ERR_DEVICEERR);
    memcpy(path, property->content, sizeof(property->content));
    octets = property->max_size ? (unsigned)property->max_size : SSM_ALL;
    SsmSetDtmfStopPlay(voice->to->ch, property->stop_mode != STOP_NORMAL);
    SsmSetDTMFStopPlayCharSet(voice->to->ch,
                              stops(property->stop_mode, (int)property->stop_code, one));
    voice->task = property->task;
    if (!SsmPlayFile(voice->to->ch, path, format, 0, octets)) {
        voice->to->player = voice;
        return leave_device(ACK);
    }
    if (SsmGetLastErrCode() != 9)
        return leave_device(-ERR_DEVICEERR);
    tell_media(voice, EVT_PLAY, MEDIA_OPENFILE);
    return leave_device(ACK);
}

API RetCode_t XMS_ctsControlPlay(ACSHandle_t handle, DeviceID_t *id, ControlPlay_t *control,
                                 PrivateData_t *extra)
{
    (void)extra;
    return order(&playing, handle, id, control ? control->control : NO_ORDER);
}

void play_over(struct device *channel, int result)
{
    work_over(&playing, channel, result);
}

/* ---- recording ------------------------------------------------------------------------------- */

API RetCode_t XMS_ctsRecord(ACSHandle_t handle, DeviceID_t *id, RecordProperty_t *property,
                            PrivateData_t *extra)
{
    struct device *voice, *channel;
    int wrong = enter_voice(handle, id, &voice), format, bad;
    char path[sizeof(property->file) + 1] = "", one[2]; /* the program's may fill its field */

    (void)extra;
    if (wrong)
        return wrong;
    format = property ? coding(property->coding) : 0;
    if (!format)
        return leave_device(-ERR_NOSUPPORTCMD);
    channel = voice->from;
    if (!channel || channel->recorder)
        return leave_device(-ERR_DEVICEERR);
    SsmSetRecMixer(channel->ch, property->mix && property->mixer.source2, 0);
    SsmSetDTMFStopRecCharSet(channel->ch, stops(property->stop_mode, property->stop_code, one));
    memcpy(path, property->file, sizeof(property->file));
    bad = SsmRecToFile(channel->ch, path, format, property->append ? SSM_ALL : 0,
                       property->max_size ? (unsigned)property->max_size : SSM_ALL,
                       property->max_time ? (unsigned)property->max_time * 1000 : SSM_ALL, 0);
    if (bad)
        return leave_device(-ERR_DEVICEERR);
    voice->task = property->task;
    channel->recorder = voice;
    return leave_device(ACK);
}

API RetCode_t XMS_ctsControlRecord(ACSHandle_t handle, DeviceID_t *id, ControlRecord_t *control,
                                   PrivateData_t *extra)
{
    (void)extra;
    return order(&recording, handle, id, control ? control->control : NO_ORDER);
}

void record_over(struct device *channel, int result)
{
    work_over(&recording, channel, result);
}

void voice_reset(struct device *voice)
{
    struct device *player = channel_of(voice, &playing), *recorder = channel_of(voice, &recording);

    if (player)
        SsmStopPlay(player->ch);
    if (recorder)
        SsmStopRecToFile(recorder->ch);
}

/* ---- digits and tones ------------------------------------------------------------------------ */

static int send_tone(const struct device *channel, const char *text, int n)
{
    const char *found = n ? strchr("GIHJK", *text) : NULL;
    static const int tones[] = {0, 1, 2, 1, 1};

    if (!n)
        return SsmStopSendTone(channel->ch);
    return found ? SsmSendTone(channel->ch, tones[found - "GIHJK"]) : -1;
}

API RetCode_t XMS_ctsSendIOData(ACSHandle_t handle, DeviceID_t *id, U16 type, U16 n, void *data)
{
    struct device *voice;
    int wrong = enter_voice(handle, id, &voice), bad;
    char text[65] = "";

    if (wrong)
        return wrong;
    if (n >= sizeof(text) || (n && !data) || (type != IO_DTMF && type != IO_TONE))
        return leave_device(-ERR_BADPARAMETER);
    if (n)
        memcpy(text, data, n);
    if (!voice->to)
        return leave_device(-ERR_DEVICEERR);
    if (type == IO_TONE)
        bad = send_tone(voice->to, text, n);
    else
        bad = n ? SsmTxDtmf(voice->to->ch, text) : SsmStopTxDtmf(voice->to->ch);
    if (!bad && type == IO_DTMF && n)
        voice->to->sender = voice;
    return leave_device(bad ? -ERR_DEVICEERR : ACK);
}

void digits_over(struct device *channel)
{
    struct device *voice = channel->sender;

    channel->sender = NULL;
    if (voice)
        tell_io(voice, EVT_SENDIODATA, IO_DTMF, "");
}

static void heard(const struct device *channel, int type, char what)
{
    char text[2] = {what, 0};

    for (int i = 0; i < kg.count; i++) {
        struct device *voice = &kg.devices[i];

        if (voice->from != channel || !voice->open || !(type == IO_DTMF ? voice->dtmf : voice->tones))
            continue;
        voice->digit = what;
        tell_io(voice, EVT_RECVIODATA, type, text);
    }
}

void digit_came(struct device *channel, char digit)
{
    heard(channel, IO_DTMF, digit);
}

/* H ringback, h its end, I busy. */
void tone_came(struct device *channel, char tone)
{
    heard(channel, IO_TONE, tone);
}
