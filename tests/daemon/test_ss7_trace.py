"""SS7 links traced, captured, decoded: by us, and by tshark without a malformed frame."""

from __future__ import annotations

import io
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ss7_rig import Ss7Bench, ss7_config

from trunkd.board.capture import (
    LINKTYPE_MTP2,
    LINKTYPE_MTP2_WITH_PHDR,
    LINKTYPE_MTP3,
    CapturedFrame,
    CaptureWriter,
    Direction,
    read_capture,
)
from trunkd.daemon.decode import LadderRenderer, decode_file, dissected
from trunkd.daemon.decode_ss7 import description
from trunkd.daemon.events import TraceFrame
from trunkd.daemon.trace import Trace
from trunkd.daemon.trace_follow import Traced, captured
from trunkd.errors import ConfigError


class Tracing:
    """A bench whose frames are kept from the first on; one call was made and cleared."""

    def __init__(self, **kinds: str) -> None:
        self.bench = Ss7Bench(ss7_config(**kinds), up=False)
        self.frames: list[TraceFrame] = []
        self.trace = Trace(self.bench.node, self.frames.append)
        self.trace.switch(True)
        self.bench.run(12)
        call = self.bench.place(self.bench.pstn, 1)
        self.bench.run(2)
        assert call.state == "connected"
        call.trunk.clear(call, 16, call.trunk.now())
        self.bench.run(1)
        assert not self.bench.node.calls
        self.bench.close()

    def link(self, name: str) -> Traced:
        point = self.bench.near if name.startswith("near") else self.bench.far
        line = point.line(name)
        adjacent = point.show(point.mtp3.links[line.index].linkset.adjacent)
        text = description(name, point.name, adjacent, point.label.name)
        return Traced(f"{line.table.span}/{line.table.timeslot}", name, text, LINKTYPE_MTP2, None)

    def captured(self, *links: str) -> list[CapturedFrame]:
        known = {name: self.link(name) for name in links}
        return [captured(f, known[f.trunk]) for f in self.frames if f.trunk in known]

    def write(
        self, path: pathlib.Path, link_type: int, described: bool, directed: bool = True
    ) -> pathlib.Path:
        """All frames of near-set/0 as a capture."""
        link = self.link("near-set/1")
        with CaptureWriter(path) as writer:
            text = link.text if described else ""
            number = writer.add_interface(link.interface, text, link_type)
            for frame in self.captured("near-set/1"):
                data = frame.data
                if link_type == LINKTYPE_MTP3:
                    if len(data) < 6:
                        continue
                    data = data[3:]
                direction = frame.direction if directed else Direction.UNKNOWN
                writer.frame(number, frame.time_ns, direction, data)
        return path


@pytest.fixture(scope="module", params=["isup-china24", "isup-itu", "tup-china24", "isup-ansi24"])
def traced(request: pytest.FixtureRequest):
    user, label = request.param.split("-")
    variant = "itu" if label == "ansi24" else ""
    return Tracing(user=user, label=label, variant=variant)


MESSAGES = {"isup": ("IAM", "ACM", "ANM", "REL", "RLC"), "tup": ("IAI", "ACM", "ANC", "CLF", "RLG")}


def of_call(traced: Tracing) -> tuple[str, ...]:
    return MESSAGES[traced.bench.pstn.table.signalling]


def decoded(path: pathlib.Path, **how) -> str:
    out = io.StringIO()
    decode_file(path, out, **how)
    return out.getvalue()


def test_every_frame_of_the_links_decodes(traced: Tracing) -> None:
    frames = traced.captured("near-set/0", "near-set/1", "far-set/0", "far-set/1")
    assert len(frames) > 40
    trees = [dissected(frame) for frame in frames]
    assert [t.reasons() for t in trees if t.reasons()] == []
    titles = " ".join(t.title for t in trees)
    for word in ("SIOS", "SIO", "SIE", "FISU", "SLTM", "SLTA", *of_call(traced)):
        assert word in titles, word


