"""The words users read."""
