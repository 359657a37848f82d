"""Connections and sessions as tables."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from .methods_session import ClientInfo, SessionInfo
from .present_base import ago, simple_table
from .present_base import console as console


def _who(client: ClientInfo) -> str:
    if client.by == "unix":
        return f"user {client.uid}, pid {client.pid}"
    return f"{client.by} {client.address}"


def clients_table(clients: Iterable[ClientInfo], now: int) -> Table:
    """One connection a row."""
    numbers = ("client", "behind", "requests", "refused", "waiting", "calls")
    table = simple_table(
        "client", "name", "session", "role", "who", "since", *numbers[1:], right=numbers
    )
    for client in clients:
        table.add_row(
            str(client.client),
            escape(client.name) or "-",
            escape(client.session) or "-",
            client.role or "none",
            escape(_who(client)),
            ago(client.since, now),
            str(client.behind),
            str(client.requests),
            str(client.refused),
            str(client.outstanding),
            str(client.calls),
        )
    return table


def sessions_table(sessions: Iterable[SessionInfo], now: int) -> Table:
    """One session a row; those without a connection are lost or were closed."""
    numbers = ("priority", "connections", "keys")
    table = simple_table("session", *numbers, "state", "calls", right=numbers)
    for session in sessions:
        state = "here since" if session.connections else "gone since"
        table.add_row(
            escape(session.name),
            str(session.priority),
            str(session.connections),
            str(session.keys),
            f"{state} {ago(session.since, now)}",
            " ".join(map(str, session.calls)) or "-",
        )
    return table
