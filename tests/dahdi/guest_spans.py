"""In the machine of vm.sh: make, break and take away DAHDI's dynamic spans.

    dahdi_spans make|destroy|unassign|assign|cut|mend [SPAN…]     (no span: 1 2)

Spans 1 and 2 are joined in the kernel (dahdi_dynamic_loc). 3 and 4 are joined by Ethernet frames
over two interfaces (dahdi_dynamic_eth), so each direction can be cut: cut 3 is what span 3 sends.
``unassign`` takes a span away from those who use it, as unplugging its board does.
"""

from __future__ import annotations

import fcntl
import glob
import os
import pathlib
import socket
import struct
import sys

CHANNELS = 31
CREATE, DESTROY = 0xC048DA50, 0x4048DA51  # _IOWR(0xda, 80), _IOW(0xda, 81) of 72 octets
RECORD = struct.Struct("20s40siii")
SIOCSIFFLAGS, SIOCSIFHWADDR = 0x8914, 0x8924
UP = ETHERNET = 1

INTERFACES = {3: "tdm3", 4: "tdm4"}
ADDRESSES = {3: bytes.fromhex("02d400000003"), 4: bytes.fromhex("02d400000004")}
OTHER = {3: 4, 4: 3}
NOBODY = bytes.fromhex("02d4000000ff")
"""A span takes no frames from this address."""


def place(number: int) -> tuple[bytes, bytes]:
    """Driver and address of a span."""
    if number not in INTERFACES:
        return b"loc", b"1:%d" % (number - 1)
    far = ADDRESSES[OTHER[number]].hex(":")
    return b"eth", f"{INTERFACES[number]}/{far}/0".encode()


def device(number: int) -> str:
    """The span's device of sysfs; it is there while the span is made."""
    for path in glob.glob("/sys/bus/dahdi_devices/devices/*"):
        name = pathlib.Path(path, "hardware_id").read_text().strip().encode()
        if name == b"DYN/" + b"/".join(place(number)):
            return path
    sys.exit(f"dahdi_spans: span {number} is not made")


def change(request: int, number: int) -> None:
    driver, address = place(number)
    with open("/dev/dahdi/ctl", "r+b", buffering=0) as control:
        # The timing field is 0: a 'loc' span named as a timing source would wait for itself.
        fcntl.ioctl(control, request, RECORD.pack(driver, address, CHANNELS, 0, 0))


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute of rtnetlink(7)."""
    return struct.pack("HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def join() -> None:
    """Two interfaces, each the other's far end, up."""

    def end(number: int) -> bytes:
        name = attribute(3, INTERFACES[number].encode() + b"\0")
        return bytes(16) + name + attribute(1, ADDRESSES[number])

    pair = attribute(1, b"veth") + attribute(2, attribute(1, end(4)))
    body = end(3) + attribute(18, pair)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.send(struct.pack("IHHII", len(body) + 16, 16, 0x605, 1, 0) + body)
        error = struct.unpack_from("i", netlink.recv(4096), 16)[0]
    if error:
        raise OSError(-error, "cannot make the interfaces")
    for number in INTERFACES:
        set_interface(number, SIOCSIFFLAGS, struct.pack("H", UP))


def set_interface(number: int, request: int, value: bytes) -> None:
    with socket.socket() as any_socket:
        name = INTERFACES[number].encode()
        fcntl.ioctl(any_socket, request, struct.pack("16s24s", name, value))


def set_address(number: int, address: bytes) -> None:
    set_interface(number, SIOCSIFHWADDR, struct.pack("H6s", ETHERNET, address))


def act(what: str, number: int) -> None:
    if what in ("cut", "mend"):
        set_address(number, NOBODY if what == "cut" else ADDRESSES[number])
    elif what == "make":
        if number in INTERFACES and not os.path.exists(f"/sys/class/net/{INTERFACES[number]}"):
            join()
        change(CREATE, number)
    elif what == "destroy":
        change(DESTROY, number)
    elif what == "unassign":
        pathlib.Path(device(number), "unassign_span").write_text("1")
    elif what == "assign":
        first = CHANNELS * (number - 1) + 1
        pathlib.Path(device(number), "assign_span").write_text(f"1:{number}:{first}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    for each in map(int, sys.argv[2:] or ("1", "2")):
        act(sys.argv[1], each)
