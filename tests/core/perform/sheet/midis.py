"""MIDI files made for the tests of sheet music."""

import io

import mido

NOTE = tuple[float, float, int]  # onset and length in beats, MIDI pitch


def midi_of(*tracks: list[NOTE], names=(), programs=(), meter=None, key=None, bpm=120, ticks=480,
            channels=()) -> bytes:
    """A file of these tracks."""
    midi = mido.MidiFile(ticks_per_beat=ticks)
    head = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))])
    if meter:
        head.append(mido.MetaMessage("time_signature", numerator=meter[0], denominator=meter[1]))
    if key:
        head.append(mido.MetaMessage("key_signature", key=key))
    midi.tracks.append(head)
    for number, notes in enumerate(tracks):
        channel = channels[number] if number < len(channels) else number
        events = [(round(on * ticks), 1, pitch) for on, _, pitch in notes]
        events += [(round((on + length) * ticks), 2 if length == 0 else 0, pitch) for on, length, pitch in notes]
        track = mido.MidiTrack()
        if number < len(names):
            track.append(mido.MetaMessage("track_name", name=names[number]))
        if number < len(programs):
            track.append(mido.Message("program_change", program=programs[number], channel=channel))
        now = 0
        for at, on, pitch in sorted(events):
            track.append(mido.Message("note_on", note=pitch, velocity=80 * (on == 1), time=at - now, channel=channel))
            now = at
        midi.tracks.append(track)
    file = io.BytesIO()
    midi.save(file=file)
    return file.getvalue()


def scale(*pitches: int, length: float = 1.0) -> list[NOTE]:
    """Pitches one after the other."""
    return [(i * length, length, pitch) for i, pitch in enumerate(pitches)]


def block(onset: float, length: float, *pitches: int) -> list[NOTE]:
    """A chord."""
    return [(onset, length, pitch) for pitch in pitches]
