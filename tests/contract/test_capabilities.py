"""What a driver states of its boards (docs/boards.md) is what its opened boards have and do."""

from __future__ import annotations

import ast
import functools
import operator
import os
import pathlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from call_benches import CALL_MAKERS
from test_analog_ports import MAKERS as ANALOG_MAKERS

from trunkd.board import model
from trunkd.board.capability import (
    ABSENT,
    FEATURES,
    TDM,
    UNSEEN,
    VERBS,
    Capabilities,
    Capability,
    Supply,
    by_board,
    by_engine,
    features_of,
    kinds_of,
    line_kinds,
)
from trunkd.board.clock import VirtualClock
from trunkd.board.media import LiveAudio
from trunkd.board.model import Board, Feature
from trunkd.board.registry import drivers, find_driver, open_board
from trunkd.drivers.sim import SimConfig, SpanConfig
from trunkd.errors import DriverError

TESTS = pathlib.Path(__file__).resolve().parent.parent

SUITE: dict[Capability, tuple[str, ...]] = {
    Capability.E1: ("contract/test_alarms.py",),
    Capability.T1: ("contract/test_alarms.py",),
    Capability.FXS: ("contract/test_analog_ports.py", "contract/test_calls.py"),
    Capability.FXO: ("contract/test_analog_ports.py", "contract/test_calls.py"),
    Capability.TAP: ("drivers/test_sim_analog.py", "contract/test_calls.py"),
    Capability.ANALOG: ("contract/test_analog_ports.py",),
    Capability.HDLC: ("contract/test_timeslots.py",),
    Capability.MTP2: ("contract/test_mtp2.py",),
    Capability.CAS: ("contract/test_timeslots.py",),
    Capability.CALLS: ("contract/test_calls.py",),
    Capability.PLAY: ("contract/test_timeslots.py", "contract/test_calls.py"),
    Capability.PLAY_LIST: ("contract/test_play_lists.py", "contract/test_calls.py"),
    Capability.RECORD: ("contract/test_timeslots.py", "contract/test_calls.py"),
    Capability.RECORD_TO: ("contract/test_recording.py",),
    Capability.LISTEN: ("contract/test_listening.py", "contract/test_calls.py"),
    Capability.CONDITION: ("contract/test_listening.py",),
    Capability.ECHO: ("contract/test_listening.py",),
    Capability.CONNECT: ("contract/test_timeslots.py", "contract/test_calls.py"),
    Capability.CONFERENCE: ("contract/test_conference.py", "contract/test_calls.py"),
    Capability.SOFT_CHANNELS: ("contract/test_play_lists.py",),
    Capability.STREAM: (
        "contract/test_live_audio.py",
        "contract/test_capabilities.py",
        "drivers/test_bridges.py",
    ),
    Capability.LOOPBACK: ("contract/test_timeslots.py",),
    Capability.STEPPED: ("contract/test_board.py",),
}
"""What runs each capability on every driver that offers it."""


@dataclass(frozen=True)
class Real:
    """What an opened board has."""

    scheme: str
    features: Feature
    kinds: frozenset[Capability]
    limits: dict[Feature, str]
    verbs: frozenset[str]
    """Optional methods that its classes have."""


def real(board: Board) -> Real:
    slots = [slot for span in board.spans for slot in span.timeslots if slot.number]
    classes = (
        (type(slots[0]), model.Timeslot),
        (type(board.spans[0]), model.Span),
        (type(board), model.Board),
    )
    verbs = {
        name
        for own, base in classes
        for name in optional(base)
        if getattr(own, name) is not getattr(base, name)
    }
    scheme = board.address.partition(":")[0]
    kinds = frozenset(line_kinds(board))
    return Real(scheme, board.features, kinds, dict(board.limits), frozenset(verbs))


def optional(base: type) -> set[str]:
    """Methods that the base leaves to drivers: they raise DriverError there."""
    tree = ast.parse(pathlib.Path(model.__file__).read_text())
    (made,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == base.__name__]
    return {
        method.name
        for method in made.body
        if isinstance(method, ast.FunctionDef)
        and isinstance(method.body[-1], ast.Raise)
        and "this board" in ast.unparse(method.body[-1])
    }


SCHEMES = [
    scheme
    for scheme in drivers()
    if scheme != "dahdi" or os.environ.get("TRUNKD_DAHDI_VM") == "1"  # needs its machine
]


