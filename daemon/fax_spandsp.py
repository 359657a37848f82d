"""libspandsp's fax terminal (T.30, T.4, T.6), loaded when asked for; used in the fax worker only.

The library is LGPL and belongs to the system: dlopen, never linked. What is used is the interface
of spandsp 0.0.6 (``libspandsp.so.2``: Debian 12 and 13, Ubuntu). One structure is read,
``t30_stats_t``: fifteen ints. ``Spandsp`` looks at what the library really writes, and without that
very size there are no figures (``statistics`` is False) but the fax goes through.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import cffi

from ..errors import DriverError, LocalError
from .fax_events import Modem
from .fax_tiff import TiffPage

SONAME: Final = "libspandsp.so.2"
VARIABLE: Final = "TRUNKD_SPANDSP"
"""Environment: another path of the library."""
REMEDY: Final = "install libspandsp2 (Debian 12, Ubuntu 22.04) or libspandsp2t64 (later ones)"

_DECLARATIONS: Final = """
typedef struct fax_state_s fax_state_t;
typedef struct t30_state_s t30_state_t;
typedef struct logging_state_s logging_state_t;
typedef struct {
    int bit_rate, error_correcting_mode, pages_tx, pages_rx, pages_in_file, x_resolution,
        y_resolution, width, length, image_size, encoding, bad_rows, longest_bad_row_run,
        error_correcting_mode_retries, current_status;
} t30_stats_t;
fax_state_t *fax_init(fax_state_t *s, int calling_party);
int fax_free(fax_state_t *s);
int fax_rx(fax_state_t *s, int16_t *amp, int len);
int fax_tx(fax_state_t *s, int16_t *amp, int max_len);
void fax_set_transmit_on_idle(fax_state_t *s, int transmit_on_idle);
t30_state_t *fax_get_t30_state(fax_state_t *s);
logging_state_t *fax_get_logging_state(fax_state_t *s);
logging_state_t *t30_get_logging_state(t30_state_t *s);
int span_log_set_level(logging_state_t *s, int level);
int t30_call_active(t30_state_t *s);
void t30_terminate(t30_state_t *s);
int t30_set_tx_ident(t30_state_t *s, const char *id);
const char *t30_get_rx_ident(t30_state_t *s);
const char *t30_get_rx_vendor(t30_state_t *s);
const char *t30_get_rx_model(t30_state_t *s);
int t30_set_tx_page_header_info(t30_state_t *s, const char *info);
void t30_set_rx_file(t30_state_t *s, const char *file, int stop_page);
void t30_set_tx_file(t30_state_t *s, const char *file, int start_page, int stop_page);
int t30_set_ecm_capability(t30_state_t *s, int enabled);
int t30_set_rx_encoding(t30_state_t *s, int encoding);
int t30_set_supported_modems(t30_state_t *s, int supported_modems);
int t30_set_supported_compressions(t30_state_t *s, int supported_compressions);
int t30_set_supported_resolutions(t30_state_t *s, int supported_resolutions);
int t30_set_supported_image_sizes(t30_state_t *s, int supported_image_sizes);
void t30_get_transfer_statistics(t30_state_t *s, void *t);
const char *t30_completion_code_to_str(int result);
const char *t30_frametype(uint8_t x);
typedef int t30_phase_handler_t(t30_state_t *s, void *user_data, int result);
typedef void t30_phase_e_handler_t(t30_state_t *s, void *user_data, int completion_code);
typedef void t30_real_time_frame_handler_t(
    t30_state_t *s, void *user_data, int direction, const uint8_t *msg, int len);
void t30_set_phase_d_handler(t30_state_t *s, t30_phase_handler_t *handler, void *user_data);
void t30_set_phase_e_handler(t30_state_t *s, t30_phase_e_handler_t *handler, void *user_data);
void t30_set_real_time_frame_handler(
    t30_state_t *s, t30_real_time_frame_handler_t *handler, void *user_data);

