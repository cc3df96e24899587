"""A sung line played on a piano: loud where the voice was, legato by the pedal, exactly as long as the voice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.music import Chord, SungNote
from core.perform.loudness import integrated_lufs, step_energies
from core.perform.room import reverberate
from core.perform.synth import SAMPLE_RATE, band

Samples = npt.NDArray[np.float32]

LOWEST, HIGHEST = 28, 103        # of a line on the piano; what lies beyond is moved by octaves
PHRASE_GAP_S = 0.35              # a longer silence ends a phrase
LINE_VELOCITY, LINE_RANGE = 84, 26
LEFT_VELOCITY = 44
REPEAT_GAP_S = 0.045             # a key must come up before it is struck again
PEDAL_LAG_S = 0.07               # the foot follows the hand
TARGET_LUFS, CEILING = -18.0, 0.84
ROOM_GAIN, FADE_S = 0.12, 0.12
# Felt on the hammers: many fonts' middle octaves have a fourth partial so strong that ears and machines take it for
# the tune. A low-pass somewhat above the line, and a little of the bright sound beside it.
FELT_ABOVE, FELT_LOWEST_HZ, FELT_HIGHEST_HZ, BRIGHT_SHARE = 2.2, 650.0, 1_500.0, 0.1
THUMP_BELOW = 0.6                # of the lowest note's frequency


@dataclass(frozen=True)
class Stroke:
    """A key going down and up, in seconds."""

    onset_s: float
    offset_s: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class PianoPart:
    """What both hands and the foot do, in seconds."""

    right: tuple[Stroke, ...]
    left: tuple[Stroke, ...] = ()
    pedal: tuple[tuple[float, float], ...] = ()


def play_line(notes: Sequence[SungNote], chords: Sequence[Chord] = (),
              beats_s: Sequence[float] = ()) -> PianoPart:
    """The part for a line of whole pitches. With ``chords`` (in beats, beat i at ``beats_s[i]``) a left hand too."""
    line = sorted(notes, key=lambda n: n.onset_s)
    octave = _octave(line)
    velocities = _velocities(line)
    right = []
    for index, (note, velocity) in enumerate(zip(line, velocities, strict=True)):
        until = note.offset_s
        if index + 1 < len(line):
            following = line[index + 1]
            gap = following.onset_s - until
            if gap < 0.12:  # legato
                until = following.onset_s
            if round(following.pitch_midi) == round(note.pitch_midi):
                until = min(until, following.onset_s - REPEAT_GAP_S)
        right.append(Stroke(note.onset_s, max(until, note.onset_s + 0.03), round(note.pitch_midi) + octave, velocity))
    start, end = (right[0].onset_s, max(s.offset_s for s in right)) if right else (0.0, 0.0)
    left = _left_hand(chords, beats_s, start, end, min((s.pitch for s in right), default=60))
    return PianoPart(tuple(right), left, _pedal(right))


def _octave(line: Sequence[SungNote]) -> int:
    """Semitones, whole octaves, that bring the line onto the keyboard."""
    if not line:
        return 0
    low, high = min(n.pitch_midi for n in line), max(n.pitch_midi for n in line)
    shift = 0
    while low + shift < LOWEST:
        shift += 12
    while high + shift > HIGHEST:
        shift -= 12
    return shift


def _velocities(line: Sequence[SungNote]) -> list[int]:
    """From the voice's loudness; the middle half of it spans most of the range."""
    if not line:
        return []
    loud = np.array([n.loudness_db for n in line])
    low, middle, high = np.quantile(loud, [0.1, 0.5, 0.9])
    spread = max(high - low, 6.0)
    return [int(np.clip(round(LINE_VELOCITY + LINE_RANGE * 1.6 * (x - middle) / spread), 42, 118)) for x in loud]


