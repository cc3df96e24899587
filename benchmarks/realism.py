"""`python -m benchmarks realism [SHARED] [--unpacked DIR] [--tunes 10] [--humans 30] [--genres rock,jazz] ...`

Our songs beside human music by MusPy's metrics: pop (without drums) beside POP909, the drums of each genre beside
Groove MIDI (4/4, held-out test tunes ours; whole human sets). Per metric: the humans' 10, 25, 50, 75 and 90 % points,
our median, whether it lies between the quartiles, and the share of our takes inside the humans' 10-90 %.
``drum_pattern`` counts strokes that fall on a sixteenth's very tick, so a recording's constant delay against its click
decides it: ``drum_pattern_aligned`` is the same with each file's median lag taken off. Takes whose drums a machine
plays, on the grid, are set beside patterns that people wrote for machines (MMA's rendered styles), not beside hands.
A genre with fewer than five performances is shown and not judged. Then two judges name the genre
of held-back drum parts and of ours (``_drum_judges``).
"""

import argparse
import csv
import io
import json
import random
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._drum_judges import judged
from benchmarks.band import SHARED, tunes
from core.compose.arrange import arrange
from core.compose.styles import load_styles
from core.music import GENRES, Meter, Song, Wish
from models.training.groove.learn import FOLD
from models.training.harmony.sheets import unpacked_folder

TICKS = 24  # a beat
ENOUGH = 5  # performances that make a range


def metrics(midi: Any, *, drums: bool) -> dict[str, float]:
    """MusPy's figures of a pretty_midi object: of its drums, or of all but its drums."""
    import muspy

    midi.instruments = [i for i in midi.instruments if i.is_drum == drums and i.notes]
    music = muspy.from_pretty_midi(midi, resolution=TICKS)
    found = {"groove_consistency": muspy.groove_consistency(music, 4 * TICKS),
             "empty_beat_rate": muspy.empty_beat_rate(music)}
    if drums:
        found["drum_pattern"] = muspy.drum_pattern_consistency(music)
        _align(midi)
        music = muspy.from_pretty_midi(midi, resolution=TICKS)
        return found | {"drum_pattern_aligned": muspy.drum_pattern_consistency(music)}
    return found | {"pitch_class_entropy": muspy.pitch_class_entropy(music), "polyphony": muspy.polyphony(music),
                    "scale_consistency": muspy.scale_consistency(music)}


def _align(midi: Any) -> None:
    """Take off, in place, the median lag of all strokes behind their nearest sixteenth."""
    sixteenth_s = 15.0 / float(midi.get_tempo_changes()[1][0])
    strokes = [note for player in midi.instruments for note in player.notes]
    places = np.array([note.start for note in strokes]) / sixteenth_s
    lag_s = float(np.median(places - np.round(places))) * sixteenth_s
    for note in strokes:
        note.start, note.end = max(0.0, note.start - lag_s), max(0.01, note.end - lag_s)


def ours(songs: Sequence[Song], *, drums: bool) -> list[dict[str, float]]:
    """Figures of each song."""
    import pretty_midi

    from core.perform.midi import song_to_midi

    return [metrics(pretty_midi.PrettyMIDI(io.BytesIO(song_to_midi(song))), drums=drums) for song in songs]


def human(paths: Iterator[Path], count: int, *, drums: bool) -> list[dict[str, float]]:
    """Figures of at most ``count`` human files, chosen by chance."""
    import pretty_midi

    chosen = sorted(paths)
    random.Random(1).shuffle(chosen)
    return [metrics(pretty_midi.PrettyMIDI(str(path)), drums=drums) for path in chosen[:count]]


def drum_files(folder: Path, genre: str) -> Iterator[Path]:
    """Groove MIDI's longer 4/4 beats of one of our genres."""
    for row in csv.DictReader((folder / "info.csv").open()):
        path = folder / row["midi_filename"]
        plain = row["beat_type"] == "beat" and row["time_signature"] == "4-4" and float(row["duration"]) > 15
        if plain and FOLD.get(row["style"].split("/")[0]) == genre and path.exists():
            yield path


def played_by_machine(song: Song) -> bool:
    """Whether the style's drums stand on the grid."""
    return next(style for style in load_styles()[song.genre] if style.name == song.style).machine


