"""From chord posteriors to sequences of states: Viterbi decoding with harmonic rhythm, variety and alternatives."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from core.compose.harmony_frames import Frames, bar_likeness
from core.compose.harmony_model import FAMILIES, STATES, Floats, signature_of, statistics
from core.music import Key

SIMILAR = 0.9  # cosine above which two bars are the same music
TRIADS = np.array([(0, 4, 7), (0, 4, 7), (0, 3, 7), (0, 3, 6)])  # by family
SEVENTHS = ((0, 4, 7), (0, 4, 7, 10), (0, 3, 7, 10), (0, 3, 6, 9))  # the usual shape of each family
CONSONANCE = (1, -1, -1, 1, 1, 0, -1, 1, 1, 1, -1, -1)  # by interval above a chord tone
ROUNDS = 3
VISIT = 50.0  # a bonus that makes the path visit a state, cheaply or not


@dataclass(frozen=True)
class Weights:
    """How the terms of a path's score are balanced; tuned on the tuning tunes."""

    root: float = 6.0  # for the expected agreement of the root ...
    third: float = 6.0  # ... of root and third, and of the state itself, in each frame
    state: float = 3.0
    tension: float = 1.15  # against consonance: the likeliest chords are smoother than those people choose
    transition: float = 0.1
    change: float = 0.4
    edge: float = 1.0
    clash: float = 1.0  # for a melody note a semitone above a chord tone on a strong beat
    repeat: float = 1.0  # how far a bar that returns takes over what its likes say
    variety: float = 1.0  # share of the usual number of different chords to look for
    surprise: float = 1.5  # against unlikely chords among those
    patience: float = 9.0  # score a path may lose for one chord more


WEIGHTS = Weights()


def usual_variety(bars: int) -> float:
    """How many different chord functions lead sheets use in so many bars (fitted: 3.2 in 4, 7.5 in 16, 10 in 32)."""
    return max(1.0, 2.2 * float(np.log2(bars)) - 1.2)


def same_bars(frames: Frames) -> Floats:
    """(bars, bars): 1 where two bars have the same melody, in the same neighbourhood; the diagonal too."""
    alike = bar_likeness(frames)
    padded = np.pad(alike, 1)
    near = np.maximum(padded[:-2, :-2], padded[2:, 2:])
    same = ((alike > SIMILAR) & (near > SIMILAR)).astype(float)
    np.fill_diagonal(same, 1)
    return same


def share_between_repeats(values: Floats, same: Floats, amount: float) -> Floats:
    """Pull the (frames, 48) values of bars that are the same towards their mean."""
    by_bar = values.reshape(len(same), -1)
    mean = same @ by_bar / same.sum(1, keepdims=True)
    return ((1 - amount) * by_bar + amount * mean).reshape(values.shape)


