"""The wire: JSON-RPC 2.0, one message a line, without I/O.

A line is at most 1 MiB. A longer one gets an error and is skipped to its end; the connection
stays. Batches (JSON arrays) are answered in one line. The contract's version is ``VERSION``:
methods and fields may be added within a version, never changed or taken away.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from ..errors import Error

VERSION: Final = 1
SUPPORTED: Final = (1,)
MAX_LINE: Final = 1 << 20
MAX_BATCH: Final = 100

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
LINE_TOO_LONG: Final = -32000
INVALID_CALL: Final = -32001
INVALID_OBJECT: Final = -32002
INVALID_STATE: Final = -32003
NO_RESOURCE: Final = -32004
DRAINING: Final = -32005
DENIED: Final = -32006
BAD_VERSION: Final = -32007
BOARD_FAILED: Final = -32008
RATE_LIMITED: Final = -32009
TIMEOUT: Final = -32010
NOT_OWNER: Final = -32011
KEY_REUSED: Final = -32012
NETWORK_REFUSED: Final = -32013

ERRORS: Final[dict[int, tuple[str, str]]] = {
    PARSE_ERROR: ("parseError", "the line is not JSON"),
    INVALID_REQUEST: ("invalidRequest", "the JSON is no JSON-RPC 2.0 request"),
    METHOD_NOT_FOUND: ("methodNotFound", "there is no such method"),
    INVALID_PARAMS: ("invalidParams", "the parameters do not fit the method"),
    INTERNAL_ERROR: ("internalError", "trunkd failed; its log tells more"),
    LINE_TOO_LONG: ("lineTooLong", "the line is longer than 1 MiB and was skipped"),
    INVALID_CALL: ("invalidCallID", "there is no such call"),
    INVALID_OBJECT: ("invalidDeviceID", "there is no such trunk, span, channel or file"),
    INVALID_STATE: ("invalidConnectionState", "the call's state does not permit this"),
    NO_RESOURCE: ("resourceBusy", "no channel is free, or the link is down"),
    DRAINING: ("draining", "the daemon is stopping and takes no new calls"),
    DENIED: ("denied", "this user may not use the socket, or not this method (`data.role`)"),
    BAD_VERSION: ("versionNotSupported", "none of the versions asked for is spoken here"),
    BOARD_FAILED: ("boardFailed", "the board or its driver could not do it"),
    RATE_LIMITED: ("rateLimited", "too many requests: again in `data.retryAfter` seconds"),
    TIMEOUT: ("timeout", "it takes longer; the event RequestSettled tells how it ended"),
    NOT_OWNER: ("notOwner", "the call is another session's (`data.owner`)"),
    KEY_REUSED: ("keyReused", "the request's `key` was another request's"),
    NETWORK_REFUSED: ("networkRefused", "the network was asked, and did not do it"),
}
"""Error code -> (its stable word in ``data.error``, meaning)."""


class WireError(Error):
    """A request that gets a JSON-RPC error; ``code`` is one of ``ERRORS``."""

    def __init__(self, code: int, text: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.data = data


RequestId = int | float | str | None


Key = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Request(msgspec.Struct):
    """One request; without ``id`` it is a notification and gets no answer. ``key`` is ours, not
    JSON-RPC's: requests of one session with the same key are done once."""

    jsonrpc: Literal["2.0"]
    method: str
    params: msgspec.Raw = msgspec.Raw()
    id: RequestId | msgspec.UnsetType = msgspec.UNSET
    key: Key | msgspec.UnsetType = msgspec.UNSET


class ErrorObject(msgspec.Struct, omit_defaults=True):
    """``error`` of a response."""

    code: int
    message: str
    data: dict[str, Any] | None = None


class Response(msgspec.Struct):
    """One response as a client reads it; ``method`` and ``params`` make it a notification."""

    id: RequestId = None
    result: msgspec.Raw = msgspec.Raw()
    error: ErrorObject | None = None
    method: str | None = None
    params: msgspec.Raw = msgspec.Raw()


class _Result(msgspec.Struct, gc=False):
    """A response as we write it."""

    jsonrpc: str
    id: RequestId
    result: Any


