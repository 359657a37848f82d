"""Transfers and deflections between two trunks whose wire loses frames: whatever happens, each
request ends once, each grant finds its calls, and nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from trunkd.errors import LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling import call_services as services
from trunkd.signaling.isdn import services_deflect, services_transfer

MS = 1_000_000
SECOND = 1_000_000_000
ELSEWHERE = neutral.PartyNumber("4930123", 1)
SETTINGS = {
    "explicit": {},
    "implicit": {"transfer": "implicit", "deflection": "deflection"},
    "ni2": {"variant": "ni2"},
    "rlt": {"variant": "dms100", "transfer": "rlt"},
}


@pytest.fixture(autouse=True)
def drawn():
    """A transition of the services that is not drawn raises, too."""
    machines = (services_transfer.TRANSFER, services_deflect.DEFLECT)
    for machine in machines:
        machine.strict = True
    yield
    for machine in machines:
        machine.strict = False


class Load:
    """Calls both ways, and a user's application that asks for services as dice have it."""

    def __init__(self, pair, few: bool = False) -> None:
        self.few = few
        """Implicit linkage: no more than two calls."""
        self.pair = pair
        self.asked: list[tuple[int, int]] = []
        self.deflected: list[int] = []
        pair.user.app = self.user
        pair.network.app = self.network

    def user(self, end, event) -> None:
        pair, rng = self.pair, self.pair.rng
        if isinstance(event, neutral.CallOffered):
            if rng.random() < 0.3 and not end.trunk.can_deflect(event.call):
                end.trunk.deflect(event.call, ELSEWHERE, 4, pair.now)
                self.deflected.append(event.call)
            else:
                pair.try_(lambda: end.trunk.answer(event.call, pair.now))
        elif isinstance(event, services.DeflectionDone) and not event.ok:
            pair.try_(lambda: end.trunk.answer(event.call, pair.now))

    def network(self, end, event) -> None:
        pair, rng = self.pair, self.pair.rng
        if isinstance(event, neutral.CallOffered):
            pair.try_(lambda: end.trunk.alert(event.call, False, pair.now))
            if rng.random() < 0.8:
                pair.try_(lambda: end.trunk.answer(event.call, pair.now))
        elif isinstance(event, services.TransferAsked | services.DeflectionAsked):
            ok, wait = rng.random() < 0.6, rng.choice((0, 200 * MS, 9 * SECOND))
            pair.after(wait, lambda: self.grant(event.call, ok))

    def grant(self, call: int, ok: bool) -> None:
        self.pair.try_(lambda: self.pair.network.trunk.grant(call, ok, self.pair.now))
        self.pair.settle()

    def step(self) -> None:
        """Something at random."""
        pair, rng = self.pair, self.pair.rng
        what = rng.random()
        live = sorted(pair.user.live)
        most = 2 if self.few else 40
        if (what < 0.5 or len(live) < 2) and len(live) < most:
            end = rng.choice(pair.ends)
            pair.try_(lambda: pair.place(end, neutral.CallRequest(neutral.PartyNumber("1"))))
        elif what < 0.85 and len(live) > 1:
            calls = tuple(rng.sample(live, 2))
            if not pair.user.trunk.can_transfer(*calls):
                pair.user.trunk.transfer(*calls, pair.now)
                self.asked.append(calls)
        else:
            end = rng.choice(pair.ends)
            if end.live:
                call = rng.choice(sorted(end.live))
                pair.try_(lambda: end.trunk.clear(call, 16, pair.now))


def outcomes(end, kind: type) -> list[Any]:
    return [event for event in end.log if isinstance(event, kind)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SETTINGS)
def test_whatever_happens_each_request_ends_once(pair_of, wire_of, name: str, seed: int) -> None:
    settings = SETTINGS[name]
    pair = pair_of(seed, wire_of(loss=0.03, double=0.02), user=settings, network=settings)
    load = Load(pair, name == "implicit")
    pair.start()
    pair.run(5 * SECOND)
    for _ in range(150):
        load.step()
        pair.run(pair.now + pair.rng.choice((20 * MS, 200 * MS, SECOND)))
    pair.wire.loss = pair.wire.double = 0.0
    for end in pair.ends:
        for call in sorted(end.live):
            pair.try_(lambda e=end, c=call: e.trunk.clear(c, 16, pair.now))
    pair.run(pair.now + 300 * SECOND)
    done = outcomes(pair.user, services.TransferDone)
    assert sorted((e.call, e.other) for e in done) == sorted(load.asked)
    deflections = outcomes(pair.user, services.DeflectionDone)
    assert sorted(e.call for e in deflections) == sorted(load.deflected)
    assert len({e.ok for e in done}) == 2, "every transfer had the same end"
    assert all(e.error for e in done if not e.ok)
    for end in pair.ends:
        trunk_services = end.trunk.control.services
        assert not trunk_services.askings and not trunk_services.call_ids
        assert not trunk_services.unsettled
        network = trunk_services.network
        assert not network.requests and not network.links and not network.held
    pair.assert_idle()


def test_a_transfer_outlives_the_data_link(pair_of) -> None:
    """5.8.9: the calls do; the request ends by its timer and says so."""
    pair = pair_of()
    load = Load(pair)
    pair.start()
    pair.run(SECOND)
    calls = [pair.place(pair.user, neutral.CallRequest(neutral.PartyNumber("1"))) for _ in range(2)]
    pair.run(pair.now + SECOND)
    for call in calls:
        pair.try_(lambda c=call: pair.network.trunk.answer(c, pair.now))
    pair.run(pair.now + SECOND)
    pair.network.app = None
    pair.user.trunk.transfer(*calls, pair.now)
    pair.wire.cut = True
    pair.run(pair.now + 20 * SECOND)
    (done,) = outcomes(pair.user, services.TransferDone)
    assert not done.ok and done.error == "the network did not answer"
    with pytest.raises(LocalError, match="the data link is down"):
        pair.user.trunk.transfer(*calls, pair.now)
    pair.wire.cut = False
    pair.run(pair.now + 30 * SECOND)
    assert pair.user.trunk.can_transfer(*calls) == ""
    pair.network.app = load.network
    for call in calls:
        pair.user.trunk.clear(call, 16, pair.now)
    pair.run(pair.now + 30 * SECOND)
    pair.assert_idle()


def test_calls_of_two_spans_with_one_d_channel(pair_of) -> None:
    """NFAS: the calls' references say which they are, whatever span they have."""
    settings = {"variant": "ni2", "interfaces": (0, 1)}
    pair = pair_of(user=settings, network=settings)
    pair.start()
    pair.run(SECOND)
    calls = []
    for channel in (5, 32 + 24):
        request = neutral.CallRequest(neutral.PartyNumber("1"), channel=channel, exclusive=True)
        calls.append(pair.place(pair.user, request))
        pair.run(pair.now + SECOND)
        pair.network.trunk.answer(calls[-1], pair.now)
        pair.settle()
    pair.run(pair.now + SECOND)
    pair.user.trunk.transfer(*calls, pair.now)
    pair.run(pair.now + SECOND)
    (asked,) = outcomes(pair.network, services.TransferAsked)
    assert (asked.call, asked.other, asked.service) == (*calls, "2bct")
    pair.network.trunk.grant(asked.call, True, pair.now)
    pair.run(pair.now + 10 * SECOND)
    (done,) = outcomes(pair.user, services.TransferDone)
    assert done.ok and sorted(e.channel for e in pair.user.released) == [5, 56]
    pair.assert_idle()
