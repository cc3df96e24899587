"""From seconds to note values: the k likeliest readings of a lone line's onsets, at every plausible tempo.

A beam of hidden Markov models in the manner of Raphael (2002) and Cemgil & Kappen (2003): the hidden state is the
onset's place within the beat, every survivor carries a Kalman filter over (clock, beat period), so that a tempo
which drifts is followed; steps between places have learned probabilities (models/rhythm.npz). A quarter has
``TICKS`` ticks; places are the sixteenths and the triplet eighths.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TICKS = 12
PLACES = np.array([0, 3, 4, 6, 8, 9])
MAX_STEP = 16 * TICKS
ONSET_SD_S = 0.024  # of one sung onset round its ideal time
PAUSE_SLACK = 0.1  # singers stretch their breaths: standard deviation, as a share of the silence
WAIT_CHANCE, WAIT_S = 0.01, 0.3  # now and then they wait before they go on: how often, and how long
BREATH_S, HELD_S = 0.2, 1.0  # where that may be: after a silence, or after a long note
DRIFT_SD = 0.010  # relative change of the tempo from note to note
FIRST_TEMPO_SD = 0.035
STRAY_LIKELIHOOD = 3e-3  # density per second of an onset that is nowhere near its place
SLOWEST_BPM, FASTEST_BPM, TEMPO_STEP = 44.0, 240.0, 1.05


@dataclass(frozen=True)
class Reading:
    """One way to read the onsets: ``ticks`` from the first note's beat, and what speaks for it."""

    ticks: Ints  # (notes,), the first within 0..TICKS-1
    log_likelihood: float  # of the onset times, given the ticks
    log_prior: float  # of the steps
    bpm: float

    @property
    def score(self) -> float:
        """Log probability up to a constant."""
        return self.log_likelihood + self.log_prior


def tempo_grid(bpm: float | None = None) -> Floats:
    """The tempos tried (quarters a minute), shape (tempos,): all plausible ones, or those round a wish."""
    if bpm is not None:
        return bpm * np.array([0.96, 1.0, 1.04])
    count = int(np.ceil(np.log(FASTEST_BPM / SLOWEST_BPM) / np.log(TEMPO_STEP))) + 1
    return np.geomspace(SLOWEST_BPM, FASTEST_BPM, count)


def read_onsets(
    onsets_s: Floats, step_log_prob: Floats, tempos: Floats, *, pauses_s: Floats | None = None, late_ticks: float = 0.0
) -> list[Reading]:
    """The best reading for every tempo and last place, best first.

    ``step_log_prob`` has shape (places, MAX_STEP + 1): log probability of a step of d ticks from a place.
    ``pauses_s`` (notes - 1,): silence after every note but the last, across which the beat is less sure.
    ``late_ticks``: how much later than written the eighth after the beat is sung, when eighths swing.
    """
    places = len(PLACES)
    shape = (len(tempos), places)
    period = np.repeat(60.0 / tempos[:, None], places, axis=1)
    clock = np.full(shape, onsets_s[0])
    var_c = np.full(shape, ONSET_SD_S**2)
    var_cp = np.zeros(shape)
    var_p = (FIRST_TEMPO_SD * period) ** 2
    total = np.broadcast_to(np.log([0.74, 0.02, 0.005, 0.2, 0.005, 0.03]), shape).copy()
    prior = total.copy()
    back: list[Ints] = []
    steps: list[Ints] = []
    late = late_ticks * (PLACES == TICKS // 2)
    warp = late[None, :] - late[:, None]
    offset = (PLACES[None, :] - PLACES[:, None]) % TICKS  # (from, to)
    pauses = np.zeros(len(onsets_s) - 1) if pauses_s is None else pauses_s
    slack = (PAUSE_SLACK * pauses) ** 2
    waits = WAIT_CHANCE * ((pauses > BREATH_S) | (np.diff(onsets_s) > HELD_S))
    for onset, pause_var, waits_here in zip(onsets_s[1:], slack, waits, strict=True):
        # how many whole beats the step spans: the number that fits the filter's prediction best
        wanted = (onset - clock[:, :, None]) / period[:, :, None] * TICKS
        beats = np.round((wanted - offset - warp) / TICKS)
        d = (offset + TICKS * np.maximum(beats, np.where(offset == 0, 1, 0))).astype(np.int64)
        d = np.minimum(d, MAX_STEP - TICKS + offset)
        x = (d + warp) / TICKS
        p = period[:, :, None]
        predicted = clock[:, :, None] + x * p
        drift = var_p[:, :, None] + (DRIFT_SD * p) ** 2
        spread_c = var_c[:, :, None] + 2 * x * var_cp[:, :, None] + x * x * drift + pause_var
        spread_cp = var_cp[:, :, None] + x * drift
        innovation = onset - predicted
        s = spread_c + ONSET_SD_S**2
        fit = np.exp(-0.5 * innovation**2 / s) / np.sqrt(2 * np.pi * s)
        s_waited = s + WAIT_S**2
        waited = waits_here * np.exp(-0.5 * innovation**2 / s_waited) / np.sqrt(2 * np.pi * s_waited)
        likelihood = np.log(fit + waited + STRAY_LIKELIHOOD)
        step_prior = step_log_prob[np.arange(places)[None, :, None], d]
        score = total[:, :, None] + likelihood + step_prior
        best = score.argmax(axis=1)  # (tempos, to)
        pick = np.take_along_axis
        at = best[:, None, :]
        total = pick(score, at, 1)[:, 0]
        prior = pick(prior[:, :, None] + step_prior, at, 1)[:, 0]
        everything = fit + waited + STRAY_LIKELIHOOD
        trust, trust_waited = pick(fit / everything, at, 1)[:, 0], pick(waited / everything, at, 1)[:, 0]
        s = pick(s, at, 1)[:, 0]
        gain_c = trust * pick(spread_c, at, 1)[:, 0] / s + trust_waited  # who waited sets the clock anew
        gain_p = trust * pick(spread_cp, at, 1)[:, 0] / s
        innovation = pick(innovation, at, 1)[:, 0]
        clock = pick(predicted, at, 1)[:, 0] + gain_c * innovation
        period = pick(np.broadcast_to(p, score.shape), at, 1)[:, 0] + gain_p * innovation
        new_c, new_cp = pick(spread_c, at, 1)[:, 0], pick(spread_cp, at, 1)[:, 0]
        var_p = pick(drift * np.ones_like(score), at, 1)[:, 0] - gain_p * new_cp
        var_c, var_cp = new_c * (1 - gain_c), new_cp * (1 - gain_c)
        back.append(best)
        steps.append(pick(d, at, 1)[:, 0])
    found: dict[bytes, Reading] = {}
    for t in range(len(tempos)):
        for place in range(places):
            ticks = _trace(back, steps, t, place)
            length_s = onsets_s[-1] - onsets_s[0]
            bpm = 60.0 * (ticks[-1] - ticks[0]) / TICKS / length_s if length_s > 0 else float(tempos[t])
            reading = Reading(ticks, float(total[t, place] - prior[t, place]), float(prior[t, place]), bpm)
            name = ticks.tobytes()
            if name not in found or found[name].score < reading.score:
                found[name] = reading
    return sorted(found.values(), key=lambda reading: -reading.score)


def _trace(back: list[Ints], steps: list[Ints], tempo: int, place: int) -> Ints:
    """The survivor's ticks."""
    walk = []
    for best, step in zip(reversed(back), reversed(steps), strict=True):
        walk.append(int(step[tempo, place]))
        place = int(best[tempo, place])
    return np.cumsum([int(PLACES[place]), *reversed(walk)])
