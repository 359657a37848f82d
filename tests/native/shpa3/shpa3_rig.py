"""CTI programs in C against the library of Synway's calls, and a daemon for them to work on."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any, Final

import numpy as np

from trunkd.board.model import Law
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Client
from trunkd.daemon.media_files import save
from trunkd.native import wrap

HERE: Final = pathlib.Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent.parent
NATIVE: Final = ROOT / "native"
SECONDS: Final = 120.0 if os.path.exists("/dev/dahdi/ctl") else 60.0

CONFIG: Final = """\
[daemon]
runtime_dir = "{dir}"
records = "off"
drain = "0s"
metrics = ""
media_dir = "{dir}/media"
[[board]]
name = "b0"
address = "sim://shpa3"
[board.sim]
spans = 2
cable = "1-2"
[[trunk]]
name = "pstn"
span = "b0/1"
signalling = "pri"
keep_calls = false
[trunk.pri]
side = "user"
[[trunk]]
name = "exchange"
span = "b0/2"
signalling = "pri"
keep_calls = false
[trunk.pri]
side = "network"
"""


def builder() -> Any:
    """native/shpa3/build.py, which is no module of the package."""
    spec = importlib.util.spec_from_file_location("shpa3_build", NATIVE / "shpa3" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compile_program(
    source: pathlib.Path, library: pathlib.Path, to: pathlib.Path, *more: str
) -> str:
    """The program of a C file that is linked with the library as with the maker's."""
    flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-pthread"]
    linked = [f"-L{library.parent}", f"-l:{library.name}", f"-Wl,-rpath,{library.parent}", "-lm"]
    made = ["gcc", *flags, *more, f"-I{HERE}", str(source), *linked, "-o", str(to)]
    done = subprocess.run(made, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(to)


class Daemon:
    """A running daemon; its directory has the socket and ``media``."""

    def __init__(
        self, directory: pathlib.Path, text: str = CONFIG, down: tuple[str, ...] = ()
    ) -> None:
        """``down``: trunks that do not come up."""
        self.directory = directory
        self.down = set(down)
        self.media = directory / "media"
        self.media.mkdir(exist_ok=True)
        self.config = directory / "trunkd.toml"
        self.config.write_text(text.replace("{dir}", str(directory)))
        self.socket = str(directory / "trunkd.sock")
        self.process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = self.directory / "notify"
        path.unlink(missing_ok=True)
        notices.bind(str(path))
        with notices, (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "trunkd", "run", "-c", str(self.config)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"NOTIFY_SOCKET": str(path), "PATH": "/usr/bin:/bin"},
            )
            notices.settimeout(0.5)
            while not self._ready(notices):
                assert self.process.poll() is None, (self.directory / "log").read_text()
        with Client(self.socket) as client:
            client.call(m.Subscribe(after=0))
            waiting = {t.name for t in client.call(m.Trunks()).trunks if not t.up} - self.down
            while waiting:
                event = client.next_event(SECONDS)
                assert event is not None, f"not up: {waiting}"
                if isinstance(event, ev.LinkChanged) and event.up:
                    waiting.discard(event.trunk)

    @staticmethod
    def _ready(notices: socket.socket) -> bool:
        try:
            return notices.recv(4096).startswith(b"READY=1")
        except TimeoutError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(40)

    def ini(self, name: str = "ShConfig.ini", **trunkd: str) -> str:
        """A ShConfig.ini for a program on this daemon."""
        rows = {"Socket": self.socket, "Trunks": "exchange", **trunkd}
        text = "[SystemConfig]\r\nTotalBoards=1\r\n; a comment\r\n\r\n[trunkd]\r\n"
        text += "".join(f"{key}={value}\r\n" for key, value in rows.items())
        path = self.directory / name
        path.write_text(text)
        return str(path)


