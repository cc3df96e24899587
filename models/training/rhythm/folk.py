"""Read the folk tunes that music21 ships into rows with bar lines: the training material beside the lead sheets.

    python models/training/rhythm/folk.py OUT.jsonl.gz

One line a tune: {"title", "src", "meter", "key", "notes": [[onset_beats, duration_beats, pitch], ...]}; beat 0
is a bar line. Tunes that change meter, or hold chords or no bar lines, are left out.
"""

import argparse
import gzip
import json
import sys
from pathlib import Path

COLLECTIONS = ("essenFolksong",)


def tune_row(score, src: str) -> dict | None:
    """One tune as a row, or None where it is of no use."""
    from music21 import harmony, meter

    part = score.parts[0] if score.parts else score
    meters = {str(m.ratioString) for m in part.recurse().getElementsByClass(meter.TimeSignature)}
    if len(meters) != 1:
        return None
    ratio = meters.pop()
    numerator, denominator = map(int, ratio.split("/"))
    bar = 4 * numerator / denominator
    measures = list(part.getElementsByClass("Measure"))
    if len(measures) < 4:
        return None
    notes, open_tie = [], False
    start = bar - float(measures[0].duration.quarterLength)
    if not 0 <= start < bar:
        start = 0.0
    for measure in measures:
        for element in measure.flatten().notes:
            if isinstance(element, harmony.ChordSymbol):
                continue
            if not element.isNote or element.duration.quarterLength == 0:
                if element.duration.quarterLength:
                    return None
                continue
            onset = start + float(element.offset)
            if open_tie and notes and notes[-1][2] == element.pitch.midi:
                notes[-1][1] = round(onset + float(element.quarterLength) - notes[-1][0], 4)
            else:
                notes.append([round(onset, 4), round(float(element.quarterLength), 4), element.pitch.midi])
            open_tie = element.tie is not None and element.tie.type in ("start", "continue")
        start += float(measure.duration.quarterLength)
    if len(notes) < 12:
        return None
    keys = part.recurse().getElementsByClass("Key")
    key = f"{keys[0].tonic.name.replace('-', 'b')} {keys[0].mode}" if keys else None
    title = score.metadata.title if score.metadata else ""
    return {"title": title, "src": src, "meter": ratio, "key": key, "notes": notes}


def main(argv: list[str] | None = None) -> None:
    """Write OUT.jsonl.gz."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    out = parser.parse_args(argv).out
    from music21 import converter, corpus

    with gzip.open(out, "wt", encoding="utf-8") as sink:
        for collection in COLLECTIONS:
            count = 0
            for path in sorted(p for p in corpus.getPaths() if collection in str(p)):
                try:
                    parsed = converter.parse(path, forceSource=False)
                except Exception as error:  # a handful of music21's own files do not parse
                    print(path, error, file=sys.stderr)
                    continue
                for score in getattr(parsed, "scores", None) or [parsed]:
                    try:
                        row = tune_row(score, collection)
                    except Exception as error:
                        print(path, error, file=sys.stderr)
                        continue
                    if row:
                        sink.write(json.dumps(row) + "\n")
                        count += 1
            print(collection, count, flush=True)


if __name__ == "__main__":
    main()
