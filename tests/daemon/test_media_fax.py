"""sendFax and receiveFax by the wire's methods: both ends in one node, a page from file to file."""

from __future__ import annotations

import pathlib
import select
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fax_rig import read_pages, text_page, write_tiff
from media_rig import Rig

from trunkd.daemon import events as ev
from trunkd.daemon.wire import WireError


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def run_until_faxes_ended(rig: Rig, count: int) -> list[ev.FaxEnded]:
    """Virtual time for the line, real time for the workers' answers."""
    for _ in range(20_000):
        watched = rig.node.watched
        ready, _, _ = select.select(list(watched), [], [], 0 if rig.of(ev.FaxPage) else 0.01)
        for fd in ready:
            if fd in watched:
                watched[fd]()
        if len(rig.of(ev.FaxEnded)) >= count and not watched:
            return rig.of(ev.FaxEnded)
        rig.run(0.02)
    pytest.fail(f"the fax does not end: {rig.seen[-5:]}")


def test_two_pages_from_call_to_call(rig: Rig) -> None:
    ends = rig.call()
    pages = [text_page(1), text_page(2)]
    write_tiff(rig.directory / "out.tif", pages)
    near, far = ends.near.call_id, ends.far.call_id
    rig.ask("receiveFax", callId=far, file="in.tif", station="+49 30 1")
    rig.ask("sendFax", callId=near, file="out.tif", station="12345")
    with pytest.raises(WireError, match="busy with a fax"):
        rig.audio(callId=near)
    results = {e.call_id: e for e in run_until_faxes_ended(rig, 2)}
    for result in results.values():
        assert result.ok and result.pages == 2, result
    assert results[near].remote_id == "+49 30 1"
    assert results[far].remote_id == "12345"
    assert results[far].file == str(rig.directory / "in.tif")
    assert [p.pixels for p in read_pages(rig.directory / "in.tif")] == [p.pixels for p in pages]
    agreed = rig.of(ev.FaxNegotiated)[0]
    assert agreed.ecm and agreed.bit_rate == 14400
    assert [e.page for e in rig.of(ev.FaxPage) if e.call_id == near] == [1, 2]
    # The call stays up and its channel is free again.
    assert ends.near.state == "connected"
    rig.audio(callId=near).close()


def test_who_hangs_up_at_the_end_cuts_nothing_off(rig: Rig) -> None:
    """FaxEnded comes when the farewell (DCN) is on the line: the receiver has it, too."""
    ends = rig.call()
    write_tiff(rig.directory / "out.tif", [text_page(1, rows=60)])
    near, far = ends.near.call_id, ends.far.call_id
    cleared = []

    def hang_up(event: ev.Event, trunk: str) -> None:
        if isinstance(event, ev.FaxEnded) and event.call_id == near:
            assert not rig.node.media.need(ends.near).timeslot.streaming()
            rig.ask("clearConnection", callId=near)
            cleared.append(event)

    rig.node.sinks.append(hang_up)
    rig.ask("receiveFax", callId=far, file="in.tif")
    rig.ask("sendFax", callId=near, file="out.tif")
    results = {e.call_id: e for e in run_until_faxes_ended(rig, 2)}
    assert cleared and results[near].ok
    assert results[far].ok and results[far].pages == 1
    assert "DCN" not in results[far].text, "it was heard"


def test_a_call_that_ends_ends_its_fax(rig: Rig) -> None:
    ends = rig.call()
    write_tiff(rig.directory / "out.tif", [text_page(1)])
    rig.ask("sendFax", callId=ends.near.call_id, file="out.tif")
    rig.run(0.5)
    rig.ask("clearConnection", callId=ends.near.call_id)
    rig.run(0.5)
    (result,) = run_until_faxes_ended(rig, 1)
    assert not result.ok and result.reason in ("hangup", "stopped")


def test_what_cannot_be_faxed_is_said(rig: Rig) -> None:
    ends = rig.call()
    call = {"callId": ends.near.call_id}
    with pytest.raises(WireError, match="not below the media directory"):
        rig.ask("sendFax", **call, file="../etc/passwd.tif")
    with pytest.raises(WireError, match="tif"):
        rig.ask("sendFax", **call, file="letter.pdf")
    with pytest.raises(WireError, match="has no fax"):
        rig.ask("stopFax", **call)
    rig.ask("sendFax", **call, file="absent.tif")
    (result,) = run_until_faxes_ended(rig, 1)
    assert result.reason == "file" and "absent.tif" in result.text
    rig.ask("receiveFax", **call, file="new.tif")
    rig.ask("stopFax", **call)
    assert run_until_faxes_ended(rig, 2)[1].reason == "stopped"
