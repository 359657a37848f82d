"""``trunkd demo``: the main job on the simulated board, in real time, told as it happens.

A daemon of its own (another process, as in production) drives span 1. At the far end of the cable
stands an independent exchange on the D-channel's port, and an ear on the first B-channel's port.
Every line that is printed was seen to happen: a step that does not end as it must stops the demo.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
from rich.console import Console

from ..daemon import events, methods, methods_media, present
from ..daemon.client import Client, Unreachable
from ..daemon.records import CallRecord
from ..errors import Error
from .demo_parts import CONFIG, RATE, DemoFailed, Ear, Exchange, keyed, line_octets, speech
from .demo_show import closing

CALLED: Final = "5551000"
CALLING: Final = "0102223333"
INCOMING: Final = 4
CUT_SECONDS: Final = 2.0
KEYED: Final = "4711"


class Demo:
    """One run. Attributes hold what the closing tables show."""

    def __init__(self, work: pathlib.Path, capture: pathlib.Path, out: Console) -> None:
        self.work = work
        self.capture = capture
        self.out = out
        self.seen: list[events.Event] = []
        self.began = time.monotonic()
        self.exchange = Exchange(work)
        self.daemon: subprocess.Popen[bytes] | None = None
        self.trace: subprocess.Popen[bytes] | None = None
        self.client: Client

    # Telling

    def step(self, text: str) -> None:
        """One thing that happened, with its time since the start."""
        self.out.print(f"[dim]{time.monotonic() - self.began:6.2f} s[/]  {text}", highlight=False)

    def wait(self, wanted: Callable[[Any], bool], what: str, seconds: float = 10.0) -> Any:
        """The next event that is wanted; DemoFailed says what did not come."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            event = self.client.next_event(left)
            if isinstance(event, events.Event):
                self.seen.append(event)
                if wanted(event):
                    return event
        raise DemoFailed(f"waited {seconds:g} s for {what}; it did not come (see {self.work})")

    def let_pass(self, seconds: float) -> None:
        """Time that belongs to the story; what happens in it is kept for the tables."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            event = self.client.next_event(left)
            if isinstance(event, events.Event):
                self.seen.append(event)

    # Steps

    def start_daemon(self) -> None:
        """Write the configuration, start the daemon, connect, begin to capture."""
        config = self.work / "trunkd.toml"
        config.write_text(CONFIG.format(work=self.work))
        trunkd = [sys.executable, "-m", "trunkd"]
        socket = self.work / "trunkd.sock"
        with (self.work / "daemon.log").open("wb") as log:
            self.daemon = subprocess.Popen(
                [*trunkd, "run", "-c", str(config)], stdout=log, stderr=subprocess.STDOUT
            )
        self.client = self._connect(socket)
        self.client.call(methods.Subscribe())
        self.trace = subprocess.Popen(
            [*trunkd, "--socket", str(socket), "trace", "--pcap", str(self.capture)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._both_connected()
        self.step("the daemon runs: simulated board [b]lab[/], 2 E1 spans, a cable between them")

    def _both_connected(self) -> None:
        """The capture must not miss the first frames: wait until the tracing client is there."""
        deadline = time.monotonic() + 15
        while self.client.call(methods.Status()).clients < 2:
            if time.monotonic() > deadline:
                raise DemoFailed("the capture did not start")
            time.sleep(0.02)

    def _connect(self, socket: pathlib.Path) -> Client:
        """The daemon's socket, as soon as it is there."""
        assert self.daemon is not None
        for _ in range(500):
            try:
                return Client(str(socket))
            except Unreachable:
                if self.daemon.poll() is not None:
                    break
                time.sleep(0.02)
        raise DemoFailed(f"the daemon did not start: {(self.work / 'daemon.log').read_text()}")

    def link_up(self, *options: str) -> None:
        """Plug the exchange in and wait for the D-channel, as seen from both ends."""
        self.exchange.start("--timeout", "50", *options)
        self.wait(
            lambda e: isinstance(e, events.PortChanged) and e.connected and e.timeslot == 16,
            "the exchange at the D-channel's port",
        )
        was_up = self.client.call(methods.Trunks()).trunks[0].up
        self.exchange.link_up()
        while not (trunk := self.client.call(methods.Trunks()).trunks[0]).up:
            self.wait(lambda e: isinstance(e, events.LinkChanged) and e.up, "the D-channel")
        if not was_up:
            # The SABMEs of both ends may cross, the second one resetting the link within T200;
            # libpri then clears what is being set up.
            self.let_pass(1.2)
        self.step(f"exchange plugged in; D-channel [green]up[/] on timeslot 16: {trunk.reason}")

    def speech_both_ways(self, call_id: int, ear: Ear, voice: str) -> None:
        """Play a voice file while the far end says the same; compare both, octet for octet."""
        octets = line_octets(self.work / "media" / voice)
        seconds = len(octets) / RATE
        record = methods.RecordMessage(
            call_id=call_id, message="heard.wav", max_duration=seconds + 1
        )
        self.client.call(record)
        self.wait(lambda e: isinstance(e, events.Record), "the start of the recording")
        ear.say(octets)
        self.client.call(methods.PlayMessage(call_id=call_id, message=voice))
        ended: dict[str, events.Stop] = {}
        while len(ended) < 2:
            stop = self.wait(lambda e: isinstance(e, events.Stop), "the end of the speech", 20)
            ended[stop.kind] = stop
        if octets not in ear.heard():
            raise DemoFailed("the speech that the exchange heard is not what was played")
        kept = (self.work / "media" / "heard.wav").read_bytes()
        if octets not in kept:
            raise DemoFailed("the speech that was recorded is not what the exchange said")
        count = f"{len(octets):,} octets ({seconds:.1f} s)"
        self.step(f"played to the far end:   {count}, [green]bit-exact[/] at the exchange")
        self.step(f"recorded from far end:   {count}, [green]bit-exact[/] in heard.wav")

    def menu(self, call_id: int, ear: Ear, voice: str) -> None:
        """A menu's prompt, and a caller who keys before it is over: barge-in."""
        self.client.call(
            methods_media.StartDigitsCollection(
                call_id=call_id, items=[methods_media.Item(file=voice)], max_digits=8
            )
        )
        self.wait(lambda e: isinstance(e, events.Play), "the prompt")
        self.let_pass(0.5)
        ear.say(keyed(KEYED + "#"))
        stop = self.wait(lambda e: isinstance(e, events.Stop), "the end of the prompt")
        found = self.wait(lambda e: isinstance(e, events.DigitsCollected), "the digits")
        if (found.digits, found.reason, stop.reason) != (KEYED, "terminator", "digit"):
            raise DemoFailed(f"keyed {KEYED}#, but it heard '{found.digits}' ({found.reason})")
        self.step(
            f"the caller keyed {KEYED}# into the prompt: it [green]stopped[/] after "
            f"{stop.octets / RATE:.1f} s, all digits were heard"
        )

    def cut_and_mend(self, call_id: int) -> None:
        """Pull the cable in the middle of a call, and put it back: the call must still be up."""
        self.client.call(methods.SimCable(span="lab/1", action="cut"))
        self.step("the cable is [red]cut[/] in the middle of the call")
        self.wait(_alarm("LOS", True), "LOS on span 1")
        self.wait(lambda e: isinstance(e, events.LinkChanged) and not e.up, "the D-channel's loss")
        self.let_pass(CUT_SECONDS)
        self.client.call(methods.SimCable(span="lab/1", action="mend"))
        self.step(f"the cable is [green]mended[/] after {CUT_SECONDS:g} s")
        self.wait(_alarm("LOS", False), "the end of LOS on span 1")
        self.wait(lambda e: isinstance(e, events.LinkChanged) and e.up, "the D-channel's return")
        call = self.client.call(methods.SnapshotCall(call_id=call_id))
        if call.state != "connected":
            raise DemoFailed(f"the call did not survive: it is {call.state}")
        self.step(f"D-channel [green]up[/] again; call {call_id} was kept and is still connected")

    def call_out(self, voice: str) -> None:
        """Our call: answered by the exchange, speech, cable, clearing."""
        ear = Ear(self.work / "b-channel-1.port")
        made = self.client.call(
            methods.MakeCall(called=CALLED, calling=CALLING, device="trunk/pstn/1", exclusive=True)
        )
        self.step(f"call {made.call_id} out to {CALLED} from {CALLING}")
        self._until(made.call_id, events.Established)
        self.step("answered by the exchange; speech passes on B-channel 1")
        self.speech_both_ways(made.call_id, ear, voice)
        self.menu(made.call_id, ear, voice)
        ear.close()
        self.cut_and_mend(made.call_id)
        self.client.call(methods.ClearConnection(call_id=made.call_id))
        self._until(made.call_id, events.ConnectionCleared)
        self.step("cleared: 16, normal call clearing")
        self._check(self.exchange.finish(20), offered=1, connected=1, released=1)

    def calls_in(self) -> None:
        """The exchange's calls: this program is the CTI application that answers them."""
        self.link_up("--mode", "call", "--calls", str(INCOMING), "--conc", "2", "--hold", "700",
                     "--called", CALLED, "--calling", CALLING)  # fmt: skip
        cleared = 0
        while cleared < INCOMING:
            event = self.wait(
                lambda e: isinstance(e, events.Delivered | events.ConnectionCleared), "calls in"
            )
            if isinstance(event, events.ConnectionCleared):
                cleared += 1
                continue
            if (event.called, event.calling) != (CALLED, CALLING):
                raise DemoFailed(f"wrong numbers: {event.calling} to {event.called}")
            self.client.call(methods.AnswerCall(call_id=event.call_id))
            self.step(f"call {event.call_id} in from {event.calling}, answered at once")
        summary = self.exchange.finish(20)
        self._check(summary, placed=INCOMING, connected=INCOMING, released=INCOMING)
        self.step(f"{INCOMING} calls in, each answered, and cleared by the exchange")

    def call_refused(self) -> None:
        """A call that the exchange refuses: the cause arrives as it was sent."""
        self.link_up("--mode", "answer", "--calls", "1", "--reject", "17")
        made = self.client.call(methods.MakeCall(called="5559999", calling=CALLING))
        event = self._until(made.call_id, events.ConnectionCleared)
        if event.q850 != 17:
            raise DemoFailed(f"cause {event.q850} came instead of 17")
        self.step(f"call {made.call_id} out to 5559999 was refused: 17, user busy")
        self._check(self.exchange.finish(20), offered=1, connected=0)

    def _until(self, call_id: int, kind: type[events.CallEvent]) -> Any:
        """The call's next event of this kind; DemoFailed when the call ends before it."""
        event = self.wait(
            lambda e: isinstance(e, kind | events.ConnectionCleared) and e.call_id == call_id,
            f"{kind.__name__} of call {call_id}",
        )
        if not isinstance(event, kind):
            raise DemoFailed(f"call {call_id} ended with cause {event.q850} before {kind.__name__}")
        return event

    def _check(self, summary: dict[str, Any], **expected: int) -> None:
        """What the exchange counted must be what we saw."""
        found = {name: summary.get(name) for name in expected}
        if found != expected:
            raise DemoFailed(f"the exchange counted {found} where {expected} was to be seen")

    # The end

    def records(self) -> list[CallRecord]:
        """The call records that the daemon wrote."""
        lines = (self.work / "records.jsonl").read_bytes().splitlines()
        return [msgspec.json.decode(line, type=CallRecord) for line in lines]

    def stop(self) -> None:
        """End the capture, then the daemon, as a service manager would."""
        self.exchange.stop()
        for process in (self.trace, self.daemon):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGINT if process is self.trace else signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def run(self) -> None:
        """All steps."""
        voice, source = speech(self.work / "media")
        self.step(f"at the far end of the cable: [b]{self.exchange.name}[/]")
        self.step(f"speech: {source}")
        self.start_daemon()
        self.link_up("--mode", "answer", "--calls", "1")
        self.call_out(voice)
        self.calls_in()
        self.call_refused()
        self.stop()
        if self.daemon is None or self.daemon.returncode != 0:
            raise DemoFailed(f"the daemon did not stop cleanly (see {self.work}/daemon.log)")


def _alarm(name: str, active: bool) -> Callable[[Any], bool]:
    def wanted(event: Any) -> bool:
        return (
            isinstance(event, events.AlarmChanged)
            and (event.span, event.alarm, event.active) == ("lab/1", name, active)
        )  # fmt: skip

    return wanted


def run(directory: str | None = None, plain: bool = False) -> int:
    """Run the demo; 0 when every step was seen. ``directory``: where its files are kept."""
    out = present.console(False if plain else None)
    if directory:
        work = pathlib.Path(directory).resolve()
        work.mkdir(parents=True, exist_ok=True)
    else:
        work = pathlib.Path(tempfile.mkdtemp(prefix="trunkd-demo-"))
    capture = pathlib.Path(os.getcwd()) / "trunkd-demo.pcapng"
    demo = Demo(work, capture, out)
    try:
        demo.run()
    except Error as exc:
        out.print(f"[bold red]The demo failed:[/] {exc}", highlight=False)
        return 1
    finally:
        demo.stop()
    records = demo.records()
    if not directory:
        shutil.rmtree(work)
    closing(out, capture, records, demo.seen, demo.exchange.is_libpri)
    demo.step("done")
    return 0
