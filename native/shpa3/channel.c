/* Channels 0 .. N-1: the channels of the trunks in their order, and what their states are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shpa3.h"

struct library lib = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = NONE, .wake = NONE, .child = NONE};

/* E&M has no number of its own among the published ones that is certain: it is shown as SS1. */
static const struct type_row ROWS[] = {
    {CH_ANALOG_TRUNK, "fxo", S_CALL_ANALOG_WAITDIALTONE, S_CALL_ANALOG_TXPHONUM,
     S_CALL_ANALOG_WAITDIALRESULT, S_CALL_RINGING, S_CALL_STANDBY, S_CALL_STANDBY,
     ANALOGOUT_TALKING_REMOTE_HANGUPED, ANALOGOUT_TALKING_REMOTE_HANGUPED},
    {CH_STATION, "fxs", S_CALL_STANDBY, S_CALL_STANDBY, S_CALL_STANDBY, S_CALL_PICKUPED,
     S_CALL_PICKUPED, S_CALL_PICKUPED, PEND_RemoteHangupOnTalking, PEND_CalleeHangupOnTalking},
    {CH_RECORDING, "tap", S_CALL_STANDBY, S_CALL_STANDBY, S_CALL_STANDBY, S_CALL_RINGING,
     S_CALL_STANDBY, S_CALL_STANDBY, PEND_RemoteHangupOnTalking, PEND_CalleeHangupOnTalking},
    {CH_SS1, "r2", S_CALL_Ss1OutTxPhoNum, S_CALL_Ss1OutWaitKB, S_CALL_WAIT_REMOTE_PICKUP,
     S_CALL_Ss1InWaitPhoNum, S_CALL_SS1WaitIdleCAS, S_CALL_SS1WaitIdleCAS,
     PEND_RemoteHangupOnTalking, PEND_CalleeHangupOnTalking},
    {CH_SS1, "em", S_CALL_Ss1OutTxPhoNum, S_CALL_Ss1OutWaitKB, S_CALL_WAIT_REMOTE_PICKUP,
     S_CALL_Ss1InWaitPhoNum, S_CALL_SS1WaitIdleCAS, S_CALL_SS1WaitIdleCAS,
     PEND_RemoteHangupOnTalking, PEND_CalleeHangupOnTalking},
    {CH_TUP, "tup", S_TUP_WaitDialAnswer, S_TUP_WaitDialAnswer, S_CALL_WAIT_REMOTE_PICKUP,
     S_TUP_WaitSAM, S_TUP_WaitCLF, S_TUP_WaitRLG, PEND_RemoteHangupOnTalking,
     PEND_CalleeHangupOnTalking},
    {CH_ISUP, "isup", S_ISUP_WaitDialAnswer, S_ISUP_WaitDialAnswer, S_CALL_WAIT_REMOTE_PICKUP,
     S_ISUP_WaitSAM, S_ISUP_WaitRLC, S_ISUP_WaitRLC, PEND_RemoteHangupOnTalking,
     PEND_CalleeHangupOnTalking},
    {CH_ISDN_USER, "pri", S_ISDN_OUT_WAIT_NET_RESPONSE, S_ISDN_OUT_WAIT_NET_RESPONSE,
     S_CALL_WAIT_REMOTE_PICKUP, S_ISDN_IN_RCVING_NO, S_ISDN_WAIT_HUANGUP, S_ISDN_WAIT_HUANGUP,
     ISDN_CALLOVER, ISDN_CALLOVER},
    {CH_ISDN_NETWORK, "pri", S_ISDN_OUT_WAIT_NET_RESPONSE, S_ISDN_OUT_WAIT_NET_RESPONSE,
     S_CALL_WAIT_REMOTE_PICKUP, S_ISDN_IN_RCVING_NO, S_ISDN_WAIT_HUANGUP, S_ISDN_WAIT_HUANGUP,
     ISDN_CALLOVER, ISDN_CALLOVER},
};

/* A signalling that is not known here (a driver's own) is shown as an analog trunk: the states of
 * that need no messages of a protocol. */
