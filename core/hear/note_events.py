"""From activations to candidate notes: every place where a note of some pitch may begin, and where it would end."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.hear.posteriors import PITCHES, Posteriors

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

FAINTEST = 0.20          # no note begins where the onset activation (or the note's rise) is lower
SOUNDS = 0.22            # a note sounds on while its activation is higher than this
GAP_FRAMES = 8           # and ends when it was lower for so long (93 ms)
RISE_FRAMES = 3
APART_FRAMES = 4         # two onsets of one pitch lie further apart: 46 ms


@dataclass(frozen=True)
class Candidates:
    """Possible notes, by onset: columns of one value each. Frames index the posteriors they came from."""

    onset: Ints          # (n,) frame of the onset's peak
    pitch: Ints          # (n,) column of the posteriors: MIDI pitch minus 21
    strength: Floats     # (n,) height of the onset's peak


def onset_curve(heard: Posteriors) -> Floats:
    """(frames, 88): the onset activation, or how much the note's own activation rises, whichever says more.

    After basic-pitch's own inferred onsets (the rise scaled to the onsets' maximum), smoothed against
    one-frame flicker.
    """
    padded = np.concatenate([np.zeros((RISE_FRAMES, heard.note.shape[1]), np.float32), heard.note])
    rise = np.minimum(heard.note - padded[:-RISE_FRAMES], heard.note - padded[1:1 - RISE_FRAMES])
    return np.maximum(heard.onset, 0.8 * np.maximum(rise, 0))


def find_candidates(heard: Posteriors) -> Candidates:
    """All local maxima of the onset curve that are not faint."""
    curve = onset_curve(heard)
    higher = np.pad(curve, ((APART_FRAMES, APART_FRAMES), (0, 0)))
    around = np.lib.stride_tricks.sliding_window_view(higher, 2 * APART_FRAMES + 1, axis=0)
    peaks = (curve >= FAINTEST)
    frames, pitches = np.nonzero(peaks)
    kept = curve[frames, pitches] >= around[frames, pitches].max(1)
    frames, pitches = frames[kept], pitches[kept]
    return Candidates(frames, pitches, curve[frames, pitches])


def ends(heard: Posteriors, onset: Ints, pitch: Ints) -> Ints:
    """(n,) the frame at which each note ends: its activation stays low, or the same pitch begins again."""
    found = np.empty(len(onset), np.int64)
    frames = len(heard.note)
    for p in range(PITCHES):
        mine = np.flatnonzero(pitch == p)
        if not len(mine):
            continue
        mine = mine[np.argsort(onset[mine], kind="stable")]
        last = _ends_of_silence(heard.note[:, p])
        limits = np.append(onset[mine][1:], frames)
        found[mine] = np.minimum(last[np.minimum(onset[mine] + 2, frames - 1)], limits)
    return np.maximum(found, onset + 1)


def _ends_of_silence(activation: Floats) -> Ints:
    """(frames,) for every frame the first one at which a silence of GAP_FRAMES begins, from there on."""
    frames = len(activation)
    low = activation < SOUNDS
    # a run of GAP_FRAMES low frames starting here
    run = np.concatenate([[0], np.cumsum(np.concatenate([low, np.ones(GAP_FRAMES, bool)]))])
    starts = run[GAP_FRAMES:GAP_FRAMES + frames] - run[:frames] == GAP_FRAMES
    at = np.where(starts, np.arange(frames), frames)
    return np.minimum.accumulate(at[::-1])[::-1]
