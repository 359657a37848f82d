"""For the conformance tests: where the registry and each folder's rig are found."""

from __future__ import annotations

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
for path in (HERE, *sorted(HERE.glob("q*/"))):
    if str(path) not in sys.path:
        sys.path.insert(0, str(path))