const struct type_row *type_row(const char *signalling, const char *side)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++)
        if (!strcmp(ROWS[i].signalling, signalling) &&
            (ROWS[i].type != CH_ISDN_USER || strcmp(side, "network")))
            return &ROWS[i];
    return &ROWS[0];
}

struct channel *channel_at(int ch)
{
    return ch >= 0 && ch < lib.count ? &lib.channels[ch] : NULL;
}

struct channel *channel_of_call(int64_t call)
{
    for (int i = 0; call && i < lib.count; i++)
        if (lib.channels[i].call == call)
            return &lib.channels[i];
    return NULL;
}

int enter_library(void)
{
    pthread_mutex_lock(&lib.lock);
    if (lib.open)
        return 0;
    pthread_mutex_unlock(&lib.lock);
    return fail(C_ERROR_SSMAPI_UNOPENED, "SsmStartCti has not been called, or has failed");
}

struct channel *enter(int ch)
{
    struct channel *channel;

    if (enter_library())
        return NULL;
    channel = channel_at(ch);
    if (channel)
        return channel;
    fail(C_ERROR_INVALID_APPCH, "there is no channel %d: channels are 0 to %d", ch, lib.count - 1);
    pthread_mutex_unlock(&lib.lock);
    return NULL;
}

int leave(int result)
{
    pthread_mutex_unlock(&lib.lock);
    return result;
}

int call_needed(const struct channel *channel)
{
    if (channel->call)
        return 0;
    return fail(C_ERROR_OP_FAILURE, "channel %d has no call", channel->number);
}

void set_state(struct channel *channel, int state)
{
    int before = channel->state;

    if (before == state)
        return;
    channel->state = state;
    channel->since = now_ms();
    post(E_CHG_ChState, channel->number, (unsigned)before << 16 | (unsigned)state);
    pthread_cond_broadcast(&lib.changed);
}

/* Free again; a call that came in meanwhile is shown now. */
void to_standby(struct channel *channel)
{
    int64_t next = channel->next_call;

    channel->call = 0;
    channel->direction = DIRECTION_NONE;
    channel->answered = channel->offered = channel->hanging = channel->listening = 0;
    channel->dial_due = 0;
    set_state(channel, channel->blocked ? S_CALL_LocalBlock : S_CALL_STANDBY);
    if (!next || channel->blocked)
        return;
    channel->next_call = 0;
    channel->call = next;
    channel->direction = DIRECTION_IN;
    channel->offered = 1;
    copy_text(channel->calling, sizeof(channel->calling), channel->next_calling);
    copy_text(channel->called, sizeof(channel->called), channel->next_called);
    post(E_CHG_RxPhoNumBuf, channel->number, (unsigned)strlen(channel->called));
    set_state(channel, S_CALL_RINGING);
}

/* ---- which channels there are ---------------------------------------------------------------- */

static int wanted(const char *trunk)
{
    size_t n = strlen(trunk);
    const char *at = lib.trunks;

    if (!*at)
        return 1;
    while (*at) {
        at += strspn(at, ", \t");
        if (!strncmp(at, trunk, n) && (!at[n] || strchr(", \t", at[n])))
            return 1;
        at += strcspn(at, ", \t");
    }
    return 0;
}

static int pcm_of(const char *span)
{
    for (int i = 0; i < lib.pcm_count; i++)
        if (!strcmp(lib.pcm[i].name, span))
            return i;
    return NONE;
}

static void channel_new(struct channel *channel, int number, const struct type_row *row)
{
    channel->number = number;
    channel->row = row;
    channel->group = channel->hears = channel->hears_bus = NONE;
    channel->state = S_CALL_STANDBY;
    channel->since = now_ms();
    channel->pcm = NONE;
    channel->play.result = PLAYED_END;
    config_channel(channel);
}

