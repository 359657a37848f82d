"""The functions of DonJin's libraries that the driver calls, with the signatures that are public.

Results that C calls ``long`` are read as ``int``: its low 32 bits are right whatever its size.
Functions whose structures differ between the published headers (GetSysInfo), or whose meaning no
public text gives (DJSys_GetPcmStatus, DJTrk_RealConnect), are not among them.
"""

from __future__ import annotations

from typing import Final

from ..sdk_library import Function, row

TYPES: Final = """\
typedef unsigned char BYTE;
typedef unsigned short WORD;
typedef unsigned int DWORD;
typedef int BOOL;
"""

ANALOG: Final[tuple[Function, ...]] = (
    # tc08a, d160x
    row("int LoadDRV(void)", "opening", True),
    row("void FreeDRV(void)", "closing", True),
    row("int EnableCard(WORD channels, WORD buffer)", "opening", True),
    row("void DisableCard(void)", "closing", True),
    row("WORD CheckValidCh(void)", "channels", True),
    row("WORD CheckChType(WORD ch)", "channels", True),
    row("WORD CheckChTypeNew(WORD ch)", "recording channels"),
    row("BOOL IsSupportCallerID(void)", "the caller's number"),
    row("void SetPackRate(WORD rate)", "the coding of voice"),
    row("void PUSH_PLAY(void)", "playing and recording", True),
    row("void FeedSigFunc(void)", "tones and ringing", True),
    row("BOOL RingDetect(WORD ch)", "incoming calls", True),
    row("void OffHook(WORD ch)", "answering", True),
    row("void HangUp(WORD ch)", "hanging up", True),
    row("void StartPlay(WORD ch, char *buffer, DWORD start, DWORD length)", "playing", True),
    row("void StopPlay(WORD ch)", "playing", True),
    row("BOOL CheckPlayEnd(WORD ch)", "playing", True),
    row("void StartPlaySignal(WORD ch, WORD signal)", "tones of stations"),
    row("BOOL StartRecordFile(WORD ch, char *path, DWORD octets)", "recording", True),
    row("BOOL CheckRecordEnd(WORD ch)", "recording", True),
    row("void StopRecordFile(WORD ch)", "recording", True),
    row("void InitDtmfBuf(WORD ch)", "digits that are heard", True),
    row("short GetDtmfCode(WORD ch)", "digits that are heard", True),
    row("void SendDtmfBuf(WORD ch, char *digits)", "sending digits", True),
    row("BOOL CheckSendEnd(WORD ch)", "sending digits", True),
    row("int SetSendPara(int tone, int silence)", "lengths of digits"),
    row("void NewSendDtmfBuf(int ch, char *digits)", "lengths of digits"),
    row("int NewCheckSendEnd(int ch)", "lengths of digits"),
    row("void StartSigCheck(WORD ch)", "tones on lines", True),
    row("void FeedPower(WORD ch)", "stations"),
    row("void FeedRealRing(WORD ch)", "ringing stations"),
    row("BOOL OffHookDetect(WORD ch)", "ringing stations"),
    row("void StartHangUpDetect(WORD ch)", "stations"),
    row("WORD HangUpDetect(WORD ch)", "stations"),
    row("BOOL DRec_OffHookDetect(WORD ch)", "recording channels"),
    row("void ResetCallerIDBuffer(WORD ch)", "the caller's number"),
    row("WORD GetCallerIDStr(WORD ch, char *number)", "the caller's number"),
    row(
        "WORD GetCallerIDStrEx(WORD ch, char *time, char *number, char *name)",
        "the caller's number and name",
    ),
    row("int SetLink(WORD one, WORD another)", "connecting", True),
    row("int ClearLink(WORD one, WORD another)", "connecting", True),
    row("int LinkOneToAnother(WORD one, WORD another)", "connecting", True),
    row("int ClearOneFromAnother(WORD one, WORD another)", "connecting", True),
    # conf, d160x
    row("int DConf_EnableConfCard(void)", "conferences"),
    row("void DConf_DisableConfCard(void)", "conferences"),
    row("int AddChnl(int group, int ch, int gain, int noise)", "conferences"),
    row("int SubChnl(int group, int ch)", "conferences"),
    row("int AddListenChnl(int group, int ch)", "listening to conferences"),
    row("int SubListenChnl(int group, int ch)", "listening to conferences"),
    # newsig, d160x
    row("int Sig_Init(int times)", "dialling", True),
    row("int Sig_StartDial(WORD ch, char *number, char *before, WORD mode)", "dialling", True),
    row("int Sig_CheckDial(WORD ch)", "dialling", True),
    row("int Sig_CheckDial_New(WORD ch, long long *reason)", "how a line answered"),
    row("int Sig_GetCadenceCount(WORD ch, int type)", "hearing that it rings"),
    row("int Sig_CheckBusy(WORD ch)", "hearing that the far end hung up", True),
    row("void Sig_ResetCheck(WORD ch)", "dialling", True),
)
"""Analog cards: Tc08a32 with NewSig and the conference calls."""

