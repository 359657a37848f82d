"""trunkd.client at a daemon: what an application does with calls."""

from __future__ import annotations

import asyncio
import pathlib
import threading
from collections.abc import Awaitable, Callable

import pytest

from trunkd.client import (
    BlockingClient,
    Call,
    CallEnded,
    Client,
    Refused,
    Unreachable,
    events,
    silence,
    tone,
)
from trunkd.daemon import methods as m
from trunkd.errors import LocalError

Test = Callable[[Client], Awaitable[None]]


def run(daemon, test: Test) -> None:
    async def inside() -> None:
        async with (
            asyncio.timeout(120),
            Client(daemon.socket, name="test") as trunkd,
        ):
            await trunkd.links_up()
            await test(trunkd)

    asyncio.run(inside())


async def connected(trunkd: Client, called: str = "100") -> tuple[Call, Call]:
    """An answered call: our end, and the other, which is a call of the same daemon."""
    arrivals = trunkd.incoming("exchange")
    # Its first step registers it: calls that come in from now on are seen.
    coming = asyncio.ensure_future(anext(arrivals))
    call = await trunkd.make_call(called, "trunk/pstn", calling="200")
    other = await coming
    await arrivals.aclose()
    await other.answer()
    await call.answered()
    return call, other


def test_a_call_from_both_ends(daemon) -> None:
    async def test(trunkd: Client) -> None:
        call, other = await connected(trunkd)
        assert (other.direction, other.calling, other.called) == ("in", "200", "100")
        assert other.state == call.state == "connected"
        assert other.trunk == "exchange" and call.trunk == "pstn"
        assert set(trunkd.calls) == {call.call_id, other.call_id}
        with other.events() as told:
            await call.hang_up()
            kinds = [type(e) async for e in told]
        assert kinds[-1] is events.ConnectionCleared
        assert call.ended and call.cause == "normalClearing"
        assert await other.over() == "normalClearing"
        assert not trunkd.calls
        with pytest.raises(CallEnded):
            await call.play(tone("CN/busy"))
        await call.hang_up()

    run(daemon, test)


def test_media_until_it_has_ended(daemon) -> None:
    async def test(trunkd: Client) -> None:
        call, other = await connected(trunkd)
        stop = await call.play(silence(0.1), tone("gb/busy", 0.2))
        assert (stop.kind, stop.reason) == ("play", "complete") and stop.octets == 2400
        asking = asyncio.ensure_future(other.collect(tone("gb/dial", 30), max_digits=3))
        await other.wait(events.Play)
        await call.send_digits("17#")
        got = await asking
        assert (got.digits, got.reason) == ("17", "terminator")
        recording = asyncio.ensure_future(other.record("said.wav", beep=False))
        await other.wait(events.Record)
        await call.play(tone("gb/busy", 0.5))
        await call.send_digits("#")
        stop = await recording
        assert (stop.kind, stop.reason, stop.digit) == ("record", "digit", "#")
        assert stop.octets > 2000
        await call.hang_up()

    run(daemon, test)


def test_a_cancelled_wait_stops_what_it_began(daemon) -> None:
    async def test(trunkd: Client) -> None:
        call, other = await connected(trunkd)
        with call.events(events.Stop) as stops:
            playing = asyncio.ensure_future(call.play(tone("gb/dial", 3600)))
            await call.wait(events.Play)
            playing.cancel()
            stop = await stops.next()
            assert stop is not None and stop.reason == "stopped"
        with other.events(events.DigitsCollected) as collected:
            asking = asyncio.ensure_future(other.collect(tone("gb/dial", 3600)))
            await other.wait(events.Play)
            asking.cancel()
            done = await collected.next()
            assert done is not None and done.reason == "stopped"
        await call.hang_up()

    run(daemon, test)


def test_the_end_of_a_call_ends_every_wait(daemon) -> None:
    async def test(trunkd: Client) -> None:
        call, other = await connected(trunkd)
        waits = [
            asyncio.ensure_future(work)
            for work in (
                other.collect(tone("gb/dial", 3600)),
                call.play(silence(3600)),
                call.wait(events.DigitsDetected),
            )
        ]
        with call.events(events.Play) as one, other.events(events.Play) as two:
            await one.next()
            await two.next()
        await call.hang_up()
        collected, played, waited = await asyncio.gather(*waits, return_exceptions=True)
        for result in (collected, waited):
            assert isinstance(result, CallEnded) and result.cause == "normalClearing"
        assert isinstance(played, events.Stop) and played.reason == "stopped"

    run(daemon, test)


