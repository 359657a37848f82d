"""Whatever is in the file of kept calls, the daemon starts, and its other calls go on."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from kept_board import KeptBoard

from trunkd.daemon import durable, kept, kept_calls
from trunkd.daemon import events as ev
from trunkd.daemon.config import Daemon
from trunkd.daemon.kept_file import FIRST, FOREIGN, MAGIC, MOST, SLOT, KeptFile
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.node import Node
from trunkd.daemon.ring import PAGE, boot_id

Record = dict[str, Any]


@pytest.fixture
def make(tmp_path: pathlib.Path) -> Iterator[Callable[..., KeptBoard]]:
    made: list[KeptBoard] = []

    def board(**more: str) -> KeptBoard:
        made.append(KeptBoard(tmp_path, **more))
        return made[-1]

    yield board
    for each in made:
        each.close()


def rewritten(board: KeptBoard, call_id: int, change: Callable[[Record], None]) -> None:
    """What was kept of a call is another."""
    board.node.kept.flush()
    record = msgspec.msgpack.decode(board.file.read()[call_id])
    change(record)
    board.file.put(call_id, msgspec.msgpack.encode(record))


# Records of another version


def test_fields_of_a_later_version(make: Callable[..., KeptBoard]) -> None:
    """Down and up again over a kill: what this version does not know is left out."""
    board = make()
    board.dial("A", "B")
    board.ask("joinCalls", callId=board.id("A"), other=board.id("B"))
    before = board.info("A")

    def later(record: Record) -> None:
        record["later"] = {"x": 1}
        record["request"]["later"] = [1]
        record["request"]["called"].append(7)
        record["signalling"]["later"] = 9
        record["party"] += ["later"] * 3

    rewritten(board, board.id("A"), later)
    board.again()
    assert board.info("A") == before and not board.node.kept.lost
    assert board.node.problems == 0


@pytest.mark.parametrize("missing", ["outgoing", "channel"])
def test_a_call_without_what_it_needs_is_lost(make: Callable[..., KeptBoard], missing: str) -> None:
    board = make()
    board.dial("A", "B")
    call = board.id("A")
    rewritten(board, call, lambda record: record["signalling"].pop(missing))
    board.again()
    assert [each.call_id for each in board.node.kept.lost] == [call]
    assert kept.record_of_kept(board.node.kept.lost[0]).call_id == call
    assert call not in board.node.calls and board.id("B") in board.node.calls


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "bogus"),
        ("started", 0),
        ("answered", 1 << 63),
        ("trunk", "us\0er"),
        ("linkage", (1 << 64) - 1),
        ("call_id", 77),
        ("cause", 1 << 40),
        ("request", {"bearer": "x"}),
        ("party", [1, "whisperer"]),
    ],
)
def test_what_is_no_such_value_is_dropped(
    make: Callable[..., KeptBoard], field: str, value: object
) -> None:
    """Before it is at work: a start that fails later, or a list of calls that cannot be had, is
    worse than a call that is lost."""
    board = make()
    board.dial("A", "B")
    call = board.id("A")
    rewritten(board, call, lambda record: record.update({field: value}))
    up = set(board.node.calls) - {call}
    board.again()
    assert set(board.node.calls) == up and not board.node.kept.lost


def test_a_call_that_fails_in_an_unheard_of_way(
    make: Callable[..., KeptBoard], caplog: pytest.LogCaptureFixture
) -> None:
    """An engine that raises what it should not: the others go on, and the log says why."""
    board = make()
    board.dial("A", "B")
    call = board.id("A")
    adopt = type(board.legs["A"].near.trunk).restore
    with pytest.MonkeyPatch.context() as patch:

        def restore(trunk: Any, made: Any, signalling: Any, now: int) -> None:
            if made.call_id == call:
                raise KeyError("of the engine")
            adopt(trunk, made, signalling, now)

        patch.setattr(type(board.legs["A"].near.trunk), "restore", restore)
        board.again()
    assert call not in board.node.calls and board.id("B") in board.node.calls
    assert [each.call_id for each in board.node.kept.lost] == [call]
    assert f"call {call} cannot go on" in caplog.text


def test_a_call_that_ended_while_the_trunks_began(make: Callable[..., KeptBoard]) -> None:
    """For the others it is lost; who talked with it is cleared."""
    board = make()
    board.dial("A", "B", "C")
    a, b, c = (board.id(name) for name in "ABC")
    board.ask("joinCalls", callId=a, other=b, after="clear")
    board.ask("playMessage", callId=a, message="waiting.wav", repeat=9)
    board.ask("playMessage", callId=c, message="waiting.wav", repeat=9)
    board.run(1)
    with pytest.MonkeyPatch.context() as patch:
        resume = kept_calls.Keeper.resume

        def ended(keeper: kept_calls.Keeper) -> None:
            call = board.node.calls[a]
            call.trunk.abandon(call, 41, call.trunk.now())
            resume(keeper)

        patch.setattr(kept_calls.Keeper, "resume", ended)
        board.again(not_told=[a])
    assert a not in board.node.calls and board.node.problems == 0
    assert [e.call_id for e in board.of(ev.Stop)] == [c]
    board.run(10)
    assert b in board.ended() and c in board.node.calls
    assert a not in board.file.numbers


# Anything at all

octets = st.binary(max_size=3 * SLOT)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.sampled_from([0, 1, 2, 3, 16, 255])
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(
    st.sampled_from(["all", "behind the magic", "slots"]),
    octets,
    st.lists(st.tuples(st.integers(0, PAGE + 4 * SLOT), st.integers(0, 255)), max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_arbitrary_octets(
    tmp_path_factory: pytest.TempPathFactory,
    where: str,
    octets: bytes,
    changes: list[tuple[int, int]],
) -> None:
    """The daemon starts, and what is kept from then on is there after the next kill."""
    config = Daemon(runtime_dir=str(tmp_path_factory.mktemp("k")), records="off", journal_mb=1)
    path = durable.kept_path(config)
    head = (MAGIC.ljust(64, b"\0") + boot_id()).ljust(PAGE, b"\0")
    raw = {"all": b"", "behind the magic": MAGIC, "slots": head}[where] + octets
    if where == "slots":
        file = KeptFile(path)
        for number in range(1, 4):
            file.put(number, octets[number:])
        file.close()
        found = bytearray(pathlib.Path(path).read_bytes())
        for place, octet in changes:
            found[place % len(found)] = octet
        raw = bytes(found)
    pathlib.Path(path).write_bytes(raw)
    run = durable.Durable(config, "one")
    assert run.kept.numbers == [each.call_id for each in run.past.kept]
    run.kept.put(9, kept.encode(plain(9)))
    run.close(ended=False)
    run = durable.Durable(config, "two")
    assert 9 in [each.call_id for each in run.past.kept]
    run.close(ended=True)


def plain(call_id: int) -> kept.Kept:
    signalling = {"channel": 1, "outgoing": 1, "reference": 1, "suspended": 0}
    return kept.Kept(call_id, "one", "user", "out", signalling, 1, 2, kept.Request())


def test_a_file_of_somebody_else_is_moved_away(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "k"
    path.write_bytes(b"somebody's letters")
    file = KeptFile(str(path))
    assert file.read() == {} and file.put(1, b"x")
    file.close()
    assert (tmp_path / f"k{FOREIGN}").read_bytes() == b"somebody's letters"
    with path.open("r+b") as raw:  # longer than ours ever is
        raw.truncate(PAGE + SLOT * (MOST + 1))
    file = KeptFile(str(path))
    assert file.read() == {} and os.path.getsize(path) == PAGE + FIRST * SLOT
    file.close()


def mutate(value: Any, path: list[int], new: Any) -> Any:
    """``value`` with one thing of it another; a field of a dict is gone where ``new`` is None."""
    if isinstance(value, dict) and value and path:
        key = sorted(value, key=str)[path[0] % len(value)]
        made = {k: v for k, v in value.items() if k != key}
        if len(path) > 1 or new is not None:
            made[key] = mutate(value[key], path[1:], new)
        return made
    if isinstance(value, list) and value and path:
        at = path[0] % len(value)
        return [*value[:at], mutate(value[at], path[1:], new), *value[at + 1 :]]
    return new


mutations = st.lists(
    st.tuples(st.integers(0, 5), st.lists(st.integers(0, 40), min_size=1, max_size=3), values),
    min_size=1,
    max_size=4,
)


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_mutated_records(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Records with good checksums and anything in them: the daemon starts, all requests for what
    there is can be answered, and the calls end."""
    board = board_of(tmp_path_factory.mktemp("k"))
    try:
        raw = board.file.read()
        records = {n: msgspec.msgpack.decode(octets) for n, octets in raw.items()}
        for which, path, new in data.draw(mutations):
            number = sorted(records)[which % len(records)]
            records[number] = mutate(records[number], path, new)
        for number, record in records.items():
            board.file.put(number, msgspec.msgpack.encode(record))
        problems: list[Exception] = []
        node = Node.__init__

        def made(self: Node, *given: Any, **more: Any) -> None:
            node(self, *given, **more)
            self.on_problem = problems.append

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Node, "__init__", made)
            board.again()
        for each in board.node.kept.lost:
            msgspec.json.encode(kept.record_of_kept(each))
        board.run(3)
        for call in board.node.calls.values():
            msgspec.json.encode(call.info())
        for event in board.seen:
            msgspec.json.encode(event)
        for call in list(board.node.calls.values()):
            board.node.sessions.clear(call, 16)
        board.run(100)
        assert not board.node.calls and not board.file.numbers
    finally:
        board.close()


def board_of(path: pathlib.Path) -> KeptBoard:
    """Calls of all that can be kept: joined, on hold for a consultation, owned, parked."""
    board = KeptBoard(path)
    board.dial("A", "B", "C")
    a, b, c = (board.id(name) for name in "ABC")
    board.ask("joinCalls", callId=a, other=b)
    params = {"heldCall": a, "consulting": b, "called": "3", "device": "trunk/user"}
    board.placed("D", board.ask("consultationCall", **params).call_id)
    board.ask("setCallData", callId=a, correlator="c0ffee")
    board.ask("parkCall", callId=c, orbit="7", timeout=20)
    session, _ = board.session("a")
    board.node.sessions.claim(board.legs["A"].near, session, False, OnLoss(keep_for=9))
    board.node.kept.flush()
    return board
