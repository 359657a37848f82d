"""FSK reception and modem tone detection beside spandsp: channel-seconds per CPU second.

One C program drives both on the same signals of 30 channels, in blocks of 20 ms. Ours runs with
vector instructions and in plain C; the plain rows stand beside the same peer.
"""

from __future__ import annotations

from harness import ROOT, BenchError, Result, bench, build_c, compare, run

SECONDS = "2"
UNIT = "channel-s/CPU-s"


def compared(name: str, what: str) -> list[Result]:
    source = ROOT / "native/src"
    sources = [ROOT / "bench" / "fsk_peer.c", *sorted(source.glob("fsk_*.c"))]
    sources.append(source / "modem_tones.c")
    program = build_c("fsk_peer", sources, ["spandsp", "m"], "libspandsp-dev")
    lines = [line.split() for line in run([program, what, SECONDS]).splitlines()]
    speed = {line[0]: float(line[1]) for line in lines}
    found = {line[0]: float(line[2]) for line in lines}
    if found["vector"] != found["plain"] or not found["vector"]:
        raise BenchError(f"{name}: vector and plain code found {found}, which must be the same")
    peer = speed["spandsp"]
    return [
        compare(name + suffix, ours=speed[kind], peer=peer, peer_name="spandsp", unit=UNIT)
        for suffix, kind in (("", "vector"), ("_plain", "plain"))
    ]


@bench("fsk")
def fsk() -> list[Result]:
    """V.23 at -13.5 dBm0, characters without a pause, to octets; spandsp only to bits."""
    return compared("fsk", "fsk")


@bench("modem_tones")
def modem_tones() -> list[Result]:
    """CNG, CED, ANSam with and without reversals; spandsp with a detector for each kind of tone."""
    return compared("modem_tones", "tones")
