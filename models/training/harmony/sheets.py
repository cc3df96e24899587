"""The collections of ../shared as lead sheets in one form: melody, chords and the key signature they live in."""

import gzip
import hashlib
import json
import re
import tarfile
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.compose.harmony_frames import frame_beats
from core.music import Melody, Meter, Note
from core.theory import CHORD_SHAPES, pitch_class

FAMILIES = ("major", "dominant", "minor", "diminished")
FAMILY_OF = {q: (3 if 6 in s else 2 if 3 in s else 1 if 10 in s or q == "aug" else 0) for q, s in CHORD_SHAPES.items()}
ALIASES = [("M7", "maj7"), ("M9", "maj9"), ("min", "m"), ("-", "m"), ("ø", "m7b5"), ("Δ", "maj7"), ("°", "dim"),
           ("+", "aug")]
WHOLE = {"sus": "sus4", "11": "9", "m11": "m9", "aug7": "aug", "7aug": "aug", "69": "6", "m69": "m6", "m7b57": "m7b5",
         "susadd7": "7sus4", "susadd7add9": "7sus4", "m6add9": "m6", "power": "5", "pedal": "", "o": "dim",
         "h7": "m7b5"}
GENRE_OF = {"Jazz": "jazz", "Rock": "rock", "Pop": "pop", "Stage & Screen": "pop", "Folk, World, & Country": "folk",
            "Classical": "classical", "Funk / Soul": "funk", "Latin": "latin", "Blues": "blues",
            "Electronic": "electronic"}


@dataclass(frozen=True)
class Sheet:
    """``chords`` are (onset_beats, duration_beats, root_pc, quality of CHORD_SHAPES) rows; stretches without a
    chord are absent. ``signature_pc`` is the tonic of the signature's major key; None where unknown."""

    id: str
    title: str
    genre: str
    melody: Melody
    chords: tuple[tuple[float, float, int, str], ...]
    signature_pc: int | None
    minor: bool
    symbols: tuple[tuple[float, float, str], ...] = ()  # as the sheet writes them


def part_of(title: str) -> str:
    """train, tune or test: fixed by the title alone, so that versions of a tune stay together."""
    plain = re.sub(r"[^a-z0-9]", "", title.lower())
    fold = int(hashlib.sha1(plain.encode()).hexdigest(), 16) % 20
    return "test" if fold < 4 else "tune" if fold < 6 else "train"


def parse_symbol(symbol: str) -> tuple[int, str] | None:
    """(root pitch class, quality) of the symbols these collections use; None where it is none."""
    match = re.match(r"([A-G])(##?|bb?)?(.*)", symbol.split("/")[0].replace(" ", ""))
    if not match:
        return None
    rest = match[3]
    for old, new in ALIASES:
        rest = rest.replace(old, new)
    rest = re.sub("^o", "dim", rest)
    if rest.startswith("maj") and rest[3:4] not in ("7", "9"):
        rest = rest[3:]
    rest = WHOLE.get(rest, rest)
    quality = max((q for q in CHORD_SHAPES if rest.startswith(q)), key=len)
    if quality == "m7" and "b5" in rest:
        quality = "m7b5"
    return pitch_class(match[1] + (match[2] or "")), quality


def openewld(shared: Path) -> Iterator[Sheet]:
    """399 evergreens."""
    with gzip.open(shared / "data/midi/leadsheets/openewld.jsonl.gz", "rt") as lines:
        for line in lines:
            row = json.loads(line)
            notes = tuple(Note(float(a), float(b), int(p)) for a, b, p in row["notes"])
            chords = [(float(c[0]), float(c[1]), *parsed) for c in row["chords"] if (parsed := parse_symbol(c[2]))]
            melody = Melody.from_json({"bpm": 100, "key": row["key"], "meter": row["meter"], "notes": []})
            signature = None
            if row["key"]:
                signature = (melody.key.tonic_pc + (3 if melody.key.is_minor else 0)) % 12
            genre = next((GENRE_OF[g] for g, _ in row["genres"] if g in GENRE_OF), "pop")
            yield Sheet(row["id"], row["title"], genre, replace(melody, notes=notes), tuple(chords), signature,
                        melody.key.is_minor and signature is not None,
                        tuple((*c[:2], c[2].replace("power", "5")) for c in row["chords"]
                              if parse_symbol(c[2]) and not c[2].endswith("pedal")))


