"""What of ``dahdi://`` needs no kernel driver: settings, texts, a machine without DAHDI."""

from __future__ import annotations

import errno
import grp
import os
import pathlib

import pytest

from trunkd.board.clock import VirtualClock
from trunkd.board.model import SpanKind
from trunkd.board.registry import drivers, find_driver, open_board
from trunkd.daemon.config_check import loads
from trunkd.drivers.dahdi import DahdiConfig, KernelEvent
from trunkd.drivers.dahdi.board import kind_of
from trunkd.drivers.dahdi.config import check, numbers
from trunkd.drivers.dahdi.events import NAMES, kernel_event
from trunkd.drivers.dahdi.find import holders, why_no_channel, why_not
from trunkd.drivers.dahdi.timeslot import named
from trunkd.errors import ConfigError, DriverError
from trunkd.native import wrap_dahdi as native


def test_it_is_found_by_its_entry_point() -> None:
    assert "dahdi" in drivers()
    assert find_driver("dahdi").config_type is DahdiConfig


def test_ranges() -> None:
    assert numbers("spans", "") == []
    assert numbers("spans", "7, 1-4") == [7, 1, 2, 3, 4]
    for text, wrong in (("a", "'a' is no number"), ("4-1", "backwards"), ("1,1", "named twice")):
        with pytest.raises(ConfigError, match=f"^spans: .*{wrong}"):
            numbers("spans", text)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("block_ms", 1, "block_ms: 1 is out of range: give 2 to 20"),
        ("block_ms", 21, "block_ms: 21 is out of range"),
        ("blocks", 17, "blocks: 17 is out of range: give 1 to 16"),
        ("soft_spans", 65, "soft_spans: 65 is out of range"),
        ("cas_idle", "10", "cas_idle: '10' is no ABCD bits"),
        ("channels", "1-", "channels: '1-' is no number"),
    ],
)
def test_what_is_out_of_range(field: str, value: int | str, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        check(DahdiConfig(**{field: value}))  # type: ignore[arg-type]


def test_its_table_in_a_configuration() -> None:
    text = (
        '[[board]]\nname = "b0"\naddress = "dahdi://"\n[board.dahdi]\nspans = "1-2"\nblocks = {}\n'
    )
    board = loads(text.format(5)).board[0]
    assert isinstance(board.driver, DahdiConfig) and board.driver.blocks == 5
    with pytest.raises(ConfigError, match="blocks: 99 is out of range"):
        loads(text.format(99))


def test_a_machine_without_dahdi_says_what_to_load() -> None:
    if os.path.exists("/dev/dahdi/ctl"):
        assert isinstance(native.version(), str)
        return
    assert native.span_info(1) == native.version() == -errno.ENOENT
    assert native.DahdiEngine(1, 80, 4096, 0, 3).error == errno.ENOENT
    with pytest.raises(DriverError, match=r"not loaded: `modprobe dahdi`.*install dahdi-dkms"):
        open_board("dahdi://")


def test_no_virtual_time() -> None:
    with pytest.raises(DriverError, match="real board: it runs in real time only"):
        open_board("dahdi://", clock=VirtualClock())


def test_engines_that_cannot_be() -> None:
    assert native.DahdiEngine(1, 8, 4096, 0, 3).error == errno.EINVAL
    assert native.DahdiEngine(1, 80, 4096, 0, 17).error == errno.EINVAL
    assert native.DahdiEngine(65, 80, 4096, 0, 3).error == errno.EINVAL


def test_why_a_channel_cannot_be_opened(tmp_path: pathlib.Path) -> None:
    assert "not configured: name it in /etc/dahdi/system.conf" in why_no_channel(9, errno.ENXIO)
    assert "there is no DAHDI channel 9" in why_no_channel(9, errno.EINVAL)
    busy = why_no_channel(9, errno.EBUSY)
    assert "DAHDI channel 9 is busy, held by" in busy and "leave it out of 'channels'" in busy
    device = tmp_path / "ctl"
    device.touch(0o600)
    assert "put a udev rule into /etc/udev/rules.d" in why_not(str(device), errno.EACCES)
    os.chmod(device, 0o660)
    if os.geteuid() == 0:
        os.chown(device, 0, 4)
    group = grp.getgrgid(device.stat().st_gid).gr_name
    assert f"belongs to group '{group}' (-rw-rw----): `usermod -aG {group}" in why_not(
        str(device), errno.EACCES
    )
    assert all(pid != os.getpid() for pid, _ in holders())


def info(kind: str, channels: int, name: str = "WCT1/0", can_signal: int = 1) -> native.SpanInfo:
    return native.SpanInfo(1, 0, channels, 0, 0, 0, can_signal, 0, {}, name, "", "", "", "", kind)


def test_kinds_of_spans() -> None:
    assert kind_of(info("E1", 31)) is SpanKind.E1
    assert kind_of(info("T1", 24)) is kind_of(info("J1", 24)) is SpanKind.T1
    assert kind_of(info("BRI", 3)) is SpanKind.E1
    assert kind_of(info("DYNAM", 31, "DYN/loc/1:0")) is SpanKind.E1
    assert kind_of(info("DYNAM", 24, "DYN/eth/1:0")) is SpanKind.T1
    assert kind_of(info("FXS", 4, can_signal=0)) is SpanKind.ANALOG


def test_names() -> None:
    for number, name in NAMES.items():
        assert kernel_event(1, 2, 3, number) == KernelEvent(1, 2, 3, name)
    assert kernel_event(1, 2, 3, 99).name == "event 99"
    assert named(native.MTP2) == "an SS7 link (mtp2)"
    assert named(native.FXS_PORT | 32) == "an FXS port (fxo signalling)"
    assert named(native.FXO_PORT | 4) == "an FXO port (fxs signalling)"
    assert named(1) == "of signalling 0x1"