def test_a_refused_call_says_why(daemon) -> None:
    async def test(trunkd: Client) -> None:
        arrivals = trunkd.incoming("exchange")
        coming = asyncio.ensure_future(anext(arrivals))
        call = await trunkd.make_call("100", "trunk/pstn")
        await (await coming).reject(17)
        await arrivals.aclose()
        with pytest.raises(CallEnded) as ended:
            await call.answered()
        assert (ended.value.cause, ended.value.q850) == ("busy", 17)
        await call.over()
        with pytest.raises(Refused) as refused:
            await trunkd.make_call("100", "trunk/none")
        assert refused.value.word == "invalidDeviceID"

    run(daemon, test)


def test_calls_are_served_and_a_failed_handler_costs_only_its_call(daemon, caplog) -> None:
    async def test(trunkd: Client) -> None:
        async def handler(call: Call) -> None:
            await call.answer()
            if call.called == "13":
                raise ValueError("thirteen")
            await call.collect(max_digits=1, first_timeout=60)

        serving = trunkd.spawn(trunkd.serve(handler, "exchange"))
        await asyncio.sleep(0)  # it registers
        first = await trunkd.make_call("12", "trunk/pstn")
        bad = await trunkd.make_call("13", "trunk/pstn")
        assert await bad.over() == "normalClearing"
        await first.answered()
        await first.send_digits("5")
        assert await first.over() == "normalClearing"
        assert not serving.done()

    run(daemon, test)
    assert "the application failed" in caplog.text and "thirteen" in caplog.text


def test_consultation_and_transfer(daemon) -> None:
    async def test(trunkd: Client) -> None:
        call, _ = await connected(trunkd)
        arrivals = trunkd.incoming("exchange")
        coming = asyncio.ensure_future(anext(arrivals))
        with call.events(events.Held, events.Transferred) as told:
            second = await call.consult("300", "trunk/pstn")
            agent = await (await coming).answer()
            await second.answered()
            assert call.state == "hold"
            await call.transfer(second)
            assert isinstance(await told.next(), events.Held)
            assert isinstance(await told.next(), events.Transferred)
        info = await trunkd.request(m.SnapshotCall(call_id=call.call_id))
        assert {c.call_id for c in info.connections} == {call.call_id, second.call_id}
        await agent.hang_up()
        assert await call.over() == "normalClearing"
        await arrivals.aclose()

    run(daemon, test)


async def until_joined(changes):
    async for change in changes:
        yield change
        if change.change == "joined":
            return


def test_a_conference_and_live_audio(daemon) -> None:
    async def test(trunkd: Client) -> None:
        call, other = await connected(trunkd)
        async with await trunkd.conference("room") as room:
            with room.events() as changes:
                await room.join(call)
                change = [c async for c in until_joined(changes)][-1]
            assert change.call_id == call.call_id and change.members == 1
            await room.leave(call)
        with await other.open_audio(coding="alaw") as audio:
            assert len(await audio.read()) == 160
            assert await audio.write(b"\xd5" * 160)
            await call.hang_up()
            while await audio.read():
                pass

    run(daemon, test)


def test_blocking(daemon) -> None:
    """The same without asyncio: a thread that answers, and one that calls."""
    heard: list[str] = []

    def answer(trunkd: BlockingClient, ready: threading.Event) -> None:
        arrivals = trunkd.incoming("exchange")
        ready.set()
        with next(arrivals).answer() as call:
            heard.append(call.collect(tone("gb/dial", 30), max_digits=2).digits)

    with BlockingClient(daemon.socket) as trunkd:
        trunkd.links_up()
        thread = threading.Thread(target=answer, args=(trunkd, threading.Event()))
        thread.start()
        call = trunkd.make_call("100", "trunk/pstn").answered()
        with call.events(events.ConnectionCleared) as cleared:
            call.send_digits("42")
            event = cleared.next(timeout=300)
        assert event is not None and event.call_id == call.call_id
        thread.join(300)
        assert heard == ["42"] and call.ended
        with pytest.raises(CallEnded):
            call.play(tone("gb/dial"))
        with trunkd.events() as nothing, pytest.raises(TimeoutError):
            nothing.next(timeout=0.01)


def test_addresses(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Unreachable, match="no trunkd at"):
        BlockingClient(str(tmp_path / "none"))
    with pytest.raises(LocalError, match="is no address"):
        BlockingClient("http://localhost:1")
