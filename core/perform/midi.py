"""A song as a Standard MIDI File, and a melody out of anybody's."""

import io
import itertools
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import BadMusic, TooLarge, TooLong, Unreadable
from core.music import MAX_BPM, MIN_BPM, PITCH_BEND, Key, Melody, Meter, Note, Song, Track

if TYPE_CHECKING:
    import mido
    import pretty_midi

TICKS_PER_BEAT = 480
DRUM_CHANNEL = 9
_LEVEL_AT_0_DB = 100  # controller 7, so that a track can be raised by 4 dB
MAX_MIDI_BYTES = 400_000  # of three bytes an event at least: some 0.5 s of reading at most
_MAX_SECONDS = 3_600.0


# -- out -----------------------------------------------------------------------------------------------


def song_to_midi(song: Song) -> bytes:
    """The song as MIDI: tempo, time and key signature, one named track a player. Same song, same bytes."""
    file = io.BytesIO()
    song_to_pretty_midi(song).write(file)
    return file.getvalue()


def song_to_pretty_midi(song: Song) -> "pretty_midi.PrettyMIDI":
    """The same as an object; every pitch of a track sounds once at a time, nothing starts before 0."""
    import pretty_midi

    midi = pretty_midi.PrettyMIDI(resolution=TICKS_PER_BEAT, initial_tempo=song.bpm)
    midi.time_signature_changes.append(pretty_midi.TimeSignature(song.meter.numerator, song.meter.denominator, 0))
    midi.key_signature_changes.append(pretty_midi.KeySignature(song.key.tonic_pc + 12 * song.key.is_minor, 0))
    if song.slowing:  # pretty_midi has a public way only to read a tempo map
        tick_s = 60.0 / song.bpm / TICKS_PER_BEAT
        scales = [(round(at * TICKS_PER_BEAT), tick_s / share) for at, share in song.slowing]
        midi._tick_scales += scales
        midi._update_tick_to_time(round(song.end_beats * TICKS_PER_BEAT) + 1)
    for track in song.tracks:
        player = pretty_midi.Instrument(track.program, track.is_drum, track.role)
        player.control_changes = [pretty_midi.ControlChange(*change, 0) for change in controllers(track)]
        for control in track.controls:
            at = song.seconds(control.onset_beats)
            if control.number == PITCH_BEND:
                player.pitch_bends.append(pretty_midi.PitchBend(control.value, at))
            else:
                player.control_changes.append(pretty_midi.ControlChange(control.number, control.value, at))
        player.notes = [
            pretty_midi.Note(note.velocity, note.pitch, song.seconds(note.onset_beats), song.seconds(note.end_beats))
            for note in playable(track.notes)
        ]
        midi.instruments.append(player)
    return midi


def controllers(track: Track) -> tuple[tuple[int, int], ...]:
    """(number, value) of a track's level, place and room."""
    level = _controller(_LEVEL_AT_0_DB * 10 ** (track.volume_db / 40))
    return (7, level), (10, _controller(64 + 63.5 * track.pan)), (91, _controller(127 * track.reverb))


def _controller(value: float) -> int:
    return max(0, min(127, round(value)))


def playable(notes: Iterable[Note]) -> list[Note]:
    """Notes as one instrument can play them, in order of onset.

    Onsets before 0 are moved there. A pitch struck again ends at its new onset; of two at the same
    moment the louder and longer one stays. Every note lasts at least one tick.
    """
    played: list[Note] = []
    last_of: dict[int, int] = {}  # pitch: index of its last note
    for note in sorted(map(_on_ticks, notes), key=lambda n: (n.onset_beats, n.pitch, n.duration_beats, n.velocity)):
        before = last_of.get(note.pitch)
        if before is not None and played[before].end_beats > note.onset_beats:
            previous = played[before]
            if previous.onset_beats == note.onset_beats:
                played[before] = replace(note, velocity=max(previous.velocity, note.velocity))
                continue
            ticks = round((note.onset_beats - previous.onset_beats) * TICKS_PER_BEAT)  # a difference is no exact tick
            played[before] = replace(previous, duration_beats=ticks / TICKS_PER_BEAT)
        last_of[note.pitch] = len(played)
        played.append(note)
    return played


