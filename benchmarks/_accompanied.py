"""Tunes whose beats are known, with an accompaniment made up on the spot: lead sheets and eight-bar bands.

Concert works (``_beats``) are seldom in 6/8 and hardly ever a plain waltz; folk tunes and evergreens are both. Used by
the training of the beat network (models/training/pulse) and by ``benchmarks pulse --folk``.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks._beats import Beaten, composed
from core.theory import CHORD_SHAPES

Row = tuple[float, float, int, float]
"""Onset and offset in felt beats, pitch, velocity."""

NOTE_RATE_S = (0.11, 0.55)  # usual time from one melody note to the next
BEATS_A_MINUTE = {(2, False): (64, 150), (3, False): (72, 196), (4, False): (60, 190), (2, True): (44, 132),
                  (3, True): (44, 120), (4, True): (44, 120)}
LONGEST_BEATS = 140


def tunes(shared: Path, unpacked: Path, part: str, *, count: int | None = None, seed: int = 1) -> Iterator[Beaten]:
    """Tunes of Nottingham and OpenEWLD of a part ("train" or "test", by title), each with an accompaniment."""
    from models.training.harmony.sheets import nottingham, openewld
    from models.training.harmony.sheets import part_of as tune_part

    rng = np.random.default_rng(seed)
    sheets = [sheet for sheet in (*openewld(shared), *nottingham(shared, unpacked))
              if (tune_part(sheet.title) == "test") == (part == "test")]
    for index in rng.permutation(len(sheets))[:count]:
        sheet = sheets[index]
        meter = sheet.melody.meter
        unit = 1.5 if meter.is_compound else 4 / meter.denominator
        size = round(meter.bar_beats / unit)
        if size not in (2, 3, 4):
            continue
        notes = [(n.onset_beats / unit, n.end_beats / unit, n.pitch) for n in sheet.melody.notes]
        chords = [(a / unit, (a + d) / unit, root, kind) for a, d, root, kind in sheet.chords]
        piece = _accompanied(sheet.title, notes, chords, size, meter.is_compound, rng)
        if piece is not None:
            yield piece


def bands(unpacked: Path, part: str, *, count: int | None = None, seed: int = 1) -> Iterator[Beaten]:
    """mma-rendered's bands without their drums, of a part, by the name of the style."""
    files = [f for f in sorted((unpacked / "mma-rendered").glob("*.mid"))
             if (int(hashlib.sha1(f.stem.split("__")[1].encode()).hexdigest(), 16) % 10 < 3) == (part == "test")]
    found = 0
    for index in np.random.default_rng(seed).permutation(len(files)):
        if found == count:
            break
        piece = composed(files[index])
        if piece is not None:
            found += 1
            yield Beaten(f"mma {files[index].stem}", "band", piece.notes, piece.beats_s, piece.bars, piece.size,
                         piece.compound, piece.steady)


