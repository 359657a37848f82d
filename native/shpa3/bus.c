/* Who hears whom: pairs and the bus. The first channel of a pair is heard, the second hears; in
 * SsmTalkWith both do. A channel hears one other at a time; more need a conference. */
#include <stdio.h>
#include <string.h>

#include "shpa3.h"

#define BUS 4096

static int bus[BUS]; /* channel + 1 that speaks on a timeslot of the bus; 0: none */

void bus_reset(void)
{
    memset(bus, 0, sizeof(bus));
    groups_reset();
}

/* The call has ended: the daemon has undone its connections. */
void bus_over(struct channel *channel)
{
    for (int i = 0; i < lib.count; i++)
        if (lib.channels[i].hears == channel->number)
            lib.channels[i].hears = NONE;
    channel->hears = channel->hears_bus = NONE;
    channel->group = NONE;
    for (int i = 0; i < BUS; i++)
        if (bus[i] == channel->number + 1)
            bus[i] = 0;
}

static int ask_connect(struct channel *from, struct channel *to, int half)
{
    struct request request;

    begin_call(&request, from);
    write_key(&request.to, "other");
    write_integer(&request.to, to->call);
    write_key(&request.to, "half");
    write_text(&request.to, half ? "true" : "false");
    if (command("connectCalls", &request))
        return -1;
    to->hears = from->number;
    if (!half)
        from->hears = to->number;
    return 0;
}

/* What `to` hears ends. The daemon ends the other way with it: `keep` that one. */
static int disconnect(struct channel *to, int keep)
{
    struct channel *from = channel_at(to->hears);
    struct request request;
    int both = from && from->hears == to->number;

    if (!from || !to->call)
        return 0;
    to->hears = NONE;
    if (both)
        from->hears = NONE;
    begin_call(&request, to);
    if (command("disconnectCalls", &request))
        return -1;
    return both && keep && from->call ? ask_connect(to, from, 1) : 0;
}

/* A channel hears one other: the last that was asked for. */
static int connect_calls(struct channel *from, struct channel *to, int half)
{
    if (to->hears != from->number && disconnect(to, 1))
        return -1;
    if (!half && from->hears != to->number && disconnect(from, 1))
        return -1;
    return ask_connect(from, to, half);
}

static struct channel *pair(int one, int other, struct channel **second)
{
    struct channel *first = enter(one);

    if (!first)
        return NULL;
    *second = channel_at(other);
    if (*second && *second != first)
        return first;
    leave(fail(C_ERROR_INVALID_APPCH, "there is no channel %d to connect with %d", other, one));
    return NULL;
}

static int link_pair(int one, int other, int half)
{
    struct channel *second, *first = pair(one, other, &second);

    if (!first)
        return -1;
    if (call_needed(first) || call_needed(second))
        return leave(-1);
    return leave(connect_calls(first, second, half));
}

static int unlink_pair(int one, int other, int half)
{
    struct channel *second, *first = pair(one, other, &second);
    int error = 0;

    if (!first)
        return -1;
    if (second->hears == one)
        error = disconnect(second, half);
    if (!half && first->hears == other)
        error = disconnect(first, 0) || error;
    return leave(error ? -1 : 0);
}

API int SsmTalkWith(int one, int other)
{
    return link_pair(one, other, 0);
}

/* Volumes: steps of 3 dB for what each says; 0 is as it is. */
API int SsmTalkWithEx(int one, int volume, int other, int other_volume)
{
    (void)volume, (void)other_volume;
    return SsmTalkWith(one, other);
}

API int SsmStopTalkWith(int one, int other)
{
    return unlink_pair(one, other, 0);
}

API int SsmLinkFrom(int one, int other)
{
    return link_pair(one, other, 1);
}

API int SsmLinkFromEx(int one, int volume, int other)
{
    (void)volume;
    return SsmLinkFrom(one, other);
}

API int SsmStopLinkFrom(int one, int other)
{
    return unlink_pair(one, other, 1);
}

