"""Serial lines through ptys, loop://, socket:// and rfc2217://; errors as one reads them."""

from __future__ import annotations

import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.board import serial_errors
from trunkd.board.serial_errors import NoSuchPort, PortBusy, PortLost, SerialError
from trunkd.hil.serial_line import LineSplitter, SerialLine, SerialSettings

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from serial_bench import PtyEnd, SocketEnd

SEVEN_EVEN = SerialSettings(baud=1200, bits=7, parity="even", stop=2, flow="software")


@pytest.fixture
def pty() -> Iterator[PtyEnd]:
    end = PtyEnd(lambda data: data.upper())
    yield end
    end.close()


@pytest.fixture
def server() -> Iterator[SocketEnd]:
    end = SocketEnd(lambda data: data.upper())
    yield end
    end.close()


def test_pty_carries_octets_and_lines(pty: PtyEnd) -> None:
    with SerialLine(pty.port) as line:
        line.write(b"one\r\ntwo\r\n\n")
        assert line.read_line(30) == b"ONE"
        assert line.read_line(30) == b"TWO"
        assert line.read_line(0.01) is None
        assert line.read(0.0) == b""
        assert line.fileno() is not None
    assert not line.is_open


def test_socket_carries_octets(server: SocketEnd) -> None:
    with SerialLine(server.port) as line:
        line.write(b"x" * 5000 + b"\n")
        data = b""
        while len(data) < 5001:
            more = line.read(30, limit=1000)
            assert 0 < len(more) <= 1000
            data += more
        assert data == b"X" * 5000 + b"\n"


def test_loop_has_no_descriptor_and_works() -> None:
    with SerialLine("loop://") as line:
        assert line.fileno() is None
        line.write(b"hello\n")
        assert line.read_line(30) == b"hello"
        assert line.read(0.01) == b""


def test_rfc2217_sets_the_rate_at_a_server() -> None:
    import serial
    import serial.rfc2217

    listener = socket.create_server(("127.0.0.1", 0))
    port: Any = serial.serial_for_url("loop://")
    stop = threading.Event()

    def serve() -> None:
        peer = listener.accept()[0]
        peer.settimeout(0.05)
        writer = type("W", (), {"write": lambda _, data: peer.sendall(data)})()
        manager = serial.rfc2217.PortManager(port, writer)
        while not stop.is_set():
            try:
                data = peer.recv(1024)
            except TimeoutError:
                continue
            if not data:
                break
            for octet in manager.filter(data):
                peer.sendall(b"".join(manager.escape(octet.upper())))
        peer.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        url = f"rfc2217://127.0.0.1:{listener.getsockname()[1]}"
        with SerialLine(url, SerialSettings(baud=2400)) as line:
            line.write(b"far away\n")
            assert line.read_line(30) == b"FAR AWAY"
            assert port.baudrate == 2400
    finally:
        stop.set()
        thread.join(60)
        listener.close()
        port.close()


def test_settings_reach_the_port(pty: PtyEnd) -> None:
    import termios

    with SerialLine(pty.port, SEVEN_EVEN) as line:
        descriptor = line.fileno()
        assert descriptor is not None
        iflag, _, cflag, _, speed, _, _ = termios.tcgetattr(descriptor)
        assert speed == termios.B1200
        assert cflag & termios.CSTOPB
        assert iflag & termios.IXON
        # The kernel's ptys have 8 bits without parity, whatever is asked.
        line.set_baud(300)
        assert termios.tcgetattr(descriptor)[4] == termios.B300
        line.send_break(0.0)
    assert str(SEVEN_EVEN) == "1200 7E2"


def test_nothing_there_names_the_ports_that_are() -> None:
    with pytest.raises(NoSuchPort, match="/dev/ttyNOWHERE: no such device; this machine has"):
        SerialLine("/dev/ttyNOWHERE").open()


@pytest.mark.parametrize(
    ("port", "text"),
    [
        ("socket://127.0.0.1:1", "is the terminal server on"),
        ("rfc2217://127.0.0.1:1", "is the terminal server on"),
        ("nosuch://x", "known: /dev/…, socket://HOST:PORT"),
        ("loop://?nosuch=1", "no such address"),
        (__file__, "is not a serial port"),
    ],
)
def test_what_is_no_port(port: str, text: str) -> None:
    with pytest.raises(NoSuchPort, match=re.escape(text)):
        SerialLine(port).open()


