"""What the command-line tests share: the program itself, and every kind of bad input as a file."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HUM = ROOT / "examples" / "hum.ogg"


@dataclass(frozen=True)
class Ran:
    """How a run of the program ended."""

    status: int
    out: str
    err: str
    left_running: bool  # whether a process it started outlived it


@pytest.fixture
def humband(tmp_path):
    """Run ``humband ARGS --out tmp_path/out`` in a process of its own, as a person would."""

    def run(*args, timeout=120):
        with subprocess.Popen([sys.executable, "-m", "bot.cli", *map(str, args), "--out", str(tmp_path / "out")],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              cwd=ROOT, start_new_session=True) as child:
            out, err = child.communicate(timeout=timeout)
        return Ran(child.returncode, out, err, _group_lives(child.pid))

    return run


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def ffmpeg(*args):
    """Run ffmpeg quietly; raises on failure."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, args)], check=True, stdin=subprocess.DEVNULL)


def written(folder: Path) -> list[str]:
    """Names of everything in a folder, hidden drafts too; none if there is no folder."""
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []
