"""Read the sung lines of POP909 (Wang et al., ISMIR 2020) into rows with bar lines, on sixteenths.

    python -m models.training.rhythm.pop POP909_FOLDER OUT.jsonl.gz
"""

import argparse
import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np


def song_row(folder: Path) -> dict | None:
    """The longest stretch of one song's melody in one meter, 4/4 or 3/4; None where it is short."""
    import pretty_midi

    beats = np.loadtxt(folder / "beat_midi.txt")
    bars = np.flatnonzero(beats[:, 2] > 0.5)
    lengths = np.diff(bars)
    if not len(lengths):
        return None
    changes = np.flatnonzero(np.diff(lengths)) + 1
    first_bar, last_bar = max(pairwise([0, *changes.tolist(), len(lengths)]), key=lambda span: span[1] - span[0])
    bar = int(lengths[first_bar])
    if last_bar - first_bar < 12 or bar not in (3, 4):
        return None
    low, high = bars[first_bar], bars[last_bar]
    midi = pretty_midi.PrettyMIDI(str(folder / f"{folder.name}.mid"))
    melody = next(track for track in midi.instruments if track.name == "MELODY")
    places = np.arange(len(beats)) - low
    rows: list[list[float]] = []
    for note in sorted(melody.notes, key=lambda note: note.start):
        on, off = np.interp([note.start, note.end], beats[:, 0], places)
        on = round(on * 4) / 4
        if not 0 <= on < high - low or (rows and on <= rows[-1][0]):
            continue
        if rows:
            rows[-1][1] = min(rows[-1][1], on - rows[-1][0])
        rows.append([on, max(round((off - on) * 4) / 4, 0.25), note.pitch])
    chords = []
    for line in (folder / "chord_midi.txt").read_text().splitlines():
        start, end, name = line.split()
        on, off = np.interp([float(start), float(end)], beats[:, 0], places)
        chords.append([round(on * 2) / 2, round((off - on) * 2) / 2, name.split(":")[0]])
    keys = (folder / "key_audio.txt").read_text().split("\n")
    keys = [line.split()[2] for line in keys if line.strip()]
    key = keys[0].replace(":maj", " major").replace(":min", " minor") if len(set(keys)) == 1 else None
    if len(rows) < 12:
        return None
    first = rows[0][0] // bar * bar
    return {"title": f"pop909 {folder.name}", "src": "pop909", "meter": f"{bar}/4", "key": key,
            "chords": [[on - first, length, root] for on, length, root in chords],
            "notes": [[on - first, length, pitch] for on, length, pitch in rows]}


def main(argv: list[str] | None = None) -> None:
    """Write OUT.jsonl.gz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(argv)
    count = 0
    with gzip.open(options.out, "wt", encoding="utf-8") as sink:
        for folder in sorted(path for path in options.folder.iterdir() if path.is_dir()):
            row = song_row(folder)
            if row:
                sink.write(json.dumps(row) + "\n")
                count += 1
    print(count)


if __name__ == "__main__":
    main()
