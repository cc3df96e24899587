"""`python -m benchmarks band [SHARED] [--tunes 10] [--genres rock,jazz] [--render N] [--heard N] [--out FILE.json]`

Songs of every genre from the lead sheets of SHARED (held-back part), measured as a listener would hear faults:
notes no instrument has, wrong bass on beat one, jumping chords, drums that loop or wander, missing fills, stiff
touch, genres that share their bars. `--render N` also renders N songs a genre: loudness, peak, silent ends.
`--heard N` hears the tune back in N songs a genre of 30 s: COnP of the melody's stem by our own ear (without its
verdict, which is for voices), and, in the first `--mixes` of them, the share of its notes that basic-pitch finds in
the mix.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks._heard_back import mix_heard, stem_heard
from core import theory
from core.compose.arrange import arrange
from core.compose.feel import swung
from core.compose.instruments import limits
from core.compose.styles import load_styles
from core.music import GENRES, Chord, LeadSheet, Note, Song, Track, Wish
from core.theory import GM_DRUMS, chord_symbol
from models.training.harmony.sheets import openewld, part_of

SHARED = Path(__file__).resolve().parents[2] / "shared"
TEMPI = (64, 78, 88, 96, 104, 112, 120, 132, 148, 172)
FILL_DRUMS = {GM_DRUMS[name] for name in ("snare", "high_tom", "mid_tom", "low_tom", "side_stick", "timbale_high",
                                          "timbale_low", "clap", "bongo_high", "bongo_low", "kick")}
Bar = frozenset[tuple[int, int]]


def tunes(shared: Path, count: int) -> list[LeadSheet]:
    """Lead sheets of the held-back part, at most 24 bars of each, at tempi from slow to fast."""
    found: list[LeadSheet] = []
    for sheet in openewld(shared):
        if part_of(sheet.title) != "test" or len(sheet.melody.notes) < 12:
            continue
        end = sheet.melody.notes[0].onset_beats + 24 * sheet.melody.meter.bar_beats
        notes = tuple(n for n in sheet.melody.notes if n.onset_beats < end)
        melody = replace(sheet.melody, notes=notes, bpm=float(TEMPI[len(found) % len(TEMPI)]))
        chords = tuple(Chord(on, dur, chord_symbol(root, quality, flats=melody.key.flats))
                       for on, dur, root, quality in sheet.chords if on < melody.end_beats)
        found.append(LeadSheet(melody, chords))
        if len(found) == count:
            break
    return found


def drum_bars(song: Song) -> list[Bar]:
    """Each bar's strokes as (drum, sixteenth)."""
    bar = song.meter.bar_beats
    bars: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for note in song.track("drums").notes:
        sixteenth = round(note.onset_beats * 4)
        index = int(sixteenth // (bar * 4))
        bars[index].add((note.pitch, int(sixteenth - index * bar * 4)))
    return [frozenset(bars[i]) for i in range(int(song.end_beats / bar))]


def jaccard(one: Bar, other: Bar) -> float:
    return len(one & other) / max(1, len(one | other))


def chord_at(song: Song, beats: float) -> Chord:
    return next((c for c in reversed(song.chords) if c.onset_beats <= beats + 0.02), song.chords[0])


def bass_on_one(song: Song) -> list[tuple[bool, bool]]:
    """(root or fifth, any chord tone) of the bass note that sounds on each bar line."""
    notes = song.track("bass").notes
    found = []
    bar = song.meter.bar_beats
    for index in range(int(song.end_beats / bar)):
        at = index * bar
        on_it = [n for n in notes if abs(n.onset_beats - at) < 0.2] or [
            n for n in notes if n.onset_beats < at < n.end_beats - 0.1]
        if on_it:
            chord, pc = chord_at(song, at), on_it[0].pitch % 12
            good = {chord.root_pc, chord.bass_pc, (chord.root_pc + 7) % 12}
            found.append((pc in good, pc in good | set(chord.pitch_classes)))
    return found


def voicings(track: Track) -> list[tuple[float, tuple[int, ...]]]:
    """Groups of notes struck together (a strum's strings too), from the bottom."""
    groups: list[list[Note]] = []
    for note in track.notes:
        if groups and note.onset_beats - groups[-1][0].onset_beats < 0.16:
            groups[-1].append(note)
        else:
            groups.append([note])
    return [(g[0].onset_beats, tuple(sorted({n.pitch for n in g}))) for g in groups if len(g) >= 3]


def movement(song: Song) -> list[float]:
    """Semitones a voice moves, on average, at each change of chord in the chords track."""
    moves = []
    for (at, one), (then, other) in pairwise(voicings(song.track("chords"))):
        if len(one) == len(other) and chord_at(song, at + 0.1).symbol != chord_at(song, then + 0.1).symbol:
            moves.append(sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one))
    return moves


