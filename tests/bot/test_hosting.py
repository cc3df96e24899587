"""Settings, serving without a token, backup."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.backup import backup
from bot.serve import serve
from bot.settings import Settings
from bot.store import Store
from core.music import Wish
from tests.bot.double import SHEET, compose
from tests.bot.test_store import meet

ROOT = Path(__file__).parents[2]


def test_settings_come_from_the_environment_and_never_show_a_token(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("TELEGRAM_TOKEN=1:abc\nWORKERS=3\nDISCORD_TOKEN=\nADMIN_IDS=telegram:1, discord:2\n")
    monkeypatch.chdir(tmp_path)
    for name in ("TELEGRAM_TOKEN", "DISCORD_TOKEN", "WORKERS"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings()
    assert settings.workers == 3 and settings.admin_ids == {"telegram:1", "discord:2"}
    assert settings.telegram_token.get_secret_value() == "1:abc" and settings.discord_token is None
    assert "1:abc" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.workers = 4


def test_the_example_names_every_setting():
    example = (ROOT / ".env.example").read_text()
    for name in Settings.model_fields:
        if name not in ("max_sound_s", "max_recording_s"):
            assert f"{name.upper()}=" in example, name


def test_serving_without_a_token_explains_how_to_get_one(capsys, tmp_path):
    assert serve(Settings(_env_file=None, data_dir=tmp_path, telegram_token=None, discord_token=None)) == 1
    said = capsys.readouterr().out
    assert "Telegram: off (TELEGRAM_TOKEN is not set)" in said and "Discord: off" in said
    assert "BotFather" in said and "discord.com/developers" in said and "Traceback" not in said


def test_serve_is_a_command(tmp_path):
    done = subprocess.run([sys.executable, "-m", "bot.cli", "serve"], cwd=tmp_path, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}, timeout=60)
    assert done.returncode == 1 and "BotFather" in done.stdout


def test_a_backup_taken_while_writing_is_whole(tmp_path):
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    store = Store(settings.database, settings.songs_dir)
    ann = meet(store, "ann")
    stop = threading.Event()

    def write():
        other = Store(settings.database, settings.songs_dir)
        while not stop.is_set():
            kept = other.songs.add(ann, "A", compose(SHEET, Wish(), "A").to_json(), genres={})
            other.songs.write_files(kept, {"mp3": b"x" * 1000})
            other.songs.note_files(kept, {"mp3": 1000})
        other.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            written = backup(settings, tmp_path / "copy")
    finally:
        stop.set()
        writer.join()
    copy = sqlite3.connect(tmp_path / "copy" / "humband.sqlite3")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    paths = [row[0] for row in copy.execute("SELECT path FROM files")]
    assert paths and len(written) > len(paths) * 0.5
    assert all((tmp_path / "copy" / "songs" / path).read_bytes() == b"x" * 1000 for path in paths)
    store.close()


def test_a_backup_of_nothing_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        backup(Settings(_env_file=None, data_dir=tmp_path / "none"), tmp_path / "copy")
