"""What the network does for calls, asked by trunkd.client: ``pstn`` is the user of ``exchange``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from trunkd.client import BlockingCall, BlockingClient, Call, Client, Refused, events
from trunkd.daemon import methods as m
from trunkd.daemon.methods_switch_divert import DeflectCall

OFFER = {"pstn": 'incoming = "offer"', "exchange": 'incoming = "offer"'}
ROUTE = """
[[group]]
name = "out"
members = ["exchange"]
[[route]]
name = "all"
prefix = ["5"]
choices = ["out"]
"""


async def answered(trunkd: Client, number: str, device: str) -> tuple[Call, Call]:
    """An answered call: both its ends, which are calls of one daemon."""
    came = "pstn" if device.endswith("exchange") else "exchange"
    arrivals = trunkd.incoming(came)
    coming = asyncio.ensure_future(anext(arrivals))
    call = await trunkd.make_call(number, device)
    far = await coming
    await arrivals.aclose()
    await far.answer()
    await call.answered()
    return call, far


async def consulted(trunkd: Client, held: Call) -> tuple[Call, Call]:
    arrivals = trunkd.incoming("exchange")
    coming = asyncio.ensure_future(anext(arrivals))
    active = await held.consult("5551002", "trunk/pstn")
    far = await coming
    await arrivals.aclose()
    await far.answer()
    await active.answered()
    return active, far


async def behind(trunkd: Client, far: Call) -> Call:
    """Whom the exchange connects a call with: his end."""
    call, end = await answered(trunkd, "5558", "trunk/exchange")
    await far.join(call)
    return end


def run(daemon: Any, test: Callable[[Client], Any]) -> None:
    async def inside() -> None:
        async with asyncio.timeout(120), Client(daemon.socket, name="test") as trunkd:
            await trunkd.links_up()
            await test(trunkd)

    asyncio.run(inside())


def test_transfer_by_the_network(start_daemon: Callable[..., Any]) -> None:
    async def test(trunkd: Client) -> None:
        held, far = await answered(trunkd, "5551001", "trunk/pstn")
        one = await behind(trunkd, far)
        active, far = await consulted(trunkd, held)
        other = await behind(trunkd, far)
        assert await held.transfer(active, by="network") == "network"
        await held.over()
        await active.over()
        assert (one.state, other.state) == ("connected", "connected")
        with other.events(events.ConnectionCleared) as stream:
            await one.hang_up()
            assert await stream.next() is not None, "nobody else is in it"

    run(start_daemon(**OFFER), test)


def test_deflection_by_the_network_and_by_our_switch(start_daemon: Callable[..., Any]) -> None:
    async def test(trunkd: Client) -> None:
        for by in ("any", "switch"):
            arrivals = trunkd.incoming("pstn")
            coming = asyncio.ensure_future(anext(arrivals))
            caller = await trunkd.make_call("4001", "trunk/exchange")
            call = await coming
            await arrivals.aclose()
            again = trunkd.incoming(called="5551009")
            coming = asyncio.ensure_future(anext(again))
            if by == "any":
                assert await call.deflect("5551009") is None
                assert await call.over() and call.cause
            else:
                placed = await call.deflect("5551009", "trunk/pstn", by="switch")
                assert placed is not None and placed.call_id != call.call_id
                assert placed.direction == "out"
            last = await coming
            await again.aclose()
            await last.answer()
            await caller.answered()
            await caller.hang_up()
            await last.over()

    run(start_daemon(network=ROUTE, **OFFER), test)


def test_a_call_that_our_switch_deflects_instead_is_ours(start_daemon: Callable[..., Any]) -> None:
    async def test(trunkd: Client) -> None:
        arrivals = trunkd.incoming("pstn")
        coming = asyncio.ensure_future(anext(arrivals))
        caller = await trunkd.make_call("4001", "trunk/exchange")
        call = await coming
        await arrivals.aclose()
        with trunkd.events(events.NetworkRefused) as stream:
            placed = await call.deflect("5551009")
            told = await stream.next()
        assert told is not None and (told.service, told.then) == ("deflection", "switch")
        assert placed is not None and placed.owner == caller.owner != ""
        await caller.hang_up()
        await placed.over()

    run(start_daemon(network=f"offer_deflection = false\n{ROUTE}", **OFFER), test)


PATIENT = 'incoming = "offer"\nline_hold = "60s"'
LINK = "[trunk.pri.link]\nn200 = 100\n"


@pytest.mark.parametrize("order", ["as told", "swapped"])
@pytest.mark.parametrize("offered", ["true", "false"])
def test_the_network_takes_longer_than_an_answer_may(
    start_daemon: Callable[..., Any], offered: str, order: str
) -> None:
    """The daemon answers `timeout`, and events tell how it ended: the client waits for these. The
    line is cut until the daemon has said so of a request that was made later. They tell of the
    call on hold; the one that was named first may be the other."""

    async def test(trunkd: Client) -> None:
        held, far = await answered(trunkd, "5551001", "trunk/pstn")
        await behind(trunkd, far)
        active, far = await consulted(trunkd, held)
        await behind(trunkd, far)
        arrivals = trunkd.incoming("pstn")
        coming = asyncio.ensure_future(anext(arrivals))
        await trunkd.make_call("4001", "trunk/exchange")
        third = await coming
        await arrivals.aclose()
        await trunkd.request(m.SimCable(span="b0/1", action="cut"))
        named, other = (held, active) if order == "as told" else (active, held)
        asked = asyncio.ensure_future(named.transfer(other, by="network"))
        with pytest.raises(Refused, match="RequestSettled tells"):
            params = DeflectCall(call_id=third.call_id, called="5551009", by="network")
            await trunkd.request(params)
        assert not asked.done()
        with trunkd.events(events.RequestSettled, method="transferCall") as late:
            await trunkd.request(m.SimCable(span="b0/1", action="mend"))
            if offered == "true":
                assert await asked == "network"
                await held.over()
            else:
                with pytest.raises(Refused, match="not subscribed") as refused:
                    await asked
                assert refused.value.word == "networkRefused" and held.state == "hold"
            assert await late.next() is not None

    pri = f"offer_transfer = {offered}\n{LINK}"
    more = {"pstn": PATIENT, "exchange": PATIENT, "user": LINK}
    run(start_daemon(network=f'{pri}[sessions]\nanswer_within = "100ms"\n', **more), test)


def test_a_refusal_and_then_our_switch(start_daemon: Callable[..., Any]) -> None:
    """The same for programs without asyncio; far ends answer by themselves."""
    treatment = '[[dnis]]\nprefix = ["5"]\ntreatment = "answer"\n'
    daemon = start_daemon(network=f"offer_transfer = false\n{treatment}")
    with BlockingClient(daemon.socket) as trunkd:
        trunkd.links_up()
        held = trunkd.make_call("5551001", "trunk/pstn").answered()
        active = held.consult("5551002", "trunk/pstn").answered()
        with pytest.raises(Refused, match="not transferred by the network") as refused:
            held.transfer(active, by="network")
        assert refused.value.word == "networkRefused"
        assert held.state == "hold"
        assert held.transfer(active, by="any") == "switch"
        shown = trunkd.request(m.SnapshotCall(call_id=held.call_id))
        assert {c.call_id for c in shown.connections} == {held.call_id, active.call_id}
        assert isinstance(held, BlockingCall)
        with pytest.raises(Refused, match="cannot be deflected"):
            held.deflect("5551009", by="network")
