"""DonJin libraries that are missing, of another version, that fail to start, crash or hang; and
that the daemon with its other boards stays up meanwhile."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from donjin_rig import QUICK, Bench, rig

from trunkd.board.call_control import CallArrived, ChannelCondition, ConditionChanged
from trunkd.board.events import Alarm, AlarmChanged, MediaEnd, PlayEnded
from trunkd.board.model import SpanKind
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client
from trunkd.daemon.config_check import check
from trunkd.drivers.donjin import DonjinConfig, facts
from trunkd.drivers.donjin.functions import ANALOG, E1
from trunkd.errors import DriverError


def compiled(source: str, to: pathlib.Path) -> str:
    """A library of one C text."""
    path = to.with_suffix(".c")
    path.write_text(source)
    made = ["gcc", "-shared", "-fPIC", "-O0", "-w", str(path), "-o", str(to)]
    subprocess.run(made, check=True, capture_output=True)
    return str(to)


WORDS = {
    "LoadDRV": "LOAD; return 0;",
    "CheckValidCh": "return 2;",
    "CheckChType": "return 1;",
    "RingDetect": "RING;",
    "CheckPlayEnd": "PLAYED; return 0;",
    "CheckRecordEnd": "return 0;",
    "CheckSendEnd": "return 1;",
    "StartRecordFile": "return 1;",
    "GetDtmfCode": "return -1;",
    "Sig_StartDial": "DIAL; return 1;",
    "Sig_CheckDial": "return 0x10;",
    "Sig_CheckBusy": "return 0;",
}
"""What the functions of a library of two lines do; all others give 0."""
DEFAULTS = {"LOAD": "", "DIAL": "", "RING": "return 0", "PLAYED": ""}


def bad_library(to: pathlib.Path, without: str = "", **words: str) -> str:
    """The functions the driver needs, and no more. ``words``: instead of LOAD, DIAL, RING."""
    text = "void abort(void); void exit(int); unsigned sleep(unsigned);\n"
    text += "typedef unsigned short WORD; typedef unsigned DWORD; typedef int BOOL;\n"
    for function in ANALOG:
        if function.need and function.name != without:
            body = WORDS.get(function.name, "" if function.result == "void" else "return 0;")
            for key, value in {**DEFAULTS, **words}.items():
                body = body.replace(key, value)
            text += f"{function.result} {function.name}({function.arguments}) {{ {body} }}\n"
    return compiled(text, to)


def config(library: str, **more: Any) -> DonjinConfig:
    return DonjinConfig(library=library, **{**QUICK, "required": True, **more})


def opened(library: str, **more: Any) -> None:
    Bench(config(library, **more)).board.close()


def test_missing(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "libtc08a32.so")
    with pytest.raises(DriverError, match=f"there is no {path}: install DonJin's driver package"):
        opened(path)
    good = bad_library(tmp_path / "a.so")
    with pytest.raises(DriverError, match=r"there is no /nowhere/newsig\.so: install"):
        opened(good, more=["/nowhere/newsig.so"])


def test_no_library_at_all(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "libtc08a32.so"
    path.write_text("not a library " * 100)
    with pytest.raises(DriverError, match=r"cannot be loaded: .*invalid ELF header.*see `ldd`"):
        opened(str(path))


def test_a_symbol_is_missing(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "a.so", without="Sig_CheckDial")
    with pytest.raises(DriverError, match=r"no function Sig_CheckDial \(for dialling\): it"):
        opened(library)
    # It may be in a file of its own, as NewSig is.
    other = compiled("int Sig_CheckDial(unsigned short c) { return 16; }", tmp_path / "sig.so")
    opened(library, more=[other])


def test_the_wrong_family_and_too_old_a_version(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "a.so")
    with pytest.raises(DriverError, match=r"no function DJSys_EnableCard and \d+ more .*too old"):
        opened(library, family="e1")
    with Bench(config(library)) as bench:
        assert "CheckChTypeNew" in bench.board.missing
        assert [span.kind for span in bench.board.spans] == [SpanKind.ANALOG]
        with pytest.raises(DriverError, match="this board mixes no conferences"):
            bench.board.conference()


def test_loading_fails_with_its_code_and_words(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "a.so", LOAD="return -3")
    with pytest.raises(
        DriverError, match=r"LoadDRV failed with -3 \(TC08A-V.INI and the hardware differ\): look"
    ):
        opened(library)
    text = "int DJSys_EnableCard(const char *a, const char *b) { return -18; }\n" + "".join(
        f"int {f.name}() {{ return 0; }}\n" for f in E1[1:] if f.need
    )
    with pytest.raises(DriverError, match=r"failed with -18 \(the card was not found\): look"):
        opened(compiled(text, tmp_path / "b.so"), family="e1")


def test_crash_and_hang_at_start(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "a.so", LOAD="abort()")
    with pytest.raises(DriverError, match=r"the library crashed \(SIGABRT\) in LoadDRV"):
        opened(library)
    library = bad_library(tmp_path / "b.so", LOAD="*(volatile int *)0 = 1")
    with pytest.raises(DriverError, match=r"the library crashed \(SIGSEGV\) in LoadDRV"):
        opened(library)
    library = bad_library(tmp_path / "c.so", LOAD="exit(3)")
    with pytest.raises(DriverError, match=r"ended its process in LoadDRV"):
        opened(library)
    library = bad_library(tmp_path / "d.so", LOAD="for (;;) sleep(1000)")
    with pytest.raises(DriverError, match=r"did not come back from .* within 5000 ms"):
        opened(library, start_ms=5000)


@pytest.mark.parametrize(
    ("crash", "name"), [("abort()", "SIGABRT"), ("*(volatile int *)0 = 1", "SIGSEGV")]
)
def test_crash_in_a_call_and_back_again(tmp_path: pathlib.Path, crash: str, name: str) -> None:
    library = bad_library(tmp_path / "a.so", DIAL=crash)
    with Bench(config(library)) as bench:
        calls = bench.board.span(1).timeslots[1].control
        assert calls.condition() is ChannelCondition.IDLE
        for _ in range(2):
            with pytest.raises(DriverError, match=rf"crashed \({name}\) in Sig_StartDial\(0\)"):
                calls.dial("5551")
            raised = bench.wait_for(AlarmChanged)
            assert (raised.span, raised.alarm, raised.active) == (1, Alarm.LOS, True)
            fault = bench.board.span(1).fault
            assert f"crashed ({name}) in Sig_StartDial(0) (it is started again in" in fault
            assert calls.condition() is ChannelCondition.OUT_OF_SERVICE
            with pytest.raises(DriverError, match="started again"):
                calls.dial("5551")
            assert not bench.wait_for(AlarmChanged).active
            bench.wait_for(ConditionChanged, timeslot=1, condition=ChannelCondition.IDLE)


def test_crash_between_commands_ends_the_call(tmp_path: pathlib.Path) -> None:
    """In the middle of a call, while the library is only asked: what plays ends with an error."""
    library = bad_library(
        tmp_path / "a.so",
        RING="return ch == 0",
        PLAYED="static int asked; if (++asked > 20) abort()",
    )
    with Bench(config(library)) as bench:
        bench.wait_for(CallArrived, timeslot=1)
        slot = bench.board.span(1).timeslots[1]
        slot.open_voice()
        slot.control.answer()
        slot.play(b"\xd5" * 8000, tag=3)
        end = bench.wait_for(PlayEnded)
        assert (end.tag, end.reason) == (3, MediaEnd.ERROR)
        changed = bench.wait_for(ConditionChanged, condition=ChannelCondition.OUT_OF_SERVICE)
        assert "crashed (SIGABRT) in CheckPlayEnd(0)" in changed.text
        bench.wait_for(ConditionChanged, timeslot=1, condition=ChannelCondition.IDLE)


def test_a_call_that_does_not_come_back(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "a.so", DIAL="for (;;) sleep(1000)")
    with Bench(config(library, restarts=0, answer_ms=6000)) as bench:
        calls = bench.board.span(1).timeslots[1].control
        with pytest.raises(
            DriverError, match=r"not come back from Sig_StartDial\(0\) within 6000 ms"
        ):
            calls.dial("5551")
        assert "started too often" in bench.board.span(1).fault


def test_the_child_ends_with_the_driver(tmp_path: pathlib.Path) -> None:
    bench = Bench(config(bad_library(tmp_path / "a.so")))
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
name = "d0"
address = "donjin://"
[board.donjin]
library = "LIBRARY"
channels = 2
answer_ms = 60000
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
span = "d0/1"
signalling = "board"
"""

