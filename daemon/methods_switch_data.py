"""Types of the data that goes with a call."""

from __future__ import annotations

from typing import Annotated

import msgspec

Correlator = Annotated[str, msgspec.Meta(pattern=r"^([0-9A-Fa-f]{2})*$", max_length=32)]
UserData = Annotated[str, msgspec.Meta(pattern=r"^([0-9A-Fa-f]{2})*$", max_length=510)]
AccountCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z*#._-]*$", max_length=32)]
