"""`python -m benchmarks voice_on_top [FILE_OR_FOLDER ...] [--count 12] [--genres pop,folk,...] [--mix N] [--keep DIR]`

The person's own voice on top of their song, measured on real recordings: how far stable notes lie from the tune
(cents), how far onsets lie from the melody player's (ms; heard in the finished voice by our own ears), clicks a second
beside those of the recording itself, and with `--mix N` the loudness of N whole songs and of the voice in them.
`--keep` writes the voice as WAV and a spectrogram of its first seconds.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core import studio
from core.audio import Sound, read_sound
from core.compose.retold import Retold, retold
from core.errors import HumbandError
from core.hear.voice import SungLine, hear_voice
from core.music import Song, Wish

VOICE = Path(__file__).resolve().parents[2] / "shared" / "data" / "voice"
EXTENSIONS = {".flac", ".wav", ".ogg", ".mp3", ".m4a"}
RATE = 44_100
STABLE_S = 0.25
FOUND_WITHIN_S = 0.15
CLICK = 14.0  # times the surroundings' curvature


def pitch_cents(line: SungLine, told: Sequence[Retold], beat_s: float) -> list[float]:
    """Each stable note's distance from the tune, the octave left to the singer: by the median of its middle."""
    found = []
    for note in told:
        if note.duration_beats * beat_s < STABLE_S:
            continue
        start, length = note.onset_beats * beat_s, note.duration_beats * beat_s
        middle = line.pitch_midi[round((start + 0.25 * length) / line.hop_s):round((start + 0.8 * length) / line.hop_s)]
        middle = middle[np.isfinite(middle)]
        if len(middle) >= 4:
            off = float(np.median(middle)) - note.pitch
            found.append(100 * (off - 12 * round(off / 12)))
    return found


def onset_ms(line: SungLine, told: Sequence[Retold], beat_s: float) -> list[float | None]:
    """Each note's distance to the nearest onset heard, or None where none is near."""
    heard = np.array([note.onset_s for note in line.notes])
    late = [heard - note.onset_beats * beat_s for note in told]
    near = [float(d[np.abs(d).argmin()]) for d in late]
    return [1000 * d if abs(d) < FOUND_WITHIN_S else None for d in near]


def clicks_a_second(samples: np.ndarray) -> float:
    """Moments of 1 ms whose curvature stands far out of the 60 ms round them, a second of sound."""
    from scipy.ndimage import median_filter

    curve = np.abs(np.diff(samples.astype(np.float64), 2))
    steps = len(curve) // 44
    peak = curve[:steps * 44].reshape(steps, 44).max(axis=1)
    usual = median_filter(peak, 61)
    loud = np.abs(samples[:steps * 44].reshape(steps, 44)).max(axis=1) > 0.02 * np.abs(samples).max()
    return float((loud & (peak > CLICK * (usual + 1e-5))).sum() / max(1.0, loud.sum() / 1000))


def one(path: Path, genre: str, keep: Path | None) -> tuple[dict[str, Any], Song, Any]:
    """Figures of one recording on top of one song."""
    data = path.read_bytes()
    heard = studio.listen(data)
    song = studio.compose(heard.melody, Wish(genre=genre))
    began = time.process_time()
    voice = studio.voice_on_top(data, song, heard.line)
    taken = time.process_time() - began
    line = hear_voice(Sound(voice.samples, RATE))
    told = [note for telling in retold(song) for note in telling]
    beat_s = 60 / song.bpm
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        draw(voice.samples, line, told, beat_s, keep / f"{path.stem}-{genre}.png")
        from scipy.io import wavfile

        wavfile.write(keep / f"{path.stem}-{genre}.wav", RATE, voice.samples / max(1e-9, np.abs(voice.samples).max()))
    return {"cents": pitch_cents(line, told, beat_s), "late": onset_ms(line, told, beat_s),
            "clicks": clicks_a_second(voice.samples), "clicks_before": clicks_a_second(read_sound(data).samples),
            "cpu_s": taken}, song, voice


