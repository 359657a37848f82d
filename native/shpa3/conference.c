/* Conference groups. */
#include <stdio.h>
#include <string.h>

#include "shpa3.h"

#define GROUPS 64
#define MEMBERS 512

static struct {
    int64_t conference; /* of the daemon; 0: the group is free */
    int most_members, most_speakers, most_speaking, silence;
} groups[GROUPS];

void groups_reset(void)
{
    memset(groups, 0, sizeof(groups));
}

static int group_at(int group)
{
    if (group >= 0 && group < GROUPS && groups[group].conference)
        return 0;
    return fail(C_ERROR_INVALID_PARAMETER, "there is no conference group %d", group);
}

static int members(int group)
{
    int count = 0;

    for (int i = 0; i < lib.count; i++)
        count += lib.channels[i].group == group;
    return count;
}

static int create(int group)
{
    struct request request;
    struct reply reply;

    begin(&request);
    write_key(&request.to, "name");
    write_string(&request.to, "shpa3");
    if (ask(&reply, "createConference", &request, NULL))
        return -1;
    groups[group].conference =
        json_integer(&reply.json, json_member(&reply.json, reply.result, "conference"), 0);
    reply_free(&reply);
    return group;
}

static int setting(int wanted, const char *key, int otherwise)
{
    return wanted > 0 ? wanted : (int)ini_number(&lib.ini, "SystemConfig", key, otherwise);
}

API int SsmCreateConfGroup(int most_members, int most_speakers, int most_speaking, int silence)
{
    int group = 0;

    if (enter_library())
        return -1;
    while (group < GROUPS && groups[group].conference)
        group++;
    if (group == GROUPS)
        return leave(fail(C_ERROR_RESOURCE_USEUP, "all %d conference groups are in use", GROUPS));
    groups[group].most_members = setting(most_members, "ConfDefaultMaxGroupMember", MEMBERS);
    groups[group].most_speakers = setting(most_speakers, "ConfDefaultMaxGroupSpeaker", MEMBERS);
    groups[group].most_speaking = setting(most_speaking, "ConfDefaultMaxGroupSpeaking", 6);
    groups[group].silence = setting(silence, "ConfDefaultMaxSilenceTime", 5);
    return leave(create(group));
}

API int SsmFreeConfGroup(int group)
{
    struct request request;
    int error;

    if (enter_library())
        return -1;
    if (group_at(group))
        return leave(-1);
    begin(&request);
    write_key(&request.to, "conference");
    write_integer(&request.to, groups[group].conference);
    error = command("closeConference", &request);
    groups[group].conference = 0;
    for (int i = 0; i < lib.count; i++)
        if (lib.channels[i].group == group)
            lib.channels[i].group = NONE;
    return leave(error);
}

static int leave_group(struct channel *channel)
{
    struct request request;

    begin(&request);
    write_key(&request.to, "conference");
    write_integer(&request.to, groups[channel->group].conference);
    write_key(&request.to, "callId");
    write_integer(&request.to, channel->call);
    if (command("leaveConference", &request))
        return -1;
    channel->group = NONE;
    return 0;
}

static int join(struct channel *channel, int group, WORD mode)
{
    static const char *const roles[] = {"talk", "talk", "listen", "speak"};
    struct request request;

    begin(&request);
    write_key(&request.to, "conference");
    write_integer(&request.to, groups[group].conference);
    write_key(&request.to, "callId");
    write_integer(&request.to, channel->call);
    write_key(&request.to, "role");
    write_string(&request.to, roles[mode]);
    if (command("joinConference", &request))
        return -1;
    channel->group = group;
    channel->join_mode = mode;
    return 0;
}

/* Mode: 0 speaks always, 1 speaks when it has something to say, 2 listens, 3 only speaks. */
API int SsmJoinConfGroup(int group, int ch, WORD mode, int volume, BOOL create_always,
                         BOOL exit_always)
{
    struct channel *channel = enter(ch);

    (void)volume;
    if (!channel)
        return -1;
    if (mode > 3)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "the join mode is 0 to 3, not %d", mode));
    if (call_needed(channel))
        return leave(-1);
    if (channel->group != NONE && (channel->group == group || !exit_always))
        return leave(
            fail(C_ERROR_OP_FAILURE, "channel %d is in conference group %d", ch, channel->group));
    if (group >= 0 && group < GROUPS && !groups[group].conference && create_always &&
        create(group) < 0)
        return leave(-1);
    if (group_at(group))
        return leave(-1);
    if (groups[group].most_members && members(group) >= groups[group].most_members)
        return leave(fail(C_ERROR_RESOURCE_USEUP, "conference group %d is full", group));
    if (channel->group != NONE && leave_group(channel))
        return leave(-1);
    return leave(join(channel, group, mode));
}