def _pedal(right: Sequence[Stroke]) -> tuple[tuple[float, float], ...]:
    """Syncopated pedalling: caught after each note, changed with the next, up where a phrase ends."""
    presses = []
    for here, after in zip(right, [*right[1:], None], strict=True):
        ends_phrase = after is None or after.onset_s - here.offset_s > PHRASE_GAP_S
        up = here.offset_s if ends_phrase or after is None else after.onset_s
        if after is not None and after.pitch == here.pitch:
            up = min(up, here.offset_s)
        if up - here.onset_s > 2 * PEDAL_LAG_S:
            presses.append((here.onset_s + PEDAL_LAG_S, up))
    return tuple(presses)


def _left_hand(chords: Sequence[Chord], beats_s: Sequence[float], start_s: float, end_s: float,
               lowest: int) -> tuple[Stroke, ...]:
    """Root, then the chord over it a beat later, quietly and under the line."""
    strokes = []
    at = np.arange(len(beats_s), dtype=float)
    ceiling = max(48, min(62, lowest - 2))
    for chord in chords:
        begin, end = (float(np.interp(b, at, beats_s)) for b in (chord.onset_beats, chord.end_beats))
        begin, end = max(begin, start_s), min(end, end_s)
        if end - begin < 0.15:
            continue
        root = 36 + (chord.bass_pc - 36) % 12
        strokes.append(Stroke(begin, end - 0.02, root, LEFT_VELOCITY))
        upper = sorted(ceiling - 1 - (ceiling - 1 - pc) % 12 for pc in chord.pitch_classes[:4] if pc != chord.bass_pc)
        second = float(np.interp(chord.onset_beats + 1, at, beats_s)) if chord.duration_beats >= 2 else begin
        if second < end - 0.15:
            strokes += [Stroke(second, end - 0.02, pitch, LEFT_VELOCITY - 6) for pitch in upper if pitch > root]
    return tuple(sorted(strokes, key=lambda s: (s.onset_s, s.pitch)))


def render_piano(midi: bytes, duration_s: float, part: PianoPart) -> Samples:
    """The part, and its MIDI, as sound: float32 (n, 2) at 44.1 kHz of exactly that duration. Raises NotInstalled."""
    count = round(duration_s * SAMPLE_RATE)
    dry = band().render(midi, duration_s)
    if dry.shape[1] != count:
        dry = np.pad(dry, ((0, 0), (0, max(0, count - dry.shape[1]))))[:, :count]
    return in_a_room(_felt(dry, part) if part.right else dry)


def in_a_room(dry: Samples) -> Samples:
    """A dry (2, n) as it sounds in a room, at -18 LUFS or as near as its peaks allow, its end faded: (n, 2)."""
    count = dry.shape[1]
    mix = dry + np.float32(ROOM_GAIN) * reverberate(dry[0] + dry[1])[:, :count]
    loudness = integrated_lufs(step_energies(mix))
    gain = 10 ** ((TARGET_LUFS - loudness) / 20) if np.isfinite(loudness) else 1.0
    peak = float(np.abs(mix).max(initial=0.0))
    mix *= np.float32(min(gain, CEILING / peak) if peak else 1.0)
    fade = min(round(FADE_S * SAMPLE_RATE), count)
    if fade:
        mix[:, -fade:] *= np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
    return np.ascontiguousarray(mix.T)


def _felt(stereo: Samples, part: PianoPart) -> Samples:
    """(2, n) with its upper partials softened, and without the thump of the hammers under its lowest note."""
    from scipy.signal import butter, sosfilt

    middle = _hz(float(np.median([stroke.pitch for stroke in part.right])))
    lowest = _hz(min(stroke.pitch for stroke in (*part.right, *part.left)))
    cutoff = float(np.clip(FELT_ABOVE * middle, FELT_LOWEST_HZ, FELT_HIGHEST_HZ))
    thump = butter(2, max(THUMP_BELOW * lowest, 25.0), "highpass", fs=SAMPLE_RATE, output="sos")
    clean = np.asarray(sosfilt(thump, stereo, axis=1), np.float32)
    felt = np.asarray(sosfilt(butter(2, cutoff, fs=SAMPLE_RATE, output="sos"), clean, axis=1), np.float32)
    return felt + np.float32(BRIGHT_SHARE) * clean


def _hz(pitch_midi: float) -> float:
    return float(440 * 2 ** ((pitch_midi - 69) / 12))