def test_one_ladder_has_links_and_calls(traced: Tracing) -> None:
    renderer = LadderRenderer()
    lines = [
        line
        for number, frame in enumerate(traced.captured("near-set/0", "near-set/1"), 1)
        for line in renderer.lines(number, frame)
    ] + renderer.closing()
    assert sum("far end" in line or "(here)" in line for line in lines) == 1
    text = "\n".join(lines)
    for word in ("SIOS", "SLTM", *of_call(traced), "near-set/0", "near-set/1"):
        assert word in text, word
    assert "FISU" in lines[-1] and "frames not shown" in lines[-1]
    assert text.count("<--------------------------SIOS") == 2  # each link's once
    assert max(len(line) for line in lines) <= 100


@pytest.mark.parametrize("described", [True, False])
@pytest.mark.parametrize("link_type", [LINKTYPE_MTP2, LINKTYPE_MTP2_WITH_PHDR, LINKTYPE_MTP3])
def test_captures_are_read_again(
    traced: Tracing, tmp_path: pathlib.Path, link_type: int, described: bool
) -> None:
    path = traced.write(tmp_path / "t.pcapng", link_type, described)
    frames = list(read_capture(path))
    assert {f.link_type for f in frames} == {link_type}
    assert {f.direction for f in frames} == {Direction.IN, Direction.OUT}
    text = decoded(path)
    # Without a description the label is made out from the messages.
    assert "!" not in text, [x for x in text.splitlines() if "!" in x]
    for word in of_call(traced):
        assert word in text
    assert "1-2-3" in text and "1-2-4" in text
    ladder = decoded(path, ladder=True)
    assert of_call(traced)[0] in ladder


def test_without_directions_point_codes_make_the_sides(
    traced: Tracing, tmp_path: pathlib.Path
) -> None:
    path = traced.write(tmp_path / "t.pcapng", LINKTYPE_MTP3, False, directed=False)
    ladder = decoded(path, ladder=True)
    assert "?-" not in ladder
    heading = ladder.splitlines()[1]
    assert "1-2-3" in heading and "1-2-4" in heading
    iam = next(line for line in ladder.splitlines() if of_call(traced)[0] in line)
    rlc = next(line for line in ladder.splitlines() if of_call(traced)[4] in line)
    assert iam.count(">|") != rlc.count(">|")


def test_a_wrong_label_can_be_told(traced: Tracing, tmp_path: pathlib.Path) -> None:
    path = traced.write(tmp_path / "t.pcapng", LINKTYPE_MTP2, False)
    own = traced.bench.near.label.name
    other = "itu" if own != "itu14" else "china24"
    assert "!" in decoded(path, label=other)
    assert "!" not in decoded(path, label=own)
    with pytest.raises(ConfigError, match="itu14, china24, ansi24"):
        decoded(path, label="martian")


def test_one_line_of_the_server(traced: Tracing) -> None:
    iam = next(f for f in traced.frames if of_call(traced)[0] in traced.trace.text(f))
    assert iam.trunk in ("near-set/0", "near-set/1") and iam.sent and iam.link_type == LINKTYPE_MTP2


STANDARDS = {"itu14": "ITU", "china24": "Chinese ITU", "ansi24": "ANSI"}


@pytest.mark.parametrize("link_type", [LINKTYPE_MTP2, LINKTYPE_MTP2_WITH_PHDR, LINKTYPE_MTP3])
def test_tshark_finds_nothing_malformed(
    traced: Tracing, tmp_path: pathlib.Path, link_type: int
) -> None:
    if traced.bench.pstn.table.signalling == "tup":
        return  # tshark has no TUP
    path = traced.write(tmp_path / "t.pcapng", link_type, True)
    standard = STANDARDS[traced.bench.near.label.name]
    command = ["tshark", "-r", str(path), "-o", f"mtp3.standard:{standard}", "-T", "fields"]
    fields = ["_ws.malformed", "isup.message_type", "isup.cic", "mtp3mg.test.h1", "frame.protocols"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert not [row for row in rows if row[0]]
    types = [int(row[1]) for row in rows if row[1]]
    if traced.bench.near.label.name != "ansi24":  # its ISUP has other circuit fields
        # Circuits are reset when the exchange is reached first (GRS, GRA); then the call.
        assert types[-5:] == [1, 6, 9, 12, 16] and set(types[:-5]) == {23, 41}
        assert {row[2] for row in rows if row[1]} >= {"1"}
    assert any(row[3] for row in rows), "no link test"
