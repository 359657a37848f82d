"""What is below guest/ runs in the machine only (test_vm.py)."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("TRUNKD_DAHDI_VM") == "1" else ["guest"]