E1: Final[tuple[Function, ...]] = (
    # tce1; what they do: flow, opencti
    row("int DJSys_EnableCard(const char *config, const char *prompts)", "opening", True),
    row("void DJSys_DisableCard(void)", "closing", True),
    row("void DJSys_PushPlay(void)", "playing and recording", True),
    row("_Bool DJSys_EnableDtmfSend(void)", "sending digits"),
    row("void DJSys_EnableAutoKB(void)", "incoming calls"),
    row("void DJSys_AutoApplyDtmf(int mode)", "digits that are heard"),
    row("int DJSys_Get_iEnableWaveFormat(void)", "files with headers"),
    row("int DJTrk_GetTotalTrunkNum(void)", "channels", True),
    row("int DJTrk_GetTrunkStatus(int ch)", "calls", True),
    row("BOOL DJTrk_CheckWait(int ch)", "incoming calls", True),
    row("BOOL DJTrk_CheckConnect(int ch)", "calls", True),
    row("BOOL DJTrk_CheckForwardHangUp(int ch)", "calls", True),
    row("BOOL DJTrk_CheckTrunkFree(int ch)", "calls", True),
    row("BOOL DJTrk_BackwardHangUp(int ch)", "hanging up", True),
    row("BOOL DJTrk_DisableTrunk(int ch)", "blocking"),
    row("BOOL DJTrk_EnableTrunk(int ch)", "blocking"),
    row("BOOL DJTrk_StartDial(int ch, const char *number, const char *calling)", "dialling", True),
    row("void DJTrk_StartDial_SetParam(BYTE kd, BYTE ka)", "KD and KA of outgoing calls"),
    row("int DJTrk_GetDialStatus(int ch)", "dialling", True),
    row("char *DJTrk_GetMfcCode(int ch)", "the called number", True),
    row("char *DJTrk_GetHostCode(int ch)", "the caller's number", True),
    row("BOOL DJTrk_InitDtmfBufNew(int ch)", "digits that are heard", True),
    row("int DJTrk_GetReceiveDtmfNumNew(int ch)", "digits that are heard", True),
    row("char DJTrk_GetDtmfCodeNew(int ch)", "digits that are heard", True),
    row("int DJTrk_SendDtmfStr(int ch, const char *digits)", "sending digits", True),
    row("_Bool DJTrk_CheckDtmfSendEnd(int ch)", "sending digits", True),
    row("int DJTrk_GetTrunkPlayID(int ch)", "playing", True),
    row("int DJTrk_GetTrunkRecordID(int ch)", "recording", True),
    row("BOOL DJVoc_CheckVoiceEnd(int voice)", "playing and recording", True),
    row("int DJVoc_PlayFileNew(int ch, char *path, DWORD position, DWORD length)", "playing", True),
    row("void DJVoc_StopPlayFile(int ch)", "playing", True),
    row(
        "int DJVoc_RecordFileNew(int ch, char *path, DWORD position, DWORD length)",
        "recording",
        True,
    ),
    row("void DJVoc_StopRecordFile(int ch)", "recording", True),
    row("void DJExg_VoiceToTrunk_SetParam(BOOL answers)", "answering", True),
    row("BOOL DJExg_SetListenTrunkToTrunk(int target, int source)", "connecting", True),
    row("BOOL DJExg_ClearListenTrunkFromTrunk(int target)", "connecting", True),
    row("BOOL DJExg_SetLinkTrunkAndTrunk(int one, int another)", "connecting both ways", True),
    row("BOOL DJExg_ClearLinkTrunkAndTrunk(int one)", "connecting both ways", True),
)
"""E1 cards with CAS: tce1_32."""
