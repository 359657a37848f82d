"""Sequences as the Recommendation prints them: the tester, SP B, at the left, SP A at the right.

    SIO -->            B sends it; a fill-in goes on until the next line
    FISU bsn=0 -->     with these numbers, which stay B's; an MSU has the FSN behind the last one
    corrupt SIN x4 --> with wrong check bits, four times
    <-- SIO            A sends it, at once, and nothing else before
    <-- MSU fsn=1      with these numbers
    <-- SIOS after T3  when this timer has run since the line above (within its range of 12.3)
    : start            an order of level 3 at A
    = InService        what A's level 3 was told; =? where the texts differ on whether it is
    ~ 500 ms           A goes on sending what it sends
    wait 10 ms

A wrong or missing signal unit fails the case, and so does a level 3 indication that is not asked
for (in service, out of service, remote processor outage, a message).
"""

from __future__ import annotations

import re

from q781_rig import AT_ONCE, MS, Rig

from trunkd.signaling.ss7 import mtp2_events as ev
from trunkd.signaling.ss7.mtp2_config import TIMER_NAMES, Mtp2Config

RANGES = {
    "T1": (40_000, 50_000),
    "T2": (5_000, 150_000),
    "T3": (1_000, 2_000),
    "T4n": (7_500, 9_500),
    "T4e": (400, 600),
    "T5": (80, 120),
    "T6": (3_000, 6_000),
    "T7": (500, 2_000),
}
"""Q.703 12.3 at 64 kbit/s, in ms."""
INDEX = {name: index for index, name in TIMER_NAMES.items()}
TOLERANCE = 35 * MS
"""What the line and the blocks of the rig add to a timer."""

FIELD = re.compile(r"(bsn|bib|fsn|fib|len)=(\d+)")
TIMES = re.compile(r" x(\d+)\b")
DAMAGES = ("corrupt", "seven ones", "short")


OUT_OF_SERVICE = """
                <-- SIOS bsn=127 bib=1 fsn=127 fib=1
    SIOS -->
"""
STARTED = f"""{OUT_OF_SERVICE}
                : start
                <-- SIO
"""
ALIGNED = f"""{STARTED}
    SIO -->
                <-- SIN
"""
PROVING = f"""{ALIGNED}
    SIN -->
"""
READY = f"""{PROVING}
                <-- FISU after T4n
"""
IN_SERVICE = f"""{ALIGNED}
    SIE -->
                <-- FISU after T4e
    FISU -->
                = InService
"""
"""Pre-test conditions. In service by an emergency of B: the shorter way to the same state."""


def play(script: str, config: Mtp2Config | None = None) -> str:
    """Play a sequence from power-up on: the evidence of the run."""
    sequence = Sequence(config)
    sequence.play(script)
    return sequence.done()


