"""A machine's files on disk, for `trunkd boards` to look at: sysfs, procfs, devices."""

from __future__ import annotations

import os
import pathlib

RELEASE = "6.1.0-18-amd64"


class Tree:
    """Files below ``root``. Devices are plain files: only their owner and mode count."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.write("/proc/sys/kernel/osrelease", RELEASE)

    def path(self, name: str) -> pathlib.Path:
        return self.root / name.lstrip("/")

    def write(self, name: str, content: str | bytes = "", mode: int = 0o644) -> pathlib.Path:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode() + b"\n")
        path.chmod(mode)
        return path

    def link(self, name: str, to: str) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(to)

    def modules(self, *names: str) -> None:
        """Kernel modules that could be loaded."""
        lines = [f"updates/dkms/{name}.ko: updates/dkms/dahdi.ko" for name in names]
        self.write(f"/lib/modules/{RELEASE}/modules.dep", "\n".join(lines))

    def load(self, *names: str) -> None:
        for name in names:
            self.path(f"/sys/module/{name}").mkdir(parents=True, exist_ok=True)

    def pci(self, place: str, ids: str, driver: str = "") -> None:
        """``ids``: vendor:device:subvendor:subdevice; ``driver``: the module that has taken it."""
        folder = f"/sys/bus/pci/devices/{place}"
        names = ("vendor", "device", "subsystem_vendor", "subsystem_device")
        for name, value in zip(names, ids.split(":"), strict=True):
            self.write(f"{folder}/{name}", f"0x{value}")
        if driver:
            self._bind(f"{folder}/driver", f"/sys/bus/pci/drivers/{driver}", driver)

    def usb(self, place: str, ids: str, serial: str = "", driver: str = "") -> None:
        """``ids``: vendor:product; ``driver``: of its first interface."""
        folder = f"/sys/bus/usb/devices/{place}"
        vendor, product = ids.split(":")
        self.write(f"{folder}/idVendor", vendor)
        self.write(f"{folder}/idProduct", product)
        if serial:
            self.write(f"{folder}/serial", serial)
        if driver:
            interface = f"/sys/bus/usb/devices/{place}:1.0"
            self._bind(f"{interface}/driver", f"/sys/bus/usb/drivers/{driver}", driver)

    def _bind(self, at: str, driver: str, module: str) -> None:
        self.load(module)
        self.path(driver).mkdir(parents=True, exist_ok=True)
        link = self.path(f"{driver}/module")
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(self.path(f"/sys/module/{module}"), link.parent))
        place = self.path(at)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.path.relpath(self.path(driver), place.parent))

    def dahdi(self, mode: int = 0o666) -> None:
        """Its module is loaded and its control device is there."""
        self.load("dahdi")
        self.write("/sys/module/dahdi/version", "2.11.1")
        self.write("/dev/dahdi/ctl", mode=mode)

    def span(self, number: int, text: str, *channels: str) -> None:
        """A span as /proc/dahdi shows it; ``channels``: what stands behind each one's name."""
        lines = [f'Span {number}: CARD/{number} "{text}" (MASTER) HDB3/CCS/CRC4 RED ', ""]
        lines += [f"\t{n:4d} CARD/{number}/{n} {what}" for n, what in enumerate(channels, 1)]
        self.write(f"/proc/dahdi/{number}", "\n".join(lines))

    def serial(self, name: str, kind: str = "", mode: int = 0o660) -> None:
        folder = f"/sys/class/tty/{name}"
        self.path(f"{folder}/device").mkdir(parents=True)
        if kind:
            self.write(f"{folder}/type", kind)
        self.write(f"/dev/{name}", mode=mode)
