"""Learns how human drummers touch and time each drum, by genre, from the Groove MIDI Dataset.

    python models/training/groove/learn.py GROOVE_MIDI_DIR --out models/groove.json

Per genre, drum and place in the bar: mean and spread of the velocity (1..127), and mean and spread of the
distance from the grid in ms, beside each performance's own median lag; how often in a bar kick, ghost notes, open hats,
side stick and the foot on the hats are struck on each sixteenth (straight styles); and what a performance's distance
from the grid is made of (``hands``): a habit of each drum on each sixteenth, kept from bar to bar; a slow drift; the
unevenness of each moment, shared by all that is struck at it; that of each hand and foot alone; and the ride's share
of ride and hats (``rides``). Only ``train`` and ``validation`` performances are read; the Groove MIDI Dataset is by
Gillick et al. 2019, CC BY 4.0.
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
MIN_PERFORMANCES = 5
RIDES, HATS = ("ride", "ride_bell"), ("hat", "hat_open")
PLACED = ("kick", "ghost", "hat_open", "side_stick", "hat_pedal")
NEAR_MS, NEAR_STEPS = 45.0, 0.33  # farther from its sixteenth than either, a stroke means another place than that
DRIFT_BEATS = 2.0  # to either side: what moves more slowly is drift


def place_of(step: int, steps: int) -> str:
    """downbeat, beat, half (the offbeat eighth, swung or not) or fine."""
    if step == 0:
        return "downbeat"
    per_beat = steps // 4
    inside = step % per_beat
    if inside == 0:
        return "beat"
    return "half" if inside == 2 else "fine"


def struck(path: Path) -> list[tuple[float, str, int]]:
    """(beats, drum, velocity) of every stroke on a drum of the table."""
    midi = mido.MidiFile(path)
    found = []
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity > 0 and message.note in DRUM:
                found.append((tick / midi.ticks_per_beat, DRUM[message.note], message.velocity))
    return found


def strokes(path: Path, bpm: float, steps: int) -> list[tuple[str, str, int, float]]:
    """(drum, place, velocity, ms from the grid) of every stroke."""
    found = []
    for beats, drum, velocity in struck(path):
        place = beats / 4 * steps
        nearest = round(place)
        late_ms = (place - nearest) * 4 / steps * 60_000 / bpm
        found.append((drum, place_of(nearest % steps, steps), velocity, late_ms))
    return found


def bar_places(path: Path) -> tuple[dict[str, np.ndarray], int]:
    """(strokes on each sixteenth of the bar by drum, bars) of a straight performance."""
    found = {drum: np.zeros(16) for drum in PLACED}
    last = 0.0
    for beats, drum, velocity in struck(path):
        name = "ghost" if drum == "snare" and velocity < GHOST else drum
        sixteenth = round(beats * 4)
        last = max(last, sixteenth / 16)
        if name in found:
            found[name][sixteenth % 16] += 1
    return found, max(1, round(last))


def hands_of(path: Path, bpm: float) -> tuple[float, float, float, float] | None:
    """Spread in ms of (habit, drift, moment, limb) in one performance, or None of too short a one."""
    found = [(beats, drum) for beats, drum, _ in struck(path)]
    beats = np.array(sorted(at for at, _ in found))
    if len(beats) < 64:
        return None
    drums = np.array([drum for _, drum in sorted(found)])
    beats = beats - np.median(beats - np.round(4 * beats) / 4)
    steps = np.round(4 * beats).astype(int)
    late = (beats - steps / 4) * 60_000 / bpm
    near = np.abs(late) < min(NEAR_MS, NEAR_STEPS * 15_000 / bpm)
    beats, drums, steps, late = beats[near], drums[near], steps[near], late[near]
    habit = np.zeros(len(late))
    for drum in set(drums):
        for step in range(16):
            same = (drums == drum) & (steps % 16 == step)
            if same.sum() >= 4:
                habit[same] = np.median(late[same])
    rest = late - habit
    edges = np.searchsorted(beats, beats - DRIFT_BEATS), np.searchsorted(beats, beats + DRIFT_BEATS)
    drift = np.array([np.median(rest[low:high]) for low, high in zip(*edges, strict=True)])
    rest = rest - drift
    together = [rest[steps == step] for step in np.unique(steps)]
    limb = float(np.mean([np.var(strokes, ddof=1) for strokes in together if len(strokes) > 1] or [0.0]))
    moment = max(0.0, float(np.var(rest)) - limb)
    noise = 1.57 * float(np.var(rest)) / float(np.mean(edges[1] - edges[0]))  # of a median of so many strokes
    return (float(np.std(habit)), max(0.0, float(np.var(drift)) - noise) ** 0.5, moment**0.5, limb**0.5)


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
    cymbals: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(2))
    performances: dict[str, int] = defaultdict(int)
    parts: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
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
        hands = None if swung else hands_of(path, float(row["bpm"]))
        if hands:
            parts[genre].append(hands)
            parts["any"].append(hands)
        if not swung:
            placed, count = bar_places(path)
            for owner in (genre, "any"):
                bars[owner] += count
                for drum, row_of in placed.items():
                    struck[owner, drum] += row_of
        for owner in (genre, "any"):
            cymbals[owner] += np.array([sum(drum in kind for drum, *_ in found) for kind in (RIDES, HATS)])
            performances[owner] += 1
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
    spreads = {genre: [round(float(x), 1) for x in np.median(rows_of, axis=0)]
               for genre, rows_of in sorted(parts.items()) if len(rows_of) >= MIN_PERFORMANCES}
    rides = {genre: round(float(ride / max(1.0, ride + hat)), 2)
             for genre, (ride, hat) in sorted(cymbals.items()) if performances[genre] >= MIN_PERFORMANCES}
    learned = {"memory": memories, "touch": table, "places": places, "hands": spreads, "rides": rides}
    arguments.out.write_text(json.dumps(learned, indent=0, separators=(",", ":")))
    print(f"{sum(len(d) for g in table.values() for d in g.values())} cells, memory {memories}")
    print(f"hands {spreads}, rides {rides}")


if __name__ == "__main__":
    main()
