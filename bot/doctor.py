"""``humband doctor``: is everything here that a song needs, and if not, how to mend it."""

import ctypes.util
import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.texts import console as texts

MODELS = Path(__file__).parent.parent / "models"
LIBRARIES = ("swift_f0", "onnxruntime", "pretty_midi", "pydub", "midi2audio", "fluidsynth", "PIL", "scipy",
             "music21", "verovio", "resvg_py", "cairosvg", "pypdf")
ENOUGH_DISK_BYTES = 200 * 2**20


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``vital``: songs do not come out without it."""

    what: str
    state: str
    well: bool
    mend: str = ""
    vital: bool = True

    def __str__(self) -> str:
        line = texts.DOCTOR_OK if self.well else texts.DOCTOR_BAD if self.vital else texts.DOCTOR_WARN
        return line.format(what=self.what, state=self.state, mend=self.mend)


def examine(out: Path) -> int:
    """Print every finding; 0 if all vital ones are well, else 1."""
    sick = 0
    for finding in findings(out):
        print(finding)
        sick += finding.vital and not finding.well
    print(texts.DOCTOR_SICK.format(count=sick) if sick else texts.DOCTOR_FINE)
    return int(sick > 0)


def findings(out: Path) -> Iterator[Finding]:
    """Look at programs, libraries, font, models, disk and tokens, in that order."""
    for program in ("ffmpeg", "fluidsynth"):
        where = shutil.which(program)
        yield Finding(program, where or "not found", bool(where),
                      texts.HOW_TO_MEND["program"].format(package=program))
    for library in LIBRARIES:
        found = importlib.util.find_spec(library) is not None
        yield Finding(library, "importable" if found else "not found", found, texts.HOW_TO_MEND["library"])
    cairo = ctypes.util.find_library("cairo")
    yield Finding("cairo", cairo or "not found", bool(cairo), texts.HOW_TO_MEND["program"].format(package="libcairo2"))
    yield _font()
    weights = sorted(path.name for path in MODELS.iterdir() if path.suffix in (".onnx", ".json", ".npz"))
    yield Finding("models", ", ".join(weights) or "none", bool(weights), texts.HOW_TO_MEND["model"])
    yield _disk(out)
    for token in ("TELEGRAM_TOKEN", "DISCORD_TOKEN"):
        there = bool(os.environ.get(token))
        yield Finding(token, "set" if there else "not set", there, texts.HOW_TO_MEND["token"], vital=False)


def _font() -> Finding:
    from core.errors import NotInstalled
    from core.studio import soundfont

    try:
        return Finding("SoundFont", str(soundfont()), True)
    except NotInstalled:
        return Finding("SoundFont", "not found", False, texts.HOW_TO_MEND["font"])


def _disk(out: Path) -> Finding:
    folder = next(parent for parent in (out.absolute(), *out.absolute().parents) if parent.is_dir())
    free = shutil.disk_usage(folder).free
    well = free > ENOUGH_DISK_BYTES and os.access(folder, os.W_OK)
    return Finding("disk", f"{free / 2**30:.1f} GiB free at {folder}", well, texts.HOW_TO_MEND["disk"])