def _accompanied(name: str, notes: list[tuple[float, float, int]], chords: list[tuple[float, float, int, str]],
                 size: int, compound: bool, rng: np.random.Generator) -> Beaten | None:
    """A tune from beat 0 (a bar line) on with one of the accompaniments that suit it, at a tempo that suits it."""
    start = int(rng.choice([0, 0, 8 * size])) if notes and notes[-1][0] > 24 * size else 0
    first = min((n[0] for n in notes if n[0] >= start), default=0.0)
    start = int(first // size) * size
    notes = [n for n in notes if start <= n[0] < start + LONGEST_BEATS]
    if len(notes) < 24:
        return None
    usual = float(np.median(np.diff(sorted({n[0] for n in notes}))))
    low, high = BEATS_A_MINUTE[size, compound]
    low, high = max(low, 60 * usual / NOTE_RATE_S[1]), min(high, 60 * usual / NOTE_RATE_S[0])
    bpm = float(np.exp(rng.uniform(np.log(low), np.log(high)))) if low < high else float(np.clip(high, 44, 208))
    lift = int(rng.integers(-5, 6)) + (0 if np.mean([n[2] for n in notes]) > 62 else 12)
    rows: list[Row] = [(a, b, p + lift, 92.0) for a, b, p in notes]
    if rng.random() < 0.15:
        rows += [(a, b, p + lift - 12, 76.0) for a, b, p in notes]
    end = int(np.ceil(max(n[1] for n in notes) / size)) * size
    style = STYLES[int(rng.integers(len(STYLES)))]
    if rng.random() < 0.93:
        for bar in range(start, end, size):
            rows += _bar(bar, size, compound, chords, lift % 12, style, rng)
        if rng.random() < 0.3:
            rows = [row for row in rows if rng.random() < 0.9]
    beats = np.arange(end - start + 1) * 60 / bpm
    table = np.array(sorted(rows), float)
    table[:, :2] = (table[:, :2] - start) * 60 / bpm
    table[:, 1] = np.maximum(table[:, 1], table[:, 0] + 0.04)
    return Beaten(name, "folk 6/8" if compound else "folk", table, beats, np.arange(len(beats)) % size == 0, size,
                  compound, True)


def _bar(bar: int, size: int, compound: bool, chords: list[tuple[float, float, int, str]], lift: int, style: "Style",
         rng: np.random.Generator) -> list[Row]:
    """The accompaniment of one bar: the style is asked for every chord in it, from its place in the bar on."""
    rows: list[Row] = []
    for a, b, root, kind in chords:
        a, b = max(a, bar), min(b, bar + size)
        if b - a < 0.3:
            continue
        low = 36 + (root + lift) % 12
        tones = [low + 12 + step for step in CHORD_SHAPES[kind][:4]]
        rows += [(bar + place, min(bar + place + length, b), pitch, loud)
                 for place, length, pitch, loud in style(a - bar, b - bar, size, compound, low, tones, rng)]
    return rows


Style = Callable[[float, float, int, bool, int, list[int], np.random.Generator], list[Row]]
"""(start, end, beats in the bar, in threes, bass, tones, chance) -> place, length, pitch, velocity, in beats."""


def _held(a: float, b: float, size: int, compound: bool, low: int, tones: list[int], rng: np.random.Generator
          ) -> list[Row]:
    return [(a, b - a, pitch, 70.0) for pitch in (low, *tones)]


def _pulsing(a: float, b: float, size: int, compound: bool, low: int, tones: list[int], rng: np.random.Generator
             ) -> list[Row]:
    step = 1.0
    places = np.arange(np.ceil(a / step) * step, b - 1e-6, step)
    return [(a, b - a, low, 80.0), *((float(k), 0.9, pitch, 66.0) for k in places for pitch in tones)]


def _oompah(a: float, b: float, size: int, compound: bool, low: int, tones: list[int], rng: np.random.Generator
            ) -> list[Row]:
    """Bass on the strong beats, chords between: on the weak beats, in 6/8 on the last third of each."""
    rows: list[Row] = []
    for k in range(int(np.ceil(a - 1e-6)), int(np.ceil(b - 1e-6))):
        strong = k == 0 or (size == 4 and k == 2) or k - a < 0.5
        if compound:
            rows += [(k, 0.6, low + (0 if strong else 7 - 12 * (low > 43)), 80.0),
                     *((k + 2 / 3, 0.3, pitch, 60.0) for pitch in tones)]
        elif strong:
            rows.append((k, 0.9, low + (0 if k == 0 else -5), 84.0))
            if size == 2:
                rows += [(k + 0.5, 0.4, pitch, 60.0) for pitch in tones]
        else:
            rows += [(k, 0.5, pitch, 62.0) for pitch in tones]
    return rows


def _broken(a: float, b: float, size: int, compound: bool, low: int, tones: list[int], rng: np.random.Generator
            ) -> list[Row]:
    """Up and down the chord, two (in 6/8 three, sometimes in 4/4 four) to a beat."""
    parts = 3 if compound else 2
    line = [low, tones[0], tones[1], tones[-1], tones[1], tones[0]]
    if size in (2, 4) and not compound:
        line = [low, tones[-1], tones[1], tones[-1]] if low % 2 else [low, tones[0], tones[1], tones[-1]]
    first = int(np.ceil(a * parts - 1e-6))
    return [(k / parts, 1 / parts, line[(k - first) % len(line)], 78.0 if k == first else 62.0)
            for k in range(first, int(np.ceil(b * parts - 1e-6)))]


def _strummed(a: float, b: float, size: int, compound: bool, low: int, tones: list[int], rng: np.random.Generator
              ) -> list[Row]:
    parts = 3 if compound else 2
    rows: list[Row] = [(a, 0.9, low, 80.0)]
    for k in range(int(np.ceil(a * parts - 1e-6)), int(np.ceil(b * parts - 1e-6))):
        if k % parts == 0 or rng.random() < 0.6:
            rows += [(k / parts, 0.8 / parts, pitch, 72.0 if k % parts == 0 else 56.0) for pitch in tones]
    return rows


def _bass_alone(a: float, b: float, size: int, compound: bool, low: int, tones: list[int], rng: np.random.Generator
                ) -> list[Row]:
    walk = [low, low + (tones[1] - tones[0]), low + 7, low + 9]
    if rng.random() < 0.5:
        return [(a, b - a, low, 80.0)]
    return [(k, 0.95, walk[(k - int(a)) % 4], 80.0) for k in range(int(np.ceil(a - 1e-6)), int(np.ceil(b - 1e-6)))]


def _offbeat(a: float, b: float, size: int, compound: bool, low: int, tones: list[int], rng: np.random.Generator
             ) -> list[Row]:
    """Syncopated: a bass that anticipates, chords off the beat."""
    if compound:
        return _broken(a, b, size, compound, low, tones, rng)
    rows: list[Row] = []
    for k in range(int(np.ceil(a - 1e-6)), int(np.ceil(b - 1e-6))):
        rows += [(k + 0.5, 0.4, pitch, 64.0) for pitch in tones]
        if k % 2 == 0:
            rows.append((k, 1.4, low, 84.0))
        elif size == 4:
            rows.append((k + 0.5, 0.5, low + 7, 74.0))
    return rows


STYLES: tuple[Style, ...] = (_held, _held, _pulsing, _oompah, _oompah, _broken, _broken, _strummed, _bass_alone,
                             _offbeat)