CASES = {
    "missing": "there is no /nowhere/lib.so: install DonJin's driver package",
    "version": "has no function LoadDRV and",
    "crash": "the library crashed (SIGABRT) in LoadDRV",
}


@pytest.mark.parametrize("case", CASES)
def test_the_daemon_comes_up(case: str, tmp_path: pathlib.Path) -> None:
    """A clear reason at the trunk; the calls of the other board are as ever."""
    library = "/nowhere/lib.so"
    if case == "version":
        library = compiled("int x;", tmp_path / "a.so")
    elif case == "crash":
        library = bad_library(tmp_path / "a.so", LOAD="abort()")
    daemon = rig.Daemon(tmp_path, NODE.replace("LIBRARY", library), down=("cards",))
    try:
        with rig.Party(daemon, "near") as party:
            (cards,) = [t for t in party.client.call(m.Trunks()).trunks if t.name == "cards"]
            assert not cards.up and CASES[case] in cards.reason
            assert cards.channels == cards.out_of_service == 2
            party.dial("1234")
            party.wait(ev.Delivered, direction="out")
    finally:
        daemon.close()


def test_a_crash_ends_its_own_calls_only(tmp_path: pathlib.Path) -> None:
    """The call on the board ends with a reason; the library is started again, and calls go on."""
    daemon = rig.Daemon(tmp_path, NODE.replace("LIBRARY", bad_library(tmp_path / "a.so")))
    try:
        with rig.Party(daemon, "near") as near, Client(daemon.socket) as client:
            other = near.dial("1234")
            near.wait(ev.Delivered, direction="out")
            client.call(m.Subscribe(trunks=["cards"]))
            made = client.call(m.MakeCall(called="5551", device="trunk/cards/1"))
            os.kill(child_of(daemon), 11)
            seen: list[Any] = []
            while (event := client.next_event(60)) is not None:
                seen.append(event)
                if isinstance(event, ev.LinkChanged) and event.up:
                    break
            (end,) = [e for e in seen if isinstance(e, ev.ConnectionCleared)]
            assert end.call_id == made.call_id and end.q850 > 16
            down = next(e for e in seen if isinstance(e, ev.LinkChanged))
            assert not down.up and "crashed (SIGSEGV)" in down.reason
            assert other in {call.call_id for call in client.call(m.Calls()).calls}
            again = client.call(m.MakeCall(called="5552", device="trunk/cards/1"))
            assert again.call_id != made.call_id
    finally:
        daemon.close()


