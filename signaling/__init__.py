"""Sans-I/O signalling engines."""
