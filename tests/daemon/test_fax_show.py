"""Options, lines and exit codes of a fax."""

from __future__ import annotations

import pytest

from trunkd.daemon.fax_events import (
    FaxFrame,
    FaxNegotiated,
    FaxPage,
    FaxResult,
    FaxStarted,
)
from trunkd.daemon.fax_show import exit_code, file_lines, line, modems_up_to, page_range
from trunkd.errors import LocalError


def test_modems() -> None:
    assert modems_up_to("v27ter") == ("v27ter",)
    assert modems_up_to("V.29") == ("v27ter", "v29")
    assert modems_up_to("v17") == ("v27ter", "v29", "v17")
    with pytest.raises(LocalError, match="no fax modem 'v34': take one of v27ter, v29, v17"):
        modems_up_to("v34")


@pytest.mark.parametrize(
    ("text", "pages"), [("", (1, 0)), ("3", (3, 3)), ("2-5", (2, 5)), ("4-", (4, 0))]
)
def test_page_range(text: str, pages: tuple[int, int]) -> None:
    assert page_range(text) == pages


@pytest.mark.parametrize("text", ["0", "5-2", "-3", "a", "1-2-3", "99999"])
def test_no_page_range(text: str) -> None:
    with pytest.raises(LocalError, match="is no range of pages"):
        page_range(text)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (FaxStarted(0, 2), "   0.00s  ready to send 2 pages"),
        (FaxStarted(0, 0), "   0.00s  ready"),
        (FaxFrame(2_800_000_000, "received", "DIS", "ff"), "   2.80s  <- DIS"),
        (
            FaxNegotiated(1, "+86 10", "Panasonic", "", "V.17", 14400, True, "MMR", "204x98"),
            "   0.00s  with +86 10 (Panasonic): V.17 14400 bit/s, MMR, 204x98 dpi, ECM",
        ),
        (
            FaxPage(10**9, 1, "MCF", True, 9600, 1100, 1728, 0, 3, 28000),
            "   1.00s  page 1: MCF, 9600 bit/s, 1728 x 1100 pixels in 28000 octets, "
            "3 repeated by ECM",
        ),
        (
            FaxPage(10**9, 2, "RTN", False, 9600, 0, 0, 1, 0, 0),
            "   1.00s  page 2: RTN, 9600 bit/s, 1 bad row; not accepted",
        ),
        (
            FaxResult(10**9, "ok", 0, "OK", 1, file="/tmp/a.tif"),
            "   1.00s  done; 1 page, in /tmp/a.tif",
        ),
        (
            FaxResult(10**9, "noFax", 3, "Timed out", 0),
            "   1.00s  failed (noFax): Timed out; 0 pages",
        ),
    ],
)
def test_lines(event: FaxStarted, words: str) -> None:
    assert line(event) == words


def test_exit_codes() -> None:
    codes = {r: exit_code(FaxResult(0, r, 0, "", 0)) for r in ("ok", "file", "hangup", "worker")}
    assert codes == {"ok": 0, "file": 2, "hangup": 1, "worker": 4}


def test_file_lines_of_no_file() -> None:
    with pytest.raises(LocalError, match="No such file"):
        file_lines("/nowhere/a.tif")
