"""Clips and their augmented copies, as features and targets, kept on disk between runs."""

import gzip
import importlib.util
import json
import subprocess
from pathlib import Path

import numpy as np

from core.hear.features import HOP_S, log_mel, side_features
from core.hear.pitch import track_pitch
from core.music import Melody, Note
from models.training.voice_notes.augment import RATE, Clip, another_take, babble
from tests.singer import sing

SPREAD_FRAMES = 3.0   # targets are triangles this wide to each side
OURS = ("mm", "la", "na", "solfege", "ta", "ah", "du", "whistle")
THEIRS = ("hum", "la", "ta", "whistle")


def read_clips(folder: Path) -> dict[str, Clip]:
    """The recordings of ``folder`` with hand-made notes, by name."""
    clips = {}
    for path in sorted(folder.glob("*.flac")):
        pcm = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-f", "f32le", "-ar", str(RATE),
                              "-ac", "1", "-"], capture_output=True, check=True).stdout
        rows = np.loadtxt(path.with_suffix(".csv"), delimiter=",", skiprows=1, ndmin=2)
        clips[path.stem] = Clip(np.frombuffer(pcm, "<f4"), rows[rows[:, 1] > rows[:, 0]])
    return clips


def targets(notes: np.ndarray, frames: int) -> np.ndarray:
    """(frames, 3) float32: onset and offset triangles, activity."""
    at = np.arange(frames) * HOP_S
    out = np.zeros((frames, 3), np.float32)
    for onset, offset, _ in notes:
        for column, when in ((0, onset), (1, offset)):
            a, b = np.searchsorted(at, [when - SPREAD_FRAMES * HOP_S, when + SPREAD_FRAMES * HOP_S])
            out[a:b, column] = np.maximum(out[a:b, column], 1 - np.abs(at[a:b] - when) / (SPREAD_FRAMES * HOP_S))
        a, b = np.searchsorted(at, [onset, offset])
        out[a:b, 2] = 1
    return out


def features(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mel = log_mel(samples)
    return mel, side_features(samples, track_pitch(samples), mel)


def keep(path: Path, clip: Clip) -> None:
    """Write a clip's features, targets and notes."""
    mel, side = features(clip.samples)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, mel=mel.astype(np.float16), side=side.astype(np.float16), target=targets(clip.notes, len(mel)),
             notes=clip.notes)


def tunes(shared: Path, rng: np.random.Generator) -> list[list[list[float]]]:
    with gzip.open(shared / "data/midi/melodies/proto.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line)["notes"] for line in lines]
    good = [r for r in records if sum(1 for p, _ in r if p) >= 12]
    return [good[i] for i in rng.permutation(len(good))[:2000]]


def ours(tune: list[list[float]], rng: np.random.Generator, syllable: str) -> Clip:
    """A tune by the singer of our tests, at a random tempo and height."""
    bpm = float(np.exp(rng.uniform(np.log(60), np.log(180))))
    centre = rng.uniform(86, 92) if syllable == "whistle" else rng.choice([52, 57, 64, 69]) + rng.uniform(-3, 3)
    pitched = [p for p, _ in tune if p]
    shift = round(centre - (min(pitched) + max(pitched)) / 2)
    notes, beat = [], 0.0
    for pitch, beats in tune:
        if beat * 60 / bpm > 14:
            break
        if pitch and beats > 0:
            notes.append(Note(beat, beats, int(pitch + shift)))
        beat += beats
    take = sing(Melody(tuple(notes), bpm), seed=int(rng.integers(1 << 30)), syllable=syllable)
    return Clip(take.samples, np.array([(n.onset_s, n.offset_s, n.pitch_midi) for n in take.notes]))


def theirs(tune: list[list[float]], rng: np.random.Generator, style: str, shared: Path) -> Clip:
    """A tune by the singer of ``shared/eval/sing.py``."""
    spec = importlib.util.spec_from_file_location("sing", shared / "eval/sing.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    samples, sung, *_ = module.sing({"notes": tune}, rng, style)
    return Clip(samples.astype(np.float32), np.array(sung))


def prepare(shared: Path, work: Path, *, copies: int, synthetic: int, seed: int = 1) -> None:
    """Fill ``work`` with what is missing: every clip plain and ``copies`` times augmented, and
    ``synthetic`` takes of each singer, half of them augmented."""
    clips = read_clips(shared / "data/voice/ssvd-train")
    noise = babble(np.random.default_rng(seed))
    todo: list[tuple[Path, object]] = []
    for copy in range(copies + 1):
        if copy == min(copies, 2):
            todo += _synthetic_jobs(shared, work, synthetic, seed, noise)
        for i, (name, clip) in enumerate(clips.items()):
            path = work / "real" / f"{name}.{copy}.npz"
            if copy == 0:
                todo.append((path, lambda clip=clip: clip))
            else:
                rng = np.random.default_rng([seed, copy, i])
                todo.append((path, lambda clip=clip, rng=rng: another_take(clip, rng, noise)))
    for path, make in todo:
        if not path.exists():
            keep(path, make())


def _synthetic_jobs(shared: Path, work: Path, count: int, seed: int, noise: np.ndarray) -> list:
    chosen = tunes(shared, np.random.default_rng(seed))

    def make(i: int, singer: int) -> Clip:
        rng = np.random.default_rng([seed, 1000 + singer, i])
        tune = chosen[(2 * i + singer) % len(chosen)]
        clip = ours(tune, rng, OURS[i % len(OURS)]) if singer == 0 else theirs(
            tune, rng, THEIRS[i % len(THEIRS)], shared)
        return another_take(clip, rng, noise) if rng.random() < 0.5 else clip

    return [(work / "made" / f"{i:04d}.{singer}.npz", lambda i=i, singer=singer: make(i, singer))
            for i in range(count) for singer in (0, 1)]


if __name__ == "__main__":
    import sys

    prepare(Path(sys.argv[1]), Path(sys.argv[2]), copies=int(sys.argv[3]), synthetic=int(sys.argv[4]))
