"""ONNX models are opened once a process, and what onnxruntime remarks about the machine stays inside."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.networks import hearing_threads, open_session

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "melody_genre.onnx"


def test_a_model_is_opened_once():
    assert open_session(MODEL, threads=1) is open_session(MODEL, threads=1)
    assert open_session(MODEL, threads=1).get_inputs()[0].name == "x"


@pytest.mark.parametrize(("said", "cores"), [("3", 3), ("0", 1)])
def test_the_host_says_how_many_cores(monkeypatch, said, cores):
    monkeypatch.setenv("HUMBAND_HEAR_THREADS", said)
    assert hearing_threads() == cores


def _import_beside(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """``load_runtime`` in a fresh Python where ``onnxruntime`` is a module of ``body``."""
    (folder / "onnxruntime.py").write_text(body, "utf-8")
    code = "import sys; from core.networks import load_runtime; load_runtime(); print('after', file=sys.stderr)"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": f"{folder}:{ROOT}"},
                          capture_output=True, text=True, check=False)


def test_remarks_about_the_processor_are_not_passed_on(tmp_path):
    done = _import_beside(tmp_path, "import os; os.write(2, b'Unknown CPU vendor')")
    assert (done.returncode, done.stderr) == (0, "after\n")


def test_a_broken_onnxruntime_still_says_why(tmp_path):
    done = _import_beside(tmp_path, "raise ImportError('no such wheel')")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("ImportError: no such wheel")
