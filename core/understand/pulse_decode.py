"""From what the beat network heard to beats and bars: the likeliest path through bars of two, three or four beats.

A bar pointer (Krebs, Böck & Widmer 2015, "An efficient state-space model for joint tempo and meter tracking") written
as a search over beats: the state of a beat is its place in its bar and the time since the beat before.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FRAME_S = 0.02
METERS = ((2, False), (3, False), (4, False), (2, True), (3, True), (4, True))  # beats in a bar, each in threes

SLOWEST_BPM, FASTEST_BPM = 40.0, 216.0
GAPS = np.arange(round(60 / FASTEST_BPM / FRAME_S), round(60 / SLOWEST_BPM / FRAME_S) + 1)  # frames from beat to beat
SIZES = (2, 3, 4)             # beats in a bar
SIZE_PRIOR = {2: -1.0, 3: 0.0, 4: 0.0}
METER_WEIGHT = 5.0            # of the network's opinion on the meter of the whole piece
ODD_BAR, NEW_METER = 4.0, 8.0   # prices of a bar with a beat too few or too many, and of another meter from a bar on
CHANGE, LEAP = 8.0, 100.0      # price of a gap that is e times the one before: of the step, and of its square
BIAS = 0.9                    # what each beat is worth besides its chance
BAR_WEIGHT = 0.7
TEMPO_BINS = np.geomspace(44.0, 208.0, 20)  # beats a minute among which the network chooses
NEGLIGIBLE = 0.04             # of the likeliest within a slow beat: no beat lies there
SURE = 0.004                  # no chance is smaller
TEMPO_WEIGHT = 1.2            # of the network's opinion on the tempo, for every beat
USUAL_BPM, USUAL_OCTAVES, USUAL_WEIGHT = 104.0, 0.75, 1.5
UNHEARD, UNHEARD_BAR = 0.1, 0.3  # chance of a beat where nothing begins, and that such a beat begins a bar
SPREAD = (1.0, 0.7, 0.3)      # a beat may lie 0, 1, 2 frames beside its notes
LOCAL_MOMENTS = 24            # moments to either side whose opinions on the tempo count


@dataclass(frozen=True)
class Beats:
    """``frames`` of the beats (n,), and which ``opens`` a bar; most bars have ``size`` beats; ``compound``: whether
    beats are in threes."""

    frames: npt.NDArray[np.int64]
    opens: npt.NDArray[np.bool_]
    size: int
    compound: bool


def decode(onsets_s: Floats, heard: Floats) -> Beats | None:
    """The beats of moments (n,) from what the network says of them: (n, 2 + meters + tempos), chances of a beat and a
    bar line, of METERS and of TEMPO_BINS. None where too few fit."""
    start = max(0, int(onsets_s[0] / FRAME_S) - 3)
    beat, bar, tempo = _frames(onsets_s - start * FRAME_S, heard)
    count, gaps = len(beat), len(GAPS)
    if count < 3 * GAPS[0]:
        return None
    worth = np.log(beat / (1 - beat)) + BIAS
    opens = np.clip(bar, 0.02, 0.98)
    states = [(size, place) for size in SIZES for place in range(size)]
    size_of, place_of = (np.array(column) for column in zip(*states, strict=True))
    price = _prices(states)
    gain = worth[:, None] + BAR_WEIGHT * np.where(place_of == 0, np.log(opens)[:, None], np.log(1 - opens)[:, None])
    step = np.abs(np.log(GAPS[:, None] / GAPS[None, :]))
    change = (-CHANGE * step - LEAP * step**2).astype(np.float32)
    reach = int(GAPS[-1])
    # ahead[t, i, d]: the best of paths that end on a beat at t, in state i, and go on with a gap of GAPS[d]
    ahead = np.full((count + reach, len(size_of), gaps), -np.inf, np.float32)
    came = np.zeros((count, len(states), gaps), np.uint8)
    source = np.zeros((count, len(states), gaps), np.uint8)
    begun = np.zeros((reach, len(size_of), gaps), bool)
    likely = _likely(beat)
    columns = np.arange(gaps)
    total = np.empty((len(size_of), gaps), np.float32)
    meters = np.log(heard[:, 2:2 + len(METERS)] + 1e-3).mean(0)
    likeliest = {size: max((k for k, m in enumerate(METERS) if m[0] == size), key=meters.__getitem__) for size in SIZES}
    fresh = np.array([SIZE_PRIOR[s] + METER_WEIGHT * meters[likeliest[s]] for s in size_of])[:, None]
    best_end: tuple[float, int, int, int] = (-np.inf, 0, 0, 0)
    for t in np.flatnonzero(likely).tolist():
        arriving = ahead[t - GAPS + reach, :, columns].T[:, None, :] - price[:, :, None]
        source[t] = arriving.argmax(0)
        arriving.max(0, out=total)
        if t < reach:  # a path may begin here
            begun[t] = total < fresh
            np.maximum(total, fresh, out=total)
        total += gain[t][:, None] + tempo[t]
        if t >= count - 2 * reach:
            i, d = np.unravel_index(int(total.argmax()), total.shape)
            if total[i, d] > best_end[0]:
                best_end = (float(total[i, d]), t, int(i), int(d))
        ways = total[:, None, :] + change
        choice = ways.argmax(2)
        came[t] = choice
        ahead[t + reach] = np.take_along_axis(ways, choice[:, :, None], 2)[:, :, 0]
    return _walk_back(best_end[1:], came, source, begun, states, start, likeliest)


def _frames(onsets_s: Floats, heard: Floats) -> tuple[Floats, Floats, Floats]:
    """(frames,) chance of a beat, chance that a beat there begins a bar, and (frames, gaps) what a gap is worth."""
    count = int(onsets_s[-1] / FRAME_S) + 4
    beat, bar = np.full(count, UNHEARD), np.full(count, UNHEARD_BAR)
    opens = heard[:, 1] / np.maximum(heard[:, 0], heard[:, 1])
    at = np.round(onsets_s / FRAME_S).astype(int)
    for shift in range(len(SPREAD) - 1, -1, -1):
        for place in {shift, -shift}:
            where = np.clip(at + place, 0, count - 1)
            chance = heard[:, 0] * SPREAD[shift]
            better = chance > beat[where]
            beat[where[better]], bar[where[better]] = chance[better], opens[better]
    opinion = np.log(heard[:, 2 + len(METERS):] + 1e-3)
    total = np.cumsum(np.concatenate([np.zeros((1, opinion.shape[1])), opinion]), 0)
    index = np.arange(len(opinion))
    a, b = np.maximum(index - LOCAL_MOMENTS, 0), np.minimum(index + LOCAL_MOMENTS + 1, len(opinion))
    local = (total[b] - total[a]) / (b - a)[:, None]
    log_bpm = np.log(60 / (GAPS * FRAME_S))
    by_gap = np.stack([np.interp(log_bpm, np.log(TEMPO_BINS), row) for row in local])
    by_gap -= 0.5 * USUAL_WEIGHT * ((log_bpm - np.log(USUAL_BPM)) / np.log(2) / USUAL_OCTAVES) ** 2
    by_gap -= by_gap.max(1, keepdims=True)
    nearest = np.clip(np.searchsorted(onsets_s, np.arange(count) * FRAME_S), 0, len(onsets_s) - 1)
    return np.clip(beat, SURE, 1 - SURE), bar, (TEMPO_WEIGHT * by_gap[nearest]).astype(np.float32)


def _likely(beat: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Frames that are worth a look: those not far less likely than the likeliest near them."""
    from numpy.lib.stride_tricks import sliding_window_view

    side = int(GAPS[-1]) // 2
    highest = sliding_window_view(np.pad(beat, side, mode="edge"), 2 * side + 1).max(1)
    return np.asarray(beat >= NEGLIGIBLE * highest)


