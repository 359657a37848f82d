"""The simulated board."""


class SimDriver:
    """Placeholder until the driver lands in this folder."""
