"""Tunes cut into phrases of 4 to 16 bars that end where the music rests, ready to be learned from.

    python -m models.training.invent.windows CACHE.pkl [SHARED] [--folk FOLK.jsonl.gz] [--unpacked DIR]
"""

import argparse
import pickle
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.compose.invent.tokens import METERS, STYLES, TICKS, Event, Frame, Ints, frame_of, read, to_events, tonic_tones
from core.music import Chord, Melody, Meter
from models.training.invent.keys import key_of
from models.training.invent.tunes import Tune, all_tunes, part_of

LEAST_BARS, MOST_BARS, LEAST_NOTES = 4, 16, 12
SHARED = Path(__file__).resolve().parents[4] / "shared"
# Meters that are another one written differently: (the other, factor for the beats)
SAME_METER = {(2, 2): ((4, 4), 1.0), (4, 2): ((4, 4), 0.5), (3, 2): ((3, 4), 0.5), (4, 8): ((2, 4), 1.0),
              (6, 4): ((6, 8), 0.5), (2, 8): ((2, 4), 2.0), (2, 1): ((4, 4), 0.5), (6, 16): ((6, 8), 2.0),
              (3, 16): ((3, 8), 2.0), (12, 16): ((12, 8), 2.0), (8, 8): ((4, 4), 1.0), (1, 4): ((2, 4), 1.0)}
REGULAR = frozenset((0, 3, 4, 6, 8, 9))  # places in a beat


@dataclass(frozen=True)
class Window:
    """A phrase or a few: ``events`` within ``frame``, and ``rows`` (events, WIDTH), what is known before each."""

    style: str
    work: str
    part: str
    frame: Frame
    events: tuple[Event, ...]
    rows: Ints
    closes: bool  # whether it ends on a tone of the tonic chord

    @property
    def notes(self) -> int:
        """How many events sound."""
        return sum(event.sounds for event in self.events)


def windows_of(tune: Tune) -> Iterator[Window]:
    """The windows of one tune; those off the grid, or of too few notes, are left out."""
    melody = _plain_meter(tune.melody)
    if melody is None or len(melody.notes) < LEAST_NOTES:
        return
    factor = melody.bpm / tune.melody.bpm
    chords = [Chord(c.onset_beats * factor, c.duration_beats * factor, c.symbol) for c in tune.chords]
    bar = melody.meter.bar_beats
    for first, last in _cuts(melody):
        notes = melody.notes[first:last]
        start = notes[0].onset_beats // bar * bar
        piece = replace(melody, notes=tuple(replace(n, onset_beats=n.onset_beats - start) for n in notes))
        places = [round(n.onset_beats * TICKS) % TICKS for n in piece.notes]
        if len(notes) < LEAST_NOTES or np.mean([p in REGULAR for p in places]) < 0.95:
            continue
        if len({n.pitch for n in notes}) < 4:
            continue
        if not tune.key_known:
            piece = replace(piece, key=key_of(piece))
        inside = [replace(c, onset_beats=c.onset_beats - start) for c in chords
                  if c.end_beats > start and c.onset_beats < start + piece.bars * bar]
        frame = frame_of(piece, style=STYLES.index(tune.style), chords=inside)
        events = to_events(piece, frame)
        closes = (notes[-1].pitch - frame.tonic) % 12 in tonic_tones(frame.key)
        rows = read(events, frame).astype(np.int8)
        yield Window(tune.style, tune.work, part_of(tune.work), frame, events, rows, closes)


def _plain_meter(melody: Melody) -> Melody | None:
    meter = (melody.meter.numerator, melody.meter.denominator)
    other, factor = SAME_METER.get(meter, (meter, 1.0))
    if Meter(*other) not in METERS:
        return None
    notes = tuple(replace(n, onset_beats=n.onset_beats * factor, duration_beats=n.duration_beats * factor)
                  for n in melody.notes)
    return replace(melody, notes=notes, meter=Meter(*other), bpm=melody.bpm * factor)


def _cuts(melody: Melody) -> Iterator[tuple[int, int]]:
    """(first note, one past the last) of stretches that end on a long note or before a rest, best of 8 or 16 bars."""
    notes, bar = melody.notes, melody.meter.bar_beats
    onsets = np.array([n.onset_beats for n in notes])
    gaps = np.append(np.diff(onsets), 99.0)
    usual = float(np.median(gaps[:-1])) if len(gaps) > 1 else 1.0
    ends = [i for i, gap in enumerate(gaps) if gap >= max(1.0, 1.9 * usual)]
    first = 0
    while first < len(notes) - LEAST_NOTES:
        start = onsets[first] // bar * bar
        upbeat = onsets[first] - start > bar / 2
        best, best_score = None, 0.0
        for i in ends:
            bars = (notes[i].end_beats - start) / bar - upbeat
            if i < first + LEAST_NOTES - 1 or bars < LEAST_BARS - 0.6:
                continue
            if bars > MOST_BARS + 0.01:
                break
            whole = round(bars + 0.2)
            score = {16: 1.0, 8: 0.9, 12: 0.6, 4: 0.3}.get(whole, 0.4) + 0.08 * min(gaps[i], 3) / max(usual, 0.5)
            score += 0.5 if i == len(notes) - 1 else 0.0
            if score > best_score:
                best, best_score = i, score
        if best is None:  # no rest in sight: just stop after 16 bars, or go on behind a long pause
            stop = int(np.searchsorted(onsets, start + MOST_BARS * bar))
            if stop - first >= LEAST_NOTES and (notes[stop - 1].end_beats - start) / bar > MOST_BARS / 2:
                yield first, stop
            first = max(stop, first + 1)
            continue
        yield first, best + 1
        first = best + 1


def gather(shared: Path, folk: Path | None, unpacked: Path | None) -> list[Window]:
    """All windows; within a style no two are the same."""
    seen, kept = set(), []
    for tune in all_tunes(shared, folk, unpacked):
        try:
            for window in windows_of(tune):
                sign = (window.style, tuple((e.pitch, e.duration) for e in window.events))
                if sign not in seen:
                    seen.add(sign)
                    kept.append(window)
        except (ValueError, IndexError) as error:
            print(tune.work, error)
    return kept


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("shared", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--folk", type=Path)
    parser.add_argument("--unpacked", type=Path)
    args = parser.parse_args(argv)
    windows = gather(args.shared, args.folk, args.unpacked)
    args.cache.write_bytes(pickle.dumps(windows))
    table = defaultdict(Counter)
    for window in windows:
        table[window.style].update({window.part: 1, "notes": window.notes, "closes": window.closes})
    for style, counts in table.items():
        print(style, dict(counts))


if __name__ == "__main__":
    from models.training.invent import windows  # under its own name, which is what is pickled

    windows.main()
