"""`trunkd boards`: what is found in a machine's files, and what is missing."""

from __future__ import annotations

import os
import pathlib
import socket
import sys

import msgspec
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from discover_tree import Tree

from trunkd.board.found import Found
from trunkd.drivers import discover
from trunkd.drivers.discover_bus import card_of
from trunkd.drivers.discover_ids import ANY, PCI, USB
from trunkd.drivers.discover_machine import Machine
from trunkd.hil.e1d_thread import ServedLines

TE410P = "d161:0410:0004:0000"
TDM400P = "e159:0001:b1d9:0003"
LIBRARY = pathlib.Path(msgspec._core.__file__)
"""A shared library of this machine."""


@pytest.fixture
def tree(tmp_path: pathlib.Path) -> Tree:
    return Tree(tmp_path)


def found(tree: Tree, user: int = 0, groups: tuple[int, ...] = (0,)) -> list[Found]:
    return discover.find(Machine(tree.root, user, groups))


def only(rows: list[Found], kind: str, driver: str) -> Found:
    (row,) = [row for row in rows if row.kind == kind and row.driver == driver]
    return row


def gaps(row: Found) -> list[str]:
    return [gap.what for gap in row.missing]


# ---- PCI and USB ------------------------------------------------------------------------------


def test_a_card_wants_the_module_that_the_kernel_has(tree: Tree) -> None:
    tree.pci("0000:03:00.0", TE410P)
    tree.modules("dahdi", "wct4xxp")
    row = only(found(tree), "pci", "dahdi")
    assert "TE410P" in row.what and row.where == "PCI 0000:03:00.0, d161:0410"
    assert not row.ready and row.address == ""
    assert [gap.remedy.partition(",")[0] for gap in row.missing] == [
        "`modprobe dahdi`",
        "`modprobe wct4xxp`",
    ]


def test_a_kernel_without_dahdi_names_the_package(tree: Tree) -> None:
    tree.pci("0000:03:00.0", TE410P)
    row = only(found(tree), "pci", "dahdi")
    assert gaps(row) == ["the kernel has no module dahdi", "the kernel has no module wct4xxp"]
    assert all("dahdi-dkms" in gap.remedy for gap in row.missing)


def test_a_module_that_debian_leaves_out(tree: Tree) -> None:
    tree.pci("0000:03:00.0", "d161:800e:0000:0000")
    assert "from its source" in only(found(tree), "pci", "dahdi").missing[-1].remedy


def test_sangoma_wants_wanpipe(tree: Tree) -> None:
    tree.pci("0000:04:00.0", "1923:0100:a114:0000")
    row = only(found(tree), "pci", "dahdi")
    assert row.what == "Sangoma A108D, 8 E1/T1"
    assert "wancfg_dahdi" in row.missing[-1].remedy


def test_a_driver_that_holds_anothers_card(tree: Tree) -> None:
    tree.dahdi()
    tree.span(1, "another card", "Clear")
    tree.modules("wctdm")
    tree.pci("0000:05:01.0", TDM400P, driver="netjet")
    row = only(found(tree), "pci", "dahdi")
    assert gaps(row) == ["the kernel driver netjet holds it, and wctdm should"]
    assert "modprobe -r netjet && modprobe wctdm" in row.missing[0].remedy


def test_a_card_that_works_has_an_address(tree: Tree) -> None:
    tree.dahdi()
    tree.span(1, "T4XXP (PCI) Card 0 Span 1", *["Clear (In use) "] * 31)
    tree.pci("0000:03:00.0", TE410P, driver="wct4xxp")
    row = only(found(tree), "pci", "dahdi")
    assert row.ready and row.address == "dahdi://" and row.note == "driven by wct4xxp"


def test_a_card_that_nothing_drives_any_more(tree: Tree) -> None:
    tree.dahdi()
    tree.span(1, "another card", "Clear")
    tree.load("wct4xxp")
    tree.pci("0000:03:00.0", TE410P)
    assert gaps(only(found(tree), "pci", "dahdi")) == ["wct4xxp is loaded and has not taken it"]


def test_a_card_without_a_driver_of_ours(tree: Tree) -> None:
    tree.pci("0000:06:00.0", "10b5:9054:16df:0011")
    row = only(found(tree), "pci", "")
    assert row.what == "PIKA board" and gaps(row) == ["trunkd has no driver for it"]


