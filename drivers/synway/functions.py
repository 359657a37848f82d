"""The functions of libshpa3 that the driver calls, with the signatures that are public.

``{name}``: what C calls them; ``need``: the driver cannot do without. One that is missing makes the
library a wrong version; the others' absence takes their feature away.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Function(NamedTuple):
    """A row: result, name, arguments as C writes them, and what it is needed for."""

    result: str
    name: str
    arguments: str
    need: bool
    purpose: str


def _row(text: str, purpose: str, need: bool = False) -> Function:
    head, _, arguments = text.partition("(")
    result, _, name = head.rpartition(" ")
    if name.startswith("*"):
        result, name = result + " *", name[1:]
    return Function(result, name, arguments.rstrip(")"), need, purpose)


FUNCTIONS: Final = (
    _row("int SsmStartCti(const char *config, const char *index)", "opening", True),
    _row("int SsmCloseCti(void)", "closing", True),
    _row("int SsmGetLastErrCode(void)", "errors", True),
    _row("void SsmGetLastErrMsg(char *text)", "errors"),
    _row("int SsmGetMaxCh(void)", "channels", True),
    _row("int SsmGetChType(int ch)", "channels", True),
    _row("int SsmGetChState(int ch)", "channels", True),
    _row("int SsmGetMaxPcm(void)", "spans"),
    _row("int SsmChToPcmTs(int ch, int *pcm, int *timeslot)", "spans"),
    _row("int SsmGetPcmLinkStatus(int pcm, unsigned short *status)", "alarms of spans"),
    _row("int SsmSetEvent(unsigned short event, int ref, int on, void *info)", "events", True),
    _row("int SsmWaitForEvent(DWORD ms, void *message)", "events", True),
    _row("int SsmPutUserEvent(unsigned short event, int ref, DWORD param)", "finding DWORD's size"),
    _row("int SsmQueryLocalChBlockState(int ch, void *state)", "finding DWORD's size"),
    _row("int SsmPickup(int ch)", "answering", True),
    _row("int SsmHangup(int ch)", "hanging up", True),
    _row("int SsmAutoDial(int ch, const char *number)", "dialling", True),
    _row("int SsmSetTxCallerId(int ch, const char *number)", "our own number"),
    _row("int SsmGetAutoDialResult(int ch)", "dialling", True),
    _row("int SsmGetAutoDialFailureReason(int ch)", "causes"),
    _row("int SsmGetPendingReason(int ch)", "causes", True),
    _row("int SsmGetCallerId(int ch, char *number)", "the caller's number", True),
    _row("int SsmGetCallerName(int ch, char *name)", "the caller's name"),
    _row("int SsmGetPhoNumStr(int ch, char *number)", "the called number"),
    _row("int SsmSetKB(int ch, unsigned char kb)", "telling the caller that it rings"),
    _row("int SsmStartRing(int ch)", "ringing stations"),
    _row("int SsmStopRing(int ch)", "ringing stations"),
    _row("int SsmBlockLocalCh(int ch)", "blocking"),
    _row("int SsmUnblockLocalCh(int ch)", "blocking"),
    _row("int SsmEnableRxDtmf(int ch, int on)", "digits that are heard"),
    _row("int SsmTxDtmf(int ch, const char *digits)", "sending digits"),
    _row(
        "int SsmSetTxDtmfPara(int ch, unsigned short on, unsigned short off)", "lengths of digits"
    ),
    _row("int SsmStopTxDtmf(int ch)", "sending digits"),
    _row("int SsmChkTxDtmf(int ch)", "the end of sending digits"),
    _row(
        "int SsmPlayMem(int ch, int coding, void *buffer, DWORD size, DWORD start, DWORD stop)",
        "playing",
        True,
    ),
    _row("int SsmStopPlayMem(int ch)", "playing", True),
    _row("int SsmCheckPlay(int ch)", "playing", True),
    _row("int SsmPausePlay(int ch)", "pauses of playing"),
    _row("int SsmRestartPlay(int ch)", "pauses of playing"),
    _row("int SsmSetPlayTime(int ch, DWORD ms)", "seeking"),
    _row("long SsmGetPlayedTime(int ch)", "the place in what plays"),
    _row("int SsmSetPlayVolume(int ch, int volume)", "volume of playing"),
    _row("int SsmSetDtmfStopPlay(int ch, int on)", "digits that end playing"),
    _row("int SsmSetDTMFStopPlayCharSet(int ch, const char *digits)", "digits that end playing"),
    _row(
        "int SsmRecToFile(int ch, const char *path, int coding, DWORD start, DWORD octets, "
        "DWORD ms, int mask)",
        "recording",
        True,
    ),
    _row("int SsmStopRecToFile(int ch)", "recording", True),
    _row("int SsmChkRecToFile(int ch)", "recording", True),
    _row("int SsmPauseRecToFile(int ch)", "pauses of recording"),
    _row("int SsmRestartRecToFile(int ch)", "pauses of recording"),
    _row("long SsmGetRecTime(int ch)", "the length of a recording"),
    _row("int SsmSetRecMixer(int ch, int on, int volume)", "recording both directions"),
    _row("int SsmSetDTMFStopRecCharSet(int ch, const char *digits)", "digits that end recording"),
    _row("int SsmLinkFrom(int from, int to)", "connecting", True),
    _row("int SsmStopLinkFrom(int from, int to)", "connecting", True),
    _row("int SsmTalkWith(int one, int other)", "connecting both ways"),
    _row("int SsmStopTalkWith(int one, int other)", "connecting both ways"),
    _row(
        "int SsmCreateConfGroup(int members, int speakers, int mixed, int silence)", "conferences"
    ),
    _row("int SsmFreeConfGroup(int group)", "conferences"),
    _row(
        "int SsmJoinConfGroup(int group, int ch, unsigned short mode, int volume, int create, "
        "int leave)",
        "conferences",
    ),
    _row("int SsmExitConfGroup(int ch, int free)", "conferences"),
)


def declarations(dword: int) -> str:
    """All of them in C, for a DWORD of 4 or 8 octets."""
    kind = {4: "unsigned int", 8: "unsigned long long"}[dword]
    rows = "\n".join(f"{f.result} {f.name}({f.arguments});" for f in FUNCTIONS)
    return f"typedef {kind} DWORD;\n{rows}\n"
