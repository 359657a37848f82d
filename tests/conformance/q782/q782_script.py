"""Sequences of Q.782: SP A at the right, the tester (B, C) at the left, as the Recommendation's.

    COA slc=0 fsn=known on 1 -->    a message for A, over link 1; ``known``: what really came
    TFP about=10 on 0 -->           (``from=3``: as if from another point)
    SLTA slc=0 sent on 0 -->        with A's test pattern (``pattern=abc``: with this one)
    <-- COO slc=0 fsn=3 on 1        A's next message of network management, at once
    <-- COO slc=0 fsn=sent on 1     with the FSN of the last message that the tester sent
    <-- COO slc=0 on 1 after T2     when this timer has run since the line above
    : deactivate 0                  an order to A
    : cut 0 / : mend 0              the path of a link is dead, both ways / whole again
    : far stops 0 / : far starts 0  the tester's end goes out of service, and stays so
    : far LPO 0 / : far LPO ends 0
    = Paused 10                     what A tells its users and management
    ~ 500 ms                        A sends no management message and tells nothing
    wait 10 ms                      (nothing is checked)
    traffic 2 s to 10 11            users' messages of every SLS
    held 10 / held some 10          messages of each SLS, or of some, are buffered in A
    backlog 10                      112 of them at once
    unreachable 10                  they are refused
    arrived                         all messages of users came, each once, in order of its SLS
    arrived but 16                  so many may be lost, where Q.704 gives them up
    shares 0 1 to 10                sixteen messages, one of each SLS, come over just these links,
                                    evenly (``over 0 1 to 10``: or not)
    acknowledge CBD on 1            all of them, each with its own code

The tester answers SLTM with SLTA and TRA with TRA, unless told not to (``silent SLTM``). A message
or an indication that is not asked for fails the case.
"""

from __future__ import annotations

import re
from collections import Counter

from q782_rig import HEADINGS, ISUP, MS, SECOND, TESTS, B, C, D, FarLink, Rig, Seen

from trunkd.signaling.ss7 import mtp3_events as ev
from trunkd.signaling.ss7.mtp3_config import RouteConfig

UP = """
                : start
                restored 0 1
                wait 2 s
                forget
"""
"""Both links of the linkset to B carry traffic."""
UP_4 = UP.replace("0 1", "0 1 2 3")
TO_D = (RouteConfig(D, "B", 1), RouteConfig(D, "C", 2))
"""D normally over B, else over C."""
SHARED = (RouteConfig(D, "B", 1), RouteConfig(D, "C", 1))
"""D over both, a combined linkset."""
ROUND = (RouteConfig(B, "C", 2), RouteConfig(C, "B", 2))
"""B and C reach each other: B also by way of C."""

RANGES = {
    "T1": (500, 1_200),
    "T2": (700, 2_000),
    "T3": (500, 1_200),
    "T4": (500, 1_200),
    "T5": (500, 1_200),
    "T6": (500, 1_200),
    "T10": (30_000, 60_000),
    "T12": (800, 1_500),
    "T13": (800, 1_500),
    "T14": (2_000, 3_000),
    "T15": (2_000, 3_000),
    "T16": (1_400, 2_000),
    "T17": (800, 1_500),
    "T19": (67_000, 69_000),
    "T20": (59_000, 61_000),
    "T21": (63_000, 65_000),
    "T22": (180_000, 360_000),
    "T23": (180_000, 360_000),
    "Q707-T1": (4_000, 12_000),
    "Q707-T2": (30_000, 90_000),
}
"""Q.704 16.8 and Q.707 5.5, in ms."""
TOLERANCE = 60 * MS
AT_ONCE = 150 * MS
RESTORED = 12 * SECOND
"""Alignment with the normal proving period, and the link test."""

FIELD = re.compile(r"\b(slc|fsn|code|about|to|from|level|cause|user|pattern)=(\w+)")


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split() if word.isdigit()]


def play(script: str, linksets: tuple[int, ...] = (2,), *routes: RouteConfig) -> str:
    """Play a sequence from power-up on: the evidence of the run."""
    sequence = Play(linksets, routes)
    sequence.play(script)
    return sequence.done()


