"""PCI and USB ids of telephony boards, as rows.

Sources, by the letters in ``source``: K, the tables of dahdi-linux 2.11.1's kernel modules (source
of Debian's dahdi-dkms; of tor2's, PLX's own ids are left out, which other boards have too); P,
pci.ids of 2023.04.11; H, the list of `dahdi_hardware` in dahdi-linux; W, Sangoma's sdlapci.h; O,
osmo-e1d's usb.c. What several sources have is named by the first. ANY matches all.

No public text was found that gives the ids of Synway's, DonJin's and Keygoe's boards, and pci.ids
has none of their names: these are found by their libraries only (discover_libraries.py).
"""

from __future__ import annotations

from typing import Final, NamedTuple

ANY: Final = -1


class Card(NamedTuple):
    """One board: ids, its name, the kernel module that drives it, the driver's scheme."""

    vendor: int
    device: int
    subvendor: int
    subdevice: int
    name: str
    module: str
    scheme: str
    source: str


def _digium(device: int, name: str, module: str, source: str = "K", sub: int = ANY) -> Card:
    return Card(0xD161, device, sub, ANY, f"Digium {name}", module, "dahdi", source)


def _tiger(sub: int, name: str, module: str, source: str = "K") -> Card:
    return Card(0xE159, 0x0001, sub, ANY, name, module, "dahdi", source)


def _hfc(device: int, sub: int, name: str) -> Card:
    return Card(0x1397, device, 0x1397, sub, name, "wcb4xxp", "dahdi", "K")


def _rhino(device: int, name: str, module: str) -> Card:
    return Card(0x0B0B, device, ANY, ANY, f"Rhino {name}", module, "dahdi", "H")


def _sangoma(device: int, name: str, source: str, sub: int = ANY) -> Card:
    return Card(0x1923, device, sub, ANY, f"Sangoma {name}", "wanpipe", "dahdi", source)