def _on_ticks(note: Note) -> Note:
    """The note with its times on MIDI's ticks, at least one long, and a velocity that sounds."""
    onset = round(max(0.0, note.onset_beats) * TICKS_PER_BEAT)
    end = max(onset + 1, round(note.end_beats * TICKS_PER_BEAT))
    velocity = max(1, min(127, note.velocity))
    return Note(onset / TICKS_PER_BEAT, (end - onset) / TICKS_PER_BEAT, note.pitch, velocity)


# -- in ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Voice:
    """One channel of one track of somebody's MIDI file."""

    name: str
    program: int
    notes: tuple[Note, ...]


def melody_from_midi(data: bytes) -> Melody:
    """The tune of any MIDI file: its named melody track, else the one most like a melody.

    Beat 0 is the bar line at or before the first note. Where the file states no key it is C major.
    Raises Unreadable, TooLarge, TooLong, BadMusic; reading takes less than a second whatever the bytes.
    """
    midi = _parse(data)
    voices = [voice for track in midi.tracks for voice in _voices(track, midi.ticks_per_beat)]
    if not voices:
        raise BadMusic(reason="there is no note in it")
    voice = max(voices, key=_melodiousness)
    notes = skyline(voice.notes)
    meter, key, bpm, squeeze = _signatures(midi, notes)
    notes = tuple(
        replace(n, onset_beats=n.onset_beats * squeeze, duration_beats=n.duration_beats * squeeze) for n in notes
    )
    start = math.floor(notes[0].onset_beats / meter.bar_beats + 1e-6) * meter.bar_beats
    notes = tuple(replace(note, onset_beats=max(0.0, note.onset_beats - start)) for note in notes)
    if notes[-1].end_beats * 60 / bpm > _MAX_SECONDS:
        raise TooLong(limit_s=_MAX_SECONDS)
    return Melody(notes, bpm, key, meter)


def _parse(data: bytes) -> "mido.MidiFile":
    """Read the file. mido and not pretty_midi, which wants a table of every tick up to the last."""
    import mido

    if not data.startswith(b"MThd"):
        raise Unreadable("I cannot read this file as MIDI. Please send a .mid file.")
    if len(data) > MAX_MIDI_BYTES:
        raise TooLarge("This MIDI file is larger than 400 kB. Please send a shorter piece of it.")
    try:
        midi = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except Exception as error:  # mido raises whatever a broken byte leads it to
        raise Unreadable("This MIDI file is damaged. Please export it again.") from error
    if midi.ticks_per_beat <= 0:
        raise BadMusic(reason="its times are film frames instead of beats")
    return midi


def _voices(track: "mido.MidiTrack", ticks_per_beat: int) -> list[_Voice]:
    """The melodic channels of a track that hold notes. Notes of no length, or never ended, are dropped."""
    name, tick = "", 0
    programs: dict[int, int] = {}
    sounding: dict[tuple[int, int], tuple[int, int]] = {}
    notes: dict[int, list[Note]] = {}
    for message in track:
        tick += message.time
        if message.type == "track_name":
            name = name or message.name
        elif message.type == "program_change":
            programs.setdefault(message.channel, message.program)
        elif message.type in ("note_on", "note_off") and message.channel != DRUM_CHANNEL:
            at = (message.channel, message.note)
            if at in sounding:
                onset, velocity = sounding.pop(at)
                if tick > onset:
                    notes.setdefault(message.channel, []).append(
                        Note(onset / ticks_per_beat, (tick - onset) / ticks_per_beat, message.note, velocity)
                    )
            if message.type == "note_on" and message.velocity:
                sounding[at] = (tick, message.velocity)
    return [
        _Voice(name, programs.get(channel, 0), tuple(sorted(found, key=lambda n: (n.onset_beats, -n.pitch))))
        for channel, found in notes.items()
    ]


_MELODY_NAME = re.compile(r"melod|vocal|voice|lead|sing|tune|solo|canto|cantus|soprano|theme", re.IGNORECASE)
_OTHER_NAME = re.compile(r"bass|chord|drum|perc|pad|back|harmon|accomp|comp|guitar r|rhythm|left", re.IGNORECASE)


