"""The lines for finished recordings: to the notes in them, and from a voice to a piano."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.music import Chord, Key, Melody, Meter, Note, SungNote, Track
from core.studio.instruments import KEYBOARDS, PIANO
from core.studio.source import MIN_VOICE_S, Progress, Source, all_or_nothing, silent
from core.theory import GM_PROGRAMS

if TYPE_CHECKING:
    from core.audio import Sound
    from core.understand.pulse import Pulse

MAX_RECORDING_S = 600.0
MAX_RECORDING_MB = 120.0  # ten minutes of stereo WAV; a chat refuses more than 20 MB before it asks us
LOUDEST_VELOCITY = 106
TAIL_S = 1.5              # what is played rings on so long


@dataclass(frozen=True)
class Transcription:
    """The notes of a recording.

    ``notes`` are in seconds, by onset: whole pitches, ``confidence`` how sure each is, ``loudness_db``. ``hands``
    has one of "right hand", "left hand" for each. ``beats_s[i]`` is when beat i (a quarter) is: beat 0 is a bar line
    at 0.0 s, and the beats before the music begins may be of another length, so that its own bar lines fall right.
    ``meter`` holds until the first of ``changes``, (beat, the meter from that bar line on).
    ``pedal`` has (down, up) in seconds. ``programs`` are the General MIDI programs of the right and the left hand.
    """

    notes: tuple[SungNote, ...]
    hands: tuple[str, ...]
    beats_s: tuple[float, ...]
    bpm: float
    meter: Meter
    key: Key
    duration_s: float
    pedal: tuple[tuple[float, float], ...] = ()
    programs: tuple[int, int] = (PIANO, PIANO)
    warnings: tuple[str, ...] = ()
    changes: tuple[tuple[float, Meter], ...] = ()

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The hands that play, or the two instruments that play their parts, in beats, as performed (on no grid)."""
        from core.understand.hands import HANDS
        from core.understand.pulse import Pulse

        pulse = Pulse(self.beats_s, self.meter, self.bpm)
        velocities = _velocities(self.notes)
        rows = list(zip(self.notes, self.hands, velocities, strict=True))
        parts = [(hand, program, tuple(_in_beats(note, velocity, pulse) for note, of, velocity in rows if of == hand))
                 for hand, program in zip(HANDS, self.programs, strict=True) if hand in self.hands]
        if self.is_piano:
            return tuple(Track(hand, program, notes) for hand, program, notes in parts)
        if len(set(self.programs)) == 1:  # one player of another instrument
            together = sorted((note for *_, notes in parts for note in notes), key=lambda n: n.onset_beats)
            parts = [("", self.programs[0], tuple(together))] if together else []
        return tuple(Track(GM_PROGRAMS[program].capitalize(), program, notes) for _, program, notes in parts)

    @property
    def is_piano(self) -> bool:
        """Whether both hands are on a keyboard."""
        return all(program in KEYBOARDS for program in self.programs)


@dataclass(frozen=True)
class PianoTake:
    """A voice as a piano, and its files. ``followed`` is "voice", or "mix" where a lead line was followed."""

    mp3: Path
    midi: Path
    picture: Path
    notes: tuple[SungNote, ...]
    followed: str = "voice"
    warnings: tuple[str, ...] = ()


def transcribe(source: Source, *, programs: tuple[int, int] = (PIANO, PIANO),
               progress: Progress = silent) -> Transcription:
    """All notes of a recording of any instruments, with its tempo, bars, key, hands and pedal.

    ``programs`` is who shall play its upper and lower part. Raises HumbandError.
    """
    from core.hear.polyphonic import hear_polyphony
    from core.understand.hands import split_hands
    from core.understand.pedal import find_pedal
    from core.understand.pulse import find_pulse

    progress("reading", 0.0)
    sound = read_recording(source, 22_050)
    notes = hear_polyphony(sound, progress=_within(progress, "hearing", 0.05, 0.85))
    progress("understanding", 0.86)
    pulse = find_pulse(notes)
    hands = split_hands(notes)
    pedal = find_pedal(notes, hands) if all(program in KEYBOARDS for program in programs) else ()
    return Transcription(notes, hands, pulse.beats_s, pulse.bpm, pulse.meter, _key(notes, pulse), sound.duration_s,
                         pedal, programs, changes=pulse.changes)