def test_devices_that_are_no_boards_are_left_out(tree: Tree) -> None:
    tree.pci("0000:00:00.0", "8086:1237:0000:0000")
    tree.pci("0000:00:1f.0", "10b5:9030:1234:5678")
    tree.usb("1-1", "1d6b:0002")
    tree.write("/sys/bus/pci/devices/0000:00:02.0/vendor", "nonsense")
    assert not [row for row in found(tree) if row.kind in ("pci", "usb")]


def test_an_astribank_without_firmware(tree: Tree) -> None:
    tree.dahdi()
    tree.span(1, "another", "FXOKS")
    tree.usb("1-2", "e4e4:1160", serial="X1052047")
    row = only(found(tree), "usb", "dahdi")
    assert row.what == "Xorcom Astribank modular (serial X1052047)"
    assert gaps(row) == ["its firmware is not loaded"]


def test_an_astribank_that_works(tree: Tree) -> None:
    tree.dahdi()
    tree.span(1, "Xorcom XPD [usb:X1052047].1: FXS", *["FXOKS"] * 8)
    tree.usb("1-2", "e4e4:1162", driver="xpp_usb")
    assert only(found(tree), "usb", "dahdi").address == "dahdi://"


def test_an_ice1usb_wants_osmo_e1d(tree: Tree) -> None:
    tree.usb("2-1", "1d50:6145")
    row = only(found(tree), "usb", "e1d")
    assert row.what == "Osmocom icE1usb, 2 E1" and "osmo-e1d" in row.missing[0].remedy


def test_every_row_of_ids_is_found_by_its_own_ids() -> None:
    for card in PCI:
        ids = [want if want != ANY else 0x7777 for want in card[:4]]
        assert card_of(*ids) == card, card
    assert len({(device.vendor, device.product) for device in USB}) == len(USB)


def test_the_row_that_says_most_counts() -> None:
    quad = card_of(0x1923, 0x0100, 0xA113, 0)
    plain = card_of(0x1923, 0x0100, 0x0000, 0)
    unknown = card_of(0x1923, 0x0999, 0x0000, 0)
    assert quad and plain and unknown
    assert [c.source for c in (quad, plain)] == ["W", "P"] and "not in our table" in unknown.name


# ---- DAHDI ------------------------------------------------------------------------------------


def test_spans_of_dahdi(tree: Tree) -> None:
    tree.dahdi()
    tree.span(1, "T4XXP Card 0 Span 1", *["Clear "] * 15, "HDLCFCS (In use) ", *["Clear "] * 15)
    tree.span(2, "T4XXP Card 0 Span 2", *[" RED"] * 31)
    tree.span(10, "WCTDM Board 1", "FXOKS (EC: MG2 - INACTIVE) ", "FXSKS RED", "Reserved ")
    rows = found(tree)
    kernel = only(rows, "kernel", "dahdi")
    assert kernel.what == "DAHDI 2.11.1, 3 spans" and kernel.address == "dahdi://"
    spans = [row for row in rows if row.kind == "span"]
    assert [row.address for row in spans] == ["dahdi://?spans=1", "", "dahdi://?spans=10"]
    assert spans[0].note == "30 Clear, 1 HDLCFCS, 1 in use now"
    assert gaps(spans[1]) == ["no channel of span 2 is configured"]
    assert spans[2].note == "1 FXOKS, 1 FXSKS"


def test_nothing_configured_and_no_spans(tree: Tree) -> None:
    tree.dahdi()
    assert gaps(only(found(tree), "kernel", "dahdi")) == ["DAHDI has no spans"]
    tree.span(1, "a card", "", "")
    row = only(found(tree), "kernel", "dahdi")
    assert gaps(row) == ["no channel of DAHDI is configured"] and not row.address


def test_a_module_without_devices(tree: Tree) -> None:
    tree.load("dahdi")
    assert "udevadm" in only(found(tree), "kernel", "dahdi").missing[0].remedy


