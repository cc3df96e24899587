"""Sung notes: ours, swift-f0's own, basic-pitch and ablations, on recordings with notes made by hand.

    python -m benchmarks notes [../shared] [--folds WORK] [--robust] [--few N] [--sung N] [--more]

Prints COn / COnP / COnPOff (F1 at 50 ms and 50 cents, mean of the clips) and a line of JSON. With ``--folds``
(the training's work folder, which holds fold-N.onnx) each clip is also heard by the network that never saw it:
the honest figure, beside the same networks on clips they were trained on, and what core.understand.clean makes of
the intervals is held against the labels and against what other singers of the same exercise sing. ``--robust`` adds
Opus at 24 kbit/s and babble at 15 dB, ``--sung N`` that many takes of each style of the synthetic singer, ``--more``
vocadito, verdicts, speed and memory.
"""

import argparse
import importlib.util
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks import _notes_more
from core.audio import Sound
from core.errors import HumbandError
from core.hear.network import MODEL
from core.hear.pitch import track_pitch
from core.hear.voice import Attended, SungLine, attend, notes_of
from core.understand.clean import clean

RATE = 16_000
ABSURD = ("man", "1311", "1315")  # their pitch labels are of no use (shared/data/README.md)
# recordings of one exercise, told by their labels' intervals: as many, and alike
SAME_EXERCISE = (("1072", "1075", "1197", "313", "364"), ("1155", "424", "1156"), ("1188", "1189", "1174", "1011"))
Hearing = Callable[[np.ndarray], np.ndarray]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks notes", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=Path("../shared"))
    parser.add_argument("--folds", type=Path, help="the training's work folder")
    parser.add_argument("--robust", action="store_true")
    parser.add_argument("--few", type=int, help="only every Nth clip", default=1)
    parser.add_argument("--sung", type=int, help="so many takes of each style by eval/sing.py", default=0)
    parser.add_argument("--more", action="store_true")
    args = parser.parse_args(argv)
    score = _load(args.shared / "eval/score.py")
    recordings = [path for path in sorted((args.shared / "data/voice/ssvd-train").glob("*.flac"))
                  if not path.stem.startswith(ABSURD)][::args.few]
    clips = {path.stem: (decoded(path), score.read_notes(path.with_suffix(".csv"))) for path in recordings}
    table: dict[str, list[float]] = {}

    def measure(name: str, hear: Callable[[str], np.ndarray], names: list[str] | None = None, *,
                cleared: bool = False) -> None:
        rows = []
        for clip in names or list(clips):
            truth, heard = clips[clip][1], hear(clip)
            rows.append(score.note_f1(without_constant_error(truth, heard) if cleared else truth, heard))
        table[name] = [round(float(x), 4) for x in np.mean(rows, 0)]
        print(f"{name:42s} {len(rows):3d} clips   " + "   ".join(f"{x:.3f}" for x in table[name]), flush=True)

    print(f"{'':54s}COn     COnP    COnPOff")
    heard = {clip: attended(samples) for clip, (samples, _) in clips.items()}
    measure("ours, as shipped (trained on these clips)", lambda clip: ours(heard[clip]))
    measure("swift-f0 segment_notes", lambda clip: swift_f0(clips[clip][0]))
    measure("basic-pitch", lambda clip: basic_pitch(clips[clip][0]))
    if args.folds:
        _by_fold(args.folds, clips, heard, measure, table, robust=args.robust)
    if args.sung:
        _notes_more.synthetic(_load(args.shared / "eval/sing.py"), score, args.shared, args.sung, table)
    if args.more:
        _notes_more.vocadito(score, args.shared, decoded, swift_f0, table)
        _notes_more.speed([samples for samples, _ in clips.values()], table)
        everyone = sorted((args.shared / "data/voice/ssvd-train").glob("*.flac"))[::args.few]
        _notes_more.verdicts([decoded(path) for path in everyone], table)
    print(json.dumps(table))
    return 0


