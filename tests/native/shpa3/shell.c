/* Synway's published calls by lines on the standard input: "SsmAutoDial 0 5551000" -> "= 0".
 *
 *   shell CONFIG
 *
 * Arguments are numbers, or text for the calls that take text. After a failure comes a line with
 * the error. A thread polls events and writes "event CODE REFERENCE PARAM", codes in hexadecimal.
 * "text ..." is what a call wrote into its buffer; "quit" ends with SsmCloseCti. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shpa3.h"

#define ALL 0xFFFFFFFFu

enum {
    INTS,
    TEXT,
    FILE_PLAY,
    FILE_RECORD,
    FILE_LIST,
    INDEX,
    BUFFER,
    MEMORY,
    PLAY_BLOCK,
    RECORD_BLOCK,
    CONFIG,
    STATUS
};

typedef int (*call_ints)(int, int, int, int, int, int);
typedef int (*call_text)(int, char *);

static const struct {
    const char *name;
    void *call;
    int kind;
} CALLS[] = {
    {"SsmStartCti", (void *)SsmStartCti, CONFIG},
    {"SsmCloseCti", (void *)SsmCloseCti, INTS},
    {"SsmGetMaxCh", (void *)SsmGetMaxCh, INTS},
    {"SsmGetChType", (void *)SsmGetChType, INTS},
    {"SsmGetChState", (void *)SsmGetChState, INTS},
    {"SsmGetLastErrCode", (void *)SsmGetLastErrCode, INTS},
    {"SsmPickup", (void *)SsmPickup, INTS},
    {"SsmHangup", (void *)SsmHangup, INTS},
    {"SsmAutoDial", (void *)SsmAutoDial, TEXT},
    {"SsmChkAutoDial", (void *)SsmChkAutoDial, INTS},
    {"SsmGetAutoDialFailureReason", (void *)SsmGetAutoDialFailureReason, INTS},
    {"SsmGetPendingReason", (void *)SsmGetPendingReason, INTS},
    {"SsmSetTxCallerId", (void *)SsmSetTxCallerId, TEXT},
    {"SsmGetCallerId", (void *)SsmGetCallerId, BUFFER},
    {"SsmGetPhoNumStr", (void *)SsmGetPhoNumStr, BUFFER},
    {"SsmGetDtmfStr", (void *)SsmGetDtmfStr, BUFFER},
    {"SsmChkWaitDtmf", (void *)SsmChkWaitDtmf, BUFFER},
    {"SsmSearchIdleCallOutCh", (void *)SsmSearchIdleCallOutCh, INTS},
    {"SsmPlayFile", (void *)SsmPlayFile, FILE_PLAY},
    {"SsmPlayMem", (void *)SsmPlayMem, MEMORY},
    {"SsmCheckPlay", (void *)SsmCheckPlay, INTS},
    {"SsmStopPlay", (void *)SsmStopPlay, INTS},
    {"SsmSetDtmfStopPlay", (void *)SsmSetDtmfStopPlay, INTS},
    {"SsmRecToFile", (void *)SsmRecToFile, FILE_RECORD},
    {"SsmStopRecToFile", (void *)SsmStopRecToFile, INTS},
    {"SsmChkRecToFile", (void *)SsmChkRecToFile, INTS},
    {"SsmTxDtmf", (void *)SsmTxDtmf, TEXT},
    {"SsmChkTxDtmf", (void *)SsmChkTxDtmf, INTS},
    {"SsmClearRxDtmfBuf", (void *)SsmClearRxDtmfBuf, INTS},
    {"SsmGetRxDtmfLen", (void *)SsmGetRxDtmfLen, INTS},
    {"SsmSetWaitDtmf", (void *)SsmSetWaitDtmf, INTS},
    {"SsmTalkWith", (void *)SsmTalkWith, INTS},
    {"SsmStopTalkWith", (void *)SsmStopTalkWith, INTS},
    {"SsmLinkFrom", (void *)SsmLinkFrom, INTS},
    {"SsmStopLinkFrom", (void *)SsmStopLinkFrom, INTS},
    {"SsmLinkToBus", (void *)SsmLinkToBus, INTS},
    {"SsmUnLinkToBus", (void *)SsmUnLinkToBus, INTS},
    {"SsmLinkFromBus", (void *)SsmLinkFromBus, INTS},
    {"SsmUnLinkFromBus", (void *)SsmUnLinkFromBus, INTS},
    {"SsmCreateConfGroup", (void *)SsmCreateConfGroup, INTS},
    {"SsmJoinConfGroup", (void *)SsmJoinConfGroup, INTS},
    {"SsmExitConfGroup", (void *)SsmExitConfGroup, INTS},
    {"SsmFreeConfGroup", (void *)SsmFreeConfGroup, INTS},
    {"SsmStartTimer", (void *)SsmStartTimer, INTS},
    {"SsmStopTimer", (void *)SsmStopTimer, INTS},
    {"SsmEnableAutoSendKB", (void *)SsmEnableAutoSendKB, INTS},
    {"SsmSetKB", (void *)SsmSetKB, INTS},
    {"SsmBlockLocalCh", (void *)SsmBlockLocalCh, INTS},
    {"SsmUnblockLocalCh", (void *)SsmUnblockLocalCh, INTS},
    {"SsmGetMaxPcm", (void *)SsmGetMaxPcm, INTS},
    {"SsmGetPcmLinkStatus", (void *)SsmGetPcmLinkStatus, STATUS},
    {"SsmStartRing", (void *)SsmStartRing, INTS},
    {"SsmGetHookState", (void *)SsmGetHookState, INTS},
    {"SsmClearFileList", (void *)SsmClearFileList, INTS},
    {"SsmAddToFileList", (void *)SsmAddToFileList, FILE_LIST},
    {"SsmPlayFileList", (void *)SsmPlayFileList, INTS},
    {"SsmLoadIndexData", (void *)SsmLoadIndexData, INDEX},
    {"SsmPlayIndexString", (void *)SsmPlayIndexString, TEXT},
    {"SsmPausePlay", (void *)SsmPausePlay, INTS},
    {"SsmRestartPlay", (void *)SsmRestartPlay, INTS},
    {"SsmGetPlayedTime", (void *)SsmGetPlayedTime, INTS},
    {"SsmSetPlayVolume", (void *)SsmSetPlayVolume, INTS},
    {"SsmPlayMemBlock", (void *)SsmPlayMemBlock, PLAY_BLOCK},
    {"SsmRecordMemBlock", (void *)SsmRecordMemBlock, RECORD_BLOCK},
    {"SsmSetRecMixer", (void *)SsmSetRecMixer, INTS},
    {"SsmGetRecTime", (void *)SsmGetRecTime, INTS},
    {"SsmSetFlag", (void *)SsmSetFlag, INTS},
};

static volatile int ending;
static BYTE memory[80000];

static void *poll_events(void *unused)
{
    MESSAGE_INFO event;

    while (!ending) {
        if (SsmWaitForEvent(20, &event))
            continue;
        printf("event %02x %d %lu\n", event.wEventCode, event.nReference,
               (unsigned long)event.dwParam);
        fflush(stdout);
    }
    return unused;
}

/* Blocks of memory: the first is followed by a second of half its size. */
static BOOL block_played(int ch, int reason, BYTE *buffer, DWORD stop, void *user)
{
    printf("block %d %d %lu %d\n", ch, reason, (unsigned long)stop, user == memory);
    fflush(stdout);
    if (stop > 2000)
        SsmPlayMemBlock(ch, 6, buffer + stop, stop / 2, block_played, memory);
    return 1;
}