def nottingham(shared: Path, unpacked: Path | None = None) -> Iterator[Sheet]:
    """Folk tunes, as far as their first change of meter; chords are told by their tones, lowest first."""
    import pretty_midi

    shapes = {frozenset(step % 12 for step in shape): quality for quality, shape in CHORD_SHAPES.items()
              if quality not in ("6", "m6", "sus2")}
    folder = unpacked_folder(shared, "nottingham", unpacked) / "MIDI"
    for path in sorted((folder / "melody").glob("*.mid")):
        if not (folder / "chords" / path.name).exists():
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tune, backing = (pretty_midi.PrettyMIDI(str(folder / part / path.name)) for part in ("melody", "chords"))
        if not (tune.instruments and backing.instruments and tune.time_signature_changes):
            continue
        signs = tune.time_signature_changes
        meter = Meter(signs[0].numerator, signs[0].denominator)
        end = signs[1].time * 2 - 1e-6 if len(signs) > 1 else np.inf  # 120 beats a minute throughout
        notes = [Note(round(n.start * 2, 4), round((n.end - n.start) * 2, 4), n.pitch)
                 for n in tune.instruments[0].notes if n.start * 2 < end]
        sounding: dict[tuple[float, float], list[int]] = {}
        for n in backing.instruments[0].notes:
            if n.start * 2 < end:
                sounding.setdefault((round(n.start * 2, 4), round(n.end * 2, 4)), []).append(n.pitch)
        chords = []
        for (onset, offset), pitches in sorted(sounding.items()):
            for root in sorted(pitches):
                quality = shapes.get(frozenset((p - root) % 12 for p in pitches))
                if quality is not None:
                    chords.append((onset, offset - onset, root % 12, quality))
                    break
        if len(notes) < 16 or len(chords) < 4:
            continue
        keys = tune.key_signature_changes
        number = keys[0].key_number if keys else None
        signature = None if number is None else number % 12 if number < 12 else (number + 3) % 12
        # The signature says nothing of the mode: the last chord does.
        minor = signature is not None and chords[-1][2] == (signature + 9) % 12
        yield Sheet(f"nottingham:{path.stem}", path.stem, "folk", Melody(tuple(notes), 120, meter=meter),
                    tuple(chords), signature, minor)


