"""A bot on the telephone: it answers, waits until the caller has spoken, and says it back.

    trunkd run -c examples/back-to-back.toml &
    python examples/talkback.py --trunk exchange &
    trunkd call 5551000 --trunk pstn --hold 60

A call's audio is a socket: each packet read is 20 ms of what the caller says (16 bit, 8000 Hz),
each packet written is 20 ms of what the caller hears. Put your speech recogniser where `Ear` is
and your synthesiser where `greeting` is. If espeak-ng is installed, the bot speaks first.
"""

from __future__ import annotations

import argparse
import array
import math
import shutil
import socket
import subprocess
import tempfile
import threading

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon.client import Client
from trunkd.daemon.media_files import load
from trunkd.daemon.methods import AnswerCall, Subscribe
from trunkd.daemon.methods_media import OpenAudio
from trunkd.errors import Error
from trunkd.native.wrap import alaw_decode

PACKET = 320  # octets: 20 ms
SPEECH = 500  # root mean square of a packet that holds speech: about -34 dBm0
PAUSE = 30  # packets of silence that end an utterance: 0.6 s
BEFORE = 10  # packets kept from before speech was noticed, so that no first letter is lost


def greeting(text: str) -> bytes:
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
        if loud:
            self.speaking = True
        if not self.speaking:
            del self.kept[:-BEFORE]
        elif self.silent >= PAUSE:
            utterance = b"".join(self.kept)
            self.begin()
            return utterance
        return b""


def talk(call_id: int, audio: socket.socket, first: bytes) -> None:
    """One call, in a thread of its own, until the socket ends with the call."""
    ear, to_say, at = Ear(), first, 0
    try:
        while packet := audio.recv(4096):
            if at < len(to_say):
                # One packet out for each that comes in: the line itself is the clock.
                audio.send(to_say[at : at + PACKET])
                at += PACKET
                continue
            if heard := ear.listen(packet):
                print(
                    f"call {call_id}: {len(heard) / 16000:.1f} s of speech, said back", flush=True
                )
                to_say, at = heard, 0
    except (BrokenPipeError, ConnectionResetError):
        pass  # the call ended while we spoke
    finally:
        audio.close()


def answer(client: Client, trunk: str, first: bytes) -> None:
    """Take every call that comes in on a trunk."""
    client.call(Subscribe(trunks=[trunk] if trunk else []))
    ours: set[int] = set()
    print("waiting for calls", flush=True)
    for event in client.events():
        try:
            if isinstance(event, ev.Delivered) and event.direction == "in":
                client.call(AnswerCall(call_id=event.call_id))
                ours.add(event.call_id)
            elif isinstance(event, ev.Established) and event.call_id in ours:
                _, audio = client.open_audio(OpenAudio(call_id=event.call_id, prefill_ms=40))
                print(f"call {event.call_id}: answered", flush=True)
                threading.Thread(
                    target=talk, args=(event.call_id, audio, first), daemon=True
                ).start()
            elif isinstance(event, ev.ConnectionCleared) and event.call_id in ours:
                ours.discard(event.call_id)
                print(f"call {event.call_id}: over", flush=True)
        except Error as error:  # it hung up before we were done, say
            print(f"trunkd: {error}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--trunk", default="", help="answer calls of this trunk only")
    parser.add_argument("--say", default="Hello. Say something, please.", help="the first sentence")
    given = parser.parse_args()
    try:
        with Client(given.socket) as client:
            answer(client, given.trunk, greeting(given.say))
    except Error as error:
        raise SystemExit(f"talkback: {error}") from None
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
