"""Music whose beats are known: MIDI files that were written and not played, with their tempo maps and bars.

Used by ``benchmarks pulse`` and by the training of the beat network (models/training/pulse).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks._recordings import part_of, works

SLOWEST_BPM, FASTEST_BPM = 44.0, 208.0
MIN_NOTES, MIN_BEATS = 60, 24
MIN_DENSITY = 1.5  # notes a beat: less is one player's part of something
ON_GRID = 0.85  # share of the onsets that lie on sixteenths or triplets where a file was written


@dataclass(frozen=True)
class Beaten:
    """``notes``: rows of onset_s, offset_s, pitch, velocity. ``beats_s``, and which of them begin a bar (``bars``).

    The beat is the one a reader counts (a dotted quarter in 6/8: ``compound``), doubled or halved to 44 to 208 a
    minute. ``steady``: whether the tempo never moves by more than a tenth.
    """

    name: str
    group: str
    notes: np.ndarray
    beats_s: np.ndarray
    bars: np.ndarray
    size: int
    compound: bool
    steady: bool


def pieces(data: Path, part: str, *, count: int, pop: int, seed: int = 1, longest_s: float = 180.0
           ) -> Iterator[Beaten]:
    """``count`` of the composers' works and ``pop`` songs of POP909 of a part, at most two files of a work."""
    named = works(data)
    for is_pop, wanted in ((False, count), (True, pop)):
        pool = [f for f in named if ("pop909" in f) == is_pop and part_of(named[f]) == part]
        used: dict[str, int] = {}
        found = 0
        for index in np.random.default_rng(seed).permutation(len(pool)):
            if found == wanted:
                break
            path = Path(pool[index])
            if used.get(named[str(path)], 0) >= 2 or path.stat().st_size > 60_000:
                continue
            piece = _pop(path) if is_pop else composed(path)
            if piece is None:
                continue
            piece = first(piece, longest_s)
            enough = len(piece.notes) >= max(MIN_NOTES, MIN_DENSITY * len(piece.beats_s))
            if enough and len(piece.beats_s) >= MIN_BEATS:
                used[named[str(path)]] = used.get(named[str(path)], 0) + 1
                found += 1
                yield piece


