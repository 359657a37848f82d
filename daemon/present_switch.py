"""Calls of several connections as a person at a terminal sees them."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..signaling.isdn.dissect_elements import printable
from . import events_switch as ev
from .events import Conferenced, Event, Held, Retrieved, Transferred
from .methods import CallInfo
from .methods_switch_divert import ForwardingInfo, ParkedCallInfo
from .methods_switch_more import PredictionsInfo
from .present_base import short_when, simple_table, span_of_time

STYLES = {
    "connected": "green",
    "hold": "yellow",
    "parked": "yellow",
    "fail": "bold red",
    "alerting": "cyan",
}


def state_of(call: CallInfo) -> str:
    """Connection state; one that waits says where."""
    if call.parked:
        return f"parked {call.parked}"
    return "hold" if call.held else call.state


def show_call(out: Console, call: CallInfo, now: int) -> None:
    """All that is known of a call, and who is in it."""
    talking = span_of_time(now - call.answered) if call.answered else "-"
    state = state_of(call)
    way = "from" if call.direction == "in" else "to"
    out.print(
        Text.assemble(
            (f"call {call.call_id} ", "bold"),
            (state, STYLES.get(state.partition(" ")[0], "")),
            f"  {way} {printable(call.calling if way == 'from' else call.called) or '-'}"
            f"  {call.trunk}/{call.channel}  begun {short_when(call.started, now)}"
            f"  talking {talking}",
        ),
        soft_wrap=True,
    )
    for name, text in _facts(call).items():
        if text:
            out.print(Text(f"  {name:<14}{printable(text)}"), soft_wrap=True)
    if len(call.connections) > 1:
        out.print(connections_table(call))


def _facts(call: CallInfo) -> dict[str, str]:
    return {
        "calling": call.calling,
        "called": call.called,
        "answered by": call.answering,
        "diverted by": call.redirecting,
        "linkage": str(call.linkage) if call.linkage != call.call_id else "",
        "consults with": f"call {call.consultation}" if call.consultation else "",
        "route": " ".join(filter(None, (call.route, call.group))),
        "application": call.application,
        "owner": call.owner,
        "hears": call.hears or (f"conference {call.conference}" if call.conference else ""),
        "at work": ", ".join(call.at_work),
        "correlator": call.correlator,
        "user data": call.user_data,
        "account code": call.account_code,
        "cause": f"{call.cause} (Q.850 {call.q850})" if call.q850 else "",
    }


def connections_table(call: CallInfo) -> Table:
    """Who is in the call."""
    table = simple_table("call", "device", "state", "role", right=("call",))
    for each in call.connections:
        role = f"coaches {each.coached}" if each.coached else each.role
        style = STYLES.get(each.state, "")
        table.add_row(str(each.call_id), each.device, Text(each.state, style=style), role)
    return table


def parked_table(parked: list[ParkedCallInfo], now: int) -> Table:
    """One line an orbit."""
    table = simple_table("orbit", "call", "since", "back to", "after", "tried", right=("call",))
    for each in parked:
        table.add_row(
            each.orbit,
            str(each.call_id),
            short_when(each.since, now),
            each.parker or "-",
            f"{each.timeout:g} s" if each.timeout else "never",
            str(each.recalls),
        )
    return table


def forwardings_table(rows: list[ForwardingInfo]) -> Table:
    """One line each."""
    table = simple_table("device", "when", "to", "by")
    for row in rows:
        when = f"noAnswer {row.after:g} s" if row.type == "noAnswer" else row.type
        table.add_row(row.device, when, row.to or "-", row.to_device or "-")
    return table


def show_predictions(out: Console, info: PredictionsInfo) -> None:
    """What was counted of predictive calls."""
    table = simple_table("result", "calls", right=("calls",))
    for name, count in info.results.items():
        table.add_row(name, str(count))
    out.print(table)
    out.print(
        f"{info.connected} connected, {info.abandoned} abandoned ({info.abandon_rate:.1%}), "
        f"{info.waiting} on the way"
    )


def switch_words(event: Event) -> str | None:
    """What matters of an event of the switching function; None: it is none."""
    if isinstance(event, ev.Diverted):
        new = f" as call {event.new_call}" if event.new_call not in (0, event.call_id) else ""
        new += " by the network" if event.by == "network" else ""
        words = f"call {event.call_id} {event.cause}: {event.diverting or '-'} to {event.to}{new}"
    elif isinstance(event, ev.NetworkRefused):
        other = f" with {event.secondary}" if event.secondary else ""
        then = ": our switch does it" if event.then else ""
        words = f"call {event.call_id}{other} no {event.service} by the network: {event.why}{then}"
    elif isinstance(event, ev.PartyChanged):
        ringing = ", who has not answered yet" if event.alerting else ""
        words = f"call {event.call_id} is with {event.number or 'somebody else'} now{ringing}"
    elif isinstance(event, ev.CallData):
        said = {"correlator": event.correlator, "data": event.user_data}
        said["account"] = event.account_code
        words = f"call {event.call_id} " + " ".join(f"{k} {v}" for k, v in said.items() if v)
    elif isinstance(event, ev.PredictiveResult):
        agent = f" {event.agent}" if event.agent else ""
        words = f"call {event.call_id} {event.result}: {event.action}{agent}"
    elif isinstance(event, ev.PredictiveConnected):
        words = f"call {event.call_id} with agent {event.agent} after {event.waited:g} s"
    elif isinstance(event, ev.PredictiveAbandoned):
        words = f"call {event.call_id} abandoned after {event.waited:g} s: {event.why}"
    elif isinstance(event, Held | Retrieved):
        words = f"call {event.call_id} {event.device} {event.cause}".rstrip()
    elif isinstance(event, Conferenced | Transferred):
        others = [c.call_id for c in event.connections if c.call_id != event.call_id]
        with_ = ", ".join(str(n) for n in others or [event.secondary])
        words = f"call {event.call_id} with {with_} {event.cause}".rstrip()
        if isinstance(event, Transferred):
            words += " by the network" if event.by == "network" else ""
            words += f", asked by call {event.asked_by}'s far end" if event.asked_by else ""
    else:
        return None
    return words


def is_bad(event: Event) -> bool:
    return isinstance(event, ev.PredictiveAbandoned | ev.NetworkRefused)
