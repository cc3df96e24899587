"""`python -m benchmarks listening [SHARED] [--genres rock,jazz] [--humans 40] [--draw FOLDER] [--out F.json]`

What gives the machine away, counted: two takes in each genre (from examples/hum.ogg and from real recordings by
turns) and, for pop, songs of POP909 beside them in the same figures. ``--draw`` also renders the takes and puts a
piano roll over a spectrogram for each; ``--levels`` only renders them, for the sections' levels and the last chord's
end. The columns are explained at :func:`figures`.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.band import SHARED
from core.compose.arrange import arrange
from core.music import GENRES, LeadSheet, Note, Section, Song, Wish

ROOT = Path(__file__).resolve().parents[1]
RECORDINGS = 6  # real ones that take turns with the example
Line = Sequence[tuple[float, float, int, int]]  # onset and end in beats, pitch, velocity


def lead_sheets(shared: Path) -> list[LeadSheet]:
    """The example and some real recordings, as the product hears them."""
    from core.errors import HumbandError
    from core.studio import listen
    from core.studio.song import lead_sheet

    found = []
    folder = shared / "data" / "voice" / "ssvd-train"
    for path in [ROOT / "examples" / "hum.ogg", *sorted(folder.glob("*.flac"))[5::7]]:
        try:
            found.append(lead_sheet(listen(path).melody, Wish(), None))
        except HumbandError:
            continue
        if len(found) > RECORDINGS:
            break
    return found


def takes(sheets: Sequence[LeadSheet], genres: Sequence[str]) -> Iterator[Song]:
    """Two of each genre: the example's and a recording's."""
    for index, genre in enumerate(genres):
        yield arrange(sheets[0], Wish(seed=1 + index), genre=genre)
        yield arrange(sheets[1 + index % (len(sheets) - 1)], Wish(seed=101 + index), genre=genre)


def line_of(notes: Sequence[Note]) -> list[tuple[float, float, int, int]]:
    return [(n.onset_beats, n.end_beats, n.pitch, n.velocity) for n in notes]


def sounding(line: Line, at: float) -> list[int]:
    """Pitches that sound just after a moment."""
    return [pitch for on, end, pitch, _ in line if on <= at + 0.12 and end > at + 0.2]


def figures(melody: Line, chords: Line, bass: Line, counter: Line, *, bar: float, sections: Sequence[Section] = ()
            ) -> dict[str, float | None]:
    """One song's figures.

    ``rub``: the share of the melody's notes on the beat that have a sounding accompaniment note a semitone under
    them, in any octave, or right over them; ``cover``: those that lie under the
    accompaniment's top; ``clash``: of the second voice's notes under a sounding melody note, those a semitone or a tone
    from it; ``span``: semitones from the lowest to the highest note of a struck chord; ``chord_bars``, ``bass_bars``:
    neighbouring bars with the very same rhythm; ``bass_step``: mean semitones between bass notes; ``touch``: standard
    deviation of the melody's velocity; ``rise``: its correlation with pitch; ``grows``: how much denser the
    accompaniment of the last statement is than that of the first.
    """
    strong = [(on, pitch) for on, end, pitch, _ in melody if abs(on - round(on)) < 0.13 and end - on >= 0.45]
    rub, cover = [], []
    for on, pitch in strong:
        under = sounding(chords, round(on))
        if under:
            rub.append(any((pitch - other) % 12 == 1 or other - pitch == 1 for other in under))
            cover.append(max(under) > pitch)
    clash = [any(abs(pitch - other) % 12 in (1, 2, 10, 11) for other in over)
             for on, _, pitch, _ in counter if (over := sounding(melody, on))]
    spans = [max(group) - min(group) for group in struck(chords) if len(group) > 2]
    pitches = [p for _, _, p, _ in melody]
    velocities = [v for *_, v in melody]
    statements = [s for s in sections if s.name == "statement"]
    moves = [abs(b[2] - a[2]) for a, b in pairwise(bass)]
    return {
        "rub": mean(rub), "cover": mean(cover), "clash": mean(clash), "span": mean(spans),
        "chord_bars": repeats(chords, bar), "bass_bars": repeats(bass, bar), "bass_step": mean(moves),
        "touch": round(float(np.std(velocities)), 1),
        "rise": round(float(np.corrcoef(pitches, velocities)[0, 1]), 2) if np.std(velocities) > 0 else None,
        "grows": round(density(chords, statements[-1]) / max(0.1, density(chords, statements[0])), 2)
        if len(statements) > 1 else None,
    }


def mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 3) if len(values) else None


def struck(chords: Line) -> list[list[int]]:
    groups: list[tuple[float, list[int]]] = []
    for on, _, pitch, _ in sorted(chords):
        if groups and on - groups[-1][0] < 0.12:
            groups[-1][1].append(pitch)
        else:
            groups.append((on, [pitch]))
    return [pitches for _, pitches in groups]


def repeats(line: Line, bar: float) -> float | None:
    """Share of neighbouring bars with notes that have the same rhythm, on sixteenths."""
    bars: dict[int, set[int]] = {}
    for on, *_ in line:
        place = round(on * 4)
        bars.setdefault(int(place // (bar * 4)), set()).add(int(place % (bar * 4)))
    return mean([bars[i] == bars[i + 1] for i in bars if i + 1 in bars])


def density(line: Line, section: Section) -> float:
    inside = [1 for on, *_ in line if section.onset_beats - 0.1 <= on < section.end_beats - 0.1]
    return len(inside) / section.duration_beats


def ours(song: Song) -> dict[str, Any]:
    """The figures of one of our songs, and its intro's and ending's length."""
    by_role = {track.role: line_of(track.notes) for track in song.tracks}
    chords = [note for role, line in by_role.items() if role not in ("melody", "bass", "drums", "counter")
              for note in line]
    row: dict[str, Any] = {"genre": song.genre, "style": song.style, "bpm": song.bpm, "meter": str(song.meter)}
    lengths = {s.name: s.duration_beats * 60 / song.bpm for s in song.sections if s.name in ("intro", "ending")}
    row |= {f"{name}_s": round(seconds, 1) for name, seconds in lengths.items()}
    row["form"] = " ".join(f"{s.name[0]}{s.duration_beats / song.meter.bar_beats:g}" for s in song.sections)
    return row | figures(by_role["melody"], chords, by_role.get("bass", []), by_role.get("counter", []),
                         bar=song.meter.bar_beats, sections=song.sections)


def pop909(folder: Path, count: int) -> list[dict[str, Any]]:
    """The same figures of POP909's songs in 4/4: melody, piano (its lowest notes are the bass), second voice."""
    import pretty_midi

    rows = []
    for path in sorted(folder.rglob("*/[0-9]*.mid"))[::max(1, 700 // count)]:
        if path.parent.name == "versions":
            continue
        midi = pretty_midi.PrettyMIDI(str(path))
        beats = np.loadtxt(path.parent / "beat_midi.txt")
        downbeats = np.flatnonzero(beats[:, 2] > 0.5)
        if len(downbeats) < 8 or np.median(np.diff(downbeats)) != 4:
            continue
        index = np.arange(len(beats)) - downbeats[0]
        parts = {}
        for player in midi.instruments:
            parts[player.name] = [(float(np.interp(n.start, beats[:, 0], index)),
                                   float(np.interp(n.end, beats[:, 0], index)), n.pitch, n.velocity)
                                  for n in sorted(player.notes, key=lambda n: n.start)]
        piano = parts["PIANO"]
        low = [note for note in piano if note[2] < 48]
        rows.append(figures(parts["MELODY"], [n for n in piano if n[2] >= 48], low, parts.get("BRIDGE", []), bar=4.0))
        if len(rows) == count:
            break
    return rows


def levels(song: Song, mix: np.ndarray) -> dict[str, Any]:
    """Loudness of every section against the song's loudest, in dB, and how far the end has died away when it stops."""
    found = []
    for section in song.sections:
        a, b = (int(song.seconds(beat) * 44_100) for beat in (section.onset_beats, section.end_beats))
        found.append((section.name[0], 10 * np.log10(float(np.square(mix[a:b]).mean()) + 1e-12)))
    top = max(level for _, level in found)
    tail = 20 * np.log10(np.sqrt(float(np.square(mix[-44_100:-26_460]).mean())) / float(np.abs(mix).max()) + 1e-9)
    below = " ".join(f"{name}{level - top:.0f}" for name, level in found)
    return {"levels_db": below, "tail_db": round(float(tail), 1)}


def draw(song: Song, mix: np.ndarray, path: Path) -> None:
    """A piano roll over a spectrogram."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (top, hits, bottom) = plt.subplots(3, 1, figsize=(22, 15), sharex=True,
                                               gridspec_kw={"height_ratios": [4, 1.2, 3], "hspace": 0.03})
    palette = iter(("tab:blue", "tab:green", "tab:purple", "tab:orange", "tab:cyan", "tab:pink", "tab:gray"))
    for track in song.tracks:
        axis = hits if track.is_drum else top
        colour = {"melody": "red", "bass": "black", "counter": "goldenrod"}.get(track.role) or next(palette)
        for note in track.notes:
            start, end = song.seconds(note.onset_beats), song.seconds(note.end_beats)
            width = 0.04 if track.is_drum else end - start
            axis.barh(note.pitch, width, left=start, height=0.85, color=colour, alpha=0.3 + 0.7 * note.velocity / 127)
        top.barh(0, 0, color=colour, label=track.role)
    for section in song.sections:
        for axis in (top, hits, bottom):
            axis.axvline(song.seconds(section.onset_beats), color="k", lw=1.2)
        top.text(song.seconds(section.onset_beats), 100, f"{section.name} {section.intensity}", fontsize=9)
    for index in range(int(song.end_beats / song.meter.bar_beats)):
        top.axvline(song.seconds(index * song.meter.bar_beats), color="gray", lw=0.3)
    for chord in song.chords:
        top.text(song.seconds(chord.onset_beats), 26, chord.symbol, fontsize=7, rotation=60)
    top.set_ylim(24, 104)
    hits.set_ylim(34, 60)
    top.legend(loc="upper right")
    top.set_title(f"{song.genre} / {song.style}  {song.bpm} bpm {song.meter} {song.key}")
    bottom.specgram(mix.mean(1) + 1e-9, NFFT=2048, Fs=44_100, noverlap=1024, vmin=-130, vmax=-30, cmap="magma")
    bottom.set_yscale("symlog", linthresh=500)
    bottom.set_ylim(40, 18_000)
    figure.savefig(path, dpi=58, bbox_inches="tight")
    plt.close(figure)


def main(argv: Sequence[str]) -> int:
    """Print a row a take."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks listening", description=__doc__)
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--unpacked", type=Path)
    parser.add_argument("--genres", default=",".join(GENRES))
    parser.add_argument("--humans", type=int, default=0, help="songs of POP909 to put beside")
    parser.add_argument("--draw", type=Path)
    parser.add_argument("--levels", action="store_true")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args(argv)
    rows = []
    for song in takes(lead_sheets(arguments.shared), arguments.genres.split(",")):
        row = ours(song)
        if arguments.draw or arguments.levels:
            from core.perform.mix import perform

            mix = perform(song)
            row |= levels(song, mix)
            if arguments.draw:
                arguments.draw.mkdir(parents=True, exist_ok=True)
                twins = sum(r["genre"] == song.genre for r in rows)
                draw(song, mix, arguments.draw / f"{song.genre}-{twins + 1}.png")
        rows.append(row)
        print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    result: dict[str, Any] = {"takes": rows}
    if arguments.humans:
        from models.training.harmony.sheets import unpacked_folder

        people = pop909(unpacked_folder(arguments.shared, "pop909", arguments.unpacked), arguments.humans)
        for whose, group in (("POP909", people), ("ours", rows)):
            result[whose] = {name: [round(float(np.quantile(values, q)), 2) for q in (0.1, 0.5, 0.9)]
                             for name in people[0]
                             if (values := [r[name] for r in group if r[name] is not None])}
            print(whose, result[whose])
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1))
    return 0
