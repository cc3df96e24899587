"""What a drum part looks like whoever played it and whatever recorded it: the drum genre model's input.

Keys are gathered into nine voices of the kit (Roland's own numbers beside General MIDI's), onsets rounded
to a twelfth of a beat, so that swing is seen and a human's microtiming is not (only one collection has
any). Velocities are read against the part's own loudest playing: ghost notes and accents count, the scale
does not. Four bars make a window. After Ellis & Arroyo (ISMIR 2004, "Eigenrhythms") and the bar-pattern
histograms of Pikrakis & Theodoridis; the tempo goes in as soft classes, an octave apart ones included.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.music import Note

FloatArray = NDArray[np.float64]

VOICES = ("kick", "snare", "side stick", "hat", "open hat", "ride", "crash", "tom", "percussion")
_KEYS = {
    "kick": (33, 35, 36),
    "snare": (31, 34, 38, 39, 40),
    "side stick": (32, 37, 75, 76, 77),  # a clave or wood block marks time as a rim does
    "hat": (22, 42, 44),
    "open hat": (26, 46),
    "ride": (51, 53, 59),
    "crash": (49, 52, 55, 57),
    "tom": (41, 43, 45, 47, 48, 50, 58),
}
_VOICE_OF = {key: VOICES.index(voice) for voice, keys in _KEYS.items() for key in keys}
STEPS = 12  # to the beat
BAR_BEATS = 4
WINDOW_BEATS = 16.0
MIN_HITS = 4
_LAGS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
_TEMPI = np.log2(np.array([60, 72, 84, 96, 108, 120, 132, 150, 175, 205, 250]))


def windows(hits: Sequence[Note], beats: float = WINDOW_BEATS, *, most: int = 8) -> list[tuple[Note, ...]]:
    """The part in stretches of ``beats`` from bar line to bar line, half a stretch apart, at most ``most`` of them."""
    ordered = sorted(hits, key=lambda hit: hit.onset_beats)
    if not ordered:
        return []
    first = ordered[0].onset_beats + 0.1
    first -= first % BAR_BEATS
    last = ordered[-1].onset_beats
    count = max(int((last - first - beats) // (beats / 2)) + 2, 1) if last - first > beats else 1
    starts = [first + round(i) * beats / 2 for i in np.linspace(0, count - 1, min(count, most))]
    found = [tuple(hit for hit in ordered if start - 0.1 <= hit.onset_beats < start + beats - 0.1) for start in starts]
    long_enough = [window for window in found if len(window) >= MIN_HITS]
    return long_enough or ([tuple(ordered)] if len(ordered) >= MIN_HITS else [])


def measure(hits: Sequence[Note], bpm: float) -> NDArray[np.float32]:
    """The features of one window, float32 (features,). Raises ValueError below MIN_HITS hits."""
    if len(hits) < MIN_HITS:
        raise ValueError(f"{len(hits)} hits are too few to measure")
    steps = np.array([round(hit.onset_beats * STEPS) for hit in hits])
    steps -= steps.min() // (STEPS * BAR_BEATS) * STEPS * BAR_BEATS
    voices = np.array([_VOICE_OF.get(hit.pitch, len(VOICES) - 1) for hit in hits])
    loud = np.array([hit.velocity for hit in hits], dtype=float)
    loud = np.minimum(loud / max(float(np.percentile(loud, 90)), 1.0), 1.2)
    span = max((int(steps.max()) - int(steps.min())) / STEPS, 1.0)
    parts = [*_patterns(steps, voices), *_balance(steps, voices, loud, span), *_motion(steps, voices), _tempo(bpm)]
    return np.concatenate(parts).astype(np.float32)


def _patterns(steps: NDArray[np.int_], voices: NDArray[np.int_]) -> list[FloatArray]:
    """How full each sixteenth of the bar is, voice by voice, and each twelfth of the beat."""
    bars = max(int(np.ceil((steps.max() + 1) / (STEPS * BAR_BEATS))), 1)
    first = int(steps.min()) / (STEPS * BAR_BEATS)
    bars_played = max(bars - first, 0.5)
    sixteenths = ((steps + 1) // 3) % 16
    out = []
    for voice in range(len(VOICES)):
        mine = voices == voice
        bar = np.bincount(sixteenths[mine], minlength=16) / bars_played
        out.append(np.minimum(bar, 1.5) if voice < 6 else np.minimum(bar.reshape(4, 4).sum(0), 2.0))
    for group in ([0], [1, 2], [3, 4, 5]):
        mine = np.isin(voices, group)
        beat = np.bincount(steps[mine] % STEPS, minlength=STEPS).astype(float)
        beat /= max(beat.sum(), 1.0)
        out.append(np.sqrt(np.array([beat[[11, 0, 1]].sum(), beat[[2, 3]].sum(), beat[4], beat[5:8].sum(),
                                     beat[8], beat[[9, 10]].sum()])))
    return out


def _balance(steps: NDArray[np.int_], voices: NDArray[np.int_], loud: FloatArray, span: float) -> list[FloatArray]:
    """Which voices play, how often, how unevenly; ghost notes; how full the beat is."""
    counts = np.bincount(voices, minlength=len(VOICES)).astype(float)
    snare = loud[voices == 1]
    cymbals = loud[np.isin(voices, (3, 4, 5))]
    strikes = np.unique(steps)
    together = len(steps) / len(strikes)
    beats = np.arange(int(steps.max()) // STEPS + 1)
    kicks, snares = set(steps[voices == 0].tolist()), set(steps[np.isin(voices, (1, 2))].tolist())

    def near(struck: set[int], at: int) -> bool:
        return bool(struck & {at - 1, at, at + 1})

    on_floor = np.array([near(kicks, int(b) * STEPS) for b in beats])
    back = np.array([near(snares, int(b) * STEPS) for b in beats])
    return [
        np.sqrt(counts / counts.sum()),
        np.minimum(counts / span / 2, 2.0),
        (counts > 0).astype(float),
        np.array([
            on_floor.mean(), on_floor[::2].mean(), back[1::2].mean() if len(back) > 1 else 0.0, back[::2].mean(),
            (snare < 0.45).mean() if len(snare) else 0.0, snare.std() if len(snare) else 0.0,
            (cymbals < 0.5).mean() if len(cymbals) else 0.0, cymbals.std() if len(cymbals) else 0.0,
            loud.std(), together - 1, min(len(strikes) / span / 4, 1.5),
            float(np.mean(steps % 3 != 0)), float(np.mean(np.isin(steps % STEPS, (4, 8)))),
            float(np.mean(np.isin(steps % 6, (3,)))),
        ]),
    ]


def _motion(steps: NDArray[np.int_], voices: NDArray[np.int_]) -> list[FloatArray]:
    """Periodicity of kick, snare and cymbals, and which voice follows which."""
    end = int(steps.max()) + 1
    echoes = []
    for group in ([0], [1, 2], [3, 4, 5]):
        train = np.zeros(end)
        train[steps[np.isin(voices, group)]] = 1.0
        train = np.convolve(train, [0.5, 1.0, 0.5], "same")
        power = max(float(train @ train), 1e-9)
        echoes += [float(train[int(lag * STEPS):] @ train[:-int(lag * STEPS)]) / power if end > lag * STEPS else 0.0
                   for lag in _LAGS]
    order = np.lexsort((voices, steps))
    coarse = np.array([0, 1, 1, 2, 2, 2, 3, 3, 4])[voices[order]]
    pairs = np.bincount(coarse[:-1] * 5 + coarse[1:], minlength=25).astype(float)
    return [np.minimum(np.array(echoes), 1.5), np.sqrt(pairs / max(pairs.sum(), 1.0))]


def _tempo(bpm: float) -> FloatArray:
    """Closeness to each of eleven tempi, in octaves."""
    return np.exp(-0.5 * ((np.log2(max(bpm, 1.0)) - _TEMPI) / 0.15) ** 2)
