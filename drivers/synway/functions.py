"""The functions of libshpa3 that the driver calls, with the signatures that are public.

``{name}``: what C calls them; ``need``: the driver cannot do without. One that is missing makes the
library a wrong version; the others' absence takes their feature away.
"""

from __future__ import annotations

from typing import Final

from ..sdk_library import row

FUNCTIONS: Final = (
    row("int SsmStartCti(const char *config, const char *index)", "opening", True),
    row("int SsmCloseCti(void)", "closing", True),
    row("int SsmGetLastErrCode(void)", "errors", True),
    row("void SsmGetLastErrMsg(char *text)", "errors"),
    row("int SsmGetMaxCh(void)", "channels", True),
    row("int SsmGetChType(int ch)", "channels", True),
    row("int SsmGetChState(int ch)", "channels", True),
    row("int SsmGetMaxPcm(void)", "spans"),
    row("int SsmChToPcmTs(int ch, int *pcm, int *timeslot)", "spans"),
    row("int SsmGetPcmLinkStatus(int pcm, unsigned short *status)", "alarms of spans"),
    row("int SsmSetEvent(unsigned short event, int ref, int on, void *info)", "events", True),
    row("int SsmWaitForEvent(DWORD ms, void *message)", "events", True),
    row("int SsmPutUserEvent(unsigned short event, int ref, DWORD param)", "finding DWORD's size"),
    row("int SsmQueryLocalChBlockState(int ch, void *state)", "finding DWORD's size"),
    row("int SsmPickup(int ch)", "answering", True),
    row("int SsmHangup(int ch)", "hanging up", True),
    row("int SsmAutoDial(int ch, const char *number)", "dialling", True),
    row("int SsmSetTxCallerId(int ch, const char *number)", "our own number"),
    row("int SsmGetAutoDialResult(int ch)", "dialling", True),
    row("int SsmGetAutoDialFailureReason(int ch)", "causes"),
    row("int SsmGetPendingReason(int ch)", "causes", True),
    row("int SsmGetCallerId(int ch, char *number)", "the caller's number", True),
    row("int SsmGetCallerName(int ch, char *name)", "the caller's name"),
    row("int SsmGetPhoNumStr(int ch, char *number)", "the called number"),
    row("int SsmSetKB(int ch, unsigned char kb)", "telling the caller that it rings"),
    row("int SsmStartRing(int ch)", "ringing stations"),
    row("int SsmStopRing(int ch)", "ringing stations"),
    row("int SsmBlockLocalCh(int ch)", "blocking"),
    row("int SsmUnblockLocalCh(int ch)", "blocking"),
    row("int SsmEnableRxDtmf(int ch, int on)", "digits that are heard"),
    row("int SsmTxDtmf(int ch, const char *digits)", "sending digits"),
    row("int SsmSetTxDtmfPara(int ch, unsigned short on, unsigned short off)", "lengths of digits"),
    row("int SsmStopTxDtmf(int ch)", "sending digits"),
    row("int SsmChkTxDtmf(int ch)", "the end of sending digits"),
    row(
        "int SsmPlayMem(int ch, int coding, void *buffer, DWORD size, DWORD start, DWORD stop)",
        "playing",
        True,
    ),
    row("int SsmStopPlayMem(int ch)", "playing", True),
    row("int SsmCheckPlay(int ch)", "playing", True),
    row("int SsmPausePlay(int ch)", "pauses of playing"),
    row("int SsmRestartPlay(int ch)", "pauses of playing"),
    row("int SsmSetPlayTime(int ch, DWORD ms)", "seeking"),
    row("long SsmGetPlayedTime(int ch)", "the place in what plays"),
    row("int SsmSetPlayVolume(int ch, int volume)", "volume of playing"),
    row("int SsmSetDtmfStopPlay(int ch, int on)", "digits that end playing"),
    row("int SsmSetDTMFStopPlayCharSet(int ch, const char *digits)", "digits that end playing"),
    row(
        "int SsmRecToFile(int ch, const char *path, int coding, DWORD start, DWORD octets, "
        "DWORD ms, int mask)",
        "recording",
        True,
    ),
    row("int SsmStopRecToFile(int ch)", "recording", True),
    row("int SsmChkRecToFile(int ch)", "recording", True),
    row("int SsmPauseRecToFile(int ch)", "pauses of recording"),
    row("int SsmRestartRecToFile(int ch)", "pauses of recording"),
    row("long SsmGetRecTime(int ch)", "the length of a recording"),
    row("int SsmSetRecMixer(int ch, int on, int volume)", "recording both directions"),
    row("int SsmSetDTMFStopRecCharSet(int ch, const char *digits)", "digits that end recording"),
    row("int SsmLinkFrom(int from, int to)", "connecting", True),
    row("int SsmStopLinkFrom(int from, int to)", "connecting", True),
    row("int SsmTalkWith(int one, int other)", "connecting both ways"),
    row("int SsmStopTalkWith(int one, int other)", "connecting both ways"),
    row("int SsmCreateConfGroup(int members, int speakers, int mixed, int silence)", "conferences"),
    row("int SsmFreeConfGroup(int group)", "conferences"),
    row(
        "int SsmJoinConfGroup(int group, int ch, unsigned short mode, int volume, int create, "
        "int leave)",
        "conferences",
    ),
    row("int SsmExitConfGroup(int ch, int free)", "conferences"),
)


def types(dword: int) -> str:
    """The typedefs of C before them, for a DWORD of 4 or 8 octets."""
    return f"typedef {({4: 'unsigned int', 8: 'unsigned long long'})[dword]} DWORD;"
