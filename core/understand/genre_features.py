"""What a tune looks like with its key, its octave and its tempo taken away: the genre model's input.

Collections of tunes differ in format, key, range, tempo notation and rounding, and a classifier would
rather learn those than the genre. So nothing here depends on them: pitch is seen as intervals and as
degrees above an estimated tonic; time as ratios, and in a unit that the tune itself sets (its median
inter-onset interval, brought near an eighth by halving or doubling). Of note ends only rests of about a
sixteenth and more are seen; the key, the meter, the swing and the bpm that a Melody carries are not read
at all, and long tunes are looked at through windows of a fixed number of notes, so that length says nothing.

The families follow what the symbolic-genre literature found to help: interval and rhythm histograms and
their successions (McKay & Fujinaga, ISMIR 2004, "Automatic genre classification using large high-level
musical feature sets"), pitch-class profiles against a tonic (Krumhansl & Kessler 1982), syncopation, and
self-repetition measured by the longest repeated and longest common subsequence, as the Hum2Song seed did.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.music import Note

FloatArray = NDArray[np.float64]

WINDOW_NOTES = 40
"""Notes a window holds: about eight bars, and about what a ten-second hum gives."""
MIN_NOTES = 4
STEPS_PER_BEAT = 12
REST = 0.2

_INTERVAL_EDGES = np.array([-7.5, -4.5, -2.5, -0.5, 0.5, 2.5, 4.5, 7.5])  # nine sizes of step and leap
_RATIO_EDGES = np.array([-1.8, -1.25, -0.8, -0.3, 0.3, 0.8, 1.25, 1.8])  # log2 of successive intervals in time
_IOI_EDGES = np.log2(np.array([0.2, 0.29, 0.42, 0.58, 0.71, 0.87, 1.22, 1.75, 2.5, 3.5]))
_LAGS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)  # beats, for periodicity and repetition
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])

_TEMPLATES = np.array([np.roll((profile - profile.mean()) / profile.std(), tonic)
                       for profile in (_MAJOR, _MINOR) for tonic in range(12)])


def windows(notes: Sequence[Note], size: int = WINDOW_NOTES) -> list[tuple[Note, ...]]:
    """A tune cut into overlapping stretches of ``size`` notes, half a window apart; a short tune is one window."""
    line = top_line(notes)
    if len(line) <= size:
        return [line]
    starts = range(0, len(line) - size + 1, size // 2)
    return [line[start:start + size] for start in starts]


def top_line(notes: Sequence[Note]) -> tuple[Note, ...]:
    """One note at a time, in order: of notes struck together the highest."""
    line: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.onset_beats, -n.pitch)):
        if not line or note.onset_beats - line[-1].onset_beats > 0.02:
            line.append(note)
    return tuple(line)


@cache
def feature_names() -> tuple[str, ...]:
    """One name for every number :func:`measure` gives, in order."""
    return tuple(_named(np.arange(8.0) * 0.5, np.array([60, 62, 64, 65, 67, 65, 64, 62]), np.zeros(7)))


def measure(line: Sequence[Note]) -> NDArray[np.float32]:
    """The features of one window, float32 (features,), all about 0..1. Raises ValueError below MIN_NOTES notes."""
    if len(line) < MIN_NOTES:
        raise ValueError(f"{len(line)} notes are too few to measure")
    values = _named(*in_own_time(line))
    return np.array(list(values.values()), dtype=np.float32)


def in_own_time(line: Sequence[Note]) -> tuple[FloatArray, NDArray[np.int_], FloatArray]:
    """(onsets from zero, pitches, silences after all notes but the last), in a unit the tune itself sets: beats,
    doubled or halved until the median inter-onset interval is 0.35..0.71."""
    onsets = np.array([note.onset_beats for note in line])
    ends = np.array([note.end_beats for note in line])
    typical = float(np.median(np.diff(onsets)))
    unit = 2.0 ** -round(np.log2(max(typical, 1e-3) / 0.5))
    return (onsets - onsets[0]) * unit, np.array([n.pitch for n in line]), (onsets[1:] - ends[:-1]).clip(0.0) * unit


def _named(onsets: FloatArray, pitches: NDArray[np.int_], silences: FloatArray) -> dict[str, float]:
    gaps = np.minimum(np.diff(onsets), 8.0)
    held = np.append(gaps, np.median(gaps))  # how long each note reigns; its written end is not trusted
    steps = np.round(onsets * STEPS_PER_BEAT).astype(int)
    features = _melodic(pitches) | _tonal(pitches, np.minimum(held, 2.0))
    features |= _rhythmic(gaps) | _metrical(steps, np.minimum(held, 2.0)) | _repeating(steps, pitches, gaps)
    return features | resting(silences, float(onsets[-1]))


def _row(name: str, values: FloatArray) -> dict[str, float]:
    return {f"{name}.{index}": float(value) for index, value in enumerate(values)}


def _shares(classes: NDArray[np.int_], count: int, weights: FloatArray | None = None) -> FloatArray:
    shares = np.bincount(classes, weights, count).astype(float)
    return shares / max(float(shares.sum()), 1e-9)


def _successions(classes: NDArray[np.int_], count: int) -> FloatArray:
    """How often each class follows each, (count * count,); square roots, so that rare ones are seen too."""
    if len(classes) < 2:
        return np.zeros(count * count)
    return np.sqrt(_shares(classes[:-1] * count + classes[1:], count * count))


def _entropy(shares: FloatArray) -> float:
    """In bits per possible bit, 0..1."""
    kept = shares[shares > 0]
    return float(-(kept * np.log2(kept)).sum() / np.log2(len(shares)))


def _melodic(pitches: NDArray[np.int_]) -> dict[str, float]:
    intervals = np.diff(pitches)
    folded = np.clip(intervals, -13, 13)
    sizes = _shares(np.abs(folded), 14)
    classes = np.digitize(intervals, _INTERVAL_EDGES)
    turns = np.sign(intervals)[:-1] * np.sign(intervals)[1:] < 0
    moving = np.abs(intervals[intervals != 0])
    # An arpeggio's note-pairs span thirds and fourths in one direction.
    leaps = (np.abs(intervals) >= 3) & (np.abs(intervals) <= 5)
    same_way = np.sign(intervals)[:-1] == np.sign(intervals)[1:]
    spread = np.sort(pitches)
    return {
        **_row("interval", np.sqrt(_shares(folded + 13, 27))),
        **_row("interval_pair", _successions(classes, 9)),
        "interval_entropy": _entropy(sizes),
        "turns": float(turns.mean()),
        "arpeggio": float((leaps[:-1] & leaps[1:] & same_way).mean()),
        "run": float(((np.abs(intervals[:-1]) <= 2) & (np.abs(intervals[1:]) <= 2) & same_way
                      & (intervals[1:] != 0)).mean()),
        "mean_move": float(np.minimum(moving, 12).mean() / 6) if len(moving) else 0.0,
        "range": min(float(spread[-1] - spread[0]) / 24, 1.5),
        "inner_range": min(float(np.percentile(spread, 90) - np.percentile(spread, 10)) / 18, 1.5),
        "drift": float(np.clip((pitches[len(pitches) // 2:].mean() - pitches[:len(pitches) // 2].mean()) / 12, -1, 1)),
        "height_skew": float(np.clip((pitches.mean() - np.median(pitches)) / 6, -1, 1)),
        "distinct_pitches": len(np.unique(pitches)) / 20,
    }


def _tonal(pitches: NDArray[np.int_], held: FloatArray) -> dict[str, float]:
    profile = _shares(pitches % 12, 12, np.sqrt(held))
    fits = (_TEMPLATES @ (profile - profile.mean()) / max(float(np.std(profile)) * 12, 1e-9)).reshape(2, 12)
    tonic = int(fits.max(axis=0).argmax())
    degrees = np.roll(profile, -tonic)
    minor = fits[1, tonic] > fits[0, tonic]
    scale = [0, 2, 3, 5, 7, 8, 10] if minor else [0, 2, 4, 5, 7, 9, 11]
    five = [0, 3, 5, 7, 10] if minor else [0, 2, 4, 7, 9]
    return {
        **_row("degree", np.sqrt(degrees)),
        "outside": 1 - float(degrees[scale].sum()),
        "pentatonic": float(degrees[five].sum()),
        "blue": float(degrees[[3, 6, 10]].sum()),
        "minor_margin": float(fits[1].max() - fits[0].max()),
        "key_clarity": float(fits.max()),
        "degree_entropy": _entropy(degrees),
        "distinct_degrees": float((profile > 0).mean()),
        "first_is_tonic": float((pitches[0] - tonic) % 12 == 0),
        "last_is_tonic": float((pitches[-1] - tonic) % 12 == 0),
    }


def _rhythmic(gaps: FloatArray) -> dict[str, float]:
    logs = np.log2(np.maximum(gaps, 0.05))
    lengths = np.digitize(logs, _IOI_EDGES)
    ratios = np.digitize(np.diff(logs), _RATIO_EDGES)
    counts = _shares(lengths, 11)
    pairs = _shares(lengths[:-1] * 11 + lengths[1:], 121)
    trebles = np.unique(np.stack([lengths[:-2], lengths[1:-1], lengths[2:]]), axis=1, return_counts=True)[1]
    return {
        **_row("length", np.sqrt(counts)),
        **_row("ratio", np.sqrt(_shares(ratios, 9))),
        **_row("ratio_pair", _successions(ratios, 9)),
        "length_entropy": _entropy(counts),
        "length_pair_entropy": _entropy(pairs),
        "evenness": float((np.abs(np.diff(logs)) < 0.2).mean()),
        "npvi": float(np.mean(np.abs(np.diff(gaps)) / (gaps[1:] + gaps[:-1]))),  # Grabe & Low 2002, halved
        "commonest_three": float(trebles.max() / trebles.sum()),
        "length_spread": min(float(np.std(logs)), 2.0),
        "rough": float(np.mean(np.abs(gaps * 4 - np.round(gaps * 4)) > 0.15)),
    }


def _metrical(steps: NDArray[np.int_], held: FloatArray) -> dict[str, float]:
    """Where notes fall in the beat and in four beats, whatever the bar line: the best phase counts as zero."""
    in_beat = _shares(steps % 12, 12, held)
    phase = int(in_beat.argmax())
    starts = _shares((steps - phase) % 12, 12)
    quarters = ((steps - phase + 1) // 3) % 16
    bar = _shares(quarters, 16, held)
    best = max(range(0, 16, 4), key=lambda shift: bar[shift] + 0.5 * bar[(shift + 8) % 16])
    bar = np.roll(bar, -best)
    counts = np.roll(_shares(quarters, 16), -best)
    to_next = 12 - (steps - phase) % 12
    crossing = (to_next < 12) & (held * 12 > to_next + 1)
    train = np.zeros(int(steps[-1]) // 3 + 1)
    np.maximum.at(train, steps // 3, np.sqrt(held))
    power = float(train @ train)
    echoes = [float(train[int(lag * 4):] @ train[:-int(lag * 4)]) / power if len(train) > lag * 4 else 0.0
              for lag in _LAGS]
    return {
        "on_beat": float(starts[[11, 0, 1]].sum()),
        "on_half": float(starts[[5, 6, 7]].sum()),
        "on_quarter": float(starts[[2, 3]].sum()),
        "on_three_quarters": float(starts[[9, 10]].sum()),
        "on_third": float(starts[[4, 8]].sum()),
        **_row("bar_weight", np.sqrt(bar)),
        **_row("bar_count", np.sqrt(counts)),
        "bar_entropy": _entropy(counts),
        "syncopated": float(crossing.mean()),
        **_row("echo", np.array(echoes)),
        "three": echoes[3] - echoes[4],
    }


def _repeating(steps: NDArray[np.int_], pitches: NDArray[np.int_], gaps: FloatArray) -> dict[str, float]:
    """How much of the tune comes back: at metrical distances, and as the longest repeated stretch."""
    events = set(zip((steps // 3).tolist(), pitches.tolist(), strict=True))
    end = int(steps[-1]) // 3
    echoes = []
    for lag in _LAGS:
        inside = [event for event in events if event[0] + int(lag * 4) <= end]
        hits = sum((time + int(lag * 4), pitch) in events for time, pitch in inside)
        echoes.append(hits / len(inside) if len(inside) >= 4 else 0.0)
    lengths = np.round(np.log2(np.maximum(gaps, 0.05)) * 2).astype(int)
    moves = np.diff(pitches)
    both = [hash(pair) for pair in zip(moves.tolist(), lengths.tolist(), strict=True)]
    half = len(both) // 2
    return {
        **_row("again", np.array(echoes)),
        "repeated_stretch": _longest_repeat(both) / len(both),
        "repeated_moves": _longest_repeat(moves.tolist()) / len(both),
        "repeated_lengths": _longest_repeat(lengths.tolist()) / len(both),
        "common_halves": _longest_common(both[:half], both[half:]) / max(half, 1),
        "common_moves": _longest_common(moves.tolist()[:half], moves.tolist()[half:]) / max(half, 1),
        "fresh_fours": len({tuple(both[i:i + 4]) for i in range(len(both) - 3)}) / max(len(both) - 3, 1),
        "fresh_moves": len({tuple(moves[i:i + 4]) for i in range(len(both) - 3)}) / max(len(both) - 3, 1),
    }


def resting(silences: FloatArray, length: float) -> dict[str, float]:
    """How the tune breathes: silences of a sixteenth and more; what is shorter is touch, not rest."""
    rests = silences > REST
    phrase = max((len(run) for run in "".join("r" if rest else "n" for rest in rests).split("r")), default=0)
    return {
        "rests": float(rests.mean()),
        "short_rests": float((rests & (silences < 0.6)).mean()),
        "long_rests": float((silences > 0.9).mean()),
        "silent": float(silences[rests].clip(max=4.0).sum() / max(length, 1e-9)),
        "longest_phrase": phrase / len(rests),
    }


def _longest_repeat(symbols: Sequence[int]) -> int:
    """Length of the longest stretch that occurs twice without overlapping itself."""
    row, longest = list(symbols), 0
    for lag in range(1, len(row)):
        run = 0
        for earlier, later in zip(row, row[lag:], strict=False):
            run = min(run + 1, lag) if earlier == later else 0
            if run > longest:
                longest = run
    return longest


def _longest_common(first: Sequence[int], second: Sequence[int]) -> int:
    """Length of the longest common subsequence, by Hunt & Szymanski's row-by-row table."""
    row = [0] * (len(second) + 1)
    for a in first:
        diagonal = 0
        for j, b in enumerate(second, 1):
            above = row[j]
            row[j] = diagonal + 1 if a == b else max(above, row[j - 1])
            diagonal = above
    return row[-1]