def test_permission_by_owner_group_and_mode(tree: Tree) -> None:
    tree.dahdi(mode=0o660)
    tree.span(1, "a card", "Clear")
    group = tree.path("/dev/dahdi/ctl").stat().st_gid
    owner = tree.path("/dev/dahdi/ctl").stat().st_uid
    stranger = found(tree, user=owner + 4711, groups=(group + 4711,))
    kernel = only(stranger, "kernel", "dahdi")
    assert "no permission for /dev/dahdi/ctl" in gaps(kernel)[0] and not kernel.address
    assert not [row for row in stranger if row.driver == "dahdi" and row.address]
    member = found(tree, user=owner + 4711, groups=(group,))
    assert only(member, "kernel", "dahdi").ready
    if group:
        assert "usermod -aG" in kernel.missing[0].remedy
    os.chmod(tree.path("/dev/dahdi/ctl"), 0o600)
    member = found(tree, user=owner + 4711, groups=(group,))
    assert "udev rule" in only(member, "kernel", "dahdi").missing[0].remedy


def test_without_dahdi_its_driver_says_what_to_install(tree: Tree) -> None:
    row = only(found(tree), "driver", "dahdi")
    assert "dahdi-dkms" in row.missing[0].remedy


# ---- osmo-e1d ---------------------------------------------------------------------------------


def test_a_server_is_asked_for_its_lines(tree: Tree) -> None:
    served = ServedLines()
    try:
        tree.write("/etc/trunkd/trunkd.toml", f'[[board]]\naddress = "e1d://{served.path}"')
        tree.link(served.path, served.path)
        tree.usb("2-1", "1d50:6145")
        rows = found(tree)
    finally:
        served.close()
    server = only(rows, "server", "e1d")
    path = tree.path(served.path)
    assert server.ready and server.address == f"e1d://{path}?lines=0:0,0:1"
    assert [row.address for row in rows if row.kind == "span"] == [
        f"e1d://{path}?lines=0:0",
        f"e1d://{path}?lines=0:1",
    ]
    assert only(rows, "usb", "e1d").address == server.address
    assert not [row for row in rows if row.kind == "driver" and row.driver == "e1d"]


def test_a_socket_where_nobody_listens(tree: Tree) -> None:
    place = tree.path("/tmp")
    place.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as left:
        folder = os.open(place, os.O_PATH)
        left.bind(f"/proc/self/fd/{folder}/osmo-e1d.ctl")
        os.close(folder)
    row = only(found(tree), "server", "e1d")
    assert not row.ready and "start osmo-e1d" in row.missing[0].remedy
    stranger = found(tree, user=os.geteuid() + 4711, groups=(4711,))
    assert "no permission" in gaps(only(stranger, "server", "e1d"))[0]


def test_a_file_in_place_of_the_socket_and_one_that_is_gone(tree: Tree) -> None:
    tree.write("/tmp/osmo-e1d.ctl")
    tree.write("/etc/trunkd/trunkd.toml", '[[board]]\naddress = "e1d:///run/mine.ctl"')
    rows = [row for row in found(tree) if row.kind == "server"]
    assert [gaps(row)[0] for row in rows] == [
        "/tmp/osmo-e1d.ctl is no socket",
        "there is no /run/mine.ctl, which the configuration names",
    ]


# ---- libraries --------------------------------------------------------------------------------


def test_a_library_in_the_loaders_folders(tree: Tree) -> None:
    tree.write("/etc/ld.so.conf", "include ld.so.conf.d/*.conf /etc/ld.so.conf\n# a remark")
    tree.write("/etc/ld.so.conf.d/synway.conf", "/opt/shcti64/lib")
    tree.write("/opt/shcti64/lib/libshpa3.so", LIBRARY.read_bytes())
    row = only(found(tree), "library", "synway")
    assert gaps(row) == ["there is no ShConfig.ini beside it"]
    tree.write("/opt/shcti64/lib/ShConfig.ini", "[SYSTEM]")
    row = only(found(tree), "library", "synway")
    path = tree.path("/opt/shcti64/lib/libshpa3.so")
    assert row.ready and row.address == f"synway://?library={path}"


