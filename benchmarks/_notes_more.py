"""More of ``benchmarks notes``: synthetic singers, vocadito's two annotators, verdicts, speed and memory."""

import gzip
import json
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from core.audio import Sound
from core.errors import HumbandError
from core.hear.pitch import track_pitch
from core.hear.verdict import judge, weigh
from core.hear.voice import hear_voice

RATE = 16_000
STYLES = ("hum", "la", "ta", "whistle")
# espeak-ng: voice, words a minute, pitch. The limits were chosen on other voices and another text.
VOICES = (("en-us", 120, 45), ("fr-fr+f2", 100, 55), ("es+m3", 110, 40), ("de+m5", 100, 50), ("it+f1", 95, 55),
          ("pt-br", 130, 50), ("en-gb+f5", 110, 60), ("tr", 140, 50), ("en-us+m1", 80, 30), ("fi+f3", 150, 50),
          ("nl+m2", 90, 50), ("hu", 170, 50))
SPOKEN = ("When the ferry came in we could see that most of the seats were empty. My sister asked the captain about "
          "it, and he said that on Mondays he mostly carries letters, flour and the odd piano.")


def takes(sing: ModuleType, shared: Path, style: str, count: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Samples and true notes of ``count`` evergreens that nothing here was tuned on, by ``eval/sing.py``."""
    with gzip.open(shared / "data/midi/melodies/openewld.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    rng = np.random.default_rng(seed)
    for i in rng.permutation(len(records)):
        sung = sing.sing(records[i], rng, style)
        if sung and len(sung[1]) >= 8:
            yield sung[0].astype(np.float32), np.array(sung[1])
            count -= 1
            if not count:
                return


def synthetic(sing: ModuleType, score: ModuleType, shared: Path, count: int, table: dict, seed: int = 99) -> None:
    """COn, COnP, COnPOff by style, the octave errors among notes whose onset is right, and the takes refused."""
    from mir_eval.transcription import match_note_onsets

    for style in STYLES:
        rows, off, matched, refused = [], 0, 0, 0
        for samples, truth in takes(sing, shared, style, count, seed):
            heard, why = notes_or_refusal(samples)
            refused += bool(why)
            rows.append(score.note_f1(truth, heard))
            pairs = match_note_onsets(truth[:, :2], heard[:, :2]) if len(heard) else []
            off += sum(abs(heard[j, 2] - truth[i, 2]) > 6 for i, j in pairs)
            matched += len(pairs)
        mean = [round(float(x), 4) for x in np.mean(rows, 0)]
        table[f"sing.py {style}"] = [*mean, int(off), int(matched), refused]
        print(f"{'sing.py ' + style:42s} {len(rows):3d} takes   " + "   ".join(f"{x:.3f}" for x in mean)
              + f"   octave errors {off} of {matched}, refused {refused}", flush=True)


def vocadito(score: ModuleType, shared: Path, decoded: Callable[[Path], np.ndarray],
             swift_f0: Callable[[np.ndarray], np.ndarray], table: dict) -> None:
    """vocadito_1 against each of its two annotators, beside what each says of the other."""
    folder = shared / "data/voice/vocadito"
    samples = decoded(folder / "vocadito_1.wav")
    truths = {}
    for who in ("A1", "A2"):
        onset, hz, duration = np.loadtxt(folder / f"vocadito_1_notes{who}.csv", delimiter=",", ndmin=2).T
        truths[who] = np.stack([onset, onset + duration, 69 + 12 * np.log2(hz / 440)], 1)
    for name, heard in (("ours", notes_or_refusal(samples)[0]), ("swift-f0", swift_f0(samples)),
                        ("annotator A2", truths["A2"])):
        for who, truth in truths.items():
            if heard is truth:
                continue
            table[f"vocadito {name} / {who}"] = [round(float(x), 4) for x in score.note_f1(truth, heard)]
            print(f"{'vocadito_1, ' + name + ' against ' + who:54s}" + "   ".join(
                f"{x:.3f}" for x in table[f"vocadito {name} / {who}"]), flush=True)


def verdicts(recordings: list[np.ndarray], table: dict) -> None:
    """What is refused: of the recordings nothing should be; of talk, noise and two singers at once all."""
    rng = np.random.default_rng(5)
    halves = len(recordings) // 2
    cases: dict[str, list[np.ndarray]] = {
        "recordings": recordings,
        "recordings with noise at 10 dB": [x + noise(len(x), rng) * _rms(x) * np.float32(0.316) for x in recordings],
        "talk": [spoken(*voice) for voice in VOICES],
        "noise": [0.1 * noise(8 * RATE, rng), np.cumsum(noise(8 * RATE, rng)).astype(np.float32) * np.float32(1e-3)],
        "two singers": [_together(recordings[i], recordings[halves + i]) for i in range(min(10, halves))],
    }
    for name, sounds in cases.items():
        refused = sum(_refused(samples[:25 * RATE]) for samples in sounds)
        table[f"refused: {name}"] = [int(refused), len(sounds)]
        print(f"{'refused: ' + name:42s} {refused} of {len(sounds)}", flush=True)


def speed(recordings: list[np.ndarray], table: dict) -> None:
    """CPU seconds a second of sound, the models warm, and the most memory this process has held so far."""
    hear_voice(Sound(recordings[0], RATE))
    shares = []
    for samples in recordings[:5]:
        began = time.process_time()
        hear_voice(Sound(samples, RATE))
        shares.append((time.process_time() - began) / (len(samples) / RATE))
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table["speed"] = [round(float(np.median(shares)), 4), round(memory_mb)]
    print(f"{'CPU seconds a second; memory':42s} {np.median(shares):.3f} s; {memory_mb:.0f} MB", flush=True)


def _refused(samples: np.ndarray) -> bool:
    samples = np.ascontiguousarray(samples, np.float32)
    try:
        judge(weigh(samples, track_pitch(samples)))
    except HumbandError:
        return True
    return False


def notes_or_refusal(samples: np.ndarray) -> tuple[np.ndarray, str]:
    """Notes (n, 3) with an empty word, or none with why not."""
    try:
        line = hear_voice(Sound(np.ascontiguousarray(samples, np.float32), RATE))
    except HumbandError as refusal:
        return np.zeros((0, 3)), str(refusal) or type(refusal).__name__
    return np.array([(n.onset_s, n.offset_s, n.pitch_midi) for n in line.notes]).reshape(-1, 3), ""


def spoken(voice: str, words_a_minute: int, pitch: int) -> np.ndarray:
    """espeak-ng saying SPOKEN, mono at 16 kHz."""
    wav = subprocess.run(["espeak-ng", "-v", voice, "-s", str(words_a_minute), "-p", str(pitch), "--stdout", SPOKEN],
                         capture_output=True, check=True).stdout
    pcm = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", "-", "-f", "f32le", "-ar", str(RATE),
                          "-ac", "1", "-"], input=wav, capture_output=True, check=True).stdout
    return np.frombuffer(pcm, "<f4")


def noise(length: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0, 1, length).astype(np.float32)


def _rms(samples: np.ndarray) -> np.float32:
    return np.float32(np.sqrt(np.mean(samples ** 2)))


def _together(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    n = min(len(a), len(b))
    both = a[:n] / _rms(a[:n]) + b[:n] / _rms(b[:n])
    return 0.5 * both / np.abs(both).max()
