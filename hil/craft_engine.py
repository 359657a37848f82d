"""A craft script at work, without I/O: receive, transmit, next_timeout, handle_timeout.

What comes is searched as text (craft_screen.py). What is at its end may still grow: a match there
counts when the line is complete, or when nothing has come for the script's ``settle`` time. So the
result does not depend on how the octets were cut. Buffers are bounded. A secret is sent and
nothing more: where the far end echoes it, transcript and results have *** in its place.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any, Final

import msgspec

from ..signaling.fsm import Machine, error, handled, ignored
from .craft_screen import Screen
from .craft_script import NAMES, AnswerTable, Script, StepTable

SECOND: Final = 1_000_000_000
TRANSCRIPT_LIMIT: Final = 20_000
GOT_LIMIT: Final = 1_000_000
"""Characters that one step may gather over many pages."""
ROWS_LIMIT: Final = 100_000
SHOWN: Final = 200

WAITING, PAUSING, OVER = range(3)
TEXT_IN, QUIET, EXPIRED, PAUSE_OVER, PORT_LOST = range(5)


class Break(msgspec.Struct, frozen=True):
    """A break condition to send."""

    milliseconds: int


class Entry(msgspec.Struct, frozen=True):
    """A line of the transcript."""

    at_ms: int
    """Since the script began."""
    sent: bool
    text: str


class CraftResult(msgspec.Struct):
    """How a script ended."""

    ok: bool
    why: str
    """What went wrong; empty when all went well."""
    step: str
    """Where it ended: number and name of the last step."""
    captured: dict[str, str]
    tables: dict[str, list[dict[str, str]]]
    transcript: list[Entry]
    lost_lines: int
    """Lines of the transcript that were dropped, the oldest, because there were too many."""


class CraftEngine:
    """One run of one script. ``secrets`` are values by the id of their table."""

    def __init__(
        self,
        script: Script,
        secrets: dict[int, str] | None = None,
        values: dict[str, str] | None = None,
    ) -> None:
        self.script: Final = script
        self.state = WAITING
        self.why = ""
        self.captured: Final[dict[str, str]] = {}
        self.tables: Final[dict[str, list[dict[str, str]]]] = {}
        self.transcript: Final[deque[Entry]] = deque()
        self.lost_lines = 0
        self.screen: Final = Screen()
        self._secrets: Final = secrets or {}
        self._hidden: Final = sorted(set(self._secrets.values()), key=len, reverse=True)
        self._values: Final = dict(values or {})
        self._out: list[bytes | Break] = []
        self._index = -1
        self._turn = 0
        self._try = 0
        self._got = ""
        self._echo = ""
        self._found_until = False
        self._answered: dict[int, int] = {}
        self._due = False
        """A turn is to begin."""
        self._began = 0
        self._begun_turn = 0
        self._deadline: int | None = None
        self._settle: int | None = None
        self._pause: int | None = None
        self._settle_ns: Final = round(script.settle * SECOND)
        self._more: Final = _compiled(script.more)

    @property
    def over(self) -> bool:
        return self.state == OVER

    def start(self, now: int) -> None:
        """Begin with the first step."""
        self._began = now
        self._next_step()
        self._pump(now)

    def receive(self, data: bytes, now: int) -> None:
        """Octets from the far end."""
        self.screen.feed(data)
        self._note_lines(now)
        self._settle = now + self._settle_ns
        self._input(TEXT_IN, now)

    def lost(self, why: str, now: int) -> None:
        """The port is gone."""
        self.why = self.why or why
        self._input(PORT_LOST, now)

    def transmit(self) -> list[bytes | Break]:
        """What is to go out, in this order."""
        out, self._out = self._out, []
        return out

    def next_timeout(self) -> int | None:
        """When handle_timeout wants to be called, or None."""
        due = [t for t in (self._deadline, self._settle, self._pause) if t is not None]
        return min(due) if due and self.state != OVER else None

    def handle_timeout(self, now: int) -> None:
        """Time has come so far."""
        if self._settle is not None and now >= self._settle:
            self._settle = None
            self._input(QUIET, now)
        if self._pause is not None and now >= self._pause:
            self._pause = None
            self._input(PAUSE_OVER, now)
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            self._input(EXPIRED, now)

    def result(self) -> CraftResult:
        """How it went, so far."""
        last = self.screen.flush().rstrip()
        entries = list(self.transcript)
        if last:
            at = entries[-1].at_ms if entries else 0
            entries.append(Entry(at, False, self.hide(last)))
        ok = self.state == OVER and not self.why
        return CraftResult(
            ok, self.why, self._where(), self.captured, self.tables, entries, self.lost_lines
        )

    def hide(self, text: str) -> str:
        """The same without secrets."""
        for secret in self._hidden:
            text = text.replace(secret, "***")
        return text

    # Inputs

    def _input(self, number: int, now: int) -> None:
        before = self.state
        cell = MACHINE.cells[before][number]
        assert cell is not None
        if cell.method is not None:
            cell.method(self, now)
            self._pump(now)
            MACHINE.check(before, number, self.state)

    def _pump(self, now: int) -> None:
        """Begin turns until one has something to wait for."""
        while self._due and self.state != OVER:
            self._due = False
            self._begin_turn(now)

    def _search_early(self, now: int) -> None:
        self._search(now, settled=False)

    def _search_settled(self, now: int) -> None:
        self._search(now, settled=True)

    def _again(self, _now: int) -> None:
        self._due = True

    def _expired(self, now: int) -> None:
        step = self._step
        self._search(now, settled=True)
        if self._due or self._deadline is not None or self.state != WAITING:
            return  # it was there after all
        if step.on_timeout == "continue":
            self._end_turn(now)
        elif step.on_timeout == "retry" and self._try < step.tries:
            self._try += 1
            self._send_step(now)
        else:
            seconds = self._timeout_of(step)
            last = " ".join(self.screen.text.split())[-SHOWN:] or "nothing"
            tries = f" in {self._try} tries" if self._try > 1 else ""
            self._fail(f"'{step.expect}' did not come within {seconds:g} s{tries}; came: {last}")

    def _port_lost(self, _now: int) -> None:
        self._fail(self.why)

    # Steps

    @property
    def _step(self) -> StepTable:
        return self.script.step[self._index]

    def _where(self) -> str:
        if not 0 <= self._index < len(self.script.step):
            return ""
        name = self._step.name or self._step.line or ""
        return f"step {self._index + 1}" + (f" ({self.hide(name)})" if name else "")

    def _timeout_of(self, step: StepTable) -> float:
        return step.timeout if step.timeout is not None else self.script.timeout

    def _next_step(self) -> None:
        if self._index + 1 >= len(self.script.step):
            self._stop()
            return
        self._index += 1
        self._turn = 0
        self._found_until = False
        self._due = True

    def _begin_turn(self, now: int) -> None:
        self.state = WAITING
        self._turn += 1
        self._try = 1
        self._got = ""
        self._answered = {}
        self._begun_turn = now
        self._send_step(now)

    def _send_step(self, now: int) -> None:
        step = self._step
        if step.break_ms:
            self._out.append(Break(step.break_ms))
        text = step.send + ("" if step.line is None else step.line + self.script.eol)
        if not self._send(text, step.secret, now):
            return
        if not step.expect:
            self._end_turn(now)
            return
        self._deadline = now + round(self._timeout_of(step) * SECOND)
        self._search(now, settled=False)

    def _send(self, text: str, secret: Any, now: int) -> bool:
        """Send text and a secret; False: a name in the text has no value, and all is over."""
        known = {**self._values, **self.captured}
        for name in NAMES.findall(text):
            if name not in known:
                self._fail(f"${{{name}}} has no value: no step before captured it")
                return False
        text = NAMES.sub(lambda found: known[found[1]], text)
        hidden = self._secrets[id(secret)] + self.script.eol if secret is not None else ""
        if text or hidden:
            # What came before is no answer to this.
            self.screen.take(len(self.screen.text))
            self._echo = text.strip() if self.script.echo and not hidden else ""
            self._out.append((text + hidden).encode())
            self._note(now, True, text.rstrip("\r\n") + ("***" if hidden else ""))
        return True

    def _end_turn(self, now: int) -> None:
        """This time round is done: again, or the next step."""
        step = self._step
        self._deadline = None
        if step.until and re.search(step.until, self._got, re.MULTILINE):
            self._found_until = True
        if self._turn >= step.repeat or self._found_until:
            if step.until and not self._found_until:
                self._fail(f"'{step.until}' did not come in {self._turn} times")
                return
            self._next_step()
            return
        due = self._begun_turn + round(step.every * SECOND)
        if due > now:
            self.state, self._pause = PAUSING, due
        else:
            self._due = True

    # Searching

    def _search(self, now: int, *, settled: bool) -> None:
        """Do what the first thing found in the text asks for, and go on behind it."""
        while self.state == WAITING and self._step.expect and not self._due:
            if not self._drop_echo(settled):
                return
            text = self.screen.text
            found = self._first(text)
            if found is None:
                self._gather(text)
                return
            match, what = found
            if not settled and "\n" not in text[match.end() :]:
                return
            self._found(match, what, text, now)
            settled = False

    def _drop_echo(self, settled: bool) -> bool:
        """Take the echo of what was sent out of the text; False: it is still coming."""
        if not self._echo:
            return True
        text = self.screen.text
        blank = len(text) - len(text.lstrip())
        if text.startswith(self._echo, blank):
            self.screen.take(blank + len(self._echo))
            self._echo = ""
        elif self._echo.startswith(text[blank:]) and not settled:
            return False
        elif settled or len(text) - blank >= len(self._echo):
            self._echo = ""
        return True

    def _first(self, text: str) -> tuple[re.Match[str], AnswerTable | str] | None:
        """The match that begins first; when several do, failure, then answers, then the end."""
        step = self._step
        wanted: list[tuple[re.Pattern[str] | None, AnswerTable | str]] = [
            (_compiled(step.fail), "fail"),
            *((_compiled(answer.when), answer) for answer in step.answers),
            (self._more, "more"),
            (_compiled(step.expect), "expect"),
        ]
        best: tuple[re.Match[str], AnswerTable | str] | None = None
        for pattern, what in wanted:
            match = pattern.search(text) if pattern is not None else None
            if match is None or match.end() == match.start():
                continue
            if best is None or match.start() < best[0].start():
                best = (match, what)
        return best

    def _found(self, match: re.Match[str], what: AnswerTable | str, text: str, now: int) -> None:
        self.screen.take(match.end())
        if what == "fail":
            self._fail(f"the far end said: {match[0].strip()}")
            return
        if what == "expect":
            self._got = (self._got + text[: match.end()])[-GOT_LIMIT:]
            found = {k: self.hide(v) for k, v in match.groupdict().items() if v is not None}
            self.captured.update(found)
            self._rows()
            self._end_turn(now)
            return
        self._got = (self._got + text[: match.start()])[-GOT_LIMIT:]
        most = what.most if isinstance(what, AnswerTable) else GOT_LIMIT
        count = self._answered[id(what)] = self._answered.get(id(what), 0) + 1
        if count > most:
            self._fail(f"'{match[0].strip()}' came {count} times")
            return
        if isinstance(what, AnswerTable):
            reply = what.send + ("" if what.line is None else what.line + self.script.eol)
            sent = self._send(reply, what.secret, now)
        else:
            sent = self._send(self.script.more_send, None, now)
        if sent:
            self._deadline = now + round(self._timeout_of(self._step) * SECOND)

    def _gather(self, text: str) -> None:
        """Nothing in it yet: a buffer that is full gives its first half to what was got."""
        if len(text) > self.screen.limit // 2 and len(self.screen.done) > self.screen.limit // 2:
            half = len(self.screen.done) // 2
            self._got = (self._got + text[:half])[-GOT_LIMIT:]
            self.screen.take(half)

    def _rows(self) -> None:
        pattern = _compiled(self._step.rows)
        if pattern is None:
            return
        rows = self.tables.setdefault(self._step.table, [])
        for line in self._got.splitlines():
            found = pattern.search(line)
            if found is not None and len(rows) < ROWS_LIMIT:
                rows.append({k: self.hide(v or "") for k, v in found.groupdict().items()})

    # Ends

    def _fail(self, why: str) -> None:
        where = self._where()
        self.why = self.hide(f"{where}: {why}" if where else why)
        self._stop()

    def _stop(self) -> None:
        self.state = OVER
        self._deadline = self._settle = self._pause = None

    def _note_lines(self, now: int) -> None:
        fresh = self.screen.fresh
        for line in fresh:
            self._note(now, False, line)
        fresh.clear()

    def _note(self, now: int, sent: bool, text: str) -> None:
        self.transcript.append(Entry((now - self._began) // 1_000_000, sent, self.hide(text)))
        if len(self.transcript) > TRANSCRIPT_LIMIT:
            self.transcript.popleft()
            self.lost_lines += 1


def _compiled(text: str) -> re.Pattern[str] | None:
    """Python keeps what it compiled."""
    return re.compile(text, re.MULTILINE) if text else None


MACHINE: Final = Machine(
    "craft script",
    {WAITING: "waiting", PAUSING: "pausing", OVER: "over"},
    {
        TEXT_IN: "text",
        QUIET: "nothing for the settle time",
        EXPIRED: "time-out of the step",
        PAUSE_OVER: "pause over",
        PORT_LOST: "port lost",
    },
    {
        WAITING: {
            TEXT_IN: handled(CraftEngine._search_early, "step", WAITING, PAUSING, OVER),
            QUIET: handled(CraftEngine._search_settled, "settle", WAITING, PAUSING, OVER),
            EXPIRED: handled(CraftEngine._expired, "timeout", WAITING, PAUSING, OVER),
            PAUSE_OVER: ignored("a pause ends in pausing"),
            PORT_LOST: error(CraftEngine._port_lost, "the port", OVER),
        },
        PAUSING: {
            TEXT_IN: ignored("kept for the transcript"),
            QUIET: ignored("nobody waits"),
            EXPIRED: ignored("no step runs"),
            PAUSE_OVER: handled(CraftEngine._again, "every", WAITING, PAUSING, OVER),
            PORT_LOST: error(CraftEngine._port_lost, "the port", OVER),
        },
        OVER: {
            TEXT_IN: ignored("over"),
            QUIET: ignored("over"),
            EXPIRED: ignored("over"),
            PAUSE_OVER: ignored("over"),
            PORT_LOST: ignored("over"),
        },
    },
)