API int SsmListenTo(int one, int other)
{
    return SsmLinkFrom(one, other);
}

API int SsmListenToEx(int one, int volume, int other)
{
    return SsmLinkFromEx(one, volume, other);
}

API int SsmStopListenTo(int one, int other)
{
    return SsmStopLinkFrom(one, other);
}

API int SsmLinkFromAllCh(int ch, int volume, int *listeners, int count)
{
    int error = 0;

    if (!listeners || count < 0)
        return fail(C_ERROR_INVALID_PARAMETER, "SsmLinkFromAllCh: no listeners");
    for (int i = 0; i < count; i++)
        error |= SsmLinkFromEx(ch, volume, listeners[i]);
    return error;
}

API int SsmUnLinkFromAllCh(int ch, int *listeners, int count)
{
    int error = 0;

    if (!listeners || count < 0)
        return fail(C_ERROR_INVALID_PARAMETER, "SsmUnLinkFromAllCh: no listeners");
    for (int i = 0; i < count; i++)
        error |= SsmStopLinkFrom(ch, listeners[i]);
    return error;
}

/* ---- the bus --------------------------------------------------------------------------------- */

static struct channel *on_bus(int ch, int timeslot)
{
    struct channel *channel = enter(ch);

    if (!channel || (timeslot >= 0 && timeslot < BUS))
        return channel;
    leave(fail(C_ERROR_INVALID_BUSCH, "the bus has timeslots 0 to %d, not %d", BUS - 1, timeslot));
    return NULL;
}

API int SsmLinkToBus(int ch, int timeslot)
{
    struct channel *channel = on_bus(ch, timeslot);
    int error = 0;

    if (!channel)
        return -1;
    if (bus[timeslot] && bus[timeslot] != ch + 1)
        return leave(fail(C_ERROR_RESOURCE_USEUP, "channel %d speaks on bus timeslot %d",
                          bus[timeslot] - 1, timeslot));
    if (call_needed(channel))
        return leave(-1);
    bus[timeslot] = ch + 1;
    for (int i = 0; i < lib.count && !error; i++)
        if (i != ch && lib.channels[i].hears_bus == timeslot && lib.channels[i].call)
            error = connect_calls(channel, &lib.channels[i], 1);
    return leave(error);
}

API int SsmUnLinkToBus(int ch, int timeslot)
{
    struct channel *channel = on_bus(ch, timeslot);
    int error = 0;

    if (!channel)
        return -1;
    if (bus[timeslot] != ch + 1)
        return leave(
            fail(C_ERROR_OP_FAILURE, "channel %d does not speak on bus timeslot %d", ch, timeslot));
    bus[timeslot] = 0;
    for (int i = 0; i < lib.count; i++)
        if (lib.channels[i].hears_bus == timeslot && lib.channels[i].hears == ch)
            error |= disconnect(&lib.channels[i], 1);
    return leave(error);
}

API int SsmLinkFromBus(int timeslot, int ch)
{
    struct channel *channel = on_bus(ch, timeslot), *speaker;

    if (!channel)
        return -1;
    if (call_needed(channel))
        return leave(-1);
    channel->hears_bus = timeslot;
    speaker = bus[timeslot] ? channel_at(bus[timeslot] - 1) : NULL;
    return leave(speaker && speaker->call ? connect_calls(speaker, channel, 1) : 0);
}

API int SsmLinkFromBusEx(int timeslot, int ch, int volume)
{
    (void)volume;
    return SsmLinkFromBus(timeslot, ch);
}

API int SsmUnLinkFromBus(int timeslot, int ch)
{
    struct channel *channel = on_bus(ch, timeslot);

    if (!channel)
        return -1;
    if (channel->hears_bus != timeslot)
        return leave(
            fail(C_ERROR_OP_FAILURE, "channel %d does not hear bus timeslot %d", ch, timeslot));
    channel->hears_bus = NONE;
    return leave(disconnect(channel, 1));
}
