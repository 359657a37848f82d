"""trunkd: driver and daemon for telephony voice boards."""

__version__ = "0.1.0"
