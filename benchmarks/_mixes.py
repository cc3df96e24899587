"""Songs with a sung lead whose notes are known: a synthetic singer (shared/eval/sing.py) over our own band.

The band plays the chords of another tune in another key and tempo, so that nothing of the lead is in it.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np

RATE = 44_100
GENRES = ("pop", "rock", "jazz", "folk", "funk", "latin", "electronic", "lofi")


def mixes(shared: Path, count: int, *, seed: int = 1, lead_db: float = 3.0, seconds: float = 14.0
          ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """``count`` pairs of (mono samples at 44.1 kHz, rows of onset_s, offset_s, pitch_midi as sung).

    ``lead_db``: how much louder (RMS while it sings) the voice is than the band.
    """
    import soxr

    singer = load_script(shared / "eval/sing.py")
    with gzip.open(shared / "data/midi/leadsheets/openewld.jsonl.gz", "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    rng = np.random.default_rng(seed)
    done = 0
    for index in rng.permutation(len(records)):
        style = str(rng.choice(["la", "ta"]))
        sung = singer.sing(records[index], rng, style, max_s=seconds)
        if not sung or len(sung[1]) < 10:
            continue
        other = records[int(rng.integers(len(records)))]
        voice = soxr.resample(sung[0], singer.RATE, RATE)
        band = _band(other, GENRES[done % len(GENRES)], len(voice) / RATE, rng)
        if band is None:
            continue
        active = np.concatenate([voice[int(a * RATE):int(b * RATE)] for a, b, _ in sung[1]])
        band = np.resize(band, len(voice))
        mix = voice / active.std() * 10 ** (lead_db / 20) + band / band.std()
        yield (mix / np.abs(mix).max() * 0.8).astype(np.float32), np.array(sung[1])
        done += 1
        if done == count:
            return


def _band(record: dict, genre: str, length_s: float, rng: np.random.Generator) -> np.ndarray | None:
    """Mono samples of a band without its melody and counter-melody."""
    from core.errors import HumbandError
    from core.music import Key, LeadSheet, Melody, Meter, Wish, chords_from_json, notes_from_json
    from core.studio import compose, perform

    try:
        melody = Melody(notes_from_json(n[:3] for n in record["notes"]), float(rng.uniform(80, 140)),
                        Key.parse(record.get("key") or "C major"), Meter.parse(record.get("meter") or "4/4"))
        chords = chords_from_json(c for c in record["chords"] if c[2] not in ("N.C.", "N"))
        song = compose(LeadSheet(melody, chords), Wish(genre, seed=int(rng.integers(99)), length_s=length_s + 8))
        song = replace(song, tracks=tuple(t for t in song.tracks if t.role not in ("melody", "counter")))
        return perform(song).mean(1)[round(2 * RATE):]
    except (HumbandError, ValueError):
        return None


def load_script(path: Path) -> ModuleType:
    """A script of shared/eval as a module."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
