/* Calls: pick up, hang up, dial. */
#include <stdio.h>
#include <string.h>

#include "shpa3.h"

static int answer_call(struct channel *channel)
{
    struct request request;

    begin_call(&request, channel);
    return command("answerCall", &request);
}

API int SsmPickup(int ch)
{
    struct channel *channel = enter(ch);
    int offered;

    if (!channel)
        return -1;
    offered = channel->call && channel->offered;
    if (offered)
        return leave(answer_call(channel));
    if (channel->state == S_CALL_STANDBY && channel->row->type == CH_ANALOG_TRUNK) {
        set_state(channel, S_CALL_PICKUPED);
        return leave(0);
    }
    if (channel->state == S_CALL_PICKUPED || channel->state == S_CALL_TALKING)
        return leave(0);
    return leave(fail(C_ERROR_OP_FAILURE, "channel %d has no call to answer (state %d)", ch,
                      channel->state));
}

API int SsmCheckActualPickup(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->state == S_CALL_PICKUPED || channel->state == S_CALL_TALKING)
                   : -1;
}

static int clear_call(struct channel *channel, int cause)
{
    struct request request;
    int64_t call = channel->call;

    begin_call(&request, channel);
    write_key(&request.to, "cause");
    write_integer(&request.to, cause);
    if (!command("clearConnection", &request))
        return 0;
    /* It ended at this moment, or with the daemon: either is what was asked for. */
    if (channel->call == call && channel->hanging) {
        channel->call = 0;
        to_standby(channel);
    }
    return 0;
}

static void cancel_dial(struct channel *channel)
{
    if (channel->dial_result != DIAL_DIALING && channel->dial_result != DIAL_ECHOTONE)
        return;
    channel->dial_result = DIAL_STANDBY;
    channel->dial_failure = ATDL_Cancel;
    channel->dial_due = 0;
}

static int hang_up(struct channel *channel, int cause)
{
    int state = channel->direction == DIRECTION_IN ? channel->row->hanging_in
                                                   : channel->row->hanging_out;

    cancel_dial(channel);
    if (ini_number(&lib.ini, "SystemConfig", "AutoClearCallerIdBufOnHangup", 1))
        channel->calling[0] = 0;
    if (!channel->call) {
        if (channel->state == S_CALL_PENDING || channel->state == S_CALL_PICKUPED ||
            channel->state == S_CALL_TALKING)
            to_standby(channel);
        return 0;
    }
    if (channel->hanging)
        return 0;
    channel->hanging = 1;
    if (channel->row->type != CH_STATION && state != S_CALL_STANDBY)
        set_state(channel, state);
    return clear_call(channel, cause);
}

API int SsmHangup(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (lib.lost)
        return leave(fail(C_ERROR_SYSTEM, "trunkd at %s has gone", lib.socket));
    return leave(hang_up(channel, channel->cause ? channel->cause : 16));
}

/* The digits of a number; -1: there is something else in it. */
static int clean(const char *from, char *to, size_t size)
{
    size_t n = 0;

    for (; from && *from; from++) {
        char c = *from >= 'a' && *from <= 'd' ? (char)(*from - 32) : *from;

        if (strchr(" -()", c))
            continue;
        if (!strchr("0123456789*#ABCD", c) || n + 1 >= size || n >= 32)
            return -1;
        to[n++] = c;
    }
    to[n] = 0;
    return n ? 0 : -1;
}

static int dial_request(struct channel *channel, const char *number)
{
    struct request request;
    struct reply reply;
    char device[64];

    begin(&request);
    write_key(&request.to, "called");
    write_string(&request.to, number);
    snprintf(device, sizeof(device), "trunk/%s/%d", channel->trunk, channel->id);
    write_key(&request.to, "device");
    write_string(&request.to, device);
    write_key(&request.to, "exclusive");
    write_text(&request.to, "true");
    if (*channel->tx_calling) {
        write_key(&request.to, "calling");
        write_string(&request.to, channel->tx_calling);
    }
    if (ask(&reply, "makeCall", &request, channel))
        return -1;
    reply_free(&reply);
    return 0;
}

