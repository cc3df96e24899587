"""Genres as data: one TOML file each."""
