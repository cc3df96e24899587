"""The tune heard back out of our own songs: from the melody's stem by our ear for voices, from the mix by basic-pitch.

The ear is ``humband notes`` without its verdict: that one was made to refuse what no person sang, and refuses an
organ as it should; what is asked here is whether the notes can be made out.
"""

import numpy as np

from core.audio import Sound
from core.music import Song

RATE = 44_100


def stem_heard(song: Song) -> float:
    """COnP of the melody's dry stem against its notes as played: mir_eval's usual 50 ms and 50 cents, no offsets."""
    from benchmarks.transcribe import scores
    from core.perform.mix import render_stems

    stem = render_stems(song, [song.track("melody")])[0][0].mean(0)
    return scores(played_rows(song), hear_stem(stem))[2]


def mix_heard(song: Song) -> float:
    """The share of the melody's notes that basic-pitch, at its default settings, hears in the full mix.

    The mix is the one before mastering, whose time starts with the song's.
    """
    import soxr

    from benchmarks.transcribe import basic_pitch, scores
    from core.hear.posteriors import RATE as HEARD_AT
    from core.hear.posteriors import posteriors
    from core.perform.mix import mix_down

    mono = mix_down(song).mean(0)
    mono *= 0.7 / max(1e-9, float(np.abs(mono).max()))
    return scores(played_rows(song), basic_pitch(posteriors(soxr.resample(mono, RATE, HEARD_AT).astype("f4"))))[1]


def played_rows(song: Song) -> np.ndarray:
    """(onset_s, offset_s, pitch_midi) of the melody as played."""
    return np.array([(song.seconds(n.onset_beats), song.seconds(n.end_beats), n.pitch)
                     for n in song.track("melody").notes])


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