def write_transcription(source: Source, folder: Path, name: str, *, programs: tuple[int, int] = (PIANO, PIANO),
                        listen: bool = False, progress: Progress = silent) -> Path:
    """Transcribe a recording into NAME.mid: a track a hand, or an instrument, with a tempo map that follows it.

    With ``listen`` also NAME.mp3, what was written played. Raises HumbandError.
    """
    heard = transcribe(source, programs=programs, progress=progress)
    midi = transcription_midi(heard)
    with all_or_nothing(folder) as draft:
        (draft / f"{name}.mid").write_bytes(midi)
        if listen:
            progress("performing", 0.9)
            _write_played(midi, heard.duration_s, name, draft / f"{name}.mp3")
        progress("writing", 0.95)
    progress("done", 1.0)
    return folder / f"{name}.mid"


def _write_played(midi: bytes, duration_s: float, title: str, path: Path) -> None:
    from core.audio import write_mp3
    from core.perform.pianist import in_a_room
    from core.perform.synth import SAMPLE_RATE, band

    write_mp3(in_a_room(band().render(midi, duration_s + TAIL_S)), SAMPLE_RATE, path,
              tags={"title": f"{title} (transcribed)", "artist": "Humband"})


def transcription_midi(heard: Transcription) -> bytes:
    """A transcription as a MIDI file."""
    from core.perform.timed_midi import timed_midi
    from core.understand.pulse import Pulse

    pulse = Pulse(heard.beats_s, heard.meter, heard.bpm)
    pedal = [(down, up) for down, up in (pulse.beats_at(press).tolist() for press in heard.pedal)]
    return timed_midi(heard.tracks, heard.beats_s, heard.meter, heard.key, bpm=heard.bpm, pedal=pedal,
                      changes=heard.changes)


def dominant_melody(source: Source, *, progress: Progress = silent) -> tuple[SungNote, ...]:
    """The lead line of a full mix, in seconds. Raises HumbandError."""
    from core.hear.dominant import hear_lead

    progress("reading", 0.0)
    sound = read_recording(source, 44_100)
    line = hear_lead(sound, progress=_within(progress, "hearing", 0.05, 0.95))
    progress("done", 1.0)
    return line


def make_piano(source: Source, folder: Path, name: str, *, left_hand: bool = False,
               progress: Progress = silent) -> PianoTake:
    """A voice, or the lead of a full mix, as a piano of just its length: NAME.mp3, NAME.mid, NAME.spectrogram.png.

    All of them, or none. Raises HumbandError.
    """
    from core.audio import Sound, write_mp3
    from core.hear.piano_plot import draw_piano
    from core.perform.pianist import Stroke, play_line, render_piano
    from core.perform.synth import SAMPLE_RATE
    from core.perform.timed_midi import timed_midi
    from core.understand.clean import clean
    from core.understand.pulse import find_pulse

    progress("reading", 0.0)
    sound = read_recording(source, SAMPLE_RATE)
    line, followed, warnings = _follow(sound, _within(progress, "hearing", 0.05, 0.6))
    progress("understanding", 0.6)
    notes = clean(line) if followed == "voice" else line
    pulse = find_pulse(notes)
    key = _key(notes, pulse)
    chords = _chords(notes, pulse, key) if left_hand else ()
    part = play_line(notes, chords, pulse.beats_s)

    def track(role: str, strokes: tuple[Stroke, ...]) -> Track:
        return Track(role, PIANO, tuple(_in_beats(SungNote(s.onset_s, s.offset_s, s.pitch), s.velocity, pulse)
                                        for s in strokes))

    tracks = [track("melody", part.right)] + ([track("left hand", part.left)] if part.left else [])
    pedal = [(down, up) for down, up in (pulse.beats_at(press).tolist() for press in part.pedal)]
    midi = timed_midi(tracks, pulse.beats_s, pulse.meter, key, bpm=pulse.bpm, pedal=pedal, end_s=sound.duration_s)
    progress("performing", 0.65)
    played = render_piano(midi, sound.duration_s, part)
    progress("writing", 0.8)
    with all_or_nothing(folder) as draft:
        (draft / f"{name}.mid").write_bytes(midi)
        right, left = (tuple(SungNote(s.onset_s, s.offset_s, s.pitch, loudness_db=40 * (s.velocity / 127 - 1))
                             for s in strokes) for strokes in (part.right, part.left))
        (draft / f"{name}.spectrogram.png").write_bytes(
            draw_piano(sound, Sound(played.mean(1), SAMPLE_RATE), right, left))
        write_mp3(played, SAMPLE_RATE, draft / f"{name}.mp3", tags={"title": f"{name} (piano)", "artist": "Humband"})
    progress("done", 1.0)
    mp3, mid, picture = (folder / f"{name}{end}" for end in (".mp3", ".mid", ".spectrogram.png"))
    return PianoTake(mp3, mid, picture, right, followed, warnings)


