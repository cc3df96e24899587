"""`python -m benchmarks realism [SHARED] [--unpacked DIR] [--tunes 10] [--out FILE.json]`

Our songs beside human music by MusPy's metrics: pop (without drums) beside POP909, the drums of each genre beside
Groove MIDI (4/4, held-out test tunes ours; whole human sets). Per metric: the humans' 10, 25, 50, 75 and 90 %
points, our median, and the share of our takes inside the humans' 10-90 %.
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

from benchmarks.band import SHARED, tunes
from core.compose.arrange import arrange
from core.music import Meter, Wish
from models.training.groove.learn import FOLD
from models.training.harmony.sheets import unpacked_folder

DRUM_GENRES = ("rock", "jazz", "funk", "latin", "hiphop", "pop", "reggae", "blues", "folk", "electronic")
TICKS = 24  # a beat


def metrics(midi: Any, *, drums: bool) -> dict[str, float]:
    """MusPy's figures of a pretty_midi object: of its drums, or of all but its drums."""
    import muspy

    midi.instruments = [i for i in midi.instruments if i.is_drum == drums and i.notes]
    music = muspy.from_pretty_midi(midi, resolution=TICKS)
    found = {"groove_consistency": muspy.groove_consistency(music, 4 * TICKS),
             "empty_beat_rate": muspy.empty_beat_rate(music)}
    if drums:
        return found | {"drum_pattern": muspy.drum_pattern_consistency(music)}
    return found | {"pitch_class_entropy": muspy.pitch_class_entropy(music), "polyphony": muspy.polyphony(music),
                    "scale_consistency": muspy.scale_consistency(music)}


def ours(sheets: Sequence[Any], genre: str, *, drums: bool) -> list[dict[str, float]]:
    """Figures of one take of every sheet."""
    import pretty_midi

    from core.perform.midi import song_to_midi

    songs = (arrange(sheet, Wish(seed=seed), genre=genre) for seed, sheet in enumerate(sheets, 1))
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


def compare(theirs: Sequence[dict[str, float]], mine: Sequence[dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Per metric: the humans' quantiles, our median, the share of ours inside their 10-90 %."""
    table = {}
    for name in theirs[0]:
        points = np.nanpercentile([row[name] for row in theirs], [10, 25, 50, 75, 90])
        values = np.array([row[name] for row in mine])
        inside = (values >= points[0] - 1e-9) & (values <= points[4] + 1e-9)
        table[name] = {"human": [round(float(p), 3) for p in points], "ours": round(float(np.nanmedian(values)), 3),
                       "inside": round(float(np.mean(inside)), 2)}
    return table


def main(argv: Sequence[str]) -> int:
    """Print the table, and write JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks realism", description=__doc__)
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--unpacked", type=Path)
    parser.add_argument("--tunes", type=int, default=10)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args(argv)
    warnings.filterwarnings("ignore")
    sheets = [s for s in tunes(arguments.shared, 2 * arguments.tunes) if s.melody.meter == Meter(4, 4)]
    sheets = sheets[:arguments.tunes]
    pop909 = unpacked_folder(arguments.shared, "pop909", arguments.unpacked)
    groove = unpacked_folder(arguments.shared, "groove-midi", arguments.unpacked)
    result = {"pop / POP909": compare(human(pop909.rglob("*.mid"), 60, drums=False), ours(sheets, "pop", drums=False))}
    for genre in DRUM_GENRES:
        theirs = human(drum_files(groove, genre), 30, drums=True)
        if theirs:
            result[f"{genre} drums / Groove MIDI ({len(theirs)})"] = compare(theirs, ours(sheets, genre, drums=True))
    for name, table in result.items():
        for metric, row in table.items():
            print(name.ljust(36), metric.ljust(20), row["human"], "ours", row["ours"], "inside", row["inside"])
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1))
    return 0
