"""The functions of Keygoe's client library that the driver calls, with the signatures that are
public (header H of docs/donjin.md; the two of the Linux library alone: S).

Structures go by address. DJ_U32 and DJ_S32 are long there: small numbers, for which it does not
matter whether the library was built with int instead. Results are ACSPOSITIVE_ACK (1) or negative;
their low 32 bits say that either way.
"""

from __future__ import annotations

from typing import Final

from ...sdk_library import Function, row


def _device(name: str, purpose: str, need: bool = True, more: str = "") -> Function:
    """One of the many that take a stream, a device, what else, and private data."""
    text = f"int XMS_{name}(unsigned long handle, void *device, {more}void *extra)"
    return row(text, purpose, need)


FUNCTIONS: Final = (
    row("int XMS_acsDllInit(void)", "opening"),
    row("int XMS_acsDllLUnInit(void)", "closing"),
    row(
        "int XMS_acsOpenStream(void *handle, void *server, unsigned char unit, "
        "unsigned long send, unsigned long receive, long debug, void *extra)",
        "opening",
        True,
    ),
    row("int XMS_acsCloseStream(unsigned long handle, void *extra)", "closing", True),
    row(
        "int XMS_acsSetESR(unsigned long handle, void *esr, unsigned long param, int all)",
        "events",
        True,
    ),
    row("int XMS_acsGetDeviceList(unsigned long handle, void *extra)", "devices", True),
    _device("ctsOpenDevice", "devices"),
    _device("ctsCloseDevice", "devices"),
    _device("ctsResetDevice", "devices"),
    _device("ctsGetDevState", "states"),
    row(
        "int XMS_ctsSetParam(unsigned long handle, void *device, unsigned short command, "
        "unsigned short size, void *data)",
        "parameters of devices",
        True,
    ),
    _device("ctsMakeCallOut", "dialling", more="const char *calling, const char *called, "),
    _device("ctsAlertCall", "telling the caller that it rings"),
    _device("ctsAnswerCallIn", "answering"),
    _device("ctsClearCall", "hanging up", more="long cause, "),
    row(
        "int XMS_ctsSendSignalMsg(unsigned long handle, void *device, unsigned short message)",
        "blocking",
    ),
    _device("ctsLinkDevice", "connecting", more="void *dest, "),
    _device("ctsUnlinkDevice", "connecting", more="void *dest, "),
    _device("ctsPlay", "playing", more="void *property, "),
    _device("ctsControlPlay", "the end and pauses of playing", more="void *control, "),
    _device("ctsRecord", "recording", more="void *property, "),
    _device("ctsControlRecord", "the end and pauses of recording", more="void *control, "),
    row(
        "int XMS_ctsSendIOData(unsigned long handle, void *device, unsigned short type, "
        "unsigned short length, void *data)",
        "sending digits",
        True,
    ),
    _device("ctsJoinToConf", "conferences", False, "void *member, void *how, "),
    _device("ctsLeaveFromConf", "conferences", False, "void *member, void *how, "),
    _device("ctsClearConf", "conferences", False),
)
