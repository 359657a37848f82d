"""Run the command: ``python -m trunkd``."""

from .cli import main

main()