def programmed(unpacked: Path, genre: str, count: int) -> list[dict[str, float]]:
    """Figures of at most ``count`` of MMA's drum parts of a genre: what people wrote for machines."""
    import pretty_midi

    from models.training.genre.drums import load_parts

    found = []
    parts = [p for p in load_parts(unpacked) if (p.genre, p.collection, p.is_fill) == (genre, "mma", False)]
    for part in random.Random(1).sample(parts, min(count, len(parts))):
        midi = pretty_midi.PrettyMIDI(initial_tempo=120.0)
        drums = pretty_midi.Instrument(0, is_drum=True)
        drums.notes = [pretty_midi.Note(n.velocity, n.pitch, n.onset_beats / 2, n.end_beats / 2) for n in part.hits]
        midi.instruments.append(drums)
        if drums.notes[-1].start > 4.0:
            found.append(metrics(midi, drums=True))
    return found


def compare(theirs: Sequence[dict[str, float]], mine: Sequence[dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Per metric: the humans' quantiles, our median, the share of ours inside their 10-90 %."""
    table: dict[str, dict[str, Any]] = {}
    for name in mine[0]:
        values = np.array([row[name] for row in mine])
        middle = round(float(np.nanmedian(values)), 3)
        if len(theirs) < ENOUGH:
            table[name] = {"human": [round(float(row[name]), 3) for row in theirs], "ours": middle,
                           "inside": None, "between": False}
            continue
        points = np.nanpercentile([row[name] for row in theirs], [10, 25, 50, 75, 90])
        inside = (values >= points[0] - 1e-9) & (values <= points[4] + 1e-9)
        table[name] = {"human": [round(float(p), 3) for p in points], "ours": middle,
                       "inside": round(float(np.mean(inside)), 2),
                       "between": bool(points[1] - 1e-3 <= middle <= points[3] + 1e-3)}
    return table


def main(argv: Sequence[str]) -> int:
    """Print the table, and write JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks realism", description=__doc__)
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--unpacked", type=Path)
    parser.add_argument("--tunes", type=int, default=10)
    parser.add_argument("--humans", type=int, default=30, help="files of each drummed genre; twice as many of POP909")
    parser.add_argument("--genres", default=",".join(GENRES))
    parser.add_argument("--judges", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args(argv)
    warnings.filterwarnings("ignore")
    sheets = [s for s in tunes(arguments.shared, 2 * arguments.tunes) if s.melody.meter == Meter(4, 4)]
    sheets = sheets[:arguments.tunes]
    pop909 = unpacked_folder(arguments.shared, "pop909", arguments.unpacked)
    groove = unpacked_folder(arguments.shared, "groove-midi", arguments.unpacked)
    songs = {genre: [arrange(sheet, Wish(seed=seed), genre=genre) for seed, sheet in enumerate(sheets, 1)]
             for genre in arguments.genres.split(",")}
    result: dict[str, Any] = {}
    if "pop" in songs:
        people = human(pop909.rglob("*.mid"), 2 * arguments.humans, drums=False)
        result["pop / POP909"] = compare(people, ours(songs["pop"], drums=False))
    for genre in songs:
        hands = [song for song in songs[genre] if not played_by_machine(song)]
        machines = [song for song in songs[genre] if played_by_machine(song)]
        if hands:
            people = human(drum_files(groove, genre), arguments.humans, drums=True)
            result[f"{genre} drums / Groove MIDI ({len(people)})"] = compare(people, ours(hands, drums=True))
        if machines:
            unpacked_folder(arguments.shared, "mma-rendered", arguments.unpacked)
            people = programmed(groove.parent, genre, arguments.humans)
            result[f"{genre} machines / MMA ({len(people)})"] = compare(people, ours(machines, drums=True))
    for name, table in result.items():
        for metric, row in table.items():
            print(name.ljust(36), metric.ljust(20), row["human"], "ours", row["ours"], "inside", row["inside"],
                  "between the quartiles" if row["between"] else "", flush=True)
    judged_rows = [row for table in result.values() for row in table.values() if row["inside"] is not None]
    held = sum(row["inside"] >= 0.7 for row in judged_rows), sum(row["between"] for row in judged_rows)
    print(f"of {len(judged_rows)} figures {held[0]} have .70 of the takes inside, {held[1]} the median between")
    if arguments.judges:
        parts = [(genre, song.track("drums").notes, song.bpm) for genre, taken in songs.items() for song in taken]
        for name in ("mma-rendered", "drum-machine-patterns"):
            unpacked_folder(arguments.shared, name, arguments.unpacked)
        result["judges"] = judged(groove.parent, parts)
        for judge, shares in result["judges"].items():
            for whose, share in shares.items():
                print(judge.ljust(30), whose.ljust(10), round(float(np.mean(list(share.values()))), 3), share)
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1))
    return 0