def child_of(daemon: rig.Daemon) -> int:
    """The process that has the library: the daemon's child with the driver's host."""
    assert daemon.process is not None
    tasks = pathlib.Path(f"/proc/{daemon.process.pid}/task")
    for task in tasks.iterdir():
        for pid in (task / "children").read_text().split():
            if b"donjin.host" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    raise AssertionError("the daemon has no child with the library")


# What the configuration says, and the page


def test_configuration(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "trunkd.toml"
    for change, key, what in (
        (('library = "LIBRARY"', ""), "donjin.library", "missing"),
        (("LIBRARY", "lib.so"), "donjin.library", "is not absolute"),
        (("channels = 2", 'ini = "/nowhere.ini"'), "donjin.ini", "cannot be read"),
        (("channels = 2", 'directory = "/nowhere"'), "donjin.directory", "is no directory"),
        (("channels = 2", 'family = "e2"'), "donjin.family", "no choice"),
        (('"d0/1"', '"b0/1"'), "trunk[3].signalling", "does not signal by itself"),
    ):
        text = NODE.replace(*change).replace("LIBRARY", "/lib.so")
        path.write_text(text.replace("{dir}", str(tmp_path)))
        _, findings = check(path)
        found = [f for f in findings if key in f.key and what in f.text]
        assert found and found[0].remedy, (key, [str(f) for f in findings])


def test_the_page_names_every_function_and_source() -> None:
    page = (pathlib.Path(__file__).parents[2] / "docs" / "donjin.md").read_text()
    assert [f.name for f in (*ANALOG, *E1) if f"`{f.name}`" not in page] == []
    assert [key for key in facts.SOURCES if f"| {key} |" not in page] == []


def test_trunks_of_e1_cards_have_their_timeslots() -> None:
    slots = [facts.slot_of(n) for n in (0, 14, 15, 29, 30, 59)]
    assert slots == [(0, 1), (0, 15), (0, 17), (0, 31), (1, 1), (1, 31)]
