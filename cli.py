"""The command ``trunkd``."""

from __future__ import annotations

import click

from . import __version__


@click.group()
@click.version_option(__version__, prog_name="trunkd")
def main() -> None:
    """Drive telephony voice boards."""
