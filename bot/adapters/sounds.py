"""What a file is by the type and name a chat gives it. What it really is, its bytes tell later."""

MIDI_TYPES = frozenset({"audio/midi", "audio/x-midi", "audio/mid", "audio/sp-midi", "application/x-midi"})
SOUND_TYPES = frozenset({"application/ogg", "video/mp4", "video/webm", "video/quicktime", "video/x-matroska"})
SOUND_NAMES = (".ogg", ".oga", ".opus", ".mp3", ".wav", ".flac", ".m4a", ".aac", ".amr", ".mka", ".webm", ".mp4",
               ".mov")


def is_midi(mime_type: str | None, name: str | None) -> bool:
    """A MIDI file: notes, not sound, although its type says ``audio/``."""
    return (mime_type or "").lower() in MIDI_TYPES or (name or "").lower().endswith((".mid", ".midi"))


def is_sound(mime_type: str | None, name: str | None) -> bool:
    """A recording sent as a file."""
    mime_type = (mime_type or "").lower().split(";")[0]
    if is_midi(mime_type, name):
        return False
    return mime_type.startswith("audio/") or mime_type in SOUND_TYPES or (name or "").lower().endswith(SOUND_NAMES)
