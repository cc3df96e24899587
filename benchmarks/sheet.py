"""Whether sheet music says what it was made from: lead sheets as MIDI to MusicXML, and read back by music21.

    python -m benchmarks sheet [SHARED] [--part test|tune] [--count 60] [--json]

Every lead sheet is written as a MIDI file of melody and chords, engraved as `humband sheet` does it, and read back.
A note is right with the same pitch, onset and length (within a fiftieth of a beat) at the same place of its bar. A
chord is right with the same root over the same beat. ``valid`` is the share of files that the W3C's schema of
MusicXML 4.0 accepts. ``key`` counts sheets whose own key is known; ``key_found`` the same with no key in the file.
"""

import argparse
import io
import json
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._musicxml import faults, schema_file
from core import studio, theory
from core.music import Key, Meter
from models.training.rhythm.data import Tune, lead_sheets

GOALS = {"notes": 0.98, "key": 0.98, "meter": 0.98, "chords": 0.98, "valid": 1.0}
NEAR = 0.02  # beats


def tune_to_midi(tune: Tune, *, key: bool = True) -> bytes:
    """A lead sheet as a sequencer would write it: one track of melody, one of chords with the root lowest."""
    import pretty_midi

    midi = pretty_midi.PrettyMIDI(resolution=480, initial_tempo=120)
    meter = Meter.parse(tune["meter"])
    midi.time_signature_changes.append(pretty_midi.TimeSignature(meter.numerator, meter.denominator, 0))
    if key and tune["key"]:
        tonic = Key.parse(tune["key"])
        midi.key_signature_changes.append(pretty_midi.KeySignature(tonic.tonic_pc + 12 * tonic.is_minor, 0))
    melody, chords = pretty_midi.Instrument(0, name="melody"), pretty_midi.Instrument(0, name="chords")
    for onset, duration, pitch in tune["notes"]:
        melody.notes.append(pretty_midi.Note(90, pitch, onset / 2, (onset + duration) / 2))
    for onset, duration, symbol in readable_chords(tune):
        root, *others = theory.chord_pitch_classes(symbol)
        for pitch in (36 + root, *(48 + pc for pc in others)):
            chords.notes.append(pretty_midi.Note(60, pitch, onset / 2, (onset + duration) / 2))
    midi.instruments += [part for part in (melody, chords) if part.notes]
    file = io.BytesIO()
    midi.write(file)
    return file.getvalue()


def readable_chords(tune: Tune) -> list[tuple[float, float, str]]:
    """The chords that our symbols can say, each change once."""
    found: list[tuple[float, float, str]] = []
    for onset, duration, symbol in tune["chords"]:
        try:
            theory.parse_chord(symbol)
        except ValueError:
            continue
        symbol = symbol.partition("/")[0]
        if found and found[-1][2] == symbol:
            found[-1] = (found[-1][0], onset + duration - found[-1][0], symbol)
        else:
            found.append((onset, duration, symbol))
    return found


@dataclass(frozen=True)
class Read:
    """A MusicXML file as music21 reads it; beats count from the bar line of the first full or short bar."""

    notes: list[tuple[float, float, int]]
    chords: list[tuple[float, int]]
    meter: str
    key: Key


def read_back(path: Path) -> Read:
    """Notes (ties joined) and chord roots of the first part, in beats from a bar line."""
    from music21 import converter, harmony, key, meter, note

    part = converter.parse(path, format="musicxml").parts[0]
    first = part.getElementsByClass("Measure")[0]
    lead = float(first.barDuration.quarterLength - first.duration.quarterLength) if first.number == 0 else 0.0
    flat = part.stripTies().flatten()
    notes = [(float(n.offset) + lead, float(n.quarterLength), n.pitch.midi) for n in flat.getElementsByClass(note.Note)]
    chords = [(float(c.offset) + lead, c.root().pitchClass) for c in flat.getElementsByClass(harmony.ChordSymbol)]
    signed = flat.getElementsByClass(key.Key)[0]
    tonic = Key(signed.tonic.pitchClass, signed.mode)
    return Read(notes, chords, flat.getElementsByClass(meter.TimeSignature)[0].ratioString, tonic)