def dances(count: int, seed: int = 1) -> Iterator[Beaten]:
    """Plain accompaniments that works written for the concert hall rarely have: a bass on one, chords after it, a tune
    above; waltzes, marches, polkas, jigs, with or without notes between the beats."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        compound = bool(rng.random() < 0.2)
        size = int(rng.choice([2, 4])) if compound else int(rng.choice([2, 3, 4], p=[0.2, 0.45, 0.35]))
        bpm = float(rng.uniform(50, 110) if compound else rng.uniform(96, 200) if size == 3 else rng.uniform(70, 160))
        parts, busy, beat = 3 if compound else 2, float(rng.choice([0.0, 0.2, 0.6])), 60 / bpm
        rows = []
        for bar in range(int(60 / beat / size)):
            root = 36 + int(rng.choice([0, 5, 7, 9])) + int(rng.choice([0, 2]))
            tune = int(rng.integers(67, 80))
            for k in range(size):
                at = (bar * size + k) * beat
                if k == 0 or (size == 4 and k == 2 and number % 2):
                    rows.append((at, at + beat * (1 if number % 3 else size), root + (0 if k == 0 else -5), 96))
                else:
                    rows += [(at, at + 0.5 * beat, root + up, 64) for up in (12, 16, 19)]
                if compound:
                    rows.append((at + beat * 2 / 3, at + beat * 0.9, root + 16, 56))
                if rng.random() < 0.75 or k == 0:
                    rows.append((at, at + beat * rng.choice([0.5, 0.9, 1.8]), tune + int(rng.choice([0, 2, 4, 5])), 88))
                rows += [(at + j * beat / parts, at + (j + 0.9) * beat / parts, tune + int(rng.choice([0, 2, 4])), 76)
                         for j in range(1, parts) if rng.random() < busy]
        beats = np.arange(int(60 / beat / size) * size + 1) * beat
        yield Beaten(f"dance {number}", "dance", np.array(sorted(rows), float), beats,
                     np.arange(len(beats)) % size == 0, size, compound, True)


def read(path: Path) -> list[Beaten]:
    """The pieces that ``models.training.pulse.prepare`` wrote one after the other."""
    import pickle

    found = []
    with path.open("rb") as file:
        while True:
            try:
                found.append(Beaten(*pickle.load(file)))
            except (EOFError, pickle.UnpicklingError):
                return found


def first(piece: Beaten, longest_s: float) -> Beaten:
    """The piece without what comes after ``longest_s``."""
    notes = piece.notes[piece.notes[:, 0] < longest_s]
    notes[:, 1] = np.minimum(notes[:, 1], longest_s)
    until = notes[-1, 0] + 0.5 if len(notes) else 0.0
    inside = piece.beats_s <= until
    return Beaten(piece.name, piece.group, notes, piece.beats_s[inside], piece.bars[inside], piece.size,
                  piece.compound, piece.steady)


def shortened(piece: Beaten, rng: np.random.Generator) -> Beaten:
    """The piece with one bar of three or four beats, somewhere in its middle, a beat or two shorter: the plainest
    change of meter there is. The same piece where it has no such bar."""
    count = len(piece.beats_s)
    lines = np.flatnonzero(piece.bars)
    lines = lines[(lines > 0.3 * count) & (lines < 0.6 * count) & (lines + piece.size < count)]
    if piece.size < 3 or not len(lines):
        return piece
    until = int(rng.choice(lines)) + piece.size
    since = until - (2 if piece.size == 4 and rng.random() < 0.5 else 1)
    start, end = piece.beats_s[since] - 0.04, piece.beats_s[until] - 0.04
    notes = piece.notes[(piece.notes[:, 0] < start) | (piece.notes[:, 0] >= end)].copy()
    late = notes[:, 0] >= end
    notes[~late, 1] = np.minimum(notes[~late, 1], np.maximum(start, notes[~late, 0] + 0.03))
    notes[late, :2] -= end - start
    index = np.r_[:since, until:count]
    beats = piece.beats_s[index] - np.where(index >= until, end - start, 0.0)
    return replace(piece, notes=notes, beats_s=beats, bars=piece.bars[index])


def _pop(path: Path) -> Beaten | None:
    import pretty_midi

    beats = np.loadtxt(path.parent / "beat_midi.txt")
    midi = pretty_midi.PrettyMIDI(str(path))
    rows = sorted((n.start, n.end, n.pitch, n.velocity) for player in midi.instruments for n in player.notes)
    bars = beats[:, 2] > 0.5
    sizes = np.diff(np.flatnonzero(bars))
    if not len(sizes) or np.mean(sizes == np.median(sizes)) < 0.9:
        return None
    return Beaten(path.stem, "pop", np.array(rows, float), beats[:, 0], bars, int(np.median(sizes)), False, True)


def composed(path: Path) -> Beaten | None:
    """None for files that are played, unreadable, or in a meter that changes."""
    import mido
    import pretty_midi

    try:
        raw = mido.MidiFile(path, clip=True)
        signatures = _signatures(raw)
        if len({s[1:] for s in signatures}) != 1 or signatures[0][2] not in (2, 4, 8):
            return None
        midi = pretty_midi.PrettyMIDI(mido_object=raw)
    except Exception:  # other people's files
        return None
    rows = np.array(sorted((n.start, n.end, n.pitch, n.velocity) for player in midi.instruments if not player.is_drum
                           for n in player.notes if n.end > n.start), float).reshape(-1, 4)
    if len(rows) < MIN_NOTES:
        return None
    start, numerator, denominator = signatures[-1]
    compound = denominator == 8 and numerator in (6, 9, 12)
    unit = midi.resolution * 4 / denominator * (3 if compound else 1)
    size = numerator // 3 if compound else numerator
    if size not in (2, 3, 4):
        return None
    ticks = np.array([midi.time_to_tick(t) for t in rows[:, 0]])
    place = ticks / midi.resolution % 1
    grid = np.array([0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1])
    if np.mean(np.abs(place[:, None] - grid).min(1) < 0.035) < ON_GRID:
        return None
    bars_before = int(np.ceil(start / unit / size)) * size
    index = np.arange(-bars_before, int((ticks[-1] - start) / unit) + 2)
    at = start + index * unit
    inside = (at >= 0) & (at >= ticks[0] - unit * size)
    index, at = index[inside], at[inside]
    beats = np.array([midi.tick_to_time(int(t)) for t in at])
    gaps = np.diff(beats)
    typical = float(np.median(gaps))
    if 60 / typical > FASTEST_BPM:
        if 30 / typical > FASTEST_BPM or size % 2:
            return None
        keep = index % 2 == 0
        beats, index, size = beats[keep], index[keep] // 2, size // 2
        if size < 2:  # two bars are as one
            size, index = 2, index
    elif 60 / typical < SLOWEST_BPM:
        if 120 / typical < SLOWEST_BPM or compound:
            return None
        beats = np.interp(np.arange(2 * len(beats) - 1) / 2, np.arange(len(beats)), beats)
        index = np.arange(2 * index[0], 2 * index[0] + len(beats))
        size = size if size == 4 else 2 * size  # a bar of 4/4 read as two
        if size == 6:
            size = 3
    moving = np.abs(np.diff(np.log(np.maximum(np.diff(beats), 1e-3)))).max(initial=0)
    group = "compound" if compound else "composed"
    return Beaten(f"{path.parent.name}/{path.stem}", group, rows, beats, index % size == 0, size, compound,
                  bool(np.ptp(np.log(np.maximum(gaps, 1e-3))) < 0.1 and moving < 0.1))


def _signatures(midi: object) -> list[tuple[int, int, int]]:
    """(tick, numerator, denominator) of every time signature; 4/4 where none is stated is not believed."""
    found = []
    for track in midi.tracks:  # type: ignore[attr-defined]
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "time_signature":
                found.append((tick, message.numerator, message.denominator))
    found = sorted(set(found)) or [(0, 0, 0)]
    # a short bar before the piece's own meter is an upbeat
    return found[1:] if len(found) > 1 and found[0][1:] != found[1][1:] and len({f[1:] for f in found[1:]}) == 1 \
        else found


def performed(piece: Beaten, rng: np.random.Generator, *, curve: float | None = None, jitter_s: float | None = None,
              heard: bool = True, faster: float = 1.0) -> Beaten:
    """The piece as a person would play it, and (``heard``) as a transcriber would hear it.

    The tempo drifts, breathes with phrases and now and then halts; chords are spread, notes are late and early. Heard
    music misses notes, has false ones (mostly octaves) and ends where nobody let go.
    """
    curve = float(rng.choice([0.0, 0.03, 0.08, 0.15])) if curve is None else curve
    jitter_s = float(rng.uniform(0, 0.02)) if jitter_s is None else jitter_s
    end = max(piece.notes[:, 1].max(), piece.beats_s[-1]) + 1
    start = min(0.0, piece.beats_s[0])
    at = np.arange(start, end, 0.05)
    tempo = np.zeros(len(at))
    for period, share in ((rng.uniform(20, 60), 0.6), (rng.uniform(6, 14), 0.6), (rng.uniform(2, 5), 0.35)):
        tempo += share * curve * np.sin(2 * np.pi * (at / period + rng.random()))
    for _ in range(rng.poisson(len(at) * 0.05 / 40) if curve > 0.05 else 0):  # a phrase ends
        where = rng.uniform(0, end)
        tempo -= rng.uniform(1, 3) * curve * np.exp(-0.5 * ((at - where) / rng.uniform(0.4, 1.2)) ** 2)
    clock = np.concatenate([[0], np.cumsum(0.05 / np.exp(tempo))])[:len(at)] / faster

    def to(seconds: np.ndarray) -> np.ndarray:
        return np.interp(seconds, at, clock)

    notes = piece.notes.copy()
    length = np.maximum(to(notes[:, 1]) - to(notes[:, 0]), 0.03)
    notes[:, 0] = to(notes[:, 0]) + rng.normal(0, jitter_s, len(notes))
    notes[:, 1] = notes[:, 0] + length
    beats = to(piece.beats_s)
    if heard:
        notes[:, 1] = notes[:, 0] + length * np.exp(rng.normal(0, rng.uniform(0.05, 0.5), len(notes)))
        notes[:, 3] = np.clip(notes[:, 3] * np.exp(rng.normal(0, rng.uniform(0.05, 0.3), len(notes))), 1, 127)
        notes = notes[rng.random(len(notes)) > rng.uniform(0, 0.2)]
        ghosts = notes[rng.random(len(notes)) < rng.uniform(0, 0.08)].copy()
        ghosts[:, 0] += rng.choice([0.0, 0.1, 0.25], len(ghosts)) + rng.normal(0, 0.02, len(ghosts))
        ghosts[:, 1] = ghosts[:, 0] + 0.15
        ghosts[:, 2] += rng.choice([12, 12, 19, -12, 7], len(ghosts))
        ghosts[:, 3] *= 0.6
        notes = np.concatenate([notes, ghosts])
    offset = -min(notes[:, 0].min(initial=0.0), 0.0)
    notes[:, :2] += offset
    notes = notes[(notes[:, 2] >= 21) & (notes[:, 2] <= 108)]
    return Beaten(piece.name, piece.group, notes[np.argsort(notes[:, 0])], beats + offset, piece.bars, piece.size,
                  piece.compound, False)
