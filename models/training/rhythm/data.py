"""Tunes with bar lines, split by title, and how they are sung: shared by training and by `benchmarks melody`.

A tune is {"title", "src", "meter", "key", "notes": [[onset_beats, duration_beats, pitch], ...]}; beat 0 is a bar
line. Singing follows ../shared/eval/sing.py (loaded by path); :func:`mishear` adds the errors that a voice-to-notes
model of onset F1 about .95 makes.
"""

import gzip
import hashlib
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from core.music import Meter, SungNote

Tune = dict


def load_singer(shared: Path) -> ModuleType:
    """``shared/eval/sing.py`` as a module."""
    return _by_path("sing", shared / "eval" / "sing.py")


def load_scorer(shared: Path) -> ModuleType:
    """``shared/eval/score.py`` as a module."""
    return _by_path("score", shared / "eval" / "score.py")


def _by_path(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def slug(title: str | None) -> str:
    """A title without case, accents, punctuation and what stands in brackets."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\(.*?\)", "", (title or "").lower()))


def part_of(title: str | None) -> str:
    """``test`` (a fifth), ``tune`` (three twentieths) or ``train``: by a hash of the title."""
    share = int(hashlib.md5(slug(title).encode()).hexdigest(), 16) % 20
    return "test" if share < 4 else "tune" if share < 7 else "train"


def read_tunes(path: Path) -> list[Tune]:
    """All tunes of a gzipped JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def lead_sheets(shared: Path, part: str) -> list[Tune]:
    """The lead sheets of one part of the split."""
    rows = read_tunes(shared / "data" / "midi" / "leadsheets" / "openewld.jsonl.gz")
    return [row for row in rows if part_of(row["title"]) == part]


def folk_tunes(path: Path, shared: Path) -> list[Tune]:
    """The folk tunes (see folk.py) whose title is none of the lead sheets'."""
    known = {slug(row["title"]) for part in ("test", "tune", "train") for row in lead_sheets(shared, part)}
    return [row for row in read_tunes(path) if slug(row["title"]) not in known]


def sing_tune(
    tune: Tune, singer: ModuleType, rng: np.random.Generator, *, max_s: float = 14.0, start: int = 0,
    style: str = "mix",
) -> tuple[list[SungNote], list[tuple[float, float, int]], float] | None:
    """(what is sung, what was meant, bpm) as sing.py does it, without sound, from note ``start``; None: too short.

    ``style``: hum, la, ta, whistle, or mix (one of the first three).
    """
    bpm = float(round(np.exp(rng.uniform(np.log(56), np.log(190)))))
    bar = Meter.parse(tune["meter"]).bar_beats
    rows = tune["notes"][start:]
    if not rows:
        return None
    first = rows[0][0] // bar * bar
    notes = [(a - first, d, p) for a, d, p in rows if (a - rows[0][0]) * 60 / bpm < max_s]
    if len(notes) < 8:
        return None
    middle = (min(p for *_, p in notes) + max(p for *_, p in notes)) / 2
    shift = round(float(rng.uniform(50, 72)) - middle)
    meant = [(a, d, p + shift) for a, d, p in notes]
    drawn = str(rng.choice(["hum", "la", "ta"]))
    sung = singer.perform(meant, bpm, rng, drawn if style == "mix" else style)
    return [SungNote(on, off, pitch) for on, off, pitch in sung], meant, bpm


def mishear(sung: list[SungNote], rng: np.random.Generator, *, rate: float = 1.0) -> list[SungNote]:
    """What a detector makes of it: jitter, missed, split and merged notes, offsets off; ``rate`` scales how often."""
    heard: list[SungNote] = []
    for note in sung:
        draw = rng.uniform()
        onset = note.onset_s + rng.normal(0, 0.012) + (rng.uniform() < 0.04 * rate) * rng.normal(0, 0.06)
        offset = note.offset_s + rng.normal(-0.01, 0.03)
        pitch = note.pitch_midi + rng.normal(0, 0.1)
        if draw < 0.025 * rate:
            continue
        same = bool(heard) and abs(heard[-1].pitch_midi - pitch) < 0.7 and onset - heard[-1].offset_s < 0.08
        if same and rng.uniform() < 0.12 * rate:  # a repeated note heard as one
            heard[-1] = SungNote(heard[-1].onset_s, offset, heard[-1].pitch_midi)
            continue
        if draw < 0.045 * rate and offset - onset > 0.3:  # a wavering note heard as two
            cut = rng.uniform(onset + 0.1, offset - 0.1)
            heard.append(SungNote(onset, cut - 0.02, pitch))
            heard.append(SungNote(cut, offset, pitch + rng.normal(0, 0.3)))
            continue
        heard.append(SungNote(onset, max(offset, onset + 0.05), pitch))
    heard.sort(key=lambda note: note.onset_s)
    for i in range(len(heard) - 1):
        gap = max(heard[i].onset_s + 0.03, heard[i + 1].onset_s)
        heard[i] = SungNote(heard[i].onset_s, min(heard[i].offset_s, gap), heard[i].pitch_midi)
    return heard


def performances(
    tunes: list[Tune], singer: ModuleType, seed: int, *, count: int, heard: float = 0.0, style: str = "mix"
) -> Iterator[tuple[Tune, list[SungNote], list[tuple[float, float, int]], float]]:
    """``count`` performances from the tunes' starts, going round them in shuffled order."""
    rng = np.random.default_rng(seed)
    done = 0
    while done < count:
        for index in rng.permutation(len(tunes)):
            got = sing_tune(tunes[index], singer, rng, style=style)
            if got is None:
                continue
            sung, meant, bpm = got
            yield tunes[index], (mishear(sung, rng, rate=heard) if heard else sung), meant, bpm
            done += 1
            if done == count:
                return
