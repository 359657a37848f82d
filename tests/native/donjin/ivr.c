/* A voice menu for DonJin's analog cards: published calls only, one polling loop.
 *
 *   ivr PROMPT RECORDING OCTETS CALLS     answers, plays, collects digits up to #, records
 *   ivr dial NUMBER DIGITS                dials, sends digits, waits for the far end to hang up */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "djcalls.h"

enum state { FREE, CALLER, PLAY, DIGITS, RECORD };

struct line {
    enum state state;
    char number[128], digits[32];
};

static void rest(void)
{
    const struct timespec turn = {.tv_nsec = 5000000};

    PUSH_PLAY();
    FeedSigFunc();
    nanosleep(&turn, NULL);
}

static char digit_of(short code)
{
    return "?1234567890*#ABCD"[code > 0 && code <= 16 ? code : 0];
}

static void over(WORD ch, struct line *line, const char *why)
{
    printf("over %d %s\n", ch, why);
    HangUp(ch);
    Sig_ResetCheck(ch);
    line->state = FREE;
}

static void answer(WORD ch, struct line *line, char *prompt)
{
    printf("call %d from %s\n", ch, line->number);
    OffHook(ch);
    StartSigCheck(ch);
    Sig_ResetCheck(ch);
    InitDtmfBuf(ch);
    line->digits[0] = 0;
    if (!StartPlayFile(ch, prompt, 0)) {
        over(ch, line, "prompt");
        return;
    }
    line->state = PLAY;
}

static void collect(WORD ch, struct line *line, char *recording, DWORD octets)
{
    while (line->state == DIGITS) {
        short code = GetDtmfCode(ch);
        size_t n = strlen(line->digits);

        if (code == -1)
            return;
        line->digits[n] = digit_of(code);
        line->digits[n + 1] = 0;
        if (digit_of(code) != '#' && n < 30)
            continue;
        printf("digits %d %s\n", ch, line->digits);
        line->state = RECORD;
        if (!StartRecordFile(ch, recording, octets))
            over(ch, line, "recording");
        else
            printf("records %d\n", ch);
    }
}

/* One turn of a line; 1: a call has been served. */
static int work(WORD ch, struct line *line, char **arguments)
{
    if (line->state >= PLAY && Sig_CheckBusy(ch)) {
        if (line->state == RECORD)
            StopRecordFile(ch);
        over(ch, line, "busy");
        return 1;
    }
    switch (line->state) {
    case FREE:
        if (CheckChTypeNew(ch) == CHTYPE_TRUNK && RingDetect(ch)) {
            ResetCallerIDBuffer(ch);
            line->state = CALLER;
        }
        return 0;
    case CALLER:
        if (GetCallerIDStr(ch, line->number) == ID_STEP_OK)
            answer(ch, line, arguments[1]);
        else if (!RingDetect(ch))
            line->state = FREE;
        return 0;
    case PLAY:
        if (CheckPlayEnd(ch)) {
            StopPlayFile(ch);
            printf("played %d\n", ch);
            line->state = DIGITS;
        }
        return 0;
    case DIGITS:
        collect(ch, line, arguments[2], (DWORD)atoi(arguments[3]));
        return 0;
    case RECORD:
        if (!CheckRecordEnd(ch))
            return 0;
        StopRecordFile(ch);
        over(ch, line, "recorded");
        return 1;
    }
    return 0;
}

static int menu(char **arguments)
{
    int calls = atoi(arguments[4]);
    WORD count = CheckValidCh();
    struct line *lines = calloc(count, sizeof(*lines));

    while (calls > 0) {
        rest();
        for (WORD ch = 0; ch < count; ch++)
            calls -= work(ch, &lines[ch], arguments);
    }
    free(lines);
    return 0;
}

static int dial(char *number, char *digits)
{
    WORD ch = 0;
    int result;

    OffHook(ch);
    StartSigCheck(ch);
    Sig_ResetCheck(ch);
    if (!Sig_StartDial(ch, number, "", 0))
        return 2;
    while ((result = Sig_CheckDial(ch)) == S_NORESULT)
        rest();
    printf("result %02x\n", result);
    if (result == S_CONNECT) {
        SendDtmfBuf(ch, digits);
        while (!CheckSendEnd(ch))
            rest();
        puts("sent");
        while (!Sig_CheckBusy(ch))
            rest();
        puts("busy");
    }
    HangUp(ch);
    return 0;
}

int main(int count, char **arguments)
{
    long result;
    int done = 1;

    setvbuf(stdout, NULL, _IOLBF, 0);
    result = LoadDRV();
    if (result) {
        printf("LoadDRV %ld\n", result);
        return 1;
    }
    result = EnableCard(CheckValidCh(), 16 * 1024);
    Sig_Init(0);
    SetPackRate(0);
    printf("ready %ld %d\n", result, CheckValidCh());
    if (count == 5)
        done = menu(arguments);
    else if (count == 4)
        done = dial(arguments[2], arguments[3]);
    DisableCard();
    FreeDRV();
    puts("end");
    return done;
}