class Sequence(Rig):
    """A rig that plays such lines. ``timers`` in ns by name, as Mtp2Config has them."""

    def __init__(self, config: Mtp2Config | None = None) -> None:
        super().__init__(config)
        self.at = 0
        self.kind = ""
        self.told = 0
        self.heard = 0
        self.outage = False
        self.known: set[int] = set()
        """FSNs of the messages asked for so far, which PCR sends again and again."""
        self.mark = 0
        self.steps = 0

    def play(self, script: str) -> None:
        """Play all lines."""
        for line in script.splitlines():
            text = line.split("#")[0].strip()
            if text:
                self.steps += 1
                try:
                    self._line(text)
                except AssertionError as exc:
                    raise AssertionError(f"step {self.steps} '{text}': {exc}") from None

    def done(self) -> str:
        """Nothing more may have been told to level 3: the evidence of the run."""
        self.advance(20 * MS)
        left = [type(e).__name__ for e in self.events[self.told :] if self._matters(e)]
        assert not left, f"told to level 3 unasked: {left}; {self.tail()}"
        extra = self.messages[self.heard :]
        assert not extra, f"messages unasked: {[m.hex() for m in extra]}"
        return f"{self.steps} steps, {self.now / 1e9:.1f} s"

    def _line(self, text: str) -> None:
        if text.endswith("-->"):
            self._send(text[:-3].rstrip())
        elif text.startswith("<--"):
            self._expect(text[3:].strip())
        elif text.startswith(":"):
            self.order(text[1:].strip())
            self.mark = self.now
        elif text.startswith("=?"):
            self._perhaps(text[2:].strip())
        elif text.startswith("="):
            self._indicated(text[1:].strip())
        elif text.startswith("~"):
            self._hold(self.duration(text[1:].strip()))
        else:
            assert text.startswith("wait "), f"what is '{text}'?"
            self.advance(self.duration(text[5:]))
            self.mark = self.now

    def timer(self, name: str) -> int:
        """The timer's value in ns, which must be in its range."""
        value = self.config.timers[INDEX[name]]
        low, high = RANGES[name]
        assert low * MS <= value <= high * MS, f"{name} is {value / 1e6:.0f} ms"
        return value

    def duration(self, text: str) -> int:
        """``500 ms``, ``2 s``, ``T2``, ``T4n/2`` in ns."""
        if match := re.fullmatch(r"(T\d[ne]?)(?:/(\d+))?", text):
            return self.timer(match[1]) // int(match[2] or 1)
        number, unit = text.split()
        return int(float(number) * {"ms": 1e6, "s": 1e9}[unit])

    # The tester sends

    def _send(self, text: str) -> None:
        fields = {name: int(value) for name, value in FIELD.findall(text)}
        times = int(match[1]) if (match := TIMES.search(text)) else 1
        words = TIMES.sub("", FIELD.sub("", text)).strip()
        if words == "break":
            self.break_path()
            self.mark = self.now
            return
        damage = next((d for d in DAMAGES if words.startswith(d + " ")), "")
        kind = words.removeprefix(damage).strip()
        for name in ("bsn", "bib", "fsn", "fib"):
            if name in fields:
                setattr(self, name, fields[name])
        for number in range(times):
            if kind == "MSU" and not damage and (number or "fsn" not in fields):
                self.fsn = (self.fsn + 1) % 128
            su = self.su(kind, fields.get("len", 12))
            self.put(su, damage)
        self.flush()
        self.mark = self.now

    def flush(self) -> None:
        """Until what was queued at the tester's end is on the line."""
        while len(self.sent.queue) >= 8:
            octets = max(len(self.sent.queue) // 8, 1)
            self.advance(octets * 125_000)

    # The link answers

    def _expect(self, text: str) -> None:
        text, _, name = text.partition(" after ")
        fields = {key: int(value) for key, value in FIELD.findall(text)}
        kind = FIELD.sub("", text).strip()
        timer = self.duration(name) if name else 0
        limit = (self.mark if name else self.now) + timer + TOLERANCE + AT_ONCE
        while not self._match(kind, fields):
            assert self.now < limit, f"no such signal unit; {self.tail()}"
            self.advance(MS)
        if name:
            took = self.seen.runs[self.at].first - self.mark
            assert abs(took - timer) <= TOLERANCE, (
                f"{name}: {took / 1e6:.0f} ms, not {timer / 1e6:.0f}; {self.tail()}"
            )
            self.mark = self.seen.runs[self.at].first
        else:
            self.mark = max(self.mark, self.seen.runs[self.at].first)
        self.kind = kind
        if kind == "MSU":
            self.known.add(self.seen.runs[self.at].su.fsn)
            self.at += 1

    def _match(self, kind: str, fields: dict[str, int]) -> bool:
        """Go through the runs from ``at`` on: True when one is as asked; other kinds than the last
        one, and MSUs that are not PCR's repeats, may not stand before it."""
        runs = self.seen.runs
        while self.at < len(runs):
            su = runs[self.at].su
            numbers = su.numbers()
            same = all(numbers[key] == value for key, value in fields.items())
            if su.kind == kind and same:
                return True
            fill = su.kind == "FISU" and kind == "MSU"
            again = self.config.pcr and su.kind == "MSU" and su.fsn in self.known
            last = "FISU" if self.kind == "MSU" else self.kind
            passing = su.kind != "MSU" and su.kind in (kind, last)
            assert fill or again or passing, f"{runs[self.at]}; {self.tail()}"
            if self.at + 1 == len(runs):
                return False
            self.at += 1
        return False

    def _hold(self, duration: int) -> None:
        start = len(self.seen.runs)
        end = self.now + duration
        while self.now < end:
            self.advance(min(end - self.now, 20 * MS))
            other = [run for run in self.seen.runs[start:] if run.su.kind != self.kind]
            assert not other, f"{other[0]}; {self.tail()}"
        assert self.seen.runs[-1].su.kind == self.kind, self.tail()
        assert self.seen.octets - self.last_octet() < 400, f"silence; {self.tail()}"
        self.mark = self.now

    def last_octet(self) -> int:
        return self.seen.runs[-1].last // 125_000

    # Level 3

    def order(self, text: str) -> None:
        """An order of level 3 to the link, behind what B sent before it."""
        self.advance(2 * MS)
        link, now = self.link, self.now
        self.changed = now
        words = TIMES.sub("", FIELD.sub("", text)).strip()
        match words:
            case "start":
                link.start(now)
            case "stop":
                link.stop(now)
            case "emergency" | "emergency ceases":
                link.emergency(words == "emergency", now)
            case "set LPO" | "clear LPO":
                link.local_processor_outage(words == "set LPO", now)
            case "flush buffers":
                link.flush_buffers(now)
            case "congestion accept":
                link.congestion_accept(now)
            case "congestion discard":
                link.congestion_discard(now)
            case "congestion ends":
                link.congestion_ceases(now)
            case "continue":
                link.continue_(now)
            case "send MSU":
                fields = {name: int(value) for name, value in FIELD.findall(text)}
                times = int(found[1]) if (found := TIMES.search(text)) else 1
                for number in range(times):
                    link.send(self.message(number, fields.get("len", 12)), now)
            case _:
                raise AssertionError(f"what order is '{text}'?")

    def message(self, number: int, length: int = 12) -> bytes:
        """SIO and SIF of A's message ``number``."""
        return bytes((0x85, number & 255, *((number + i) & 255 for i in range(length - 2))))

    def _matters(self, event: ev.Level2Event) -> bool:
        """In service, out of service, and remote processor outage where it changes."""
        if isinstance(event, ev.RemoteProcessorOutage):
            changes = event.on != self.outage
            self.outage = event.on
            return changes
        return isinstance(event, (ev.InService, ev.OutOfService))

    def _perhaps(self, text: str) -> None:
        """It may have been told by now."""
        self.advance(20 * MS)
        for event in self.events[self.told :]:
            if self._name(event) == text:
                self.told = self.events.index(event) + 1

    def _name(self, event: ev.Level2Event) -> str:
        name = type(event).__name__
        if isinstance(event, ev.RemoteProcessorOutage):
            return f"{name} {'on' if event.on else 'off'}"
        return name

    def _indicated(self, text: str) -> None:
        if match := re.fullmatch(r"Message(?: x(\d+))?", text):
            wanted = int(match[1] or 1)
            self.run_until(lambda: len(self.messages) - self.heard >= wanted, AT_ONCE, text)
            self.heard += wanted
            return
        found = ""
        end = self.now + AT_ONCE
        while found != text:
            if self.told == len(self.events):
                assert self.now < end, f"level 3 was not told; {self.tail()}"
                self.advance(MS)
                continue
            event = self.events[self.told]
            self.told += 1
            if self._matters(event):
                found = self._name(event)
                assert found == text, f"told {found}; {self.tail()}"
