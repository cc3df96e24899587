"""Tempo, beats and bar lines of music in many voices, from its notes in seconds.

The notes make an onset curve; how well it repeats itself at every plausible period, in windows, gives a tempo that may
drift (a tempogram; its path by Viterbi), and dynamic programming sets the beats on strong onsets that lie about one
period apart (Ellis 2007, "Beat tracking by dynamic programming"). Bars begin where the bass moves, chords change, long
and many notes begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.music import MAX_BPM, MIN_BPM, Meter, SungNote

Floats = npt.NDArray[np.float64]

STEP_S = 0.01                 # of the onset curve
BLUR_STEPS = 2.0              # standard deviation of one onset in it
WINDOW_S, HOP_S = 10.0, 2.0   # of the tempogram
SLOWEST_BPM, FASTEST_BPM = 46.0, 190.0
USUAL_BPM, USUAL_OCTAVES = 100.0, 0.75
TEMPO_CHANGE = 30.0           # price of a tempo that changes by a factor of e from window to window
TIGHTNESS = 80.0              # price of a beat that is not a period after the last one
METERS = (Meter(4, 4), Meter(3, 4), Meter(2, 4))
METER_PRIOR = {4: 0.0, 3: -0.05, 2: -0.12}
SAME_MOMENT_S = 0.035
STEADY_S = 0.03               # beats that lie so near to a straight line were meant to be steady
SMOOTH_BEATS = 3
AT_ONCE_S = 0.05              # a first beat so near to the start of the recording is its start


@dataclass(frozen=True)
class Pulse:
    """When every beat (quarter) is, in seconds: beat 0 is a bar line and the start of the recording, 0.0 s.

    Before the music begins there may be beats of another length, which fill the time from the recording's start to
    the first bar line heard. ``bpm`` is the usual tempo.
    """

    beats_s: tuple[float, ...]
    meter: Meter
    bpm: float

    def beats_at(self, seconds: npt.ArrayLike) -> Floats:
        """The beat (fractional) that each moment falls on."""
        beats = np.asarray(self.beats_s)
        at = np.asarray(seconds, float)
        inside = np.interp(at, beats, np.arange(len(beats), dtype=float))
        return np.asarray(inside + np.maximum(at - beats[-1], 0) * self.bpm / 60.0, float)


@dataclass(frozen=True)
class _Moment:
    """Notes that begin together."""

    onset_s: float
    weight: float
    notes: tuple[SungNote, ...]


def find_pulse(notes: Sequence[SungNote], *, bpm: float | None = None) -> Pulse:
    """The pulse of any music. ``bpm``: its tempo, where it is known. Without notes to speak of, 100 bpm in 4/4."""
    moments = _moments(notes)
    if len(moments) < 4:
        tempo = min(max(bpm or 100.0, MIN_BPM), MAX_BPM)
        start = moments[0].onset_s if moments else 0.0
        return Pulse(_from_start(start + np.arange(5) * 60 / tempo, METERS[0], tempo), METERS[0], tempo)
    curve = _onset_curve(moments)
    beats = _beats(curve, _periods(curve, bpm)) * STEP_S
    beats = _even(_reaching(beats, moments[0].onset_s, max(note.offset_s for note in notes)))
    meter, first = _bars(moments, beats)
    tempo = min(max(60.0 / float(np.median(np.diff(beats))), MIN_BPM), MAX_BPM)
    size = int(meter.bar_beats)
    if first and moments[0].onset_s < beats[first] - 0.05:  # an upbeat: its bar begins earlier
        beats = np.concatenate([beats[0] - 60 / tempo * np.arange(size - first, 0, -1), beats])
    else:
        beats = beats[first:]
    return Pulse(_from_start(beats, meter, tempo), meter, tempo)


def _even(beats: Floats) -> Floats:
    """The beats without the jitter of the search: on a straight line where one fits, else smoothed locally."""
    index = np.arange(len(beats))
    if len(beats) < 3:
        return beats
    line = np.asarray(np.polyval(np.polyfit(index, beats, 1), index), float)
    if np.abs(line - beats).max() < STEADY_S:
        return line
    smooth = beats.copy()
    for i in range(len(beats)):
        near = slice(max(0, i - SMOOTH_BEATS), i + SMOOTH_BEATS + 1)
        weight = 1 - np.abs(index[near] - i) / (SMOOTH_BEATS + 1)
        smooth[i] = np.polyval(np.polyfit(index[near], beats[near], 1, w=np.sqrt(weight)), i)
    return np.maximum.accumulate(smooth)


def _from_start(beats: Floats, meter: Meter, bpm: float) -> tuple[float, ...]:
    """The beats (the first one a bar line) with those that fill the time since 0.0 s, where beat 0 comes to lie."""
    size, bar_s = int(meter.bar_beats), meter.bar_beats * 60 / bpm
    if beats[0] > AT_ONCE_S:
        lead = size * max(1, round(float(beats[0]) / bar_s))
        return tuple((beats[0] / lead * np.arange(lead)).tolist()) + tuple(beats.tolist())
    later = int(np.searchsorted(beats, AT_ONCE_S))  # an upbeat's bar began before the recording did
    later = max(later, 1)
    before = beats[later] / later * np.arange(later) if later < len(beats) else np.zeros(1)
    return tuple(before.tolist()) + tuple(beats[later:].tolist())


def _moments(notes: Sequence[SungNote]) -> list[_Moment]:
    """Notes grouped by onset; louder and lower ones, and several at once, weigh more."""
    groups: list[list[SungNote]] = []
    for note in sorted(notes, key=lambda n: n.onset_s):
        if groups and note.onset_s - groups[-1][0].onset_s < SAME_MOMENT_S:
            groups[-1].append(note)
        else:
            groups.append([note])
    loudest = max((note.loudness_db for note in notes), default=0.0)
    found = []
    for group in groups:
        weights = [10 ** (max(note.loudness_db - loudest, -40.0) / 40) * (1.3 if note.pitch_midi < 52 else 1.0)
                   for note in group]
        onset = float(np.average([note.onset_s for note in group], weights=weights))
        found.append(_Moment(onset, float(np.sqrt(sum(weights))), tuple(group)))
    return found


def _onset_curve(moments: Sequence[_Moment]) -> Floats:
    count = int(moments[-1].onset_s / STEP_S) + int(2 / STEP_S)
    curve = np.zeros(count)
    np.add.at(curve, [round(m.onset_s / STEP_S) for m in moments], [m.weight for m in moments])
    x = np.arange(-8, 9)
    curve = np.convolve(curve, np.exp(-0.5 * (x / BLUR_STEPS) ** 2), "same")
    return curve / (curve.std() + 1e-9)


def _periods(curve: Floats, bpm: float | None) -> Floats:
    """(steps,) the beat's period in steps at every moment."""
    low, high = (SLOWEST_BPM, FASTEST_BPM) if bpm is None else (bpm / 1.08, bpm * 1.08)
    tempos = np.geomspace(low, high, 96 if bpm is None else 9)
    lags = 60.0 / tempos / STEP_S
    window, hop = int(WINDOW_S / STEP_S), int(HOP_S / STEP_S)
    starts = range(0, max(1, len(curve) - window // 2), hop)
    score = np.stack([_comb(curve[s:s + window], lags) for s in starts])
    whole = score.mean(0)
    prior = -0.5 * (np.log2(tempos / USUAL_BPM) / USUAL_OCTAVES) ** 2 if bpm is None else np.zeros(len(tempos))
    score = score + 1.0 * whole + 0.25 * prior  # what holds on the whole holds here too, unless it is plainly another
    change = -TEMPO_CHANGE / 10 * np.abs(np.log(tempos[:, None] / tempos[None, :]))
    total, came = score[0], []
    for row in score[1:]:
        ways = total[:, None] + change
        came.append(ways.argmax(0))
        total = ways.max(0) + row
    path = [int(total.argmax())]
    for step in reversed(came):
        path.append(int(step[path[-1]]))
    chosen = lags[path[::-1]]
    centres = np.array([s + window / 2 for s in starts])
    return np.interp(np.arange(len(curve)), centres, chosen)


def _comb(curve: Floats, lags: Floats) -> Floats:
    """How well the curve repeats itself after 1, 2, 3 and 4 times each lag: (lags,), a correlation."""
    centred = curve - curve.mean()
    size = 1 << (2 * len(centred) - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    auto = np.fft.irfft(spectrum * spectrum.conj(), size)[:len(centred)]
    auto = auto / (auto[0] + 1e-9) * len(centred) / np.maximum(len(centred) - np.arange(len(centred)), len(centred) / 4)
    at = np.arange(len(auto))
    repeats = [weight * np.interp(lags * k, at, auto, right=0.0)
               for k, weight in ((1, 1.0), (2, 0.8), (3, 0.4), (4, 0.5))]
    return np.sum(repeats, axis=0)


def _beats(curve: Floats, periods: Floats) -> Floats:
    """Positions of the beats in the curve, by dynamic programming."""
    count = len(curve)
    score, before = curve.copy(), np.full(count, -1)
    for i in range(count):
        period = periods[i]
        a, b = i - int(2 * period), i - int(period / 2)
        if b <= 0:
            continue
        a = max(a, 0)
        gaps = i - np.arange(a, b)
        ways = score[a:b] - TIGHTNESS / 10 * np.log(gaps / period) ** 2
        best = int(ways.argmax())
        if ways[best] > 0:
            score[i] += ways[best]
            before[i] = a + best
    tail = max(0, count - int(1.5 * periods[-1]) - int(1 / STEP_S))
    at = tail + int(score[tail:].argmax())
    found = [at]
    while before[at] >= 0:
        at = int(before[at])
        found.append(at)
    return np.array(found[::-1], float)


def _reaching(beats: Floats, start_s: float, end_s: float) -> Floats:
    """The beats carried on, at the tempo they have there, to before the first note and past the last."""
    if len(beats) < 2:
        beats = np.array([beats[0], beats[0] + 0.6]) if len(beats) else np.array([start_s, start_s + 0.6])
    first, last = np.median(np.diff(beats[:5])), np.median(np.diff(beats[-5:]))
    before = max(0, int(np.ceil((beats[0] - start_s - 0.08) / first)))
    after = max(0, int(np.ceil((end_s - beats[-1]) / last)))
    return np.concatenate([beats[0] - first * np.arange(before, 0, -1), beats,
                           beats[-1] + last * np.arange(1, after + 1)])


def _bars(moments: Sequence[_Moment], beats: Floats) -> tuple[Meter, int]:
    """(meter, index of the first beat that is a bar line)."""
    accent = _accents(moments, beats)
    best, choice = -np.inf, (METERS[0], 0)
    for meter in METERS:
        size = int(meter.bar_beats)
        for phase in range(size):
            on = accent[phase::size]
            if len(on) < 2:
                continue
            rest = np.delete(accent, np.arange(phase, len(accent), size))
            # compared as a two-sample statistic, so that short bars have no advantage by their number
            score = (on.mean() - rest.mean()) * np.sqrt(len(on) * len(rest) / len(accent)) / np.sqrt(len(accent))
            score += METER_PRIOR[size]
            if score > best:
                best, choice = score, (meter, phase)
    return choice


def _accents(moments: Sequence[_Moment], beats: Floats) -> Floats:
    """(beats,) how much each beat sounds like the start of a bar, of mean 0 and deviation 1."""
    period = np.median(np.diff(beats))
    index = np.array([int(np.abs(beats - m.onset_s).argmin()) for m in moments])
    near = np.array([abs(beats[i] - m.onset_s) < 0.2 * period for i, m in zip(index, moments, strict=True)])
    weight, bass, length = np.zeros(len(beats)), np.zeros(len(beats)), np.zeros(len(beats))
    classes = np.zeros((len(beats), 12))
    lows = [min(note.pitch_midi for note in m.notes) for m in moments]
    floor = np.quantile(lows, 0.35)
    for i, close, moment, low in zip(index, near, moments, lows, strict=True):
        where = i if close else int(np.clip(np.searchsorted(beats, moment.onset_s) - 1, 0, len(beats) - 1))
        for note in moment.notes:
            classes[where, int(note.pitch_midi) % 12] += min(note.duration_s, period)
        if close:
            weight[i] += moment.weight
            bass[i] += low <= floor
            length[i] = max(length[i], max(min(note.duration_s / period, 4.0) for note in moment.notes))
    around = classes + 1e-3
    before = np.roll(around, 1, 0) + 0.5 * np.roll(around, 2, 0)
    after = around + 0.5 * np.roll(around, -1, 0)
    similar = (before * after).sum(1) / np.linalg.norm(before, axis=1) / np.linalg.norm(after, axis=1)
    parts = [weight, np.minimum(bass, 1), length, 1 - similar]
    total = sum(w * (p - p.mean()) / (p.std() + 1e-6) for w, p in zip((0.6, 1.0, 0.8, 1.0), parts, strict=True))
    return (total - total.mean()) / (total.std() + 1e-6)