static int dial(struct channel *channel, const char *number)
{
    long seconds =
        config_signalling(channel, "MaxWaitAutoDialAnswerTime",
                          ini_number(&lib.ini, "SystemConfig", "MaxWaitAutoDialAnswerTime", 60));
    int before = channel->state;

    copy_text(channel->called, sizeof(channel->called), number);
    channel->direction = DIRECTION_OUT;
    channel->answered = channel->offered = channel->cause = 0;
    channel->dial_result = DIAL_DIALING;
    channel->dial_failure = ATDL_NULL;
    if (channel->row->type != CH_STATION) {
        set_state(channel, channel->row->dial);
        post(E_PROC_AutoDial, channel->number, DIAL_DIALING);
    }
    if (dial_request(channel, number)) {
        if (lib.lost)
            return -1;
        channel->direction = DIRECTION_NONE;
        channel->dial_result = DIAL_FAILURE;
        set_state(channel, before);
        return -1;
    }
    if (channel->dial_result == DIAL_DIALING || channel->dial_result == DIAL_ECHOTONE)
        channel->dial_due = now_ms() + seconds * 1000;
    wake_thread();
    return 0;
}

API int SsmAutoDial(int ch, const char *number)
{
    struct channel *channel = enter(ch);
    char digits[NUMBER];

    if (!channel)
        return -1;
    if (clean(number, digits, sizeof(digits)))
        return leave(fail(C_ERROR_INVALID_PARAMETER, "'%s' is no telephone number: 1 to 32 of "
                          "0-9 * # A-D", number ? number : ""));
    if (channel->row->type == CH_RECORDING || channel->row->type == CH_STATION)
        return leave(fail(C_ERROR_UNSUPPORTED_OP, "channel %d is no trunk", ch));
    if (channel->call || (channel->state != S_CALL_STANDBY && channel->state != S_CALL_PICKUPED))
        return leave(
            fail(C_ERROR_OP_FAILURE, "channel %d is not free (state %d)", ch, channel->state));
    return leave(dial(channel, digits));
}

/* The parameter is not public; it changes nothing here. */
API int SsmAutoDialEx(int ch, const char *number, WORD parameter)
{
    (void)parameter;
    return SsmAutoDial(ch, number);
}

API int SsmAppendPhoNum(int ch, const char *number)
{
    struct channel *channel = enter(ch);
    struct request request;
    char digits[NUMBER];

    if (!channel)
        return -1;
    if (clean(number, digits, sizeof(digits)))
        return leave(fail(C_ERROR_INVALID_PARAMETER, "'%s' are no digits", number ? number : ""));
    if (call_needed(channel))
        return leave(-1);
    begin_call(&request, channel);
    write_key(&request.to, "digits");
    write_string(&request.to, digits);
    return leave(command("sendDigits", &request));
}

/* Nobody answered in time. Called by the thread: it asks for nothing and waits for nothing. */
void dial_expired(struct channel *channel)
{
    struct request request;

    channel->dial_due = 0;
    if (!channel->call || channel->answered || channel->direction != DIRECTION_OUT)
        return;
    channel->dial_failure = ATDL_WaitRemotePickupTimeout;
    channel->dial_result = DIAL_NOANSWER;
    post(E_PROC_AutoDial, channel->number, DIAL_NOANSWER);
    begin_call(&request, channel);
    write_key(&request.to, "cause");
    write_integer(&request.to, 19);
    tell("clearConnection", &request);
}

API int SsmChkAutoDial(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->dial_result) : -1;
}

API int SsmGetAutoDialResult(int ch)
{
    return SsmChkAutoDial(ch);
}

API int SsmGetAutoDialFailureReason(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->dial_failure) : -1;
}

API int SsmGetPendingReason(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (channel->state != S_CALL_PENDING)
        return leave(
            fail(C_ERROR_OP_FAILURE, "channel %d is not pending (state %d)", ch, channel->state));
    return leave(channel->pending_reason);
}

/* Cause value of Q.850 of the last call that the far end cleared. */
API int SsmGetReleaseReason(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->cause) : -1;
}

/* ---- the called party's state: digital trunks, with AutoSendKB=0 ----------------------------- */

API int SsmEnableAutoSendKB(int ch, BOOL on)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->auto_kb = on != 0;
    return leave(0);
}

API int SsmGetAutoSendKBFlag(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->auto_kb) : -1;
}