@functools.cache
def opened(scheme: str, makers: tuple[tuple[str, Callable[[bool], Any]], ...]) -> list[Real]:
    """The boards of all benches of a driver, whose names begin with its scheme."""
    every: dict[str, Callable[[], Any]] = {
        **{name: functools.partial(make, True) for name, make in makers},
        **{f"{name}-analog": make for name, make in ANALOG_MAKERS.items()},
        **CALL_MAKERS,
    }
    found = []
    for name, make in every.items():
        if name.partition("-")[0] == scheme:
            bench = make()
            found.append(real(bench.board))
            getattr(bench, "close", bench.board.close)()
    if scheme == "sim":
        taps = SimConfig(spans=1, span=[SpanConfig(1, kind="analog", ports="tap:1-2")])
        with open_board("sim://taps", taps, VirtualClock()) as board:
            found.append(real(board))
    return found


@pytest.fixture(params=SCHEMES)
def boards(request: pytest.FixtureRequest, makers: dict[str, Callable[[bool], Any]]) -> list[Real]:
    """One driver's boards."""
    found = opened(request.param, tuple(makers.items()))
    assert found, f"{request.param} has no bench: add a maker to conftest.py or call_benches.py"
    assert {board.scheme for board in found} == {request.param}
    return found


def offered(scheme: str) -> Capabilities:
    return find_driver(scheme).capabilities


def holds(board: Real) -> None:
    """It has nothing that its driver does not offer, and the methods of all that it has."""
    columns = offered(board.scheme)
    assert board.features in features_of(columns), board
    assert board.kinds <= kinds_of(columns), board
    for capability, verbs in VERBS.items():
        if FEATURES[capability] in board.features and columns.get(capability, ABSENT).supply:
            needed = verbs[:1] if FEATURES[capability] in board.limits else verbs
            assert set(needed) <= board.verbs, (board.scheme, capability)


def test_no_board_has_what_its_driver_does_not_offer(boards: list[Real]) -> None:
    for board in boards:
        holds(board)


def test_all_that_is_offered_was_seen_on_a_board(boards: list[Real]) -> None:
    scheme = boards[0].scheme
    features = functools.reduce(operator.or_, (board.features for board in boards))
    if scheme == "dahdi":  # lines and bits are those that its machine has
        assert features_of(TDM) in features
        return
    assert features == features_of(offered(scheme))
    seen = set().union(*(board.kinds for board in boards))
    unseen = {kind for kind, offer in offered(scheme).items() if offer.note.endswith(UNSEEN)}
    assert seen | unseen == kinds_of(offered(scheme)) and not seen & unseen


def test_limits_are_the_notes_of_the_matrix(boards: list[Real]) -> None:
    rows = {feature: capability for capability, feature in FEATURES.items()}
    for board in boards:
        for feature, text in board.limits.items():
            assert offered(board.scheme)[rows[feature]].note == text, board.scheme


def test_live_audio_is_on_until_it_ends(up: Any) -> None:
    """``streaming``, which no other test of the suite asks."""
    if Feature.STREAM not in up.board.features:
        with pytest.raises(DriverError):
            up.near.timeslots[1].streaming()
        return
    near, _ = up.voice()
    assert not near.streaming()
    with near.live_audio(LiveAudio()):
        assert near.streaming()
        near.stop_stream()
        up.wait(lambda: not near.streaming())


# The table itself


def test_every_feature_and_every_method_has_its_row() -> None:
    assert set(FEATURES.values()) == set(Feature) - {Feature.NONE}
    verbs = [verb for row in VERBS.values() for verb in row]
    assert len(set(verbs)) == len(verbs)
    bases = (model.Timeslot, model.Span, model.Board)
    assert set(verbs) == set().union(*(optional(base) for base in bases))


USED = {
    Capability.E1: "alarms",
    Capability.T1: "alarms",
    Capability.FXS: "feed",
    Capability.FXO: "loop",
    Capability.TAP: "tap",
    Capability.ANALOG: "battery",
    Capability.HDLC: "open_hdlc",
    Capability.MTP2: "mtp2",
    Capability.CALLS: "hang_up",
    Capability.SOFT_CHANNELS: "soft",
}
"""What a test of a capability without methods of its own uses."""


@pytest.mark.parametrize("capability", Capability, ids=lambda c: c.name)
def test_what_runs_a_capability_is_there(capability: Capability) -> None:
    text = "".join((TESTS / name).read_text() for name in SUITE[capability])
    wanted = VERBS.get(capability) or (USED[capability],)
    assert [word for word in wanted if not re.search(rf"\b{word}\b", text)] == []


def test_offers_of_both_kinds() -> None:
    both = by_board("dchan channels") | by_engine("clear channels")
    assert both.supply is Supply.NATIVE | Supply.SOFT
    assert both.note == "dchan channels; clear channels"
    assert (by_board() | by_engine()).note == ""
    assert all(offer.supply is Supply.SOFT for offer in TDM.values())
