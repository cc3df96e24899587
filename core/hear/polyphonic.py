"""Any recording into its notes: several at once, of any instruments. The door of polyphonic hearing.

basic-pitch's network tells what may sound (``posteriors``), every place where a note may begin is a candidate
(``note_events``), our own small network judges each by its surroundings (``note_judge``, models/note_judge.md), and
those that are likely enough become notes, with the loudness their partials have in the spectrum.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.audio import Sound
from core.errors import NoMelody, TooQuiet
from core.hear import pitch
from core.hear.note_events import ends, find_candidates
from core.hear.note_features import pitch_spectrum
from core.hear.note_judge import judge_notes
from core.hear.posteriors import LOWEST_MIDI, RATE, Posteriors, posteriors
from core.hear.verdict import HELD_IN_DOUBT, weigh
from core.music import SungNote

NO_NOTES = "I hear no notes in this recording. Please send music: an instrument, a band, or somebody singing."
QUIET_DB = -65.0         # a recording whose loudest moment lies lower holds nothing
THRESHOLD = 0.45         # probability from which a candidate becomes a note
DOUBLED_S = 0.06         # of two onsets of a pitch that lie nearer, the likelier one stays
SHORTEST_S = 0.05
MIN_NOTES = 2
DUST_S = 0.08            # "notes" of noise are no longer than this
TALK_HARMONIC = 0.75     # from which share of harmonic energy a sound is one voice alone
TALK_SLIDES = 0.11       # semitones in 16 ms: talk has 0.18 and more, singing 0.05, instruments 0.03
LOW_PEAK, USUAL_PEAK = 0.1, 0.5
PARTIALS = 5
SPECTRUM = 2_048         # samples after the onset whose spectrum tells the loudness: 93 ms


def hear_polyphony(sound: Sound, *, progress: Callable[[float], None] = lambda _share: None) -> tuple[SungNote, ...]:
    """The notes of a recording by onset: whole MIDI pitches, ``confidence`` the probability that it is a note.

    Raises TooQuiet for silence and NoMelody where there is none.
    """
    samples = np.ascontiguousarray(sound.at(RATE).samples, dtype=np.float32)
    peak = float(np.abs(samples).max(initial=0.0))
    if 20 * np.log10(peak + 1e-9) < QUIET_DB:
        raise TooQuiet("I hear next to nothing in this recording. Please send a louder one.")
    gain = USUAL_PEAK / peak if peak < LOW_PEAK else 1.0  # the network's own levelling has a floor
    samples = samples * np.float32(gain)
    if is_talk(samples):
        raise NoMelody(NO_NOTES)
    notes = tuple(replace(note, loudness_db=note.loudness_db - 20 * math.log10(gain))
                  for note in notes_of(posteriors(samples, progress=progress), samples))
    if len(notes) < MIN_NOTES or np.median([note.duration_s for note in notes]) < DUST_S:
        raise NoMelody(NO_NOTES)
    return notes


def is_talk(samples: np.ndarray) -> bool:
    """Whether mono ``samples`` at 22,050 Hz are somebody talking: one voice, that never stays on a pitch.

    Judged by three stretches of ten seconds. A fast solo holds no note long either, but its pitch stands still.
    """
    stretch = 10 * RATE
    starts = np.linspace(0, max(0, len(samples) - stretch), 3 if len(samples) > 3 * stretch else 1)
    few = np.concatenate([samples[int(a):int(a) + stretch] for a in starts])
    few = Sound(np.ascontiguousarray(few, dtype=np.float32), RATE).at(pitch.RATE).samples
    track = pitch.track_pitch(few)
    evidence = weigh(few, track)
    voiced = track.confidence >= 0.5
    slides = np.abs(np.diff(track.pitch_midi))[voiced[1:] & voiced[:-1]]
    return bool(len(slides) > 20 and evidence.harmonic > TALK_HARMONIC and evidence.held < HELD_IN_DOUBT
                and np.median(slides) > TALK_SLIDES)


def notes_of(heard: Posteriors, samples: np.ndarray) -> tuple[SungNote, ...]:
    """The notes that these activations of mono ``samples`` at 22,050 Hz speak for."""
    found = find_candidates(heard)
    verdicts = judge_notes(heard, pitch_spectrum(samples, heard.times_s), found)
    kept = _once(verdicts.onset_s, found.pitch, verdicts.probability)
    begin_s, column, sure = verdicts.onset_s[kept], found.pitch[kept], verdicts.probability[kept]
    until = ends(heard, np.searchsorted(heard.times_s, begin_s).clip(0, len(heard.times_s) - 1), column)
    end_s = np.maximum(heard.times_s[np.minimum(until, len(heard.times_s) - 1)], begin_s + SHORTEST_S)
    midi = column + LOWEST_MIDI
    rows = sorted(zip(begin_s, end_s, midi, sure, partial_loudness(samples, begin_s, midi), strict=True))
    return tuple(SungNote(float(a), float(b), float(p), float(c), float(d)) for a, b, p, c, d in rows)


def _once(onset_s: np.ndarray, column: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Indices of the candidates that become notes, each note once."""
    last: dict[int, int] = {}
    kept: list[int] = []
    likely = np.flatnonzero(probability >= THRESHOLD)
    for index in likely[np.argsort(onset_s[likely], kind="stable")].tolist():
        before = last.get(int(column[index]))
        if before is not None and onset_s[index] - onset_s[kept[before]] < DOUBLED_S:
            if probability[index] > probability[kept[before]]:
                kept[before] = index
            continue
        last[int(column[index])] = len(kept)
        kept.append(index)
    return np.array(kept, np.int64)


def partial_loudness(samples: np.ndarray, onset_s: np.ndarray, pitch_midi: np.ndarray) -> np.ndarray:
    """(n,) dB relative to full scale: the energy at the first partials of each note, just after its onset."""
    window = np.hanning(SPECTRUM).astype(np.float32)
    padded = np.pad(samples, (0, 2 * SPECTRUM))
    loud = np.empty(len(onset_s))
    hz = 440 * 2 ** ((np.asarray(pitch_midi, float) - 69) / 12)
    starts = np.minimum((np.asarray(onset_s) * RATE).astype(int) + 256, len(samples))
    order = np.argsort(starts, kind="stable")
    for few in np.array_split(order, max(1, len(order) // 500)):
        moments, which = np.unique(starts[few], return_inverse=True)
        spectrum = np.fft.rfft(padded[moments[:, None] + np.arange(SPECTRUM)] * window)
        power = (spectrum.real ** 2 + spectrum.imag ** 2) / (0.375 * SPECTRUM ** 2 / 2) / 2
        bins = np.round(hz[few][:, None] * np.arange(1, PARTIALS + 1) * SPECTRUM / RATE).astype(int)
        near = np.clip(bins[:, :, None] + np.arange(-1, 2), 0, power.shape[1] - 1)
        energy = power[which[:, None, None], near].max(2) * (bins < power.shape[1])
        loud[few] = 10 * np.log10(energy.sum(1) + 1e-14)
    return loud