def microtiming_ms(song: Song, *, drift: bool = False) -> float:
    """Spread of the drums' distance from the style's grid, in ms; of its local part, unless with ``drift``.

    Drift is what the strokes within two beats to either side have in common (their median): tempo that breathes.
    """
    style = next(s for s in load_styles()[song.genre] if s.name == song.style)
    late, onsets = [], np.array([note.onset_beats for note in song.track("drums").notes])
    for onset in onsets:
        near = np.arange(np.floor(onset * 4) - 1, np.floor(onset * 4) + 3) / 4
        grid = [swung(float(b), song.swing, unit) for b in near for unit in (style.swing_unit, 0.5, 0.25)]
        grid += [swung(float(b), 0.5) for b in near]
        grid += [float(np.floor(onset)) + k / 6 for k in range(7)]
        late.append(min((onset - g for g in grid), key=abs) * 60_000 / song.bpm)
    if drift:
        return float(np.std(late))
    edges = zip(np.searchsorted(onsets, onsets - 2), np.searchsorted(onsets, onsets + 2, "right"), strict=True)
    return float(np.std(np.array(late) - [np.median(late[low:high]) for low, high in edges]))


def fills(song: Song, bars: Sequence[Bar]) -> list[bool]:
    """Whether the bar before each new section has strokes that the bars before it lack."""
    found = []
    for section in song.sections[1:]:
        last = round(section.onset_beats / song.meter.bar_beats) - 1
        if last >= 1 and bars[last]:
            extra = {stroke for stroke in bars[last] - bars[last - 1] if stroke[0] in FILL_DRUMS}
            found.append(len(extra) >= 2)
    return found


def faults(song: Song) -> dict[str, int]:
    """Notes out of range, overlapping themselves, or sounding beyond the end."""
    counts: Counter[str] = Counter(out_of_range=0, stuck=0)
    for track in song.tracks:
        low, high = (27, 87) if track.is_drum else limits(track.program)
        last: dict[int, float] = {}
        for note in sorted(track.notes, key=lambda n: n.onset_beats):
            counts["out_of_range"] += not low <= note.pitch <= high
            overlap = last.get(note.pitch, -1.0) > note.onset_beats + 1e-6 and not track.is_drum
            counts["stuck"] += overlap or note.end_beats > song.end_beats + 1.0
            last[note.pitch] = note.end_beats
    return {name: int(count) for name, count in counts.items()}


def measure(songs: Sequence[Song]) -> dict[str, Any]:
    """One genre's figures over its songs."""
    on_one = [hit for song in songs for hit in bass_on_one(song)]
    bars = {id(song): drum_bars(song) for song in songs}
    similar = [jaccard(a, b) for song in songs for a, b in pairwise(bars[id(song)]) if a or b]
    human = [song for song in songs
             if not next(s for s in load_styles()[song.genre] if s.name == song.style).machine]
    repeats = [len(set(bars[id(song)][i:i + 4])) == 1
               for song in songs for i in range(len(bars[id(song)]) - 3)]
    moved = [m for song in songs for m in movement(song)]
    filled = [f for song in songs for f in fills(song, bars[id(song)])]
    totals: Counter[str] = Counter()
    for song in songs:
        totals.update(faults(song))
    return {
        "songs": len(songs), "styles": dict(Counter(song.style for song in songs)), **totals,
        "tracks_min": min(len(song.tracks) for song in songs),
        "seconds": [round(min(s.duration_s for s in songs), 1), round(max(s.duration_s for s in songs), 1)],
        "bass_root_fifth": round(float(np.mean([a for a, _ in on_one])), 3),
        "bass_chord_tone": round(float(np.mean([b for _, b in on_one])), 3),
        "bar_similarity": round(median(similar), 3),
        "four_bars_same": round(float(np.mean(repeats)), 3),
        "fills": round(float(np.mean(filled)), 3) if filled else None,
        "velocity_sd": round(median(float(np.std([n.velocity for n in s.track("drums").notes])) for s in songs), 1),
        "microtiming_ms": round(median(map(microtiming_ms, human)), 1) if human else 0.0,
        "with_drift_ms": round(median(microtiming_ms(s, drift=True) for s in human), 1) if human else 0.0,
        "voice_move": round(float(np.mean(moved)), 2) if moved else None,
    }


