"""Craft scripts on a real port, and finding the rate of one: the loop around CraftEngine."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sequence
from typing import IO, Final

from ..board.serial_errors import SerialError
from ..errors import ConfigError, DriverError
from .craft_engine import SECOND, Break, CraftEngine, CraftResult
from .craft_script import Script, StepTable, secrets_of
from .serial_line import SerialLine

RATES: Final = (9600, 115200, 19200, 38400, 57600, 4800, 2400, 1200, 300)
"""In the order in which craft ports have them."""

PROBE_S: Final = 1.0
STEP_S: Final = 0.5
"""The longest wait in one go."""


class CraftLog:
    """What goes over a craft port, line by line into a file; ``timestamps`` at their beginning."""

    def __init__(self, out: IO[str], timestamps: bool) -> None:
        self._out: Final = out
        self._timestamps: Final = timestamps

    def line(self, text: str, sent: bool = False) -> None:
        """One line; what was sent begins with "> "."""
        stamp = f"{timestamp()} " if self._timestamps else ""
        try:
            self._out.write(f"{stamp}{'> ' if sent else ''}{text}\n")
            self._out.flush()
        except OSError as exc:
            raise DriverError(
                f"{self._out.name}: {exc.strerror}: make room there, or leave --log out"
            ) from exc


def timestamp() -> str:
    """Now, in local time: 2026-11-22 11:30:00.123."""
    return datetime.datetime.now().isoformat(" ", "milliseconds")


def run_script(
    line: SerialLine,
    script: Script,
    values: dict[str, str] | None = None,
    log: CraftLog | None = None,
    secrets: dict[int, str] | None = None,
) -> CraftResult:
    """Run a script on an open line to its end; what goes wrong is in the result."""
    engine = CraftEngine(script, secrets_of(script) if secrets is None else secrets, values)
    told = 0
    engine.start(time.monotonic_ns())
    while True:
        try:
            _turn(line, engine)
        except SerialError as exc:
            engine.lost(str(exc), time.monotonic_ns())
        if log is not None:
            told = _tell(engine, log, told)
        if engine.over:
            return engine.result()


def _turn(line: SerialLine, engine: CraftEngine) -> None:
    """Send what is to go out, wait for what comes or for the next timer."""
    for out in engine.transmit():
        if isinstance(out, Break):
            line.send_break(out.milliseconds / 1000)
        else:
            line.write(out)
    if engine.over:
        return
    due = engine.next_timeout()
    left = STEP_S if due is None else (due - time.monotonic_ns()) / SECOND
    data = line.read(min(max(left, 0.0), STEP_S))
    now = time.monotonic_ns()
    if data:
        engine.receive(data, now)
    engine.handle_timeout(now)


def _tell(engine: CraftEngine, log: CraftLog, told: int) -> int:
    """Log the lines of the transcript after the first ``told``; how many it has had now."""
    had = engine.lost_lines + len(engine.transcript)
    for number in range(max(told, engine.lost_lines), had):
        entry = engine.transcript[number - engine.lost_lines]
        log.line(entry.text, entry.sent)
    if engine.over and (rest := engine.screen.flush().rstrip()):
        log.line(engine.hide(rest))
    return had


def find_rate(
    line: SerialLine,
    prompt: str,
    wake: str = "\r",
    rates: Sequence[int] = RATES,
    probe_s: float = PROBE_S,
    say: Callable[[str], None] | None = None,
) -> int:
    """Try rates until the prompt comes; the line is left at that rate.

    SerialError when none does, with what came at each.
    """
    came: list[str] = []
    script = Script(
        settle=min(0.1, probe_s / 4),
        echo=False,
        more="",
        step=[StepTable(send=wake, expect=prompt, timeout=probe_s)],
    )
    for rate in rates:
        line.set_baud(rate)
        line.drain()
        if say is not None:
            say(f"trying {line.settings}")
        result = run_script(line, script)
        if result.ok:
            return rate
        if not line.is_open:
            line.open()
        heard = " ".join(e.text for e in result.transcript if not e.sent).strip()
        came.append(f"{rate}: {ascii(heard[:20]) if heard else 'nothing'}")
    raise SerialError(
        line.port,
        f"no prompt '{prompt}' at any rate ({'; '.join(came)}): is the cable a null modem where "
        "one is needed, are parity and data bits right (--parity, --bits)?",
    )


def one_step(send: Sequence[str], expect: Sequence[str], timeout: float | None) -> list[StepTable]:
    """Steps of --send and --expect: each text is sent as a line, each expectation follows it."""
    steps: list[StepTable] = []
    for number in range(max(len(send), len(expect))):
        step = StepTable(timeout=timeout)
        if number < len(send):
            step.line = send[number]
        if number < len(expect):
            step.expect = expect[number]
        steps.append(step)
    return steps


def parse_values(texts: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE texts of --set."""
    values: dict[str, str] = {}
    for text in texts:
        name, is_there, value = text.partition("=")
        if not is_there or not name.isidentifier():
            raise ConfigError(f"--set {text}: write NAME=VALUE")
        values[name] = value
    return values
