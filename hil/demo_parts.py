"""What the demo stands on: configuration, speech, the exchange behind the cable, an ear."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading
from typing import Any, Final

import numpy as np
import soundfile

from ..errors import Error
from ..native import wrap

ROOT: Final = pathlib.Path(__file__).resolve().parent.parent
RATE: Final = 8000
BLOCK: Final = 160
"""Octets a packet that an ear sends; the port holds it back when it has enough."""

CONFIG: Final = """\
# The demo's daemon: two simulated E1 spans and the cable between them. Span 1 is ours; at span 2
# an outside program is the exchange: it opens the ports.
[daemon]
runtime_dir = "{work}"
records = "{work}/records.jsonl"
media_dir = "{work}/media"
metrics = "127.0.0.1:0"

[[board]]
name = "lab"
address = "sim://demo"
[board.sim]
spans = 2
[[board.sim.cables]]
ends = [1, 2]
[[board.sim.ports]]
span = 2
timeslot = 16
mode = "hdlc"
path = "{work}/d-channel.port"
[[board.sim.ports]]
span = 2
timeslot = 1
mode = "raw"
path = "{work}/b-channel-1.port"

[[trunk]]
name = "pstn"
span = "lab/1"
signalling = "pri"
[trunk.pri]
side = "user"
hunt = "ascending"
"""

SPEECH: Final = (
    "/usr/share/asterisk/sounds/en_US_f_Allison/demo-thanks.wav",
    "/usr/share/asterisk/sounds/en/demo-thanks.wav",
)


class DemoFailed(Error):
    """A step of the demo did not end as it must; the text says which and what was seen."""


def speech(media: pathlib.Path) -> tuple[str, str]:
    """A voice file in ``media``: its name, and where the voice comes from, in words."""
    media.mkdir(parents=True, exist_ok=True)
    target = media / "speech.wav"
    for name in SPEECH:
        if os.path.exists(name):
            samples, rate = soundfile.read(name, dtype="int16", frames=4 * RATE)
            soundfile.write(target, samples, rate, subtype="PCM_16")
            return target.name, f"{os.path.basename(name)} of asterisk-core-sounds-en-wav"
    if shutil.which("espeak-ng"):
        text = "Thank you for calling. This is trunk d, on a simulated E 1."
        subprocess.run(["espeak-ng", "-w", str(target), text], check=True, capture_output=True)
        return target.name, "espeak-ng"
    time = np.arange(3 * RATE) / RATE
    sweep = 8000 * np.sin(2 * np.pi * (300 * time + 500 * time**2))
    soundfile.write(target, sweep.astype(np.int16), RATE, subtype="PCM_16")
    return target.name, "a frequency sweep (no recorded speech is installed)"


def line_octets(path: pathlib.Path) -> bytes:
    """What the far end must receive when this file is played: made here, apart from the daemon."""
    samples, rate = soundfile.read(path, dtype="int16")
    if rate != RATE:
        return b""
    return wrap.alaw_encode(samples.astype("<i2").tobytes())


def keyed(digits: str) -> bytes:
    """A caller's DTMF digits (Q.23) as line octets: 80 ms each, 80 ms apart, -8 dBm0 a tone."""
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
    time = np.arange(RATE * 80 // 1000) / RATE
    pause = np.zeros(len(time))
    parts = []
    for digit in digits:
        row, column = divmod("123A456B789C*0#D".index(digit), 4)
        tone = np.sin(2 * np.pi * rows[row] * time) + np.sin(2 * np.pi * columns[column] * time)
        parts += [9080 * tone, pause]
    return wrap.alaw_encode(np.concatenate(parts).astype("<i2").tobytes())


class Exchange:
    """The network side behind the cable: libpri's process, or our own stack when there is none."""

    def __init__(self, work: pathlib.Path) -> None:
        self._work = work
        self._program = self._libpri()
        self.is_libpri = self._program is not None
        self._running: subprocess.Popen[str] | None = None

    @property
    def name(self) -> str:
        """Who is at the far end, in words."""
        if self.is_libpri:
            return "libpri, an independent stack, as a process of its own"
        return "trunkd's own network side (no libpri: apt-get install gcc libpri-dev)"

    def _libpri(self) -> pathlib.Path | None:
        """The adapter around libpri, compiled; None where it or libpri is missing."""
        parts = ("libpri_peer.c", "libpri_side.c", "libpri_services.c")
        sources = [ROOT / "tests/interop" / n for n in parts]
        if not all(s.exists() for s in sources) or not shutil.which("gcc"):
            return None
        program = self._work / "libpri_peer"
        made = subprocess.run(
            ["gcc", "-O2", "-o", str(program), *map(str, sources), "-lpri", "-lm"],
            check=False,
            capture_output=True,
        )
        return program if made.returncode == 0 else None

    def start(self, *options: str) -> None:
        """Plug it into the D-channel's port with these options of ``trunkd peer pri``."""
        own = [sys.executable, "-m", "trunkd", "peer", "pri"]
        program = [str(self._program)] if self._program else own
        port = str(self._work / "d-channel.port")
        self._running = subprocess.Popen(
            [*program, "--connect", port, "--side", "net", *options],
            stdout=subprocess.PIPE,
            text=True,
        )

    def link_up(self) -> None:
        """Read what it tells until it says that its end of the D-channel is up."""
        assert self._running is not None and self._running.stdout is not None
        for line in self._running.stdout:
            told = json.loads(line)
            if told["event"] == "link" and told["up"]:
                return
        raise DemoFailed("the exchange ended before its D-channel was up")

    def finish(self, timeout: float) -> dict[str, Any]:
        """Wait for its end; its summary. DemoFailed when it does not end well."""
        assert self._running is not None
        try:
            out, _ = self._running.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as exc:
            self.stop()
            raise DemoFailed("the exchange did not come to an end") from exc
        if self._running.returncode != 0:
            raise DemoFailed(
                f"the exchange ended with {self._running.returncode}: {out.splitlines()[-1:]}"
            )
        summary: dict[str, Any] = json.loads(out.splitlines()[-1])
        return summary

    def stop(self) -> None:
        """End it, whatever it does."""
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.communicate()


class Ear:
    """At the exchange's end of a B-channel: hears and speaks through a raw port, in threads."""

    def __init__(self, path: pathlib.Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.connect(str(path))
        self._heard = bytearray()
        self._threads = [threading.Thread(target=self._hear, name="demo-ear", daemon=True)]
        self._threads[0].start()

    def _hear(self) -> None:
        try:
            while block := self._socket.recv(65536):
                self._heard += block
        except OSError:
            pass  # closed at our end

    def say(self, octets: bytes) -> None:
        """Begin to send these octets towards the daemon's side; the port sets the pace."""
        speaker = threading.Thread(target=self._say, args=(octets,), name="demo-mouth", daemon=True)
        self._threads.append(speaker)
        speaker.start()

    def _say(self, octets: bytes) -> None:
        for at in range(0, len(octets), BLOCK):
            self._socket.send(octets[at : at + BLOCK])

    def heard(self) -> bytes:
        """All octets so far."""
        return bytes(self._heard)

    def close(self) -> None:
        """Leave the port."""
        self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._socket.close()
