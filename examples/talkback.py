"""A bot on the telephone: it answers, waits until the caller has spoken, and says it back.

    trunkd run -c examples/back-to-back.toml &
    python examples/talkback.py --trunk exchange &
    trunkd call 5551000 --trunk pstn --hold 60

A call's live audio comes in packets: each one read is 20 ms of what the caller says (16 bit,
8000 Hz), each one written is 20 ms of what the caller hears. Put your speech recogniser where
`Ear` is and your synthesiser where `speech` is. If espeak-ng is installed, the bot speaks first.
"""

from __future__ import annotations

import argparse
import array
import functools
import math
import shutil
import subprocess
import tempfile

from trunkd.board.model import Law
from trunkd.client import Call, Client, run
from trunkd.daemon.media_files import load
from trunkd.native.wrap import alaw_decode

PACKET = 320  # octets: 20 ms
SPEECH = 500  # root mean square of a packet that holds speech: about -34 dBm0
PAUSE = 30  # packets of silence that end an utterance: 0.6 s
BEFORE = 10  # packets kept from before speech was noticed, so that no first letter is lost


def speech(text: str) -> bytes:
    """A sentence as samples; nothing when there is no espeak-ng to speak it."""
    if not text or not shutil.which("espeak-ng"):
        return b""
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        subprocess.run(["espeak-ng", "-w", wav.name, text], check=True)
        return alaw_decode(load(wav.name, Law.A).octets)


class Ear:
    """Packets in; an utterance out when the caller has stopped speaking."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.kept: list[bytes] = []
        self.speaking = False
        self.silent = 0

    def listen(self, packet: bytes) -> bytes:
        samples = array.array("h", packet)
        loud = math.sqrt(sum(s * s for s in samples) / len(samples)) > SPEECH
        self.kept.append(packet)
        self.silent = 0 if loud else self.silent + 1
        self.speaking = self.speaking or loud
        if not self.speaking:
            del self.kept[:-BEFORE]
        elif self.silent >= PAUSE:
            utterance = b"".join(self.kept)
            self.begin()
            return utterance
        return b""


async def talk(first: bytes, call: Call) -> None:
    """One call, until it is over."""
    await call.answer()
    ear, to_say, at = Ear(), first, 0
    with await call.open_audio(prefill_ms=40) as audio:
        print(f"call {call.call_id}: answered", flush=True)
        while packet := await audio.read():
            if at < len(to_say):
                # One packet out for each that comes in: the line itself is the clock.
                await audio.write(to_say[at : at + PACKET])
                at += PACKET
            elif heard := ear.listen(packet):
                seconds = len(heard) / 16000
                print(f"call {call.call_id}: {seconds:.1f} s of speech, said back", flush=True)
                to_say, at = heard, 0
    print(f"call {call.call_id}: over", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--trunk", default="", help="answer calls of this trunk only")
    parser.add_argument("--say", default="Hello. Say something, please.", help="the first sentence")
    given = parser.parse_args()
    async with Client(given.socket, name="talkback") as trunkd:
        print("waiting for calls", flush=True)
        await trunkd.serve(functools.partial(talk, speech(given.say)), given.trunk)


if __name__ == "__main__":
    run(main(), "talkback")