def _prices(states: list[tuple[int, int]]) -> npt.NDArray[np.float32]:
    """(states, states) what it costs to go from the one to the next beat in the other."""
    price = np.full((len(states), len(states)), np.inf, np.float32)
    for i, (size, place) in enumerate(states):
        for j, (next_size, next_place) in enumerate(states):
            if next_place == 0 and next_size != size and place == size - 1:
                price[i, j] = NEW_METER
            elif next_size == size and next_place == (place + 1) % size:
                price[i, j] = 0.0
            elif next_size == size and (next_place == 0 < place or next_place == place == size - 1):
                price[i, j] = ODD_BAR
    return price


def _walk_back(last: tuple[int, int, int], came: npt.NDArray[np.uint8], source: npt.NDArray[np.uint8],
               begun: npt.NDArray[np.bool_], states: list[tuple[int, int]], start: int, likeliest: dict[int, int]
               ) -> Beats | None:
    t, i, d = last
    frames, places = [], []
    while True:
        frames.append(t + start)
        places.append(i)
        earlier = t - int(GAPS[d])
        if t < len(begun) and begun[t, i, d]:
            break
        i = int(source[t, i, d])
        d = int(came[earlier, i, d])
        t = earlier
    if len(frames) < 3:
        return None
    path = [states[i] for i in reversed(places)]
    size = max(SIZES, key=[s for s, _ in path].count)
    return Beats(np.array(frames[::-1]), np.array([place == 0 for _, place in path]), size, METERS[likeliest[size]][1])
