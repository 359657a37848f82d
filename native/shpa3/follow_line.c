/* What the daemon tells of channels without calls, and of spans. */
#include <string.h>

#include "follow.h"

void channel_changed(struct told *told)
{
    char trunk[40];
    int64_t id = number_of(told, "channel");

    text_of(told, "trunk", trunk, sizeof(trunk));
    for (int i = 0; i < lib.count; i++) {
        struct channel *channel = &lib.channels[i];

        if (channel->id != id || strcmp(channel->trunk, trunk))
            continue;
        if (told_is(told, "state", "outOfService") && channel->state == S_CALL_STANDBY)
            set_state(channel, S_CALL_UNAVAILABLE);
        else if (told_is(told, "state", "blockedThere") && channel->state == S_CALL_STANDBY)
            set_state(channel, S_CALL_RemoteBlock);
        else if (told_is(told, "state", "idle") && !channel->call &&
                 (channel->state == S_CALL_UNAVAILABLE || channel->state == S_CALL_RemoteBlock))
            to_standby(channel);
    }
}

/* Status of a PCM link: bit 0 no frame alignment (LOS, LOF, AIS), bit 1 no multiframe, bit 2 the
 * far end's alarm; 0 good. Which bits the maker's library gives is not public. */
static int alarm_bit(const char *alarm)
{
    static const char *const none[] = {"LOS", "LOF", "AIS", "RED"};

    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        if (strstr(alarm, none[i]))
            return 1;
    return strstr(alarm, "RAI") || strstr(alarm, "YELLOW") ? 4 : 2;
}

static int pcm_named(const char *name)
{
    for (int i = 0; i < lib.pcm_count; i++)
        if (!strcmp(lib.pcm[i].name, name))
            return i;
    return NONE;
}

void follow_span(const struct json *json, uint32_t span)
{
    uint32_t alarms = json_member(json, span, "alarms");
    int pcm = lib.pcm_count;

    if (pcm == (int)(sizeof(lib.pcm) / sizeof(*lib.pcm)))
        return;
    json_string(json, json_member(json, span, "name"), lib.pcm[pcm].name,
                sizeof(lib.pcm[pcm].name));
    lib.pcm[pcm].status = 0;
    for (uint32_t at = json_first(json, alarms); at; at = json_after(json, alarms, at)) {
        char alarm[32];

        json_string(json, at, alarm, sizeof(alarm));
        lib.pcm[pcm].status |= alarm_bit(alarm);
    }
    lib.pcm_count++;
}

void alarm_changed(struct told *told)
{
    char span[64], alarm[32];
    int pcm, before;

    text_of(told, "span", span, sizeof(span));
    text_of(told, "alarm", alarm, sizeof(alarm));
    pcm = pcm_named(span);
    if (pcm == NONE)
        return;
    before = lib.pcm[pcm].status;
    if (json_true(told->json, json_member(told->json, told->event, "active")))
        lib.pcm[pcm].status |= alarm_bit(alarm);
    else
        lib.pcm[pcm].status &= ~alarm_bit(alarm);
    if (lib.pcm[pcm].status != before)
        post(E_CHG_PcmLinkStatus, pcm, (unsigned)lib.pcm[pcm].status);
}
