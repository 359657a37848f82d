"""Channel-associated signalling: R2, E&M and other robbed-bit or TS16 line signalling."""