def test_a_library_that_the_loader_would_not_take(tree: Tree) -> None:
    tree.write("/usr/lib/libshpa3.so", "text")
    assert gaps(only(found(tree), "library", "synway")) == ["it is no shared library"]
    head = bytearray(LIBRARY.read_bytes()[:64])
    head[4], head[18] = 1, 3
    tree.write("/usr/lib/libshpa3.so", bytes(head))
    assert gaps(only(found(tree), "library", "synway")) == ["it is a 32-bit library for i386"]


def test_a_configured_library_that_is_gone(tree: Tree) -> None:
    conf = '[[board]]\naddress = "synway://"\n[board.synway]\nlibrary = "/opt/x/libshpa3.so"'
    tree.write("/etc/trunkd/trunkd.toml", conf)
    row = only(found(tree), "library", "synway")
    assert gaps(row) == ["there is no /opt/x/libshpa3.so"]
    tree.write("/etc/trunkd/trunkd.toml", "no = TOML = at all")
    assert not [row for row in found(tree) if row.kind == "library"]


def test_a_driver_without_its_library_says_what_to_install(tree: Tree) -> None:
    row = only(found(tree), "driver", "synway")
    assert "SHCTI" in row.missing[0].remedy


# ---- serial ports, drivers --------------------------------------------------------------------


def test_serial_ports(tree: Tree) -> None:
    tree.serial("ttyS0", kind="4")
    tree.serial("ttyS1", kind="0")
    tree.serial("ttyUSB0")
    tree.write("/sys/class/tty/ttyUSB0/product", "FT232R USB UART")
    tree.path("/sys/class/tty/tty1").mkdir()
    rows = [row for row in found(tree) if row.kind == "serial"]
    assert [(row.where, row.ready) for row in rows] == [
        ("/dev/ttyS0", True),
        ("/dev/ttyUSB0", True),
    ]
    assert rows[1].what == "serial port, FT232R USB UART"
    stranger = found(tree, user=os.geteuid() + 4711, groups=(4711,))
    assert all("no permission" in gaps(row)[0] for row in stranger if row.kind == "serial")
    tree.path("/dev/ttyS0").unlink()
    (row,) = [row for row in found(tree) if row.where == "/dev/ttyS0"]
    assert "udevadm" in row.missing[0].remedy


def package(folder: pathlib.Path, scheme: str, code: str) -> None:
    """A driver of another package, installed in a folder."""
    (folder / f"{scheme}_boards.py").write_text(code)
    about = folder / f"{scheme}_boards-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {scheme}-boards\nVersion: 1.0\n")
    point = f"[trunkd.drivers]\n{scheme} = {scheme}_boards:Driver\n"
    (about / "entry_points.txt").write_text(point)


def test_a_driver_that_cannot_be_loaded_is_a_row_with_its_cause(
    tree: Tree, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    package(site, "broken", "import a_library_that_nobody_has\n")
    monkeypatch.syspath_prepend(site)
    row = only(found(tree), "driver", "broken")
    assert "No module named 'a_library_that_nobody_has'" in gaps(row)[0]
    assert only(found(tree), "driver", "sim").ready


def test_a_driver_that_finds_its_own_boards(
    tree: Tree, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    code = (
        "from trunkd.board.found import Found\n"
        "class Driver:\n"
        "    @staticmethod\n"
        "    def discover(root):\n"
        "        names = sorted(p.name for p in (root / 'dev/acme').iterdir())\n"
        "        return [Found(kind='pci', what='Acme', driver='acme', address=f'acme://{n}')\n"
        "                for n in names]\n"
    )
    package(site, "acme", code)
    monkeypatch.syspath_prepend(site)
    row = only(found(tree), "driver", "acme")
    assert "FileNotFoundError" in gaps(row)[0]
    tree.write("/dev/acme/0")
    assert only(found(tree), "pci", "acme").address == "acme://0"
    assert not [row for row in found(tree) if row.kind == "driver" and row.driver == "acme"]


def test_a_board_whose_driver_is_broken_has_no_address(
    tree: Tree, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.dahdi()
    tree.span(1, "a card", "Clear")
    site = tmp_path / "site"
    site.mkdir()
    package(site, "dahdi", "raise RuntimeError('built for another trunkd')\n")
    monkeypatch.syspath_prepend(site)
    kernel = only(found(tree), "kernel", "dahdi")
    assert not kernel.address and "built for another trunkd" in gaps(kernel)[-1]
