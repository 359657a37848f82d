"""A spectrogram as a PNG: time to the right, 0 to 4 kHz upwards, what was found above it."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

from .instruments_kind import RATE, Found

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Image = npt.NDArray[np.uint8]

WINDOW = 256
HEIGHT = WINDOW // 2
STRIP = 20
"""Rows above a spectrogram for what was found in it."""
WIDEST = 4000
BLACK, GREY, GREEN, WHITE = (16, 16, 24), (70, 70, 90), (60, 200, 110), (240, 240, 240)
PALETTE = (
    (0, 0, 20),
    (40, 10, 110),
    (150, 30, 120),
    (230, 90, 60),
    (250, 190, 60),
    (255, 255, 220),
)
GLYPHS = {
    "0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711", "5": "74717",
    "6": "74757", "7": "71122", "8": "75757", "9": "75717", "A": "25755", "B": "65656",
    "C": "34443", "D": "65556", "E": "74647", "F": "74644", "K": "55655", "S": "34216",
    "*": "05250", "#": "57575", "s": "03636",
}  # fmt: skip
"""Five rows of three pixels each, an octal digit a row."""


def _write(image: Image, text: str, top: int, left: int, colour: tuple[int, int, int]) -> None:
    """Text of GLYPHS; what is not there is left out, what goes over the edge cut off."""
    for sign in text:
        for y, row in enumerate(GLYPHS.get(sign, "")):
            for x in range(3):
                inside = top + y < image.shape[0] and left + x < image.shape[1]
                if int(row) & 4 >> x and inside:
                    image[top + y, left + x] = colour
        left += 4


def _spectrogram(samples: Any, width: int, step: float) -> Image:
    """HEIGHT rows, 4 kHz on top; -70 to 0 dBm0 from dark to light."""
    import numpy as np

    padded = np.concatenate([np.zeros(WINDOW // 2), samples, np.zeros(WINDOW)])
    starts = (np.arange(width) * step).astype(np.int64)
    blocks = padded[starts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(blocks, axis=1)[:, :HEIGHT]) ** 2
    # A sine of peak 22827 is 0 dBm0 and gives peak * WINDOW / 4 in its bin.
    level = 10 * np.log10(power / (22827 * WINDOW / 4) ** 2 + 1e-12)
    shade = np.clip((level + 70) / 70, 0, 1) * (len(PALETTE) - 1)
    colours = np.array(PALETTE, float)
    image = np.stack(
        [np.interp(shade, np.arange(len(PALETTE)), colours[:, c]) for c in range(3)], axis=-1
    )
    return image.transpose(1, 0, 2)[::-1].astype(np.uint8)


def _draw(samples: Any, found: list[Found]) -> Image:
    """One channel: a strip of what was found, its spectrogram, a rule of seconds."""
    import numpy as np

    width = max(1, min(WIDEST, len(samples) // 16))
    step = max(1.0, len(samples) / width)
    seconds = step / RATE
    strip = np.full((STRIP, width, 3), BLACK, np.uint8)
    for f in found:
        first, last = int(f.start / seconds), int(f.end / seconds) + 1
        strip[STRIP - 6 : STRIP - 1, first:last] = GREEN
        _write(strip, f.value, 4, first, WHITE)
    rule = np.full((12, width, 3), BLACK, np.uint8)
    every = next(n for n in (0.1, 0.5, 1, 5, 10, 60, 600, 1e9) if n / seconds >= 40)
    for mark in range(int(width * seconds / every) + 1):
        at = int(mark * every / seconds)
        rule[:3, at : at + 1] = WHITE
        if float(mark * every).is_integer():
            _write(rule, f"{int(mark * every)}s", 5, at, GREY)
    return np.vstack([strip, _spectrogram(samples, width, step), rule])


def png(image: Image) -> bytes:
    """An RGB image of (rows, columns, 3) as a PNG file."""
    rows, columns = image.shape[:2]
    lines = b"".join(b"\0" + row.tobytes() for row in image)
    out = b"\x89PNG\r\n\x1a\n"
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines, 6)),
        (b"IEND", b""),
    ):
        out += struct.pack(">I", len(data)) + name + data
        out += struct.pack(">I", zlib.crc32(name + data))
    return out


def picture(channels: list[Any], rows: list[tuple[Found, int | None]]) -> bytes:
    """A PNG of all channels, one below the other."""
    import numpy as np

    drawn = [
        _draw(samples, [found for found, channel in rows if channel in (None, number)])
        for number, samples in enumerate(channels, 1)
    ]
    return png(np.vstack(drawn))