static BOOL block_recorded(int ch, int reason, BYTE *buffer, DWORD stop, void *user)
{
    unsigned sum = 0;

    (void)user;
    for (DWORD i = 0; i < stop; i++)
        sum += buffer[i];
    printf("recorded %d %d %lu %u\n", ch, reason, (unsigned long)stop, sum);
    fflush(stdout);
    return 1;
}

static int with_words(int kind, void *call, char **words)
{
    char text[512] = "";
    WORD status = 0;
    int ch = words[0] ? atoi(words[0]) : 0, result;

    switch (kind) {
    case CONFIG: return SsmStartCti(words[0], "ShIndex.ini");
    case TEXT: return ((call_text)call)(ch, words[1]);
    case FILE_PLAY:
        return SsmPlayFile(ch, words[1], words[2] ? atoi(words[2]) : -1,
                           words[2] && words[3] ? (DWORD)atoi(words[3]) : 0,
                           words[2] && words[3] && words[4] ? (DWORD)atoi(words[4]) : ALL);
    case FILE_RECORD:
        return SsmRecToFile(ch, words[1], atoi(words[2]), (DWORD)atoi(words[3]), ALL,
                            (DWORD)atoi(words[4]), 0);
    case FILE_LIST: return SsmAddToFileList(ch, words[1], -1, 0, ALL);
    case INDEX: return SsmLoadIndexData(ch, words[1], -1, words[2], atol(words[3]), atol(words[4]));
    case PLAY_BLOCK: return SsmPlayMemBlock(ch, 6, memory, 4000, block_played, memory);
    case RECORD_BLOCK:
        return SsmRecordMemBlock(ch, 6, memory, (DWORD)atoi(words[1]), block_recorded, NULL);
    case BUFFER:
        result = ((call_text)call)(ch, text);
        printf("text %s\n", text);
        return result;
    case MEMORY:
        return SsmPlayMem(ch, 6, memory, sizeof(memory), (DWORD)atoi(words[1]),
                          (DWORD)atoi(words[2]));
    case STATUS:
        result = SsmGetPcmLinkStatus(ch, &status);
        printf("text %d\n", status);
        return result;
    default: {
        int values[6] = {0};

        for (int i = 0; i < 6 && words[i]; i++)
            values[i] = atoi(words[i]);
        return ((call_ints)call)(values[0], values[1], values[2], values[3], values[4], values[5]);
    }
    }
}

static void run_line(char *line)
{
    char *words[10] = {0}, *state = NULL;
    int count = 0, result;

    for (char *word = strtok_r(line, " \n", &state); word && count < 9;
         word = strtok_r(NULL, " \n", &state))
        words[count++] = word;
    for (size_t i = 0; count && i < sizeof(CALLS) / sizeof(*CALLS); i++) {
        if (strcmp(CALLS[i].name, words[0]))
            continue;
        result = with_words(CALLS[i].kind, CALLS[i].call, words + 1);
        if (result < 0)
            printf("error %d %s\n", SsmGetLastErrCode(), SsmGetLastErrMsgA());
        printf("= %d\n", result);
        fflush(stdout);
        return;
    }
    printf("? %s\n", line);
    fflush(stdout);
}

int main(int count, char **words)
{
    char line[1024], message[400];
    pthread_t thread;

    for (size_t i = 0; i < sizeof(memory); i++)
        memory[i] = (BYTE)(i * 2654435761u >> 24);
    if (count == 2 && SsmStartCti(words[1], "ShIndex.ini")) {
        SsmGetLastErrMsg(message);
        printf("error %d %s\n", SsmGetLastErrCode(), message);
        return 1;
    }
    pthread_create(&thread, NULL, poll_events, NULL);
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin) && strcmp(line, "quit\n"))
        run_line(line);
    SsmCloseCti();
    ending = 1;
    pthread_join(thread, NULL);
    printf("closed\n");
    return 0;
}
