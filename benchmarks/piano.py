"""Voice to piano: is it as long, is it heard as it is played, and is the lead of a mix followed?

    python -m benchmarks piano [../shared] [--voices 12] [--mixes 20] [--lead-db 3] [--seed 1]

Voices are recordings of ``shared/data/voice``. Of each, the piano's MP3 is decoded and compared in length, and heard
again as ``humband notes`` does: COnP against its own MIDI (50 ms, 50 cents). Mixes are sung leads (``eval/sing.py``)
over our band with another tune's chords: COnP of the lead heard, and of the piano's MIDI, against what was sung.
"""

import argparse
import json
import tempfile
import wave
from pathlib import Path

import numpy as np

from benchmarks._mixes import RATE, load_script, mixes
from core import studio
from core.audio import read_sound
from core.errors import HumbandError
from core.studio import PianoTake


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks piano", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?", default=Path("../shared"))
    parser.add_argument("--voices", type=int, default=12)
    parser.add_argument("--mixes", type=int, default=20)
    parser.add_argument("--lead-db", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    score = load_script(args.shared / "eval/score.py")
    table = {"voices": _voices(args, score), "mixes": _mixes(args, score)}
    print(json.dumps(table))
    return 0


def _voices(args: argparse.Namespace, score) -> dict:
    recordings = sorted((args.shared / "data/voice").glob("*/*.flac"))
    chosen = np.random.default_rng(args.seed).permutation(len(recordings))[:args.voices]
    rows, refused = [], []
    for index in chosen:
        path = recordings[index]
        with tempfile.TemporaryDirectory() as folder:
            try:
                take = studio.make_piano(path, Path(folder), "piano")
            except HumbandError as error:
                refused.append(path.name)
                print(f"{path.name:24} {error}", flush=True)
                continue
            off = read_sound(take.mp3, max_s=700).duration_s - read_sound(path, max_s=700).duration_s
            try:
                heard = np.array([(n.onset_s, n.offset_s, n.pitch_midi) for n in studio.hear(take.mp3).notes])
                again = score.note_f1(_played(take), heard)[1]
            except HumbandError as error:
                print(f"{path.name:24} its piano: {error}")
                again = 0.0
            rows.append((off, again))
            print(f"{path.name:24} {take.followed:6} {off:+.4f} s   COnP {again:.3f}", flush=True)
    off, again = np.array(rows).reshape(-1, 2).T
    print(f"{len(rows)} voices: longest difference {np.abs(off).max():.4f} s, COnP mean {again.mean():.3f}, "
          f"least {again.min():.3f}")
    return {"count": len(rows), "refused": refused, "max_difference_s": round(float(np.abs(off).max()), 4),
            "COnP": round(float(again.mean()), 4), "COnP_least": round(float(again.min()), 4)}


def _mixes(args: argparse.Namespace, score) -> dict:
    if not args.mixes:
        return {}
    rows = []
    for samples, sung in mixes(args.shared, args.mixes, seed=args.seed, lead_db=args.lead_db):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "mix.wav"
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes((samples * 32_767).astype("<i2").tobytes())
            try:
                lead = np.array([(n.onset_s, n.offset_s, n.pitch_midi) for n in studio.dominant_melody(path)])
                take = studio.make_piano(path, Path(folder), "piano")
                rows.append((score.note_f1(sung, lead)[1], score.note_f1(sung, _played(take))[1]))
                followed = take.followed
            except HumbandError as error:
                rows.append((0.0, 0.0))
                followed = str(error)
        print(f"mix {len(rows):3}  lead COnP {rows[-1][0]:.3f}   piano {rows[-1][1]:.3f}   {followed}", flush=True)
    lead, piano = np.array(rows).T
    print(f"{len(rows)} mixes: lead COnP mean {lead.mean():.3f}, least {lead.min():.3f}; piano {piano.mean():.3f}")
    return {"count": len(rows), "lead_COnP": round(float(lead.mean()), 4), "piano_COnP": round(float(piano.mean()), 4),
            "above_half": round(float((lead >= 0.5).mean()), 3)}


def _played(take: PianoTake) -> np.ndarray:
    """Rows of onset_s, offset_s, pitch of the melody in a take's MIDI."""
    import pretty_midi

    player = next(i for i in pretty_midi.PrettyMIDI(str(take.midi)).instruments if i.name == "melody")
    return np.array(sorted((n.start, n.end, n.pitch) for n in player.notes), float)
