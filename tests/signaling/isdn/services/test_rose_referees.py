"""pycrate's ASN.1 and tshark's dissector read what we write, and we read what pycrate writes."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from pycrate_asn1c.asnproc import GLOBAL, compile_text, generate_modules
from pycrate_asn1c.generator import PycrateGenerator
from pycrate_asn1rt.codecs import ASN1CodecBER

from trunkd.signaling.call import PartyNumber
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import rose
from trunkd.signaling.isdn import services_operations as op

HERE = pathlib.Path(__file__).parent
TRIES = 400


@pytest.fixture(scope="module")
def asn1(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """rose.asn, compiled by pycrate."""
    path = tmp_path_factory.mktemp("pycrate") / "rose_components.py"
    compile_text((HERE / "rose.asn").read_text())
    generate_modules(PycrateGenerator, str(path))
    GLOBAL.clear()
    spec = importlib.util.spec_from_file_location("rose_components", path)
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules["rose_components"] = module
    spec.loader.exec_module(module)
    yield module.Rose_Components
    del sys.modules["rose_components"]


def code(rng: random.Random) -> tuple[bytes, tuple[str, Any]]:
    """An operation value, ours and pycrate's."""
    if rng.random() < 0.5:
        number = rng.randint(-0x8000, 0x7FFF)
        return rose.local(number), ("local", number)
    arcs = (rng.choice((0, 1)), rng.randint(0, 39), *[rng.randint(0, 99999) for _ in range(4)])
    return rose.oid(arcs), ("global", arcs)


def component(rng: random.Random) -> tuple[rose.Component, tuple[str, Any]]:
    """A component, ours and pycrate's."""
    id = rng.randint(-0x8000, 0x7FFF)
    ours, theirs = code(rng)
    contents = rng.randbytes(rng.choice((0, 3, 130)))
    argument = rose.value(rose.OCTET_STRING, contents) if rng.random() < 0.7 else b""
    said: dict[str, Any] = {"invokeId": id, "code": theirs}
    if argument:
        said["argument"] = contents
    kind = rng.choice(tuple(rose.KIND_NAMES))
    if kind == rose.INVOKE:
        linked = rng.choice((rose.NO_ID, rng.randint(0, 0x7FFF)))
        if linked != rose.NO_ID:
            said["linkedId"] = linked
        return rose.Component(kind, id, ours, argument, linked), ("invoke", said)
    if kind == rose.RETURN_ERROR:
        return rose.Component(kind, id, ours, argument), ("returnError", said)
    if kind == rose.RETURN_RESULT:
        if rng.random() < 0.4:
            return rose.Component(kind, id), ("returnResult", {"invokeId": id})
        del said["invokeId"]
        result = ("returnResult", {"invokeId": id, "result": said})
        return rose.Component(kind, id, ours, argument), result
    group, problem = rng.randrange(4), rng.randrange(8)
    who = ("none", 0) if rng.random() < 0.3 else ("id", id)
    names = ("general", "invoke", "result", "error")
    reject = {"invokeId": who, "problem": (names[group], problem)}
    id = rose.NO_ID if who[0] == "none" else id
    return rose.Component(kind, id, problem_class=group, problem=problem), ("reject", reject)


@pytest.mark.parametrize("indefinite", [False, True])
def test_components(asn1: Any, indefinite: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ASN1CodecBER, "ENC_LUNDEF", indefinite)
    rng = random.Random(229)
    for _ in range(TRIES):
        ours, theirs = component(rng)
        asn1.Component.from_ber(ours.octets)
        assert asn1.Component.get_val() == theirs
        asn1.Component.set_val(theirs)
        octets = asn1.Component.to_ber()
        (read,) = rose.read_components(octets).found
        assert read.octets == ours.octets
        if not indefinite:
            assert octets == ours.octets


TYPES = {0: "unknown", 1: "international", 2: "national", 4: "subscriber", 6: "abbreviated"}


def number(rng: random.Random) -> tuple[PartyNumber, tuple[str, Any]]:
    digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(1, 20)))
    plan = rng.choice((0, 1, 9))
    if plan == 0:
        return PartyNumber(digits, 0, 0), ("unknownPartyNumber", digits)
    kind = rng.choice(tuple(TYPES))
    name = "publicPartyNumber" if plan == 1 else "privatePartyNumber"
    return PartyNumber(digits, kind, plan), (name, {"typeOfNumber": TYPES[kind], "digits": digits})


REASONS = ("unknown", "cfb", "cfnr", "cfu", "cdAlerting", "cdImmediate")
"""By the redirecting reason of Q.763 3.45."""


