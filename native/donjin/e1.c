/* E1 cards with channel associated signalling (tce1_32): trunks, their steps, voice, links. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "donjin.h"

enum { /* DJTrk_GetTrunkStatus */
    Step_Free = 0,
    Step_RecvMfc = 3,
    Step_Wait = 7,
    Step_Connect = 8,
    Step_ForeHangOff = 9,
    Step_BackHangOff = 10,
    Step_Block = 11,
    Step_Disable = 13,
    Step_DialCall = 15,
    Step_DialFail = 18
};

enum { /* DJTrk_GetDialStatus */
    DS_NoDial,
    DS_Dialing,
    DS_Busy,
    DS_Wait,
    DS_Connect,
    DS_LineError,
    DS_NoUser,
    DS_OverTime
};

#define ERR_INVALID_ID (-7)
#define ERR_FILE (-3)
#define ERR_NO_VOICE (-6)
#define ERR_OPEN (-17)
#define ERR_INI (-12)

DJ int DJSys_EnableCard(const char *config, const char *prompts)
{
    int result = board_start(config, "TCE1-32.INI");

    (void)prompts; /* tones are the daemon's own */
    if (result)
        return result == -2 ? ERR_INI : ERR_OPEN;
    board.enabled = 1;
    return 0;
}

DJ void DJSys_DisableCard(void)
{
    board_stop();
}

/* What was played to answer begins when the call is up. */
static void push(int ch)
{
    struct line *line = &board.lines[ch];

    if (!line->answer_path[0] || SsmGetChState(ch) == SSM_RINGING)
        return;
    if (SsmGetChState(ch) == SSM_TALKING)
        play_path(ch, line->answer_path, line->answer_from, line->answer_length);
    line->answer_path[0] = 0;
}

DJ void DJSys_PushPlay(void)
{
    for (int ch = 0; ch < board.count; ch++)
        push(ch);
}

DJ _Bool DJSys_EnableDtmfSend(void)
{
    return 1;
}

DJ void DJSys_EnableAutoKB(void) {}

DJ void DJSys_AutoApplyDtmf(int mode)
{
    (void)mode; /* every channel has its own receiver */
}

DJ int DJSys_Get_iEnableWaveFormat(void)
{
    return board.wave;
}

DJ int DJTrk_GetTotalTrunkNum(void)
{
    return board.count;
}

DJ int DJSys_GetPcmNum(void)
{
    int most = -1;

    for (int ch = 0; ch < board.count; ch++) {
        int pcm, timeslot;

        if (!SsmChToPcmTs(ch, &pcm, &timeslot) && pcm > most)
            most = pcm;
    }
    return most + 1;
}

DJ int DJTrk_GetPcmID(int ch)
{
    int pcm, timeslot;

    return line_of(ch) && !SsmChToPcmTs(ch, &pcm, &timeslot) ? pcm : -1;
}

/* ---- calls ----------------------------------------------------------------------------------- */

DJ int DJTrk_GetTrunkStatus(int ch)
{
    struct line *line = line_of(ch);

    if (!line)
        return ERR_INVALID_ID;
    switch (SsmGetChState(ch)) {
    case SSM_STANDBY:
        return Step_Free;
    case SSM_RINGING:
        return Step_Wait;
    case SSM_TALKING:
        return Step_Connect;
    case SSM_PENDING:
        if (!line->dialled)
            return Step_ForeHangOff;
        return SsmChkAutoDial(ch) == SSM_VOICE ? Step_BackHangOff : Step_DialFail;
    case SSM_OFFLINE:
    case SSM_UNAVAILABLE:
    case SSM_LOCKED:
        return Step_Disable;
    case SSM_BLOCKED_THERE:
    case SSM_BLOCKED_HERE:
        return Step_Block;
    default:
        return line->dialled ? Step_DialCall : Step_RecvMfc;
    }
}

DJ BOOL DJTrk_CheckReady(int ch)
{
    int step = DJTrk_GetTrunkStatus(ch);

    return step == Step_Wait || step == Step_Connect;
}

DJ BOOL DJTrk_CheckWait(int ch)
{
    return DJTrk_GetTrunkStatus(ch) == Step_Wait;
}

DJ BOOL DJTrk_CheckConnect(int ch)
{
    return DJTrk_GetTrunkStatus(ch) == Step_Connect;
}

