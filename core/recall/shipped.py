"""The index that comes with Humband: free tunes, packed small in ``models/`` and unpacked once on each machine."""

import hashlib
import lzma
import os
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.recall.build import facts, window_arrays
from core.recall.encoder import mark
from core.recall.index import FORMAT, NOTE_ARRAYS
from core.recall.store import read_arrays, write_arrays

PACKED = Path(__file__).parents[2] / "models" / "tunes" / "free.tunes.xz"


def pack(notes: dict[str, np.ndarray], path: Path = PACKED) -> None:
    """Write the notes and names of an index (``build.note_arrays``) as small as they go."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain"
        small = {name: np.diff(array, prepend=array.dtype.type(0)) if name == "pitch_cents" else array
                 for name, array in notes.items()}
        write_arrays(plain, small, {"format": FORMAT})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(lzma.compress(plain.read_bytes(), preset=9 | lzma.PRESET_EXTREME))


@lru_cache(maxsize=1)
def shipped_index() -> Path:
    """The shipped index, ready to open. The first call on a machine unpacks and embeds it, which takes seconds."""
    packed_mark = hashlib.blake2b(PACKED.read_bytes(), digest_size=8).hexdigest()
    path = _cache() / f"free-{packed_mark}-{mark()}.tunes"
    if not path.exists():
        with tempfile.NamedTemporaryFile(suffix=".tunes") as plain:
            plain.write(lzma.decompress(PACKED.read_bytes()))
            plain.flush()
            packed, _ = read_arrays(Path(plain.name))
        notes = dict(packed)
        notes["pitch_cents"] = np.cumsum(packed["pitch_cents"], dtype=np.int16)
        assert all(len(notes[name]) == len(notes[NOTE_ARRAYS[0]]) for name in NOTE_ARRAYS)
        write_arrays(path, notes | window_arrays(notes), facts())
    return path


def _cache() -> Path:
    """A folder that may be lost: HUMBAND_CACHE, or the system's place for such, or a temporary one."""
    named = os.environ.get("HUMBAND_CACHE")
    folders = [Path(named)] if named else [Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "humband",
                                           Path(tempfile.gettempdir()) / f"humband-{os.getuid()}"]
    for folder in folders:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="humband-"))