@lru_cache(maxsize=1)
def clash_table() -> Floats:
    """(48, 12): 1 where a pitch class stands a semitone above a tone of the state's triad and is none itself, or
    is the minor third over a plain major chord."""
    table = np.zeros((STATES, 12))
    for state in range(STATES):
        tones = (state // 4 + TRIADS[state % 4]) % 12
        table[state, (tones + 1) % 12] = 1
        if FAMILIES[state % 4] == "major":
            table[state, (state // 4 + 3) % 12] = 1
        table[state, tones] = 0
    return table


@lru_cache(maxsize=1)
def consonance_table() -> Floats:
    """(48, 12): mean consonance of a pitch class with the tones of a state (Yeh et al., "Automatic melody
    harmonization with triad chords", 2021: 1 for unisons, thirds, fifths and sixths, 0 for fourths, else -1)."""
    return np.array([[sum(CONSONANCE[(pc - state // 4 - step) % 12] for step in shape) / len(shape)
                      for pc in range(12)] for state in range(STATES) for shape in [SEVENTHS[state % 4]]])


@dataclass(frozen=True)
class Trellis:
    """All paths and their scores: ``score`` (frames, 48), ``move`` (48, 48) for a change, ``rhythm`` (frames, 2)
    for keeping or changing the chord; and ``surprise`` (frames, 48), how much less likely each state is than the
    likeliest (log)."""

    score: Floats
    move: Floats
    rhythm: Floats
    surprise: Floats

    def best(self, bonus: Floats | float = 0.0) -> tuple[list[int], Floats]:
        """The best path, and (frames, 48) the score of the best path up to each state."""
        score = self.score + bonus
        everyone = np.arange(STATES)
        total, back = np.empty_like(score), np.zeros(score.shape, np.int64)
        total[0] = score[0]
        for frame in range(1, len(score)):
            arrive = total[frame - 1, :, None] + self.move
            source = arrive.argmax(0)
            changed = arrive[source, everyone] + self.rhythm[frame, 1]
            kept = total[frame - 1] + self.rhythm[frame, 0]
            stays = kept >= changed
            back[frame] = np.where(stays, everyone, source)
            total[frame] = np.where(stays, kept, changed) + score[frame]
        path = [int(total[-1].argmax())]
        for frame in range(len(score) - 1, 0, -1):
            path.append(int(back[frame, path[-1]]))
        return path[::-1], total

    def through(self, bonus: Floats | float = 0.0) -> Floats:
        """(frames, 48): the score of the best path through each state (max-marginals)."""
        _, until = self.best(bonus)
        score = self.score + bonus
        after = np.zeros_like(score)
        for frame in range(len(score) - 2, -1, -1):
            ahead = score[frame + 1] + after[frame + 1]
            moved = (self.move + ahead).max(1) + self.rhythm[frame + 1, 1]
            after[frame] = np.maximum(ahead + self.rhythm[frame + 1, 0], moved)
        return until + after


def expected_agreement(probabilities: Floats, weights: Weights) -> Floats:
    """(frames, 48): how far each state would agree with what people write, on average, in root and third."""
    by_root = probabilities.reshape(-1, 12, 4).sum(2)
    by_third = probabilities.reshape(-1, 24, 2).sum(2)
    return (weights.root * np.repeat(by_root, 4, axis=1) + weights.third * np.repeat(by_third, 2, axis=1)
            + weights.state * probabilities)


def make_trellis(posteriors: Floats, frames: Frames, signature_pc: int, minor: bool, bias: Floats | float,
                 weights: Weights = WEIGHTS, ends_in: Key | None = None) -> Trellis:
    """Put the terms of the score together; ``bias`` (48,) or (frames, 48) is added to every frame's score.
    ``ends_in``: the key at the end, where the tune modulates.

    Paths are scored by the agreement they may expect rather than by their probability (minimum Bayes risk):
    a likely path of rare chords helps nobody if each of its chords is unlikely.
    """
    stats = statistics()
    probabilities = share_between_repeats(np.exp(posteriors), same_bars(frames), weights.repeat)
    heard = np.roll(frames.sounding, -signature_pc, axis=1)
    score = expected_agreement(probabilities, weights) - weights.tension * heard @ consonance_table().T + bias
    score[frames.strength > 0] -= weights.clash * (heard @ clash_table().T)[frames.strength > 0]
    score[0] += weights.edge * stats.start[int(minor)]
    home = stats.end[int(ends_in.is_minor if ends_in else minor)]
    score[-1] += weights.edge * np.roll(home, len(FAMILIES) * (signature_of(ends_in) - signature_pc) if ends_in else 0)
    surprise = np.log(probabilities.max(1, keepdims=True)) - np.log(np.maximum(probabilities, 1e-9))
    return Trellis(score, weights.transition * stats.transition, weights.change * stats.change[frames.strength],
                   surprise)


def likeliest(trellis: Trellis, frames: Frames, weights: Weights) -> list[int]:
    """The best path with about as many different chords as lead sheets have, one state a frame.

    The likeliest path of all is poorer than what people write, since it never takes the second choice; so the
    chords it lacks are let in where they cost least, in every bar that has the same melody.
    """
    path, _ = trellis.best()
    wanted = round(weights.variety * usual_variety(frames.bars))
    bonus = np.zeros_like(trellis.score)
    same = same_bars(frames) > 0
    for _ in range(ROUNDS):
        missing = wanted - len(set(path))
        if missing <= 0:
            break
        through = trellis.through(bonus)
        loss = through.max() - through + weights.surprise * trellis.surprise
        loss[:, sorted(set(path))] = np.inf
        loss[frames.strength == 0] = np.inf
        loss[-frames.per_bar:] = np.inf  # no surprise at the end
        taken = np.zeros(frames.bars, bool)
        added = 0
        for place in np.argsort(loss, axis=None, kind="stable"):
            frame, state = divmod(int(place), STATES)
            bar = frame // frames.per_bar
            if loss[frame, state] > weights.patience or added == missing:
                break
            if taken[bar] or bonus[:, state].any():
                continue
            # Neighbouring additions would change each other's price: they wait for the next round.
            taken[max(0, bar - 1):bar + 2] = True
            alike = np.flatnonzero(same[bar]) * frames.per_bar + frame % frames.per_bar
            bonus[alike[alike < len(path) - frames.per_bar], state] = VISIT
            added += 1
        if not added:
            break
        path, _ = trellis.best(bonus)
    return path


def other_path(trellis: Trellis, frames: Frames, earlier: list[list[int]], weights: Weights) -> list[int]:
    """The best path whose roots differ from those of every earlier one in two fifths of the bars.

    Diverse M-best decoding (Batra et al., "Diverse M-best solutions in Markov random fields", ECCV 2012):
    the roots that earlier paths chose are made dearer until enough bars differ.
    """
    path = earlier[0]
    roots = np.arange(STATES) // len(FAMILIES)
    for penalty in np.geomspace(0.35, 60, 12):
        score = trellis.score.copy()
        for other in earlier:
            dearer_here = penalty * (roots == np.array(other)[:, None] // len(FAMILIES))
            dearer_here[-frames.per_bar:] = 0  # every harmony may come home
            score -= dearer_here
        dearer = replace(trellis, score=score)
        if not all(differ(dearer.best()[0], other, frames.per_bar) for other in earlier):
            continue
        path = likeliest(dearer, frames, weights)
        if all(differ(path, other, frames.per_bar) for other in earlier):
            break
    return path


def differ(one: list[int], other: list[int], per_bar: int) -> bool:
    """Whether the roots of two paths differ in two fifths of the bars: in a third, whatever way bars are compared."""
    a, b = (np.reshape(path, (-1, per_bar)) // len(FAMILIES) for path in (one, other))
    return float((a != b).any(1).mean()) >= 0.4
