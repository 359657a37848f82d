/* The stream to the server, its devices, and opening them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "keygoe.h"
#include "ssm.h"

#define API __attribute__((visibility("default")))

API RetCode_t XMS_acsDllInit(void)
{
    return ACK;
}

API RetCode_t XMS_acsDllLUnInit(void)
{
    return ACK;
}

API int keygoe_trunkd_word(void)
{
    return (int)sizeof(U32);
}

/* An address that begins with / is a file as trunkd's ShConfig.ini, whose [trunkd] names the socket
 * and the trunks; with any other the environment does (TRUNKD_SOCKET). */
static int start_library(const char *address)
{
    char path[64];
    int fd, result;

    if (*address == '/')
        return SsmStartCti(address, "");
    fd = memfd_create("keygoe", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    result = write(fd, "[trunkd]\n", 9) == 9 ? SsmStartCti(path, "") : -1;
    close(fd);
    return result;
}

API RetCode_t XMS_acsOpenStream(ACSHandle_t *handle, ServerID_t *server, U8 unit, U32 send_queue,
                                U32 receive_queue, S32 debug, PrivateData_t *extra)
{
    char address[33] = "";

    (void)unit, (void)send_queue, (void)receive_queue, (void)debug, (void)extra;
    if (!handle || !server)
        return -ERR_BADPARAMETER;
    memcpy(address, server->ip, 32);
    pthread_mutex_lock(&kg.lock);
    if (kg.open)
        return leave_device(-ERR_BADPARAMETER);
    if (start_library(address))
        return leave_device(-ERR_NOSERVER);
    if (devices_make()) {
        SsmCloseCti();
        return leave_device(-ERR_NOSERVER);
    }
    kg.open = 1;
    kg.stopping = kg.broken = 0;
    *handle = ++kg.handle;
    tell_general(NULL, EVT_OPEN_STREAM);
    return leave_device(ACK);
}

API RetCode_t XMS_acsSetESR(ACSHandle_t handle, EsrFunc esr, U32 param, int all)
{
    (void)all;
    pthread_mutex_lock(&kg.lock);
    if (!kg.open || handle != kg.handle || !esr)
        return leave_device(-ERR_BADHDL);
    kg.esr = esr;
    kg.esr_param = param;
    return leave_device(telling_start() ? -ERR_BADPARAMETER : ACK);
}

API RetCode_t XMS_acsCloseStream(ACSHandle_t handle, PrivateData_t *extra)
{
    (void)extra;
    pthread_mutex_lock(&kg.lock);
    if (!kg.open || handle != kg.handle)
        return leave_device(-ERR_BADHDL);
    kg.open = 0;
    pthread_mutex_unlock(&kg.lock);
    telling_stop();
    SsmCloseCti();
    pthread_mutex_lock(&kg.lock);
    telling_drop();
    free(kg.devices);
    kg.devices = NULL;
    kg.count = 0;
    return leave_device(ACK);
}

/* ---- what there is --------------------------------------------------------------------------- */

static void list(int module, int main)
{
    DeviceID_t *ids = calloc((size_t)kg.count + 1, sizeof(*ids));
    Acs_Dev_List_Head_t head = {.main = main, .module = module};
    struct device of = {.id = {.main = (S16)main, .module = (S8)module}};

    if (!ids)
        return;
    for (int i = 0; i < kg.count; i++)
        if (kg.devices[i].id.module == module && kg.devices[i].id.main == main)
            ids[head.count++] = kg.devices[i].id;
    if (head.count)
        tell_event(&of, EVT_QUERY_DEVICE, &head, sizeof(head), ids, (size_t)head.count * sizeof(*ids));
    free(ids);
}

API RetCode_t XMS_acsGetDeviceList(ACSHandle_t handle, PrivateData_t *extra)
{
    static const int mains[] = {MAIN_BOARD, MAIN_VOICE, MAIN_DIGITAL_PORT, MAIN_INTERFACE_CH,
                                MAIN_CONFERENCE};

    (void)extra;
    pthread_mutex_lock(&kg.lock);
    if (!kg.open || handle != kg.handle)
        return leave_device(-ERR_BADHDL);
    for (int module = MODULE_E1; module <= MODULE_ANALOG; module++) {
        struct device of = {.id = {.module = (S8)module}};

        for (size_t i = 0; i < sizeof(mains) / sizeof(*mains); i++)
            list(module, mains[i]);
        tell_general(&of, EVT_QUERY_ONE_DSP_END);
    }
    tell_general(NULL, EVT_QUERY_DEVICE_END);
    return leave_device(ACK);
}

/* ---- devices --------------------------------------------------------------------------------- */

API RetCode_t XMS_ctsOpenDevice(ACSHandle_t handle, DeviceID_t *id, PrivateData_t *extra)
{
    struct device *device;

    (void)extra;
    pthread_mutex_lock(&kg.lock);
    if (!kg.open || handle != kg.handle)
        return leave_device(-ERR_BADHDL);
    device = id ? device_at(id->main, id->module, id->channel) : NULL;
    if (!device || device->open)
        return leave_device(device ? -ERR_DEVICEERR : -ERR_BADPARAMETER);
    device->open = 1;
    device->id.call.type = 1;
    device->id.call.channel = ++kg.flow;
    tell_general(device, EVT_OPEN_DEVICE);
    return leave_device(ACK);
}

API RetCode_t XMS_ctsCloseDevice(ACSHandle_t handle, DeviceID_t *id, PrivateData_t *extra)
{
    struct device *device;
    int wrong = enter_device(handle, id, &device);

    (void)extra;
    if (wrong)
        return wrong;
    tell_general(device, EVT_CLOSE_DEVICE);
    device->open = 0;
    memset(&device->id.call, 0, sizeof(device->id.call));
    return leave_device(ACK);
}

API RetCode_t XMS_ctsResetDevice(ACSHandle_t handle, DeviceID_t *id, PrivateData_t *extra)
{
    struct device *device;
    int wrong = enter_device(handle, id, &device);

    (void)extra;
    if (wrong)
        return wrong;
    if (device->id.main == MAIN_INTERFACE_CH && device->ch != NOBODY)
        SsmHangup(device->ch);
    if (device->id.main == MAIN_VOICE)
        voice_reset(device);
    tell_general(device, EVT_RESET_DEVICE);
    return leave_device(ACK);
}

API RetCode_t XMS_ctsGetDevState(ACSHandle_t handle, DeviceID_t *id, PrivateData_t *extra)
{
    struct device *device;
    int wrong = enter_device(handle, id, &device);

    (void)extra;
    if (wrong)
        return wrong;
    tell_general(device, EVT_DEVICESTATE);
    return leave_device(ACK);
}

API RetCode_t XMS_ctsSetParam(ACSHandle_t handle, DeviceID_t *id, U16 command, U16 size,
                              void *param)
{
    Acs_ParamProc_Data data = {.state = 1, .command = command, .size = size};
    const CmdParamData_Voice_t *voice = param;
    struct device *device;
    int wrong = enter_device(handle, id, &device), wanted = 0;

    if (wrong)
        return wrong;
    if (device->id.main == MAIN_VOICE && command == PARAM_VOICE)
        wanted = sizeof(CmdParamData_Voice_t);
    else if (device->id.sub == SUB_E1_CAS && command == PARAM_CAS)
        wanted = sizeof(CmdParamData_CAS_t);
    else if (device->id.sub == SUB_ANALOG_TRUNK && command == PARAM_ANALOG_TRUNK)
        wanted = sizeof(CmdParamData_AnalogTrunk_t);
    if (!wanted)
        return leave_device(-ERR_NOSUPPORTCMD);
    if (!param || size != wanted)
        return leave_device(-ERR_BADPARAMETER);
    if (device->id.main == MAIN_VOICE && voice->gtd_valid) {
        device->dtmf = voice->gtd.enable && voice->gtd.dtmf;
        device->tones = voice->gtd.enable && voice->gtd.gtd && voice->gtd.tones[0];
    }
    tell_event(device, EVT_SETPARAM, &data, sizeof(data), NULL, 0);
    return leave_device(ACK);
}
