"""What every board is: model, events, clocks, addresses, capture."""
