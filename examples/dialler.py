"""A predictive dialler: more numbers are called than agents are free, people who answer get one.

    trunkd run -c examples/back-to-back.toml &
    python examples/dialler.py numbers.txt --device trunk/pstn --agent trunk/exchange,301

The agents' telephones are called first and stay connected. What answers is found by its sound: a
person is connected to a free agent within --wait seconds, a machine or a fax is cleared. How many
numbers are called for each free agent follows the share of people who found none: above --abandoned
it shrinks, below it grows up to --most.
"""

from __future__ import annotations

import argparse
import asyncio
import pathlib
from collections import Counter

from trunkd.client import Call, Client, events, run
from trunkd.daemon.methods_switch_more import MakePredictiveCall


class Campaign:
    def __init__(self, trunkd: Client, given: argparse.Namespace) -> None:
        self.trunkd = trunkd
        self.given = given
        self.agents: list[Call] = []
        self.calls: set[asyncio.Task[str]] = set()
        self.busy, self.per_agent = 0, 1.0
        self.results: Counter[str] = Counter()

    async def run(self) -> None:
        for agent in self.given.agent:
            device, _, number = agent.partition(",")
            call = await self.trunkd.make_call(number, device)
            self.agents.append(await call.answered())
            print(f"agent {number}: here", flush=True)
        for number in pathlib.Path(self.given.numbers).read_text().split():
            while len(self.calls) - self.busy >= self.allowed():
                await asyncio.wait(self.calls, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
            task = self.trunkd.spawn(self.one(number))
            self.calls.add(task)
            task.add_done_callback(self.calls.discard)
        await asyncio.gather(*self.calls)
        await asyncio.gather(*(agent.hang_up() for agent in self.agents))
        print(", ".join(f"{n} {what}" for what, n in sorted(self.results.items())), flush=True)

    def allowed(self) -> int:
        """How many calls may look for an agent now."""
        free = sum(not agent.ended for agent in self.agents) - self.busy
        return max(1, round(free * self.per_agent))

    async def one(self, number: str) -> str:
        self.results[result := await self.outcome(number)] += 1
        answered = self.results["connected"] + self.results["abandoned"]
        share = self.results["abandoned"] / max(1, answered)
        wanted = self.per_agent + (-0.5 if share > self.given.abandoned else 0.1)
        self.per_agent = min(self.given.most, max(1.0, wanted))
        return result

    async def outcome(self, number: str) -> str:
        agents = [agent.call_id for agent in self.agents if not agent.ended]
        call = await self.trunkd.place(
            MakePredictiveCall(
                called=number, device=self.given.device, agents=agents, abandon_time=self.given.wait
            )
        )
        result = ""
        with call.events() as told:
            async for event in told:
                if isinstance(event, events.PredictiveResult):
                    result = event.result
                    print(f"{number}: {result}", flush=True)
                elif isinstance(event, events.PredictiveAbandoned):
                    result = "abandoned"
                elif isinstance(event, events.PredictiveConnected):
                    print(f"{number}: speaks with agent {event.agent}", flush=True)
                    self.busy += 1
                    result = "connected"
        self.busy -= result == "connected"
        return result or call.cause


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("numbers", help="file with numbers to call")
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--device", default="", help="where numbers are called")
    parser.add_argument("--agent", action="append", required=True, help="DEVICE,NUMBER")
    parser.add_argument("--wait", type=float, default=2, help="seconds to wait for an agent")
    parser.add_argument("--abandoned", type=float, default=0.03, help="share that is permitted")
    parser.add_argument("--most", type=float, default=3, help="calls for each free agent")
    given = parser.parse_args()
    async with Client(given.socket, name="dialler") as trunkd:
        await Campaign(trunkd, given).run()


if __name__ == "__main__":
    run(main(), "dialler")