def draw(samples: np.ndarray, line: SungLine, told: Sequence[Retold], beat_s: float, path: Path) -> None:
    """The spectrogram of the first telling's first ten seconds, with the pitch that is heard and the one wanted."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    start = told[0].onset_beats * beat_s - 0.5
    picture, axes = pyplot.subplots(2, 1, figsize=(16, 10), sharex=True)
    cut = samples[max(0, int(start * RATE)):int((start + 10) * RATE)]
    axes[0].specgram(cut + 1e-7, NFFT=1024, noverlap=768, Fs=RATE, xextent=(start, start + len(cut) / RATE), vmin=-140)
    axes[0].set_ylim(0, 8_000)
    times = np.arange(len(line.pitch_midi)) * line.hop_s
    axes[1].plot(times, line.pitch_midi, ".", ms=3)
    middle = np.nanmedian(line.pitch_midi)
    octave = 12 * round((middle - np.median([n.pitch for n in told])) / 12)
    for note in told:
        axes[1].hlines(note.pitch + octave, note.onset_beats * beat_s, note.end_beats * beat_s, "r")
    for note in line.notes:
        axes[1].axvline(note.onset_s, color="g", lw=0.5)
    axes[1].set_xlim(start, start + 10)
    axes[1].set_ylim(middle - 12, middle + 12)
    picture.tight_layout()
    picture.savefig(path)
    pyplot.close(picture)


def mixed(song: Song, voice: Any) -> dict[str, float]:
    """Loudness of the song with the voice, and how far the voice lies over the rest where it sings."""
    import pyloudnorm

    from core.perform.mix import perform, stems

    meter = pyloudnorm.Meter(RATE)
    parts = stems(song, voice)
    start, end = (round(t * RATE) for t in voice.spans[0])
    lead = meter.integrated_loudness(parts["voice"][start:end])
    rest = meter.integrated_loudness(sum(p for n, p in parts.items() if n not in ("voice", "room"))[start:end])
    mix = perform(song, voice)
    return {"lufs": float(meter.integrated_loudness(mix)), "peak_db": 20 * float(np.log10(np.abs(mix).max())),
            "voice_over_band_db": float(lead - rest)}


def main(argv: Sequence[str]) -> int:
    """Print a line a recording, and the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks voice_on_top", description=__doc__)
    parser.add_argument("sources", nargs="*", type=Path, default=[VOICE / "ssvd-train", VOICE / "vocadito"])
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--genres", default="pop,folk,rock,jazz,lofi,latin")
    parser.add_argument("--mix", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args(argv)
    files = sorted(f for source in args.sources for f in (source.iterdir() if source.is_dir() else [source])
                   if f.suffix in EXTENSIONS)
    files = files[::max(1, len(files) // args.count)][:args.count]
    genres, rows, mixes = args.genres.split(","), [], []
    for i, path in enumerate(files):
        try:
            row, song, voice = one(path, genres[i % len(genres)], args.keep)
        except HumbandError as error:
            print(f"{path.name:24} {error}")
            continue
        rows.append(row)
        print(f"{path.name:24} {genres[i % len(genres)]:11}", json.dumps(summary([row])), flush=True)
        if len(mixes) < args.mix:
            mixes.append(mixed(song, voice))
            print("   ", {name: round(value, 2) for name, value in mixes[-1].items()})
    print(json.dumps({"recordings": len(rows), "failed": len(files) - len(rows)} | (summary(rows) if rows else {})))
    return 0


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The figures of several recordings, notes counted alike."""
    cents = np.abs([c for row in rows for c in row["cents"]] or [np.nan])
    late = [ms for row in rows for ms in row["late"]]
    found = np.array([ms for ms in late if ms is not None] or [np.nan])
    return {"cents_median": round(float(np.median(cents)), 1), "within_20_cents": round(float(np.mean(cents <= 20)), 3),
            "onset_ms_median": round(float(np.median(np.abs(found))), 1),
            "onsets_found": round(len(found) / max(1, len(late)), 3),
            "within_40_ms": round(float(np.sum(np.abs(found) <= 40)) / max(1, len(late)), 3),
            "clicks_a_second": round(float(np.mean([row["clicks"] for row in rows])), 2),
            "clicks_before": round(float(np.mean([row["clicks_before"] for row in rows])), 2),
            "cpu_s": round(float(np.median([row["cpu_s"] for row in rows])), 2)}
