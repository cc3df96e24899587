"""From sung time and pitch to the song's: the two maps that one telling of the tune follows."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.perform.vocal.take import Floats, Placed, Recording

PREPARE_S = 0.05  # the consonant before a note keeps its own time
ATTACK_S = 0.05  # and so does the note's first moment
LEAD_IN_S, TAIL_S = 0.18, 0.12  # of a telling: what is heard before its first note and after its last
SLOWEST, FASTEST = 2.4, 0.3  # how far a note may be stretched; beyond, it ends sooner or is cut
GAP_SHARE = 0.35  # of the way to the next note: the most that a breath takes of it
DRIFT_KEPT = 0.12  # of a slow deviation inside a note; what moves as quickly as a vibrato stays
WAVE_S = 0.2  # a vibrato's period: a mean as long is free of it
EDGE_S = 0.06  # notes are approached and left as they were sung
MAX_CORRECTION = 7.0  # semitones; beyond, it is the track that errs by an octave


def time_map(notes: Sequence[Placed]) -> tuple[Floats, Floats]:
    """(song seconds, recording seconds): a piecewise linear map through every note's onset, attack and end."""
    anchors = [(notes[0].onset_s - LEAD_IN_S, notes[0].sung_onset_s - LEAD_IN_S)]
    for note, after in pairwise([*notes, None]):
        assert note is not None
        sung_end = note.sung_offset_s if after is None else min(note.sung_offset_s, after.sung_onset_s)
        room = min(ATTACK_S, 0.4 * (sung_end - note.sung_onset_s), 0.4 * (note.end_s - note.onset_s))
        before = min(PREPARE_S, note.sung_onset_s - anchors[-1][1], note.onset_s - anchors[-1][0])
        if before > 0.002:
            anchors.append((note.onset_s - before, note.sung_onset_s - before))
        anchors += [(note.onset_s, note.sung_onset_s), (note.onset_s + room, note.sung_onset_s + room)]
        held = sung_end - note.sung_onset_s - room
        latest = note.end_s
        if after is not None:
            gap = min(max(0.0, after.sung_onset_s - sung_end), GAP_SHARE * (after.onset_s - note.onset_s))
            latest = min(latest, after.onset_s - gap)
        end = min(max(latest, note.onset_s + room + FASTEST * held), note.onset_s + room + SLOWEST * held)
        if after is not None:
            end = min(end, after.onset_s - 0.005)
        anchors.append((end, sung_end))
    anchors.append((anchors[-1][0] + TAIL_S, anchors[-1][1] + TAIL_S))
    kept = [anchors[0]]
    for out_s, in_s in anchors[1:]:
        if out_s > kept[-1][0] + 1e-4:
            kept.append((out_s, max(in_s, kept[-1][1])))
    out, heard = np.array(kept).T
    return out, heard


def sung_pitch(recording: Recording, note: Placed) -> float:
    """The pitch a note was sung at: the median of its middle; nan where nothing of it is voiced."""
    length = note.sung_offset_s - note.sung_onset_s
    edge = min(0.2 * length, 0.08)
    inside = _frames(recording, note.sung_onset_s + edge, note.sung_offset_s - 0.5 * edge)
    pitch = recording.pitch_midi[inside]
    pitch = pitch[np.isfinite(pitch)]
    return float(np.median(pitch)) if len(pitch) else float("nan")


def _frames(recording: Recording, start_s: float, end_s: float) -> slice:
    first = max(0, int(np.ceil(start_s / recording.hop_s)))
    return slice(first, max(first + 1, int(end_s / recording.hop_s) + 1))


def corrections(recording: Recording, notes: Sequence[Placed]) -> Floats:
    """Semitones from each note as sung to its place in the tune, in the octave nearest to the singer's own."""
    sung = np.array([sung_pitch(recording, note) for note in notes])
    wanted = np.array([note.pitch_midi for note in notes], float)
    voiced = np.isfinite(sung)
    if not voiced.any():
        return np.zeros(len(notes))
    octave = 12 * np.round(np.median((sung - wanted)[voiced]) / 12)
    shift = wanted + octave - sung
    shift -= 12 * np.where(np.abs(shift) > MAX_CORRECTION, np.round(shift / 12), 0)
    usual = float(np.median(shift[voiced]))
    return np.where(voiced, shift, usual)


def pitch_map(recording: Recording, notes: Sequence[Placed]) -> tuple[Floats, Floats]:
    """(recording seconds, ratio of frequencies): each note moved to its place, its slow drift taken off."""
    from scipy.ndimage import uniform_filter1d

    hop, pitch = recording.hop_s, recording.pitch_midi
    frames = np.arange(len(pitch))
    seconds = np.arange(len(pitch), dtype=np.float64) * hop
    shift: Floats = np.asarray(np.interp(frames, *_steps(notes, corrections(recording, notes), hop)), np.float64)
    width = max(1, round(WAVE_S / hop))
    for note in notes:
        inside = _frames(recording, note.sung_onset_s, note.sung_offset_s)
        here = frames[inside][np.isfinite(pitch[inside])]
        if len(here) < 4:
            continue
        slow = uniform_filter1d(pitch[here], min(width, len(here)), mode="nearest") - sung_pitch(recording, note)
        from_edge_s = np.minimum(here * hop - note.sung_onset_s, note.sung_offset_s - here * hop)
        shift[here] -= (1 - DRIFT_KEPT) * np.clip(from_edge_s / EDGE_S, 0, 1) * np.clip(slow, -1.5, 1.5)
    return seconds, np.exp2(shift / 12)


def _steps(notes: Sequence[Placed], shift: Floats, hop: float) -> tuple[Floats, Floats]:
    """Every note's correction over its length, in frames, sliding to the next one's as the voice slides."""
    at, value = [], []
    for note, semitones in zip(notes, shift, strict=True):
        edge = min(0.03, 0.3 * (note.sung_offset_s - note.sung_onset_s))
        at += [note.sung_onset_s + edge, max(note.sung_offset_s - edge, note.sung_onset_s + edge)]
        value += [semitones, semitones]
    return np.maximum.accumulate(np.array(at)) / hop, np.array(value)
