"""Build the index that ships, models/tunes/free.tunes.xz: ``python -m models.training.recall.ship``.

Traditional tunes from the corpora inside the music21 package (Essen folksongs, O'Neill's Music of Ireland, Aird's
Airs, Ryan's Mammoth Collection, the tops of Bach's chorales) and the tunes of models/tunes/well_known.abc.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import HumbandError
from core.recall.abc import read_abc
from core.recall.build import note_arrays
from core.recall.scores import read_musicxml
from core.recall.shipped import PACKED, pack
from core.recall.tune import TICKS_PER_BEAT, Tune

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
        try:
            tune = read_musicxml(file.read_bytes(), file.stem)
        except HumbandError as error:
            print(f"{file.name}: {error}", file=sys.stderr)
            continue
        yield replace(tune, id=f"bach-{file.stem}", title=f"Bach chorale {file.stem.upper().replace('BWV', 'BWV ')}")


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
