"""Makers' libraries that are missing, of another version, that fail to start, crash or hang: what
is said, that they are started again, that the daemon with its other boards stays up meanwhile."""

from __future__ import annotations

import os
import pathlib
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_makers import KEYGOE, LIBRARIES, NODE, SYNWAY, Library, Maker
from sdk_rig import SECONDS, compiled, rig

from trunkd.board.call_control import CallArrived, ChannelCondition, ConditionChanged
from trunkd.board.events import Alarm, AlarmChanged, MediaEnd, PlayEnded
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client, Refused
from trunkd.daemon.config_check import check
from trunkd.errors import DriverError


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    return LIBRARIES[request.param]


# The word's size


WORDS = [
    pytest.param(maker, key, file, stated, found, id=f"{maker.scheme}-{found}-{stated}")
    for maker, key, files in (
        (SYNWAY, "dword", {4: "libshpa3_trunkd.so", 8: "libshpa3_trunkd_long.so"}),
        (KEYGOE, "word", {8: "libkeygoe_trunkd.so", 4: "libkeygoe_trunkd_int.so"}),
    )
    for found, file in files.items()
    for stated in ("auto", str(found))
]


@pytest.mark.parametrize(("maker", "key", "file", "stated", "found"), WORDS)
def test_word(
    daemon: rig.Daemon, maker: Maker, key: str, file: str, stated: str, found: int
) -> None:
    """A library of either word: calls and voice are as they should be."""
    rows = {**maker.double(daemon), "library": str(rig.NATIVE / file), key: stated}
    with maker.open(rows) as bench, rig.Party(daemon) as party:
        assert getattr(bench.board, key) == found
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
        slot.close()
        slot.calls.hang_up()
        party.wait(ev.ConnectionCleared, call_id=call)


# Libraries that cannot be used


def test_missing(library: Library, tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "none.so")
    with pytest.raises(DriverError, match=f"there is no {path}: {library.package}"):
        library.open(tmp_path, path)