DENIED = """
import os, sys
from trunkd.hil.serial_line import SerialLine
from trunkd.board.serial_errors import PortDenied
import serial.tools.list_ports, trunkd.board.serial_errors
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    SerialLine(sys.argv[1]).open()
except PortDenied as exc:
    print(exc)
"""


@pytest.mark.parametrize(
    ("mode", "text"),
    [(0o060, "usermod -aG"), (0o000, "chmod g+rw")],
)
def test_permission_denied_names_the_group(pty: PtyEnd, mode: int, text: str) -> None:
    root = os.geteuid() == 0
    if mode and not root:
        # One's own pty belongs to a group that one cannot be outside of.
        text = "it belongs to group"
    os.chmod(pty.port, mode)
    ran = subprocess.run(
        [sys.executable, "-c", DENIED, pty.port],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.stderr == ""
    assert "permission denied: it belongs to group" in ran.stdout
    assert text in ran.stdout


def test_busy_names_who_has_it(pty: PtyEnd) -> None:
    holder = (
        "import sys\nfrom trunkd.hil.serial_line import SerialLine\n"
        "line = SerialLine(sys.argv[1]).open()\nprint('open', flush=True)\n"
        "sys.stdin.read()\nline.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, pty.port],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(PortBusy) as caught:
            SerialLine(pty.port).open()
        other.stdin.close()
        assert f"(process {other.pid}): end it, or take another port" in str(caught.value)
    with SerialLine(pty.port):
        pass


def test_lock_file_of_another_program(
    pty: PtyEnd, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_errors, "LOCK_FOLDERS", (str(tmp_path),))
    lock = tmp_path / f"LCK..{os.path.basename(pty.port)}"
    lock.write_text(f"{os.getppid():10}\n")
    with pytest.raises(PortBusy, match=f"process {os.getppid()}"):
        SerialLine(pty.port).open()
    lock.write_text("4194399 gone\n")
    with SerialLine(pty.port):
        pass


def test_lost_and_back_again(server: SocketEnd) -> None:
    line = SerialLine(server.port).open()
    line.write(b"a\n")
    assert line.read_line(30) == b"A"
    server.hang_up()
    with pytest.raises(PortLost, match="is gone: unplugged, or closed by the far end"):
        line.read(30)
    assert not line.is_open
    with pytest.raises(SerialError, match="is not open"):
        line.write(b"x")
    line.reconnect(30)
    line.write(b"b\n")
    assert line.read_line(30) == b"B"
    assert line.reconnects == 1
    line.close()


def test_unplugged_pty_is_lost_and_stays_away() -> None:
    end = PtyEnd(lambda data: data)
    line = SerialLine(end.port).open()
    end.close()
    with pytest.raises(PortLost):
        line.read(30)
    with pytest.raises(NoSuchPort):
        line.reconnect(0.0)


def test_far_end_that_takes_nothing_is_an_error() -> None:
    master, slave = os.openpty()
    try:
        line = SerialLine(os.ttyname(slave), write_timeout_s=0.05).open()
        with pytest.raises(SerialError, match="does not take what is sent"):
            line.write(b"x" * 200_000)
        line.close()
    finally:
        os.close(master)
        os.close(slave)


def test_a_line_too_long_is_counted_and_the_next_is_read(pty: PtyEnd) -> None:
    with SerialLine(pty.port, line_limit=10) as line:
        line.write(b"much too long for it\nshort\n")
        assert line.read_line(30) == b"SHORT"
        assert line.lines.too_long == 1


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_splitter_does_not_care_how_octets_are_cut(pieces: list[bytes]) -> None:
    whole, cut = LineSplitter(16), LineSplitter(16)
    data = b"".join(pieces)
    lines = whole.feed(data)
    assert [line for piece in pieces for line in cut.feed(piece)] == lines
    assert cut.too_long == whole.too_long
    *complete, _ = data.replace(b"\r", b"\n").split(b"\n")
    assert lines == [part for part in complete if 0 < len(part) <= 16]
    again = LineSplitter(16)
    assert again.feed(data + b"\n") == [
        part for part in (data + b"\n").replace(b"\r", b"\n").split(b"\n") if 0 < len(part) <= 16
    ]
