"""The bench: cables, exchange, telephones, peers."""
