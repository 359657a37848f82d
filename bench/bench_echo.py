"""Line echo cancellers: channel-seconds per CPU second beside spandsp's echo_can."""

from __future__ import annotations

import pathlib

from harness import ROOT, Result, bench, build_c, compare, run


def program() -> pathlib.Path:
    """The C program that runs either; libspandsp-dev is needed."""
    native = ROOT / "native" / "src"
    sources = [native / "echo.c", native / "tone.c", native / "g711.c"]
    peer = ROOT / "bench" / "echo_peer.c"
    return build_c("echo_peer", [peer, *sources], ["spandsp", "m"], "libspandsp-dev")


def rate(kind: str, channels: int, tail_ms: int) -> float:
    return float(run([program(), kind, str(channels), str(tail_ms)]))


def beside_spandsp(tail_ms: int) -> list[Result]:
    """A span of 32 channels, by vectors and in plain C."""
    peer = rate("spandsp", 8, tail_ms)
    unit = "channel-seconds/CPU s"
    return [
        compare(
            f"echo_{tail_ms}ms{suffix}",
            ours=rate(kind, 32, tail_ms),
            peer=peer,
            peer_name="spandsp echo_can",
            unit=unit,
        )
        for kind, suffix in (("ours", ""), ("plain", "_plain_c"))
    ]


@bench("echo_16ms")
def echo_16ms() -> list[Result]:
    return beside_spandsp(16)


@bench("echo_64ms")
def echo_64ms() -> list[Result]:
    return beside_spandsp(64)


@bench("echo_128ms")
def echo_128ms() -> list[Result]:
    return beside_spandsp(128)


@bench("echo_scale")
def echo_scale() -> list[Result]:
    """64 ms: each channel's cost with 32 to 1,920 channels, beside that with 32."""
    one = rate("ours", 32, 64)
    return [
        compare(
            f"echo_{channels}_channels",
            ours=rate("ours", channels, 64),
            peer=one,
            peer_name="32 channels",
            unit="channel-seconds/CPU s",
        )
        for channels in (480, 1920)
    ]
