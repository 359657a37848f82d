"""What Keygoe's client library alone does: a server that is not there or goes away, devices that
others have, what its events become."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import keygoe_rig as lab
from keygoe_rig import Bench, rig

from trunkd.board.call_control import (
    CallAnswered,
    CallArrived,
    CallEnded,
    CallProgressing,
    ChannelCondition,
    ConditionChanged,
)
from trunkd.board.events import Alarm, MediaEnd, PlayEnded
from trunkd.drivers.donjin.keygoe.voice import Store
from trunkd.errors import ConfigError, DriverError


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    lab.build()
    made = rig.Daemon(tmp_path_factory.mktemp("d"))
    yield made
    made.close()


def opened(**config: object) -> None:
    Bench(required=True, **config).board.close()


def test_word_that_must_be_known(daemon: rig.Daemon) -> None:
    with pytest.raises(DriverError, match=r'DJ_U32 has 4 octets: set word = "4"'):
        opened(library=str(lab.LIBRARY_INT), server=lab.server(daemon), user="trunkd")


# Libraries that cannot be used


def test_no_server(tmp_path: pathlib.Path) -> None:
    library = lab.small_library(tmp_path / "a.so", OPEN="return -3")
    with pytest.raises(
        DriverError,
        match=r"XMS_acsOpenStream\(10\.9\.8\.7, port 9000\): error -3 \(no server\): see that the "
        r"Keygoe service runs there, and that no other application has unit 20",
    ):
        opened(library=library, server="10.9.8.7")


def test_silence_at_the_start(tmp_path: pathlib.Path) -> None:
    library = lab.small_library(tmp_path / "b.so", OPEN="*h = 1; return 1")
    # Its own time is the shorter, unless the machine took long to start it.
    either = r"not give the stream's first event in time|did not come back from XMS_acsOpenStream"
    with pytest.raises(DriverError, match=either):
        opened(library=library, start_ms=3000)


def test_no_channels(tmp_path: pathlib.Path) -> None:
    library = lab.small_library(tmp_path / "a.so")
    with pytest.raises(DriverError, match=r"no usable interface channels of modules \[2\]"):
        opened(library=library, modules=[2])
    without = r"no server.*without expected_spans in \[board\.keygoe\] nobody"
    with pytest.raises(DriverError, match=without):
        Bench(library=lab.small_library(tmp_path / "b.so", OPEN="return -3"))


def test_devices_that_others_have(tmp_path: pathlib.Path) -> None:
    """What cannot be opened is left out, whether the call refuses or an event says so."""
    refuses = "if (d->main == MAIN_INTERFACE_CH && d->channel == 1) return -11"
    fails = "if (d->main == MAIN_INTERFACE_CH) { failure(d, 9); return 1; }"
    with Bench(library=lab.small_library(tmp_path / "a.so", DEVICE=refuses), required=True) as some:
        slots = [s for span in some.board.spans for s in span.timeslots if s.ch >= 0]
        assert len(slots) == 1
    with pytest.raises(DriverError, match=r"could be opened \(error 9 \(no resource\)\): see that"):
        opened(library=lab.small_library(tmp_path / "b.so", DEVICE=fails))


# At work


def test_a_call_that_comes_while_devices_are_opened(tmp_path: pathlib.Path) -> None:
    calls = "if (d->main == MAIN_INTERFACE_CH && !d->channel) call(d, EVT_CALLIN, 1, 0)"
    library = lab.small_library(tmp_path / "a.so", DEVICE=calls)
    with Bench(library=library, required=True) as bench:
        assert bench.wait_for(CallArrived).calling == "100"


def test_why_playing_failed_is_in_the_log(
    tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    play = (
        "Acs_MediaProc_Data data = {.error = MEDIA_OPENFILE, .task = v->task}; "
        "put(d, EVT_PLAY, &data, sizeof(data))"
    )
    library = lab.small_library(tmp_path / "a.so", PLAY=play)
    with Bench(library=library, required=True) as bench:
        slot = bench.board.span(1).timeslots[1]
        slot.open_voice()
        slot.play(rig.noise(80), tag=1)
        assert bench.wait_for(PlayEnded, tag=1).reason is MediaEnd.STOPPED
    said = capfd.readouterr().err
    assert "channel (1, 0): the service could not open the file (the service must be able" in said


def test_the_link_to_the_server_breaks(tmp_path: pathlib.Path) -> None:
    """The stream is opened again; a call that was up is over, and its channel open as before."""
    library = lab.small_library(tmp_path / "a.so", CLEAR="failure(NULL, ERR_LINKBROKEN)")
    with Bench(library=library, required=True) as bench:
        slot = bench.board.span(1).timeslots[1]
        assert slot.calls is not None
        slot.open_voice()
        slot.calls.dial("5551")
        slot.calls.hang_up()
        bench.wait_for(ConditionChanged, timeslot=1, condition=ChannelCondition.OUT_OF_SERVICE)
        fault = bench.board.span(1).fault
        assert "error 7 (the link to the server is broken) (it is started again in" in fault
        bench.wait_for(ConditionChanged, timeslot=1, condition=ChannelCondition.IDLE)
        assert bench.board.span(1).fault == "" and not bench.board.span(1).alarms
        slot.play(rig.noise(80))
        slot.close()


def test_the_service_comes_later_than_we(tmp_path: pathlib.Path) -> None:
    """Channels are out of service until it does; those that it has not stay so, and say why."""
    lab.build()
    daemon = rig.Daemon(tmp_path)
    server = lab.server(daemon)
    daemon.kill()
    try:
        with Bench(library=str(lab.LIBRARY), server=server, expected_spans=2) as bench:
            calls = bench.board.span(2).timeslots[1].calls
            assert calls is not None and "error -3 (no server)" in calls.state_text()
            assert bench.board.span(2).alarms == {Alarm.LOS}
            daemon.start()
            bench.wait_for(ConditionChanged, span=2, timeslot=1, condition=ChannelCondition.IDLE)
            assert bench.board.span(2).fault == "" and not bench.board.span(2).alarms
            signalling = bench.board.span(2).timeslots[16].calls
            assert signalling is not None
            assert signalling.state_text() == "the service has no channel there"
    finally:
        daemon.close()


def test_too_few_voice_devices(tmp_path: pathlib.Path) -> None:
    library = lab.small_library(tmp_path / "a.so", VOICES="1")
    with Bench(library=library, required=True) as bench:
        one, two = bench.board.span(1).timeslots[1:3]
        one.open_voice()
        with pytest.raises(DriverError, match="module 1 has no free voice device: the licence"):
            two.open_voice()
        one.close()
        two.open_voice()


def test_a_command_that_fails_later(tmp_path: pathlib.Path) -> None:
    """Failures come as events of their own."""
    library = lab.small_library(tmp_path / "a.so", DIAL="failure(d, 11)", PLAY="failure(d, 11)")
    with Bench(library=library, required=True) as bench:
        slot = bench.board.span(1).timeslots[1]
        assert slot.calls is not None
        slot.calls.dial("5551")
        end = bench.wait_for(CallEnded, timeslot=1)
        assert (end.cause, end.idle) == (41, True)
        slot.open_voice()
        slot.play(rig.noise(800), tag=5)
        assert bench.wait_for(PlayEnded, tag=5).reason is MediaEnd.STOPPED


def test_order_of_events(tmp_path: pathlib.Path) -> None:
    """A channel may be free before its call is told to be over, and the next call come at once."""
    dial = "call(d, EVT_CALLOUT, 1, 0); general(d, EVT_DEVICESTATE, DCS_CONNECT);"
    clear = (
        "general(d, EVT_DEVICESTATE, DCS_FREE); call(d, EVT_CLEARCALL, 1, 16);"
        "call(d, EVT_CALLIN, 1, 0); general(d, EVT_DEVICESTATE, DCS_CALLIN);"
    )
    library = lab.small_library(tmp_path / "a.so", DIAL=dial, CLEAR=clear)
    with Bench(library=library, required=True) as bench:
        calls = bench.board.span(1).timeslots[1].calls
        assert calls is not None
        calls.dial("5551")
        bench.wait_for(CallAnswered, timeslot=1)
        calls.hang_up()
        end = bench.wait_for(CallEnded, timeslot=1)
        assert (end.cause, end.far, end.idle) == (16, False, True)
        came = bench.wait_for(CallArrived, timeslot=1)
        assert (came.called, came.calling) == ("200", "100")


def test_failed_call(tmp_path: pathlib.Path) -> None:
    dial = (
        "general(d, EVT_DEVICESTATE, DCS_CALLOUT); general(d, EVT_DEVICESTATE, DES_DSS1_ALERT);"
        "call(d, EVT_CALLOUT, 0, 17); general(d, EVT_DEVICESTATE, DCS_FREE)"
    )
    library = lab.small_library(tmp_path / "a.so", DIAL=dial)
    with Bench(library=library, required=True) as bench:
        calls = bench.board.span(1).timeslots[1].calls
        assert calls is not None
        calls.dial("5551")
        assert bench.wait_for(CallProgressing, timeslot=1).alerting is False
        assert bench.wait_for(CallProgressing, timeslot=1).alerting is True
        end = bench.wait_for(CallEnded, timeslot=1)
        assert (end.cause, end.far, end.idle) == (17, True, True)
        calls.hang_up()  # of no call: nothing
        assert calls.condition() is ChannelCondition.IDLE


def test_analog_trunk(tmp_path: pathlib.Path) -> None:
    """What becomes of a dialled number its tones say, heard by a voice device of its own."""
    dial = (
        "DeviceID_t v = {.main = MAIN_VOICE, .module = 1, .channel = 0}; "
        "call(d, EVT_CALLOUT, 1, 0); general(d, EVT_DEVICESTATE, DCS_CONNECT); "
        'io(&v, IO_TONE, "H"); io(&v, IO_TONE, "h"); io(&v, IO_TONE, "I")'
    )
    clear = "call(d, EVT_CLEARCALL, 1, 0); general(d, EVT_DEVICESTATE, DCS_FREE)"
    library = lab.small_library(tmp_path / "a.so", SUB="SUB_ANALOG_TRUNK", DIAL=dial, CLEAR=clear)
    with Bench(library=library, required=True) as bench:
        assert bench.board.span(1).kind.value == "analog"
        calls = bench.board.span(1).timeslots[1].calls
        assert calls is not None
        calls.dial("5551")
        assert [bench.wait_for(CallProgressing).alerting for _ in range(2)] == [False, True]
        assert bench.wait_for(CallAnswered).how == "voice"
        end = bench.wait_for(CallEnded)
        assert (end.cause, end.far, end.idle) == (16, True, False)
        calls.hang_up()
        assert bench.wait_for(CallEnded).idle
        assert bench.board.child.running


def test_registers_of_cas_get_a_voice_device(tmp_path: pathlib.Path) -> None:
    """At the start of MFC the channel gets one, by the parameters; it is given back at the end."""
    dial = "call(d, EVT_CAS_MFC_START, 1, 0)"
    param = (
        "if (n == sizeof(CmdParamData_CAS_t)) { CmdParamData_CAS_t *c = v; int good = "
        "c->voice.main == MAIN_VOICE && c->voice.call.channel == 40 && c->ka == 1 && c->kd == 3 && "
        "c->called_length == 7 && c->called_timeout == 4 && c->need_caller == 1; "
        "call(d, EVT_CAS_MFC_END, 1, 0); call(d, EVT_CALLOUT, good, 99); "
        "general(d, EVT_DEVICESTATE, DCS_CONNECT); }"
    )
    library = lab.small_library(
        tmp_path / "a.so", SUB="SUB_E1_CAS", VOICES="1", DIAL=dial, PARAM=param
    )
    config = {"cas_called_length": 7, "cas_called_timeout": 4}
    with Bench(library=library, required=True, **config) as bench:
        slot, other = bench.board.span(1).timeslots[1:3]
        assert slot.calls is not None
        slot.calls.dial("5551234")
        bench.wait_for(CallAnswered, timeslot=slot.number)
        other.open_voice()  # the only voice device is free again


def test_files_for_the_service_follow_no_link(tmp_path: pathlib.Path) -> None:
    """The folder may be everybody's: what lies there by such a name is not written to."""
    other, path = tmp_path / "other", tmp_path / "r1.raw"
    other.write_text("kept")
    path.symlink_to(other)
    store = Store(str(tmp_path), "")
    store.room(str(path))
    assert other.read_text() == "kept" and other.stat().st_mode & 0o022 == 0
    assert not path.is_symlink() and path.stat().st_mode & 0o777 == 0o666
    with pytest.raises(DriverError, match="No such file or directory: see folder in"):
        Store(str(tmp_path / "none"), "").room(str(tmp_path / "none" / "x"))


def test_other_configurations_are_refused() -> None:
    from trunkd.board.registry import open_board
    from trunkd.drivers.sim import SimConfig

    with pytest.raises(ConfigError, match="SimConfig given"):
        open_board("keygoe://", SimConfig())
