"""Build the index that ships, models/tunes/free.tunes.xz: ``python -m models.training.recall.ship``.

Traditional tunes from the corpora inside the music21 package (Essen folksongs, O'Neill's Music of Ireland, Aird's
Airs, Ryan's Mammoth Collection, the tops of Bach's chorales) and the tunes of models/tunes/well_known.abc.
"""

import hashlib
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from core import theory
from core.recall.abc import read_abc
from core.recall.build import note_arrays
from core.recall.shipped import PACKED, pack
from core.recall.tune import TICKS_PER_BEAT, Tune, tune_of_rows

WELL_KNOWN = Path(__file__).parents[2] / "tunes" / "well_known.abc"
BOOKS = {"essenFolksong": "essen", "oneills1850": "oneill", "airdsAirs": "aird", "ryansMammoth": "ryan"}
SMALL = {"a", "an", "and", "at", "de", "der", "die", "for", "from", "in", "o'", "of", "on", "or", "the", "to", "with"}


def main() -> int:
    import music21

    corpus = Path(music21.__file__).parent / "corpus"
    tunes = list(_well_known())
    for folder, name in BOOKS.items():
        tunes += list(_book(corpus / folder, name))
    tunes += list(_chorales(corpus / "bach"))
    kept: dict[str, Tune] = {}
    for tune in tunes:
        kept.setdefault(_melody_of(tune), tune)
    pack(note_arrays(list(kept.values())))
    notes = sum(tune.notes for tune in kept.values())
    print(f"{len(kept)} of {len(tunes)} tunes, {notes} notes, {PACKED.stat().st_size / 2**20:.1f} MB")
    return 0


def _well_known() -> Iterator[Tune]:
    for tune in read_abc(WELL_KNOWN.read_text(encoding="utf-8"), "well-known"):
        yield replace(tune, id=tune.id.replace(":", "-"))


def _book(folder: Path, name: str) -> Iterator[Tune]:
    for number, file in enumerate(sorted(folder.glob("*.abc"))):
        for tune in read_abc(file.read_text(encoding="utf-8", errors="replace"), f"{name}-{number}"):
            yield replace(tune, id=tune.id.replace(":", "-"), title=_title(tune.title))


def _chorales(folder: Path) -> Iterator[Tune]:
    for file in sorted(folder.glob("bwv*.mxl")):
        tune = _top_line(file)
        if tune is not None:
            yield tune


def _top_line(file: Path) -> Tune | None:
    """The soprano of a packed score, read straight from its XML: music21 takes minutes for all of them."""
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.endswith("xml") and "META-INF" not in name)
        score = ElementTree.fromstring(archive.read(name))
    rows: list[list[float]] = []
    onset, divisions = 0.0, 1.0
    voices = [(part.findtext("part-name") or "").strip().lower() for part in score.iterfind("part-list/score-part")]
    soprano = next((i for i, name in enumerate(voices) if name.startswith("s")), 0) + 1
    for element in score.iterfind(f"part[{soprano}]/measure/*"):
        divisions = float(element.findtext("divisions") or divisions)
        if element.tag != "note" or element.find("grace") is not None or element.find("chord") is not None:
            continue
        duration = float(element.findtext("duration") or 0) / divisions
        step = element.findtext("pitch/step")
        if step is not None:
            pitch = (12 * (int(element.findtext("pitch/octave") or 4) + 1) + theory.NATURALS[step]
                     + round(float(element.findtext("pitch/alter") or 0)))
            if rows and any(tie.get("type") == "stop" for tie in element.findall("tie")):
                rows[-1][1] += duration
            else:
                rows.append([onset, duration, float(pitch)])
        onset += duration
    title = score.findtext("movement-title") or score.findtext("work/work-title") or ""
    title = "" if title.lower().startswith("bwv") else title
    number = "BWV " + file.stem.removeprefix("bwv")
    return tune_of_rows(f"bach-{file.stem}", f"{' '.join(title.split())} ({number})" if title else f"Chorale {number}",
                        [(on, duration, pitch) for on, duration, pitch in rows])


def _title(text: str) -> str:
    """``THE SNOW STORM`` as ``The Snow Storm``."""
    text = " ".join(text.split()).strip(" .,;")
    if not text.isupper():
        return text
    words = [word if word in SMALL else word.capitalize() for word in text.lower().split()]
    return " ".join([words[0].capitalize(), *words[1:]])


def _melody_of(tune: Tune) -> str:
    """The same for tunes whose steps and rhythm are the same."""
    steps = np.diff(tune.pitch_midi).astype(int), np.round(np.diff(tune.onset_beats) * TICKS_PER_BEAT).astype(int)
    return hashlib.blake2b(repr([part.tolist() for part in steps]).encode(), digest_size=16).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
