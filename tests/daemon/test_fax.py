"""Faxes between our worker and an independent spandsp terminal in its own process."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
import select
import subprocess
import sys
from typing import Any

import pytest

from trunkd.daemon.fax import FaxSession
from trunkd.daemon.fax_events import FaxFrame, FaxRequest, FaxResult, FaxStarted
from trunkd.errors import LocalError

_spec = importlib.util.spec_from_file_location(
    "fax_rig", pathlib.Path(__file__).with_name("fax_rig.py")
)
assert _spec is not None and _spec.loader is not None
rig = importlib.util.module_from_spec(_spec)
sys.modules["fax_rig"] = rig
_spec.loader.exec_module(rig)

pytestmark = pytest.mark.peer
ERRORED = 1e-5
HEADER_ROWS = {98: 16, 196: 32}
"""Rows that spandsp puts above a page for the header line, by resolution."""


def sent(tmp_path: pathlib.Path, *pages: Any) -> tuple[pathlib.Path, pathlib.Path]:
    """A file with the pages, and the name of one to receive them."""
    rig.write_tiff(tmp_path / "in.tif", pages)
    return tmp_path / "in.tif", tmp_path / "out.tif"


def send(file: pathlib.Path, out: pathlib.Path, *far: str, **fields: Any) -> Any:
    """Our worker sends, the far terminal receives."""
    cables = fields.pop("cables", None)
    request = FaxRequest("send", str(file), **fields)
    return rig.run_fax(request, ["answer", "receive", str(out), *far], cables)


def receive(file: pathlib.Path, out: pathlib.Path, *far: str, **fields: Any) -> Any:
    """The far terminal sends, our worker receives."""
    cables, at = fields.pop("cables", None), fields.pop("at_block", None)
    request = FaxRequest("receive", str(out), **fields)
    return rig.run_fax(request, ["call", "send", str(file), *far], cables, at)


def pixels(path: pathlib.Path) -> list[tuple[int, int, bytes]]:
    return [(p.width, p.rows, p.pixels) for p in rig.read_pages(path)]


def plain(*pages: Any) -> list[tuple[int, int, bytes]]:
    return [(p.width, p.rows, p.pixels) for p in pages]


# Page for page, pixel for pixel


@pytest.mark.parametrize("ecm", [True, False], ids=["ecm", "no-ecm"])
@pytest.mark.parametrize("direction", [send, receive])
def test_pages_arrive_as_they_were(direction: Any, ecm: bool, tmp_path: pathlib.Path) -> None:
    pages = [rig.text_page(1), rig.text_page(2, rows=500, y=196), rig.text_page(3, rows=400, y=196)]
    file, out = sent(tmp_path, *pages)
    told = direction(file, out, "id=+44 1234", ecm=ecm, station_id="+86 10 5678")
    assert told.result.reason == "ok", told.result
    assert pixels(out) == plain(*pages)
    assert [(p.number, p.confirmed, p.response) for p in told.pages] == [
        (n, True, "MCF") for n in (1, 2, 3)
    ]
    assert [(p.rows, p.width, p.bad_rows) for p in told.pages] == [
        (page.rows, 1728, 0) for page in pages
    ]
    first = told.negotiated[0]
    assert (first.modem, first.bit_rate, first.ecm) == ("V.17", 14400, ecm)
    assert first.compression == ("MMR" if ecm else "MR")
    assert [n.resolution for n in told.negotiated] == ["204x98", "204x196"]
    assert first.remote_id == told.result.remote_id == "+44 1234"
    assert told.far[:4] == ["result", "0", str(int(ecm)), "14400"]
    assert " ".join(told.far[6:]) == "+86 10 5678"
    assert told.result.pages == 3 and told.result.statistics
    assert told.result.file == ("" if direction is send else str(out))


@pytest.mark.parametrize(
    ("modems", "bits", "modem", "rate"),
    [
        (("v27ter",), 1, "V.27ter", 4800),
        (("v27ter", "v29"), 3, "V.29", 9600),
        (("v27ter", "v29", "v17"), 7, "V.17", 14400),
    ],
    ids=["v27ter", "v29", "v17"],
)
@pytest.mark.parametrize(
    ("direction", "chooser"), [(send, "theirs"), (send, "ours"), (receive, "ours")]
)
def test_each_modem(
    direction: Any,
    chooser: str,
    modems: tuple[str, ...],
    bits: int,
    modem: str,
    rate: int,
    tmp_path: pathlib.Path,
) -> None:
    page = rig.text_page(4, rows=200)
    file, out = sent(tmp_path, page)
    if chooser == "ours":
        told = direction(file, out, modems=modems)
    else:
        told = direction(file, out, f"modems={bits}")
    assert told.result.reason == "ok"
    assert [(n.modem, n.bit_rate) for n in told.negotiated] == [(modem, rate)]
    assert told.far[3] == str(rate)
    assert pixels(out) == plain(page)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("direction", [send, receive])
def test_ecm_delivers_through_bit_errors(direction: Any, seed: int, tmp_path: pathlib.Path) -> None:
    """1e-5 of the line's bits turned over, both ways, and 80 ms of delay: every pixel arrives."""
    pages = [rig.text_page(10 * seed + n, rows=700, y=196) for n in range(3)]
    file, out = sent(tmp_path, *pages)
    cables = (rig.Cable(ERRORED, 2 * seed, 2), rig.Cable(ERRORED, 2 * seed + 1, 2))
    told = direction(file, out, cables=cables)
    assert told.errors > 30
    assert told.result.reason == "ok", told.result
    assert pixels(out) == plain(*pages)
    assert told.result.pages == 3