def shared_bars(by_genre: dict[str, list[Song]]) -> tuple[float, str]:
    """The largest share of one genre's drum bars that another genre also has, and which two they are."""
    bars = {genre: Counter(b for song in songs for b in drum_bars(song) if b) for genre, songs in by_genre.items()}
    worst = (0.0, "")
    for one, count in bars.items():
        for other in bars:
            if one != other:
                share = sum(n for bar, n in count.items() if bar in bars[other]) / max(1, sum(count.values()))
                worst = max(worst, (round(share, 3), f"{one} in {other}"))
    return worst


def rendered(songs: Sequence[Song]) -> dict[str, Any]:
    """Loudness, peak and silence at either end of the mixes."""
    import pyloudnorm

    from core.perform.mix import perform

    loudness, peaks, starts, ends = [], [], [], []
    meter = pyloudnorm.Meter(44_100)
    for song in songs:
        mix = perform(song)
        loudness.append(round(float(meter.integrated_loudness(mix)), 2))
        peaks.append(round(20 * float(np.log10(np.abs(mix).max())), 2))
        loud = np.flatnonzero(np.abs(mix).max(axis=1) > 10 ** (-50 / 20))
        starts.append(round(float(loud[0]) / 44_100, 3))
        ends.append(round(float(len(mix) - loud[-1]) / 44_100, 3))
    return {"lufs": [min(loudness), max(loudness)], "sample_peak_db": max(peaks),
            "silent_start_s": max(starts), "silent_end_s": max(ends)}


def heard(sheets: Sequence[LeadSheet], genres: Sequence[str], mixes: int) -> dict[str, dict[str, Any]]:
    """How well the tune is made out, in songs of 30 s: stems by our ear for voices, mixes by basic-pitch.

    Tune by tune through all genres, told on stderr, so that a run that is cut short has said something of each.
    """
    found: dict[str, dict[str, Any]] = {genre: {"heard_by": [], "stem_conp": [], "mix_recall": []} for genre in genres}
    for seed, sheet in enumerate(sheets, 1):
        for genre in genres:
            song = arrange(sheet, Wish(seed=seed, length_s=30.0), genre=genre)
            row = found[genre]
            row["heard_by"].append(theory.GM_PROGRAMS[song.track("melody").program])
            row["stem_conp"].append(round(stem_heard(song), 3))
            if seed <= mixes:
                row["mix_recall"].append(round(mix_heard(song), 3))
            print(" ", genre, seed, *(values[-1] for values in row.values() if values), file=sys.stderr, flush=True)
    for row in found.values():
        row |= {"stem_mean": round(float(np.mean(row["stem_conp"])), 3), "stem_min": min(row["stem_conp"]),
                "mix_mean": round(float(np.mean(row["mix_recall"])), 3) if row["mix_recall"] else None}
    return found


def main(argv: Sequence[str]) -> int:
    """Print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks band", description=__doc__)
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--tunes", type=int, default=10)
    parser.add_argument("--genres", default=",".join(GENRES))
    parser.add_argument("--render", type=int, default=0)
    parser.add_argument("--heard", type=int, default=0)
    parser.add_argument("--mixes", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args(argv)
    sheets = tunes(arguments.shared, arguments.tunes)
    by_genre, taken = {}, []
    for genre in arguments.genres.split(","):
        by_genre[genre] = []
        for seed, sheet in enumerate(sheets, 1):
            began = time.perf_counter()
            by_genre[genre].append(arrange(sheet, Wish(seed=seed), genre=genre))
            taken.append(time.perf_counter() - began)
    result: dict[str, Any] = {genre: measure(songs) for genre, songs in by_genre.items()}
    columns = [c for c in next(iter(result.values())) if c not in ("songs", "styles")]
    print("genre".ljust(11) + " ".join(c[:12].rjust(12) for c in columns))
    for genre, row in result.items():
        print(genre.ljust(11) + " ".join(str(row[c]).rjust(12) for c in columns))
    result["shared_bars"] = shared_bars(by_genre)
    result["arrange_ms"] = {"median": round(1000 * median(taken)), "max": round(1000 * max(taken))}
    print("shared bars:", *result["shared_bars"], "  arrange ms:", result["arrange_ms"])
    if arguments.render:
        for genre, songs in by_genre.items():
            result[genre] |= rendered(songs[:arguments.render])
            print(genre, {key: result[genre][key] for key in list(result[genre])[-4:]})
    if arguments.heard:
        for genre, row in heard(sheets[:arguments.heard], list(by_genre), arguments.mixes).items():
            result[genre] |= row
            print(genre, row, flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1))
    return 0
