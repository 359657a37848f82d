"""SMDI (Telcordia GR-283-CORE): what an exchange and a message desk tell each other of calls."""
