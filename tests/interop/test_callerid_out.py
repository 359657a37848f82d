"""Caller identity out of an FXS port, as spandsp, minimodem and multimon-ng read it on the line.

The sound is what the telephone's end of a simulated line records while it rings."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import wave

import pytest
from build_c import compiled

from trunkd.hil.telephone_bench import TelephoneBench
from trunkd.native import wrap
from trunkd.signaling.analog import callerid as cid
from trunkd.signaling.analog.callerid_send import STANDARDS
from trunkd.signaling.call import CallRequest, PartyNumber

pytestmark = pytest.mark.peer
NUMBER = "01065554321"
NAME = "张三"
FSK = [name for name, row in STANDARDS.items() if row.how == "fsk"]
DTMF = [name for name, row in STANDARDS.items() if row.how == "dtmf"]


def recorded(standard: str, calling: PartyNumber | None, **line: object) -> bytes:
    """PCM16 of the telephone's end of the line, from before the call to the second ring."""
    bench = TelephoneBench({"caller_id": standard}, **line)
    bench.trunk.set_clock(1_700_000_000, 0)
    slot = bench.phones[1].slot
    slot.record(8000 * 6)
    bench.run_for(300)
    request = CallRequest(PartyNumber(""), calling, channel=1, display=NAME)
    bench.trunk.place(request, bench.now)
    bench.run_for(6000)
    pcm = wrap.alaw_decode(slot.recorded())
    bench.close()
    return pcm


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing: apt-get install {name}")
    return found


@pytest.fixture(scope="session")
def adsi() -> str:
    return compiled("adsi_spandsp", ("adsi_spandsp.c",), (), ("-lspandsp",), "libspandsp-dev")


def by_spandsp(adsi: str, kind: str, pcm: bytes) -> list[tuple[str, str]]:
    done = subprocess.run(
        [adsi, "receive", kind], input=pcm, capture_output=True, check=True, timeout=60
    )
    lines = [line.split(" ", 1) for line in done.stdout.decode().splitlines()]
    return [(word, rest) for word, rest in lines]


def spandsp_kind(standard: str) -> str:
    row = STANDARDS[standard]
    if row.how == "dtmf":
        return "dtmf"
    return "class" if row.bell202 else "clip"


def fields(found: list[tuple[str, str]]) -> dict[int, bytes]:
    got = [rest.split(" ") for word, rest in found if word == "field"]
    return {int(kind): bytes.fromhex(octets) for kind, octets in got}


@pytest.mark.parametrize("standard", FSK)
def test_spandsp_reads_number_name_and_time(adsi: str, standard: str) -> None:
    found = by_spandsp(adsi, spandsp_kind(standard), recorded(standard, PartyNumber(NUMBER)))
    assert len([word for word, _ in found if word == "message"]) == 1
    octets = bytes.fromhex(found[0][1])
    if STANDARDS[standard].single:
        assert octets[0] == cid.SDMF_CALL and octets[2:] == b"11142213" + NUMBER.encode()
        return
    got = fields(found)
    assert got[cid.CALLING_NUMBER] == NUMBER.encode()
    assert got[cid.CALLING_NAME] == NAME.encode("gb2312")
    assert got[cid.DATE_TIME] == b"11142213"


@pytest.mark.parametrize("standard", FSK)
@pytest.mark.parametrize(("presentation", "letter"), [(1, b"P"), (2, b"O")])
def test_spandsp_reads_why_there_is_no_number(
    adsi: str, standard: str, presentation: int, letter: bytes
) -> None:
    calling = PartyNumber("123", presentation=presentation)
    found = by_spandsp(adsi, spandsp_kind(standard), recorded(standard, calling))
    octets = bytes.fromhex(found[0][1])
    if STANDARDS[standard].single:
        assert octets[2:] == b"11142213" + letter
    else:
        assert fields(found)[cid.NUMBER_ABSENT] == letter


@pytest.mark.parametrize("standard", ["bell202", "v23", "bt"])
def test_spandsp_reads_it_on_a_long_noisy_line(adsi: str, standard: str) -> None:
    line: dict[str, object] = {"wire": "0.4", "loop_ohms": 1200.0, "noise_dbm0": -50.0}
    pcm = recorded(standard, PartyNumber(NUMBER), **line)
    found = by_spandsp(adsi, spandsp_kind(standard), pcm)
    assert fields(found)[cid.CALLING_NUMBER] == NUMBER.encode()


def written(pcm: bytes, path: pathlib.Path) -> str:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(pcm)
    return str(path)


@pytest.mark.parametrize("standard", FSK)
def test_minimodem_reads_the_octets(standard: str, tmp_path: pathlib.Path) -> None:
    path = written(recorded(standard, PartyNumber(NUMBER)), tmp_path / "cid.wav")
    modem = (
        ["-M", "1200", "-S", "2200"]
        if STANDARDS[standard].bell202
        else ["-M", "1300", "-S", "2100"]
    )
    done = subprocess.run(
        [program("minimodem"), "--rx", "1200", "-q", "-8", *modem, "-f", path],
        capture_output=True,
        check=False,
        timeout=60,
    )
    octets = done.stdout
    kind = cid.SDMF_CALL if STANDARDS[standard].single else cid.CALL_SETUP
    messages = [
        octets[at : at + 3 + octets[at + 1]]
        for at in range(len(octets) - 2)
        if octets[at] == kind and len(octets) >= at + 3 + octets[at + 1]
    ]
    good = [message for message in messages if sum(message) & 0xFF == 0]
    assert any(NUMBER.encode() in message for message in good), octets.hex()


@pytest.mark.parametrize("standard", DTMF)
def test_multimon_and_spandsp_read_the_digits(
    adsi: str, standard: str, tmp_path: pathlib.Path
) -> None:
    pcm = recorded(standard, PartyNumber(NUMBER))
    path = written(pcm, tmp_path / "dtmf.wav")
    raw = tmp_path / "dtmf.raw"
    subprocess.run(
        [program("sox"), path, "-t", "raw", "-e", "signed", "-b", "16", "-r", "22050", str(raw)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    done = subprocess.run(
        [program("multimon-ng"), "-q", "-t", "raw", "-a", "DTMF", str(raw)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    digits = "".join(re.findall(r"^DTMF: (.)$", done.stdout, re.MULTILINE))
    start, end = {"d-c": "DC", "a-c": "AC", "a-hash": "A#"}[STANDARDS[standard].framing]
    assert digits == start + NUMBER + end
    found = by_spandsp(adsi, "dtmf", pcm)
    assert found and NUMBER in bytes.fromhex(found[0][1]).decode()


@pytest.mark.parametrize("country", ["cn", "us", "de"])
def test_spandsp_reads_a_call_that_waits(adsi: str, country: str) -> None:
    """Type II: no channel seizure, behind CAS and the telephone's acknowledgement."""
    bench = TelephoneBench({"features": "waiting", "max_digits": 1}, country)
    phone = bench.phones[1]
    phone.lift()
    bench.run_for(1000)
    phone.press("9")
    bench.run_for(500)
    bench.trunk.answer(bench.trunk.last_handle, bench.now)
    bench.run_for(500)
    phone.slot.record(8000 * 4)
    request = CallRequest(PartyNumber(""), PartyNumber(NUMBER), channel=1)
    bench.trunk.place(request, bench.now)
    bench.run_for(4000)
    pcm = wrap.alaw_decode(phone.slot.recorded())
    standard = bench.trunk.config.standard
    assert standard is not None
    found = by_spandsp(adsi, spandsp_kind(standard.name), pcm)
    assert fields(found)[cid.CALLING_NUMBER] == NUMBER.encode()
