"""Recordings: the library writes bare octets into a file of ours.

In the end the sound is appended to the target's data, and its header's lengths are set.
"""

from __future__ import annotations

import os
import struct
from typing import Final

from ..board.record import RecordTarget


class Recording:
    """One that is under way. ``target`` None: octets for ``recorded``. ``header``: octets that the
    library puts before the sound where it writes a RIFF file."""

    def __init__(
        self,
        path: str,
        tag: int,
        octets_a_sample: int,
        target: RecordTarget | None,
        header: int = 0,
    ) -> None:
        self.path: Final = path
        self.serial = 0
        self.tag: Final = tag
        self.octets_a_sample: Final = octets_a_sample
        self.octets = b""
        self._header: Final = header
        self._target: Final = target
        self._fd: Final = os.dup(target.fd) if target is not None else -1

    def finish(self) -> tuple[int, str]:
        """Samples recorded, and what went wrong with the file; the library's file is deleted."""
        try:
            with open(self.path, "rb") as file:
                skipped = self._header if file.read(4) == b"RIFF" else 0
                file.seek(skipped)
                if self._target is None:
                    self.octets = file.read()
                    return len(self.octets), ""
                return self._append(file.fileno(), skipped) // self.octets_a_sample, ""
        except FileNotFoundError:
            return 0, f"the library wrote no file: look at {os.path.dirname(self.path)}"
        except OSError as exc:
            name = self._target.path if self._target is not None else self.path
            return 0, f"{name}: {exc.strerror}"
        finally:
            if self._fd >= 0:
                os.close(self._fd)
            if os.path.exists(self.path):
                os.unlink(self.path)

    def _append(self, source: int, skipped: int) -> int:
        target = self._target
        assert target is not None
        size = max(0, os.fstat(source).st_size - skipped)
        size -= size % self.octets_a_sample
        at = target.data_start + target.data_octets
        done = 0
        while done < size:
            octets = os.pread(source, min(1 << 20, size - done), skipped + done)
            if not octets:
                break
            done += os.pwrite(self._fd, octets, at + done)
        self._lengths(target, target.data_octets + done)
        return done

    def _lengths(self, target: RecordTarget, octets: int) -> None:
        end = target.data_start + octets
        if octets & 1:
            os.pwrite(self._fd, b"\0", end)
            end += 1
        samples = octets // (self.octets_a_sample * target.channels)
        for at, value in (
            (target.riff_size_at, end - 8),
            (target.data_size_at, octets),
            (target.fact_count_at, samples),
        ):
            if at >= 0:
                os.pwrite(self._fd, struct.pack("<I", value), at)
