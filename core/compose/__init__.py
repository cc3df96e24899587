"""Melody -> a song: chords, form, band."""
