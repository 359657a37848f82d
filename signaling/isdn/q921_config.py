"""Q.921 5.9: the system parameters of a data link, and the settings of one link.

The table is for a point-to-point link with a fixed TEI on a primary rate access. Rows that serve
TEI assignment are listed so that the table is whole; a link with a fixed TEI never uses them.
"""

from __future__ import annotations

from typing import Final

from ...errors import LocalError

_MS: Final = 1_000_000
_S: Final = 1_000_000_000


class Parameter:
    """A row of Q.921 5.9. Times are ns. ``low`` and ``high`` are what LinkConfig accepts."""

    __slots__ = ("clause", "default", "high", "low", "name", "text", "unit", "used")

    def __init__(
        self,
        name: str,
        default: int,
        low: int,
        high: int,
        unit: str,
        clause: str,
        text: str,
        used: bool = True,
    ) -> None:
        self.name: Final = name
        self.default: Final = default
        self.low: Final = low
        self.high: Final = high
        self.unit: Final = unit
        self.clause: Final = clause
        self.text: Final = text
        self.used: Final = used
        """False: serves TEI assignment (5.3), which a fixed TEI does without."""


T200: Final = Parameter(
    "T200", _S, 10 * _MS, 60 * _S, "ns", "5.9.1", "waiting for an acknowledgement, then retry"
)
N200: Final = Parameter("N200", 3, 1, 255, "", "5.9.2", "retransmissions before giving up")
N201: Final = Parameter("N201", 260, 1, 260, "octets", "5.9.3", "longest information field")
N202: Final = Parameter("N202", 3, 3, 3, "", "5.9.4", "TEI identity requests", False)
K: Final = Parameter("k", 7, 1, 127, "frames", "5.9.5", "I frames sent and not acknowledged")
T201: Final = Parameter(
    "T201", _S, _S, _S, "ns", "5.9.6", "between TEI identity check requests", False
)
T202: Final = Parameter(
    "T202", 2 * _S, 2 * _S, 2 * _S, "ns", "5.9.7", "between TEI identity requests", False
)
T203: Final = Parameter(
    "T203", 10 * _S, 20 * _MS, 600 * _S, "ns", "5.9.8", "silence before asking if the peer is there"
)

PARAMETERS: Final = (T200, N200, N201, N202, K, T201, T202, T203)


def _check(row: Parameter, value: int) -> int:
    if row.low <= value <= row.high:
        return value
    low, high, unit = row.low, row.high, row.unit
    got = value
    if unit == "ns":
        low, high, unit = low // _MS, high // _MS, "ms"
        got = value // _MS
    raise LocalError(
        f"Q.921 {row.name} is {got} {unit}".rstrip()
        + f"; give {low} to {high} (default {row.default // (_MS if row.unit == 'ns' else 1)}, "
        f"Q.921 {row.clause})"
    )


class LinkConfig:
    """Settings of one data link; LocalError names what is out of range.

    ``network``: this end is the network side, which sends commands with C/R = 1 (Q.921 3.3.2).
    ``sapi`` 0 to 62 and ``tei`` 0 to 126 as at the far end (0 and 0 on a primary rate access).
    ``t200``, ``t203``: ns. ``k``: window. ``n201``: octets of an information field.
    """

    __slots__ = ("k", "n200", "n201", "network", "sapi", "t200", "t203", "tei")

    def __init__(
        self,
        network: bool = False,
        sapi: int = 0,
        tei: int = 0,
        t200: int = T200.default,
        t203: int = T203.default,
        n200: int = N200.default,
        n201: int = N201.default,
        k: int = K.default,
    ) -> None:
        if not 0 <= sapi <= 62:
            raise LocalError(f"SAPI is {sapi}; give 0 to 62 (0 is call control, Q.921 3.3.3)")
        if not 0 <= tei <= 126:
            raise LocalError(f"TEI is {tei}; give 0 to 126 (0 on a primary rate access, 3.3.4)")
        self.network: Final = network
        self.sapi: Final = sapi
        self.tei: Final = tei
        self.t200: Final = _check(T200, t200)
        self.t203: Final = _check(T203, t203)
        self.n200: Final = _check(N200, n200)
        self.n201: Final = _check(N201, n201)
        self.k: Final = _check(K, k)
        if t203 <= t200:
            raise LocalError(
                f"Q.921 T203 ({t203 // _MS} ms) must be longer than T200 ({t200 // _MS} ms)"
            )
