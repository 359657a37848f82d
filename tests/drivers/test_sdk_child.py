"""The board over a child process with a library (drivers/sdk_board.py, sdk_child.py, sdk_host.py):
what comes while an answer is waited for, how children end, what outlives them and what does not."""

from __future__ import annotations

import os
import pathlib
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest

from trunkd.board.call_control import CallControl, ChannelCondition, LineType
from trunkd.board.events import BoardEvent
from trunkd.board.media import ConferenceConfig, Listen, Role
from trunkd.board.media_events import DigitHeard
from trunkd.board.model import Feature, SpanKind
from trunkd.drivers.sdk_board import SdkBoard, SdkSpan
from trunkd.drivers.sdk_child import Child
from trunkd.drivers.sdk_conference import SdkConference
from trunkd.drivers.sdk_timeslot import SdkCalls, SdkTimeslot
from trunkd.errors import DriverError

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 60.0


class Config(msgspec.Struct):
    library: str = ""
    poll_ms: int = 10
    answer_ms: int = 60_000
    start_ms: int = 60_000
    restarts: int = 5
    required: bool = True


class Calls(SdkCalls):
    """None are made here: only what becomes of the channel."""

    line = LineType.OTHER

    def __init__(self) -> None:
        self.why = ""
        self.backs = 0

    def condition(self) -> ChannelCondition:
        return ChannelCondition.OUT_OF_SERVICE if self.why else ChannelCondition.IDLE

    def state_text(self) -> str:
        return self.why

    def lost(self, why: str) -> None:
        self.why = why

    def back(self) -> None:
        self.why = ""
        self.backs += 1

    def _none(self, *_: Any) -> None:
        raise DriverError("no calls")

    dial = alert = answer = hang_up = block = _none


class Slot(SdkTimeslot):
    control: Calls

    def __init__(self, board: Toy, number: int) -> None:
        super().__init__(board, 1, number)
        self.control = Calls()
        self.calls: CallControl | None = self.control


class Toy(SdkBoard):
    """Two channels of sdk_toy_host."""

    def __init__(self, config: Config) -> None:
        child = Child(config, "sdk_toy_host", {}, "begin")
        super().__init__("toy://", config, child, Feature.CALLS, {})
        self.open()

    def made(self, survey: Any) -> Sequence[SdkSpan]:
        return [SdkSpan(1, SpanKind.ANALOG, [Slot(self, n) for n in range(survey + 1)])]

    def expected(self) -> Sequence[SdkSpan]:
        return []

    def mapped(self, survey: Any) -> None:
        for ch, slot in enumerate(self.spans[0].timeslots[1:]):
            slot.ch = ch
            self.by_ch[ch] = slot
        self.queue += self.spans[0].became(frozenset(), "", 0)

    def told(self, slot: SdkTimeslot, what: str, values: list[Any]) -> None:
        raise AssertionError(what)

    def conference(self, config: ConferenceConfig | None = None) -> SdkConference:
        return SdkConference(self, int(self.ask("toy", "group", 0)), {Role.TALK: 0})