def test_arguments(asn1: Any) -> None:
    rng = random.Random(207)
    for _ in range(TRIES // 2):
        (to, to_value), (last, last_value) = number(rng), number(rng)
        setup, reason = rng.randbytes(rng.randrange(20)), rng.randrange(6)
        counter, option = rng.randint(1, 5), rng.randrange(3)
        ours = op.rerouteing_argument(op.Diversion(to, reason, counter, last, setup, option))
        said = {
            "reason": REASONS[reason],
            "calledAddress": {"partyNumber": to_value},
            "counter": counter,
            "q931InfoElement": setup,
            "lastRerouteingNr": ("allowed", last_value),
            "subscriptionOption": ("no", "withoutNumber", "withNumber")[option],
        }
        asn1.CallRerouteing.from_ber(ours)
        # A DEFAULT is not sent, and pycrate leaves it out.
        assert {"subscriptionOption": "no"} | asn1.CallRerouteing.get_val() == said
        said["calledAddress"]["partySubaddress"] = b"\x50\x01"  # type: ignore[index]
        asn1.CallRerouteing.set_val(said)
        read = op.read_rerouteing(asn1.CallRerouteing.to_ber())
        assert (read.number, read.reason, read.counter) == (to, reason, counter)
        assert (read.last, read.setup, read.subscription) == (last, setup, option)
        asn1.CallDeflection.from_ber(op.deflection_argument(to, True))
        assert asn1.CallDeflection.get_val() == {
            "deflectionAddress": {"partyNumber": to_value},
            "presentationAllowed": True,
        }
        asn1.EctInform.from_ber(op.inform_argument(to, False))
        assert asn1.EctInform.get_val() == {
            "status": "active",
            "redirectionNumber": ("allowed", to_value),
        }
        asn1.EctInform.from_ber(op.inform_argument(None, True))
        assert asn1.EctInform.get_val() == {"status": "alerting"}
        reference = rng.randrange(0x10000)
        asn1.InitiateTransfer.from_ber(op.transfer_argument(reference))
        assert asn1.InitiateTransfer.get_val() == {"callReference": reference}
        assert op.read_transfer(asn1.InitiateTransfer.to_ber()) == reference
        asn1.ThirdParty.from_ber(op.third_party_argument(reference))
        assert asn1.ThirdParty.get_val() == {"callId": reference, "reason": 0}
        assert op.read_third_party(asn1.ThirdParty.to_ber()) == reference


def lapd_pcap(path: pathlib.Path, facilities: list[bytes]) -> None:
    """Classic pcap, link type 177: FACILITY messages in I frames of the user side."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 177))
        for n, octets in enumerate(facilities):
            header = struct.pack(">HHHB7xH", 4, 0x2001, 1, 0, 0x0030)
            lapd = bytes([0x00, 0x01, n % 128 << 1, 0x00])
            data = header + lapd + m.encode(1, 0, m.FACILITY, [e.Facility(17, octets)])
            file.write(struct.pack("<IIII", n, 0, len(data), len(data)) + data)


def below(tree: Any, name: str) -> list[Any]:
    """The values under this key, anywhere in tshark's JSON; 4.0 writes isdn-sup for isdn_sup."""
    found: list[Any] = []
    if isinstance(tree, dict):
        for key, value in tree.items():
            found += [value] if key.replace("-", "_") == name else below(value, name)
    elif isinstance(tree, list):
        for value in tree:
            found += below(value, name)
    return found


@pytest.mark.peer
def test_tshark_reads_our_components(tmp_path: pathlib.Path) -> None:
    """tshark 4.0 knows the local operations of EN 300 207-1, not the global ones of EN 300 369-1:
    of these it reads the frame of the component."""
    if shutil.which("tshark") is None:
        pytest.fail("tshark is missing: apt-get install tshark")
    to = PartyNumber("49301234", 1)
    diversion = op.Diversion(to, 2, 3, PartyNumber("5551000", 2), b"\x04\x03\x80\x90\xa3", 2)
    path = tmp_path / "facility.pcap"
    lapd_pcap(
        path,
        [
            rose.invoke(11, op.CALL_REROUTEING, op.rerouteing_argument(diversion)),
            rose.invoke(12, op.CALL_DEFLECTION, op.deflection_argument(to, True)),
            rose.invoke(13, op.EXPLICIT_ECT_EXECUTE, rose.integer(21)),
            rose.result(14, op.ECT_LINK_ID_REQUEST, rose.integer(21)),
            rose.failure(15, op.INVALID_CALL_STATE),
            rose.rejection(16, rose.INVOKE_PROBLEM, rose.UNRECOGNISED_OPERATION),
            rose.rejection(rose.NO_ID, rose.GENERAL_PROBLEM, rose.BADLY_STRUCTURED),
        ],
    )
    command = ["tshark", "-n", "-r", str(path), "-T", "json", "-o"]
    command.append("q932.facility_encoding:Dissect facility as ETSI")
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    frames = [packet["_source"]["layers"] for packet in json.loads(run.stdout)]
    assert len(frames) == 7 and not below(frames, "_ws.malformed")
    ids = [below(frame, "q932.ros.present") for frame in frames]
    assert ids == [["11"], ["12"], ["13"], ["14"], ["15"], ["16"], []]
    operations = [below(frame, "q932.ros.local") for frame in frames]
    assert operations == [["14"], ["13"], [], [], ["7"], [], []]
    assert below(frames[2], "q932.ros.global") == ["0.4.0.369.1.1"]
    assert below(frames[3], "q932.ros.global") == ["0.4.0.369.1.4"]
    rerouteing = frames[0]
    assert below(rerouteing, "isdn_sup.rerouteingReason") == ["3"]
    assert below(rerouteing, "isdn_sup.rerouteingCounter") == ["3"]
    digits = below(rerouteing, "isdn_sup.publicNumberDigits")
    assert digits == ["49301234", "5551000"]
    assert below(rerouteing, "isdn_sup.subscriptionOption") == ["2"]
    assert below(frames[1], "isdn_sup.publicNumberDigits") == ["49301234"]
