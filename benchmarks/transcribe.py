"""Polyphonic transcription of recordings made here from unseen works, beside basic-pitch with its default settings.

    python -m benchmarks transcribe DATA [--count 16] [--seconds 24] [--seed 500]

DATA holds the unpacked sets ``composers`` and ``pop909``. Of every group (piano, pop piano, quartet, orchestra) that
many excerpts are played by one of two SoundFonts in turn, half of them in a room or with noise, and go through MP3 at
128 kbit/s. Printed are precision, recall and F1 of onset and pitch (mir_eval, 50 ms, no offset), and how long hearing
took of the music's length.
"""

import argparse
import json
import logging
import time
from pathlib import Path

import numpy as np

from benchmarks._recordings import GROUPS, excerpt, files, fonts
from core.hear.polyphonic import notes_of
from core.hear.posteriors import RATE, Posteriors, posteriors


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks transcribe", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=500)
    args = parser.parse_args(argv)
    table, took, length = {}, 0.0, 0.0
    for group in GROUPS:
        rows = []
        rng = np.random.default_rng(args.seed)
        for path, midi in files(args.data, "test", group, seed=args.seed):
            if len(rows) == args.count:
                break
            recording = excerpt(midi, rng, length_s=args.seconds, font=fonts()[len(rows) % 2])
            if recording is None:
                continue
            start = time.process_time()
            heard = posteriors(recording.samples)
            ours = [(n.onset_s, n.offset_s, n.pitch_midi) for n in notes_of(heard, recording.samples)]
            took, length = took + time.process_time() - start, length + len(recording.samples) / RATE
            rows.append([*scores(recording.notes, ours), *scores(recording.notes, basic_pitch(heard)), path.stem])
        for name, columns in (("ours", slice(0, 3)), ("basic-pitch, default", slice(3, 6))):
            mean = np.mean([row[columns] for row in rows], 0)
            table[f"{group}: {name}"] = [round(float(x), 4) for x in mean]
            print(f"{group:10} {name:22} {len(rows):3} excerpts   P {mean[0]:.3f}  R {mean[1]:.3f}  F1 {mean[2]:.3f}",
                  flush=True)
    print(f"{took / length:.3f} s of one core a second of music")
    print(json.dumps(table))
    return 0


def scores(truth: np.ndarray, notes: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """(precision, recall, F1) of onset and pitch."""
    from mir_eval.transcription import precision_recall_f1_overlap

    if not notes:
        return 0.0, 0.0, 0.0
    mine = np.array(notes)
    return precision_recall_f1_overlap(truth[:, :2], _hz(truth[:, 2]), mine[:, :2], _hz(mine[:, 2]),
                                       offset_ratio=None)[:3]


def basic_pitch(heard: Posteriors) -> list[tuple[float, float, float]]:
    """Notes as basic-pitch's own ``predict`` would make them of these activations."""
    logging.disable(logging.WARNING)
    from basic_pitch.note_creation import output_to_notes_polyphonic

    logging.disable(logging.NOTSET)
    # at the frames' true times: its own are the same to within some milliseconds
    at = heard.times_s
    events = output_to_notes_polyphonic(heard.note.copy(), heard.onset.copy(), onset_thresh=0.5, frame_thresh=0.3,
                                        min_note_len=11, infer_onsets=True, min_freq=None, max_freq=None)
    return [(float(at[a]), float(at[min(b, len(at) - 1)]), float(p)) for a, b, p, _ in events]


def _hz(midi: np.ndarray) -> np.ndarray:
    return 440 * 2 ** ((np.asarray(midi, float) - 69) / 12)