@pytest.mark.parametrize("how", ["g3", "g32d", "g4"])
def test_files_of_each_coding(how: str, tmp_path: pathlib.Path) -> None:
    pages = [rig.text_page(5), rig.text_page(6)]
    file, out = sent(tmp_path, *pages)
    assert send(rig.recode(how, file), out).result.reason == "ok"
    assert pixels(out) == plain(*pages)


@pytest.mark.parametrize("width", [2048, 2432])
def test_wider_pages(width: int, tmp_path: pathlib.Path) -> None:
    page = rig.text_page(7, rows=120, width=width)
    file, out = sent(tmp_path, page)
    assert send(file, out).result.reason == "ok"
    assert pixels(out) == plain(page)


def test_a_range_of_pages(tmp_path: pathlib.Path) -> None:
    pages = [rig.text_page(n, rows=100) for n in range(20, 25)]
    file, out = sent(tmp_path, *pages)
    told = send(file, out, first_page=2, last_page=3)
    started = told.events[0]
    assert isinstance(started, FaxStarted) and started.pages == 2
    assert told.result.reason == "ok" and told.result.pages == 2
    assert pixels(out) == plain(*pages[1:3])


@pytest.mark.parametrize("mode", ["send", "receive"])
def test_polling(mode: Any, tmp_path: pathlib.Path) -> None:
    """The one who answered sends (T.30: DTC)."""
    page = rig.text_page(8, rows=100)
    file, out = sent(tmp_path, page)
    if mode == "send":
        request = FaxRequest("send", str(file), calling=False)
        told = rig.run_fax(request, ["call", "receive", str(out)])
    else:
        request = FaxRequest("receive", str(out), calling=True)
        told = rig.run_fax(request, ["answer", "send", str(file)])
    assert told.result.reason == "ok" and pixels(out) == plain(page)


def test_a_far_end_on_octets(tmp_path: pathlib.Path) -> None:
    """The terminal as it sits on a raw port of a simulated board."""
    page = rig.text_page(8, rows=100)
    file, out = sent(tmp_path, page)
    assert send(file, out, "alaw=1").result.reason == "ok"
    assert pixels(out) == plain(page)


def test_bad_rows_are_counted_without_ecm(tmp_path: pathlib.Path) -> None:
    page = rig.text_page(50, rows=1000, y=196)
    file, out = sent(tmp_path, page)
    told = receive(file, out, ecm=False, cables=(rig.Cable(), rig.Cable(3e-5, 4)))
    assert told.result.reason == "ok" and not told.result.ecm
    assert told.pages[0].confirmed and told.pages[0].bad_rows > 0
    (got,) = rig.read_pages(out)
    assert got.pixels != page.pixels


