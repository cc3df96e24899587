"""The floors of the house, and what may stand in the repository."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_nobody_imports_upwards_and_siblings_import_nothing_of_each_other():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_locks_name_no_index_and_hash_every_pin():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
        assert len(pins) > 50
        assert text.count("--hash=") >= len(pins)


def test_models_are_small_and_have_cards():
    models = ROOT / "models"
    for weights in [*models.glob("*.onnx"), *models.glob("*.npz"), *models.glob("*.json")]:
        assert weights.stat().st_size < 8 * 2**20, weights.name
        cards = "".join(card.read_text() for card in models.glob("*.md"))
        assert weights.name in cards, f"{weights.name} stands in no card"
