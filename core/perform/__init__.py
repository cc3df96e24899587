"""Song -> what you keep: MIDI, sound, cover."""
