"""``[[listen]]``: the wire over TCP on this machine, and over TLS from elsewhere.

The contract is that of the Unix socket, with two differences: who connects is known by a token (or
a certificate) instead of his user id, and no descriptors can be passed (openAudio).
"""

from __future__ import annotations

import asyncio
import hmac
import os
import ssl
from collections.abc import Callable, Iterable
from typing import Final

from ..errors import ConfigError
from .config_session import ListenTable, RoleTable
from .roles import RANKS
from .server_peer import By
from .token_file import read_token


def context_of(table: ListenTable) -> ssl.SSLContext | None:
    """TLS 1.2 at least; ConfigError names the file that is wrong."""
    if not table.tls:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (table.certificate, table.key, *([table.client_ca] if table.client_ca else [])):
        if not os.path.isfile(path):
            raise ConfigError(f"listen: there is no file {path}: make it")
    try:
        context.load_cert_chain(table.certificate, table.key)
        if table.client_ca:
            context.load_verify_locations(table.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as exc:
        raise ConfigError(
            f"listen: {table.certificate}, {table.key}, {table.client_ca or 'no client_ca'}: "
            f"{exc}: the files must be PEM, and the key that of the certificate"
        ) from exc
    return context


class Listener:
    """One row. ``address``: where it listens, with the port that it got."""

    def __init__(self, table: ListenTable, roles: Iterable[RoleTable]) -> None:
        self._table: Final = table
        self.by: Final[By] = "tls" if table.tls else "tcp"
        self.role: Final = table.role
        self.needs_token: Final = bool(table.token_file)
        self._tokens: Final = [
            (read_token(row.token_file), row.name) for row in roles if row.token_file
        ]
        if table.token_file:
            self._tokens.append((read_token(table.token_file), table.role))
        self._context: Final = context_of(table)
        self._server: asyncio.Server | None = None
        self.address = table.address

    async def listen(
        self, loop: asyncio.AbstractEventLoop, factory: Callable[[], asyncio.Protocol]
    ) -> None:
        """Take connections; ConfigError: the port is taken."""
        host, port = self._table.endpoint()
        try:
            self._server = await loop.create_server(factory, host, port, ssl=self._context)
        except OSError as exc:
            raise ConfigError(
                f"listen: {self._table.address} cannot be had ({exc.strerror}): choose another"
            ) from exc
        name = self._server.sockets[0].getsockname()
        self.address = f"{self.by}://{_shown(name)}"

    def role_of(self, token: str) -> str:
        """The highest role that the token gives; empty: it is wrong."""
        given = token.encode()
        found = ""
        for one, role in self._tokens:
            if hmac.compare_digest(one.encode(), given) and RANKS[role] > RANKS[found]:
                found = role
        return found

    def name_of(self, transport: asyncio.Transport) -> str:
        """Address of the far end, with the name in its certificate."""
        shown = _shown(transport.get_extra_info("peername"))
        certificate = transport.get_extra_info("peercert") or {}
        names = [v for part in certificate.get("subject", ()) for k, v in part if k == "commonName"]
        return f"{shown} ({names[0]})" if names else shown

    def close(self) -> None:
        if self._server is not None:
            self._server.close()


def _shown(name: tuple[object, ...] | None) -> str:
    if not name:
        return ""
    host = f"[{name[0]}]" if ":" in str(name[0]) else name[0]
    return f"{host}:{name[1]}"
