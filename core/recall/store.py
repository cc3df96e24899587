"""Arrays in one file, mapped into memory when opened and replaced as a whole when written.

The layout is that of safetensors (eight bytes of header length, a header in JSON, the arrays) behind a mark of our
own; every array begins on a multiple of 64 bytes.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core import errors

MARK = b"HBTUNES1"
_ALIGN = 64
_MAX_HEADER = 1 << 20


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, object]) -> None:
    """Write the arrays and some JSON facts; readers see the old file or the new one, nothing between."""
    layout, at = {}, 0
    for name, array in arrays.items():
        layout[name] = {"dtype": array.dtype.str, "shape": array.shape, "at": at}
        at += -(-array.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"arrays": layout, "facts": dict(facts)}).encode()
    header += b" " * (-(len(header) + 16) % _ALIGN)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(MARK + len(header).to_bytes(8, "little") + header)
            for array in arrays.values():
                file.write(np.ascontiguousarray(array).data if array.size else b"")
                file.write(b"\0" * (-array.nbytes % _ALIGN))
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """The arrays, mapped read-only, and the facts. Raises Missing, Unreadable."""
    try:
        with path.open("rb") as file:  # one file throughout: a writer may put another in its place meanwhile
            size = os.fstat(file.fileno()).st_size
            start = file.read(16)
            length = int.from_bytes(start[8:], "little")
            if start[:8] != MARK or not 0 < length <= _MAX_HEADER:
                raise errors.Unreadable(_SENTENCE)
            header = json.loads(file.read(length))
            raw = np.memmap(file, np.uint8, "r")
        arrays = {}
        for name, field in header["arrays"].items():
            dtype, shape, at = np.dtype(field["dtype"]), tuple(field["shape"]), 16 + length + field["at"]
            count = int(np.prod(shape)) * dtype.itemsize
            if at + count > size or dtype.hasobject:
                raise errors.Unreadable(_SENTENCE)
            arrays[name] = np.asarray(raw[at:at + count]).view(dtype).reshape(shape)
        return arrays, header["facts"]
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise errors.Missing("There is no such index of tunes. `humband tunes build` makes one.") from error
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise errors.Unreadable(_SENTENCE) from error


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Lets one process at a time change the index; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as file:
        try:
            import fcntl
        except ImportError:  # Windows: one writer is taken on trust
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


_SENTENCE = "This is no index of tunes, or a damaged one. `humband tunes build` makes one."
