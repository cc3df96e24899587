"""A melody as the harmonizer sees it: one frame a beat, with what sounds in it and where it stands.

A frame is a quarter in 4/4, 3/4, 2/2 ..., a dotted quarter in 6/8 and its kin, an eighth in meters whose
bars hold no whole number of quarters. Frames run from beat 0 (or the bar line before the first note,
should that lie earlier) to the end of the last bar. Pitch classes here are absolute; ``features`` turns
them until the tonic of the key signature's major scale is 0, so that all keys look alike.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.music import Melody, Meter

Array = NDArray[np.float32]
TRADITIONS = ("evergreen", "folk", "pop", "jazz")  # the collections the network learned from
PHRASE_BARS = 8
LAGS_BARS = (2, 4, 8, 16)  # distances at which tunes like to repeat themselves
LEAP = 3  # semitones; a note that is leapt to or from is seldom a passing one
EDGE_BARS = 8  # how far from the first and last bar a frame knows about it


@dataclass(frozen=True)
class Frames:
    """``sounding[t, pc]`` is the share of frame t that pitch class pc sounds (0..1), ``attacked`` the same
    for notes that begin in the frame, ``leapt`` for notes next to a leap, ``at_start`` 1 for what sounds at its
    first moment; all (frames, 12).
    ``height`` is the pitch in octaves above the tune's mean (0 where silent), ``bar`` and ``slot`` number the
    bar and the place in it, ``strength`` is 2 on bar lines, 1 in mid-bar, else 0."""

    start_beats: float
    frame_beats: float
    per_bar: int
    sounding: Array
    attacked: Array
    leapt: Array
    at_start: Array
    height: Array
    bar: NDArray[np.int64]
    slot: NDArray[np.int64]
    strength: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bar)

    @property
    def bars(self) -> int:
        """Number of bars."""
        return len(self) // self.per_bar

    def onset_beats(self, frame: int) -> float:
        """Where a frame begins."""
        return self.start_beats + frame * self.frame_beats

    def frame_at(self, beats: float) -> int:
        """The frame that begins at or after a moment."""
        return max(0, int(np.ceil((beats - self.start_beats) / self.frame_beats - 1e-6)))


def frame_beats(meter: Meter) -> float:
    """Length of a frame in quarters."""
    if meter.is_compound:
        return 1.5
    return 1.0 if meter.bar_beats == int(meter.bar_beats) else 0.5


def metrical_strengths(per_bar: int) -> list[int]:
    """2 for the bar line, 1 for the middle of an even bar (and each third frame of six), else 0."""
    half = {2: 1, 4: 2, 6: 3, 8: 4, 5: 3, 7: 4}.get(per_bar)
    return [2 if slot == 0 else 1 if slot == half else 0 for slot in range(per_bar)]


def melody_frames(melody: Melody) -> Frames:
    """Cut a melody into frames. A melody without notes gives one silent bar."""
    step, bar_beats = frame_beats(melody.meter), melody.meter.bar_beats
    per_bar = round(bar_beats / step)
    first = min((note.onset_beats for note in melody.notes), default=0.0)
    start = min(0.0, np.floor(first / bar_beats + 1e-6) * bar_beats)
    bars = max(1, int(np.ceil((melody.end_beats - start) / bar_beats - 1e-6)))
    count = bars * per_bar
    sounding, attacked, leapt, at_start = (np.zeros((count, 12), np.float32) for _ in range(4))
    height, filled = np.zeros(count, np.float32), np.zeros(count, np.float32)
    mean_pitch = float(np.average([n.pitch for n in melody.notes], weights=[n.duration_beats for n in melody.notes])
                       ) if melody.notes else 60.0
    pitches = [note.pitch for note in melody.notes]
    leaps = [abs(a - b) >= LEAP for a, b in pairwise([*pitches[:1], *pitches, *pitches[-1:]])]
    for index, note in enumerate(melody.notes):
        onset, end = (note.onset_beats - start) / step, (note.end_beats - start) / step
        for frame in range(int(onset + 1e-6), min(count, int(np.ceil(end - 1e-6)))):
            share = min(end, frame + 1) - max(onset, frame)
            sounding[frame, note.pitch % 12] += share
            height[frame] += share * (note.pitch - mean_pitch) / 12
            filled[frame] += share
            if onset >= frame - 1e-6:
                attacked[frame, note.pitch % 12] += share
            if leaps[index] or leaps[index + 1]:
                leapt[frame, note.pitch % 12] += share
            if onset <= frame + 0.13 and end > frame + 0.13:
                at_start[frame, note.pitch % 12] = 1.0
    heights = (height / np.maximum(filled, 1e-6)).astype(np.float32)
    bar, slot = np.divmod(np.arange(count), per_bar)
    return Frames(float(start), step, per_bar, np.minimum(sounding, 1), np.minimum(attacked, 1), np.minimum(leapt, 1),
                  at_start, heights, bar, slot, np.array(metrical_strengths(per_bar))[slot])


def first_full_bar(frames: Frames) -> int:
    """1 where bar 0 holds but an upbeat (it begins with silence for at least half its length), else 0."""
    half = frames.per_bar - frames.per_bar // 2
    return int(frames.bars > 1 and not frames.sounding[:half].sum() > 0.25)


def bar_likeness(frames: Frames) -> Array:
    """(bars, bars): cosine between the bars' melodies, frame by frame; a silent bar is like none."""
    shape = frames.sounding.reshape(frames.bars, -1)
    shape = shape / np.maximum(np.linalg.norm(shape, axis=1, keepdims=True), 1e-9)
    return shape @ shape.T


