"""Fifty clients of one daemon in virtual time: 480 channels, 200 calls offered a second."""

from __future__ import annotations

import pathlib

import pytest

from trunkd.hil.cti_load import virtual
from trunkd.hil.cti_load_model import Connections, Digest, Told, Wanted


def test_each_of_fifty_clients_is_told_all_that_it_asked_for(tmp_path: pathlib.Path) -> None:
    (tmp_path / "media").mkdir()
    found = virtual(str(tmp_path), seconds=3, clients=50, rate=200, hold=1.0, seed=7)
    assert found["wrong"] == []
    assert found["offered"] == 600
    # Both ends of a link may seize the same channel, and there may be none: few calls fail.
    assert found["answered"] >= 570
    assert found["peakChannels"] >= 300
    assert found["snapshots"] > 50
    assert found["eventsToClients"] > 10 * found["events"]


def told(event: str, call_id: int = 1, direction: str = "", **more: object) -> Told:
    return Told(event, seq=1, call_id=call_id, direction=direction, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([told("Delivered", 1, "in"), told("Delivered", 1, "in")], id="twice"),
        pytest.param([told("Established")], id="no beginning"),
        pytest.param([told("Originated"), told("Offered")], id="other direction"),
        pytest.param(
            [told("Originated"), told("ConnectionCleared"), told("Established")], id="after its end"
        ),
        pytest.param(
            [told("Originated"), told("Established"), told("Delivered", 1, "out")], id="goes back"
        ),
        pytest.param([told("Originated", 2), told("Originated", 1)], id="ids out of order"),
    ],
)
def test_the_model_finds_what_is_not_legal(events: list[Told]) -> None:
    model = Connections()
    for event in events:
        model.take(event)
    assert model.wrong


def test_the_model_follows_a_call() -> None:
    model = Connections()
    for event in ("Originated", "NetworkReached", "Delivered", "Established"):
        model.take(told(event, 5, "out"))
    assert model.up == {5: ("out", "connected")}
    assert model.differs({5: ("out", "connected")}) == ""
    assert "differ" in model.differs({})
    model.take(told("ConnectionCleared", 5))
    assert (model.up, model.wrong, model.established) == ({}, [], 1)


def test_a_digest_knows_order_and_content() -> None:
    first, second, third = Digest(), Digest(), Digest()
    for digest, parts in ((first, b"ab"), (second, b"ba"), (third, b"ab")):
        for part in parts:
            digest.add(bytes([part]))
    assert first == third
    assert first != second


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        (Wanted(), True),
        (Wanted(events=("Failed",)), False),
        (Wanted(trunks=("t2",)), False),
        (Wanted(trunks=("t1",), devices=("trunk/t1/3",)), True),
        (Wanted(devices=("trunk/t1",)), True),
        (Wanted(devices=("trunk/t1/4",)), False),
        (Wanted(sessions=("a",)), True),
        (Wanted(sessions=("b",)), False),
    ],
)
def test_who_is_owed_an_event(wanted: Wanted, has: bool) -> None:
    event = told("Established", 1, device="trunk/t1/3", owner="a")
    assert wanted.has(event, "t1") is has
