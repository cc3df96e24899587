import os
import subprocess
import sys
from pathlib import Path

HUM = Path(__file__).parents[2] / "examples" / "hum.ogg"


def test_hearing_leaves_nothing_in_the_home_folder(tmp_path):
    """onnxruntime would keep a device id there (core/__init__.py)."""
    code = f"from pathlib import Path; from core import studio; studio.listen(Path({str(HUM)!r}))"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ORT_"))} | {"HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, cwd=HUM.parents[1])
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