DJ BOOL DJTrk_CheckForwardHangUp(int ch)
{
    return DJTrk_GetTrunkStatus(ch) == Step_ForeHangOff;
}

DJ BOOL DJTrk_CheckTrunkIn(int ch)
{
    struct line *line = line_of(ch);

    return line && !line->dialled && DJTrk_GetTrunkStatus(ch) != Step_Free;
}

DJ BOOL DJTrk_CheckTrunkFree(int ch)
{
    return DJTrk_GetTrunkStatus(ch) == Step_Free;
}

DJ BOOL DJTrk_CheckTrunkEnable(int ch)
{
    int step = DJTrk_GetTrunkStatus(ch);

    return step >= 0 && step != Step_Disable && step != Step_Block;
}

DJ BOOL DJTrk_DisableTrunk(int ch)
{
    return line_of(ch) && !SsmBlockLocalCh(ch);
}

DJ BOOL DJTrk_EnableTrunk(int ch)
{
    return line_of(ch) && !SsmUnblockLocalCh(ch);
}

/* The numbers as far as they have come. */
DJ char *DJTrk_GetMfcCode(int ch)
{
    static char number[256];

    number[0] = 0;
    if (line_of(ch))
        SsmGetPhoNumStr(ch, number);
    return number;
}

DJ char *DJTrk_GetHostCode(int ch)
{
    static char number[256];

    number[0] = 0;
    if (line_of(ch))
        SsmGetCallerId(ch, number);
    return number;
}

DJ BOOL DJTrk_SetTrunkKB(int ch, BYTE kb)
{
    return line_of(ch) && SsmSetKB(ch, kb) == 0;
}

DJ BOOL DJTrk_BackwardHangUp(int ch)
{
    struct line *line = line_of(ch);

    if (!line)
        return 0;
    line->dialled = 0;
    return SsmHangup(ch) == 0;
}

DJ int DJTrk_GetFreeTrunkIDForDial(int pcm)
{
    for (int ch = 0; ch < board.count; ch++)
        if (DJTrk_CheckTrunkFree(ch) && (pcm < 0 || DJTrk_GetPcmID(ch) == pcm))
            return ch;
    return -1;
}

DJ BOOL DJTrk_StartDial(int ch, const char *number, const char *calling)
{
    struct line *line = line_of(ch);

    if (!line || !number || !DJTrk_CheckTrunkFree(ch))
        return 0;
    SsmSetTxCallerId(ch, calling ? calling : "");
    line->dialled = 1;
    if (SsmAutoDial(ch, number))
        line->dialled = 0;
    return line->dialled;
}

/* KD and KA of outgoing calls: the daemon's trunk has its own. */
DJ void DJTrk_StartDial_SetParam(BYTE kd, BYTE ka)
{
    (void)kd;
    (void)ka;
}

static const struct {
    int ssm, status;
} DIALLING[] = {
    {SSM_DIALING, DS_Dialing},   {SSM_RINGBACK, DS_Wait},    {SSM_BUSYTONE, DS_Busy},
    {SSM_VOICE, DS_Connect},     {SSM_NOANSWER, DS_OverTime}, {SSM_ECHO_NOVOICE, DS_OverTime},
    {SSM_NOVOICE, DS_OverTime},  {SSM_INVALID, DS_NoUser},   {SSM_NO_DIALTONE, DS_LineError},
    {SSM_FAILURE, DS_LineError},
};

DJ int DJTrk_GetDialStatus(int ch)
{
    struct line *line = line_of(ch);
    int result;

    if (!line || !line->dialled)
        return DS_NoDial;
    if (SsmGetChState(ch) == SSM_TALKING)
        return DS_Connect;
    result = SsmChkAutoDial(ch);
    for (size_t i = 0; i < sizeof(DIALLING) / sizeof(*DIALLING); i++)
        if (DIALLING[i].ssm == result)
            return DIALLING[i].status;
    return DS_NoDial;
}

/* ---- digits ---------------------------------------------------------------------------------- */

DJ BOOL DJTrk_InitDtmfBufNew(int ch)
{
    return line_of(ch) && SsmClearRxDtmfBuf(ch) == 0;
}

DJ int DJTrk_GetReceiveDtmfNumNew(int ch)
{
    return line_of(ch) ? SsmGetRxDtmfLen(ch) : 0;
}

