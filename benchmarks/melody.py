"""How well sung notes become a melody: sung lead sheets through core.understand, scored by ../shared/eval/score.py.

    python -m benchmarks melody [SHARED] [--part tune|test] [--count 100] [--heard RATE] [--seed 1]
        [--style mix|hum|la|ta|whistle] [--voice] [--json]

``--heard 0`` gives the notes exactly as performed (as sing.py writes them to its csv), ``--heard 1`` with the
errors of a voice-to-notes model, ``--voice`` sings them aloud and hears them (core.hear.voice). The tunes are those of
the lead sheets' ``test`` part unless told otherwise.

    python -m benchmarks melody [SHARED] --rolls OUT [--labels]

lists tempo, meter and key of the recordings of ssvd-train, as heard or (``--labels``) as labelled by hand, and draws
the piano rolls with bar lines of the twenty longest.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from types import ModuleType

import numpy as np

from core.music import Key, Melody, SungNote
from core.understand import understand
from models.training.rhythm.data import lead_sheets, load_scorer, load_singer, performances

GOALS = {"tempo": 0.80, "tempo_up_to_2x": 0.97, "grid": 0.70, "grid_up_to_2x": 0.80, "downbeat": 0.80,
         "key": 0.88, "meter": 0.93}


def moved(key: str | None, semitones: int) -> str | None:
    """A key name, transposed."""
    return str(Key.parse(key).transposed(semitones)) if key else None


def heard_aloud(sung: list[SungNote], singer: ModuleType, seed: int) -> list[SungNote]:
    """The notes as core.hear.voice hears them when sing.py sings them."""
    from core.audio import Sound
    from core.hear.voice import hear_voice

    rng = np.random.default_rng(seed)
    style = str(rng.choice(["hum", "la", "ta"]))
    rows = [(note.onset_s, note.offset_s, note.pitch_midi) for note in sung]
    pitch, loud = singer.contour(rows, int((rows[-1][1] + 0.5) * singer.RATE), rng, style)
    samples = singer.voice(pitch, loud, rng, style).astype(np.float32)
    return list(hear_voice(Sound(samples, singer.RATE)).notes)


def measure(shared: Path, part: str, count: int, heard: float, seed: int, voice: bool = False, style: str = "mix"
            ) -> dict[str, float]:
    """The scores over ``count`` performances."""
    scorer, singer = load_scorer(shared), load_singer(shared)
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        truth, ours = Path(folder, "truth"), Path(folder, "ours")
        truth.mkdir()
        ours.mkdir()
        rows = performances(lead_sheets(shared, part), singer, seed, count=count, heard=heard, style=style)
        for index, (tune, sung, meant, bpm) in enumerate(rows):
            shift = round(meant[0][2] - tune["notes"][0][2])
            if voice:
                sung = heard_aloud(sung, singer, seed + index)
            started = time.perf_counter()
            melody = understand(sung)
            seconds.append(time.perf_counter() - started)
            (truth / f"{index:04d}.json").write_text(json.dumps({
                "bpm": bpm, "key": moved(tune["key"], shift), "meter": tune["meter"], "notes": meant}))
            (ours / f"{index:04d}.json").write_text(json.dumps(melody.to_json()))
        return scorer.melody(truth, ours) | {"median_ms": round(1000 * float(np.median(seconds)), 1)}


def real_voices(shared: Path, out: Path, labels: bool) -> None:
    """A table of the recordings, and rolls of the twenty longest, five to a picture."""
    folder = shared / "data" / "voice" / "ssvd-train"
    found: dict[str, tuple[list[SungNote], Melody]] = {}
    for path in sorted(folder.glob("*.csv")):
        if labels:
            rows = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
            notes = [SungNote(*row) for row in rows[rows[:, 1] > rows[:, 0]].tolist()]
        else:
            from core.audio import read_sound
            from core.hear.voice import hear_voice

            notes = list(hear_voice(read_sound(path.with_suffix(".flac"))).notes)
        melody = understand(notes)
        found[path.stem] = (notes, melody)
        print(f"{path.stem:10} {len(notes):4} notes  {melody.bpm:6.1f}  {melody.meter}  {melody.key}", flush=True)
    longest = sorted(found, key=lambda name: -found[name][0][-1].offset_s)[:20]
    out.mkdir(parents=True, exist_ok=True)
    for first in range(0, len(longest), 5):
        draw_rolls({name: found[name][1] for name in longest[first : first + 5]}, out / f"rolls-{first // 5 + 1}.png")


def draw_rolls(melodies: dict[str, Melody], path: Path, beats: float = 64) -> None:
    """The first ``beats`` of every melody, bar lines drawn."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(20, 3.2 * len(melodies)), layout="constrained")
    for axes, (name, melody) in zip(figure.subplots(len(melodies), squeeze=False)[:, 0], melodies.items(),
                                    strict=True):
        for note in melody.notes:
            axes.barh(note.pitch, note.duration_beats - 0.06, left=note.onset_beats, height=0.9, color="tab:blue")
        end = min(beats, melody.end_beats)
        for bar in np.arange(0, end + 0.1, melody.meter.bar_beats):
            axes.axvline(bar, color="black", linewidth=1)
        axes.set_xticks(np.arange(0, end + 0.1, melody.meter.pulse_beats))
        axes.grid(axis="x", alpha=0.3)
        axes.set_xlim(0, end)
        axes.set_title(f"{name}: {melody.bpm:.0f} bpm, {melody.meter}, {melody.key}")
    figure.savefig(path, dpi=60)


def main(argv: list[str] | None = None) -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks melody", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser.add_argument("shared", type=Path, nargs="?", default=beside)
    parser.add_argument("--part", default="test", choices=["train", "tune", "test"])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--heard", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--style", default="mix", choices=["mix", "hum", "la", "ta", "whistle"])
    parser.add_argument("--voice", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rolls", type=Path)
    parser.add_argument("--labels", action="store_true")
    options = parser.parse_args(argv)
    if options.rolls:
        real_voices(options.shared, options.rolls, options.labels)
        return
    result = measure(options.shared, options.part, options.count, options.heard, options.seed, options.voice,
                     options.style)
    if options.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:16}{value:10}" + (f"   goal {GOALS[name]:.2f}" if name in GOALS else ""))


if __name__ == "__main__":
    main()