def share_of_notes(truth: list[list[float]], read: list[tuple[float, float, int]], bar: float) -> float:
    """F1 of the notes; the file may have left out whole bars of silence before the first."""
    shift = round((truth[0][0] - read[0][0]) / bar) * bar if read else 0.0
    left = list(read)
    right = 0
    for onset, duration, pitch in truth:
        hit = next((n for n in left if abs(n[0] + shift - onset) < NEAR and abs(n[1] - duration) < NEAR
                    and n[2] == pitch), None)
        if hit:
            left.remove(hit)
            right += 1
    return 2 * right / (len(truth) + len(read))


def share_of_chords(tune: Tune, read: Read, bar: float) -> float:
    """F1 of the chords' places and roots, up to the last note."""
    shift = round((tune["notes"][0][0] - read.notes[0][0]) / bar) * bar
    start, end = tune["notes"][0][0], max(onset + duration for onset, duration, _ in tune["notes"])
    truth = {(round(max(onset, start) * 12), theory.parse_chord(symbol)[0])
             for onset, duration, symbol in readable_chords(tune) if onset < end and onset + duration > start}
    found = {(round((onset + shift) * 12), root) for onset, root in read.chords}
    return 2 * len(truth & found) / max(1, len(truth) + len(found))


def measure(shared: Path, part: str, count: int) -> dict[str, float]:
    """The shares over ``count`` lead sheets."""
    scores: dict[str, list[float]] = {name: [] for name in (*GOALS, "key_found", "ms")}
    tunes = [tune for tune in lead_sheets(shared, part) if is_one_line(tune)]
    with tempfile.TemporaryDirectory() as folder:
        for tune in tunes[:count]:
            bar = Meter.parse(tune["meter"]).bar_beats
            started = time.perf_counter()
            made = studio.make_sheet(tune_to_midi(tune), Path(folder), "sheet", formats=("musicxml",))
            scores["ms"].append(1000 * (time.perf_counter() - started))
            file = made.files["musicxml"][0]
            read = read_back(file)
            scores["notes"].append(share_of_notes(tune["notes"], read.notes, bar))
            scores["meter"].append(read.meter == tune["meter"])
            scores["chords"].append(share_of_chords(tune, read, bar))
            if schema_file():
                scores["valid"].append(not faults(file.read_bytes()))
            if tune["key"]:
                scores["key"].append(read.key == Key.parse(tune["key"]))
                made = studio.make_sheet(tune_to_midi(tune, key=False), Path(folder), "keyless", formats=("musicxml",))
                scores["key_found"].append(read_back(made.files["musicxml"][0]).key == Key.parse(tune["key"]))
    return {"sheets": float(len(scores["notes"]))} | {
        name: round(float(np.median(found) if name == "ms" else np.mean(found)), 4)
        for name, found in scores.items() if found}


def is_one_line(tune: Tune) -> bool:
    """Whether it has chords, and no two notes of it sound at once."""
    rows = sorted(tune["notes"])
    return bool(rows and tune["chords"]) and all(a[0] + a[1] <= b[0] + 1e-6 for a, b in pairwise(rows))


def main(argv: list[str] | None = None) -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks sheet", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser.add_argument("shared", type=Path, nargs="?", default=beside)
    parser.add_argument("--part", default="test", choices=["train", "tune", "test"])
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    result: dict[str, Any] = measure(options.shared, options.part, options.count)
    if options.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:12}{value:10}" + (f"   goal {GOALS[name]:.2f}" if name in GOALS else ""))
    if "valid" not in result:
        print("valid        not measured: the packages musicxml (its schema) and lxml are not installed")


if __name__ == "__main__":
    main()
