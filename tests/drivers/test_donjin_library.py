"""What DonJin's libraries alone do: two families, functions in several files, crashes while they
are only asked."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from donjin_rig import QUICK, Bench, bad_library
from sdk_rig import compiled

from trunkd.board.call_control import CallArrived, ChannelCondition, ConditionChanged
from trunkd.board.events import MediaEnd, PlayEnded
from trunkd.board.model import SpanKind
from trunkd.drivers.donjin import DonjinConfig, facts
from trunkd.drivers.donjin.functions import ANALOG, E1
from trunkd.errors import DriverError


def config(library: str, **more: Any) -> DonjinConfig:
    return DonjinConfig(library=library, **{**QUICK, "required": True, **more})


def opened(library: str, **more: Any) -> None:
    Bench(config(library, **more)).board.close()


def test_one_of_more_is_missing(tmp_path: pathlib.Path) -> None:
    good = bad_library(tmp_path / "a.so")
    with pytest.raises(DriverError, match=r"there is no /nowhere/newsig\.so: install"):
        opened(good, more=["/nowhere/newsig.so"])


def test_a_symbol_is_missing(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "a.so", without="Sig_CheckDial")
    with pytest.raises(DriverError, match=r"no function Sig_CheckDial \(for dialling\): it"):
        opened(library)
    # It may be in a file of its own, as NewSig is.
    other = compiled("int Sig_CheckDial(unsigned short c) { return 16; }", tmp_path / "sig.so")
    opened(library, more=[other])


def test_the_wrong_family_and_too_old_a_version(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "a.so")
    with pytest.raises(DriverError, match=r"no function DJSys_EnableCard and \d+ more .*too old"):
        opened(library, family="e1")
    with Bench(config(library)) as bench:
        assert "CheckChTypeNew" in bench.board.missing
        assert [span.kind for span in bench.board.spans] == [SpanKind.ANALOG]
        with pytest.raises(DriverError, match="this board mixes no conferences"):
            bench.board.conference()


def test_loading_fails_with_its_code_and_words(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "a.so", LOAD="return -3")
    with pytest.raises(
        DriverError, match=r"LoadDRV failed with -3 \(TC08A-V.INI and the hardware differ\): look"
    ):
        opened(library)
    text = "int DJSys_EnableCard(const char *a, const char *b) { return -18; }\n" + "".join(
        f"int {f.name}() {{ return 0; }}\n" for f in E1[1:] if f.need
    )
    with pytest.raises(DriverError, match=r"failed with -18 \(the card was not found\): look"):
        opened(compiled(text, tmp_path / "b.so"), family="e1")


def test_hang_at_start(tmp_path: pathlib.Path) -> None:
    library = bad_library(tmp_path / "d.so", LOAD="for (;;) sleep(1000)")
    with pytest.raises(DriverError, match=r"did not come back from .* within 5000 ms"):
        opened(library, start_ms=5000)


def test_crash_between_commands_ends_the_call(tmp_path: pathlib.Path) -> None:
    """In the middle of a call, while the library is only asked: what plays ends with an error."""
    library = bad_library(
        tmp_path / "a.so",
        RING="return ch == 0",
        PLAYED="static int asked; if (++asked > 20) abort()",
    )
    with Bench(config(library)) as bench:
        bench.wait_for(CallArrived, timeslot=1)
        slot = bench.board.span(1).timeslots[1]
        slot.open_voice()
        slot.control.answer()
        slot.play(b"\xd5" * 8000, tag=3)
        end = bench.wait_for(PlayEnded)
        assert (end.tag, end.reason) == (3, MediaEnd.ERROR)
        changed = bench.wait_for(ConditionChanged, condition=ChannelCondition.OUT_OF_SERVICE)
        assert "crashed (SIGABRT) in CheckPlayEnd(0)" in changed.text
        bench.wait_for(ConditionChanged, timeslot=1, condition=ChannelCondition.IDLE)


def test_the_page_names_every_function_and_source() -> None:
    page = (pathlib.Path(__file__).parents[2] / "docs" / "donjin.md").read_text()
    assert [f.name for f in (*ANALOG, *E1) if f"`{f.name}`" not in page] == []
    assert [key for key in facts.SOURCES if f"| {key} |" not in page] == []


def test_trunks_of_e1_cards_have_their_timeslots() -> None:
    slots = [facts.slot_of(n) for n in (0, 14, 15, 29, 30, 59)]
    assert slots == [(0, 1), (0, 15), (0, 17), (0, 31), (1, 1), (1, 31)]
