"""HDLC encode and decode beside libosmocore's osmo_isdnhdlc: one C program drives both."""

from __future__ import annotations

from harness import ROOT, Result, bench, build_c, compare, run

BLOCK = "160"
"""Octets a call: 20 ms of a timeslot, what the users of osmo_isdnhdlc hand it."""
SECONDS = "2"


def measure(what: str) -> tuple[float, float]:
    """MB/s of ours and of the peer's."""
    sources = [ROOT / "bench" / "hdlc_peer.c", *sorted((ROOT / "native/src").glob("hdlc*.c"))]
    program = build_c("hdlc_peer", sources, ["osmocore"], "libosmocore-dev")
    ours, peer = map(float, run([program, what, BLOCK, SECONDS]).split())
    return ours, peer


def compared(name: str, what: str) -> Result:
    ours, peer = measure(what)
    return compare(name, ours=ours, peer=peer, peer_name="libosmocore osmo_isdnhdlc", unit="MB/s")


@bench("hdlc_frames")
def hdlc_frames() -> Result:
    """Random frames of 4 to 264 octets, encoded and decoded; octets of frames."""
    return compared("hdlc_frames", "frames")


@bench("hdlc_setups")
def hdlc_setups() -> Result:
    """SETUPs of 43 octets: the peer's bit by bit branches are foretold better than on random."""
    return compared("hdlc_setups", "setups")


@bench("hdlc_idle")
def hdlc_idle() -> Result:
    """Flags without frames, made and read; octets of the line."""
    return compared("hdlc_idle", "idle")