typedef struct tiff TIFF;
typedef void (*TIFFErrorHandler)(const char *module, const char *format, void *arguments);
TIFFErrorHandler TIFFSetErrorHandler(TIFFErrorHandler handler);
TIFFErrorHandler TIFFSetWarningHandler(TIFFErrorHandler handler);
TIFF *TIFFOpen(const char *name, const char *mode);
void TIFFClose(TIFF *tiff);
int TIFFReadDirectory(TIFF *tiff);
uint32_t TIFFNumberOfStrips(TIFF *tiff);
intptr_t TIFFStripSize(TIFF *tiff);
intptr_t TIFFReadEncodedStrip(TIFF *tiff, uint32_t strip, void *buffer, intptr_t size);
"""
"""What the worker calls, from the manual pages of the headers t30_api.h, fax.h and tiffio.h. The
functions of libtiff are those of the very libtiff that libspandsp is linked with."""

_MODEM_BITS: Final[dict[Modem, int]] = {"v27ter": 0x01, "v29": 0x02, "v17": 0x04}
_T4_1D: Final = 0x02
_T4_2D: Final = 0x04
_T6: Final = 0x08
_RESOLUTIONS: Final = 0x01 | 0x02 | 0x04 | 0x20000
"""Standard, fine and superfine, R8."""
_SIZES: Final = 0x01 | 0x02 | 0x04 | 0x10000 | 0x20000 | 0x40000 | 0x80000 | 0x100000
"""A4, B4 and A3 wide; A4, B4, letter, legal and unlimited long."""
_TIFF_T6: Final = 3
_STATISTICS_INTS: Final = 15


class Statistics(NamedTuple):
    """Figures of a transfer so far, as spandsp counts them."""

    bit_rate: int
    """bit/s."""
    ecm: bool
    pages_sent: int
    pages_received: int
    pages_in_file: int
    x_resolution: int
    """Pixels a metre."""
    y_resolution: int
    width: int
    rows: int
    octets: int
    encoding: int
    bad_rows: int
    longest_bad_row_run: int
    ecm_retries: int
    status: int


NO_STATISTICS: Final = Statistics(0, False, *(0,) * 13)

ffi: Any = cffi.FFI()
ffi.cdef(_DECLARATIONS)


class Spandsp:
    """The loaded library. DriverError says which package is missing or what is wrong with it."""

    def __init__(self, path: str = "") -> None:
        name = path or os.environ.get(VARIABLE, "") or SONAME
        try:
            self.lib: Any = ffi.dlopen(name)
        except OSError as exc:
            raise DriverError(f"fax needs the library {SONAME}: {REMEDY} ({exc})") from exc
        for function in ("fax_init", "t30_set_rx_encoding", "t30_set_supported_resolutions"):
            if not hasattr(self.lib, function):
                raise DriverError(
                    f"{name} is not spandsp 0.0.6 (it lacks {function}); fax needs {SONAME}: "
                    + REMEDY
                )
        self.has_statistics = self._written() == _STATISTICS_INTS * ffi.sizeof("int")

    def _written(self) -> int:
        """Octets that t30_get_transfer_statistics writes: it is given different backgrounds."""
        fax = self.lib.fax_init(ffi.NULL, 1)
        if fax == ffi.NULL:
            raise DriverError("libspandsp has no memory for a fax")
        room = 1024
        extent = 0
        for background in (b"\xa5", b"\x5a"):
            area = ffi.new("uint8_t[]", background * room)
            self.lib.t30_get_transfer_statistics(self.lib.fax_get_t30_state(fax), area)
            left = len(bytes(ffi.buffer(area)[0:room]).rstrip(background))
            extent = max(extent, left)
        self.lib.fax_free(fax)
        return extent


def _text(pointer: Any) -> str:
    """A string of the library's; what the far end may have put into it is made printable."""
    if pointer == ffi.NULL:
        return ""
    text: str = ffi.string(pointer, 256).decode("ascii", "replace")
    return "".join(c if " " <= c <= "~" else "?" for c in text).strip()


