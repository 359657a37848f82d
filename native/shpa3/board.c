/* Boards, PCM links, blocking, flags. */
#include <stdio.h>
#include <string.h>

#include "shpa3.h"

API int SsmGetMaxCfgBoard(void)
{
    return enter_library()
               ? -1
               : leave((int)ini_number(&lib.ini, "SystemConfig", "TotalBoards", lib.boards));
}

API int SsmGetMaxUsableBoard(void)
{
    return enter_library() ? -1 : leave(lib.boards);
}

/* The model that ShConfig.ini names is a name; its number is not public. */
API int SsmGetBoardModel(int board)
{
    if (enter_library())
        return -1;
    return leave(board < 0 || board >= lib.boards
                     ? fail(C_ERROR_INVALID_PARAMETER, "there is no board %d", board)
                     : 0);
}

API DWORD SsmGetPciSerialNo(int board)
{
    char section[32];

    if (enter_library())
        return 0;
    snprintf(section, sizeof(section), "BoardId=%d", board);
    return (DWORD)leave((int)ini_number(&lib.ini, section, "BoardSerialNumber", 0));
}

API int SsmGetChHdInfo(int ch, int *board, int *on_board)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (board)
        *board = channel->pcm == NONE ? 0 : lib.pcm[channel->pcm].board;
    if (on_board)
        *on_board = ch;
    return leave(0);
}

/* ---- PCM links ------------------------------------------------------------------------------- */

API int SsmGetMaxPcm(void)
{
    return enter_library() ? -1 : leave(lib.pcm_count);
}

API int SsmGetPcmLinkStatus(int pcm, WORD *status)
{
    if (enter_library())
        return -1;
    if (pcm < 0 || pcm >= lib.pcm_count || !status)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "there is no PCM link %d", pcm));
    *status = (WORD)lib.pcm[pcm].status;
    return leave(0);
}

API int SsmPcmTsToCh(int pcm, int timeslot)
{
    if (enter_library())
        return -1;
    for (int i = 0; i < lib.count; i++)
        if (lib.channels[i].pcm == pcm && lib.channels[i].timeslot == timeslot)
            return leave(i);
    return leave(
        fail(C_ERROR_INVALID_PARAMETER, "PCM link %d, timeslot %d has no channel", pcm, timeslot));
}

API int SsmChToPcmTs(int ch, int *pcm, int *timeslot)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (channel->pcm == NONE)
        return leave(fail(C_ERROR_UNSUPPORTED_OP, "channel %d is of no PCM link", ch));
    if (pcm)
        *pcm = channel->pcm;
    if (timeslot)
        *timeslot = channel->timeslot;
    return leave(0);
}

/* ---- blocking -------------------------------------------------------------------------------- */

static void tell_far_end(const struct channel *channel, const char *method)
{
    struct request request;
    char list[24];

    if (channel->row->type != CH_TUP && channel->row->type != CH_ISUP)
        return; /* other signallings know no blocking: the channel refuses calls here */
    begin(&request);
    write_key(&request.to, "trunk");
    write_string(&request.to, channel->trunk);
    write_key(&request.to, "circuits");
    snprintf(list, sizeof(list), "[%d]", channel->id);
    write_text(&request.to, list);
    tell(method, &request);
}

API int SsmBlockLocalCh(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->blocked |= 1;
    tell_far_end(channel, "blockCircuits");
    if (channel->state == S_CALL_STANDBY)
        set_state(channel, S_CALL_LocalBlock);
    return leave(0);
}

API int SsmUnblockLocalCh(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (channel->blocked & 1)
        tell_far_end(channel, "unblockCircuits");
    channel->blocked &= ~1;
    if (channel->state == S_CALL_LocalBlock)
        to_standby(channel);
    return leave(0);
}

/* Bit 0: by SsmBlockLocalCh. */
API int SsmQueryLocalChBlockState(int ch, DWORD *state)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (state)
        *state = channel->blocked & 1;
    return leave(0);
}

/* 5: by the application, 0: not blocked. */
API int SsmGetBlockReason(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->blocked & 1 ? 5 : 0) : -1;
}

/* A trunk channel that may dial. Mode 0: the first one; else the one that has been free longest. */
API int SsmSearchIdleCallOutCh(WORD mode, DWORD precedence)
{
    int found = NONE;

    (void)precedence;
    if (enter_library())
        return -1;
    for (int i = 0; i < lib.count; i++) {
        const struct channel *channel = &lib.channels[i];

        if (channel->state != S_CALL_STANDBY || channel->call || channel->row->type == CH_STATION ||
            channel->row->type == CH_RECORDING)
            continue;
        if (found == NONE || (mode && channel->since < lib.channels[found].since))
            found = i;
    }
    return leave(found == NONE ? fail(C_ERROR_IdleChNotFound, "no channel is free") : found);
}

/* ---- flags ----------------------------------------------------------------------------------- */

/* The value is kept and given back; of the published flags none names what trunkd does otherwise.
 */
API int SsmSetFlag(int ch, int flag, long value)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (flag < 1 || flag >= FLAGS)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "there is no flag %d", flag));
    channel->flags[flag] = value;
    return leave(0);
}

API int SsmGetFlag(int ch, int flag, LONG *value)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (flag < 1 || flag >= FLAGS || !value)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "there is no flag %d", flag));
    *value = (LONG)channel->flags[flag];
    return leave(0);
}

API int SsmQueryOpEchoCanceller(int ch)
{
    return enter(ch) ? leave(1) : -1;
}

API int SsmSetEchoCanceller(int ch, BOOL run)
{
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (call_needed(channel))
        return leave(-1);
    begin_call(&request, channel);
    write_key(&request.to, "on");
    write_text(&request.to, run ? "true" : "false");
    return leave(command("setEchoCanceller", &request));
}