def read_recording(source: Source, rate: int = 44_100) -> "Sound":
    """A finished recording, as long and large as one may be, in mono. Raises HumbandError."""
    from core.audio import read_sound

    return read_sound(source, rate=rate, min_s=MIN_VOICE_S, max_s=MAX_RECORDING_S, max_mb=MAX_RECORDING_MB)


def _within(progress: Progress, stage: str, start: float, end: float) -> Callable[[float], None]:
    """A stage's own progress 0..1 as its part of the whole."""
    return lambda share: progress(stage, start + (end - start) * share)


def _follow(sound: "Sound", told: Callable[[float], None]) -> tuple[tuple[SungNote, ...], str, tuple[str, ...]]:
    """(the line, "voice" or "mix", warnings): a lone voice is heard as such, anything else by its lead line."""
    from core.hear.dominant import hear_lead, is_mix
    from core.hear.voice import hear_voice

    if is_mix(sound):
        return hear_lead(sound, progress=told), "mix", ("several",)
    told(0.3)
    line = hear_voice(sound)
    told(1.0)
    return line.notes, "voice", line.warnings


def _velocities(notes: tuple[SungNote, ...]) -> list[int]:
    """Of notes by their loudness: a synthesizer's amplitude goes with the square of the velocity."""
    import numpy as np

    loudest = float(np.quantile([n.loudness_db for n in notes], 0.95)) if notes else 0.0
    return [int(np.clip(round(LOUDEST_VELOCITY * 10 ** ((n.loudness_db - loudest) / 40)), 20, 120)) for n in notes]


def _in_beats(note: SungNote, velocity: int, pulse: "Pulse") -> Note:
    start, end = pulse.beats_at([note.onset_s, note.offset_s]).tolist()
    return Note(start, max(end - start, 1e-3), round(note.pitch_midi), velocity)


def _melody(notes: tuple[SungNote, ...], pulse: "Pulse") -> Melody:
    """The top line on the pulse's grid, to sixteenths: what key and chords are found from."""
    from core.perform.midi import skyline

    rows = [_in_beats(note, 80, pulse) for note in notes]
    line = skyline(replace(n, onset_beats=round(n.onset_beats * 4) / 4,
                           duration_beats=max(0.25, round(n.duration_beats * 4) / 4)) for n in rows)
    return Melody(line, pulse.bpm, meter=pulse.meter)


def _key(notes: tuple[SungNote, ...], pulse: "Pulse") -> Key:
    from core.understand.key import rank_keys

    return rank_keys(_melody(notes, pulse))[0][0]


def _chords(notes: tuple[SungNote, ...], pulse: "Pulse", key: Key) -> tuple[Chord, ...]:
    from core.compose.harmony import harmonize

    return harmonize(replace(_melody(notes, pulse), key=key), genre="classical")[0]
