"""What DAHDI has, who holds it, and why it cannot be opened, in words."""

from __future__ import annotations

import errno
import grp
import os
import pathlib
import pwd
import stat
from collections.abc import Iterator

from ...errors import DriverError
from ...native import wrap_dahdi as native

MOST_SPANS = 128
MOST_CHANNELS = 1024
DEVICES = "/dev/dahdi"


_NO_DRIVER = (-errno.ENOENT, -errno.EACCES, -errno.EPERM)


def span_infos() -> list[native.SpanInfo]:
    """All spans; DriverError when there is no DAHDI or it may not be asked."""
    found = []
    for number in range(1, MOST_SPANS + 1):
        info = native.span_info(number)
        if isinstance(info, native.SpanInfo):
            found.append(info)
        elif info in _NO_DRIVER:
            raise DriverError(why_not(f"{DEVICES}/ctl", -info))
    return found


def channel_infos(spans: list[native.SpanInfo]) -> list[native.ChannelInfo]:
    """All channels of all spans, by number."""
    want = sum(span.channels for span in spans)
    found = []
    for number in range(1, MOST_CHANNELS):
        info = native.channel_info(number)
        if isinstance(info, native.ChannelInfo) and info.span > 0:
            found.append(info)
            if len(found) >= want:
                break
    return found


def holders() -> list[tuple[int, str]]:
    """Processes that have a DAHDI channel open, ids and names; others' are seen by root only."""
    return [
        (process, _name(process))
        for process in sorted(_processes())
        if process != os.getpid() and any(_holds(process))
    ]


def _processes() -> Iterator[int]:
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            yield int(entry.name)


def _holds(process: int) -> Iterator[bool]:
    try:
        for fd in pathlib.Path(f"/proc/{process}/fd").iterdir():
            to = os.readlink(fd)
            if to.startswith(f"{DEVICES}/") and not to.endswith(("/ctl", "/timer")):
                yield True
    except OSError:
        return


def _name(process: int) -> str:
    try:
        return pathlib.Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return "?"


def _group_of(path: str) -> str:
    """The device's group, and how to enter it."""
    about = os.stat(path)
    try:
        group = grp.getgrgid(about.st_gid).gr_name
    except KeyError:
        group = str(about.st_gid)
    me = pwd.getpwuid(os.geteuid()).pw_name if _known(os.geteuid()) else str(os.geteuid())
    mode = stat.filemode(about.st_mode)
    if about.st_mode & 0o060 == 0o060 and about.st_gid:
        return (
            f"it belongs to group '{group}' ({mode}): `usermod -aG {group} {me}` and log in again "
            "(or SupplementaryGroups= in the service)"
        )
    return (
        f"it belongs to group '{group}' with mode {mode}: put a udev rule into "
        '/etc/udev/rules.d/60-dahdi.rules, SUBSYSTEM=="dahdi", GROUP="dahdi", MODE="0660", then '
        f"`groupadd -r dahdi; usermod -aG dahdi {me}; udevadm trigger --subsystem-match=dahdi`"
    )


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def why_not(path: str, code: int) -> str:
    """Why a device cannot be opened, and what to do."""
    if code in (errno.EACCES, errno.EPERM):
        try:
            return f"no permission for {path}: {_group_of(path)}"
        except OSError:
            return f"no permission for {path}: look at `ls -l {DEVICES}`"
    if code in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        if os.path.isdir("/sys/module/dahdi"):
            return (
                f"{path} is missing though the module dahdi is loaded: is udev running? "
                "(`udevadm trigger --subsystem-match=dahdi`)"
            )
        return (
            "DAHDI's kernel driver is not loaded: `modprobe dahdi` and the board's module "
            "(`dahdi_hardware` names it); not there at all: install dahdi-dkms and dahdi"
        )
    return f"{path}: {os.strerror(code)}"


def why_no_channel(number: int, code: int) -> str:
    """Why a channel cannot be opened, and what to do."""
    if code == errno.EBUSY:
        who = ", ".join(f"{name} (pid {pid})" for pid, name in holders())
        held = (
            f"held by {who}: stop that, or"
            if who
            else (
                "held by another program (run as root to see which) or joined to another channel "
                "(slave, DACS) in /etc/dahdi/system.conf:"
            )
        )
        return f"DAHDI channel {number} is busy, {held} leave it out of 'channels'"
    if code == errno.ENXIO:
        return (
            f"DAHDI channel {number} is not configured: name it in /etc/dahdi/system.conf and run "
            "`dahdi_cfg`"
        )
    if code in (errno.EINVAL, errno.ENODEV):
        return f"there is no DAHDI channel {number}: look at `cat /proc/dahdi/*`"
    return why_not(f"{DEVICES}/channel", code)


def canceller_of(span: int, channel: int) -> str:
    """The echo canceller attached to a channel, by /proc/dahdi; "" when none is."""
    try:
        lines = pathlib.Path(f"/proc/dahdi/{span}").read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        words = line.split()
        if words[:1] == [str(channel)] and "(EC:" in line:
            return line.partition("(EC:")[2].split()[0].strip("-() ")
    return ""
