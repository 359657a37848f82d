"""Analog lines: what passes over two wires besides speech."""
