"""One frozen Settings, read from the environment and a `.env` beside it."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Everything a host can set. Names are the environment variables', in lower case."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", frozen=True, extra="ignore",
                                      env_ignore_empty=True)

    telegram_token: SecretStr | None = None
    telegram_base_url: str = "https://api.telegram.org/bot"
    telegram_file_url: str = "https://api.telegram.org/file/bot"
    telegram_max_download_mb: float = 20.0
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    discord_token: SecretStr | None = None

    data_dir: Path = Path("data")
    http_host: str = "127.0.0.1"
    http_port: int = 8080

    workers: int = max(1, min(4, os.cpu_count() or 1))
    job_limit_s: float = 120.0
    queue_size: int = 200
    jobs_per_person: int = 5
    songs_per_day: int = 200
    tunes_per_scope: int = 300
    max_sound_s: float = 180.0
    max_recording_s: float = 600.0
    audio_days: float = 30.0
    max_disk_gb: float = 10.0
    admin_ids: Annotated[frozenset[str], NoDecode] = frozenset()
    log_format: str = "console"
    log_level: str = "INFO"

    @field_validator("admin_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        """``telegram:123, discord:456``."""
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.data_dir / "humband.sqlite3"

    @property
    def songs_dir(self) -> Path:
        """Where audio and MIDI of the songs lie, a folder each."""
        return self.data_dir / "songs"

    @property
    def passing_dir(self) -> Path:
        """Where files lie that are sent once and then gone."""
        return self.data_dir / "passing"
