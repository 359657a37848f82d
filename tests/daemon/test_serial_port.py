"""Serial ports as the daemon has them: opened, read, written, lost; damage that is marked."""

from __future__ import annotations

import os
import pathlib
import pty
import select
import socket
import tty
from collections.abc import Iterator

import pytest

from trunkd.board.serial_errors import NoSuchPort, PortBusy
from trunkd.daemon.serial_port import DAMAGED, SerialPort, check_url, open_port

PATIENCE = 60.0


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """The far end of a pseudo-terminal, and the name of ours."""
    far, near = pty.openpty()
    tty.setraw(near)
    name = os.ttyname(near)
    yield far, name
    for descriptor in (far, near):
        try:
            os.close(descriptor)
        except OSError:
            assert descriptor == far  # a test closed it


def read_all(port: SerialPort, count: int) -> bytes:
    data = b""
    while len(data) < count:
        ready, _, _ = select.select([port.descriptor], [], [], PATIENCE)
        assert ready, data
        data += port.read()
        assert not port.lost
    return data


def test_a_far_end_that_takes_nothing_is_given_up(terminal: tuple[int, str]) -> None:
    """What waits to be sent has a limit, and closing does not wait for it."""
    _, name = terminal
    port = open_port(name, 1200, 7, "even", 1)
    written = 0
    while not port.lost:
        port.write(b"x" * 1024)
        written += 1024
        assert written < 1 << 20
    assert "takes nothing: " in port.lost and "is the far end on?" in port.lost
    assert port.write(b"more")  # nothing is kept for it
    port.close()


def test_both_ways_and_lost(terminal: tuple[int, str]) -> None:
    far, name = terminal
    port = open_port(name, 1200, 7, "even", 1)
    assert port.read() == b"" and not port.lost
    os.write(far, b"\r\nMD0010001D  \r\n\x19")
    assert read_all(port, 17) == b"\r\nMD0010001D  \r\n\x19"
    assert port.write(b"OP:MWI 1!\x04")
    assert select.select([far], [], [], PATIENCE)[0]
    assert os.read(far, 100) == b"OP:MWI 1!\x04"
    os.close(far)
    select.select([port.descriptor], [], [], PATIENCE)
    assert port.read() == b"" and "unplugged" in port.lost
    assert port.write(b"x") and port.read() == b""
    port.close()


def test_a_port_is_ours_alone(terminal: tuple[int, str]) -> None:
    _, name = terminal
    port = open_port(name)
    with pytest.raises(PortBusy, match="in use by"):
        open_port(name)
    port.close()
    open_port(name).close()


def test_what_is_full_is_taken_later(terminal: tuple[int, str]) -> None:
    far, name = terminal
    port = open_port(name)
    data = bytes(range(32, 127)) * 2000
    done = port.write(data)
    assert not done
    got = b""
    while len(got) < len(data):
        assert select.select([far], [], [], PATIENCE)[0]
        got += os.read(far, 65536)
        done = port.write(b"")
    assert got == data and done
    port.close()


def test_errors_say_what_to_do(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NoSuchPort, match="no such device"):
        open_port("/dev/ttyNONE7")
    plain = tmp_path / "file"
    plain.write_text("")
    with pytest.raises(NoSuchPort, match="not a serial port"):
        open_port(str(plain))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(NoSuchPort, match="nothing answers"):
            open_port(f"socket://127.0.0.1:{free.getsockname()[1]}")


def test_addresses_are_checked_without_opening() -> None:
    for good in ("/dev/ttyS0", "loop://", "socket://h:1", "rfc2217://h:2"):
        check_url(good)
    for bad in ("ttyS0", "sock://h:1", ""):
        with pytest.raises(ValueError, match=r"no path|no address"):
            check_url(bad)


def test_a_loop_has_no_descriptor() -> None:
    port = open_port("loop://")
    assert port.descriptor == -1
    assert port.write(b"abc") and port.read() == b"abc" and port.read() == b""
    port.close()


def test_the_kernels_marks_of_damage() -> None:
    """PARMRK of termios(3), in pieces; a pseudo-terminal has no parity that could break."""

    class Nothing:
        def fileno(self) -> int:
            raise OSError

    marked = b"AB\xff\x00\xc3C\xff\xffD\xff\x00\x00E"
    wanted = b"AB" + bytes([DAMAGED]) + b"C\xffD" + bytes([DAMAGED]) + b"E"
    for size in (1, 2, 3, 50):
        port = SerialPort("x", Nothing(), True)
        pieces = [marked[n : n + size] for n in range(0, len(marked), size)]
        assert b"".join(port._unmarked(piece) for piece in pieces) == wanted