def test_a_page_is_told_as_retrained(tmp_path: pathlib.Path) -> None:
    """A poor line: we take the page and ask for training (RTP); the rate falls."""
    pages = [rig.text_page(51 + n, rows=1000, y=196) for n in range(2)]
    file, out = sent(tmp_path, *pages)
    told = receive(file, out, ecm=False, cables=(rig.Cable(), rig.Cable(2e-4, 4)))
    assert told.result.reason == "ok" and told.result.pages == 2
    assert told.pages[0].response == "RTP" and told.pages[0].bad_rows > 20
    assert [(p.number, p.confirmed) for p in told.pages] == [(1, True), (2, True)]
    rates = [n.bit_rate for n in told.negotiated]
    assert len(rates) == 2 and rates[1] < rates[0]
    assert [p.bit_rate for p in told.pages] == rates


def test_header_line(tmp_path: pathlib.Path) -> None:
    """A header stands above each page, differs from page to page, and hides nothing."""
    pages = [rig.text_page(9, rows=150), rig.text_page(9, rows=150)]
    file, out = sent(tmp_path, *pages)
    told = send(file, out, header="trunkd in Hangzhou", station_id="+86 571")
    assert told.result.reason == "ok"
    got = rig.read_pages(out)
    headers = []
    for page in got:
        rows = page.rows - 150
        assert rows == HEADER_ROWS[98]
        assert page.below(rows) == pages[0].pixels
        headers.append(page.pixels[: rows * page.stride])
    assert len(got) == 2 and len(set(headers)) == 2
    assert all(sum(h.count(b) for b in range(1, 256)) > 200 for h in headers)


# Ends that are no success


def test_far_end_hangs_up_in_a_page(tmp_path: pathlib.Path) -> None:
    """The second page is cut: the first stays, in a file that holds just that page."""
    pages = [rig.text_page(30, rows=200), rig.text_page(31, rows=1500)]
    file, out = sent(tmp_path, *pages)
    told = receive(file, out, "quit=30000")
    assert told.result.reason == "hangup"
    assert told.result.text == "the call ended before the fax did"
    assert told.result.pages == len(told.pages) == 1
    assert told.result.file == str(out)
    assert pixels(out) == plain(pages[0])


def test_hang_up_before_any_page_leaves_no_file(tmp_path: pathlib.Path) -> None:
    file, out = sent(tmp_path, rig.text_page(32, rows=1000))
    told = receive(file, out, at_block={900: "cut"})
    assert (told.result.reason, told.result.pages, told.result.file) == ("hangup", 0, "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.tif"]


def test_far_end_falls_silent(tmp_path: pathlib.Path) -> None:
    """Nobody answers: T.30's T0 ends it, in virtual time."""
    file, _ = sent(tmp_path, rig.text_page(33, rows=100))
    session = FaxSession(FaxRequest("send", str(file)))
    events = rig.started(session)
    with rig.connected(session) as near:
        while session.result is None:
            near.send(bytes(3200))
            assert len(near.recv(4000)) == 3200
            events += session.events()
    rig.wait_for_end(session, events)
    assert session.result.reason == "noFax", session.result
    assert 30e9 < session.result.at < 90e9


def test_stop(tmp_path: pathlib.Path) -> None:
    file, out = sent(tmp_path, rig.text_page(34, rows=1000))
    told = receive(file, out, at_block={700: "stop"})
    assert told.result.reason == "stopped" and told.result.pages == 0
    assert not out.exists()


def test_crash_of_the_worker(tmp_path: pathlib.Path) -> None:
    """SIGSEGV after a page: a clear result, and the page that came is kept."""
    pages = [rig.text_page(35, rows=200), rig.text_page(36, rows=1500)]
    file, out = sent(tmp_path, *pages)
    told = receive(file, out, at_block={1300: "kill"})
    assert told.result.reason == "worker"
    assert told.result.text == "the fax worker was ended by SIGSEGV"
    assert told.result.pages == 1 and told.result.file == str(out) + ".part"
    assert pixels(pathlib.Path(told.result.file)) == plain(pages[0])


