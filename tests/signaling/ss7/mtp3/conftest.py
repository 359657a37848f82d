"""For the tests of level 3: the rig beside them, and machines that raise on undrawn transitions."""

from __future__ import annotations

import pathlib
import sys

HERE = str(pathlib.Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

import mtp3_rig  # noqa: E402

for machine in mtp3_rig.MACHINES:
    machine.strict = True