PCI: Final = (
    # Digium, E1 and T1
    _digium(0x0205, "Wildcard TE205P, 2 E1/T1", "wct4xxp"),
    _digium(0x0210, "Wildcard TE210P, 2 E1/T1", "wct4xxp"),
    _digium(0x0220, "Wildcard TE220, 2 E1/T1", "wct4xxp"),
    _digium(0x0405, "Wildcard TE405P, 4 E1/T1", "wct4xxp"),
    _digium(0x0410, "Wildcard TE410P, 4 E1/T1", "wct4xxp"),
    _digium(0x0420, "Wildcard TE420, 4 E1/T1", "wct4xxp"),
    _digium(0x1205, "Wildcard TE205P (5th generation), 2 E1/T1", "wct4xxp"),
    _digium(0x1210, "Wildcard TE210P (5th generation), 2 E1/T1", "wct4xxp"),
    _digium(0x1220, "Wildcard TE220 (5th generation), 2 E1/T1", "wct4xxp"),
    _digium(0x1405, "Wildcard TE405P (5th generation), 4 E1/T1", "wct4xxp"),
    _digium(0x1410, "Wildcard TE410P (5th generation), 4 E1/T1", "wct4xxp"),
    _digium(0x1420, "Wildcard TE420 (5th generation), 4 E1/T1", "wct4xxp"),
    _digium(0x1820, "Wildcard TE820, 8 E1/T1", "wct4xxp"),
    Card(0x10EE, 0x0314, ANY, ANY, "Digium Wildcard TE410P/TE405P (1st generation), 4 E1/T1",
         "wct4xxp", "dahdi", "K"),
    _digium(0x0120, "Wildcard TE120P, 1 E1/T1", "wcte12xp"),
    _digium(0x8000, "Wildcard TE121, 1 E1/T1", "wcte12xp"),
    _digium(0x8001, "Wildcard TE122, 1 E1/T1", "wcte12xp"),
    _digium(0x800A, "Wildcard TE133, 1 E1/T1", "wcte13xp"),
    _digium(0x800B, "Wildcard TE134, 1 E1/T1", "wcte13xp"),
    _digium(0x800E, "Wildcard TE235/TE435, 2 or 4 E1/T1", "wcte43x"),
    _digium(0x8013, "Wildcard TE236/TE436, 2 or 4 E1/T1", "wcte43x"),
    _tiger(0x6159, "Digium Wildcard T100P/E100P, 1 E1/T1", "wct1xxp"),
    _tiger(0x71FE, "Digium Wildcard TE110P, 1 E1/T1", "wcte11xp"),
    _tiger(0x79FE, "Digium Wildcard TE110P, 1 E1/T1", "wcte11xp"),
    _tiger(0x795E, "Digium Wildcard TE110P, 1 E1/T1", "wcte11xp"),
    _tiger(0x79DE, "Digium Wildcard TE110P, 1 E1/T1", "wcte11xp"),
    _tiger(0x797E, "Digium Wildcard TE110P, 1 E1/T1", "wcte11xp"),
    Card(0x10B5, 0xD00D, ANY, ANY, "Tormenta 2, 4 E1/T1", "tor2", "dahdi", "K"),
    Card(0x10B5, 0x4000, ANY, ANY, "Tormenta 2 (clone), 4 E1/T1", "tor2", "dahdi", "K"),
    # Digium, analog and BRI
    _digium(0x0800, "Wildcard TDM800P, 8 analog ports", "wctdm24xxp"),
    _digium(0x2400, "Wildcard TDM2400P, 24 analog ports", "wctdm24xxp"),
    _digium(0x8002, "Wildcard AEX800, 8 analog ports", "wctdm24xxp"),
    _digium(0x8003, "Wildcard AEX2400, 24 analog ports", "wctdm24xxp"),
    _digium(0x8005, "Wildcard TDM410P, 4 analog ports", "wctdm24xxp"),
    _digium(0x8006, "Wildcard AEX410P, 4 analog ports", "wctdm24xxp"),
    _digium(0x8007, "HA8, 8 analog or BRI ports", "wctdm24xxp"),
    _digium(0x8008, "HB8, 8 analog or BRI ports", "wctdm24xxp"),
    _digium(0x800C, "Wildcard A8A, 8 analog ports", "wcaxx"),
    _digium(0x800D, "Wildcard A8B, 8 analog ports", "wcaxx"),
    _digium(0x800F, "Wildcard A4A, 4 analog ports", "wcaxx"),
    _digium(0x8010, "Wildcard A4B, 4 analog ports", "wcaxx"),
    _digium(0xB410, "Wildcard B410P, 4 BRI", "wcb4xxp"),
    _digium(0x8014, "Wildcard B43x, 4 BRI", "wcb4xxp"),
    _digium(0x8015, "Wildcard B43x, 4 BRI", "wcb4xxp"),
    _digium(0x8016, "Wildcard B23x, 2 BRI", "wcb4xxp"),
    _digium(0x8017, "Wildcard B23x, 2 BRI", "wcb4xxp"),
    _tiger(0x8085, "Digium Wildcard X101P, 1 FXO", "wcfxo"),
    _tiger(0x8084, "X101P clone, 1 FXO", "wcfxo"),
    _tiger(0x8086, "X101P clone, 1 FXO", "wcfxo"),
    _tiger(0x8087, "X101P clone, 1 FXO", "wcfxo"),
    Card(0x1057, 0x5608, ANY, ANY, "Digium Wildcard X100P, 1 FXO", "wcfxo", "dahdi", "K"),
    _tiger(0xB100, "Digium Wildcard TDM400P or OpenVox A400P, 4 analog ports", "wctdm"),
    _tiger(0xB118, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xB119, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xB1D9, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xA9FD, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xA8FD, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xA800, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xA801, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xA908, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xA901, "Digium Wildcard TDM400P, 4 analog ports", "wctdm"),
    _tiger(0xA159, "Digium Wildcard S400P, 4 analog ports", "wctdm"),
    _tiger(0xE159, "Digium Wildcard S400P, 4 analog ports", "wctdm"),
    # OpenVox
    _tiger(0x9100, "OpenVox A800P/A1200P, 8 or 12 analog ports", "opvxa1200"),
    _tiger(0x9519, "OpenVox A800P/A1200P, 8 or 12 analog ports", "opvxa1200"),
    _tiger(0x95D9, "OpenVox A800P/A1200P, 8 or 12 analog ports", "opvxa1200"),
    _tiger(0x9500, "OpenVox A800P/A1200P, 8 or 12 analog ports", "opvxa1200"),
    _tiger(0x9532, "OpenVox A800P/A1200P, 8 or 12 analog ports", "opvxa1200"),
    _tiger(0x8519, "OpenVox A800P/A1200P, 8 or 12 analog ports", "opvxa1200"),
    _tiger(0x9559, "OpenVox A800P/A1200P, 8 or 12 analog ports", "opvxa1200"),
    _tiger(0x9599, "OpenVox A800P/A1200P, 8 or 12 analog ports", "opvxa1200"),
    _hfc(0x08B4, 0xE884, "OpenVox B200P, 2 BRI"),
    _hfc(0x08B4, 0xE888, "OpenVox B400P, 4 BRI"),
    _hfc(0x16B8, 0xE998, "OpenVox B800P, 8 BRI"),
    Card(0x1B74, ANY, ANY, ANY, "OpenVox board (its model is not in our table)", "", "dahdi", "P"),
    # Junghanns, Beronet, Swyx: Cologne Chip HFC-4S and HFC-8S
    _hfc(0x08B4, 0xB556, "Junghanns duoBRI, 2 BRI"),
    _hfc(0x08B4, 0xB520, "Junghanns quadBRI, 4 BRI"),
    _hfc(0x08B4, 0xB550, "Junghanns quadBRI, 4 BRI"),
    _hfc(0x08B4, 0xB752, "Junghanns quadBRI PCIe, 4 BRI"),
    _hfc(0x16B8, 0xB552, "Junghanns octoBRI, 8 BRI"),
    _hfc(0x16B8, 0xB55B, "Junghanns octoBRI, 8 BRI"),
    _hfc(0x08B4, 0xB566, "Beronet BN2S0, 2 BRI"),
    _hfc(0x08B4, 0xB761, "Beronet BN2S0 PCIe, 2 BRI"),
    _hfc(0x08B4, 0xB560, "Beronet BN4S0, 4 BRI"),
    _hfc(0x08B4, 0xB762, "Beronet BN4S0 PCIe, 4 BRI"),
    _hfc(0x16B8, 0xB562, "Beronet BN8S0, 8 BRI"),
    _hfc(0x16B8, 0xB56B, "Beronet BN8S0+, 8 BRI"),
    _hfc(0x08B4, 0xB540, "Swyx 4xS0 SX2 QuadBRI, 4 BRI"),
    _hfc(0x08B4, 0x08B4, "Cologne Chip HFC-4S evaluation board, 4 BRI"),
    # Sangoma
    _sangoma(0x0300, "A101, 1 or 2 E1/T1", "P"),
    _sangoma(0x0400, "A104u, 4 E1/T1", "P"),
    _sangoma(0x0100, "A101D, 1 E1/T1", "W", 0xA111),
    _sangoma(0x0100, "A102D, 2 E1/T1", "W", 0xA112),
    _sangoma(0x0100, "A104D, 4 E1/T1", "W", 0xA113),
    _sangoma(0x0100, "A108D, 8 E1/T1", "W", 0xA114),
    _sangoma(0x0100, "A104D, 4 E1/T1", "P"),
    _sangoma(0x0040, "A400, analog ports", "W", 0xA400),
    _sangoma(0x0040, "A200, analog ports", "P"),
    _sangoma(ANY, "A116, 16 E1/T1", "W", 0xA117),
    _sangoma(ANY, "A500, BRI", "W", 0xA500),
    _sangoma(ANY, "B500, BRI", "W", 0xB500),
    _sangoma(ANY, "A700, analog ports and BRI", "W", 0xA700),
    _sangoma(ANY, "B600, analog ports", "W", 0xA600),
    _sangoma(ANY, "B601, analog ports and E1/T1", "W", 0xA601),
    _sangoma(ANY, "B610, 1 FXS", "W", 0xA610),
    _sangoma(ANY, "B800, analog ports", "W", 0xB800),
    _sangoma(ANY, "board (its model is not in our table)", "P"),
    # Rhino, Yeastar, Aligera
    _rhino(0x0105, "R1T1, 1 E1/T1", "r1t1"),
    _rhino(0x0205, "R4FXO, 4 FXO", "r4fxo"),
    _rhino(0x0305, "R4T1, 4 E1/T1", "rxt1"),
    _rhino(0x0605, "R2T1, 2 E1/T1", "rxt1"),
    _rhino(0x0206, "RCB4FXO, 4 FXO", "rcbfx"),
    _rhino(0x0405, "R8FXX, 8 analog ports", "rcbfx"),
    _rhino(0x0406, "RCB8FXX, 8 analog ports", "rcbfx"),
    _rhino(0x0505, "R24FXX, 24 analog ports", "rcbfx"),
    _rhino(0x0506, "RCB24FXS, 24 FXS", "rcbfx"),
    _rhino(0x0705, "R24FXS, 24 FXS", "rcbfx"),
    _rhino(0x0706, "RCB24FXO, 24 FXO", "rcbfx"),
    _rhino(0x0906, "RCB24FXX, 24 analog ports", "rcbfx"),
    _tiger(0x2151, "Yeastar YSTDM8xx, 8 analog ports", "ystdm8xx", "H"),
    Card(0x10EE, 0x1004, ANY, ANY, "Aligera AP40X/APE40X, 1 to 4 E1", "ap400", "dahdi", "H"),
    # Known, and trunkd has no driver
    _digium(0x3400, "Wildcard TC400P transcoder: not a line board", "", "K")._replace(scheme=""),
    _digium(0x8004, "Wildcard TCE400P transcoder: not a line board", "", "K")._replace(scheme=""),
    Card(0x12C7, ANY, ANY, ANY, "Dialogic board", "", "", "P"),
    Card(0x10B5, 0x9054, 0x12C7, ANY, "Dialogic DM/V board", "", "", "P"),
    Card(0x10B5, 0x9054, 0x16DF, ANY, "PIKA board", "", "", "P"),
)  # fmt: skip
"""Of several rows that match, the one that says most of the sub-ids counts."""


class UsbDevice(NamedTuple):
    """One USB device: ids, its name, the kernel module, the driver's scheme."""

    vendor: int
    product: int
    name: str
    module: str
    scheme: str
    source: str
    bare: bool = False
    """It has not got its firmware yet."""


def _astribank(product: int, kind: str) -> tuple[UsbDevice, ...]:
    name = f"Xorcom Astribank {kind}".rstrip()
    return (
        UsbDevice(0xE4E4, product, name, "xpp_usb", "dahdi", "H", True),
        UsbDevice(0xE4E4, product + 1, name, "xpp_usb", "dahdi", "H", True),
        UsbDevice(0xE4E4, product + 2, name, "xpp_usb", "dahdi", "K"),
    )


USB: Final = (
    *_astribank(0x1130, "8/16"),
    *_astribank(0x1140, "BRI"),
    *_astribank(0x1150, ""),
    *_astribank(0x1160, "modular"),
    UsbDevice(0x10C4, 0x8461, "Sangoma U100, USB FXO", "wanpipe", "dahdi", "H"),
    UsbDevice(0x1D50, 0x6145, "Osmocom icE1usb, 2 E1", "", "e1d", "O"),
)