def test_too_long(tmp_path: pathlib.Path) -> None:
    pages = [rig.text_page(n, rows=2200, y=196) for n in range(3)]
    file, out = sent(tmp_path, *pages)
    told = send(file, out, minutes=1)
    assert told.result.reason == "tooLong" and 60e9 <= told.result.at < 60.1e9


def test_too_many_pages(tmp_path: pathlib.Path) -> None:
    """The last that is taken is confirmed, the next is not: the far end knows what arrived."""
    pages = [rig.text_page(n, rows=300) for n in range(4)]
    file, out = sent(tmp_path, *pages)
    told = receive(file, out, last_page=2)
    assert told.result.reason == "tooLong" and told.result.text == "more pages came than 2"
    assert told.result.pages == 2 and told.far[4] == "2"
    assert pixels(out) == plain(*pages[:2])


def test_as_many_pages_as_allowed(tmp_path: pathlib.Path) -> None:
    pages = [rig.text_page(n, rows=100) for n in range(2)]
    file, out = sent(tmp_path, *pages)
    assert receive(file, out, last_page=2).result.reason == "ok"


def test_trace_names_the_frames(tmp_path: pathlib.Path) -> None:
    file, out = sent(tmp_path, rig.text_page(37, rows=100))
    told = send(file, out, trace=True, station_id="1")
    frames = [(e.direction, e.name) for e in told.events if isinstance(e, FaxFrame)]
    names = [name for _, name in frames]
    assert names == ["CSI", "DIS", "TSI", "DCS", "CFR", "PPS", "MCF", "DCN"]
    assert frames[1][0] == "received" and frames[3][0] == "sent"


# What cannot begin


def only_result(request: FaxRequest) -> FaxResult:
    """The result of a fax that ends by itself, without audio."""
    session = FaxSession(request)
    events: list[Any] = []
    rig.wait_for_end(session, events)
    assert session.result is not None and events == [session.result]
    return session.result


def test_absent_library(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = sent(tmp_path, rig.text_page(40, rows=50))
    monkeypatch.setenv("TRUNKD_SPANDSP", "libspandsp.so.nowhere")
    result = only_result(FaxRequest("send", str(file)))
    assert result.reason == "library"
    assert "install libspandsp2" in result.text and "libspandsp.so.nowhere" in result.text


def test_another_library(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = sent(tmp_path, rig.text_page(40, rows=50))
    monkeypatch.setenv("TRUNKD_SPANDSP", "libtiff.so.6")
    result = only_result(FaxRequest("send", str(file)))
    assert result.reason == "library" and "lacks fax_init" in result.text


def shim(tmp_path: pathlib.Path, code: str) -> str:
    """A library that has libspandsp below it and does one thing otherwise."""
    made = tmp_path / "shim.so"
    command = ["gcc", "-shared", "-fPIC", "-xc", "-", "-o", str(made)]
    subprocess.run([*command, "-Wl,--no-as-needed", "-lspandsp"], input=code.encode(), check=True)
    return str(made)


LONGER = """
#include <string.h>
void t30_get_transfer_statistics(void *t30, void *t) { (void)t30; memset(t, 1, 23 * sizeof(int)); }
"""
ENDLESS = "int fax_tx(void *fax, short *amp, int n) { for (volatile int i = 0;; i++); }"


def test_a_library_in_a_circle(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended after 2 s of processor time, and that is told."""
    monkeypatch.setenv("TRUNKD_SPANDSP", shim(tmp_path, ENDLESS))
    file, out = sent(tmp_path, rig.text_page(45, rows=50))
    told = send(file, out)
    assert told.result.reason == "worker"
    assert told.result.text == "the fax worker was ended by SIGPROF"


def test_another_layout_of_the_figures(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library whose statistics are longer: they are not read, and the fax goes through."""
    monkeypatch.setenv("TRUNKD_SPANDSP", shim(tmp_path, LONGER))
    page = rig.text_page(44, rows=100)
    file, out = sent(tmp_path, page)
    told = send(file, out)
    assert told.result.reason == "ok" and not told.result.statistics
    assert (told.pages[0].rows, told.pages[0].bit_rate) == (0, 14400)
    assert pixels(out) == plain(page)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: b"", "not a TIFF file"),
        (lambda data: b"GIF89a" + data[6:], "not a TIFF file"),
        (lambda data: data[:5000], "lies outside the file"),
        (lambda data: data.replace(b"\x00\x01\x04\x00\x01\x00\x00\x00\xc0\x06", b"\x00\x01\x04\x00"
         b"\x01\x00\x00\x00\xc1\x06"), "1729 pixels wide"),
    ],
    ids=["empty", "gif", "cut", "width"],
)  # fmt: skip
def test_damaged_files(change: Any, says: str, tmp_path: pathlib.Path) -> None:
    file, _ = sent(tmp_path, rig.text_page(41, rows=100))
    file.write_bytes(change(file.read_bytes()))
    result = only_result(FaxRequest("send", str(file)))
    assert result.reason == "file" and says in result.text and str(file) in result.text


