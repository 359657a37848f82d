"""Where a daemon is: the path of its socket, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``."""

from __future__ import annotations

import os
import socket
import ssl
from typing import NamedTuple

from ..errors import LocalError


class Access(NamedTuple):
    """What a remote daemon asks for, and how to know it. What is empty is taken from
    $TRUNKD_TOKEN, $TRUNKD_CA, $TRUNKD_CERTIFICATE and $TRUNKD_KEY."""

    token: str = ""
    ca: str = ""
    """PEM file of who signed the daemon's certificate; else the system's."""
    certificate: str = ""
    key: str = ""

    def filled(self) -> Access:
        names = ("TRUNKD_TOKEN", "TRUNKD_CA", "TRUNKD_CERTIFICATE", "TRUNKD_KEY")
        return Access(
            *(given or os.environ.get(n, "") for given, n in zip(self, names, strict=True))
        )

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 at least; the daemon's certificate must be for the host that was named."""
        context = ssl.create_default_context(cafile=self.ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key or None)
        return context


def is_remote(address: str) -> bool:
    return address.startswith(("tcp://", "tls://"))


def endpoint(address: str) -> tuple[str, int]:
    """Host and port; LocalError where it has none."""
    host, colon, port = address.partition("://")[2].rpartition(":")
    if not colon or not host or not port.isdigit():
        raise LocalError(f"'{address}': write it as tcp://127.0.0.1:9620 or tls://HOST:PORT")
    return host.strip("[]"), int(port)


def connect(address: str, timeout: float, access: Access) -> socket.socket:
    """A connected socket; OSError (ssl.SSLError among that) where it cannot be had."""
    if not is_remote(address):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock
    host, port = endpoint(address)
    sock = socket.create_connection((host, port), timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if address.startswith("tcp://"):
        return sock
    try:
        return access.context().wrap_socket(sock, server_hostname=host)
    except OSError:
        sock.close()
        raise


def receive(sock: socket.socket, octets: int, flags: int) -> tuple[bytes, list[int]]:
    """What has come, with the descriptors that came with it; BlockingIOError: nothing whole has.
    b"": the far end closed. Descriptors come over Unix sockets only."""
    if not isinstance(sock, ssl.SSLSocket):
        data, passed, _, _ = socket.recv_fds(sock, octets, 8, flags)
        return data, passed
    try:
        data = sock.recv(octets)
        while sock.pending():  # what TLS has taken from the socket already, poll does not see
            data += sock.recv(octets)
    except (ssl.SSLWantReadError, TimeoutError) as exc:
        raise BlockingIOError from exc
    except ssl.SSLZeroReturnError:
        return b"", []
    return data, []
