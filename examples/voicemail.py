"""Voicemail with message waiting: callers leave messages, subscribers fetch them.

    trunkd run -c examples/pots.toml &
    python examples/voicemail.py --trunk phones --lamp 8001=phones/1 --lamp 8002=phones/2

A call to a subscriber's number (or diverted from it) is answered and recorded into the mailbox of
that number. A call to --access plays the mailbox of the number that calls: 2 keeps a message, 3
deletes it, any other digit repeats it. The telephone's message waiting indicator is on while there
are new messages: by the line named with --lamp, else by the message desk link (SMDI) if --smdi.
With --prompts DIR the files leave.wav, message.wav and end.wav there are played, else tones.
"""

from __future__ import annotations

import argparse
import pathlib
import time

from trunkd.client import ANY_DIGIT, Call, Client, Item, Refused, run, tone
from trunkd.daemon.methods import Status
from trunkd.daemon.methods_line import SetMessageWaitingIndicator
from trunkd.daemon.methods_smdi import SetMessageWaiting

TONES = {"leave": "CN/dial", "message": "CN/confirmation", "end": "CN/busy"}


class Voicemail:
    def __init__(self, trunkd: Client, given: argparse.Namespace, media: pathlib.Path) -> None:
        self.trunkd = trunkd
        self.given = given
        self.media = media
        self.lamps = dict(pair.split("=", 1) for pair in given.lamp)

    def prompt(self, name: str) -> Item | str:
        return f"{self.given.prompts}/{name}.wav" if self.given.prompts else tone(TONES[name], 0.5)

    def new(self, number: str) -> list[str]:
        """New messages, the oldest first, as paths below the media directory."""
        found = sorted((self.media / "voicemail" / number).glob("new-*.wav"))
        return [str(path.relative_to(self.media)) for path in found]

    async def caller(self, call: Call) -> None:
        await call.answer()
        fetch = call.called == self.given.access
        await (self.fetch(call) if fetch else self.leave(call, call.redirecting or call.called))

    async def leave(self, call: Call, number: str) -> None:
        await call.play(self.prompt("leave"))
        (self.media / "voicemail" / number).mkdir(parents=True, exist_ok=True)
        name = f"voicemail/{number}/new-{time.time_ns()}-{call.calling or 'unknown'}.wav"
        await call.record(name, max_duration=120, silence=5)
        await self.indicate(number)

    async def fetch(self, call: Call) -> None:
        for name in self.new(call.calling):
            digit = ""
            while digit not in ("2", "3"):
                got = await call.collect(
                    self.prompt("message"), name, max_digits=1, terminators="", first_timeout=4
                )
                digit = got.digits or "2"
            path = self.media / name
            if digit == "3":
                path.unlink()
            else:
                path.rename(path.with_name(path.name.replace("new-", "old-", 1)))
            await self.indicate(call.calling)
        await call.play(self.prompt("end"), stop_on=ANY_DIGIT)

    async def indicate(self, number: str) -> None:
        messages = len(self.new(number))
        print(f"mailbox {number}: {messages} new", flush=True)
        on, line = messages > 0, self.lamps.get(number)
        try:
            if line:
                await self.trunkd.request(SetMessageWaitingIndicator(line=line, on=on))
            elif self.given.smdi:
                await self.trunkd.request(SetMessageWaiting(number=number, on=on))
        except Refused as refused:
            print(f"mailbox {number}: {refused}", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--trunk", default="", help="calls come in here; empty: anywhere")
    parser.add_argument("--access", default="8000", help="number to fetch messages")
    parser.add_argument("--lamp", action="append", default=[], help="NUMBER=LINE")
    parser.add_argument("--smdi", action="store_true", help="tell the exchange by SMDI")
    parser.add_argument("--prompts", default="", help="folder below the media directory")
    given = parser.parse_args()
    async with Client(given.socket, name="voicemail") as trunkd:
        media = pathlib.Path((await trunkd.request(Status())).media_dir)
        print("waiting for calls", flush=True)
        await trunkd.serve(Voicemail(trunkd, given, media).caller, given.trunk)


if __name__ == "__main__":
    run(main(), "voicemail")
