/* A voice menu for DonJin's E1 cards: published calls only. Playing is what answers.
 *
 *   e1_ivr INI PROMPT RECORDING OCTETS CALLS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "djcalls.h"

enum state { FREE, PLAY, DIGIT, RECORD, CLEAR };

static int work(int ch, enum state *state, char **arguments)
{
    if (*state != FREE && *state != CLEAR && DJTrk_CheckForwardHangUp(ch)) {
        printf("hung up %d\n", ch);
        DJVoc_StopPlayFile(ch);
        DJVoc_StopRecordFile(ch);
        DJTrk_BackwardHangUp(ch);
        *state = CLEAR;
    }
    switch (*state) {
    case FREE:
        if (!DJTrk_CheckWait(ch))
            return 0;
        printf("call %d from %s", ch, DJTrk_GetHostCode(ch));
        printf(" to %s\n", DJTrk_GetMfcCode(ch));
        DJTrk_InitDtmfBufNew(ch);
        if (DJVoc_PlayFile(ch, arguments[2]))
            *state = PLAY;
        return 0;
    case PLAY:
        if (DJTrk_CheckConnect(ch) && DJVoc_CheckVoiceEnd(DJTrk_GetTrunkPlayID(ch))) {
            DJVoc_StopPlayFile(ch);
            printf("played %d\n", ch);
            *state = DIGIT;
        }
        return 0;
    case DIGIT:
        if (!DJTrk_GetReceiveDtmfNumNew(ch))
            return 0;
        printf("digit %d %c\n", ch, DJTrk_GetDtmfCodeNew(ch));
        if (DJVoc_RecordFile(ch, arguments[3], (DWORD)atoi(arguments[4]))) {
            printf("records %d\n", ch);
            *state = RECORD;
        }
        return 0;
    case RECORD:
        if (!DJVoc_CheckVoiceEnd(DJTrk_GetTrunkRecordID(ch)))
            return 0;
        DJVoc_StopRecordFile(ch);
        printf("recorded %d\n", ch);
        DJTrk_BackwardHangUp(ch);
        *state = CLEAR;
        return 0;
    case CLEAR:
        if (!DJTrk_CheckTrunkFree(ch))
            return 0;
        *state = FREE;
        return 1;
    }
    return 0;
}

int main(int count, char **arguments)
{
    const struct timespec turn = {.tv_nsec = 5000000};
    enum state *states;
    int trunks, calls, result;

    setvbuf(stdout, NULL, _IOLBF, 0);
    result = count == 6 ? DJSys_EnableCard(arguments[1], "PROMPT.INI") : -1;
    printf("DJSys_EnableCard %d\n", result);
    if (result)
        return 1;
    trunks = DJTrk_GetTotalTrunkNum();
    states = calloc((size_t)trunks, sizeof(*states));
    printf("ready %d\n", trunks);
    for (calls = atoi(arguments[5]); calls > 0;) {
        DJSys_PushPlay();
        for (int ch = 0; ch < trunks; ch++)
            calls -= work(ch, &states[ch], arguments);
        nanosleep(&turn, NULL);
    }
    free(states);
    DJSys_DisableCard();
    puts("end");
    return 0;
}
