"""ISUP calls per CPU second of both ends of an SS7 link, beside libss7's two ends; links at full
load through the simulated board; memory of many circuits.

A call is IAM, ACM, ANM, REL and RLC through MTP2, MTP3 and ISUP, 30 calls at once. Over a socket
pair each end is a process, as ``trunkd peer ss7`` is; in process nothing but the stack is there.
The engines run plain, as in an editable install, and compiled, as in a wheel (see bench_pri.py).

``python bench/bench_ss7.py calls N``, ``… load SECONDS`` and ``… memory CIRCUITS`` are what the
benchmarks run in processes of their own; each prints one JSON line.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

from bench_pri import AT_ONCE, UNIT, over_a_pair, python, turns
from harness import ROOT, BenchError, Result, bench, build_c, compare, run

from trunkd.board.clock import VirtualClock
from trunkd.board.events import SignalUnitErrors, SignalUnitReceived, TransmitLow
from trunkd.board.model import HdlcConfig
from trunkd.board.registry import open_board
from trunkd.drivers.sim import SimBoard
from trunkd.signaling import call as neutral
from trunkd.signaling.ss7.isup_config import IsupConfig
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import Mtp2Config
from trunkd.signaling.ss7.mtp3 import Mtp3
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from trunkd.signaling.ss7.mtp3_events import LinkStateChanged, TransferIndication
from trunkd.signaling.ss7.trunk import Ss7Trunk

MS = 1_000_000
SECOND = 1_000_000_000
INTEROP = ROOT / "tests" / "interop"
LINKS = 16
QUEUED = 3
"""Messages that wait at a line, as in daemon/ss7_line.py."""
FILLING = random.Random(1).randbytes(31)
"""Contents of a message; with number, SIO and label a MSU of 40 octets, as ISUP's on average."""
LABEL = 5
OVERHEAD = 6
"""SIO and label; BSN, FSN, LI, check octets and one flag. Bit stuffing comes on top."""
FULL_PERCENT = 97.0
ISUP = 5
CIRCUITS = 4096
MOST_MIB = 100.0


# Calls in process


def point(opc: int, dpc: int, circuits: tuple[int, ...]) -> Ss7Trunk:
    """One end: a link to the other, and circuits."""
    mtp3 = Mtp3Config(
        point_code=opc,
        linksets=(LinksetConfig("far", dpc, (LinkConfig(0, Mtp2Config()),)),),
        network_indicator=2,
        users=(5,),
    )
    return Ss7Trunk(mtp3, IsupConfig(circuits=circuits, variant="itu", opc=opc, dpc=dpc))


def exchange(near: Ss7Trunk, far: Ss7Trunk, now: int) -> None:
    """Carry signal units both ways until there are none."""
    while True:
        up = near.transmit()
        down = far.transmit()
        if not up and not down:
            return
        for unit in up:
            far.receive(unit, now)
        for unit in down:
            near.receive(unit, now)


def linked(circuits: tuple[int, ...]) -> tuple[Ss7Trunk, Ss7Trunk, int]:
    """Two ends that reach each other, and the time when they do."""
    ends = (point(1, 2, circuits), point(2, 1, circuits))
    now = 0
    up = [False, False]
    for end in ends:
        end.start(now)
    while not all(up):
        exchange(*ends, now)
        for index, end in enumerate(ends):
            for event in end.events():
                if isinstance(event, neutral.LinkChanged):
                    up[index] = event.up
        due = [at for end in ends if (at := end.next_timeout()) is not None]
        if all(up):
            break
        now = max(now, min(due))
        if now > 60 * SECOND:
            raise RuntimeError("the link does not come up")
        for end in ends:
            end.handle_timeout(now)
    return *ends, now


REQUEST = neutral.CallRequest(neutral.PartyNumber("5551000"), neutral.PartyNumber("5550000"))


def calls_up(near: Ss7Trunk, far: Ss7Trunk, count: int, now: int) -> list[int]:
    """``count`` calls from the near end, offered and answered at the far one."""
    handles = [near.place(REQUEST, now) for _ in range(count)]
    exchange(near, far, now)
    for event in far.events():
        if isinstance(event, neutral.CallOffered):
            far.alert(event.call, False, now)
            far.answer(event.call, now)
    exchange(near, far, now)
    return handles