def test_damaged_codes(tmp_path: pathlib.Path) -> None:
    """T.6 that is none: found before anything is sent."""
    file, _ = sent(tmp_path, rig.text_page(42, rows=400))
    coded = rig.recode("g4", file)
    data = bytearray(coded.read_bytes())
    data[200:260] = bytes(60)
    coded.write_bytes(data)
    result = only_result(FaxRequest("send", str(coded)))
    assert result.reason == "file" and "cannot be decoded" in result.text


def test_no_such_place(tmp_path: pathlib.Path) -> None:
    result = only_result(FaxRequest("receive", str(tmp_path / "nowhere" / "out.tif")))
    assert result.reason == "file" and "No such file or directory" in result.text


def test_no_such_page(tmp_path: pathlib.Path) -> None:
    file, _ = sent(tmp_path, rig.text_page(43, rows=50))
    result = only_result(FaxRequest("send", str(file), first_page=2))
    assert result.reason == "file" and "there is no page 2 in it: it has 1" in result.text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"file": ""}, "needs the name"),
        ({"file": "a\udcff.tif"}, "cannot be printed"),
        ({"station_id": "1" * 21}, "stationId: '1111"),
        ({"station_id": "+49 \n"}, "printable"),
        ({"header": "Grüße"}, "header: 'Grüße'"),
        ({"modems": ("v29",)}, "v27ter"),
        ({"first_page": 0}, "firstPage: 0"),
        ({"first_page": 3, "last_page": 2}, "lastPage: 2"),
        ({"minutes": 0}, "minutes: 0"),
    ],
)
def test_wrong_requests(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(LocalError, match=says):
        FaxSession(FaxRequest(**{"mode": "send", "file": "x.tif"} | fields))


def test_stop_before_there_is_audio(tmp_path: pathlib.Path) -> None:
    session = FaxSession(FaxRequest("receive", str(tmp_path / "out.tif")))
    events = rig.started(session)
    session.stop()
    rig.wait_for_end(session, events)
    assert session.result is not None and session.result.reason == "stopped"
    assert list(tmp_path.iterdir()) == []


def test_the_daemon_goes(tmp_path: pathlib.Path) -> None:
    """A worker whose daemon is no more ends by itself, and tidies up."""
    code = (
        "import os, select, sys; from trunkd.daemon.fax import *; "
        "s = FaxSession(FaxRequest('receive', sys.argv[1])); select.select([s], [], []); "
        "s.events(); print(s.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out.tif")], capture_output=True, check=False
    )
    handle = None
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(int(done.stdout))
    if handle is not None:
        assert select.select([handle], [], [], 90)[0], "the worker goes on without a daemon"
        os.close(handle)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_inherits_nothing(tmp_path: pathlib.Path) -> None:
    """Descriptors of the daemon are not the worker's, not even those that are inheritable."""
    secret, write_end = os.pipe()
    os.set_inheritable(secret, True)
    with FaxSession(FaxRequest("receive", str(tmp_path / "out.tif"))) as session:
        assert isinstance(rig.started(session)[0], FaxStarted)
        folder = f"/proc/{session.pid}/fd"
        links = [os.readlink(f"{folder}/{n}") for n in os.listdir(folder)]
        mine = os.readlink(f"/proc/self/fd/{secret}")
    os.close(secret)
    os.close(write_end)
    assert mine not in links
    assert len([link for link in links if "socket" in link]) == 2, "its orders, twice"