class Program:
    """A program at work; what it writes is read line by line."""

    def __init__(self, *words: str, environment: dict[str, str] | None = None) -> None:
        self.lines: list[str] = []
        self._rest = b""
        self.process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )

    def wait_line(self, begin: str) -> str:
        """The next line that begins so; those before are only kept."""
        end = time.monotonic() + SECONDS
        while True:
            line = self._line(end)
            assert line is not None, f"no line '{begin}…': {self.lines}"
            self.lines.append(line)
            if line.startswith(begin):
                return line

    def try_line(self, begin: str, seconds: float) -> str | None:
        """As wait_line; None when it does not come in that time."""
        end = time.monotonic() + seconds
        while (line := self._line(end)) is not None:
            self.lines.append(line)
            if line.startswith(begin):
                return line
        return None

    def _line(self, end: float) -> str | None:
        assert self.process.stdout is not None
        while b"\n" not in self._rest:
            ready, _, _ = select.select(
                [self.process.stdout], [], [], max(0.0, end - time.monotonic())
            )
            more = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not more:
                return None
            self._rest += more
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode()

    def say(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Its status, once it has written all."""
        end = time.monotonic() + SECONDS
        while (line := self._line(end)) is not None:
            self.lines.append(line)
        return self.process.wait(SECONDS)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


class Shell(Program):
    """shell.c at work: calls by name."""

    def call(self, name: str, *words: object) -> int:
        """The result of a call."""
        self.say(" ".join([name, *map(str, words)]))
        return int(self.wait_line("= ")[2:])

    def text(self, name: str, channel: int) -> str:
        """What a call writes into its buffer."""
        self.call(name, channel)
        return next(line[5:] for line in reversed(self.lines) if line.startswith("text "))

    def error(self) -> tuple[int, str]:
        """The last error."""
        found = next(line for line in reversed(self.lines) if line.startswith("error "))
        code, text = found[6:].split(" ", 1)
        return int(code), text

    def event(self, code: int, channel: int, param: int | None = None) -> int:
        """The next event, or one that came before and was not asked for; its parameter."""
        begin = f"event {code:02x} {channel} " + ("" if param is None else f"{param}")
        for i, line in enumerate(self.lines):
            if line.startswith(begin) and (param is None or line == begin):
                del self.lines[i]
                return int(line.split()[3])
        while True:
            line = self.wait_line(begin)
            if param is None or line == begin:
                self.lines.remove(line)
                return int(line.split()[3])

    def state(self, channel: int, state: int) -> None:
        """Wait until the channel comes into a state."""
        end = time.monotonic() + SECONDS
        while self.event(0x18, channel) & 0xFFFF != state:
            assert time.monotonic() < end


class Party:
    """Who calls, and is called, at the other end: trunk "pstn" of the daemon."""

    def __init__(self, daemon: Daemon, trunk: str = "pstn") -> None:
        self.client = Client(daemon.socket)
        self.trunk = trunk
        self.seen: list[Any] = []
        self.client.call(m.Subscribe(trunks=[trunk]))

    def __enter__(self) -> Party:
        return self

    def __exit__(self, *exc: object) -> None:
        self.client.close()

    def wait(self, wanted: type[Any], **fields: Any) -> Any:
        end = time.monotonic() + SECONDS
        while True:
            event = self.client.next_event(max(0.0, end - time.monotonic()))
            assert event is not None, f"no {wanted.__name__} {fields}: {self.seen[-10:]}"
            self.seen.append(event)
            if isinstance(event, wanted) and all(getattr(event, k) == v for k, v in fields.items()):
                return event

    def dial(self, called: str, channel: int = 0, calling: str = "13800000001") -> int:
        device = f"trunk/{self.trunk}/{channel}" if channel else f"trunk/{self.trunk}"
        made = self.client.call(m.MakeCall(called=called, calling=calling, device=device))
        return int(made.call_id)

    def connect(self, called: str, channel: int = 0) -> int:
        call = self.dial(called, channel)
        self.wait(ev.Established, call_id=call)
        return call

    def answer(self) -> int:
        call = int(self.wait(ev.Delivered, direction="in").call_id)
        self.client.call(m.AnswerCall(call_id=call))
        self.wait(ev.Established, call_id=call)
        return call


def tone(seconds: float, hertz: float = 1000.0, amplitude: float = 8000.0) -> bytes:
    """A-law octets of a sine."""
    t = np.arange(round(8000 * seconds)) / 8000
    samples = np.rint(amplitude * np.sin(2 * np.pi * hertz * t)).astype("<i2")
    return wrap.alaw_encode(samples.tobytes())


def noise(octets: int, seed: int = 1) -> bytes:
    """A-law octets that are nowhere the same twice."""
    return np.random.default_rng(seed).integers(0, 256, octets, dtype=np.uint8).tobytes()


def write_wav(path: pathlib.Path, octets: bytes) -> None:
    save(str(path), octets, Law.A, "g711")


def read_alaw(path: pathlib.Path) -> bytes:
    """The octets of a G.711 WAV file."""
    octets = path.read_bytes()
    assert octets[:4] == b"RIFF" and octets[20:22] == b"\x06\x00"
    return octets[octets.index(b"data") + 8 :]


def level(octets: bytes, hertz: float) -> float:
    """Amplitude of a frequency in A-law octets, of 32768."""
    samples = np.frombuffer(wrap.alaw_decode(octets), "<i2").astype(float)
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / 8000)
    return float(2 * abs((samples * turn).mean()))
