"""Learns how human drummers touch and time each drum, by genre, from the Groove MIDI Dataset.

    python models/training/groove/learn.py GROOVE_MIDI_DIR --out models/groove.json

Per genre, drum and place in the bar: mean and spread of the velocity (1..127), and mean and spread of the
distance from the grid in ms, beside each performance's own median lag; and how often in a bar kick, ghost notes, open
hats and side stick are struck on each sixteenth (straight styles). Only ``train`` and ``validation``
performances are read; the Groove MIDI Dataset is by Gillick et al. 2019, CC BY 4.0.
"""

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path

import mido
import numpy as np

FOLD = {  # styles of the dataset -> our genres
    "rock": "rock", "punk": "rock", "jazz": "jazz", "neworleans": "jazz", "funk": "funk", "soul": "funk",
    "gospel": "funk", "latin": "latin", "afrocuban": "latin", "afrobeat": "latin", "hiphop": "hiphop",
    "reggae": "reggae", "blues": "blues", "country": "folk", "pop": "pop", "dance": "electronic",
}
DRUM = {36: "kick", 35: "kick", 38: "snare", 40: "snare", 37: "side_stick", 42: "hat", 22: "hat", 44: "hat_pedal",
        46: "hat_open", 26: "hat_open", 51: "ride", 59: "ride", 53: "ride_bell", 49: "crash", 55: "crash", 57: "crash",
        52: "crash", 43: "tom", 58: "tom", 45: "tom", 47: "tom", 48: "tom", 50: "tom"}
GHOST = 52  # snare strokes softer than this are ghost notes
MIN_COUNT = 30
PLACED = ("kick", "ghost", "hat_open", "side_stick")


def place_of(step: int, steps: int) -> str:
    """downbeat, beat, half (the offbeat eighth, swung or not) or fine."""
    if step == 0:
        return "downbeat"
    per_beat = steps // 4
    inside = step % per_beat
    if inside == 0:
        return "beat"
    return "half" if inside == 2 else "fine"


def strokes(path: Path, bpm: float, steps: int) -> list[tuple[str, str, int, float]]:
    """(drum, place, velocity, ms from the grid) of every stroke."""
    midi = mido.MidiFile(path)
    found = []
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity > 0 and message.note in DRUM:
                place = tick / midi.ticks_per_beat / 4 * steps
                nearest = round(place)
                late_ms = (place - nearest) * 4 / steps * 60_000 / bpm
                found.append((DRUM[message.note], place_of(nearest % steps, steps), message.velocity, late_ms))
    return found


def bar_places(path: Path) -> tuple[dict[str, np.ndarray], int]:
    """(strokes on each sixteenth of the bar by drum, bars) of a straight performance."""
    midi = mido.MidiFile(path)
    found = {drum: np.zeros(16) for drum in PLACED}
    last = 0.0
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity > 0 and message.note in DRUM:
                drum = DRUM[message.note]
                name = "ghost" if drum == "snare" and message.velocity < GHOST else drum
                sixteenth = round(tick / midi.ticks_per_beat * 4)
                last = max(last, sixteenth / 16)
                if name in found:
                    found[name][sixteenth % 16] += 1
    return found, max(1, round(last))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = list(csv.DictReader((arguments.folder / "info.csv").open()))
    velocity: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    late: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    memory: dict[str, list[float]] = defaultdict(list)
    struck: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros(16))
    bars: dict[str, int] = defaultdict(int)
    for row in rows:
        genre = FOLD.get(row["style"].split("/")[0])
        path = arguments.folder / row["midi_filename"]
        if not genre or row["beat_type"] != "beat" or row["time_signature"] != "4-4" or row["split"] == "test":
            continue
        if not path.exists():
            continue
        swung = genre in ("jazz", "blues") or "shuffle" in row["style"]
        found = strokes(path, float(row["bpm"]), 12 if swung else 16)
        if len(found) < 16:
            continue
        centre = float(np.median([ms for *_, ms in found]))
        timing = np.array([ms - centre for *_, ms in found])
        memory[genre].append(float(np.corrcoef(timing[:-1], timing[1:])[0, 1]))
        if not swung:
            placed, count = bar_places(path)
            for owner in (genre, "any"):
                bars[owner] += count
                for drum, row_of in placed.items():
                    struck[owner, drum] += row_of
        for drum, place, loud, ms in found:
            name = "ghost" if drum == "snare" and loud < GHOST else drum
            for owner in (genre, "any"):
                velocity[owner, name, place].append(loud)
                late[owner, name, place].append(ms - centre)
    table: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(lambda: defaultdict(dict))
    for (genre, drum, place), loud in sorted(velocity.items()):
        if len(loud) < MIN_COUNT:
            continue
        ms = np.array(late[genre, drum, place])
        middle = ms[np.abs(ms) < 45]
        if len(middle) >= MIN_COUNT:
            table[genre][drum][place] = [round(float(x), 1) for x in (
                np.mean(loud), np.std(loud), middle.mean(), middle.std())]
    memories = {genre: round(float(np.nanmedian(values)), 2) for genre, values in sorted(memory.items())}
    places: dict[str, dict[str, list[float]]] = defaultdict(dict)
    for (genre, drum), counts in sorted(struck.items()):
        if bars[genre] >= MIN_COUNT:
            places[genre][drum] = [round(float(x), 3) for x in counts / bars[genre]]
    learned = {"memory": memories, "touch": table, "places": places}
    arguments.out.write_text(json.dumps(learned, indent=0, separators=(",", ":")))
    print(f"{sum(len(d) for g in table.values() for d in g.values())} cells, memory {memories}")


if __name__ == "__main__":
    main()
