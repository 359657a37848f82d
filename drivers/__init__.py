"""One folder a board family, found by entry point."""
