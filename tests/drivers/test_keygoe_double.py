"""The double itself: what a program that uses it wrongly is told, and what it tells of itself."""

from __future__ import annotations

import ctypes
import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import keygoe_rig as lab
from keygoe_rig import rig

from trunkd.drivers.donjin.keygoe import facts, structs
from trunkd.drivers.donjin.keygoe.functions import FUNCTIONS

WORD = ctypes.sizeof(ctypes.c_long)
BAD_PARAMETER, NO_SERVER, BAD_HANDLE, NO_SUPPORT, REFUSED = -2, -3, -5, -10, -11


@pytest.fixture(scope="module")
def double() -> ctypes.CDLL:
    lab.build()
    return ctypes.CDLL(str(lab.LIBRARY))


@pytest.fixture(scope="module")
def handle(double: ctypes.CDLL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    daemon = rig.Daemon(tmp_path_factory.mktemp("d"))
    value = ctypes.c_ulong()
    server = structs.make("ServerID_t", WORD, ip=lab.server(daemon).encode())
    assert double.XMS_acsOpenStream(ctypes.byref(value), server, 1, 32, 32, 0, None) == 1
    assert double.XMS_acsOpenStream(ctypes.byref(value), server, 1, 32, 32, 0, None) == -2
    yield value.value
    assert double.XMS_acsCloseStream(value, None) == 1
    assert double.XMS_acsCloseStream(value, None) == BAD_HANDLE
    daemon.close()


def device(main: int, channel: int, call: int) -> bytes:
    """As the double gives it: CallIDs count the devices in the order of their opening."""
    inner = structs.make("CallID_t", WORD, type=1, channel=call)
    return structs.make("DeviceID_t", WORD, main=main, module=1, channel=channel, call=inner)


def test_every_function_of_the_driver_is_there(double: ctypes.CDLL) -> None:
    for function in FUNCTIONS:
        assert hasattr(double, function.name), function.name
    assert double.keygoe_trunkd_word() == WORD
    assert ctypes.CDLL(str(lab.LIBRARY_INT)).keygoe_trunkd_word() == 4
    with pytest.raises(AttributeError):
        double.SsmStartCti  # noqa: B018  what it is made of is its own affair


def test_without_a_stream(double: ctypes.CDLL) -> None:
    where = device(facts.INTERFACE, 1, 0)
    assert double.XMS_acsGetDeviceList(1, None) == BAD_HANDLE
    assert double.XMS_ctsOpenDevice(1, where, None) == BAD_HANDLE
    assert double.XMS_ctsMakeCallOut(1, where, b"1", b"2", None) == BAD_HANDLE
    assert double.XMS_acsOpenStream(None, None, 1, 32, 32, 0, None) == BAD_PARAMETER
    value = ctypes.c_ulong()
    nobody = structs.make("ServerID_t", WORD, ip=b"/nowhere/at/all")
    assert double.XMS_acsOpenStream(ctypes.byref(value), nobody, 1, 32, 32, 0, None) == NO_SERVER


def test_wrong_devices(double: ctypes.CDLL, handle: int) -> None:
    stream = ctypes.c_ulong(handle)
    line, voice = device(facts.INTERFACE, 33, 0), device(facts.VOICE, 0, 0)
    assert double.XMS_ctsOpenDevice(stream, None, None) == BAD_PARAMETER
    assert double.XMS_ctsOpenDevice(stream, device(99, 1, 0), None) == BAD_PARAMETER
    assert double.XMS_ctsMakeCallOut(stream, line, b"1", b"2", None) == BAD_PARAMETER  # not open
    assert double.XMS_ctsOpenDevice(stream, line, None) == 1
    assert double.XMS_ctsOpenDevice(stream, line, None) == REFUSED  # again
    assert double.XMS_ctsOpenDevice(stream, voice, None) == 1
    line_open, voice_open = device(facts.INTERFACE, 33, 1), device(facts.VOICE, 0, 2)
    for name in ("MakeCallOut", "AlertCall", "AnswerCallIn", "ClearCall"):
        call = getattr(double, f"XMS_cts{name}")
        assert call(stream, line, b"1", b"2", None) == BAD_PARAMETER  # without its CallID
        assert call(stream, voice_open, b"1", b"2", None) == REFUSED  # no channel
        assert call(ctypes.c_ulong(handle + 1), line_open, b"1", b"2", None) == BAD_HANDLE
    assert double.XMS_ctsAnswerCallIn(stream, line_open, None) == REFUSED  # no call
    assert double.XMS_ctsPlay(stream, line_open, None, None) == REFUSED
    assert double.XMS_ctsPlay(stream, voice_open, None, None) == NO_SUPPORT
    assert double.XMS_ctsRecord(stream, voice_open, None, None) == NO_SUPPORT
    assert double.XMS_ctsControlPlay(stream, voice_open, None, None) == NO_SUPPORT
    sound = structs.make("PlayProperty_t", WORD, content=b"/x.raw")
    assert double.XMS_ctsPlay(stream, voice_open, sound, None) == REFUSED  # linked with nothing
    assert double.XMS_ctsLinkDevice(stream, voice_open, voice_open, None) == REFUSED
    assert double.XMS_ctsLinkDevice(stream, voice_open, line, None) == BAD_PARAMETER
    assert double.XMS_ctsSetParam(stream, voice_open, 0, 3, b"abc") == BAD_PARAMETER
    assert double.XMS_ctsSetParam(stream, voice_open, 9, 3, b"abc") == NO_SUPPORT
    assert double.XMS_ctsSendIOData(stream, voice_open, 1, 1000, b"x" * 1000) == BAD_PARAMETER
    assert double.XMS_ctsJoinToConf(stream, voice_open, voice_open, None, None) == REFUSED
    assert double.XMS_ctsSendSignalMsg(stream, line_open, 0x13) == NO_SUPPORT  # ISUP only
    assert double.XMS_ctsCloseDevice(stream, line_open, None) == 1
    assert double.XMS_ctsGetDevState(stream, line_open, None) == BAD_PARAMETER
