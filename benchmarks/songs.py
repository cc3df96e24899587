"""Songs out of a folder of voices, measured: length, loudness, true peak, tracks, whether the MIDI opens.

    python -m benchmarks songs [DIR ...] [--genres rock,jazz,electronic] [--keep OUT]

Genres take turns over the recordings. Default folders: the recordings of ``../shared/data/voice``.
What is measured is the decoded MP3 (ITU-R BS.1770 loudness by pyloudnorm, true peak at four times the rate).
"""

import argparse
import io
import json
import statistics
import tempfile
import time
from pathlib import Path

from core.errors import HumbandError
from core.music import Wish
from core.studio import Take, make_song

VOICE = Path(__file__).parent.parent.parent / "shared" / "data" / "voice"
NEEDED = {"melody", "chords", "bass", "drums"}
EXTENSIONS = {".flac", ".wav", ".ogg", ".mp3", ".m4a"}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks songs", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[VOICE / "ssvd-train", VOICE / "vocadito"])
    parser.add_argument("--genres", default="rock,jazz,electronic")
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args(argv)

    voices = sorted(p for folder in args.folders for p in folder.glob("*") if p.suffix in EXTENSIONS)
    genres = args.genres.split(",")
    rows, failed = [], []
    with tempfile.TemporaryDirectory() as temporary:
        out = args.keep or Path(temporary)
        for i, voice in enumerate(voices):
            start = time.perf_counter()
            try:
                take = make_song(voice, Wish(genre=genres[i % len(genres)]), out, voice.stem, title=voice.stem)
            except HumbandError as error:
                failed.append(voice.name)
                print(f"{voice.name:28} {error}")
                continue
            rows.append({"name": voice.name, "genre": take.song.genre, "wall_s": time.perf_counter() - start}
                        | measure(take))
            print("{name:28} {genre:10} {length_s:6.1f} s {loudness_lufs:6.1f} LUFS {true_peak_dbtp:5.1f} dBTP "
                  "{tracks:2} tracks {wall_s:4.1f} s {faults}".format(**rows[-1]), flush=True)
    spread = {}
    for name in ("length_s", "loudness_lufs", "true_peak_dbtp", "wall_s"):
        values = [row[name] for row in rows]
        if values:
            spread[name] = [round(f(values), 2) for f in (min, statistics.median, max)]
            print(f"{name:16} min {spread[name][0]:7.2f}  median {spread[name][1]:7.2f}  max {spread[name][2]:7.2f}")
    faults = [row["name"] for row in rows if row["faults"]]
    print(json.dumps({"songs": len(rows), "failed": failed, "faulty": faults, "min_median_max": spread}))
    return 0


def measure(take: Take) -> dict[str, object]:
    """Figures of a finished take, and what is wrong with it in ``faults``."""
    import mido
    import numpy as np
    import pretty_midi
    import pyloudnorm
    import soxr
    from pydub import AudioSegment

    mp3 = AudioSegment.from_file(take.mp3, format="mp3")  # our own file, not a user's
    sound = np.array(mp3.get_array_of_samples(), np.float32).reshape(-1, mp3.channels) / 2**15
    peak = np.abs(soxr.resample(sound, mp3.frame_rate, 4 * mp3.frame_rate)).max()
    midi = take.midi.read_bytes()
    parts = pretty_midi.PrettyMIDI(io.BytesIO(midi)).instruments
    mido.MidiFile(file=io.BytesIO(midi))
    loudness = float(pyloudnorm.Meter(mp3.frame_rate).integrated_loudness(sound))
    true_peak = float(20 * np.log10(peak))
    faults = []
    if not 20 <= mp3.duration_seconds <= 120:
        faults.append("length")
    if abs(loudness + 14) > 1:
        faults.append("loudness")
    if true_peak > -1:
        faults.append("peak")
    if missing := NEEDED - {part.name for part in parts if part.notes}:
        faults.append("no " + ", ".join(sorted(missing)))
    return {"length_s": mp3.duration_seconds, "loudness_lufs": loudness, "true_peak_dbtp": true_peak,
            "tracks": len(parts), "faults": " ".join(faults)}