class Play(Rig):
    """A rig that plays such lines."""

    def __init__(
        self,
        linksets: tuple[int, ...] = (2,),
        routes: tuple[RouteConfig, ...] = (),
        **settings: object,
    ) -> None:
        super().__init__(linksets, routes, **settings)
        self.at = 0
        self.told = 0
        self.mark = 0
        self.steps = 0
        self.messages = 0
        self.code = 0
        """Of the last CBD that was asked for with ``code=last``."""
        self.codes: list[int] = []
        self.pattern = b""
        """Of the tester's last SLTM: ``same`` asks for it in SLTA."""
        self.counts: Counter[tuple[int, int]] = Counter()

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
        """Nothing more may have come: the evidence of the run."""
        self.advance(100 * MS)
        assert self.at == len(self.seen), f"unasked: {self.seen[self.at]}; {self.tail()}"
        left = [self._text(e) for e in self.events[self.told :] if self._text(e)]
        assert not left, f"told unasked: {left}; {self.tail()}"
        users = f", {self.messages} messages" if self.messages else ""
        return f"{self.steps} steps, {self.now / 1e9:.1f} s{users}"

    def _line(self, text: str) -> None:
        if text.endswith("-->"):
            self._send(text[:-3].strip())
        elif text.startswith("<--"):
            self._expect(text[3:].strip())
        elif text.startswith(":"):
            self._order(text[1:].strip())
        elif text.startswith("="):
            self._indicated(text[1:].strip())
        elif text.startswith("~"):
            self._quiet(self.duration(text[1:].strip()))
        else:
            word, _, rest = text.partition(" ")
            getattr(self, f"line_{word}")(rest)

    def duration(self, text: str) -> int:
        """``500 ms``, ``2 s``, ``T2``, ``T2/2`` in ns; a timer's value must be in its range."""
        if match := re.fullmatch(r"((?:Q707-)?T\d+)(?:/(\d+))?", text):
            value = self.config.timers[match[1]]
            low, high = RANGES[match[1]]
            assert low * MS <= value <= high * MS, f"{match[1]} is {value // MS} ms"
            return value // int(match[2] or 1)
        number, unit = text.split()
        return int(float(number) * {"ms": 1e6, "s": 1e9}[unit])

    # The tester sends

    def _send(self, text: str) -> None:
        head, _, link = text.rpartition(" on ")
        fields = dict(FIELD.findall(head))
        name = head.split()[0]
        on = int(link)
        far = self.far[on]
        slc = int(fields.get("slc", 0))
        opc = int(fields.get("from", far.adjacent))
        if name in TESTS:
            pattern = fields.get("pattern", "tester").encode()
            if " sent" in head:
                pattern = self.config.test_pattern
            self.pattern = pattern
            data = bytes([TESTS[name], len(pattern) << 4]) + pattern
            self.tell(on, 1, slc, data, opc)
        else:
            self.tell(on, 0, slc, bytes([HEADINGS[name]]) + self._body(name, fields, opc), opc)
        self.mark = self.now

    def _body(self, name: str, fields: dict[str, str], opc: int) -> bytes:
        """What follows the heading (Q.704 15)."""
        if name in ("COO", "COA"):
            if fields["fsn"] != "known":
                return bytes([int(fields["fsn"])])
            return bytes([self.about(opc, int(fields.get("slc", 0))).accepted])
        if name in ("CBD", "CBA"):
            return bytes([self.code if fields["code"] == "last" else int(fields["code"])])
        if name == "TFC":
            return (int(fields["about"]) | int(fields.get("level", 0)) << 14).to_bytes(2, "little")
        if name == "UPU":
            last = int(fields["user"]) | int(fields["cause"]) << 4
            return int(fields["about"]).to_bytes(2, "little") + bytes([last])
        if "about" in fields:
            return int(fields["about"]).to_bytes(2, "little")
        return b""

    def about(self, adjacent: int, slc: int) -> FarLink:
        """The tester's end of the link with this SLC."""
        return next(far for far in self.far if far.adjacent == adjacent and far.slc == slc)

    # A answers

    def _expect(self, text: str) -> None:
        text, _, timer = text.partition(" after ")
        head, _, link = text.partition(" on ")
        fields = dict(FIELD.findall(head))
        name = head.split()[0]
        wait = self.duration(timer) if timer else 0
        start = self.mark if timer else self.now
        limit = max(start + wait + TOLERANCE + AT_ONCE - self.now, 2 * MS)
        self.run_until(lambda: self.at < len(self.seen), limit, text)
        seen = self.seen[self.at]
        self.at += 1
        assert seen.name == name, f"{seen}; {self.tail()}"
        assert not link or seen.link in numbers(link), f"{seen}; {self.tail()}"
        self._compare(seen, fields)
        if " same" in head:
            assert seen.data[2:] == self.pattern and seen.data[1] >> 4 == len(self.pattern)
        if timer:
            took = seen.time - self.mark
            assert abs(took - wait) <= TOLERANCE, f"{timer}: {took // MS} ms; {self.tail()}"
        self.mark = seen.time

    def _compare(self, seen: Seen, fields: dict[str, str]) -> None:
        has = seen.fields()
        for key, value in fields.items():
            if value == "last":
                self.code = has["code"]
                self.codes.append(self.code)
            elif value == "sent":
                about = self.about(seen.dpc, seen.sls)
                assert has[key] == about.sent, f"FSN {about.sent} was sent; {seen}"
            else:
                assert has[key] == int(value), f"{key}: {seen}"

    def _quiet(self, duration: int) -> None:
        end = self.now + duration
        while self.now < end:
            self.advance(min(end - self.now, 50 * MS))
            assert self.at == len(self.seen), f"{self.seen[self.at]}; {self.tail()}"
            news = [self._text(e) for e in self.events[self.told :] if self._text(e)]
            assert not news, f"told: {news}; {self.tail()}"
        self.mark = self.now

    def line_wait(self, text: str) -> None:
        self.advance(self.duration(text))
        self.mark = self.now

    def line_silent(self, text: str) -> None:
        self.answers -= set(text.split())

    def line_answering(self, text: str) -> None:
        self.answers |= set(text.split())

    def line_forget(self, text: str) -> None:
        """What came and was told up to now is not asked for (``forget messages``)."""
        self.advance(50 * MS)
        self.at = len(self.seen)
        self.told = len(self.events)
        self.mark = self.now

    def line_restored(self, text: str) -> None:
        """These links are available to A again (TRA and what else that brings is not checked)."""
        links = numbers(text)
        self.run_until(
            lambda: all(self.node.links[link].available for link in links), RESTORED, text
        )
        self.told = len(self.events)
        self.mark = self.now

    # Orders

    def _order(self, text: str) -> None:
        self.advance(3 * MS)
        words = re.sub(r"\d+", "", text).strip()
        link = int(text.split()[-1]) if text[-1].isdigit() else 0
        node, now, far = self.node, self.now, self.far[link]
        self.changed = now
        match words:
            case "start":
                node.start(now)
            case "activate" | "deactivate" | "inhibit" | "uninhibit":
                getattr(node, words)(link, now)
            case "test":
                node.link_test(link, now)
            case "LPO" | "LPO ends":
                node.local_processor_outage(link, words == "LPO", now)
            case "cut" | "mend":
                far.cut = words == "cut"
            case "far stops":
                far.hold = True
                far.l2.stop(now)
            case "far starts":
                far.hold = False
                far.l2.start(now)
            case "far LPO" | "far LPO ends":
                far.l2.local_processor_outage(words == "far LPO", now)
                if words != "far LPO":
                    far.l2.flush_buffers(now)
            case _:
                raise AssertionError(f"what order is '{text}'?")
        self.mark = self.now

    # Indications

    def _text(self, event: ev.Mtp3Event) -> str:
        """An event as scripts name it; "" for those that scripts need not name."""
        if isinstance(event, (ev.Paused, ev.Resumed)):
            return f"{type(event).__name__} {event.dpc}"
        if isinstance(event, ev.Status):
            return (
                f"Status {event.dpc} cause {event.cause} level {event.level} user {event.service}"
            )
        if isinstance(event, ev.LinkStateChanged):
            return f"Link {event.link} available" if event.available else ""
        if isinstance(event, ev.ManagementDone):
            return f"Done {event.link} {event.what} {'ok' if event.ok else 'refused'}"
        if isinstance(event, ev.LinkTested):
            return f"Tested {event.link} {'ok' if event.ok else 'failed'}"
        if isinstance(event, ev.Level3Fault):
            return f"Fault {event.kind}"
        return ""

    def _indicated(self, text: str) -> None:
        text, _, rest = text.partition(" within ")
        end = self.now + (self.duration(rest) if rest else AT_ONCE)
        while True:
            while self.told < len(self.events):
                name = self._text(self.events[self.told])
                self.told += 1
                if name:
                    assert name == text, f"told {name}; {self.tail()}"
                    return
            assert self.now < end, f"not told; {self.tail()}"
            self.step(end)

    # Users

    def user(self, dpc: int, sls: int) -> bool:
        """One numbered message of a user of A."""
        number = self.counts[dpc, sls]
        data = number.to_bytes(4, "big") + bytes(8)
        if self.node.send(dpc, sls, ISUP, data, self.now):
            self.counts[dpc, sls] += 1
            self.changed = self.now
            return True
        return False

    def line_traffic(self, text: str) -> None:
        """Messages of every SLS to each destination, every 60 ms; checked when all must be in."""
        length, _, to = text.partition(" to ")
        end = self.now + self.duration(length)
        while self.now < end:
            self.burst(numbers(to))
            self.advance(min(60 * MS, end - self.now))

    def burst(self, destinations: list[int]) -> None:
        """One message of every SLS to each destination."""
        for dpc in destinations:
            for sls in range(16):
                assert self.user(dpc, sls), f"{dpc} cannot be reached; {self.tail()}"

    def line_backlog(self, text: str) -> None:
        """A hundred messages at once."""
        for _ in range(7):
            self.burst(numbers(text))
        self.advance(20 * MS)

    def line_held(self, text: str) -> None:
        """Messages of each SLS to it are buffered (``held some``: of one at least)."""
        self.advance(100 * MS)
        dpc = numbers(text)[0]
        came = Counter(seen.sls for seen in self.users if seen.dpc == dpc)
        held = [sls for sls in range(16) if came[sls] < self.counts[dpc, sls]]
        assert len(held) == 16 or (held and "some" in text), f"held back: SLS {held}"

    def line_acknowledge(self, text: str) -> None:
        """Every changeback code that was asked for; no two may be equal."""
        link = numbers(text)[0]
        assert len(set(self.codes)) == len(self.codes) > 1, f"codes {self.codes}"
        for code in self.codes:
            self._send(f"CBA slc=0 code={code} on {link}")

    def line_over(self, text: str) -> None:
        """One message of each SLS: over these links, evenly or not."""
        links, _, to = text.partition(" to ")
        self.advance(200 * MS)
        start = len(self.users)
        self.burst(numbers(to))
        self.advance(100 * MS)
        loads = Counter(seen.link for seen in self.users[start:])
        assert sorted(loads) == sorted(numbers(links)), f"came over {dict(loads)}"

    def line_unreachable(self, text: str) -> None:
        """Messages for these are refused."""
        for dpc in numbers(text):
            assert not any(self.user(dpc, sls) for sls in range(16)), f"{dpc} can be reached"

    def line_out(self, text: str) -> None:
        """These links are not in service, at either level."""
        for link in numbers(text):
            node = self.node.links[link]
            assert not node.available and not node.l2.in_service, self.tail()

    def line_arrived(self, text: str) -> None:
        """All have come, each once, each SLS in order (``but 16``: so many may be lost)."""
        count = -1
        while count != len(self.users):
            count = len(self.users)
            self.advance(300 * MS)
        flows: dict[tuple[int, int], list[int]] = {}
        for seen in self.users:
            number = int.from_bytes(seen.data[:4], "big")
            flows.setdefault((seen.dpc, seen.sls), []).append(number)
        lost = 0
        for key, got in flows.items():
            assert got == sorted(set(got)), f"to {key[0]}, SLS {key[1]}: doubled or misordered"
        for key, count in self.counts.items():
            lost += count - len(flows.get(key, []))
        assert lost <= (numbers(text) or [0])[0], f"{lost} messages lost"
        self.messages = sum(self.counts.values())

    def line_shares(self, text: str) -> None:
        """One message of each SLS: over just these links, evenly."""
        self.advance(200 * MS)
        links, _, to = text.partition(" to ")
        start = len(self.users)
        self.burst(numbers(to))
        self.advance(100 * MS)
        loads = Counter(seen.link for seen in self.users[start:])
        wanted = numbers(links)
        assert sorted(loads) == sorted(wanted), f"came over {dict(loads)}"
        assert max(loads.values()) - min(loads.values()) <= len(numbers(to)), dict(loads)
        assert sum(loads.values()) == 16 * len(numbers(to)), dict(loads)
