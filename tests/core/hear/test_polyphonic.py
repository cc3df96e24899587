import subprocess

import numpy as np
import pytest

import core.hear.posteriors as network
from core.audio import Sound
from core.errors import NoMelody, TooQuiet
from core.hear.polyphonic import hear_polyphony
from core.hear.posteriors import RATE, frame_times, posteriors
from core.music import Key, Meter, Note, Track
from core.perform.synth import Band
from core.perform.timed_midi import timed_midi

CHORDS = [(48, 64, 67, 72), (53, 60, 65, 69), (55, 59, 62, 74), (48, 60, 64, 67)]


def piano(notes, duration_s):
    """Mono at 22,050 Hz of notes in beats at 120 a minute."""
    midi = timed_midi([Track("piano", 0, tuple(notes))], [0.0, 0.5], Meter(), Key(), bpm=120)
    return Sound(Band(sample_rate=RATE).render(midi, duration_s).mean(0), RATE)


@pytest.fixture(scope="module")
def chords():
    notes = [Note(2 * i + 1, 1.8, pitch, 90) for i, chord in enumerate(CHORDS) for pitch in chord]
    return notes, piano(notes, 6.0)


def test_chords_of_a_piano_are_heard(chords):
    notes, sound = chords
    heard = hear_polyphony(sound)
    truth = {(round(n.onset_beats / 2, 2), n.pitch) for n in notes}
    hits = sum(any(abs(h.onset_s - at) < 0.05 and h.pitch_midi == pitch for h in heard) for at, pitch in truth)
    assert hits >= 0.85 * len(truth)
    assert len(heard) <= 1.15 * len(truth)
    assert [h.onset_s for h in heard] == sorted(h.onset_s for h in heard)
    assert all(h.offset_s > h.onset_s for h in heard)


def test_a_quiet_recording_is_heard_like_a_loud_one(chords):
    _, sound = chords
    loud, quiet = (hear_polyphony(Sound(sound.samples * np.float32(gain), RATE)) for gain in (1.0, 0.01))
    assert len(loud) == len(quiet)
    assert {(round(n.onset_s, 1), n.pitch_midi) for n in loud} == {(round(n.onset_s, 1), n.pitch_midi) for n in quiet}
    levels = [np.median([n.loudness_db for n in notes]) for notes in (loud, quiet)]
    assert levels[1] == pytest.approx(levels[0] - 40, abs=1)


def test_louder_notes_are_louder():
    notes = [Note(2 * i, 1.5, 60 + i, velocity) for i, velocity in enumerate((30, 70, 120))]
    heard = {n.pitch_midi: n.loudness_db for n in hear_polyphony(piano(notes, 5.0))}
    loud = [heard[60.0 + i] for i in range(3)]
    assert loud == sorted(loud)


def test_windows_heard_in_batches_are_windows_heard_one_by_one(chords, monkeypatch):
    _, sound = chords
    told = []
    whole = posteriors(sound.samples, progress=told.append)
    monkeypatch.setattr(network, "BATCH", 1)
    single = posteriors(sound.samples)
    assert np.allclose(whole.note, single.note, atol=1e-5)
    assert np.allclose(whole.onset, single.onset, atol=1e-5)
    assert whole.contour.shape == (len(whole.times_s), 264)
    assert len(whole.note) == int(len(sound.samples) * 86 / RATE)  # as many as basic-pitch's own
    assert told[-1] == 1.0


def test_times_of_frames_keep_step_with_the_samples():
    times = frame_times(10_000)
    assert (np.diff(times) > 0).all()
    assert times[1420] == pytest.approx(10 * 36_164 / RATE)


def test_silence_noise_and_talk_hold_no_notes(tmp_path):
    with pytest.raises(TooQuiet):
        hear_polyphony(Sound(np.zeros(3 * RATE, np.float32), RATE))
    noise = np.random.default_rng(1).normal(0, 0.1, 4 * RATE).astype(np.float32)
    with pytest.raises(NoMelody, match="no notes"):
        hear_polyphony(Sound(noise, RATE))
    from core.audio import read_sound

    subprocess.run(["espeak-ng", "-w", tmp_path / "talk.wav", "Nobody has seen the captain since he left the harbour "
                    "yesterday, and the sailors are beginning to wonder about it."], check=True)
    with pytest.raises(NoMelody, match="no notes"):
        hear_polyphony(read_sound(tmp_path / "talk.wav", rate=RATE))
