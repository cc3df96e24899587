"""How well the genre is guessed by what `humband genre` runs, on tunes and drum parts the shipped models never saw.

    python -m benchmarks genre [SHARED] --data UNPACKED [--only melody|voice|drums] [--voices 60] [--json]

SHARED is ../shared; UNPACKED holds its archives unpacked (impro-visor, groove-midi, mma-rendered,
drum-machine-patterns). melody: the held-back tunes written as MIDI files and read again; voice: some of them
sung by ../shared/eval/sing.py and heard through the whole chain, beside the same tunes as MIDI; drums:
groove-midi's validation split and the held-back styles. Three classes are the twelve restricted to Jazz,
Electronic, Rock; balanced accuracy with a 95 % bootstrap interval over groups (artists, drummers, styles).
The five-seed tables of the model cards come from models/training/genre (`melody_train`, `drum_train`).
"""

import argparse
import io
import itertools
import json
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path

import mido
import numpy as np

from core import studio
from core.errors import HumbandError
from core.music import GENRES, Note
from models.training.genre import metrics
from models.training.genre.drums import Part, load_parts
from models.training.genre.held import BENCH, drum_part_of, tune_part_of
from models.training.genre.tunes import Tune, load_tunes
from models.training.rhythm.data import load_singer

Guessed = list[tuple[str, str, dict[str, float]]]  # (genre, group, guess)


def to_midi(notes: Sequence[Note], bpm: float, *, drums: bool = False) -> bytes:
    """One track of notes as a MIDI file."""
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))])
    channel = 9 if drums else 0
    events = []
    for note in notes:
        start, end = round(note.onset_beats * 480), round(note.end_beats * 480)
        events.append((start, 1, mido.Message("note_on", note=note.pitch, velocity=note.velocity, channel=channel)))
        events.append((max(end - 1, start + 1), 0, mido.Message("note_off", note=note.pitch, channel=channel)))
    clock = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - clock))
        clock = tick
    file = io.BytesIO()
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(file=file)
    return file.getvalue()


def melodies(tunes: Sequence[Tune]) -> Guessed:
    """Each tune as a MIDI file, guessed."""
    out = []
    for tune in tunes:
        notes = [Note(*row) for row in tune.rows]
        bpm = min(max(tune.bpm or 120.0, 40.0), 280.0)
        guess = studio.genre_of(to_midi(notes, bpm))["melody"]
        if guess:
            out.append((tune.genre, str(tune.group), guess))
    return out


def voices(tunes: Sequence[Tune], shared: Path, count: int) -> tuple[Guessed, Guessed]:
    """(sung and heard, the same tunes as MIDI), as many of each genre as there are."""
    singer, rng = load_singer(shared), np.random.default_rng(1)
    sung: Guessed = []
    clean: Guessed = []
    queues = {genre: [tune for tune in tunes if tune.genre == genre] for genre in sorted({t.genre for t in tunes})}
    for queue in queues.values():
        rng.shuffle(queue)
    order = [tune for turn in itertools.zip_longest(*queues.values()) for tune in turn if tune]
    with tempfile.TemporaryDirectory() as folder:
        for tune in order:
            if len(sung) >= count:
                break
            got = singer.sing({"notes": [list(row) for row in tune.rows], "meter": tune.meter}, rng,
                              str(rng.choice(["hum", "la", "ta"])))
            if not got or len(got[1]) < 8:
                continue
            path = Path(folder, "sung.wav")
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(singer.RATE)
                file.writeframes((np.clip(got[0], -1, 1) * 32767).astype("<i2").tobytes())
            try:
                guess = studio.genre_of(path)["melody"]
            except HumbandError:
                continue
            if guess:
                sung.append((tune.genre, str(tune.group), guess))
                clean += melodies([tune])
    return sung, clean


def drum_parts(parts: Sequence[Part]) -> Guessed:
    """Each drum part as a MIDI file, guessed; 120 where it has no tempo of its own."""
    out = []
    for part in parts:
        guess = studio.genre_of(to_midi(part.hits, part.bpm or 120.0, drums=True))["drums"]
        if guess:
            out.append((part.genre, part.group, guess))
    return out


def figures(rows: Guessed, wanted: Sequence[str] = GENRES) -> dict[str, float]:
    """Balanced accuracies, their intervals, calibration."""
    kept = [row for row in rows if row[0] in wanted]
    labels = np.array([wanted.index(genre) for genre, *_ in kept])
    groups = np.array([group for _, group, _ in kept])
    probability = np.array([[guess[genre] for genre in wanted] for *_, guess in kept])
    probability /= probability.sum(1, keepdims=True)
    rng, draws = np.random.default_rng(0), []
    members = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    for _ in range(200):
        picks = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        draws.append(metrics.balanced(probability[picks], labels[picks]))
    out = {"count": len(kept), "classes": len(set(labels.tolist())), "top1": metrics.balanced(probability, labels),
           "top1_low": float(np.percentile(draws, 2.5)), "top1_high": float(np.percentile(draws, 97.5))}
    if len(wanted) > 3:
        out |= {"top3": metrics.balanced(probability, labels, 3), "ece": metrics.calibration_error(probability, labels)}
    return {name: round(value, 3) for name, value in out.items()}


def measure(shared: Path, unpacked: Path, only: str | None, count: int) -> dict[str, dict[str, float]]:
    """All tables asked for."""
    found: dict[str, Guessed] = {}
    if only != "drums":
        tunes = [tune for tune in load_tunes(shared, unpacked) if tune_part_of(tune) == BENCH]
        if only != "voice":
            started = time.perf_counter()
            found["melody"] = melodies(tunes)
            print(f"{1000 * (time.perf_counter() - started) / max(len(tunes), 1):.1f} ms a tune")
        if only != "melody":
            found["voice"], found["voice as midi"] = voices(tunes, shared, count)
    if only in (None, "drums"):
        found["drums"] = drum_parts([part for part in load_parts(unpacked) if drum_part_of(part) == BENCH])
    return {f"{name}, {len(wanted)} classes": figures(rows, wanted)
            for name, rows in found.items() for wanted in (metrics.THREE, GENRES)}


def main(argv: list[str] | None = None) -> None:
    """Print the tables, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks genre", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=Path(__file__).resolve().parents[2] / "shared")
    parser.add_argument("--data", type=Path, required=True, help="where shared/data/midi's archives are unpacked")
    parser.add_argument("--only", choices=["melody", "voice", "drums"])
    parser.add_argument("--voices", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    tables = measure(options.shared, options.data, options.only, options.voices)
    if options.json:
        print(json.dumps(tables))
        return
    for name, row in tables.items():
        print(f"{name:28}" + "  ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
