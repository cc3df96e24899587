"""Sound -> notes: what was sung, in seconds and fractional pitch."""
