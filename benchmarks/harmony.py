"""`python -m benchmarks harmony [SHARED] [--part test] [--collection openewld] [--key-known] [--out DIR]`

Chords for the exact melodies of lead sheets, scored by SHARED/eval/score.py against the sheets' own chords,
and how often the melody stands a semitone above a chord tone on a strong beat, theirs and ours.
"""

import argparse
import importlib.util
import json
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from core.compose.harmony import harmonize
from core.compose.harmony_rules import CLASH_LIMIT, strong_clash_share
from core.music import Chord, chords_to_json, notes_to_json
from core.theory import chord_symbol
from models.training.harmony.sheets import COLLECTIONS, Sheet, part_of

SHARED = Path(__file__).resolve().parents[2] / "shared"


def load_score(shared: Path) -> ModuleType:
    """shared/eval/score.py as a module."""
    spec = importlib.util.spec_from_file_location("score", shared / "eval" / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(sheets: list[Sheet], score: ModuleType, out: Path, *, key_known: bool, genre: bool = False
            ) -> dict[str, Any]:
    """Harmonize every sheet's melody, keep truth and prediction under ``out``, score them."""
    truth_dir, ours_dir = out / "truth", out / "ours"
    clashes: dict[str, list[float]] = {"ours": [], "truth": []}
    seconds_per_bar = []
    for folder in (truth_dir, ours_dir):
        folder.mkdir(parents=True, exist_ok=True)
    for index, sheet in enumerate(sheets):
        name = f"{index:04d}.json"
        theirs = tuple(Chord(on, dur, chord_symbol(root, quality, flats=sheet.melody.key.flats))
                       for on, dur, root, quality in sheet.chords)
        began = time.perf_counter()
        ours = harmonize(sheet.melody, key_known=key_known, genre=sheet.genre if genre else None)[0]
        seconds_per_bar.append((time.perf_counter() - began) / sheet.melody.bars)
        notes = notes_to_json(sheet.melody.notes)
        symbols = sheet.symbols or tuple(chords_to_json(theirs))
        (truth_dir / name).write_text(json.dumps({"title": sheet.title, "bar": sheet.melody.meter.bar_beats,
                                                  "notes": notes, "chords": symbols}))
        (ours_dir / name).write_text(json.dumps({"chords": chords_to_json(ours)}))
        clashes["ours"].append(strong_clash_share(sheet.melody, ours))
        clashes["truth"].append(strong_clash_share(sheet.melody, theirs))
    result = dict(score.harmony(truth_dir, ours_dir))
    for who, shares in clashes.items():
        result[who]["strong_clash"] = round(float(np.mean(shares)), 4)
    result["clash_max"] = round(max(clashes["ours"]), 4)
    result["ms_per_16_bars"] = round(float(np.median(seconds_per_bar)) * 16_000, 1)
    return result


def alternatives(sheets: list[Sheet]) -> dict[str, float]:
    """Of each tune's three harmonies: do they differ in a third of the bars, and keep the strong-beat rule?"""
    differ, kept = [], []
    for sheet in sheets:
        melody = sheet.melody
        harmonies = harmonize(melody, key_known=False, count=3)
        bars = [[tuple(c.symbol for c in chords if c.onset_beats < end and c.end_beats > end - melody.meter.bar_beats)
                 for end in np.arange(1, melody.bars + 1) * melody.meter.bar_beats] for chords in harmonies]
        differ.append(all(np.mean([x != y for x, y in zip(bars[i], bars[j], strict=True)]) >= 1 / 3
                          for i, j in ((0, 1), (0, 2), (1, 2))))
        kept.append(all(strong_clash_share(melody, chords) <= CLASH_LIMIT for chords in harmonies))
    return {"three_differ": round(float(np.mean(differ)), 3), "three_keep_rule": round(float(np.mean(kept)), 3)}


def main(argv: list[str] | None = None) -> int:
    """Print one JSON line per collection."""
    parser = argparse.ArgumentParser(prog="benchmarks harmony", description=__doc__)
    parser.add_argument("shared", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--part", choices=("train", "tune", "test"), default="test")
    parser.add_argument("--collection", choices=tuple(COLLECTIONS), action="append")
    parser.add_argument("--limit", type=int, help="at most this many tunes of each collection")
    parser.add_argument("--key-known", action="store_true")
    parser.add_argument("--genre", action="store_true", help="tell the harmonizer each tune's genre")
    parser.add_argument("--alternatives", action="store_true", help="also ask for three harmonies of each tune")
    parser.add_argument("--out", type=Path, help="keep truth/ and ours/ here")
    args = parser.parse_args(argv)
    if not args.shared.is_dir():
        parser.error(f"no data at {args.shared}")
    score = load_score(args.shared)
    for name in args.collection or ["openewld"]:
        sheets = [s for s in COLLECTIONS[name](args.shared) if part_of(s.title) == args.part][:args.limit]
        with tempfile.TemporaryDirectory() as scratch:
            out = (args.out or Path(scratch)) / name
            result = measure(sheets, score, out, key_known=args.key_known, genre=args.genre)
        if args.alternatives:
            result |= alternatives(sheets)
        print(json.dumps({"collection": name, "part": args.part, **result}))
    return 0
