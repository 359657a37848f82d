"""Libraries that are missing, of another version, that fail to start, crash or hang; DWORD's size;
and that the daemon with its other boards stays up meanwhile."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import synway_rig as lab
from synway_rig import Bench, rig

from trunkd.board.call_control import CallArrived, ChannelCondition, ConditionChanged
from trunkd.board.events import Alarm, AlarmChanged, MediaEnd, PlayEnded
from trunkd.board.model import SpanKind
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client
from trunkd.daemon.config_check import check, loads
from trunkd.daemon.node import Node
from trunkd.errors import ConfigError, DriverError


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    rig.builder().build(rig.NATIVE)
    made = rig.Daemon(tmp_path_factory.mktemp("d"))
    yield made
    made.close()


@pytest.fixture
def ini(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "ShConfig.ini"
    path.write_text(lab.ANALOG_INI)
    return str(path)


def opened(**config: object) -> None:
    Bench(required=True, **config).board.close()


@pytest.mark.parametrize(
    ("library", "stated", "found"),
    [
        (lab.LIBRARY, "auto", 4),
        (lab.LIBRARY_LONG, "auto", 8),
        (lab.LIBRARY, "4", 4),
        (lab.LIBRARY_LONG, "8", 8),
    ],
)
def test_dword(daemon: rig.Daemon, library: pathlib.Path, stated: str, found: int) -> None:
    """A library of either published header: calls and voice are as they should be."""
    with Bench(
        library=str(library), shconfig=lab.write_ini(daemon), dword=stated, required=True
    ) as bench:
        assert bench.board.dword == found
        with rig.Party(daemon) as party:
            call = party.dial("8801")
            came = bench.wait_for(CallArrived)
            slot = bench.board.span(came.span).timeslots[came.timeslot]
            assert slot.calls is not None
            slot.open_voice()
            slot.calls.answer()
            party.wait(ev.Established, call_id=call)
            slot.play(rig.noise(800), tag=3)
            end = bench.wait_for(PlayEnded)
            assert (end.tag, end.octets, end.reason) == (3, 800, MediaEnd.COMPLETE)
            slot.calls.hang_up()
            party.wait(ev.ConnectionCleared, call_id=call)


def test_dword_that_cannot_be_seen(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "quiet.so")
    with pytest.raises(DriverError, match=r"cannot be seen .*: set dword = 8"):
        opened(library=library, shconfig=ini)
    with Bench(library=library, shconfig=ini, dword="4", required=True) as bench:
        assert [span.kind for span in bench.board.spans] == [SpanKind.ANALOG]
        assert "SsmSetKB" in bench.board.missing
        calls = bench.board.span(1).timeslots[2].calls
        assert calls is not None
        with pytest.raises(DriverError, match="has no SsmBlockLocalCh: no blocking on this board"):
            calls.block(True)


# Libraries that cannot be used


def test_missing(tmp_path: pathlib.Path, ini: str) -> None:
    path = str(tmp_path / "libshpa3.so")
    with pytest.raises(DriverError, match=f"there is no {path}: install Synway's driver package"):
        opened(library=path, shconfig=ini)
    with pytest.raises(DriverError, match=r"no libshpa3\.so in the loader, /usr/lib, .*install"):
        opened(shconfig=ini)


def test_no_library_at_all(tmp_path: pathlib.Path, ini: str) -> None:
    path = tmp_path / "libshpa3.so"
    path.write_text("not a library " * 100)
    with pytest.raises(DriverError, match=r"cannot be loaded: .*invalid ELF header.*see `ldd`"):
        opened(library=str(path), shconfig=ini)


def test_wrong_version(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.compiled("int SsmStartCti(void) { return 0; }", tmp_path / "old.so")
    with pytest.raises(
        DriverError, match=r"old\.so has no function SsmCloseCti and \d+ more .*too old a version"
    ):
        opened(library=library, shconfig=ini)


def test_start_fails_with_its_code_and_words(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so", "return -2")
    with pytest.raises(
        DriverError, match=r"SsmStartCti\(.*\) failed with -2: error 11 \(No board of this serial"
    ):
        opened(library=library, shconfig=ini)


def test_crash_at_start(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so", "abort()")
    with pytest.raises(DriverError, match=r"the library crashed \(SIGABRT\) in SsmStartCti"):
        opened(library=library, shconfig=ini)
    library = lab.bad_library(tmp_path / "b.so", "exit(3)")
    with pytest.raises(DriverError, match=r"ended its process in SsmStartCti"):
        opened(library=library, shconfig=ini)


def test_no_shconfig(tmp_path: pathlib.Path) -> None:
    library = lab.bad_library(tmp_path / "a.so")
    with pytest.raises(DriverError, match=r"no ShConfig\.ini beside .*: give its path as shconfig"):
        opened(library=library)


# Libraries that crash at work


def test_crash_in_a_call_and_back_again(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so", dial="*(volatile int *)0 = 1")
    with Bench(library=library, shconfig=ini, dword="4", required=True) as bench:
        calls = bench.board.span(1).timeslots[1].calls
        assert calls is not None and calls.condition() is ChannelCondition.IDLE
        for _ in range(2):
            with pytest.raises(DriverError, match=r"crashed \(SIGSEGV\) in SsmAutoDial\(0\)"):
                calls.dial("5551")
            raised = bench.wait_for(AlarmChanged)
            assert (raised.span, raised.alarm, raised.active) == (1, Alarm.LOS, True)
            fault = bench.board.span(1).fault
            assert "crashed (SIGSEGV) in SsmAutoDial(0) (it is started again in" in fault
            assert calls.condition() is ChannelCondition.OUT_OF_SERVICE
            assert "crashed" in calls.state_text()
            with pytest.raises(DriverError, match="started again"):
                calls.dial("5551")
            assert not bench.wait_for(AlarmChanged).active
            bench.wait_for(ConditionChanged, timeslot=1, condition=ChannelCondition.IDLE)


def test_a_call_that_does_not_come_back(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so", dial="for (;;) sleep(1000)")
    config = {"library": library, "shconfig": ini, "dword": "4", "answer_ms": 300}
    with Bench(required=True, restarts=0, **config) as bench:
        calls = bench.board.span(1).timeslots[1].calls
        assert calls is not None
        with pytest.raises(DriverError, match=r"not come back from SsmAutoDial\(0\) within 300 ms"):
            calls.dial("5551")
        assert "started too often" in bench.board.span(1).fault


def test_the_child_ends_with_the_driver(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so")
    bench = Bench(library=library, shconfig=ini, dword="4", required=True)
    process = bench.board.child.process
    assert process is not None and process.poll() is None
    folder = bench.board.folder
    bench.board.close()
    bench.board.close()
    assert process.returncode == 0 and not os.path.exists(folder)


# The daemon stays up

NODE = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
media_dir = "{dir}/media"
drain = "0s"
metrics = ""
[[board]]
name = "b0"
address = "sim://other"
[board.sim]
spans = 2
cable = "1-2"
[[board]]
name = "s0"
address = "synway://"
[board.synway]
dword = "4"
library = "LIBRARY"
shconfig = "INI"
[[trunk]]
name = "near"
span = "b0/1"
signalling = "pri"
[trunk.pri]
side = "user"
[[trunk]]
name = "far"
span = "b0/2"
signalling = "pri"
[trunk.pri]
side = "network"
[[trunk]]
name = "cards"
span = "s0/1"
signalling = "board"
"""