def pop909(shared: Path, unpacked: Path | None = None) -> Iterator[Sheet]:
    """Pop songs from the bar of the first melody note on, quantized to sixteenths between the given beats."""
    import pretty_midi

    for folder in sorted(unpacked_folder(shared, "pop909", unpacked).iterdir()):
        grid = folder / "beat_midi.txt"
        rows = np.loadtxt(grid, ndmin=2) if grid.exists() else np.zeros((0, 3))
        if len(rows) < 32:
            continue
        times, downbeats = rows[:, 0], np.flatnonzero(rows[:, 2] > 0)
        if len(downbeats) < 8:
            continue
        gaps = np.diff(downbeats)
        per_bar = int(np.bincount(gaps).argmax())
        if per_bar not in (3, 4) or (gaps == per_bar).mean() < 0.9:
            continue
        phase = int(np.bincount(downbeats % per_bar).argmax())
        beat_of = np.arange(len(times)) - phase
        midi = pretty_midi.PrettyMIDI(str(folder / f"{folder.name}.mid"))
        lines = [i for i in midi.instruments if i.name == "MELODY"]
        if not lines or len(lines[0].notes) < 32:
            continue

        def beats(seconds: float, times: np.ndarray = times, beat_of: np.ndarray = beat_of) -> float:
            return float(np.interp(seconds, times, beat_of))

        notes = []
        for n in sorted(lines[0].notes, key=lambda n: n.start):
            onset, end = round(beats(n.start) * 4) / 4, round(beats(n.end) * 4) / 4
            if notes and notes[-1].end_beats > onset:
                notes[-1] = replace(notes[-1], duration_beats=onset - notes[-1].onset_beats)
            notes.append(Note(onset, max(end - onset, 0.25), n.pitch))
        notes = [n for n in notes if n.duration_beats > 0]
        shift = int(notes[0].onset_beats // per_bar) * per_bar
        notes = [replace(n, onset_beats=n.onset_beats - shift) for n in notes]
        end = max(n.end_beats for n in notes) + per_bar
        chords = []
        for line in (folder / "chord_midi.txt").read_text().splitlines():
            start_s, end_s, symbol = line.split()
            on, off = round(beats(float(start_s))) - shift, round(beats(float(end_s))) - shift
            parsed = parse_symbol(symbol.replace(":", "").replace("min", "m").replace("hdim7", "m7b5")
                                  .replace("minmaj7", "mmaj7").replace("sus4(b7)", "7sus4").replace("maj6", "6"))
            if parsed and off > 0 and on < end and off > on:
                chords.append((float(max(on, 0)), float(off - max(on, 0)), *parsed))
        if len(chords) >= 8:
            yield Sheet(f"pop909:{folder.name}", folder.name, "pop",
                        Melody(tuple(notes), 90, meter=Meter(per_bar, 4)), tuple(chords), None, False)


def impro_visor(shared: Path, unpacked: Path | None = None) -> Iterator[Sheet]:
    """Jazz charts: chords alone, the melody empty."""
    folder = unpacked_folder(shared, "impro-visor", unpacked) / "leadsheets/imaginary-book"
    for path in sorted(folder.glob("*.ls")):
        text = path.read_text(errors="replace")
        head = re.search(r"\(meter (\d+) (\d+)\)", text)
        meter = Meter(int(head[1]), int(head[2])) if head else Meter()
        rows: list[tuple[float, float, int, str]] = []
        bars = [bar.split() for line in text.splitlines() if line.rstrip().endswith("|")
                for bar in line.replace("||", "|").rstrip().rstrip("|").split("|")]
        for number, bar in enumerate(bars):
            for place, token in enumerate(bar):
                onset, length = (number + place / len(bar)) * meter.bar_beats, meter.bar_beats / len(bar)
                parsed = parse_symbol(token) if token != "/" else rows[-1][2:] if rows else None
                if parsed and rows and rows[-1][2:] == parsed:
                    rows[-1] = (rows[-1][0], onset + length - rows[-1][0], *parsed)
                elif parsed:
                    rows.append((onset, length, *parsed))
        if len(rows) >= 8:
            yield Sheet(f"impro-visor:{path.stem}", path.stem, "jazz", Melody((), 120, meter=meter), tuple(rows), None,
                        False)


def unpacked_folder(shared: Path, name: str, unpacked: Path | None) -> Path:
    """Where a collection lies unpacked: in ``unpacked`` (default: a cache beside the system's temporary files)."""
    root = unpacked or Path(tempfile.gettempdir()) / "humband-data"
    if not (root / name).is_dir():
        with tarfile.open(shared / f"data/midi/{name}.tar.xz") as archive:
            archive.extractall(root)
    return root / name


def frame_labels(sheet: Sheet, start_beats: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(root pitch class, quality index) sounding in the middle of each frame; -1 where there is none."""
    step = frame_beats(sheet.melody.meter)
    qualities = list(CHORD_SHAPES)
    roots, kinds = np.full(count, -1), np.full(count, -1)
    for onset, duration, root, quality in sheet.chords:
        a = int(np.ceil((onset - start_beats) / step - 0.5 + 1e-6))
        b = int(np.ceil((onset + duration - start_beats) / step - 0.5 + 1e-6))
        roots[max(a, 0):max(b, 0)] = root
        kinds[max(a, 0):max(b, 0)] = qualities.index(quality)
    return roots, kinds


def fill_signatures(sheets: list[Sheet]) -> list[Sheet]:
    """Give sheets without a key the signature under which their chords are likeliest, judged by those with one."""
    table = np.full((2, 12, 4), 0.5)

    def histogram(sheet: Sheet) -> np.ndarray:
        hist = np.zeros((12, 4))
        for _, duration, root, quality in sheet.chords:
            hist[root, FAMILY_OF[quality]] += duration
        return hist / max(hist.sum(), 1e-9)

    for sheet in sheets:
        if sheet.signature_pc is not None:
            table[int(sheet.minor)] += np.roll(histogram(sheet), -sheet.signature_pc, 0)
    log_p = np.log(table / table.sum((1, 2), keepdims=True))
    prior = np.log([0.93, 0.07])
    filled = []
    for sheet in sheets:
        if sheet.signature_pc is None:
            scores = {(k, m): prior[m] / 8 + float((np.roll(histogram(sheet), -k, 0) * log_p[m]).sum())
                      for k in range(12) for m in (0, 1)}
            signature, minor = max(scores, key=scores.__getitem__)
            sheet = replace(sheet, signature_pc=signature, minor=bool(minor))
        filled.append(sheet)
    return filled




COLLECTIONS: dict[str, Callable[[Path], Iterator[Sheet]]] = {
    "openewld": openewld, "nottingham": nottingham, "pop909": pop909}