def wait(board: Toy, until: Callable[[list[BoardEvent]], object]) -> list[BoardEvent]:
    """What is told until that is so; ``events`` is asked only when the board says there is one."""
    seen: list[BoardEvent] = []
    end = time.monotonic() + SECONDS
    while not until(seen):
        ready, _, _ = select.select([board.fileno()], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"nothing more comes: {seen}"
        seen += board.events()
    return seen


@pytest.fixture(autouse=True)
def toy_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.fixture
def board() -> Iterator[Toy]:
    made = Toy(Config())
    made.start()
    yield made
    made.close()


def digits(events: list[BoardEvent]) -> list[str]:
    return [e.digit for e in events if isinstance(e, DigitHeard) and not e.ended]


def listening(board: Toy) -> None:
    """Their digits are told."""
    for slot in board.spans[0].timeslots[1:]:
        slot._listens = Listen.DTMF


def test_what_comes_while_a_handler_asks_is_told(board: Toy) -> None:
    """A handler of an event may ask the library, and that may tell something first."""
    listening(board)
    slot = board.spans[0].timeslots[1]
    heard = slot.digit

    def hears_and_asks(digit: str) -> None:
        heard(digit)
        if digit == "1":
            board.ask("toy", "tell_first", 0, "2")

    slot.digit = hears_and_asks  # type: ignore[method-assign]
    board.ask("toy", "tell_first", 0, "1")
    wait(board, lambda seen: digits(seen) == ["1", "2"])


def test_a_failure_while_an_answer_is_waited_for(board: Toy) -> None:
    """Its own words are told, and the next child is not taken for that one."""
    with pytest.raises(DriverError, match="toy: the service: the link is broken"):
        board.ask("toy", "break", 0)
    span = board.spans[0]
    assert span.fault.startswith("the service: the link is broken (it is started again in 1 s)")
    control = span.timeslots[1].control  # type: ignore[attr-defined]
    wait(board, lambda _: control.backs)
    assert board.ask("toy", "echo", 0, "there") == "there"
    assert (board.lives, control.backs) == (1, 1)


def test_what_cannot_be_used_as_it_is_is_tried_now_and_then(tmp_path: pathlib.Path) -> None:
    """Missing, or another version: once a minute is enough. It was there when we began."""
    path = tmp_path / "it"
    board = Toy(Config(library=str(path)))
    board.start()
    path.touch()
    with pytest.raises(DriverError, match="the link is broken"):
        board.ask("toy", "break", 0)
    span = board.spans[0]
    wait(board, lambda _: "in the way" in span.fault)
    assert span.fault == f"{path} is in the way (it is started again in 60 s)"
    board.close()


@pytest.mark.parametrize(
    ("what", "value", "text"),
    [
        ("number", 1 << 40, "number: integer does not fit 'int'"),
        ("write", "/proc/no/such", "write: No such file or directory"),
        ("fly", 0, "this board cannot do that: there is no fly"),
    ],
)
def test_one_bad_command_ends_nothing(board: Toy, what: str, value: object, text: str) -> None:
    with pytest.raises(DriverError, match=f"toy: {text}"):
        board.ask("toy", what, 0, value)
    assert board.ask("toy", "echo", 0, 7) == 7
    assert board.lives == 0


def test_the_end_of_the_service_is_not_the_childs_affair(board: Toy) -> None:
    """systemd and a terminal send their signals to all processes: the daemon's calls end first."""
    process = board.child.process
    assert process is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(process.pid, number)
    assert board.ask("toy", "echo", 0, 1) == 1
    board.close()
    assert process.returncode == 0


def test_a_conference_does_not_outlive_its_library(board: Toy) -> None:
    """Its number may be another's by now."""
    listening(board)
    slot = board.spans[0].timeslots[1]
    left, room = board.conference(), board.conference()
    left.join(slot)
    room.join(slot)
    with pytest.raises(DriverError, match="the link is broken"):
        board.ask("toy", "break", 0)
    control = slot.control  # type: ignore[attr-defined]
    wait(board, lambda _: control.backs)
    listening(board)
    with pytest.raises(DriverError, match="conference 1 ended with the library"):
        room.join(slot)
    left.leave(slot)
    left.close()
    room.close()
    board.ask("toy", "tell_first", 0, "9")
    assert digits(wait(board, digits)) == ["9"]


def test_no_process_can_be_had(board: Toy) -> None:
    """At a restart, too, that is a reason in words."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(os.listdir("/proc/self/fd")) - 1
    with pytest.raises(DriverError, match="the link is broken"):
        try:
            # What the child that goes gives back is not enough for the next.
            resource.setrlimit(resource.RLIMIT_NOFILE, (used - 3, hard))
            board.ask("toy", "break", 0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    fault = board.spans[0].fault
    assert "no process for the library could be started (Too many open files)" in fault
    assert fault.endswith("and restart trunkd)")
    with pytest.raises(DriverError, match="no process"):
        board.ask("toy", "echo", 0, 1)


def test_modules_in_the_folder_of_the_daemon_are_not_taken(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit(9)")
    (tmp_path / "msgspec.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    board = Toy(Config())
    assert board.ask("toy", "echo", 0, 1) == 1
    board.close()


GONE = """\
import os, sys
sys.path.insert(0, {here!r})
from test_sdk_child import Config, Toy
board = Toy(Config())
print(board.child.process.pid, flush=True)
os._exit(1)
"""


def test_the_child_ends_when_the_driver_is_gone() -> None:
    """However the driver went: nobody is left that has the board."""
    made = subprocess.run(
        [sys.executable, "-c", GONE.format(here=str(HERE))],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert made.returncode == 1
    try:
        watched = os.pidfd_open(int(made.stdout))
    except ProcessLookupError:
        return  # it has ended already
    ready, _, _ = select.select([watched], [], [], SECONDS)
    os.close(watched)
    assert ready