class FaxTerminal:
    """One fax terminal. Samples are 16 bits at 8000 Hz; handlers run inside ``exchange``."""

    def __init__(self, spandsp: Spandsp, calling: bool) -> None:
        self.has_statistics: Final = spandsp.has_statistics
        self._lib = spandsp.lib
        self._fax = self._lib.fax_init(ffi.NULL, int(calling))
        if self._fax == ffi.NULL:
            raise DriverError("libspandsp has no memory for a fax")
        self._t30 = self._lib.fax_get_t30_state(self._fax)
        for log in (
            self._lib.fax_get_logging_state(self._fax),
            self._lib.t30_get_logging_state(self._t30),
        ):
            self._lib.span_log_set_level(log, 0)
        self._lib.fax_set_transmit_on_idle(self._fax, 1)
        self._kept: list[Any] = []
        self.failure: BaseException | None = None
        """What a handler raised; handlers cannot raise through the library."""

    def configure(self, station_id: str, header: str, ecm: bool, modems: tuple[Modem, ...]) -> None:
        """Identification and capabilities (DIS, DCS)."""
        self._lib.t30_set_tx_ident(self._t30, station_id.encode("ascii"))
        self._lib.t30_set_tx_page_header_info(self._t30, header.encode("ascii"))
        self._lib.t30_set_ecm_capability(self._t30, int(ecm))
        self._lib.t30_set_supported_modems(self._t30, sum(_MODEM_BITS[m] for m in set(modems)))
        compressions = _T4_1D | _T4_2D | (_T6 if ecm else 0)
        self._lib.t30_set_supported_compressions(self._t30, compressions)
        self._lib.t30_set_supported_resolutions(self._t30, _RESOLUTIONS)
        self._lib.t30_set_supported_image_sizes(self._t30, _SIZES)

    def send_file(self, path: str, first: int, last: int) -> None:
        """Pages ``first`` to ``last``, counted from 0; ``last`` -1 for all."""
        self._lib.t30_set_tx_file(self._t30, os.fsencode(path), first, last)

    def receive_file(self, path: str) -> None:
        """Where pages go, written with T.6."""
        self._lib.t30_set_rx_encoding(self._t30, _TIFF_T6)
        self._lib.t30_set_rx_file(self._t30, os.fsencode(path), -1)

    def handlers(
        self,
        phase_d: Callable[[int], None],
        phase_e: Callable[[int], None],
        frame: Callable[[bool, bytes], None],
    ) -> None:
        """Whom to tell: page through, ended (completion code), each T.30 frame in and out."""

        def failed(_kind: Any, error: BaseException | None, _trace: Any) -> None:
            self.failure = error

        def keep(kind: str, function: Callable[..., Any], error: int | None) -> Any:
            made = ffi.callback(kind, function, error=error, onerror=failed)
            self._kept.append(made)
            return made

        def through(_t30: Any, _data: Any, result: int) -> int:
            phase_d(result)
            return 0

        def ended(_t30: Any, _data: Any, code: int) -> None:
            phase_e(code)

        def passed(_t30: Any, _data: Any, incoming: int, octets: Any, length: int) -> None:
            frame(bool(incoming), bytes(ffi.buffer(octets, max(0, length))))

        lib, t30, null = self._lib, self._t30, ffi.NULL
        lib.t30_set_phase_d_handler(t30, keep("t30_phase_handler_t", through, 0), null)
        lib.t30_set_phase_e_handler(t30, keep("t30_phase_e_handler_t", ended, None), null)
        seen = keep("t30_real_time_frame_handler_t", passed, None)
        lib.t30_set_real_time_frame_handler(t30, seen, null)

    def exchange(self, received: bytes) -> bytes:
        """PCM16 in, as many samples out; silence where the terminal has nothing to say."""
        samples = len(received) // 2
        line = ffi.new("int16_t[]", samples)
        ffi.memmove(line, received, 2 * samples)
        self._lib.fax_rx(self._fax, line, samples)
        made = max(0, self._lib.fax_tx(self._fax, line, samples))
        return bytes(ffi.buffer(line, 2 * made)) + bytes(2 * (samples - made))

    @property
    def active(self) -> bool:
        """False once T.30 came to its end."""
        return bool(self._lib.t30_call_active(self._t30))

    def terminate(self) -> None:
        """The call is gone: closes the files and calls phase E."""
        self._lib.t30_terminate(self._t30)

    def statistics(self) -> Statistics:
        """Figures so far; NO_STATISTICS where this library's cannot be read."""
        if not self.has_statistics:
            return NO_STATISTICS
        area = ffi.new("t30_stats_t *")
        self._lib.t30_get_transfer_statistics(self._t30, area)
        values = [int(v) for v in ffi.unpack(ffi.cast("int *", area), _STATISTICS_INTS)]
        return Statistics(values[0], bool(values[1]), *values[2:])

    def remote(self) -> tuple[str, str, str]:
        """Identification, vendor and model of the far end, "" for what it did not send."""
        return (
            _text(self._lib.t30_get_rx_ident(self._t30)),
            _text(self._lib.t30_get_rx_vendor(self._t30)),
            _text(self._lib.t30_get_rx_model(self._t30)),
        )

    def completion(self, code: int) -> str:
        """The text of a completion code of phase E."""
        return _text(self._lib.t30_completion_code_to_str(code))

    def frame_name(self, octet: int) -> str:
        """The name of a facsimile control field: DIS, MCF …"""
        return _text(self._lib.t30_frametype(octet))

    def close(self) -> None:
        """Free the terminal; nothing else may be called afterwards."""
        self._lib.fax_free(self._fax)


