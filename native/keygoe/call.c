/* Calls: out, ringing, answer, end. */
#include <string.h>

#include "keygoe.h"
#include "ssm.h"

#define API __attribute__((visibility("default")))

/* An opened interface channel, with the lock; or the result for the program. */
static int enter_interface(ACSHandle_t handle, const DeviceID_t *id, struct device **device)
{
    int wrong = enter_device(handle, id, device);

    if (wrong)
        return wrong;
    if ((*device)->id.main == MAIN_INTERFACE_CH && (*device)->ch != NOBODY)
        return 0;
    return leave_device(-ERR_DEVICEERR);
}

API RetCode_t XMS_ctsMakeCallOut(ACSHandle_t handle, DeviceID_t *id, S8 *calling, S8 *called,
                                 PrivateData_t *extra)
{
    struct device *device;
    int wrong = enter_interface(handle, id, &device), bad;

    (void)extra;
    if (wrong)
        return wrong;
    if (!called || device->state != DCS_FREE)
        return leave_device(called ? -ERR_DEVICEERR : -ERR_BADPARAMETER);
    device->outgoing = 1;
    device->answered = device->failed = device->clearing = device->cause = 0;
    if (device->type == SSM_STATION)
        bad = SsmStartRing(device->ch);
    else
        bad = SsmSetTxCallerId(device->ch, calling ? calling : "") ||
              SsmAutoDial(device->ch, called);
    if (bad) {
        device->outgoing = 0;
        return leave_device(-ERR_DEVICEERR);
    }
    device->state = DCS_CALLOUT;
    tell_general(device, EVT_DEVICESTATE);
    return leave_device(ACK);
}

/* The daemon tells the caller that it rings as soon as the call is there. */
API RetCode_t XMS_ctsAlertCall(ACSHandle_t handle, DeviceID_t *id, PrivateData_t *extra)
{
    struct device *device;
    int wrong = enter_interface(handle, id, &device);

    (void)extra;
    if (wrong)
        return wrong;
    if (device->state != DCS_CALLIN)
        return leave_device(-ERR_DEVICEERR);
    tell_call(device, EVT_ALERTCALL, 1, 0);
    return leave_device(ACK);
}

API RetCode_t XMS_ctsAnswerCallIn(ACSHandle_t handle, DeviceID_t *id, PrivateData_t *extra)
{
    struct device *device;
    int wrong = enter_interface(handle, id, &device);

    (void)extra;
    if (wrong)
        return wrong;
    if (device->state != DCS_CALLIN)
        return leave_device(-ERR_DEVICEERR);
    if (device->type == SSM_STATION) {
        device->answered = 1;
        device->state = DCS_CONNECT;
        tell_call(device, EVT_ANSWERCALL, 1, 0);
        return leave_device(ACK);
    }
    return leave_device(SsmPickup(device->ch) ? -ERR_DEVICEERR : ACK);
}

API RetCode_t XMS_ctsClearCall(ACSHandle_t handle, DeviceID_t *id, S32 cause, PrivateData_t *extra)
{
    struct device *device;
    int wrong = enter_interface(handle, id, &device), bad;

    (void)extra;
    if (wrong)
        return wrong;
    if (device->state == DCS_FREE)
        return leave_device(ACK);
    device->clearing = 1;
    device->cause = (int)cause;
    keygoe_cause(device->ch, cause > 0 && cause < 128 ? (int)cause : 16);
    bad = device->type == SSM_STATION && device->outgoing && !device->answered
              ? SsmStopRing(device->ch)
              : SsmHangup(device->ch);
    return leave_device(bad ? -ERR_DEVICEERR : ACK);
}

/* BLO and UBL of ISUP: by the numbers of their messages. */
API RetCode_t XMS_ctsSendSignalMsg(ACSHandle_t handle, DeviceID_t *id, U16 message)
{
    struct device *device;
    int wrong = enter_interface(handle, id, &device), bad;

    if (wrong)
        return wrong;
    if (device->type != SSM_ISUP || (message != MSG_BLO && message != MSG_UBL))
        return leave_device(-ERR_NOSUPPORTCMD);
    bad = message == MSG_BLO ? SsmBlockLocalCh(device->ch) : SsmUnblockLocalCh(device->ch);
    return leave_device(bad ? -ERR_DEVICEERR : ACK);
}