def _by_fold(work: Path, clips: dict, heard: dict[str, Attended | None], measure: Callable, table: dict, *,
             robust: bool) -> None:
    fold = fold_of([path.name.split(".")[0] for path in (work / "real").glob("*.0.npz")])
    models = {int(path.stem[-1]): path for path in sorted(work.glob("fold-[0-9].onnx"))}
    kept = [name for name in clips if fold[name] in models]
    lines = {clip: line_of(heard[clip], models[fold[clip]]) for clip in kept}
    measure("ours, each clip by a network that never saw it", lambda clip: rows_of(lines[clip]), kept)
    measure("the same, constant label error taken out", lambda clip: rows_of(lines[clip]), kept, cleared=True)
    measure("unseen, pitch of the middle 70 % median", lambda clip: rows_of(lines[clip], plain_median=True), kept)
    other = {name: next(path for k, path in models.items() if k != fold[name] or len(models) == 1) for name in kept}
    measure("the same networks on clips they trained on", lambda clip: ours(heard[clip], other[clip]), kept)
    agree = [interval_agreement(clips[clip][1], lines[clip]) for clip in kept]
    meant = intervals_meant({clip: clips[clip][1] for clip in kept}, lines)
    for name, share in (("interval agreement after clean", float(np.mean(agree))),
                        ("intervals meant, after clean", meant)):
        table[name] = [round(share, 4)]
        print(f"{name:42s} {len(kept):3d} clips   {share:.3f}")
    if robust:
        rng = np.random.default_rng(0)
        measure("unseen, Opus 24 kbit/s", lambda clip: ours(
            attended(through_opus(clips[clip][0], 24)), models[fold[clip]]), kept)
        talk = babble()
        measure("unseen, babble at 15 dB", lambda clip: ours(
            attended(with_babble(clips[clip][0], talk, 15.0, rng)), models[fold[clip]]), kept)


def fold_of(names: list[str], folds: int = 5, seed: int = 4) -> dict[str, int]:
    """The training's split (models/training/voice_notes/train.py), which needs torch to import."""
    singers = sorted({name.split("_")[0] for name in names})
    order = np.random.default_rng(seed).permutation(len(singers))
    fold = {singers[i]: rank % folds for rank, i in enumerate(order)}
    return {name: fold[name.split("_")[0]] for name in names}


def attended(samples: np.ndarray) -> Attended | None:
    """What the networks look at, or None where the verdict refuses."""
    try:
        return attend(Sound(samples, RATE))
    except HumbandError:
        return None


def line_of(heard: Attended | None, model: Path = MODEL) -> SungLine | None:
    try:
        return notes_of(heard, model=model) if heard else None
    except HumbandError:
        return None


def ours(heard: Attended | None, model: Path = MODEL) -> np.ndarray:
    return rows_of(line_of(heard, model))


def rows_of(line: SungLine | None, plain_median: bool = False) -> np.ndarray:
    """Notes (n, 3); with ``plain_median`` their pitch is the median of the middle 70 % instead of ours."""
    rows = [(n.onset_s, n.offset_s, n.pitch_midi) for n in line.notes] if line else []
    if plain_median and line:
        at = np.arange(len(line.pitch_midi)) * line.hop_s
        for i, (a, b, _) in enumerate(rows):
            inner = line.pitch_midi[(at > a + 0.15 * (b - a)) & (at < b - 0.15 * (b - a))]
            if np.isfinite(inner).any():
                rows[i] = (a, b, float(np.nanmedian(inner)))
    return np.array(rows).reshape(-1, 3)