class _Complaints:
    """Counts what libtiff says, as long as it lives; its words would go to standard error."""

    def __init__(self, lib: Any) -> None:
        self._lib = lib
        self.errors = self.warnings = 0
        self._error = ffi.callback("TIFFErrorHandler", self._on_error)
        self._warning = ffi.callback("TIFFErrorHandler", self._on_warning)

    def __enter__(self) -> _Complaints:
        self._before = self._lib.TIFFSetErrorHandler(self._error)
        self._warned = self._lib.TIFFSetWarningHandler(self._warning)
        return self

    def __exit__(self, *_: object) -> None:
        self._lib.TIFFSetErrorHandler(self._before)
        self._lib.TIFFSetWarningHandler(self._warned)

    def _on_error(self, _module: Any, _format: Any, _arguments: Any) -> None:
        self.errors += 1

    def _on_warning(self, _module: Any, _format: Any, _arguments: Any) -> None:
        self.warnings += 1


def check_rows(spandsp: Spandsp, path: str, pages: Sequence[TiffPage]) -> None:
    """Have libtiff decode every row; LocalError names the first page that it cannot decode.

    With T.6 a row that does not fit spoils all below it, so what libtiff only warns of is damage;
    with T.4 the next row stands for itself, and files of received faxes have such rows.
    """
    lib = spandsp.lib
    with _Complaints(lib) as complaints:
        tiff = lib.TIFFOpen(os.fsencode(path), b"r")
        if tiff == ffi.NULL:
            raise LocalError(f"{path}: libtiff cannot read it; the file is damaged")
        try:
            for number, page in enumerate(pages, 1):
                _check_strips(lib, tiff, f"{path}: page {number}", page, complaints)
                if lib.TIFFReadDirectory(tiff) != int(number < len(pages)):
                    raise LocalError(f"{path}: page {number + 1} cannot be read: it is damaged")
        finally:
            lib.TIFFClose(tiff)


def _check_strips(lib: Any, tiff: Any, place: str, page: TiffPage, complaints: _Complaints) -> None:
    complaints.errors = complaints.warnings = 0
    room = lib.TIFFStripSize(tiff)
    if not 0 < room <= page.rows * page.width:
        raise LocalError(f"{place}: a strip of {room} octets; the file is damaged")
    area = ffi.new("uint8_t[]", room)
    for strip in range(lib.TIFFNumberOfStrips(tiff)):
        read = lib.TIFFReadEncodedStrip(tiff, strip, area, room)
        damage = complaints.errors + (complaints.warnings if page.compression == "T.6" else 0)
        if read < 0 or damage:
            raise LocalError(f"{place}: it cannot be decoded; the file is damaged: make it again")
