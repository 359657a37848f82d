"""docs/csta.md names only what is there, and all that is there of the switching function."""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import page_csta  # noqa: E402

from trunkd.daemon import events_switch  # noqa: E402
from trunkd.daemon.events_base import CallEvent  # noqa: E402
from trunkd.daemon.methods_switch import SWITCH_METHODS  # noqa: E402
from trunkd.daemon.methods_switch_divert import DIVERT_METHODS  # noqa: E402
from trunkd.daemon.methods_switch_more import MORE_METHODS  # noqa: E402

NOT_SERVICES = {"partCall", "callConnections", "parkedCalls", "predictions"}
"""Of trunkd's own: parting without clearing, and what only looks."""


def test_each_row_names_what_is_there() -> None:
    assert page_csta.mistakes(ROOT) == []


def test_each_method_and_event_has_a_row() -> None:
    methods = {*SWITCH_METHODS, *DIVERT_METHODS, *MORE_METHODS} - NOT_SERVICES
    assert methods <= {method for _, method, _ in page_csta.SERVICES}
    events = {
        name
        for name, kind in vars(events_switch).items()
        if isinstance(kind, type) and issubclass(kind, CallEvent) and kind is not CallEvent
    }
    assert events <= {event for _, event, _ in page_csta.EVENTS}


def test_a_wrong_row_is_found() -> None:
    rows = page_csta.SERVICES
    try:
        page_csta.SERVICES = (("Make Call", "makeCalls", "test_nothing"),)
        assert len(page_csta.mistakes(ROOT)) == 2
    finally:
        page_csta.SERVICES = rows