def _melodiousness(voice: _Voice) -> float:
    """How much a voice is like a tune: its name, one note at a time, in a singer's range, going somewhere.

    The features are those of Madsen & Widmer 2007 ("Towards a computational model of melody
    identification in polyphonic music") that need no training.
    """
    line = skyline(voice.notes)
    span = max(note.end_beats for note in voice.notes) - voice.notes[0].onset_beats
    covered = sum(note.duration_beats for note in line) / max(span, 1e-9)
    monophony = len(line) / len(voice.notes)
    mean_pitch = sum(note.pitch for note in line) / len(line)
    variety = len({note.pitch for note in line}) / min(len(line), 8)
    named = 3.0 * bool(_MELODY_NAME.search(voice.name)) - 2.0 * bool(_OTHER_NAME.search(voice.name))
    bass = 32 <= voice.program <= 39 or mean_pitch < 48
    return (
        named
        + 1.5 * monophony
        + min(1.0, len(line) / 16)
        + min(1.0, variety)
        + 0.5 * min(1.0, covered)
        - abs(mean_pitch - 69) / 24
        - 1.5 * bass
    )


def skyline(notes: Iterable[Note]) -> tuple[Note, ...]:
    """One line out of many notes: the top one of each onset, until the next (Uitdenbogerd & Zobel 1998).

    A lower note that begins under a held one is accompaniment and is left out, unless the held one is
    nearly over.
    """
    line: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.onset_beats, -n.pitch)):
        if line and note.onset_beats < line[-1].end_beats - 1e-6:
            last = line[-1]
            overlap = last.end_beats - note.onset_beats
            if note.onset_beats - last.onset_beats < 0.03 or (note.pitch < last.pitch and overlap > 0.25):
                continue
            line[-1] = replace(last, duration_beats=note.onset_beats - last.onset_beats)
        line.append(note)
    return tuple(line)


def _signatures(midi: "mido.MidiFile", notes: tuple[Note, ...]) -> tuple[Meter, Key, float, float]:
    """(meter, key, bpm, factor for the beats): the first meter and key stated, and the tempo that holds
    longest under the melody, folded by octaves into what a band can play. Raises BadMusic."""
    meter, key = None, None
    tempos: list[tuple[float, float]] = []
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "time_signature" and meter is None:
                meter = _meter(message.numerator, message.denominator)
            elif message.type == "key_signature" and key is None:
                key = Key.parse(message.key.removesuffix("m") + (" minor" if message.key.endswith("m") else " major"))
            elif message.type == "set_tempo":
                tempos.append((tick / midi.ticks_per_beat, 60_000_000 / max(1, message.tempo)))
    bpm, squeeze = _main_tempo(tempos, notes[0].onset_beats, notes[-1].end_beats), 1.0
    stated = bpm
    for _ in range(2):
        if bpm > MAX_BPM:
            bpm, squeeze = bpm / 2, squeeze / 2
        elif bpm < MIN_BPM:
            bpm, squeeze = bpm * 2, squeeze * 2
    if not MIN_BPM <= bpm <= MAX_BPM:
        raise BadMusic(reason=f"nobody can play its tempo of {stated:,.0f} beats a minute")
    return meter or Meter(), key or Key(), bpm, squeeze


def _meter(numerator: int, denominator: int) -> Meter:
    return Meter(numerator, denominator) if 1 <= numerator <= 24 and denominator in (1, 2, 4, 8, 16) else Meter()


def _main_tempo(tempos: list[tuple[float, float]], start: float, end: float) -> float:
    """The tempo that covers most beats of start..end; 120, as MIDI has it, where none is stated. Where none covers
    half of them, the tempo follows a player: then the middle one."""
    changes = [(-math.inf, 120.0), *sorted(tempos), (math.inf, 0.0)]
    beats: dict[float, float] = {}
    for (onset, bpm), (until, _) in itertools.pairwise(changes):
        beats[bpm] = beats.get(bpm, 0.0) + max(0.0, min(until, end) - max(onset, start))
    longest = max(beats, key=lambda bpm: beats[bpm])
    half = sum(beats.values()) / 2
    if beats[longest] >= half:
        return longest
    slowest_first = sorted(beats)
    so_far = itertools.accumulate(beats[bpm] for bpm in slowest_first)
    return next(bpm for bpm, covered in zip(slowest_first, so_far, strict=True) if covered >= half)
