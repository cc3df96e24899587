"""Recordings with known notes: excerpts of MIDI files, played by a SoundFont in a room, through an MP3.

Used by ``benchmarks transcribe`` and by the training of the note judge (models/training/polyphony). Files are split
by work, so that no movement of a test work is ever trained on.
"""

import hashlib
import importlib.util
import io
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

RATE = 22_050
RENDER_RATE = 44_100
GROUPS = ("piano", "pop piano", "quartet", "orchestra")
MIN_NOTES = 25
SAME_S = 0.02  # notes of one pitch that begin so near to each other (doubled parts) are one


@dataclass(frozen=True)
class Recording:
    """Mono ``samples`` at 22,050 Hz and the notes in them: rows of onset_s, offset_s, pitch, velocity."""

    samples: np.ndarray
    notes: np.ndarray
    hands: tuple[str, ...] = ()


def fonts() -> list[Path]:
    """The system's FluidR3, and the small TimGM6mb inside pretty_midi."""
    from core.perform.synth import FONT_PATHS

    spec = importlib.util.find_spec("pretty_midi")
    assert spec and spec.origin
    return [next(Path(p) for p in FONT_PATHS if Path(p).is_file()), Path(spec.origin).parent / "TimGM6mb.sf2"]


def works(data: Path) -> dict[str, str]:
    """{file: work}: files of one work (movements, versions, parts) share a name."""
    found = {}
    for path in sorted((data / "composers").glob("*/*.mid")):
        words = re.sub(r"[\(\[].*", "", path.stem.lower()).strip("_ ").replace("bach-js", "bach").split("_")
        found[str(path)] = path.parent.name + " " + " ".join(words[1:4])
    for path in sorted((data / "pop909").glob("*/*.mid")):
        found[str(path)] = f"pop909 {path.stem}"
    return found


def part_of(work: str) -> str:
    """"test" for three works of ten, else "train"."""
    return "test" if int(hashlib.sha1(work.encode()).hexdigest(), 16) % 10 < 3 else "train"


def files(data: Path, part: str, group: str, seed: int = 1) -> Iterator[tuple[Path, "object"]]:
    """(file, pretty_midi object) of a group, in a random order, at most two files of a work."""
    import pretty_midi

    used: dict[str, int] = {}
    named = works(data)
    pool = [f for f in named if ("pop909" in f) == (group == "pop piano") and part_of(named[f]) == part]
    for index in np.random.default_rng(seed).permutation(len(pool)):
        path = pool[index]
        if used.get(named[path], 0) >= 2 or Path(path).stat().st_size > 150_000:
            continue
        programs = _programs(path)
        if group != "pop piano" and kind(programs) != group:
            continue
        try:
            midi = pretty_midi.PrettyMIDI(path)
        except Exception:  # other people's files
            continue
        if group == "pop piano":
            midi.instruments = [i for i in midi.instruments if i.name == "PIANO"]
        used[named[path]] = used.get(named[path], 0) + 1
        yield Path(path), midi


@cache
def _programs(path: str) -> frozenset[int]:
    """Programs of the channels that play notes; no drums."""
    import mido

    try:
        midi = mido.MidiFile(path, clip=True)
    except Exception:
        return frozenset()
    program, playing = {}, set()
    for track in midi.tracks:
        for message in track:
            if message.type == "program_change":
                program.setdefault(message.channel, message.program)
            elif message.type == "note_on" and message.velocity:
                playing.add(message.channel)
    if not playing:
        return frozenset()
    return frozenset(program.get(channel, 0) if channel != 9 else 128 for channel in playing)


def kind(programs: frozenset[int]) -> str:
    """The group of a file by its programs, or "" for what is none of them."""
    if programs and programs <= set(range(4)):
        return "piano"
    if programs and programs <= set(range(40, 46)) | {48, 49, 50} and len(programs) >= 2:
        return "quartet"
    if 4 <= len(programs - {128}) <= 12 and programs & set(range(40, 80)):
        return "orchestra"
    return ""