_encoder: Final = msgspec.json.Encoder()
_request_decoder: Final = msgspec.json.Decoder(Request)
_batch_decoder: Final = msgspec.json.Decoder(list[msgspec.Raw])
_id_decoder: Final = msgspec.json.Decoder(dict[str, Any])
encode: Final = _encoder.encode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for a line from outside; ValidationError is a DecodeError."""


class TooLong:
    """Stands for a line that was longer than allowed."""


TOO_LONG: Final = TooLong()
_BRACE: Final = ord("{")


class LineSplitter:
    """Octets as they come -> whole lines. A line over ``limit`` is skipped and noted once."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._length = 0
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes | TooLong]:
        """The lines that ``data`` completes, without their end, empty ones left out."""
        end = data.find(b"\n")
        if 0 < end == len(data) - 1 and data[0] == _BRACE and not (self._parts or self._skipping):
            # As most come: one whole line.
            return [data[:end]] if end <= self._limit else [TOO_LONG]
        if self._skipping or self._length + len(data) > self._limit:
            return self._feed_long(data)
        *whole, rest = data.split(b"\n")
        if whole and self._parts:
            whole[0] = b"".join((*self._parts, whole[0]))
            self._parts, self._length = [], 0
        if rest:
            self._parts.append(rest)
            self._length += len(rest)
        return [line for line in whole if line[:1] == b"{" or line.strip()]

    def _feed_long(self, data: bytes) -> list[bytes | TooLong]:
        """Where a line may be too long."""
        lines: list[bytes | TooLong] = []
        begin = 0
        while True:
            end = data.find(b"\n", begin)
            if end < 0:
                break
            piece = data[begin:end]
            begin = end + 1
            if self._skipping:
                self._skipping = False
            elif self._length + len(piece) > self._limit:
                lines.append(TOO_LONG)
            else:
                line = b"".join((*self._parts, piece)) if self._parts else piece
                if line[:1] == b"{" or line.strip():
                    lines.append(line)
            self._parts, self._length = [], 0
        rest = data[begin:]
        if rest and not self._skipping:
            self._parts.append(rest)
            self._length += len(rest)
            if self._length > self._limit:
                self._parts, self._length, self._skipping = [], 0, True
                lines.append(TOO_LONG)
        return lines


def parse(line: bytes) -> Request | WireError | list[Request | WireError]:
    """A line as a request, a batch of them, or what is wrong with it."""
    try:
        return _request_decoder.decode(line)
    except _UNREADABLE as exc:
        if line.lstrip()[:1] != b"[":
            return _fault(line, exc)
    try:
        batch = _batch_decoder.decode(line)
    except _UNREADABLE as exc:
        return WireError(PARSE_ERROR, f"not JSON: {exc}")
    if not batch:
        return WireError(INVALID_REQUEST, "an empty batch")
    if len(batch) > MAX_BATCH:
        return WireError(INVALID_REQUEST, f"a batch has at most {MAX_BATCH} requests")
    return [_parse_one(raw) for raw in batch]


def _parse_one(line: msgspec.Raw) -> Request | WireError:
    try:
        return _request_decoder.decode(line)
    except _UNREADABLE as exc:
        return _fault(line, exc)


def _fault(line: bytes | msgspec.Raw, error: Exception) -> WireError:
    """What is wrong with a line that is no request."""
    if isinstance(error, msgspec.ValidationError):
        return WireError(INVALID_REQUEST, str(error), {"id": _id_of(line)})
    return WireError(PARSE_ERROR, f"not JSON: {error}")


def _id_of(line: bytes | msgspec.Raw) -> RequestId:
    """The id of a request that is wrong in some other way (JSON-RPC 2.0 clause 5)."""
    try:
        found = _id_decoder.decode(line).get("id")
    except _UNREADABLE:
        return None
    return found if isinstance(found, int | float | str) else None


def result_line(id: RequestId, result: Any) -> bytes:
    """A response, without the line's end."""
    return encode(_Result("2.0", id, result))


def error_line(id: RequestId, error: WireError) -> bytes:
    """An error response, without the line's end. ``data.error`` is its stable word."""
    data = {"error": ERRORS[error.code][0], **(error.data or {})}
    data.pop("id", None)
    made = ErrorObject(error.code, str(error), data)
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (encode(id), encode(made))


def notification_line(method: str, params: Any) -> bytes:
    """A notification, without the line's end."""
    return b'{"jsonrpc":"2.0","method":"%b","params":%b}' % (method.encode(), encode(params))


def event_line(event: Any) -> bytes:
    """The notification of an event, with the line's end."""
    return b'{"jsonrpc":"2.0","method":"event","params":%b}\n' % encode(event)


def request_line(id: RequestId, method: str, params: Any, key: str = "") -> bytes:
    """A request, with the line's end."""
    if key:
        return b'{"jsonrpc":"2.0","id":%b,"key":%b,"method":%b,"params":%b}\n' % (
            encode(id),
            encode(key),
            encode(method),
            encode(params),
        )
    return b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":%b}\n' % (
        encode(id),
        encode(method),
        encode(params),
    )