/* KB of China No.1: 1 free, 2 local busy, 3 toll busy, 4 congestion, 5 unallocated, 6 free. */
API int SsmSetKB(int ch, BYTE kb)
{
    static const int causes[] = {0, 0, 17, 17, 42, 1, 0};
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (kb < 1 || kb > 6)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "KB is 1 to 6, not %d", kb));
    if (!channel->call || !channel->offered)
        return leave(fail(C_ERROR_OP_FAILURE, "channel %d has no call that waits for KB", ch));
    if (causes[kb]) {
        channel->hanging = 1;
        return leave(clear_call(channel, causes[kb]));
    }
    begin_call(&request, channel);
    return leave(command("acceptCall", &request));
}

/* ---- numbers --------------------------------------------------------------------------------- */

static _Thread_local char shown[NUMBER];

static int give(int ch, size_t offset, char *to)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (!to)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "no buffer"));
    strcpy(to, (const char *)channel + offset);
    return leave(0);
}

static int length(int ch, size_t offset)
{
    struct channel *channel = enter(ch);

    return channel ? leave((int)strlen((const char *)channel + offset)) : -1;
}

#define FIELD(name) offsetof(struct channel, name)

API int SsmGetCallerId(int ch, char *to)
{
    return give(ch, FIELD(calling), to);
}

API char *SsmGetCallerIdA(int ch)
{
    return give(ch, FIELD(calling), shown) ? NULL : shown;
}

API int SsmGetCallerName(int ch, char *to)
{
    return give(ch, FIELD(name), to);
}

API char *SsmGetCallerNameA(int ch)
{
    return give(ch, FIELD(name), shown) ? NULL : shown;
}

API int SsmChkOpCallerId(int ch)
{
    return enter(ch) ? leave(1) : -1;
}

API int SsmClearCallerId(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->calling[0] = 0;
    return leave(0);
}

API int SsmGetPhoNumStr(int ch, char *to)
{
    return give(ch, FIELD(called), to);
}

API char *SsmGetPhoNumStrA(int ch)
{
    return give(ch, FIELD(called), shown) ? NULL : shown;
}

API int SsmGetPhoNumLen(int ch)
{
    return length(ch, FIELD(called));
}

API int SsmGet1stPhoNumStr(int ch, char *to)
{
    return give(ch, FIELD(called), to);
}

API char *SsmGet1stPhoNumStrA(int ch)
{
    return SsmGetPhoNumStrA(ch);
}

API int SsmGet1stPhoNumLen(int ch)
{
    return length(ch, FIELD(called));
}

API int SsmSetTxCallerId(int ch, const char *number)
{
    struct channel *channel = enter(ch);
    char digits[NUMBER] = "";

    if (!channel)
        return -1;
    if (number && *number && clean(number, digits, sizeof(digits)))
        return leave(fail(C_ERROR_INVALID_PARAMETER, "'%s' is no telephone number", number));
    copy_text(channel->tx_calling, sizeof(channel->tx_calling), digits);
    return leave(0);
}

API int SsmGetTxCallerId(int ch, char *to)
{
    return give(ch, FIELD(tx_calling), to);
}

/* ---- stations -------------------------------------------------------------------------------- */

API int SsmGetHookState(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (channel->row->type != CH_STATION)
        return leave(fail(C_ERROR_UNSUPPORTED_OP, "channel %d is no station", ch));
    return leave(channel->off_hook);
}

API int SsmStartRing(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (channel->row->type != CH_STATION)
        return leave(fail(C_ERROR_UNSUPPORTED_OP, "channel %d is no station", ch));
    if (channel->call || channel->off_hook)
        return leave(fail(C_ERROR_OP_FAILURE, "station %d is busy", ch));
    return leave(dial(channel, "0"));
}

API int SsmStopRing(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (channel->row->type != CH_STATION || !channel->call || channel->answered)
        return leave(fail(C_ERROR_OP_FAILURE, "channel %d does not ring", ch));
    return leave(hang_up(channel, 16));
}

API int SsmGetFlashCount(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->flashes) : -1;
}

API int SsmClearFlashCount(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->flashes = 0;
    return leave(0);
}

API int SsmTxFlash(int ch, WORD ms)
{
    struct channel *channel = enter(ch);
    struct request request;
    char line[64];

    if (!channel)
        return -1;
    snprintf(line, sizeof(line), "%s/%d", channel->trunk, channel->id);
    begin(&request);
    write_key(&request.to, "line");
    write_string(&request.to, line);
    (void)ms; /* the trunk's configuration says how long its flash is */
    if (command("flashLine", &request))
        return leave(-1);
    post(E_PROC_SendFlash, ch, 0);
    return leave(0);
}