def test_no_library_at_all(library: Library, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "lib.so"
    path.write_text("not a library " * 100)
    with pytest.raises(DriverError, match=r"cannot be loaded: .*invalid ELF header.*see `ldd`"):
        library.open(tmp_path, str(path))


def test_wrong_version(library: Library, tmp_path: pathlib.Path) -> None:
    text, lacks = library.old
    said = rf"old\.so has no function {lacks} and \d+ more .*too old a version"
    with pytest.raises(DriverError, match=said):
        library.open(tmp_path, compiled(text, tmp_path / "old.so"))


@pytest.mark.parametrize(
    ("crash", "said"),
    [
        ("abort()", r"the library crashed \(SIGABRT\) in "),
        ("*(volatile int *)0 = 1", r"the library crashed \(SIGSEGV\) in "),
        ("exit(3)", "ended its process in "),
    ],
)
def test_crash_at_start(library: Library, tmp_path: pathlib.Path, crash: str, said: str) -> None:
    with pytest.raises(DriverError, match=said + library.start):
        library.open(tmp_path, library.make(tmp_path / "a.so", start=crash))


# Libraries that crash at work


@pytest.mark.parametrize(
    ("crash", "signal"), [("abort()", "SIGABRT"), ("*(volatile int *)0 = 1", "SIGSEGV")]
)
def test_crash_in_a_call_and_back_again(
    library: Library, tmp_path: pathlib.Path, crash: str, signal: str
) -> None:
    said = f"crashed ({signal}) in {library.dial}"
    with library.open(tmp_path, library.make(tmp_path / "a.so", dial=crash)) as bench:
        calls = bench.board.span(1).timeslots[1].calls
        assert calls is not None and calls.condition() is ChannelCondition.IDLE
        for _ in range(2):
            with pytest.raises(DriverError) as told:
                calls.dial("5551")
            assert said in str(told.value)
            raised = bench.wait_for(AlarmChanged)
            assert (raised.span, raised.alarm, raised.active) == (1, Alarm.LOS, True)
            assert f"{said} (it is started again in" in bench.board.span(1).fault
            assert calls.condition() is ChannelCondition.OUT_OF_SERVICE
            assert "crashed" in calls.state_text()
            with pytest.raises(DriverError, match="started again"):
                calls.dial("5551")
            assert not bench.wait_for(AlarmChanged).active
            bench.wait_for(ConditionChanged, timeslot=1, condition=ChannelCondition.IDLE)


def test_a_call_that_does_not_come_back(library: Library, tmp_path: pathlib.Path) -> None:
    made = library.make(tmp_path / "a.so", dial="for (;;) sleep(1000)")
    with library.open(tmp_path, made, restarts=0, answer_ms=library.hangs_ms) as bench:
        calls = bench.board.span(1).timeslots[1].calls
        assert calls is not None
        with pytest.raises(DriverError) as told:
            calls.dial("5551")
        assert f"not come back from {library.dial} within {library.hangs_ms} ms" in str(told.value)
        assert "started too often" in bench.board.span(1).fault


def test_the_child_ends_with_the_driver(library: Library, tmp_path: pathlib.Path) -> None:
    bench = library.open(tmp_path, library.make(tmp_path / "a.so"))
    process, folder = bench.board.child.process, bench.board.folder
    assert process is not None and process.poll() is None
    bench.board.close()
    bench.board.close()
    assert process.returncode == 0 and not os.path.exists(folder)


# The daemon stays up


def test_the_daemon_comes_up(library: Library, tmp_path: pathlib.Path) -> None:
    """A clear reason at each trunk; the calls of the other board are as ever."""
    made = {
        "missing": "/nowhere/lib.so",
        "version": compiled("int x;", tmp_path / "b.so"),
        "crash": library.make(tmp_path / "c.so", start="abort()"),
    }
    reasons = {
        "missing": f"there is no /nowhere/lib.so: {library.package}",
        "version": "has no function ",
        "crash": f"the library crashed (SIGABRT) in {library.start}",
    }
    boards = [
        library.maker.cards(library.all_rows(tmp_path, path), name) for name, path in made.items()
    ]
    daemon = rig.Daemon(tmp_path, NODE + "".join(boards), down=tuple(made))
    try:
        with rig.Party(daemon, "near") as party:
            trunks = {t.name: t for t in party.client.call(m.Trunks()).trunks}
            for name, reason in reasons.items():
                trunk = trunks[name]
                assert not trunk.up and reason in trunk.reason
                assert trunk.channels == trunk.out_of_service == library.channels
            party.dial("1234")
            party.wait(ev.Delivered, direction="out")
    finally:
        daemon.close()


def test_a_crash_ends_its_own_calls_only(library: Library, tmp_path: pathlib.Path) -> None:
    """The calls on the board end with a reason; the library is started again, and calls go on."""
    dial = "static int calls; if (calls++) abort()"
    made = library.make(tmp_path / "a.so", dial=dial)
    text = NODE + library.maker.cards(library.all_rows(tmp_path, made))
    daemon = rig.Daemon(tmp_path, text, down=("cards",))
    try:
        with rig.Party(daemon, "near") as near, rig.Party(daemon, "cards") as app:
            other = near.dial("1234")
            near.wait(ev.Delivered, direction="out")
            first = app.client.call(m.MakeCall(called="5551", device="trunk/cards/1"))
            said = f"crashed (SIGABRT) in {library.dial.replace('0)', '1)')}"
            with pytest.raises(Refused) as told:
                app.client.call(m.MakeCall(called="5552", device="trunk/cards/2"))
            assert said in str(told.value)
            seen = until_up(app.client)
            (end,) = [e for e in seen if isinstance(e, ev.ConnectionCleared)]
            assert end.call_id == first.call_id and end.q850 > 16
            down, up = (e for e in seen if isinstance(e, ev.LinkChanged))
            assert not down.up and f"{said} (it is started again in" in down.reason and up.up
            assert other in {call.call_id for call in app.client.call(m.Calls()).calls}
            again = app.client.call(m.MakeCall(called="5553", device="trunk/cards/1"))
            assert again.call_id != first.call_id
    finally:
        daemon.kill()  # to stop it would wait for a library that confirms nothing


def until_up(client: Client) -> list[Any]:
    """All events until a trunk is up."""
    seen: list[Any] = []
    while not seen or not (isinstance(seen[-1], ev.LinkChanged) and seen[-1].up):
        event = client.next_event(SECONDS)
        assert event is not None, f"not up: {seen}"
        seen.append(event)
    return seen


# What the configuration says

MISTAKES: dict[str, list[tuple[dict[str, Any], str, str]]] = {
    "synway": [
        ({"library": "lib.so"}, "synway.library", "is not absolute"),
        ({"shconfig": "/nowhere.ini"}, "synway.shconfig", "cannot be read"),
        ({"shconfig": "{dir}/bad.ini"}, "synway.shconfig", "there is no board 1"),
        ({"dword": "16"}, "synway.dword", "no choice"),
    ],
    "keygoe": [
        ({"library": "lib.so"}, "keygoe.library", "is not absolute"),
        ({"server": "x" * 40}, "keygoe.server", "longer than 31 octets"),
        ({"folder": "/" + "x" * 100}, "keygoe.folder", "longer than 87 octets"),
        ({"server_folder": "/x"}, "keygoe.server_folder", "given without folder"),
        ({"modules": [300]}, "keygoe.modules", "0 to 127"),
        ({"word": "16"}, "keygoe.word", "no choice"),
    ],
    "donjin": [
        ({"library": None}, "donjin.library", "missing"),
        ({"library": "lib.so"}, "donjin.library", "is not absolute"),
        ({"ini": "/nowhere.ini"}, "donjin.ini", "cannot be read"),
        ({"directory": "/nowhere"}, "donjin.directory", "is no directory"),
        ({"family": "e2"}, "donjin.family", "no choice"),
    ],
}


def test_configuration(library: Library, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "trunkd.toml"
    good = library.all_rows(tmp_path, "/lib.so")
    if library.maker is SYNWAY:
        bad = pathlib.Path(good["shconfig"]).read_text().replace("0,0..1", "1,0..1")
        (tmp_path / "bad.ini").write_text(bad)
    for change, key, what in MISTAKES[library.maker.scheme]:
        rows = {k: v for k, v in {**good, **change}.items() if v is not None}
        path.write_text((NODE + library.maker.cards(rows)).replace("{dir}", str(tmp_path)))
        _, findings = check(path)
        found = [f for f in findings if key in f.key and what in f.text]
        assert found and found[0].remedy, (key, [str(f) for f in findings])
    text = NODE.replace('"pri"\n[trunk.pri]\nside = "user"', '"board"')
    path.write_text(text.replace("{dir}", str(tmp_path)))
    _, findings = check(path)
    assert any(
        f.key == "trunk[1].signalling" and "does not signal by itself" in f.text for f in findings
    ), [str(f) for f in findings]
