"""tshark reads each message of level 3 that we make as we mean it, ITU and China labels."""

from __future__ import annotations

import shutil
import struct
import subprocess

import pytest

from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.labels import CHINA24, ITU14, OCTET, LabelFormat, encode_label

OPC, DPC, SLC, CONCERNED = 0x20B, 0x123, 5, 0x99


def messages(label: LabelFormat) -> dict[str, bytes]:
    """By name: SIO and SIF."""
    bodies = {}
    for heading, (name, _) in m.SNM_NAMES.items():
        if heading in (m.COO, m.COA):
            bodies[name] = m.changeover_order(label, heading, SLC, 77)
        elif heading in (m.CBD, m.CBA):
            bodies[name] = m.changeback(label, heading, SLC, 200)
        elif heading in (m.TFP, m.TFR, m.TFA, m.RST, m.RSR):
            bodies[name] = m.of_destination(label, heading, CONCERNED)
        elif heading == m.TFC:
            bodies[name] = m.transfer_controlled(label, CONCERNED, 2)
        elif heading == m.UPU:
            bodies[name] = m.user_part_unavailable(label, CONCERNED, 5, 1)
        elif heading == m.DLC:
            bodies[name] = OCTET[heading] + b"\x12\x03"
        else:
            bodies[name] = m.of_link(label, heading, SLC)
    made = {
        name: OCTET[0x80 | m.SNM] + encode_label(label, DPC, OPC, SLC) + body
        for name, body in bodies.items()
    }
    for name, heading in (("SLTM", m.SLTM), ("SLTA", m.SLTA)):
        body = m.link_test(heading, SLC, b"trunkd SLTM", label)
        made[name] = OCTET[0x80 | m.SLT] + encode_label(label, DPC, OPC, SLC) + body
    return made


def tshark(file: str, label: LabelFormat, *fields: str) -> list[list[str]]:
    """The fields of every frame."""
    if shutil.which("tshark") is None:
        pytest.fail("tshark is missing: apt-get install tshark")
    standard = "Chinese ITU" if label is CHINA24 else "ITU"
    command = ["tshark", "-n", "-r", file, "-T", "fields", "-o", f"mtp3.standard:{standard}"]
    out = subprocess.run(
        command + [f"-e{field}" for field in fields],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [line.split("\t") for line in out.stdout.splitlines()]


@pytest.mark.parametrize("label", [ITU14, CHINA24], ids=lambda row: row.name)
def test_tshark_reads_level_3(label, tmp_path):
    made = messages(label)
    file = tmp_path / "mtp3.pcap"
    with file.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 141))
        for octets in made.values():
            out.write(struct.pack("<IIII", 0, 0, len(octets), len(octets)) + octets)
    kind = "chinese_" if label is CHINA24 else ""
    names = (
        "_ws.malformed",
        "_ws.col.Info",
        f"mtp3.{kind}opc",
        f"mtp3.{kind}dpc",
        "mtp3mg.h0",
        "mtp3mg.h1",
        "mtp3mg.fsn",
        "mtp3mg.cbc",
        f"mtp3mg.{kind}apc",
        "mtp3mg.status",
        "mtp3mg.user",
        "mtp3mg.cause",
        "mtp3mg.test.length",
    )
    rows = tshark(str(file), label, *names)
    assert len(rows) == len(made)
    for (name, octets), row in zip(made.items(), rows, strict=True):
        read = dict(zip(names, row, strict=True))
        assert read["_ws.malformed"] == "", name
        assert read["_ws.col.Info"].strip().startswith(name), read
        numbers = [_number(text) for text in row[2:]]
        assert numbers == expected(name, octets[1 + label.octets :]), (name, read)


def expected(name: str, body: bytes) -> list[int]:
    """OPC, DPC, H0, H1, FSN, code, point code, status, user, cause, test length; -1: not there."""
    test = name in ("SLTM", "SLTA")
    return [
        OPC,
        DPC,
        -1 if test else body[0] & 15,
        -1 if test else body[0] >> 4,
        77 if name in ("COO", "COA") else -1,
        200 if name in ("CBD", "CBA") else -1,
        CONCERNED if name in ("TFP", "TFR", "TFA", "RST", "RSR", "TFC", "UPU") else -1,
        2 if name == "TFC" else -1,
        5 if name == "UPU" else -1,
        1 if name == "UPU" else -1,
        11 if test else -1,
    ]


def _number(text: str) -> int:
    """tshark writes a code as a number, or in several ways of which the last is one."""
    return int(text.split(",")[-1], 0) if text else -1