def without_constant_error(truth: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """The labels moved by one frequency, the median of what lies between them and the notes heard there."""
    from mir_eval.transcription import match_note_onsets

    pairs = match_note_onsets(truth[:, :2], heard[:, :2], onset_tolerance=0.1) if len(heard) else []
    if not pairs:
        return truth
    labelled, sung = (440 * 2 ** ((notes[:, 2] - 69) / 12) for notes in (truth, heard))
    error_hz = float(np.median([sung[j] - labelled[i] for i, j in pairs]))
    return np.column_stack([truth[:, :2], 69 + 12 * np.log2(np.maximum(labelled + error_hz, 20) / 440)])


def swift_f0(samples: np.ndarray) -> np.ndarray:
    from swift_f0 import PitchResult, segment_notes

    track = track_pitch(samples)
    result = PitchResult(np.arange(len(track.confidence)) * track.hop_s, 440 * 2 ** ((track.pitch_midi - 69) / 12),
                         track.confidence, track.loudness_db)
    return np.array([(n.start, n.end, 69 + 12 * np.log2(n.pitch_hz / 440))
                     for n in segment_notes(result)]).reshape(-1, 3)


def basic_pitch(samples: np.ndarray) -> np.ndarray:
    """basic-pitch's ONNX file and its own note creation, as shared/parts.md 2.2 found them to be called."""
    import logging

    import onnxruntime
    import soxr

    package = Path(importlib.util.find_spec("basic_pitch").origin).parent  # type: ignore[union-attr, arg-type]
    session = onnxruntime.InferenceSession(str(package / "saved_models/icassp_2022/nmp.onnx"))
    audio = soxr.resample(samples, RATE, 22_050)
    padded, step, size = np.pad(audio, (3840, 0)), 43_844 - 30 * 256, 43_844
    cuts = [np.pad(padded[i:i + size], (0, max(0, size - len(padded[i:])))) for i in range(0, len(padded), step)]
    names = ["StatefulPartitionedCall:1", "StatefulPartitionedCall:2", "StatefulPartitionedCall:0"]
    parts = session.run(names, {session.get_inputs()[0].name: np.stack(cuts)[..., None].astype(np.float32)})
    frames = int(len(audio) * 86 / 22_050)
    note, onset, contour = (part[:, 15:-15].reshape(-1, part.shape[-1])[:frames] for part in parts)
    logging.disable(logging.WARNING)
    from basic_pitch.note_creation import model_output_to_notes

    logging.disable(logging.NOTSET)
    _, events = model_output_to_notes({"note": note, "onset": onset, "contour": contour}, 0.5, 0.3,
                                      min_note_len=11, midi_tempo=120)
    return np.array(sorted((a, b, p) for a, b, p, *_ in events)).reshape(-1, 3)


def interval_agreement(truth: np.ndarray, line: SungLine | None) -> float:
    """Share of the labels' intervals that the cleaned notes repeat; unmatched labels count as wrong.

    An interval of the labels is the rounded difference of two neighbours.
    """
    right = _intervals(truth, line) == np.round(np.diff(truth[:, 2]))
    return float(np.mean(right)) if len(right) else 1.0


def intervals_meant(truths: dict[str, np.ndarray], lines: dict[str, SungLine | None]) -> float:
    """Share of the heard intervals that are what the exercise has there, by the labels of its other singers.

    Only where two thirds of those others agree and their median is within 0.3 of a whole number. The singer's own
    label, which is what was sung and not what was meant, is not asked.
    """
    right = total = 0
    for group in SAME_EXERCISE:
        here = [name for name in group if name in truths]
        if len(here) < 3:
            continue
        labelled = np.array([np.diff(truths[name][:, 2]) for name in here])
        for i, name in enumerate(here):
            others = np.delete(labelled, i, 0)
            median, heard = np.median(others, 0), _intervals(truths[name], lines[name])
            agreed = (np.round(others) == np.round(median)).mean(0) >= 0.66
            asked = agreed & (np.abs(median - np.round(median)) < 0.3) & np.isfinite(heard)
            right += int((heard == np.round(median))[asked].sum())
            total += int(asked.sum())
    return right / max(total, 1)


def _intervals(truth: np.ndarray, line: SungLine | None) -> np.ndarray:
    """(labels - 1,) intervals of the cleaned notes that stand for the labels (nearest, within 100 ms), or nan."""
    if line is None:
        return np.full(len(truth) - 1, np.nan)
    meant = clean(line.notes)
    onset = np.array([note.onset_s for note in meant])
    nearest = [int(np.abs(onset - t).argmin()) for t in truth[:, 0]]
    return np.diff([meant[i].pitch_midi if abs(onset[i] - t) < 0.1 else np.nan
                    for i, t in zip(nearest, truth[:, 0], strict=True)])


def decoded(path: Path) -> np.ndarray:
    pcm = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-f", "f32le", "-ar", str(RATE),
                          "-ac", "1", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(pcm, "<f4")


def through_opus(samples: np.ndarray, kbps: int) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voice.ogg"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-",
                        "-c:a", "libopus", "-b:a", f"{kbps}k", str(path)], input=samples.tobytes(), check=True)
        return decoded(path)[:len(samples)]


def babble() -> np.ndarray:
    """Five espeak-ng voices at once, 30 s, of unit power (other words and voices than the training's)."""
    text = "Yesterday the market was full of people who bought apples, lamps and old books about the sea."
    out = np.zeros(30 * RATE, np.float32)
    for i, voice in enumerate(("en-us", "en-gb+f2", "en-us+m2", "en-gb+f4", "en-gb+m5")):
        wav = subprocess.run(["espeak-ng", "-v", voice, "-s", str(140 + 9 * i), "--stdout", text],
                             capture_output=True, check=True).stdout
        pcm = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", "-", "-f", "f32le", "-ar", str(RATE),
                              "-ac", "1", "-"], input=wav, capture_output=True, check=True).stdout
        speech = np.frombuffer(pcm, "<f4")
        out += np.roll(np.resize(speech / speech.std(), len(out)), i * 7_919)
    return out / out.std()


def with_babble(samples: np.ndarray, talk: np.ndarray, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    noise = np.resize(np.roll(talk, int(rng.integers(len(talk)))), len(samples))
    return samples + noise * np.float32(np.sqrt(np.mean(samples ** 2)) * 10 ** (-snr_db / 20))


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
