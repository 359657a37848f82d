/* Hook, ringing, the caller's number, dialling and what tones say (Tc08a32, NewSig). */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "donjin.h"

#define UP_MS 3000

static const struct timespec TURN = {.tv_nsec = 1000000};

/* A station is off hook as long as its telephone is, with a call or without. */
static int user_off_hook(int ch)
{
    return SsmGetHookState(ch) > 0;
}

static int is_user(int ch)
{
    return SsmGetChType(ch) == SSM_STATION;
}

DJ BOOL RingDetect(WORD ch)
{
    if (!line_of(ch))
        return 0;
    return is_user(ch) ? user_off_hook(ch) : SsmGetChState(ch) == SSM_RINGING;
}

DJ void OffHook(WORD ch)
{
    struct line *line = line_of(ch);

    if (!line || is_user(ch))
        return;
    line->off_hook = 1;
    if (SsmGetChState(ch) != SSM_RINGING || SsmPickup(ch))
        return;
    /* A line is up at once when its relay has closed: the far end's confirmation is awaited. */
    for (int64_t until = now_ms() + UP_MS; SsmGetChState(ch) == SSM_RINGING && now_ms() < until;)
        nanosleep(&TURN, NULL);
}

DJ void HangUp(WORD ch)
{
    struct line *line = line_of(ch);

    if (!line || is_user(ch))
        return;
    line->off_hook = line->dialled = 0;
    line->number[0] = 0;
    SsmHangup(ch);
}

/* What is not a telephone line's own end of a call is heard as busy tone. */
static int far_has_gone(int ch)
{
    return SsmGetChState(ch) == SSM_PENDING;
}

DJ BOOL DRec_OffHookDetect(WORD ch)
{
    int state = line_of(ch) ? SsmGetChState(ch) : SSM_STANDBY;

    return state == SSM_TALKING || state == SSM_PICKED_UP;
}

/* ---- stations -------------------------------------------------------------------------------- */

DJ void FeedRing(WORD ch)
{
    if (line_of(ch) && is_user(ch))
        SsmStartRing(ch);
}

DJ void FeedRealRing(WORD ch)
{
    FeedRing(ch);
}

DJ void FeedPower(WORD ch)
{
    if (line_of(ch) && is_user(ch) && !user_off_hook(ch))
        SsmStopRing(ch);
}

DJ BOOL OffHookDetect(WORD ch)
{
    return line_of(ch) && is_user(ch) && user_off_hook(ch);
}

DJ void StartHangUpDetect(WORD ch)
{
    (void)ch; /* the daemon tells hook and flash apart by itself */
}

DJ WORD HangUpDetect(WORD ch)
{
    return line_of(ch) && is_user(ch) && !user_off_hook(ch) ? HANG_UP_FLAG_TRUE
                                                            : HANG_UP_FLAG_FALSE;
}

/* ---- the caller ------------------------------------------------------------------------------ */

DJ void ResetCallerIDBuffer(WORD ch)
{
    (void)ch; /* the number is the call's own */
}

static int caller(int ch, char *number, char *name)
{
    if (!line_of(ch) || SsmGetCallerId(ch, number) < 0)
        return ID_STEP_NONE;
    if (name && SsmGetCallerName(ch, name) < 0)
        name[0] = 0;
    return number[0] ? ID_STEP_OK : ID_STEP_NONE;
}

DJ WORD GetCallerIDStr(WORD ch, char *to)
{
    to[0] = 0;
    return (WORD)caller(ch, to, NULL);
}

DJ WORD GetCallerIDStrEx(WORD ch, char *time, char *number, char *user)
{
    time[0] = number[0] = user[0] = 0;
    return (WORD)caller(ch, number, user);
}

/* ---- dialling -------------------------------------------------------------------------------- */

static const struct {
    int ssm, result;
} RESULTS[] = {
    {SSM_NO_DIALTONE, S_NODIALTONE}, {SSM_BUSYTONE, S_BUSY},  {SSM_ECHO_NOVOICE, S_NOBODY},
    {SSM_NOVOICE, S_NOSIGNAL},       {SSM_VOICE, S_CONNECT},  {SSM_NOANSWER, S_NOBODY},
    {SSM_FAILURE, S_BUSY},           {SSM_INVALID, S_NOSIGNAL},
};

int dial_result(int ch)
{
    int result = SsmChkAutoDial(ch);

    if (result != SSM_VOICE && SsmGetChState(ch) == SSM_TALKING)
        return S_CONNECT;
    for (size_t i = 0; i < sizeof(RESULTS) / sizeof(*RESULTS); i++)
        if (RESULTS[i].ssm == result)
            return RESULTS[i].result;
    return S_NORESULT;
}

DJ int Sig_Init(int times)
{
    (void)times;
    return 1;
}

DJ int Sig_StartDial(WORD ch, char *number, char *before, WORD mode)
{
    struct line *line = line_of(ch);
    size_t n = 0;

    (void)mode;
    if (!line || !line->off_hook || !number || !*number)
        return 0;
    for (int part = 0; part < 2; part++)
        for (const char *at = part ? number : before; at && *at; at++)
            if (*at != ',' && n < sizeof(line->number) - 1)
                line->number[n++] = *at;
    line->number[n] = 0;
    return 1;
}

/* Dials what was given once the line is free of the call before, and says how far it is. */
DJ int Sig_CheckDial(WORD ch)
{
    struct line *line = line_of(ch);

    if (!line)
        return S_NORESULT;
    if (line->number[0]) {
        if (SsmGetChState(ch) != SSM_STANDBY && SsmGetChState(ch) != SSM_PICKED_UP)
            return S_NORESULT;
        line->dialled = !SsmAutoDial(ch, line->number);
        line->number[0] = 0;
        return line->dialled ? S_NORESULT : S_NODIALTONE;
    }
    return line->dialled ? dial_result(ch) : S_NORESULT;
}

/* Why it counts as answered: the daemon is told, as by reversed polarity (1). */
DJ int Sig_CheckDial_New(WORD ch, long *reason)
{
    int result = Sig_CheckDial(ch);

    *reason = result == S_CONNECT ? 1 : 0;
    return result;
}

DJ int Sig_GetCadenceCount(WORD ch, int type)
{
    if (!line_of(ch))
        return 0;
    return type == 2 ? SsmChkAutoDial(ch) == SSM_RINGBACK : far_has_gone(ch);
}

DJ int Sig_CheckBusy(WORD ch)
{
    return line_of(ch) && far_has_gone(ch);
}

DJ void Sig_ResetCheck(WORD ch)
{
    (void)ch;
}

DJ void StartSigCheck(WORD ch)
{
    (void)ch;
}

DJ void StopSigCheck(WORD ch)
{
    (void)ch;
}

DJ WORD ReadCheckResult(WORD ch, WORD mode)
{
    if (mode == SEND_CHECK)
        return (WORD)Sig_CheckDial(ch);
    return Sig_CheckBusy(ch) ? R_BUSY : R_OTHER;
}

DJ WORD ReadBusyCount(void)
{
    return 0;
}
