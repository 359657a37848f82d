"""Why a serial port cannot be had, in words: what is wrong, who holds it, what to do.

One class a cause, so that a program can tell them apart; all of them are DriverError.
"""

from __future__ import annotations

import errno
import grp
import os
import pathlib
import pwd
import re
import stat
from typing import Final

from ..errors import DriverError

LOCK_FOLDERS: Final = ("/run/lock", "/var/lock", "/var/spool/locks")
"""Where minicom, cu and others leave LCK..NAME with their process id (FHS 3.0, 5.9)."""


SCHEMES: Final = ("/dev/…", "socket://HOST:PORT", "rfc2217://HOST:PORT", "loop://")


class SerialError(DriverError):
    """A serial port cannot do what was asked. ``port`` is its name."""

    def __init__(self, port: str, text: str) -> None:
        super().__init__(f"{port}: {text}")
        self.port = port


class NoSuchPort(SerialError):
    """There is no such device, host or address."""


class PortDenied(SerialError):
    """This user may not open it."""


class PortBusy(SerialError):
    """Another program has it."""


class PortLost(SerialError):
    """It was open and is gone: unplugged, or the far end of the socket closed."""


def explain(port: str, cause: BaseException) -> SerialError:
    """The error for a port that could not be opened, from what pyserial or the system said."""
    number = getattr(cause, "errno", None)
    scheme, url, _ = port.partition("://")
    if url and scheme in ("socket", "rfc2217"):
        return NoSuchPort(
            port,
            f"nothing answers there ({_last(cause)}): is the terminal server on, and is that "
            "its port for this line?",
        )
    if url:
        return NoSuchPort(port, f"no such address: {cause} (known: {', '.join(SCHEMES)})")
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO):
        return NoSuchPort(port, f"no such device; {present_ports()}")
    if number in (errno.EACCES, errno.EPERM):
        return PortDenied(port, _denied(port))
    if number in (errno.EBUSY, errno.EAGAIN):
        return PortBusy(port, busy_text(port))
    if isinstance(cause, ValueError):
        return SerialError(port, f"cannot be set so: {cause}")
    if os.path.exists(port) and not _is_tty(port):
        return NoSuchPort(port, f"is not a serial port; {present_ports()}")
    return SerialError(port, f"cannot be opened: {_last(cause)}")


def present_ports() -> str:
    """The serial ports that this machine has, as the end of a message."""
    from serial.tools.list_ports import comports

    found = sorted(p.device for p in comports())
    if not found:
        return "this machine has no serial port: is the adapter plugged in (`dmesg | tail`)?"
    return f"this machine has {', '.join(found)}"


def locked_by(port: str) -> int | None:
    """The living process whose UUCP lock file names this port, or None."""
    name = os.path.basename(os.path.realpath(port))
    for folder in LOCK_FOLDERS:
        try:
            pid = int(pathlib.Path(folder, f"LCK..{name}").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            continue
        if pid != os.getpid() and os.path.exists(f"/proc/{pid}"):
            return pid
    return None


def holders(port: str) -> list[int]:
    """Processes that have this device open, as far as this user may see; our own is left out."""
    found: list[int] = []
    target = os.path.realpath(port)
    for entry in os.scandir("/proc"):
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            names = os.listdir(f"/proc/{entry.name}/fd")
        except OSError:
            continue
        if any(_leads_to(f"/proc/{entry.name}/fd/{name}", target) for name in names):
            found.append(int(entry.name))
    return sorted(found)


def busy_text(port: str, pid: int | None = None) -> str:
    """ "in use by minicom (process 712); …"."""
    found = [pid] if pid is not None else holders(port)
    if not found:
        return (
            "in use by a program of another user, or by this one; find it with "
            f"`sudo fuser -v {port}`"
        )
    names = [f"{_command(p)} (process {p})" for p in found]
    if any(name.startswith("ModemManager") for name in names):
        return f"in use by {', '.join(names)}: `sudo systemctl stop ModemManager` frees it"
    return f"in use by {', '.join(names)}: end it, or take another port"


def _leads_to(link: str, target: str) -> bool:
    try:
        return os.readlink(link) == target
    except OSError:
        return False


def _command(pid: int) -> str:
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "a program"


def _denied(port: str) -> str:
    try:
        found = os.stat(port)
    except OSError:
        return "permission denied"
    mode = stat.filemode(found.st_mode)[1:]
    try:
        group = grp.getgrgid(found.st_gid).gr_name
    except KeyError:
        group = str(found.st_gid)
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    base = f"permission denied: it belongs to group {group} (mode {mode})"
    if found.st_mode & 0o060 != 0o060:
        return f"{base}, which may not use it either: `sudo chmod g+rw {port}`, or a udev rule"
    if found.st_gid in (os.getegid(), *os.getgroups()):
        return f"{base}, in which you are: is the port refused by a container or a security policy?"
    return f"{base}; `sudo usermod -aG {group} {user}`, then log in again"


def _is_tty(port: str) -> bool:
    try:
        return stat.S_ISCHR(os.stat(port).st_mode)
    except OSError:
        return False


def _last(cause: BaseException) -> str:
    text = str(cause).rsplit(": ", 1)[-1].removeprefix("could not open port ")
    return re.sub(r"^\[Errno \d+\] ", "", text)
