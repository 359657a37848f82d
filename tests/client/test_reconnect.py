"""trunkd.client when its connection, or the daemon, goes: nothing is missed, nothing done twice."""

from __future__ import annotations

import asyncio
import pathlib
import re
import signal
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cut import Cable

from trunkd.client import Call, CallEnded, Client, ConnectionLost, OnLoss, Refused, events
from trunkd.daemon import methods as m
from trunkd.errors import LocalError


async def answered(trunkd: Client, **more: Any) -> tuple[Call, Call]:
    arrivals = trunkd.incoming("exchange")
    coming = asyncio.ensure_future(anext(arrivals))
    call = await trunkd.make_call("100", "trunk/pstn", **more)
    other = await (await coming).answer()
    await arrivals.aclose()
    return await call.answered(), other


def run(work: Any) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(120):
            await work

    asyncio.run(bounded())


def test_cut_again_and_again_no_event_is_missed(daemon, tmp_path: pathlib.Path) -> None:
    async def work() -> None:
        async with (
            Cable(tmp_path / "s", daemon.socket) as cable,
            Client(daemon.socket) as sees_all,
            Client(cable.path, name="cut") as trunkd,
        ):
            await trunkd.links_up()
            with trunkd.events() as theirs, sees_all.events() as all_:
                for n in range(5):
                    call, _ = await answered(trunkd)
                    if n % 2:
                        cable.cut()
                    await call.hang_up()
                    cable.cut()
                last = await trunkd.request(m.Snapshot())
                expected, got = [], []
                while not expected or expected[-1] < last.seq:
                    expected.append((await anext(all_)).seq)
                while not got or got[-1] < last.seq:
                    got.append((await anext(theirs)).seq)
            begin = max(expected[0], got[0])
            assert [s for s in got if s >= begin] == [s for s in expected if s >= begin]
            assert got == list(range(got[0], got[0] + len(got)))
            assert trunkd.connections > 1 and not trunkd.resynchronised

    run(work())


def test_a_request_whose_answer_was_lost_is_done_once(daemon, tmp_path: pathlib.Path) -> None:
    async def work() -> None:
        async with Cable(tmp_path / "s", daemon.socket) as cable, Client(cable.path) as trunkd:
            await trunkd.links_up()
            cable.cut_at('"callId"')
            call, other = await answered(trunkd, calling="777")
            assert cable.cuts == 1 and trunkd.connections == 2
            there = (await trunkd.request(m.Calls())).calls
            assert [c.call_id for c in there if c.calling == "777" and c.direction == "out"] == [
                call.call_id
            ]
            assert other.state == "connected"
            await call.hang_up()

    run(work())


def test_without_keys_a_lost_answer_is_said(daemon, tmp_path: pathlib.Path) -> None:
    """A daemon that knows no keys: the request may have been done, so it is not sent again."""

    async def work() -> None:
        async with Cable(tmp_path / "s", daemon.socket) as cable:
            cable.swap = (b'"keys"', b'"none"')
            async with Client(cable.path) as trunkd, Client(daemon.socket) as other:
                await trunkd.links_up()
                arrivals = other.incoming("exchange")
                coming = asyncio.ensure_future(anext(arrivals))
                cable.cut_at('"result":{"callId"')
                with pytest.raises(ConnectionLost, match="before it answered makeCall"):
                    await trunkd.make_call("100", "trunk/pstn", calling="778")
                await (await coming).hang_up()
                await arrivals.aclose()

    run(work())


def test_an_application_that_crashed_takes_its_calls_back(daemon) -> None:
    async def work() -> None:
        first = Client(daemon.socket, session="desk", on_loss=OnLoss(keep_for=600, then="clear"))
        async with Client(daemon.socket) as other:
            await other.links_up()
            await first.open()
            call, far = await answered(first)
            await first.close()  # its calls stay up
            assert far.state == "connected"
            with pytest.raises(Refused):
                await Client(daemon.socket, session="desk", secret="wrong").open()
            async with Client(daemon.socket, session="desk", secret=first.secret) as again:
                mine = again.calls[call.call_id]
                assert mine.state == "connected" and mine.owner == "desk"
                await mine.hang_up()

    run(work())


def test_requests_wait_while_there_is_no_connection(daemon, tmp_path: pathlib.Path) -> None:
    async def work() -> None:
        async with Cable(tmp_path / "s", daemon.socket) as cable, Client(cable.path) as trunkd:
            await trunkd.links_up()
            cable.cut()
            results = await asyncio.gather(*(trunkd.request(m.Trunks()) for _ in range(20)))
            assert {len(r.trunks) for r in results} == {2}

    run(work())


def kept(seen: list[Any]) -> set[int]:
    return {e.call_id for e in seen if isinstance(e, events.CallKept)}


