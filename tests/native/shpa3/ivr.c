/* An IVR of Synway's published calls alone: answers, plays, collects four digits, records, hangs
 * up.
 *
 *   ivr CONFIG FOLDER polling|callback CALLS
 *
 * FOLDER has menu.wav; message-N.wav is recorded there. What happens is written to the standard
 * output, a line each. It ends after CALLS calls; status 1: something failed, and a line says what.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shpa3.h"

#define CHANNELS 512
#define ALL 0xFFFFFFFFu

enum { IDLE, ANSWERING, MENU, RECORDING, LEAVING };

static struct line {
    int step;
    char digits[16], file[512];
} lines[CHANNELS];

static const char *folder;
static int calls_left, recorded;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;

static void check(int result, const char *what, int ch)
{
    if (result >= 0)
        return;
    printf("failed %s channel %d: %d %s\n", what, ch, SsmGetLastErrCode(), SsmGetLastErrMsgA());
    fflush(stdout);
    _Exit(1);
}

static void ringing(int ch)
{
    char caller[64], called[64];

    check(SsmGetCallerId(ch, caller), "SsmGetCallerId", ch);
    check(SsmGetPhoNumStr(ch, called), "SsmGetPhoNumStr", ch);
    printf("ringing from %s to %s\n", caller, called);
    check(SsmClearRxDtmfBuf(ch), "SsmClearRxDtmfBuf", ch);
    lines[ch].digits[0] = 0;
    lines[ch].step = ANSWERING;
    check(SsmPickup(ch), "SsmPickup", ch);
}

static void talking(int ch)
{
    char file[512];

    snprintf(file, sizeof(file), "%s/menu.wav", folder);
    lines[ch].step = MENU;
    check(SsmPlayFile(ch, file, -1, 0, ALL), "SsmPlayFile", ch);
    printf("playing\n");
}

static void digit(int ch, char heard)
{
    struct line *line = &lines[ch];
    char all[64];

    if (line->step != MENU)
        return;
    check(SsmGetDtmfStr(ch, all), "SsmGetDtmfStr", ch);
    printf("digit %c of %s\n", heard, all);
    if (strlen(all) < 4)
        return;
    if (SsmCheckPlay(ch) == 0)
        check(SsmStopPlay(ch), "SsmStopPlay", ch);
    line->step = RECORDING;
    snprintf(line->file, sizeof(line->file), "%s/message-%d.wav", folder, ++recorded);
    check(SsmRecToFile(ch, line->file, 6, 0, ALL, 1000, 0), "SsmRecToFile", ch);
    printf("recording after %s\n", all);
}

static void record_end(int ch)
{
    if (lines[ch].step != RECORDING)
        return;
    printf("recorded %s\n", lines[ch].file);
    lines[ch].step = LEAVING;
    check(SsmHangup(ch), "SsmHangup", ch);
}

static void standby(int ch)
{
    if (lines[ch].step == IDLE)
        return;
    lines[ch].step = IDLE;
    printf("free\n");
    pthread_mutex_lock(&guard);
    calls_left--;
    pthread_cond_signal(&done);
    pthread_mutex_unlock(&guard);
}

static void state(int ch, int now)
{
    if (now == S_CALL_RINGING)
        ringing(ch);
    else if (now == S_CALL_TALKING)
        talking(ch);
    else if (now == S_CALL_PENDING)
        check(SsmHangup(ch), "SsmHangup", ch);
    else if (now == S_CALL_STANDBY)
        standby(ch);
}

static int handle(WORD event, int ch, DWORD param, DWORD user)
{
    (void)user;
    if (event == E_CHG_ChState)
        state(ch, (int)(param & 0xFFFF));
    else if (event == E_CHG_RcvDTMF)
        digit(ch, (char)(param & 0xFFFF));
    else if (event == E_PROC_PlayEnd && lines[ch].step == MENU)
        printf("played %d\n", SsmCheckPlay(ch));
    else if (event == E_PROC_RecordEnd)
        record_end(ch);
    fflush(stdout);
    return 0;
}

static int left(void)
{
    int count;

    pthread_mutex_lock(&guard);
    count = calls_left;
    pthread_mutex_unlock(&guard);
    return count;
}

static void poll_events(void)
{
    EVENT_SET_INFO how = {.dwWorkMode = EVENT_POLLING};
    MESSAGE_INFO event;

    check(SsmSetEvent(0xFFFF, -1, 1, &how), "SsmSetEvent", -1);
    printf("ready %d channels of type %d\n", SsmGetMaxCh(), SsmGetChType(0));
    fflush(stdout);
    while (left() > 0)
        if (SsmWaitForEvent(50, &event) == 0)
            handle(event.wEventCode, event.nReference, event.dwParam, 0);
}

static void take_events(void)
{
    EVENT_SET_INFO how = {
        .dwWorkMode = EVENT_CALLBACK, .lpHandlerParam = (void *)handle, .dwUser = 7};

    check(SsmSetEvent(0xFFFF, -1, 1, &how), "SsmSetEvent", -1);
    printf("ready %d channels of type %d\n", SsmGetMaxCh(), SsmGetChType(0));
    fflush(stdout);
    pthread_mutex_lock(&guard);
    while (calls_left > 0)
        pthread_cond_wait(&done, &guard);
    pthread_mutex_unlock(&guard);
}

int main(int count, char **words)
{
    if (count != 5)
        return 2;
    folder = words[2];
    calls_left = atoi(words[4]);
    check(SsmStartCti(words[1], "ShIndex.ini"), "SsmStartCti", -1);
    if (!strcmp(words[3], "callback"))
        take_events();
    else
        poll_events();
    check(SsmCloseCti(), "SsmCloseCti", -1);
    printf("closed\n");
    return 0;
}
