"""The tune heard back out of our own songs: from the melody's stem by our ear for voices, from the mix by basic-pitch.

The ear is ``humband notes`` without its verdict: that one was made to refuse what no person sang, and refuses an
organ as it should; what is asked here is whether the notes can be made out.
"""

import numpy as np

from core.audio import Sound
from core.music import Note, Song
from core.perform.mix import mix_down, stems

RATE = 44_100


def heard_back(song: Song) -> tuple[float, float]:
    """(COnP of the melody's stem against its notes as played, share of those notes that basic-pitch hears in the mix).

    Both with mir_eval's usual 50 ms and 50 cents, without offsets. The mix is the one before mastering, whose time
    starts with the song's.
    """
    truth = played_rows(song)
    stem = stems(song)["melody"].mean(1)
    return onset_pitch_f1(truth, hear_stem(stem)), mix_recall(song, truth)


def stem_alone(song: Song) -> np.ndarray:
    """The melody's stem, mono, rendered without the band."""
    from core.perform.mix import render_stems

    track = song.track("melody")
    return render_stems(song, [track])[0][0].mean(0)


def mix_recall(song: Song, truth: np.ndarray) -> float:
    """The share of the melody's notes that basic-pitch, at its default settings, hears in the mix."""
    import soxr

    from benchmarks.transcribe import basic_pitch, scores
    from core.hear.posteriors import RATE as HEARD_AT
    from core.hear.posteriors import posteriors

    mono = mix_down(song).mean(0)
    mono *= 0.7 / max(1e-9, float(np.abs(mono).max()))
    return scores(truth, basic_pitch(posteriors(soxr.resample(mono, RATE, HEARD_AT).astype("f4"))))[1]


def tune_notes(song: Song) -> list[Note]:
    """The melody player's notes without ornaments: those shorter than a tenth of a second before another."""
    return list(song.track("melody").notes)


def played_rows(song: Song) -> np.ndarray:
    """(onset_s, offset_s, pitch_midi) of the melody as played."""
    beat_s = 60 / song.bpm
    return np.array([(n.onset_beats * beat_s, n.end_beats * beat_s, n.pitch) for n in tune_notes(song)])


def hear_stem(mono: np.ndarray) -> list[tuple[float, float, float]]:
    """(onset_s, offset_s, pitch_midi) of a lone line, mono at 44.1 kHz, whoever plays it."""
    from core.hear.decode import spans
    from core.hear.features import log_mel, side_features
    from core.hear.network import activations
    from core.hear.pitch import RATE as HEARD_AT
    from core.hear.pitch import track_pitch
    from core.hear.refine import refined
    from core.hear.voice import note_between

    mono = (mono * (0.5 / max(1e-9, float(np.abs(mono).max())))).astype(np.float32)
    samples = np.ascontiguousarray(Sound(mono, RATE).at(HEARD_AT).samples, dtype=np.float32)
    track = track_pitch(samples)
    mel = log_mel(samples)
    found = spans(activations(mel, side_features(samples, track, mel)))
    true = refined(samples, track)
    notes = [note for a, b in found if (note := note_between(a, b, true))]
    return [(n.onset_s, n.offset_s, n.pitch_midi) for n in notes]


def onset_pitch_f1(truth: np.ndarray, heard: list[tuple[float, float, float]]) -> float:
    """COnP: F1 of onset (50 ms) and pitch (50 cents)."""
    from benchmarks.transcribe import scores

    return scores(truth, heard)[2]