def excerpt(midi: "object", rng: np.random.Generator, *, length_s: float = 22.0, font: Path | None = None,
            hard: float = 0.5, vary: bool = False) -> Recording | None:
    """A stretch of a MIDI file played: None where too little sounds.

    ``hard``: how often there is room and noise. ``vary`` (for training) detunes by up to 40 cents and colours the
    sound, as other instruments and microphones would.
    """
    import pretty_midi

    end = midi.get_end_time()  # type: ignore[attr-defined]
    start = float(rng.uniform(0, max(0.0, min(end, 600.0) - length_s)))
    cut = pretty_midi.PrettyMIDI(resolution=960, initial_tempo=120)
    rows = []
    for player in midi.instruments:  # type: ignore[attr-defined]
        copy = pretty_midi.Instrument(player.program, player.is_drum, player.name)
        for note in player.notes:
            if start <= note.start < start + length_s - 0.3 and note.end > note.start:
                a, b = note.start - start, min(note.end - start, length_s)
                copy.notes.append(pretty_midi.Note(note.velocity, note.pitch, a, b))
                if not player.is_drum:
                    rows.append((a, b, note.pitch, note.velocity))
        for change in player.control_changes:
            if change.number in (7, 10, 11, 64) and change.time < start + length_s:
                copy.control_changes.append(
                    pretty_midi.ControlChange(change.number, change.value, max(0.0, change.time - start)))
        cut.instruments.append(copy)
    notes = _unison(np.array(sorted(rows)).reshape(-1, 4))
    notes = notes[(notes[:, 2] >= 21) & (notes[:, 2] <= 108)]
    if len(notes) < MIN_NOTES:
        return None
    samples = play(cut, length_s + 1.0, rng, font or fonts()[int(rng.integers(2))], hard)
    if vary:
        samples, notes = _varied(samples, notes, rng)
    return Recording(samples, notes)


def _varied(samples: np.ndarray, notes: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Played a little faster and so higher, or slower, and through a filter."""
    import soxr
    from scipy.signal import butter, sosfilt

    faster = 2 ** (rng.uniform(-40, 40) / 1200)
    samples = soxr.resample(samples, RATE * faster, RATE).astype(np.float32)
    how = rng.integers(4)
    if how:
        cutoff = float(rng.uniform(1_200, 6_000) if how == 1 else rng.uniform(80, 500))
        part = sosfilt(butter(1, cutoff, "lowpass" if how == 1 else "highpass", fs=RATE, output="sos"), samples)
        samples = (samples + float(rng.uniform(0.5, 3.0)) * part).astype(np.float32)
        samples *= np.float32(0.7 / (np.abs(samples).max() + 1e-9))
    return samples, np.column_stack([notes[:, :2] / faster, notes[:, 2:]])


def _unison(notes: np.ndarray) -> np.ndarray:
    kept: list[np.ndarray] = []
    last: dict[float, float] = {}
    for row in notes:
        if row[0] - last.get(row[2], -9.0) > SAME_S:
            kept.append(row)
            last[row[2]] = row[0]
    return np.array(kept).reshape(-1, 4)


def play(midi: "object", duration_s: float, rng: np.random.Generator, font: Path, hard: float) -> np.ndarray:
    """The sound of a MIDI object, in a room now and then, with some noise now and then, through MP3 at 128 kbit/s."""
    from core.perform.room import reverberate

    file = io.BytesIO()
    midi.write(file)  # type: ignore[attr-defined]
    stereo = _band(font).render(file.getvalue(), duration_s)
    if rng.random() < hard:
        stereo = stereo + np.float32(rng.uniform(0.1, 0.6)) * reverberate(stereo.sum(0))
    peak = np.abs(stereo).max() + 1e-9
    stereo = stereo / peak * np.float32(10 ** (-rng.uniform(1, 12) / 20))
    if rng.random() < 0.3 * hard:
        noise = rng.normal(0, 1, stereo.shape).astype(np.float32)
        stereo = stereo + noise * np.float32(stereo.std() * 10 ** (-rng.uniform(25, 45) / 20))
    return through_mp3(stereo.astype(np.float32))


@cache
def _band(font: Path):  # noqa: ANN202 (a lazily imported class)
    from core.perform.synth import Band

    return Band(font)


def through_mp3(stereo: np.ndarray) -> np.ndarray:
    """(2, n) at 44.1 kHz, encoded at 128 kbit/s and decoded to mono at 22,050 Hz, as the product decodes it."""
    from core.audio import read_sound

    with tempfile.TemporaryDirectory() as folder:  # a file and no pipe, so that it gets its length header
        path = Path(folder) / "recording.mp3"
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-f", "f32le", "-ar", str(RENDER_RATE), "-ac", "2", "-i", "-",
             "-c:a", "libmp3lame", "-b:a", "128k", "-compression_level", "7", str(path)],
            input=np.ascontiguousarray(stereo.T, dtype="<f4").tobytes(), check=True)
        return read_sound(path, rate=RATE, max_s=3600).samples