DJ char DJTrk_GetDtmfCodeNew(int ch)
{
    char digit[2] = "";

    return line_of(ch) && SsmGet1stDtmfClr(ch, digit) > 0 ? digit[0] : 0;
}

DJ int DJTrk_SendDtmfStr(int ch, const char *digits)
{
    if (!line_of(ch))
        return ERR_INVALID_ID;
    return send_digits(ch, digits, 125, 125) ? ERR_NO_VOICE : 1;
}

DJ _Bool DJTrk_CheckDtmfSendEnd(int ch)
{
    return !line_of(ch) || SsmChkTxDtmf(ch) != 1;
}

/* ---- voice ----------------------------------------------------------------------------------- */

/* Voice channels are the trunks' own: twice as many, first those that play, then those that
 * record. */
DJ int DJTrk_GetTrunkPlayID(int ch)
{
    return line_of(ch) ? ch : -1;
}

DJ int DJTrk_GetTrunkRecordID(int ch)
{
    return line_of(ch) && board.lines[ch].records ? board.count + ch : -1;
}

DJ BOOL DJVoc_CheckVoiceEnd(int voice)
{
    if (voice >= board.count)
        return voice >= 2 * board.count || SsmChkRecToFile(voice - board.count) <= 0;
    if (!line_of(voice))
        return 1;
    push(voice);
    return !board.lines[voice].answer_path[0] && at_rest(voice);
}

/* Whether playing answers an incoming call that waits. */
DJ void DJExg_VoiceToTrunk_SetParam(BOOL answers)
{
    board.plays_answer = answers;
}

DJ int DJVoc_PlayFileNew(int ch, char *path, DWORD position, DWORD length)
{
    if (!line_of(ch))
        return ERR_INVALID_ID;
    if (!path || access(path, R_OK))
        return ERR_FILE;
    if (DJTrk_CheckWait(ch) && board.plays_answer) {
        struct line *line = line_of(ch);

        if (strlen(path) >= sizeof(line->answer_path) || SsmPickup(ch))
            return ERR_NO_VOICE;
        strcpy(line->answer_path, path);
        line->answer_from = position;
        line->answer_length = length;
        return 1;
    }
    return play_path(ch, path, position, length) ? ERR_NO_VOICE : 1;
}

DJ BOOL DJVoc_PlayFile(int ch, char *path)
{
    return DJVoc_PlayFileNew(ch, path, 0, MOST) == 1;
}

DJ void DJVoc_StopPlayFile(int ch)
{
    if (!line_of(ch))
        return;
    board.lines[ch].answer_path[0] = 0;
    play_stop(ch);
}

DJ int DJVoc_RecordFileNew(int ch, char *path, DWORD position, DWORD length)
{
    if (!line_of(ch))
        return ERR_INVALID_ID;
    if (path && !position)
        unlink(path);
    return record_path(ch, path, position, length) ? ERR_FILE : 1;
}

DJ BOOL DJVoc_RecordFile(int ch, char *path, DWORD length)
{
    return DJVoc_RecordFileNew(ch, path, 0, length) == 1;
}

DJ void DJVoc_StopRecordFile(int ch)
{
    if (line_of(ch))
        record_stop(ch);
}

/* ---- links ----------------------------------------------------------------------------------- */

/* The target hears the source. */
DJ BOOL DJExg_SetListenTrunkToTrunk(int target, int source)
{
    if (!line_of(target) || !line_of(source) || lines_link(target, source, 0))
        return 0;
    board.lines[target].hears = source;
    return 1;
}

DJ BOOL DJExg_ClearListenTrunkFromTrunk(int target)
{
    struct line *line = line_of(target);

    if (!line || line->hears < 0)
        return 0;
    lines_unlink(target, line->hears, 0);
    line->hears = -1;
    return 1;
}

DJ BOOL DJExg_SetLinkTrunkAndTrunk(int one, int another)
{
    if (!line_of(one) || !line_of(another) || lines_link(one, another, 1))
        return 0;
    board.lines[one].hears = another;
    board.lines[another].hears = one;
    return 1;
}

DJ BOOL DJExg_ClearLinkTrunkAndTrunk(int one)
{
    struct line *line = line_of(one);
    int another = line ? line->hears : -1;

    if (another < 0)
        return 0;
    lines_unlink(one, another, 1);
    line->hears = -1;
    if (board.lines[another].hears == one)
        board.lines[another].hears = -1;
    return 1;
}
