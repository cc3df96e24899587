"""Every figure the README claims, reproducible: ``python -m benchmarks NAME ...``."""
