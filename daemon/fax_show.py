"""Faxes for people: options as they are typed, events as lines, exit codes. Without I/O but one:
``file_lines`` reads the file it describes."""

from __future__ import annotations

import re
from typing import Final

from ..errors import LocalError
from .fax_events import (
    MODEMS,
    AnyFaxEvent,
    FaxFrame,
    FaxNegotiated,
    FaxPage,
    FaxResult,
    FaxStarted,
    Modem,
    Reason,
)
from .fax_tiff import WIDTHS, pages_of

EXIT: Final[dict[Reason, int]] = {"ok": 0, "stopped": 3, "file": 2, "library": 2, "worker": 4}
"""Exit codes of the command; every other reason, which is the line's or the far end's: 1."""


def modems_up_to(name: str) -> tuple[Modem, ...]:
    """``v29``: V.29 and what is slower. LocalError names those that there are."""
    wanted = name.lower().replace(".", "")
    for i, modem in enumerate(MODEMS):
        if modem == wanted:
            return MODEMS[: i + 1]
    raise LocalError(f"no fax modem '{name}': take one of {', '.join(MODEMS)}")


def page_range(text: str) -> tuple[int, int]:
    """``2-5``, ``3``, ``4-`` or "" as first and last page, 0 for "to the end"."""
    if not text:
        return 1, 0
    found = re.fullmatch(r"(\d{1,4})(?:(-)(\d{1,4})?)?", text)
    if not found:
        raise LocalError(f"'{text}' is no range of pages: write 3, 2-5 or 4-")
    first = int(found[1])
    last = int(found[3]) if found[3] else 0 if found[2] else first
    if not first or (last and last < first):
        raise LocalError(f"'{text}' is no range of pages: the first is 1, the last comes after it")
    return first, last


def line(event: AnyFaxEvent) -> str:
    """An event as a line that begins with its time."""
    return f"{event.at / 1e9:7.2f}s  {_words(event)}"


def exit_code(result: FaxResult) -> int:
    """For the shell."""
    return EXIT.get(result.reason, 1)


def file_lines(path: str) -> list[str]:
    """The pages of a file as a fax sees them; LocalError for what no fax can carry."""
    return [
        f"page {n}: {WIDTHS[page.width]}, {page.width} x {page.rows} pixels, "
        + (f"{page.x_resolution:.0f}x{page.y_resolution:.0f} dpi, " if page.x_resolution else "")
        + page.compression
        for n, page in enumerate(pages_of(path), 1)
    ]


def _words(event: AnyFaxEvent) -> str:
    match event:
        case FaxStarted():
            return f"ready to send {_count(event.pages, 'page')}" if event.pages else "ready"
        case FaxFrame():
            return f"{'<-' if event.direction == 'received' else '->'} {event.name}"
        case FaxNegotiated():
            who = " ".join(filter(None, (event.remote_vendor, event.remote_model)))
            return (
                f"with {event.remote_id or 'a fax without identification'}"
                + (f" ({who})" if who else "")
                + f": {event.modem} {event.bit_rate} bit/s, {event.compression}, "
                + f"{event.resolution} dpi, {'ECM' if event.ecm else 'no ECM'}"
            )
        case FaxPage():
            return _page(event)
        case FaxResult():
            end = _count(event.pages, "page")
            kept = f", in {event.file}" if event.file else ""
            word = "done" if event.reason == "ok" else f"failed ({event.reason}): {event.text}"
            return f"{word}; {end}{kept}"


def _page(event: FaxPage) -> str:
    parts = [f"page {event.number}: {event.response}", f"{event.bit_rate} bit/s"]
    if event.rows:
        parts.append(f"{event.width} x {event.rows} pixels in {event.octets} octets")
    if event.bad_rows:
        parts.append(_count(event.bad_rows, "bad row"))
    if event.ecm_retries:
        parts.append(f"{event.ecm_retries} repeated by ECM")
    return ", ".join(parts) + ("" if event.confirmed else "; not accepted")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
