"""Why a daemon cannot be reached, and what to do about it, in words.

What OpenSSL says of a connection is put as the daemon's or our own certificate being wrong; its
codes are those of x509_vfy.h and of the alerts of RFC 8446, 6.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..errors import Error

if TYPE_CHECKING:
    from .client_address import Access


class Unreachable(Error):
    """No daemon answers; the text says where it was looked for and how to start it."""


class Untrusted(Unreachable):
    """The daemon and we do not trust each other: a certificate is wrong, or missing; the text says
    which, and what to do."""


_EXPIRED: Final = 10
_NOT_YET: Final = 9
_UNKNOWN_ISSUER: Final = frozenset({2, 18, 19, 20, 21})
_OTHER_NAME: Final = frozenset({62, 64})
"""X509_V_ERR_…: host name, address."""

_ALERTS: Final = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "none",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "none",
    "TLSV1_ALERT_UNKNOWN_CA": "foreign",
    "SSLV3_ALERT_BAD_CERTIFICATE": "foreign",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "foreign",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "foreign",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "expired",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "revoked",
}
"""What the daemon says of our certificate. ``SSLV3_ALERT_…`` are names of OpenSSL's, whatever the
version that is spoken."""
_OURS: Final = {
    "none": "it wants a client's certificate: give certificate and key (TRUNKD_CERTIFICATE and"
    " TRUNKD_KEY)",
    "foreign": "it does not trust our certificate: have it signed by an authority of its client_ca",
    "expired": "our certificate has expired: have another signed for its client_ca",
    "revoked": "our certificate was revoked: have another signed for its client_ca",
}
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})


def unreachable(path: str, why: str) -> Unreachable:
    """The error of a daemon that cannot be reached."""
    if path.startswith(("tcp://", "tls://")):
        return Unreachable(
            f"no trunkd at {path} ({why}): is it running, and has its configuration a [[listen]]"
            " row with this address?"
        )
    return Unreachable(
        f"no trunkd at {path} ({why}): start it with `trunkd run -c FILE`, "
        "or name its socket with --socket or TRUNKD_SOCKET"
    )


def closed(path: str, error: BaseException | None, access: Access) -> Unreachable:
    """The error of a connection that ended before the daemon had answered hello."""
    if isinstance(error, OSError) and _is_ssl(error):
        return failed(path, error)
    if path.startswith("tls://"):
        # asyncio servers send no alert, and one may be lost where we sent something meanwhile.
        perhaps = _OURS["none"]
        if access.certificate:
            perhaps = (
                "it does not trust our certificate: it must be signed by an authority of its"
                " client_ca, and valid today (`openssl x509 -noout -issuer -dates -in"
                f" {access.certificate}`)"
            )
        return Untrusted(f"trunkd at {path} closed the connection; perhaps {perhaps}")
    if path.startswith("tcp://"):
        return unreachable(path, "it closed the connection; does it speak TLS there (tls://)")
    return unreachable(path, "it closed the connection")


def failed(path: str, error: OSError) -> Unreachable:
    """The error of a connection that could not be made, or was broken."""
    if not _is_ssl(error):
        return unreachable(path, error.strerror or str(error))
    text = _of_daemon(path, error) or _OURS.get(_ALERTS.get(_reason(error), ""), "")
    if not text and _reason(error) in _NO_TLS:
        other = path.replace("tls://", "tcp://", 1)
        return Unreachable(f"what listens at {path} speaks no TLS: connect to {other}")
    if not text:
        return unreachable(path, str(error))
    return Untrusted(f"trunkd at {path}: {text}")


def _is_ssl(error: OSError) -> bool:
    """An SSLError; said without importing ssl, which takes time at each command's start."""
    return any(kind.__module__ == "ssl" for kind in type(error).__mro__)


def _reason(error: Any) -> str:
    return str(getattr(error, "reason", "") or "")


def _of_daemon(path: str, error: Any) -> str:
    """What is wrong with its certificate; empty: nothing that we found."""
    code = getattr(error, "verify_code", None)
    if code is None:
        return ""
    if code == _EXPIRED:
        return "its certificate has expired: make a new one there (or set this machine's clock)"
    if code == _NOT_YET:
        return "its certificate is not valid yet: set the clocks of both machines"
    if code in _UNKNOWN_ISSUER:
        return (
            "its certificate is signed by nobody who is trusted here: give the file of its"
            " authority (ca, TRUNKD_CA)"
        )
    if code in _OTHER_NAME:
        host = path.partition("://")[2].rpartition(":")[0]
        return (
            f"its certificate is not for '{host}': connect by a name that it has"
            " (`openssl x509 -noout -ext subjectAltName -in FILE`), or make one with this name"
        )
    return f"its certificate is not good ({error.verify_message}): make another one there"
