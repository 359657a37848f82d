/* Conferences: voice devices join, and with them the channels that they are linked with. */
#include "keygoe.h"
#include "ssm.h"

#define API __attribute__((visibility("default")))

static void tell_conference(const struct device *conference, const struct device *voice, int event)
{
    Acs_ConfControl_Data data = {.state = 1};

    if (voice)
        data.media = voice->id;
    tell_event(conference, event, &data, sizeof(data), NULL, 0);
}

/* An opened conference and, where `media` is given, the voice device; with the lock. */
static int enter_conference(ACSHandle_t handle, const DeviceID_t *id, const DeviceID_t *media,
                            struct device **conference, struct device **voice)
{
    int wrong = enter_device(handle, id, conference);

    if (wrong)
        return wrong;
    *voice = media ? device_of(media) : NULL;
    if ((*conference)->id.main == MAIN_CONFERENCE && (!media || (*voice && (*voice)->from)))
        return 0;
    return leave_device(-ERR_DEVICEERR);
}

static int mode(const CmdParamData_Conf_t *param)
{
    return param->input == CONF_SILENCE ? 2 : param->output == CONF_SILENCE ? 3 : 0;
}

API RetCode_t XMS_ctsJoinToConf(ACSHandle_t handle, DeviceID_t *id, DeviceID_t *media,
                                CmdParamData_Conf_t *param, PrivateData_t *extra)
{
    struct device *conference, *voice;
    int wrong = enter_conference(handle, id, media, &conference, &voice);

    (void)extra;
    if (wrong)
        return wrong;
    if (!param || !voice)
        return leave_device(-ERR_BADPARAMETER);
    if (conference->group == NOBODY)
        conference->group = SsmCreateConfGroup(0, 0, 0, 0);
    if (conference->group < 0 ||
        SsmJoinConfGroup(conference->group, voice->from->ch, (unsigned short)mode(param), 0, 0, 0))
        return leave_device(-ERR_DEVICEERR);
    tell_conference(conference, voice, EVT_JOINTOCONF);
    return leave_device(ACK);
}

API RetCode_t XMS_ctsLeaveFromConf(ACSHandle_t handle, DeviceID_t *id, DeviceID_t *media,
                                   CmdParamData_Conf_t *param, PrivateData_t *extra)
{
    struct device *conference, *voice;
    int wrong = enter_conference(handle, id, media, &conference, &voice);

    (void)extra, (void)param;
    if (wrong)
        return wrong;
    if (!voice || SsmExitConfGroup(voice->from->ch, 0))
        return leave_device(-ERR_DEVICEERR);
    tell_conference(conference, voice, EVT_LEAVEFROMCONF);
    return leave_device(ACK);
}

API RetCode_t XMS_ctsClearConf(ACSHandle_t handle, DeviceID_t *id, PrivateData_t *extra)
{
    struct device *conference, *voice;
    int wrong = enter_conference(handle, id, NULL, &conference, &voice);

    (void)extra;
    if (wrong)
        return wrong;
    if (conference->group != NOBODY)
        SsmFreeConfGroup(conference->group);
    conference->group = NOBODY;
    tell_conference(conference, NULL, EVT_CLEARCONF);
    return leave_device(ACK);
}
