/* Synway's calls as a CTI program declares them: names, arguments and numbers that are public.
 * Written for these tests; DWORD_LONG chooses the older header's DWORD. */
#ifndef TEST_SHPA3_H
#define TEST_SHPA3_H

typedef int BOOL;
typedef unsigned char BYTE;
typedef unsigned short WORD;
#ifdef DWORD_LONG
typedef unsigned long DWORD;
#else
typedef unsigned int DWORD;
#endif

typedef struct {
    WORD wEventCode;
    int nReference;
    DWORD dwParam;
} MESSAGE_INFO;

typedef struct {
    DWORD dwWorkMode;
    void *lpHandlerParam;
    DWORD dwOutCondition;
    DWORD dwOutParamVal;
    DWORD dwUser;
} EVENT_SET_INFO;

enum { EVENT_POLLING = 1, EVENT_CALLBACK = 2 };
enum {
    E_PROC_WaitDTMF = 0x0B,
    E_CHG_RcvDTMF = 0x0C,
    E_PROC_SendDTMF = 0x0D,
    E_PROC_PlayEnd = 0x0F,
    E_PROC_RecordEnd = 0x13,
    E_CHG_ChState = 0x18,
    E_PROC_AutoDial = 0x19,
    E_SYS_TIMEOUT = 0x30
};
enum {
    S_CALL_STANDBY = 0,
    S_CALL_PICKUPED = 1,
    S_CALL_RINGING = 2,
    S_CALL_TALKING = 3,
    S_CALL_PENDING = 7,
    S_CALL_UNAVAILABLE = 11
};

int SsmStartCti(char *config, char *index);
int SsmCloseCti(void);
int SsmGetLastErrCode(void);
void SsmGetLastErrMsg(char *text);
char *SsmGetLastErrMsgA(void);
int SsmGetMaxCh(void);
int SsmGetChType(int ch);
int SsmGetChState(int ch);
int SsmSetEvent(WORD event, int reference, BOOL enable, EVENT_SET_INFO *info);
int SsmWaitForEvent(DWORD ms, MESSAGE_INFO *event);
int SsmStartTimer(WORD delay, WORD mode);
int SsmStopTimer(int timer);
int SsmPickup(int ch);
int SsmHangup(int ch);
int SsmAutoDial(int ch, char *number);
int SsmChkAutoDial(int ch);
int SsmGetAutoDialFailureReason(int ch);
int SsmGetPendingReason(int ch);
int SsmSetTxCallerId(int ch, char *number);
int SsmGetCallerId(int ch, char *number);
int SsmGetPhoNumStr(int ch, char *number);
int SsmSearchIdleCallOutCh(WORD mode, DWORD precedence);
int SsmPlayFile(int ch, char *file, int format, DWORD start, DWORD length);
int SsmPlayMem(int ch, int format, BYTE *buffer, DWORD size, DWORD start, DWORD stop);
int SsmCheckPlay(int ch);
int SsmStopPlay(int ch);
int SsmSetDtmfStopPlay(int ch, BOOL on);
int SsmRecToFile(int ch, char *file, int format, DWORD start, DWORD octets, DWORD ms, int mask);
int SsmStopRecToFile(int ch);
int SsmChkRecToFile(int ch);
int SsmTxDtmf(int ch, char *digits);
int SsmChkTxDtmf(int ch);
int SsmClearRxDtmfBuf(int ch);
int SsmGetDtmfStr(int ch, char *digits);
int SsmGetRxDtmfLen(int ch);
int SsmSetWaitDtmf(int ch, WORD seconds, WORD most, char end, BOOL with_end);
int SsmChkWaitDtmf(int ch, char *digits);
int SsmTalkWith(int one, int other);
int SsmStopTalkWith(int one, int other);
int SsmLinkFrom(int one, int other);
int SsmStopLinkFrom(int one, int other);
int SsmLinkToBus(int ch, int timeslot);
int SsmUnLinkToBus(int ch, int timeslot);
int SsmLinkFromBus(int timeslot, int ch);
int SsmUnLinkFromBus(int timeslot, int ch);
int SsmCreateConfGroup(int members, int speakers, int speaking, int silence);
int SsmJoinConfGroup(int group, int ch, WORD mode, int volume, BOOL create, BOOL leave);
int SsmExitConfGroup(int ch, BOOL free_group);
int SsmFreeConfGroup(int group);
typedef BOOL (*BLOCK_HANDLER)(int ch, int reason, BYTE *buffer, DWORD stop, void *user);

int SsmClearFileList(int ch);
int SsmAddToFileList(int ch, char *file, int format, DWORD start, DWORD length);
int SsmPlayFileList(int ch);
int SsmLoadIndexData(int number, char *alias, int format, char *file, long start, long length);
int SsmPlayIndexString(int ch, char *list);
int SsmPausePlay(int ch);
int SsmRestartPlay(int ch);
long SsmGetPlayedTime(int ch);
int SsmSetPlayVolume(int ch, int volume);
int SsmPlayMemBlock(int ch, int format, BYTE *buffer, DWORD size, BLOCK_HANDLER done, void *user);
int SsmRecordMemBlock(int ch, int format, BYTE *buffer, DWORD size, BLOCK_HANDLER done, void *user);
int SsmSetRecMixer(int ch, BOOL on, int volume);
long SsmGetRecTime(int ch);
int SsmSetFlag(int ch, int flag, long value);
int SsmEnableAutoSendKB(int ch, BOOL on);
int SsmSetKB(int ch, BYTE kb);
int SsmBlockLocalCh(int ch);
int SsmUnblockLocalCh(int ch);
int SsmStartRing(int ch);
int SsmGetHookState(int ch);
int SsmGetMaxPcm(void);
int SsmGetPcmLinkStatus(int pcm, WORD *status);

#endif