/* `free_always`: the group ends when its last member has gone. */
API int SsmExitConfGroup(int ch, BOOL free_always)
{
    struct channel *channel = enter(ch);
    int group, error;

    if (!channel)
        return -1;
    group = channel->group;
    if (group == NONE)
        return leave(fail(C_ERROR_OP_FAILURE, "channel %d is in no conference group", ch));
    error = leave_group(channel);
    leave(0);
    if (!error && free_always && !members(group))
        return SsmFreeConfGroup(group);
    return error;
}

API int SsmGetTotalConfGroup(void)
{
    int count = 0;

    if (enter_library())
        return -1;
    for (int i = 0; i < GROUPS; i++)
        count += groups[i].conference != 0;
    return leave(count);
}

API int SsmGetConfGrpId(int *ids)
{
    int count = 0;

    if (enter_library())
        return -1;
    for (int i = 0; ids && i < GROUPS; i++)
        if (groups[i].conference)
            ids[count++] = i;
    return leave(count);
}

API int SsmGetConfGrpInfo(int group, WORD *all, WORD *speakers, WORD *speaking)
{
    int count = 0;

    if (enter_library())
        return -1;
    if (group_at(group))
        return leave(-1);
    for (int i = 0; i < lib.count; i++)
        count += lib.channels[i].group == group && lib.channels[i].join_mode != 2;
    if (all)
        *all = (WORD)members(group);
    if (speakers)
        *speakers = (WORD)count;
    if (speaking)
        *speaking =
            (WORD)(count < groups[group].most_speaking ? count : groups[group].most_speaking);
    return leave(0);
}

API int SsmGetConfGrpCfgInfo(int group, WORD *most, WORD *speakers, WORD *speaking, WORD *silence)
{
    if (enter_library())
        return -1;
    if (group_at(group))
        return leave(-1);
    if (most)
        *most = (WORD)groups[group].most_members;
    if (speakers)
        *speakers = (WORD)groups[group].most_speakers;
    if (speaking)
        *speaking = (WORD)groups[group].most_speaking;
    if (silence)
        *silence = (WORD)groups[group].silence;
    return leave(0);
}

/* The member's number is its place among the group's channels. */
static int member_number(const struct channel *channel)
{
    int number = 0;

    for (int i = 0; i < channel->number; i++)
        number += lib.channels[i].group == channel->group;
    return number;
}

API int SsmGetConfGrpMmbrId(int group, int *ids)
{
    int count = 0;

    if (enter_library())
        return -1;
    if (group_at(group))
        return leave(-1);
    for (int i = 0; ids && i < lib.count; i++)
        if (lib.channels[i].group == group)
            ids[count] = count, count++;
    return leave(count);
}

API int SsmGetConfGrpMmbrInfo(int group, int member, int *ch, WORD *mode, WORD *speaking,
                              DWORD *silence)
{
    if (enter_library())
        return -1;
    if (group_at(group))
        return leave(-1);
    for (int i = 0; i < lib.count; i++) {
        if (lib.channels[i].group != group || member--)
            continue;
        if (ch)
            *ch = i;
        if (mode)
            *mode = (WORD)lib.channels[i].join_mode;
        if (speaking)
            *speaking = lib.channels[i].join_mode != 2;
        if (silence)
            *silence = 0;
        return leave(0);
    }
    return leave(fail(C_ERROR_INVALID_PARAMETER, "conference group %d has no such member", group));
}

API int SsmGetConfChInfo(int ch, int *group, int *member, WORD *mode, WORD *speaking,
                         DWORD *silence)
{
    struct channel *channel = enter(ch);
    int in, number;

    if (!channel)
        return -1;
    in = channel->group;
    number = member_number(channel);
    leave(0);
    if (in == NONE)
        return fail(C_ERROR_OP_FAILURE, "channel %d is in no conference group", ch);
    if (group)
        *group = in;
    if (member)
        *member = number;
    return SsmGetConfGrpMmbrInfo(in, number, NULL, mode, speaking, silence);
}
