"""The lead line of a full mix: the voice, or the instrument that sings.

Our note network was taught with noise and talk around the voice, and finds one in a band as well: it is heard as a lone
voice is, only without the verdict that refuses several, and with swift-f0's own pitch, since the harmonics which would
refine it belong to others too. What lies far from the rest, as the bass where the voice pauses, is left out. Where no
voice leads, the line is the path of loudness, register and small steps through the notes of the whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.audio import Sound
from core.errors import NoMelody, TooQuiet
from core.hear.decode import spans
from core.hear.features import log_mel, side_features
from core.hear.network import activations
from core.hear.pitch import RATE, PitchTrack, track_pitch
from core.hear.polyphonic import NO_NOTES, hear_polyphony
from core.hear.verdict import QUIET_DB, weigh
from core.hear.voice import note_between
from core.music import SungNote

MIX_BELOW = 0.70           # energy share on one pitch's harmonics: a lone voice has 0.9, one over a soft band 0.6
SURE = 0.5                 # notes whose pitch is doubted more are not the lead's
REACH = 11.0               # semitones about the line's middle in which a lead stays
LEADS = 0.12               # share of the time a voice must sing to be the lead
MIN_NOTES = 4
PAUSE_PRICE = 0.15         # of a second without a lead
USUAL_PITCH, USUAL_RANGE, LOWEST = 67.0, 10.0, 50.0
REGISTER_PRICE = 0.075
AROUND_S = 4.0             # to each side: what a note's loudness is compared with
TOGETHER_S = 0.06
LOOK_BACK = 40             # notes among which a line's last one is sought


@dataclass(frozen=True)
class Taste:
    """What ``lead_of`` takes for a lead: notes near the ``quantile`` of loudness around them (``level`` says what such
    a note is worth, ``steepness_db`` how quickly softer ones are worth less), at ``leap_price`` a semitone."""

    steepness_db: float
    level: float
    quantile: float
    leap_price: float


# Chosen on sixteen songs of our own band; each is choosier than the one before.
TASTES = (Taste(6.0, 0.7, 0.8, 0.06), Taste(4.0, 0.7, 0.9, 0.03), Taste(3.0, 0.5, 0.9, 0.02))


def is_mix(sound: Sound) -> bool:
    """Whether several voices or instruments sound at once. Raises TooQuiet for silence."""
    samples = sound.at(RATE).samples
    evidence = weigh(samples, track_pitch(samples))
    if evidence.loud_db < QUIET_DB:
        raise TooQuiet
    return evidence.harmonic < MIX_BELOW


def hear_lead(sound: Sound, *, progress: Callable[[float], None] = lambda _share: None) -> tuple[SungNote, ...]:
    """The lead of a mix, by onset, with fractional pitches. Raises TooQuiet and NoMelody."""
    sung = hear_singer(sound, progress=lambda share: progress(share / 2))
    if sung:
        progress(1.0)
        return sung
    line = lead_of(hear_polyphony(sound, progress=lambda share: progress(0.5 + share / 2)))
    if len(line) < 2:
        raise NoMelody(NO_NOTES)
    return line


def hear_singer(sound: Sound, *, progress: Callable[[float], None] = lambda _share: None) -> tuple[SungNote, ...]:
    """The voice (or what sings like one) that leads a mix, by onset, with fractional pitches; () where none does."""
    samples = np.ascontiguousarray(sound.at(RATE).samples, dtype=np.float32)
    track = track_pitch(samples)
    progress(0.6)
    mel = log_mel(samples)
    heard = activations(mel, side_features(samples, track, mel))
    progress(1.0)
    sung = _leading([note for a, b in spans(heard) if (note := note_between(a, b, track))])
    leads = len(sung) >= MIN_NOTES and sum(n.duration_s for n in sung) > LEADS * _sounding_s(track)
    return sung if leads else ()


def possible_leads(sound: Sound) -> tuple[tuple[SungNote, ...], ...]:
    """Several lines that may be what people hum of a mix: told by loudness in every one of TASTES, by the voice, and by
    the loudest note of each moment. Heard once. Raises TooQuiet and NoMelody."""
    everything = hear_polyphony(sound)
    lines = (*(lead_of(everything, taste) for taste in TASTES), hear_singer(sound), loudest_of(everything))
    return tuple(line for line in lines if line)


def _leading(notes: Sequence[SungNote]) -> tuple[SungNote, ...]:
    """Without doubtful notes and those far from the line."""
    sure = [note for note in notes if note.confidence >= SURE]
    if not sure:
        return ()
    middle = np.median(np.repeat([n.pitch_midi for n in sure], [1 + int(10 * n.duration_s) for n in sure]))
    return tuple(note for note in sure if abs(note.pitch_midi - middle) <= REACH)


def _sounding_s(track: PitchTrack) -> float:
    return float((track.loudness_db > np.quantile(track.loudness_db, 0.95) - 25).sum() * track.hop_s)


def lead_of(notes: Sequence[SungNote], taste: Taste = TASTES[0]) -> tuple[SungNote, ...]:
    """One line out of the notes of a mix: the path of most loudness, length and register with small steps.

    How loud a note is counts beside what sounds around it: mixes keep their lead a few dB above the band.
    """
    rows = sorted((n for n in notes if n.pitch_midi >= LOWEST), key=lambda n: n.onset_s)
    if not rows:
        return ()
    onset_s, loud_db = (np.array([getattr(n, name) for n in rows]) for name in ("onset_s", "loudness_db"))
    usual_db = np.array([np.quantile(loud_db[np.abs(onset_s - at) < AROUND_S], taste.quantile) for at in onset_s])
    loud = np.clip((loud_db - usual_db) / taste.steepness_db + taste.level, -2.0, 1.2)
    total, before = np.empty(len(rows)), np.full(len(rows), -1)
    for i, note in enumerate(rows):
        gain = (0.3 + np.sqrt(min(note.duration_s, 1.0))) * loud[i] \
            - REGISTER_PRICE * ((note.pitch_midi - USUAL_PITCH) / USUAL_RANGE) ** 2
        total[i] = gain
        for j in range(max(0, i - LOOK_BACK), i):
            last = rows[j]
            overlap_s = last.offset_s - note.onset_s
            if overlap_s > 0.5 * min(last.duration_s, note.duration_s) or last.onset_s > note.onset_s - 0.05:
                continue
            way = total[j] + gain - taste.leap_price * abs(note.pitch_midi - last.pitch_midi) \
                - PAUSE_PRICE * max(0.0, -overlap_s)
            if way > total[i]:
                total[i], before[i] = way, j
    at, line = int(total.argmax()), []
    while at >= 0:
        line.append(rows[at])
        at = int(before[at])
    return tuple(line[::-1])


def loudest_of(notes: Sequence[SungNote], lowest: float = 62.0) -> tuple[SungNote, ...]:
    """The loudest note of all that begin together, moment by moment, above a pitch: nothing is said of steps."""
    line: list[SungNote] = []
    for note in sorted((n for n in notes if n.pitch_midi >= lowest), key=lambda n: n.onset_s):
        if not line or note.onset_s - line[-1].onset_s >= TOGETHER_S:
            line.append(note)
        elif note.loudness_db > line[-1].loudness_db:
            line[-1] = note
    return tuple(line)
