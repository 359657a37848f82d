"""The daemon of tests/daemon."""

from __future__ import annotations

import importlib.util
import pathlib
import sys
from typing import Any

_PATH = pathlib.Path(__file__).parent.parent / "daemon" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("trunkd_daemon_fixtures_examples", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
_fixtures: Any = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _fixtures
_SPEC.loader.exec_module(_fixtures)

daemon = _fixtures.daemon
app = _fixtures.app
start_daemon = _fixtures.start_daemon
subscribed = _fixtures.subscribed
daemon_with = _fixtures.daemon_with