def features(frames: Frames, signature_pc: int, minor: float, tradition: str = TRADITIONS[0]) -> Array:
    """What the network reads: (frames, FEATURES). ``signature_pc`` is the tonic of the signature's major
    key, ``minor`` (0..1) how sure it is that the tune is in the relative minor."""
    count, bars = len(frames), frames.bars

    def turned(pitch_classes: Array) -> Array:
        return np.roll(pitch_classes, -signature_pc, axis=1)

    sounding = turned(frames.sounding)
    by_bar = sounding.reshape(bars, frames.per_bar, 12).mean(1)
    halves = np.zeros_like(sounding)  # what sounds from this frame to the next strong one
    strong = np.append(np.flatnonzero(frames.strength > 0), count)
    for a, b in pairwise(strong):
        halves[a:b] = sounding[a:b].mean(0)
    following = np.concatenate([by_bar[1:], np.zeros((1, 12), np.float32)])
    whole = np.broadcast_to(sounding.mean(0) * 4, sounding.shape)
    place = np.zeros((count, 6), np.float32)  # bar line, mid-bar, other; duple, triple, odd bars
    place[np.arange(count), 2 - frames.strength] = 1
    place[:, 3 + (0 if frames.per_bar % 2 == 0 else 1 if frames.per_bar % 3 == 0 else 2)] = 1
    number = frames.bar - first_full_bar(frames)
    phrase = np.eye(PHRASE_BARS, dtype=np.float32)[number % PHRASE_BARS]
    from_start = np.eye(EDGE_BARS + 1, dtype=np.float32)[np.minimum(frames.bar, EDGE_BARS)]
    to_end = np.eye(EDGE_BARS + 1, dtype=np.float32)[np.minimum(bars - 1 - frames.bar, EDGE_BARS)]
    alike = bar_likeness(frames)
    returns = np.zeros((bars, 2 * len(LAGS_BARS)), np.float32)  # is this bar the one n bars ago, or ahead?
    for column, lag in enumerate(LAGS_BARS):
        if lag < bars:
            returns[lag:, 2 * column] = returns[:-lag, 2 * column + 1] = np.diagonal(alike, lag)
    custom = np.zeros((count, len(TRADITIONS)), np.float32)
    custom[:, TRADITIONS.index(tradition)] = 1
    rest = 1 - np.minimum(frames.sounding.sum(1), 1)
    single = np.stack([rest, frames.height, np.full(count, minor), frames.slot / frames.per_bar,
                       np.full(count, min(bars / 64, 1.0))], axis=1)
    return np.concatenate([
        sounding, turned(frames.attacked), turned(frames.leapt), turned(frames.at_start), halves, by_bar[frames.bar],
        following[frames.bar], whole, place, phrase, from_start, to_end, returns[frames.bar], custom, single,
    ], axis=1).astype(np.float32)


FEATURES = 8 * 12 + 6 + PHRASE_BARS + 2 * (EDGE_BARS + 1) + 2 * len(LAGS_BARS) + len(TRADITIONS) + 5
