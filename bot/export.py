"""Everything we hold on a person, as zip files below a platform's limit."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.store import Store
from bot.store.people import User
from bot.store.songs import FILE_NAMES

ROOM_FOR_ZIP_HEADERS = 64 * 1024


@dataclass(frozen=True)
class Holdings:
    """What goes into the zips: our rows, and files with the names they get."""

    rows: dict[str, Any]
    files: tuple[tuple[str, Path], ...]


def gather(store: Store, user: User) -> Holdings:
    """Read the person's rows and find their files."""
    songs, files = [], []
    for kept in store.songs.page(user, 0, 1_000_000):
        songs.append({"number": kept.number, "title": kept.title, "credit": kept.credit, "genres": dict(kept.genres),
                      "created_at": kept.created_at, "shared": kept.share_token is not None,
                      "song": json.loads(kept.song_json)})
        for part, name in FILE_NAMES.items():
            path = store.songs.file(kept.id, part)
            if path:
                files.append((f"{kept.number:04d}/{name}", path))
    jobs = [{"kind": job.kind, "state": job.state, "created_at": job.created_at}
            for job in store.work.jobs_of(user)]
    taught = [{"title": tune.title, "for": tune.scope, "created_at": tune.created_at, "melody": tune.melody}
              for tune in store.tunes.taught_by(user)]
    asked = [{"heard": finding.melody, "matches": finding.matches, "you_said": finding.verdicts,
              "created_at": finding.created_at} for finding in store.tunes.findings_of(user)]
    about = {name: value for name, value in asdict(user).items() if name not in ("id", "token")}
    about["genre_choices"] = store.people.choices(user)
    rows = {"you": about, "songs": songs, "tunes_taught": taught, "tunes_asked_for": asked, "jobs": jobs}
    return Holdings(rows, tuple(files))


def pack(holdings: Holdings, folder: Path, name: str, limit_bytes: int) -> list[Path]:
    """Write the zips, each below ``limit_bytes``. A single file above it is left out and named in the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    room = limit_bytes - ROOM_FOR_ZIP_HEADERS
    sizes = [(label, path, path.stat().st_size) for label, path in holdings.files if path.exists()]
    rows = holdings.rows | {"left_out": [label for label, _, size in sizes if size > room]}
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    parts: list[list[tuple[str, Path]]] = [[]]
    used = len(text.encode())
    for label, path, size in sizes:
        if size > room:
            continue
        if used + size > room:
            parts.append([])
            used = 0
        parts[-1].append((label, path))
        used += size
    return [_zip(folder / f"{name}-{i}.zip", text if i == 0 else "", files) for i, files in enumerate(parts)]


def _zip(path: Path, text: str, files: Sequence[tuple[str, Path]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if text:
            archive.writestr("everything.json", text)
        for label, file in files:
            archive.write(file, label, compress_type=zipfile.ZIP_STORED)
    return path
