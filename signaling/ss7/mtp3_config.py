"""Settings of a node's MTP level 3: its code, linksets, links and routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...errors import ConfigError
from .labels import ITU14, LabelFormat, show_point_code
from .mtp2_config import Mtp2Config
from .mtp3_timers import durations

MOST_LINKS: Final = 16
"""Links in a linkset: the SLC has 4 bits (Q.704 2.2.4)."""

CONGESTION_INTERNATIONAL: Final = 0
"""Q.704 11.2.3: one threshold, no levels."""
CONGESTION_LEVELS: Final = 1
"""Q.704 11.2.4, national option: levels 0 to 3, with the congestion test (RCT)."""


class LinkConfig:
    """A signalling link. ``slc``: signalling link code 0 to 15, as at the far end. ``auto``: start
    makes it active; otherwise ``activate`` does. ``name``: for people."""

    def __init__(
        self, slc: int, mtp2: Mtp2Config | None = None, auto: bool = True, name: str = ""
    ) -> None:
        if not 0 <= slc < MOST_LINKS:
            raise ConfigError(f"slc is {slc}; give 0 to 15 (Q.704 2.2.4), as at the far end")
        self.slc: Final = slc
        self.mtp2: Final[Mtp2Config] = mtp2 if mtp2 is not None else Mtp2Config()
        self.auto: Final = auto
        self.name: Final = name


class LinksetConfig:
    """The links to one adjacent point. ``adjacent``: its point code."""

    def __init__(self, name: str, adjacent: int, links: tuple[LinkConfig, ...]) -> None:
        if not 1 <= len(links) <= MOST_LINKS:
            raise ConfigError(f"linkset {name}: {len(links)} links; give 1 to 16 (Q.704 2.3.3)")
        codes = [link.slc for link in links]
        for code in codes:
            if codes.count(code) > 1:
                raise ConfigError(
                    f"linkset {name}: {codes.count(code)} links have slc {code}; each link of a "
                    "linkset has its own, the same at both ends"
                )
        self.name: Final = name
        self.adjacent: Final = adjacent
        self.links: Final = links


class RouteConfig:
    """A way to a destination. ``priority`` 1 is used first; equal ones share the load (combined
    linkset). The way to an adjacent point by its own linkset needs no row: its priority is 0."""

    def __init__(self, dpc: int, linkset: str, priority: int = 1) -> None:
        if not 0 <= priority <= 15:
            raise ConfigError(f"route to {dpc}: priority is {priority}; give 0 to 15 (0 first)")
        self.dpc: Final = dpc
        self.linkset: Final = linkset
        self.priority: Final = priority


class Mtp3Config:
    """A node. ConfigError names what is wrong and the remedy.

    ``point_code``: our own. ``network_indicator`` 0 to 3 (2: national). ``users``: service
    indicators that have a user part here (4 TUP, 5 ISUP); a message for another is answered with
    UPU. ``timers``: durations in ns by name ("T2", "Q707-T1"). ``congestion``: a CONGESTION_ row.
    ``test_pattern``: 1 to 15 octets of SLTM. ``test_links``: links are tested before they carry
    traffic and every T2 (Q.707). ``wait_for_tra``: an adjacent point that became reachable
    carries traffic after its TRA, or T21; False: at once. ``full_restart``: after isolation no
    destination is accessible until all adjacent points have sent TRA, or T20 (9.2).
    """

    def __init__(
        self,
        point_code: int,
        linksets: tuple[LinksetConfig, ...],
        routes: tuple[RouteConfig, ...] = (),
        label: LabelFormat = ITU14,
        network_indicator: int = 2,
        users: tuple[int, ...] = (4, 5),
        timers: Mapping[str, int] | None = None,
        congestion: int = CONGESTION_INTERNATIONAL,
        test_pattern: bytes = b"trunkd SLTM",
        test_links: bool = True,
        wait_for_tra: bool = True,
        full_restart: bool = False,
    ) -> None:
        self.point_code: Final = point_code
        self.linksets: Final = linksets
        self.routes: Final = routes
        self.label: Final = label
        self.network_indicator: Final = network_indicator
        self.users: Final = users
        self.timers: Final[dict[str, int]] = durations(timers if timers is not None else {})
        self.congestion: Final = congestion
        self.test_pattern: Final = test_pattern
        self.test_links: Final = test_links
        self.wait_for_tra: Final = wait_for_tra
        self.full_restart: Final = full_restart
        self._check_codes()
        self._check_routes()

    def _check_codes(self) -> None:
        label = self.label
        codes = [("point_code", self.point_code)]
        codes += [(f"linkset {row.name}: adjacent", row.adjacent) for row in self.linksets]
        codes += [("route", row.dpc) for row in self.routes]
        for what, code in codes:
            if not 0 <= code <= label.highest:
                raise ConfigError(
                    f"{what}: point code {code} does not fit {label.name} "
                    f"({label.bits} bits, 0 to {label.highest})"
                )
        for what, code in codes[1:]:
            if code == self.point_code:
                raise ConfigError(
                    f"{what}: {show_point_code(code, label)} is our own point code; give the "
                    "far end's"
                )
        if not 0 <= self.network_indicator <= 3:
            raise ConfigError(f"network_indicator is {self.network_indicator}; give 0 to 3")
        if not 1 <= len(self.test_pattern) <= 15:
            raise ConfigError("test_pattern: give 1 to 15 octets (Q.707 2.2)")
        for user in self.users:
            if not 3 <= user <= 15:
                raise ConfigError(f"users: service indicator {user}; give 3 to 15 (4 TUP, 5 ISUP)")

    def _check_routes(self) -> None:
        names = [row.name for row in self.linksets]
        if not names:
            raise ConfigError("linksets: give at least one")
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"linksets: {names.count(name)} are called {name}")
        adjacent: dict[int, str] = {}
        for row in self.linksets:
            if row.adjacent in adjacent:
                # A management message names its link by the OPC and the SLC (Q.704 15.2).
                raise ConfigError(
                    f"linksets {adjacent[row.adjacent]} and {row.name} both go to "
                    f"{show_point_code(row.adjacent, self.label)}: put their links into one"
                )
            adjacent[row.adjacent] = row.name
        seen: set[tuple[int, str]] = set()
        for route in self.routes:
            where = f"route to {show_point_code(route.dpc, self.label)}"
            if route.linkset not in names:
                raise ConfigError(
                    f"{where}: there is no linkset {route.linkset}; there are {', '.join(names)}"
                )
            if (route.dpc, route.linkset) in seen:
                raise ConfigError(f"{where}: twice over linkset {route.linkset}; keep one")
            seen.add((route.dpc, route.linkset))
