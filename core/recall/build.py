"""Indices made and changed: every change writes a new file that takes the old one's place in one step."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recall.encoder import VECTOR, embed, mark, quantised
from core.recall.index import FORMAT, HOP, MODES, NOTE_ARRAYS, TUNE_ARRAYS, TuneIndex
from core.recall.store import only_writer, write_arrays
from core.recall.tune import TICKS_PER_BEAT, Tune
from core.recall.windows import MIN_IOI, cut, window_notes

_CHUNK = 1 << 14  # windows embedded at once
_TICK_LIMIT = 65_535


def write_index(path: Path, tunes: Iterable[Tune], *, progress: Callable[[float], None] = lambda share: None) -> int:
    """Build the index of these tunes; of one id the last tune stays. Returns how many tunes it holds.

    ``progress`` is called with the share of windows embedded, 0..1.
    """
    kept = list({tune.id: tune for tune in tunes}.values())
    arrays = note_arrays(kept)
    with only_writer(path):
        write_arrays(path, arrays | window_arrays(arrays, progress), facts())
    return len(kept)


def opened(path: Path) -> TuneIndex:
    """Map an index; one that another encoder made is embedded anew first. Raises Missing, Unreadable."""
    index = TuneIndex.open(path)
    if index.encoder == mark():
        return index
    with only_writer(path):
        arrays = dict(TuneIndex.open(path).arrays)
        write_arrays(path, arrays | window_arrays(arrays), facts())
    return TuneIndex.open(path)


def facts() -> dict[str, object]:
    """What an index says of itself: its layout and the encoder of its vectors."""
    return {"format": FORMAT, "encoder": mark()}


def add(path: Path, tunes: Sequence[Tune]) -> None:
    """Add tunes to an index, in place of those with their ids; makes the index where there is none.

    Raises Unreadable where another kind of file is in the way.
    """
    fresh = {tune.id: tune for tune in tunes}
    new = note_arrays(list(fresh.values()))
    new |= window_arrays(new)
    if path.exists():
        opened(path)
    with only_writer(path):
        if path.exists():
            index = TuneIndex.open(path)
            new = _joined_indices(_without(index, [n for n, (tune_id, _) in enumerate(index.names())
                                                   if tune_id in fresh]), new)
        write_arrays(path, new, facts())


def remove(path: Path, tune_id: str) -> bool:
    """Remove a tune; says whether there was one of this id. Raises Missing, Unreadable."""
    opened(path)
    with only_writer(path):
        index = TuneIndex.open(path)
        number = index.number(tune_id)
        if number is None:
            return False
        write_arrays(path, _without(index, [number]), facts())
    return True


def note_arrays(tunes: Sequence[Tune]) -> dict[str, np.ndarray]:
    """The arrays of an index (see TuneIndex) that hold notes and names."""
    counts = [tune.notes for tune in tunes]
    onsets = [np.round(tune.onset_beats * TICKS_PER_BEAT) for tune in tunes]
    durations = [np.maximum(np.round(tune.duration_beats * TICKS_PER_BEAT), 1) for tune in tunes]
    iois = [np.append(np.diff(on), duration[-1:]) for on, duration in zip(onsets, durations, strict=True)]
    names = [text.encode() for tune in tunes for text in (tune.id, tune.title)]
    signs = [_signs(tune, on) for tune, on in zip(tunes, onsets, strict=True)]
    return {
        "pitch_cents": _run([np.round(tune.pitch_midi * 100) for tune in tunes], np.int16),
        "ioi_ticks": _run([np.clip(x, 1, _TICK_LIMIT) for x in iois], np.uint16),
        "duration_ticks": _run([np.clip(x, 1, _TICK_LIMIT) for x in durations], np.uint16),
        "first_note": _ends(counts),
        "bpm": np.array([tune.bpm or 0.0 for tune in tunes], np.float32),
        "signs": np.array(signs, np.int16).reshape(-1, 5),
        "text": np.frombuffer(b"".join(names), np.uint8),
        "text_at": _ends([len(name) for name in names]),
    }


def window_arrays(arrays: dict[str, np.ndarray],
                  progress: Callable[[float], None] = lambda share: None) -> dict[str, np.ndarray]:
    """The arrays of an index that hold its windows, made from its notes."""
    first_note = arrays["first_note"].astype(np.int64)
    starts, first_window = window_notes(np.diff(first_note), HOP)
    ends = np.repeat(first_note[1:], np.diff(first_window))
    pitch = arrays["pitch_cents"].astype(np.float32) / 100
    log_iois = np.log2(np.maximum(arrays["ioi_ticks"].astype(np.float32) / TICKS_PER_BEAT, MIN_IOI))
    vectors = np.empty((len(starts), VECTOR), np.int8)
    for a in range(0, len(starts), _CHUNK):
        part = slice(a, a + _CHUNK)
        vectors[part] = quantised(embed(cut(pitch, log_iois, starts[part], ends[part])))
        progress(min(1.0, (a + _CHUNK) / len(starts)))
    return {"first_window": first_window.astype(np.uint32), "vectors": vectors}


def _run(parts: list[Any], dtype: Any) -> np.ndarray:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype)


def _ends(counts: Sequence[int] | NDArray[np.int64]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.asarray(counts, np.int64))]).astype(np.uint32)


def _signs(tune: Tune, onset_ticks: np.ndarray) -> tuple[int, ...]:
    meter, key = tune.meter, tune.key
    return (int(np.clip(onset_ticks[0], -32_768, 32_767)), meter.numerator if meter else 0,
            meter.denominator if meter else 0, key.tonic_pc if key else -1, MODES.index(key.mode) if key else 0)


def _without(index: TuneIndex, numbers: Sequence[int]) -> dict[str, np.ndarray]:
    """The arrays of an index less some of its tunes."""
    old = index.arrays
    keep = np.ones(len(index), bool)
    keep[list(numbers)] = False
    counts: dict[str, NDArray[np.int64]] = {
        name: np.diff(old[name]).astype(np.int64) for name in ("first_note", "first_window", "text_at")}
    notes, windows = np.repeat(keep, counts["first_note"]), np.repeat(keep, counts["first_window"])
    names = np.repeat(keep, 2)
    return ({name: old[name][notes] for name in NOTE_ARRAYS} | {name: old[name][keep] for name in TUNE_ARRAYS}
            | {"first_note": _ends(counts["first_note"][keep]), "first_window": _ends(counts["first_window"][keep]),
               "vectors": old["vectors"][windows], "text": old["text"][np.repeat(names, counts["text_at"])],
               "text_at": _ends(counts["text_at"][names])})


def _joined_indices(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    runs = (*NOTE_ARRAYS, *TUNE_ARRAYS, "text", "vectors")
    return ({name: np.concatenate([a[name], b[name]]) for name in runs}
            | {name: np.concatenate([a[name], a[name][-1] + b[name][1:]])
               for name in ("first_note", "first_window", "text_at")})