/* The channels of one trunk, of the list of all. */
static int trunk_channels(const char *name, const struct type_row *row, const struct json *json,
                          uint32_t list, struct channel *to, int count)
{
    for (uint32_t at = json_first(json, list); at; at = json_after(json, list, at)) {
        char span[64];
        struct channel *channel = to ? &to[count] : NULL;

        if (!json_is(json, json_member(json, at, "trunk"), name))
            continue;
        if (channel) {
            channel_new(channel, count, row);
            copy_text(channel->trunk, sizeof(channel->trunk), name);
            channel->id = (int)json_integer(json, json_member(json, at, "channel"), 0);
            json_string(json, json_member(json, at, "span"), span, sizeof(span));
            channel->pcm = pcm_of(span);
            channel->timeslot = (int)json_integer(json, json_member(json, at, "timeslot"), 0);
            if (json_is(json, json_member(json, at, "state"), "outOfService"))
                channel->state = S_CALL_UNAVAILABLE;
        }
        count++;
    }
    return count;
}

static int all_channels(const struct json *trunks, uint32_t trunk_list, const struct json *json,
                        uint32_t list, struct channel *to)
{
    int count = 0;

    for (uint32_t at = json_first(trunks, trunk_list); at;
         at = json_after(trunks, trunk_list, at)) {
        char name[40], signalling[24], side[24];

        json_string(trunks, json_member(trunks, at, "name"), name, sizeof(name));
        json_string(trunks, json_member(trunks, at, "signalling"), signalling, sizeof(signalling));
        json_string(trunks, json_member(trunks, at, "side"), side, sizeof(side));
        if (wanted(name))
            count = trunk_channels(name, type_row(signalling, side), json, list, to, count);
    }
    return count;
}

/* After the daemon was started again: the channels that are there still. */
static void reopen(struct channel *fresh, int count)
{
    for (int i = 0; i < lib.count; i++) {
        struct channel *channel = &lib.channels[i];

        for (int j = 0; j < count; j++)
            if (fresh[j].id == channel->id && !strcmp(fresh[j].trunk, channel->trunk))
                channel->blocked &= ~2;
    }
}

int channels_open(const struct json *trunks, uint32_t trunk_list, const struct json *channels,
                  uint32_t channel_list, char *why, size_t size)
{
    int count = all_channels(trunks, trunk_list, channels, channel_list, NULL);
    long total = ini_number(&lib.ini, "AppChToBoardChTable", "TotalAppCh", count);
    struct channel *made;

    if (!count) {
        snprintf(why, size, "trunkd at %s has no channels%s%s", lib.socket,
                 *lib.trunks ? " of the trunks " : "", lib.trunks);
        return -1;
    }
    if (total < 0 || total > count) {
        snprintf(why, size, "ShConfig.ini wants TotalAppCh=%ld channels, trunkd at %s has %d: "
                 "lower it, or name more trunks by [trunkd] Trunks=", total, lib.socket, count);
        return -1;
    }
    made = calloc((size_t)count, sizeof(*made));
    if (!made) {
        snprintf(why, size, "no memory");
        return -1;
    }
    all_channels(trunks, trunk_list, channels, channel_list, made);
    if (lib.channels) {
        reopen(made, count);
        free(made);
        return 0;
    }
    lib.channels = made;
    lib.count = total ? (int)total : count;
    return 0;
}

/* The daemon has gone: no call is left, and nothing works until it is back. */
void channels_lost(void)
{
    for (int i = 0; i < lib.count; i++) {
        struct channel *channel = &lib.channels[i];

        media_over(channel);
        record_lost(channel);
        bus_over(channel);
        if (channel->dial_result == DIAL_DIALING || channel->dial_result == DIAL_ECHOTONE)
            channel->dial_result = DIAL_FAILURE;
        channel->call = channel->next_call = 0;
        channel->hanging = channel->offered = channel->answered = channel->listening = 0;
        channel->dial_due = 0;
        channel->blocked |= 2;
        set_state(channel, S_CALL_UNAVAILABLE);
    }
    bus_reset();
}

void channels_back(void)
{
    for (int i = 0; i < lib.count; i++)
        if (!(lib.channels[i].blocked & 2) && lib.channels[i].state == S_CALL_UNAVAILABLE)
            to_standby(&lib.channels[i]);
}