def round_of_calls(near: Ss7Trunk, far: Ss7Trunk, now: int) -> int:
    """AT_ONCE calls, all up at once, cleared by the caller; how many ended well."""
    for handle in calls_up(near, far, AT_ONCE, now):
        near.clear(handle, 16, now)
    exchange(near, far, now)
    ended = 0
    for event in near.events():
        if isinstance(event, neutral.CallReleased) and event.cause == 16:
            ended += 1
    far.events()
    return ended


def is_compiled() -> bool:
    return not str(sys.modules[SignallingLink.__module__].__file__).endswith(".py")


def in_process(calls: int) -> dict[str, object]:
    """Both ends of ``calls`` calls; RuntimeError when one of them fails."""
    near, far, now = linked(tuple(range(1, 32)))
    rounds = max(1, calls // AT_ONCE)
    ended = 0
    begin = time.process_time()
    for n in range(rounds):
        ended += round_of_calls(near, far, now + n * MS)
    used = time.process_time() - begin
    if ended != AT_ONCE * rounds:
        raise RuntimeError(f"{AT_ONCE * rounds - ended} of {AT_ONCE * rounds} calls failed")
    return {"compiled": is_compiled(), "calls": ended, "calls_per_cpu_s": ended / used}


def own(compiled: bool, what: str, value: int) -> dict[str, float]:
    """What a process of its own measured, with the engines plain or compiled."""
    said: dict[str, float] = json.loads(run([*python(compiled), __file__, what, str(value)]))
    if bool(said["compiled"]) is not compiled:
        raise BenchError("the engines are not what was to be measured")
    return said


# Calls over a socket pair


POINTS = (["--opc", "1", "--dpc", "2"], ["--opc", "2", "--dpc", "1"])


def libss7(name: str, wrapped: tuple[str, ...]) -> Path:
    """One of the libss7 programs of tests/interop, built. libss7 is linked in, since only then
    its reads and writes can be taken over."""
    parts = ("side", "calls", "circuits", "report")
    sources = [INTEROP / f"{name}.c", *(INTEROP / f"libss7_{part}.c" for part in parts)]
    options = [f"-Wl,--wrap={function}" for function in wrapped]
    return build_c(name, sources, [":libss7.a"], "libss7-dev", options)


def pair_result(name: str, compiled: bool, calls: int) -> Result:
    peer = libss7("libss7_peer", ("read", "write", "mtp2_start"))
    command: list[str | Path] = [*python(compiled), "-m", "trunkd.hil.peer_ss7"]
    ours, theirs = turns(
        lambda: over_a_pair(command, calls, POINTS), lambda: over_a_pair([peer], 30_000, POINTS)
    )
    return compare(name, ours=ours, peer=theirs, peer_name="libss7, socket pair", unit=UNIT)


def in_process_result(name: str, compiled: bool, calls: int) -> Result:
    program = libss7("libss7_inprocess", ("read", "write"))

    def theirs() -> float:
        said = run([program, "60000", str(AT_ONCE)]).splitlines()[-1]
        return float(json.loads(said)["calls_per_cpu_s"])

    ours, peer = turns(lambda: own(compiled, "calls", calls)["calls_per_cpu_s"], theirs)
    return compare(name, ours=ours, peer=peer, peer_name="libss7, one process", unit=UNIT)


# Links at full load


class Node:
    """One end of LINKS links on a span: level 3, and a test user that fills every line."""

    def __init__(self, board: SimBoard, span: int, opc: int, dpc: int) -> None:
        links = tuple(LinkConfig(slc, Mtp2Config()) for slc in range(LINKS))
        self.mtp3 = Mtp3(
            Mtp3Config(
                point_code=opc,
                linksets=(LinksetConfig("far", dpc, links),),
                network_indicator=2,
                users=(ISUP,),
            )
        )
        self.dpc = dpc
        self.slots = board.span(span).timeslots[1 : 1 + LINKS]
        for slot in self.slots:
            slot.open_hdlc(HdlcConfig(mtp2=True))
        self.queued = [0] * LINKS
        self.sls = [-1] * LINKS
        """The SLS whose messages go over a link."""
        self.sent = [0] * LINKS
        self.got = [0] * LINKS
        """Messages by SLS; each bears its number."""
        self.available: set[int] = set()

    def find_sls(self, now: int) -> None:
        """One message of each SLS: which link takes it?"""
        for sls in range(16):
            before = [len(link.l2.tb) for link in self.mtp3.links]
            self.send(sls, now)
            for index, link in enumerate(self.mtp3.links):
                if len(link.l2.tb) > before[index]:
                    self.sls[index] = sls
        if -1 in self.sls:
            raise BenchError("not every link of the linkset carries one SLS")

    def send(self, sls: int, now: int) -> None:
        number = self.sent[sls]
        self.sent[sls] = number + 1
        self.mtp3.send(self.dpc, sls, ISUP, number.to_bytes(4, "little") + FILLING, now)

    def pump(self, index: int, now: int, loaded: bool) -> None:
        """Keep the line of a link going: QUEUED messages wait at it."""
        if loaded:
            while len(self.mtp3.links[index].l2.tb) <= QUEUED:
                self.send(self.sls[index], now)
        room = QUEUED - self.queued[index]
        if room <= 0:
            return
        for unit in self.mtp3.transmit(index, room):
            if not self.slots[index].transmit(unit):
                raise BenchError("a timeslot refused a signal unit")
            self.queued[index] += unit[2] & 63 > 2

    def take(self) -> None:
        """What level 3 says: messages in order, links that come."""
        for event in self.mtp3.events():
            if isinstance(event, TransferIndication):
                number = int.from_bytes(event.data[:4], "little")
                if number != self.got[event.sls]:
                    raise BenchError(f"message {number} came, not {self.got[event.sls]}")
                self.got[event.sls] = number + 1
            elif isinstance(event, LinkStateChanged):
                (self.available.add if event.available else self.available.discard)(event.link)


class Load:
    """Two nodes on two cabled spans in virtual time."""

    def __init__(self) -> None:
        made = open_board("sim://bench?spans=2&cable=1-2&block_ms=1", clock=VirtualClock())
        assert isinstance(made, SimBoard)
        self.board = made
        made.start()
        while made.clock.now() < SECOND:
            made.step(SECOND)
            made.events()
        self.nodes = (Node(made, 1, 1, 2), Node(made, 2, 2, 1))
        self.loaded = False
        for node in self.nodes:
            node.mtp3.start(made.clock.now())

    def step(self, until: int) -> None:
        """Time to the next event or timer, what it brings, what is to go."""
        now = self.board.clock.now()
        due = [at for node in self.nodes if (at := node.mtp3.next_timeout()) is not None]
        now = self.board.step(min([until, *(max(at, now + 1) for at in due)]))
        touched = set()
        for event in self.board.events():
            if isinstance(event, SignalUnitReceived):
                node, index = event.span - 1, event.timeslot - 1
                self.nodes[node].mtp3.receive(index, event.frame, now, event.sus)
                touched.add((node, index))
            elif isinstance(event, TransmitLow):
                node, index = event.span - 1, event.timeslot - 1
                self.nodes[node].queued[index] = 0
                touched.add((node, index))
            elif isinstance(event, SignalUnitErrors):
                self.nodes[event.span - 1].mtp3.receive_error(
                    event.timeslot - 1, now, event.errors, event.sus
                )
        for node in self.nodes:
            node.mtp3.handle_timeout(now)
            node.take()
        everything = not self.loaded
        for node, index in ALL if everything else touched:
            self.nodes[node].pump(index, now, self.loaded)

    def run(self, until: int) -> None:
        while self.board.clock.now() < until:
            self.step(until)

    def align(self) -> None:
        while any(len(node.available) < LINKS for node in self.nodes):
            self.step(self.board.clock.now() + SECOND)
            if self.board.clock.now() > 60 * SECOND:
                raise BenchError("the links do not come up")
        self.run(self.board.clock.now() + 5 * SECOND)


ALL = [(node, index) for node in (0, 1) for index in range(LINKS)]


def under_load(seconds: int) -> dict[str, object]:
    """CPU time of both nodes and their board for ``seconds`` of line; none may be lost."""
    load = Load()
    with load.board:
        load.align()
        begun = load.board.clock.now()
        for node in load.nodes:
            node.find_sls(begun)
        load.loaded = True
        for node, index in ALL:
            load.nodes[node].pump(index, begun, True)
        cpu = time.process_time()
        load.run(begun + seconds * SECOND)
        cpu = time.process_time() - cpu
        carried = sum(sum(node.got) for node in load.nodes)
        octets = carried * (len(FILLING) + 4 + LABEL + OVERHEAD)
        load.loaded = False
        load.run(load.board.clock.now() + 3 * SECOND)
    links = [link.l2 for node in load.nodes for link in node.mtp3.links]
    lost = sum(sum(node.sent) for node in load.nodes) - sum(sum(n.got) for n in load.nodes)
    again = sum(l2.counters.retransmitted + l2.counters.rx_errors for l2 in links)
    if lost or again:
        raise RuntimeError(f"{lost} messages lost, {again} units repeated or in error")
    return {
        "compiled": is_compiled(),
        "cpu_percent": 100 * cpu / seconds,
        "messages": carried,
        "line_percent": 100 * octets * 8 / (seconds * 2 * LINKS * 64_000),
    }


def load_result(name: str, compiled: bool) -> Result:
    said = own(compiled, "load", 20)
    if said["line_percent"] < FULL_PERCENT:
        raise BenchError(f"the lines were loaded to {said['line_percent']:.1f} % only")
    return compare(
        name,
        ours=said["cpu_percent"],
        peer=100.0,
        peer_name="one core, both ends, no unit lost",
        unit="% of a core",
        lower_is_better=True,
    )


# Memory


def memory(circuits: int) -> dict[str, object]:
    """Resident MiB of a process with two ends and ``circuits`` circuits each, all in a call."""
    near, far, now = linked(tuple(range(circuits)))
    done = 0
    while done < circuits:
        count = min(AT_ONCE, circuits - done)
        done += len(calls_up(near, far, count, now))
        connected = sum(isinstance(e, neutral.CallConnected) for e in near.events())
        if connected != count:
            raise RuntimeError(f"{count - connected} calls of {count} were not answered")
        far.events()
        now += MS
    return {"compiled": is_compiled(), "mib": peak_mib(), "calls": done}


def peak_mib() -> float:
    """This program's peak of resident memory. Not ru_maxrss: that begins with what the process had
    before it became this program, which is the size of whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


# The benchmarks


@bench("isup_calls")
def isup_calls() -> list[Result]:
    """Each end a process, over a socket pair (aim: compiled, libss7's)."""
    return [
        pair_result("isup_calls", True, 30_000),
        pair_result("isup_calls_plain", False, 6_000),
    ]


@bench("isup_calls_inprocess")
def isup_calls_inprocess() -> list[Result]:
    """Both ends in one process (aims: 40,000 compiled, 8,000 plain)."""
    return [
        in_process_result("isup_calls_inprocess", True, 60_000),
        in_process_result("isup_calls_inprocess_plain", False, 12_000),
    ]


@bench("ss7_16_links")
def ss7_16_links() -> list[Result]:
    """16 links at full 64 kbit/s load both ways, through HDLC bits on a simulated E1."""
    return [
        load_result("ss7_16_links", True),
        load_result("ss7_16_links_plain", False),
    ]


@bench("ss7_memory")
def ss7_memory() -> Result:
    """A process with two ends of 4,096 circuits, each in a call: all of it, Python included."""
    return compare(
        "ss7_memory",
        ours=own(False, "memory", CIRCUITS)["mib"],
        peer=MOST_MIB,
        peer_name="limit",
        unit="MiB",
        lower_is_better=True,
    )


MEASURES = {"calls": in_process, "load": under_load, "memory": memory}

if __name__ == "__main__":
    print(json.dumps(MEASURES[sys.argv[1]](int(sys.argv[2]))))
