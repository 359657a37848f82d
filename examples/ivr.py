"""A small IVR: a menu, a message recorded and played back, a conference room.

    trunkd run -c examples/back-to-back.toml &
    python examples/ivr.py --trunk exchange &
    trunkd call 5551000 --trunk pstn && trunkd digits 1 1

Digit 1 records a message until # and plays it back, 2 takes the caller into the room where all who
pressed 2 talk (* leaves it), 9 hangs up. With --prompts DIR the files menu.wav, wrong.wav,
room.wav and bye.wav of that folder below the media directory are played, else tones.

Each call is a generator: it yields requests and the event that it waits for, as a person would tell
the story. `Calls` sends the requests and resumes the right one when its event comes.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator
from typing import Any

from trunkd.daemon import events as ev
from trunkd.daemon.client import Client
from trunkd.daemon.methods import AnswerCall, ClearConnection, Subscribe
from trunkd.daemon.methods_media import (
    CreateConference,
    Item,
    Join,
    Leave,
    PlayMessage,
    RecordMessage,
    StartDigitsCollection,
    StartListening,
    StopListening,
)
from trunkd.errors import Error

Story = Generator[tuple[list[Any], type[ev.Event]], Any, None]
TONES = {"menu": "CN/dial", "wrong": "CN/congestion", "room": "CN/confirmation", "bye": "CN/busy"}


class Ivr:
    """What is said to each caller."""

    def __init__(self, client: Client, prompts: str) -> None:
        self.client = client
        self.prompts = prompts
        self.room = client.call(CreateConference(name="room")).conference

    def prompt(self, name: str) -> list[Item]:
        if self.prompts:
            return [Item(file=f"{self.prompts}/{name}.wav")]
        return [Item(tone=TONES[name], seconds=1)]

    def menu(self, call: int) -> Story:
        mistakes = 0
        while mistakes < 3:
            ask = StartDigitsCollection(
                call_id=call, items=self.prompt("menu"), patterns=["[129]"], first_timeout=5
            )
            got = yield [ask], ev.DigitsCollected
            print(f"call {call}: {got.digits or 'nothing'} ({got.reason})", flush=True)
            if got.digits == "1":
                yield from self.message(call)
            elif got.digits == "2":
                yield from self.conference(call)
            elif got.digits == "9":
                break
            else:
                mistakes += 1
                yield from self.say(PlayMessage(call_id=call, items=self.prompt("wrong")))
        yield from self.say(PlayMessage(call_id=call, items=self.prompt("bye")))

    def say(self, message: PlayMessage) -> Story:
        # A Stop before the Play is that of the menu, which the caller has cut short.
        yield [message], ev.Play
        yield [], ev.Stop

    def message(self, call: int) -> Story:
        name = f"message-{call}.wav"
        record = RecordMessage(
            call_id=call, message=name, beep=True, silence=3, stop_on_digits="#", max_duration=60
        )
        yield [record], ev.Record
        recorded = yield [], ev.Stop
        while recorded.kind != "record":
            recorded = yield [], ev.Stop
        print(f"call {call}: {recorded.octets / 8000:.1f} s in {name}", flush=True)
        if recorded.octets:
            yield from self.say(
                PlayMessage(call_id=call, message=name, stop_on_digits="0123456789*#")
            )

    def conference(self, call: int) -> Story:
        yield from self.say(PlayMessage(call_id=call, items=self.prompt("room")))
        wait: list[Any] = [
            StartListening(call_id=call, kinds=["dtmf"]),
            Join(conference=self.room, call_id=call),
        ]
        digit = ""
        while digit != "*":
            heard = yield wait, ev.DigitsDetected
            digit, wait = heard.digit, []
        leave = [StopListening(call_id=call), Leave(conference=self.room, call_id=call)]
        yield leave, ev.ConferenceChanged


class Calls:
    """All calls' stories, and which event each of them waits for."""

    def __init__(self, client: Client, prompts: str) -> None:
        self.client = client
        self.ivr = Ivr(client, prompts)
        self.stories: dict[int, tuple[Story, type[ev.Event]]] = {}

    def event(self, event: Any) -> None:
        call = getattr(event, "call_id", 0)
        story, awaited = self.stories.get(call, (None, None))
        if isinstance(event, ev.Delivered) and event.direction == "in":
            self.stories[call] = (self.ivr.menu(call), ev.Established)
            self.client.call(AnswerCall(call_id=call))
        elif isinstance(event, ev.ConnectionCleared):
            self.stories.pop(call, None)
        elif story is not None and isinstance(event, awaited or ev.Event):
            self.resume(call, story, None if awaited is ev.Established else event)

    def resume(self, call: int, story: Story, event: ev.Event | None) -> None:
        try:
            requests, awaited = story.send(event)
        except StopIteration:
            requests, awaited = [ClearConnection(call_id=call)], ev.ConnectionCleared
        self.stories[call] = (story, awaited)
        for request in requests:
            self.client.call(request)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--socket", help="of the daemon; left out: where it usually is")
    parser.add_argument("--trunk", default="", help="answer calls of this trunk only")
    parser.add_argument("--prompts", default="", help="folder below the media directory")
    given = parser.parse_args()
    try:
        with Client(given.socket) as client:
            client.call(Subscribe(trunks=[given.trunk] if given.trunk else []))
            calls = Calls(client, given.prompts)
            print("waiting for calls", flush=True)
            for event in client.events():
                try:
                    calls.event(event)
                except Error as error:  # the caller hung up at this moment, or a file is missing
                    print(f"trunkd: {error}", flush=True)
    except Error as error:
        raise SystemExit(f"ivr: {error}") from None
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
