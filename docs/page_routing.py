"""docs/routing.md: the tables of config_route.py, and what `trunkd route test` says."""

from __future__ import annotations

import contextlib
import datetime
import io
from collections.abc import Callable
from typing import Final

import msgspec
import page_configuration
from page_lab import Lab
from page_tools import GENERATED, ROOT, block, summary
from prometheus_client.core import Metric
from rich.console import Console

from trunkd.daemon import config_route
from trunkd.daemon.config_check import load
from trunkd.daemon.methods_route import RouteTest
from trunkd.daemon.present_route import show_tested
from trunkd.daemon.route_explain import file_tester
from trunkd.errors import LocalError
from trunkd.signaling.call import CallRequest, PartyNumber

EXAMPLE: Final = ROOT / "examples" / "routing.toml"
MOMENT: Final = datetime.datetime(2026, 1, 5, 9, 0)
"""A Monday morning."""

INTRO: Final = """\
An application calls a number, and rows of the configuration say by which channels it goes: number
rules make one form of what people dial, routes choose trunk groups by the longest match, groups
hunt for an idle channel, and where that does not do, the call goes on to the next choice. Calls
that come in get their numbers in one form and the name of the application that they are for.

[routing.toml](../examples/routing.toml) has all of it and runs on a laptop. Ask before you dial:

```sh
trunkd config check examples/routing.toml
trunkd route test "9 021 6555 1234" --calling 8001 -c examples/routing.toml
trunkd route test 110                          # of the running daemon, with channels as they are
trunkd route test 87654321 --group fixed       # a call that comes in
trunkd route test 0085212345678 --at "sun 23:30"
trunkd route list
trunkd groups
```
"""

READ: Final = """\
Each line is a step: which table, which row, what it did. A choice without a channel says why and is
passed over; the result is what would be sent now. Exit code 1: the call would be refused.
"""

ORDER: Final = """\
## What happens to a call that is placed

1. **Emergency.** The number as it was dialled, and again as number rules made it, is looked for in
   `[[emergency]]`. Such a call passes all that follows: it is not barred, does not wait, uses
   reserved channels and is not counted against `max_calls`. The event `EmergencyCall` tells of it,
   and once more if it fails; the log has both.
2. **Number rules** `on = "dialled"`, in the order of the file: the first that matches is applied,
   and those behind it too if it says `more = true`.
3. **Barred.** The first row of `[[barred]]` that matches refuses the call with its cause.
4. **Route.** Of all routes that match the longest match is taken, unless its `calling` or `times`
   are not met; then the next longest. None: cause 3.
5. **Choices.** For each group in turn the rules `on = "outgoing"` make its numbers, and a channel
   is hunted. A group that is down (38), has no idle channel, or only reserved ones (34), as many
   calls as `max_calls`, or too many a second and no time to `wait` (42), is passed over.
6. **Overflow.** When the far end refuses the call with one of `overflow`'s causes, or the trunk
   goes down, and it did not alert yet, the call is placed on the next choice. It keeps its
   `callId`; the event `CallRerouted` tells. A channel that was lost to a call from the far end
   (glare, cause 44) is first replaced by another one of the same group (`repeat`). When no choice
   is left there is one `Failed`, with the last cause. A call that cannot even be begun is refused
   at makeCall, with the cause in `data.q850`.

makeCall with `device = "group/NAME"` begins at step 5 with that group (barred and emergency numbers
are what they are); with `trunk/NAME` no rule is applied, but what is barred stays barred. Records
have `route`, `trunkGroup` and `attempts`.

**The longest match** is the one with the most digits fixed at its beginning; among those the one
with the most positions, then the one whose positions leave the fewest ways, a regular expression
last; then the first in the file. So `2100!` comes before `21XXXXXX`, that before `21!`, and that
before `NXXXXXXX`. `trunkd config check` warns of a row that no number can ever reach.

**Overlap.** makeCall with `complete = false` and no device collects digits (sendDigits) until no
further digit could change the route, until one says `complete`, or until none came for
`digit_time`. A call whose number no route can have fails at once. Calls that come in digit by digit
are complete in the same way where there are `[[dnis]]` rows.

## What happens to a call that comes in

The rules `on = "incoming"` make its numbers, `[[barred]]` rows with `direction = "incoming"` refuse
it, and the longest match of `[[dnis]]` gives it an `application`, a `priority` and a `treatment`.
`Offered` and `Delivered` have them. Its group is the first one in the file that has its channel.
"""

GLARE: Final = """\
## Two ends of one group

Where both ends seize the same channels, let them begin at different ones. PRI: `ascending` here if
the far end descends, and the other way round. SS7 (Q.764 2.9.1): the exchange with the higher point
code controls the even circuits, so `hunt = "even"` there and `"odd"` at the other end.
"""

FIELDS: Final = (
    config_route.RoutingTable,
    config_route.GroupTable,
    config_route.NumberTable,
    config_route.RouteTable,
    config_route.DnisTable,
    config_route.BarredTable,
    config_route.EmergencyTable,
    config_route.TimesTable,
)


def tested(number: str, **more: str) -> str:
    """What `trunkd route test` prints of the example."""
    wall = int(MOMENT.timestamp()) * 1_000_000_000
    asked = RouteTest(called=number, at="2026-01-05 09:00", **more)  # type: ignore[arg-type]
    tester, group = file_tester(load(EXAMPLE), asked.device, wall)
    out = io.StringIO()
    console = Console(file=out, width=200, no_color=True, highlight=False, force_terminal=False)
    show_tested(console, tester.test(asked, group))
    return out.getvalue()


def families(daemon: Lab) -> list[Metric]:
    """For docs/metrics.md: the families of groups and routes, with calls of all kinds."""
    daemon.run(12)
    dial = daemon.node.routing.dial
    calls = [dial("", CallRequest(PartyNumber(n))) for n in ("110", *["02165551234"] * 12)]
    daemon.run(2)
    with contextlib.suppress(LocalError):
        dial("", CallRequest(PartyNumber("0900")))
    dial("trunk/fixed-exchange", CallRequest(PartyNumber("87654321")))
    daemon.run(1)
    calls[0].trunk.clear(calls[0], 16, calls[0].trunk.now())
    daemon.run(1)
    begin = ("trunkd_group", "trunkd_route", "trunkd_emergency", "trunkd_application")
    return [each for each in daemon.metrics.snapshot().collect() if each.name.startswith(begin)]


def part(cls: type[msgspec.Struct], keys: Callable[..., str]) -> list[str]:
    """A table of the file: its heading, what it is, and its own keys."""
    heading, _, text = summary(cls).partition(": ")
    match = set(config_route.Match.__struct_fields__) if issubclass(cls, config_route.Match) else ()
    shared = "\nAnd `prefix`, `pattern`, `regex`, `min`, `max`, as above.\n" if match else ""
    return [f"### {heading}\n", f"{text[:1].upper()}{text[1:]}\n", keys(cls, tuple(match)), shared]


def text() -> str:
    """The page."""
    keys = page_configuration.keys
    parts = [GENERATED, "# Routing\n", INTRO]
    parts += [block("text", tested("902165551234", calling="8001")), READ, ORDER]
    more = {"device": "group/fixed", "direction": "in"}
    come = tested("87654321", calling="2165551234", calling_type="national", **more)
    parts += [block("text", come), GLARE]
    parts += ["## The tables\n", "### Which numbers a row is for\n"]
    parts += [f"{summary(config_route.Match)}\n", keys(config_route.Match)]
    for cls in FIELDS:
        parts += [each for each in part(cls, keys) if each]
    return "\n".join(each.rstrip("\n") + "\n" for each in parts)