CASES = {
    "missing": ("", "there is no /nowhere/libshpa3.so: install Synway's driver package"),
    "version": ("int x;", "has no function SsmStartCti and"),
    "crash": ("abort()", "the library crashed (SIGABRT) in SsmStartCti"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_daemon_comes_up(case: str, tmp_path: pathlib.Path, ini: str) -> None:
    """A clear reason at the trunk; the calls of the other board are as ever."""
    source, reason = CASES[case]
    if case == "crash":
        library = lab.bad_library(tmp_path / "a.so", source)
    else:
        library = lab.compiled(source, tmp_path / "a.so") if source else "/nowhere/libshpa3.so"
    text = NODE.replace("LIBRARY", library).replace("INI", ini)
    up(tmp_path, text, reason)


def up(directory: pathlib.Path, text: str, reason: str) -> None:
    daemon = rig.Daemon(directory, text, down=("cards",))
    try:
        with rig.Party(daemon, "near") as party:
            (cards,) = [t for t in party.client.call(m.Trunks()).trunks if t.name == "cards"]
            assert not cards.up and reason in cards.reason
            assert cards.channels == cards.out_of_service == 2
            party.dial("1234")
            party.wait(ev.Delivered, direction="out")
    finally:
        daemon.close()


def test_a_crash_ends_its_own_calls_only(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so", dial="abort()")
    text = NODE.replace("LIBRARY", library).replace("INI", ini)
    daemon = rig.Daemon(tmp_path, text, down=("cards",))
    try:
        with rig.Party(daemon, "near") as near, Client(daemon.socket) as client:
            other = near.dial("1234")
            near.wait(ev.Delivered, direction="out")
            client.call(m.Subscribe(trunks=["cards"]))
            with pytest.raises(Exception, match=r"crashed \(SIGABRT\) in SsmAutoDial"):
                client.call(m.MakeCall(called="5551", device="trunk/cards/1"))
            states = []
            while (event := client.next_event(20)) is not None:
                if isinstance(event, ev.LinkChanged):
                    states.append((event.up, event.reason))
                    if event.up:
                        break
            assert [up for up, _ in states] == [False, True]
            assert "crashed (SIGABRT) in SsmAutoDial(0) (it is started again in" in states[0][1]
            assert other in {call.call_id for call in client.call(m.Calls()).calls}
    finally:
        daemon.close()


# What the configuration says


def test_configuration(tmp_path: pathlib.Path, ini: str) -> None:
    path = tmp_path / "trunkd.toml"
    bad = tmp_path / "bad.ini"
    bad.write_text(lab.ANALOG_INI.replace("0,0..1", "1,0..1"))
    for change, key, what in (
        (("LIBRARY", "lib.so"), "synway.library", "is not absolute"),
        (("INI", "/nowhere.ini"), "synway.shconfig", "cannot be read"),
        (("INI", str(bad)), "synway.shconfig", "there is no board 1"),
        (('"4"', '"16"'), "synway.dword", "no choice"),
        (('"s0/1"', '"b0/1"'), "trunk[3].signalling", "does not signal by itself"),
    ):
        text = NODE.replace(*change).replace("LIBRARY", "/lib.so").replace("INI", ini)
        path.write_text(text.replace("{dir}", str(tmp_path)))
        _, findings = check(path)
        found = [f for f in findings if key in f.key and what in f.text]
        assert found and found[0].remedy, [str(f) for f in findings]


def test_a_channel_that_the_board_does_not_have(tmp_path: pathlib.Path, ini: str) -> None:
    library = lab.bad_library(tmp_path / "a.so")
    text = NODE.replace("LIBRARY", library).replace("INI", ini).replace("{dir}", str(tmp_path))
    node = Node(loads(text + '[trunk.board]\nchannels = "1,9"\n'))
    with pytest.raises(ConfigError, match=r"channel 9 of s0/1 has no calls .*it has 1-2"):
        node.open()
