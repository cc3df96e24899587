"""The tunes everybody hums, written out by hand: their bars add up, and each is found when it is sung."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from core import studio
from core.music import Melody, Note
from core.recall.abc import bar_lengths, read_abc, split_abc
from core.recall.match import find
from core.recall.shipped import shipped_index
from core.studio.tunes import _open
from tests import singer
from tests.core.recall.tunes import sung

FILE = Path(__file__).parents[2] / "models" / "tunes" / "well_known.abc"
TEXT = FILE.read_text(encoding="utf-8")
TUNES = list(read_abc(TEXT, "well-known"))


def test_there_are_enough_and_none_is_there_twice():
    assert len(TUNES) >= 80
    assert len({tune.title for tune in TUNES}) == len({tune.id for tune in TUNES}) == len(TUNES)
    assert all(tune.key and tune.meter and tune.notes >= 12 for tune in TUNES)


@pytest.mark.parametrize(("number", "text"), split_abc(TEXT))
def test_every_bar_is_as_long_as_the_meter_says(number, text):
    bars, meter = bar_lengths(text)
    inner, outer = bars[1:-1], bars[0] + bars[-1]
    assert inner == pytest.approx([meter] * len(inner))
    assert outer == pytest.approx(meter) or (bars[0], bars[-1]) == pytest.approx((meter, meter))


@pytest.fixture(scope="module")
def index():
    return _open(shipped_index())


@pytest.mark.parametrize("tune", TUNES[::4], ids=lambda tune: tune.title)
def test_each_is_found_among_thousands(index, tune):
    """A quarter of them here, sung in notes; all of them aloud in the long test below."""
    matches = find([index], sung(tune, 0, min(tune.notes, 24), seed=tune.notes))
    assert _is_it(matches[0], tune, index)


def _is_it(match, tune, index):
    """By its id, or by its notes: Essen knows some of these too, under other names."""
    if match.id == tune.id.replace(":", "-"):
        return True
    other = index.tune(index.number(match.id))
    steps, others = (np.round(np.diff(t.pitch_midi)).astype(int).tolist() for t in (tune, other))
    return any(others[i:i + 8] == steps[:8] for i in range(len(others)))


@pytest.mark.long
@pytest.mark.parametrize(("tune", "voice"), list(itertools.product(TUNES, range(3))),
                         ids=lambda x: str(getattr(x, "title", x)))
@pytest.mark.timeout(600)
def test_each_is_found_when_three_voices_sing_it(tmp_path, index, tune, voice):
    bpm = (84, 104, 124)[voice]
    low = 16 * 60 / bpm  # beats that take about ten seconds
    shift = (-14, -3, 4)[voice] + round(67 - float(np.median(tune.pitch_midi)))
    notes = [Note(float(on), float(duration), round(float(pitch)) + shift) for on, duration, pitch in
             zip(tune.onset_beats, tune.duration_beats, tune.pitch_midi, strict=True) if on < 2 * low]
    take = singer.sing(Melody(tuple(notes), float(bpm), meter=tune.meter), seed=voice,
                       syllable=("la", "mm", "ta")[voice])
    path = tmp_path / "hum.wav"
    write_wav(path, take.samples, take.rate)
    assert _is_it(studio.identify(path)[0], tune, index)


def write_wav(path, samples, rate):
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
