"""A small IVR: a menu, a message recorded and played back, a conference room.

    trunkd run -c examples/back-to-back.toml &
    python examples/ivr.py --trunk exchange &
    trunkd call 5551000 --trunk pstn && trunkd digits 1 1

Digit 1 records a message until # and plays it back, 2 takes the caller into the room where all who
pressed 2 talk (* leaves it), 9 hangs up. With --prompts DIR the files menu.wav, wrong.wav,
room.wav and bye.wav of that folder below the media directory are played, else tones.
"""

from __future__ import annotations

import argparse

from trunkd.client import ANY_DIGIT, Call, Client, Conference, Item, run, tone

TONES = {"menu": "CN/dial", "wrong": "CN/congestion", "room": "CN/confirmation", "bye": "CN/busy"}


class Ivr:
    """What is said to each caller."""

    def __init__(self, room: Conference, prompts: str) -> None:
        self.room = room
        self.prompts = prompts

    def prompt(self, name: str) -> Item | str:
        return f"{self.prompts}/{name}.wav" if self.prompts else tone(TONES[name], 1)

    async def caller(self, call: Call) -> None:
        await call.answer()
        mistakes = 0
        while mistakes < 3:
            got = await call.collect(self.prompt("menu"), patterns=["[129]"])
            print(f"call {call.call_id}: {got.digits or 'nothing'} ({got.reason})", flush=True)
            if got.digits == "1":
                await self.message(call)
            elif got.digits == "2":
                await self.conference(call)
            elif got.digits == "9":
                break
            else:
                mistakes += 1
                await call.play(self.prompt("wrong"))
        await call.play(self.prompt("bye"))

    async def message(self, call: Call) -> None:
        name = f"message-{call.call_id}.wav"
        recorded = await call.record(name, silence=3)
        seconds = recorded.octets / 8000
        print(f"call {call.call_id}: {seconds:.1f} s in {name}", flush=True)
        if recorded.octets:
            await call.play(name, stop_on=ANY_DIGIT)

    async def conference(self, call: Call) -> None:
        await call.play(self.prompt("room"))
        with await call.digits_heard() as digits:
            await self.room.join(call)
            async for heard in digits:
                if heard.digit == "*":
                    await self.room.leave(call)
                    break


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--trunk", default="", help="answer calls of this trunk only")
    parser.add_argument("--prompts", default="", help="folder below the media directory")
    given = parser.parse_args()
    async with Client(given.socket, name="ivr") as trunkd, await trunkd.conference("room") as room:
        print("waiting for calls", flush=True)
        await trunkd.serve(Ivr(room, given.prompts).caller, given.trunk)


if __name__ == "__main__":
    run(main(), "ivr")