def reset(seen: list[Any]) -> set[str]:
    """Trunks whose restart at the far end is done."""
    return {e.trunk for e in seen if isinstance(e, events.RestartDone) and e.local}


def test_the_daemon_is_killed_and_comes_back(start_daemon) -> None:
    """Of two calls the one that rings ends, and the one that was answered goes on."""
    first = start_daemon()
    again_up: list[Any] = []

    async def work() -> None:
        async with Client(first.socket) as trunkd:
            await trunkd.links_up()
            call, other = await answered(trunkd)
            arrivals = trunkd.incoming("exchange")
            coming = asyncio.ensure_future(anext(arrivals))
            rings = await trunkd.make_call("200", "trunk/pstn")
            there = await coming
            await arrivals.aclose()
            assert trunkd.welcome is not None
            instance, mark = trunkd.welcome.instance, trunkd.seq
            with trunkd.events() as told:
                playing = asyncio.ensure_future(rings.over())
                await asyncio.to_thread(first.stop, signal.SIGKILL)
                again_up.append(await asyncio.to_thread(type(first), first.directory))
                assert await playing == "restart"
                await there.over()
                assert trunkd.welcome.instance != instance and not trunkd.resynchronised
                # Both ends confirm the other call, and the other channels are reset.
                seen: list[Any] = []
                while not (kept(seen) == {call.call_id, other.call_id} and len(reset(seen)) == 2):
                    seen.append(await anext(told))
                (restarted,) = [e for e in seen if isinstance(e, events.Restarted)]
                assert (restarted.calls, restarted.kept) == (2, 2)
                assert [e.seq for e in seen] == list(range(mark + 1, mark + 1 + len(seen)))
            again, _ = await answered(trunkd)
            assert again.call_id > there.call_id
            await again.hang_up()
            assert trunkd.calls[call.call_id] is call
            await call.hang_up()
            assert await other.over() == "normalClearing"

    try:
        run(work())
    finally:
        for daemon in again_up:
            daemon.close()


def test_events_that_are_gone_are_made_up_by_a_snapshot(start_daemon, tmp_path) -> None:
    """The daemon keeps few events; more happen than that while the client is away."""
    daemon = start_daemon(daemon="client_queue = 16")

    async def work() -> None:
        async with (
            Client(daemon.socket) as other,
            Cable(tmp_path / "s", daemon.socket) as cable,
            Client(cable.path) as trunkd,
        ):
            await other.links_up()
            await trunkd.links_up()
            gone, _ = await answered(trunkd)
            stays, _ = await answered(trunkd)
            waiting = asyncio.ensure_future(gone.answered())
            ending = asyncio.ensure_future(gone.play())  # refused: nothing to play
            await asyncio.gather(waiting, ending, return_exceptions=True)
            collecting = asyncio.ensure_future(gone.wait(events.DigitsDetected))
            await asyncio.sleep(0)
            cable.hold()
            await other.request(m.ClearConnection(call_id=gone.call_id))
            for _ in range(3):
                call, _ = await answered(other)
                await call.hang_up()
            cable.mend()
            with pytest.raises(CallEnded):
                await collecting
            assert gone.cause == "lost" and trunkd.resynchronised == 1
            assert stays.state == "connected"
            assert gone.call_id not in trunkd.calls and stays.call_id in trunkd.calls
            await stays.hang_up()
            assert stays.cause == "normalClearing"

    run(work())


def test_a_daemon_that_never_comes_back_is_waited_for_no_longer_than_asked(start_daemon) -> None:
    daemon = start_daemon()

    async def work() -> None:
        async with Client(daemon.socket, timeout=0.2) as trunkd:
            await asyncio.to_thread(daemon.stop, signal.SIGKILL)
            with pytest.raises(Exception, match=r"did not answer trunks in 0\.2 s"):
                await trunkd.request(m.Trunks())

    run(work())


def test_by_tcp_with_a_token(start_daemon, tmp_path: pathlib.Path) -> None:
    token = tmp_path / "token"
    token.write_text("open sesame, open sesame\n")
    token.chmod(0o600)
    listen = f'\n[[listen]]\naddress = "tcp://127.0.0.1:0"\ntoken_file = "{token}"\n'
    daemon = start_daemon(network=listen)
    (address,) = re.findall(r"listening on (tcp://\S+)", daemon.log_text())

    async def work() -> None:
        with pytest.raises(Refused):
            await Client(address, token="open barley, open barley").open()
        async with Client(address, token="open sesame, open sesame") as trunkd:
            await trunkd.links_up()
            call, _ = await answered(trunkd)
            with pytest.raises(LocalError, match="Unix socket"):
                await call.open_audio()
            await call.hang_up()

    run(work())
