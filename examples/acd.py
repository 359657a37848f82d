"""A queue of a call centre: callers wait with music and hear their position, agents are called.

    trunkd run -c examples/back-to-back.toml &
    python examples/acd.py --trunk exchange --agent trunk/exchange,301 --agent trunk/exchange,302

Who waits longest gets the agent who was idle longest, whose telephone is called. An agent who does
not answer in --ring seconds rests for --rest seconds. Music is that of `[[media.music]]`. With
--prompts DIR the position is said by DIR/position.wav and DIR/digits/N.wav, else by beeps.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from trunkd.client import Call, CallEnded, Client, Item, Refused, run, silence, tone


class Acd:
    def __init__(self, trunkd: Client, given: argparse.Namespace) -> None:
        self.trunkd = trunkd
        self.given = given
        self.later = asyncio.get_running_loop().call_later
        self.waiting: list[Call] = []
        self.idle: asyncio.Queue[str] = asyncio.Queue()
        for agent in given.agent:
            self.idle.put_nowait(agent)

    async def caller(self, call: Call) -> None:
        await call.answer()
        self.waiting.append(call)
        comfort = self.trunkd.spawn(self.comfort(call))
        try:
            agent, theirs = await self.agent_for(call)
        finally:
            self.waiting.remove(call)
            comfort.cancel()
            await asyncio.gather(comfort, return_exceptions=True)
        try:
            await call.join(theirs, last="clear")
            print(f"call {call.call_id}: with {agent}", flush=True)
            await theirs.over()
        finally:
            await theirs.hang_up()
            self.idle.put_nowait(agent)

    async def comfort(self, call: Call) -> None:
        """Music, and from time to time how many are before."""
        while True:
            position = self.waiting.index(call) + 1
            print(f"call {call.call_id}: position {position}", flush=True)
            await call.play(*self.announcement(position))
            with contextlib.suppress(Refused):  # no music is configured: silence, then
                await call.music()
            await asyncio.sleep(self.given.every)
            await call.stop_music()

    def announcement(self, position: int) -> list[str | Item]:
        if self.given.prompts:
            digits = [f"{self.given.prompts}/digits/{d}.wav" for d in str(position)]
            return [f"{self.given.prompts}/position.wav", *digits]
        return [tone("CN/dial", 0.2), silence(0.3)] * position

    async def agent_for(self, call: Call) -> tuple[str, Call]:
        """The connection of an agent who has answered. Queue.get serves in order of arrival."""
        while True:
            agent = await call.while_up(self.idle.get())
            device, _, number = agent.partition(",")
            try:
                theirs = await self.trunkd.make_call(number, device, calling=call.calling)
                async with asyncio.timeout(self.given.ring):
                    return agent, await call.while_up(theirs.answered())
            except Refused:  # no line is free, or its trunk is down: soon again
                self.later(1, self.idle.put_nowait, agent)
            except (CallEnded, TimeoutError):
                self.later(0 if call.ended else self.given.rest, self.idle.put_nowait, agent)
                await theirs.hang_up()
            if call.ended:
                raise CallEnded(call)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--trunk", default="", help="callers come in here; empty: anywhere")
    parser.add_argument("--agent", action="append", required=True, help="DEVICE,NUMBER")
    parser.add_argument("--every", type=float, default=30, help="seconds between announcements")
    parser.add_argument("--ring", type=float, default=20, help="seconds to let an agent's ring")
    parser.add_argument("--rest", type=float, default=60, help="seconds, after no answer")
    parser.add_argument("--prompts", default="", help="folder below the media directory")
    given = parser.parse_args()
    async with Client(given.socket, name="acd") as trunkd:
        print("waiting for calls", flush=True)
        await trunkd.serve(Acd(trunkd, given).caller, given.trunk)


if __name__ == "__main__":
    run(main(), "acd")
