/* The calls of DonJin's cards that the tests' programs use, as they are published. */
#ifndef DJCALLS_H
#define DJCALLS_H

typedef int BOOL;
typedef unsigned short WORD;
typedef unsigned int DWORD;
typedef unsigned char BYTE;

enum { CHTYPE_USER, CHTYPE_TRUNK, CHTYPE_EMPTY, CHTYPE_RECORD };
enum { S_NODIALTONE = 0x0F, S_NORESULT = 0x10, S_BUSY, S_NOBODY = 0x13, S_CONNECT, S_NOSIGNAL };
enum { ID_STEP_OK = 3 };

/* Tc08a32 */
long LoadDRV(void);
void FreeDRV(void);
WORD CheckValidCh(void);
WORD CheckChType(WORD ch);
WORD CheckChTypeNew(WORD ch);
long EnableCard(WORD channels, WORD buffer);
void DisableCard(void);
void SetPackRate(WORD rate);
void PUSH_PLAY(void);
void FeedSigFunc(void);
BOOL RingDetect(WORD ch);
void OffHook(WORD ch);
void HangUp(WORD ch);
void ResetCallerIDBuffer(WORD ch);
WORD GetCallerIDStr(WORD ch, char *number);
void StartSigCheck(WORD ch);
BOOL StartPlayFile(WORD ch, char *path, DWORD start);
void StopPlayFile(WORD ch);
void RsetIndexPlayFile(WORD ch);
BOOL AddIndexPlayFile(WORD ch, char *path);
BOOL StartIndexPlayFile(WORD ch);
BOOL CheckIndexPlayFile(WORD ch);
void StopIndexPlayFile(WORD ch);
BOOL CheckPlayEnd(WORD ch);
BOOL StartRecordFile(WORD ch, char *path, DWORD octets);
BOOL CheckRecordEnd(WORD ch);
void StopRecordFile(WORD ch);
void InitDtmfBuf(WORD ch);
short GetDtmfCode(WORD ch);
BOOL DtmfHit(WORD ch);
void SendDtmfBuf(WORD ch, char *digits);
BOOL CheckSendEnd(WORD ch);
long SetLink(WORD one, WORD another);
long ClearLink(WORD one, WORD another);
int DConf_EnableConfCard(void);
void DConf_DisableConfCard(void);
int DConf_GetResNumber(void);
int AddChnl(int group, int ch, int gain, int noise);
int SubChnl(int group, int ch);

/* NewSig */
int Sig_Init(int times);
int Sig_CheckBusy(WORD ch);
int Sig_StartDial(WORD ch, char *number, char *before, WORD mode);
int Sig_CheckDial(WORD ch);
void Sig_ResetCheck(WORD ch);

/* tce1_32 */
int DJSys_EnableCard(const char *config, const char *prompts);
void DJSys_DisableCard(void);
void DJSys_PushPlay(void);
int DJTrk_GetTotalTrunkNum(void);
BOOL DJTrk_CheckWait(int ch);
BOOL DJTrk_CheckConnect(int ch);
BOOL DJTrk_CheckForwardHangUp(int ch);
BOOL DJTrk_CheckTrunkFree(int ch);
BOOL DJTrk_BackwardHangUp(int ch);
char *DJTrk_GetMfcCode(int ch);
char *DJTrk_GetHostCode(int ch);
BOOL DJTrk_InitDtmfBufNew(int ch);
int DJTrk_GetReceiveDtmfNumNew(int ch);
char DJTrk_GetDtmfCodeNew(int ch);
int DJTrk_GetTrunkPlayID(int ch);
int DJTrk_GetTrunkRecordID(int ch);
BOOL DJVoc_CheckVoiceEnd(int voice);
BOOL DJVoc_PlayFile(int ch, char *path);
void DJVoc_StopPlayFile(int ch);
BOOL DJVoc_RecordFile(int ch, char *path, DWORD octets);
void DJVoc_StopRecordFile(int ch);

#endif
