"""Every failure a person can meet has its sentence, in every language, on every platform; nothing is lost by it."""

import sqlite3
from pathlib import Path

import pytest

from bot.texts import LANGUAGES, texts
from core import errors
from core.errors import HumbandError
from tests.bot.double import DETAILS
from tests.e2e.stage import PLATFORMS, open_stage

both = pytest.mark.parametrize("platform", PLATFORMS)
KINDS = [error for error in vars(errors).values()
         if isinstance(error, type) and issubclass(error, HumbandError) and error is not HumbandError]


@both
@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_a_worker_refuses_is_told_in_the_persons_language(platform, language, make_service):
    say = texts(language)
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.command("language", language=language)
        for error in KINDS:
            seen = await ann.hum(f"error {error.__name__}".encode())
            assert say(f"error.{error.code}", **DETAILS) in seen.text and seen.files == []
        assert "sound" in (await ann.hum()).files


@both
async def test_a_full_disk_is_told_and_the_hum_can_be_tried_again(platform, make_service, monkeypatch):
    real = Path.write_bytes

    def full(self, data):
        if {"songs", "passing"} & set(self.parts):
            raise OSError(28, "No space left on device")
        return real(self, data)

    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        monkeypatch.setattr(Path, "write_bytes", full)
        seen = await ann.hum()
        assert "My tape is full" in seen.text and seen.files == []
        assert stage.service.store.db["songs"].count == 0
        monkeypatch.undo()
        assert "sound" in (await ann.press("Try again")).files
        monkeypatch.setattr(Path, "write_bytes", full)
        seen = await ann.press("As a piano")
        assert "My tape is full" in seen.text and seen.files == []
        monkeypatch.undo()
        assert "sound" in (await ann.press("Try again", ann.message_with("Try again"))).files


async def test_a_locked_database_is_told_on_discord(make_service):
    async with open_stage("discord", make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        stage.service.store.db.execute("PRAGMA busy_timeout = 50")
        other = sqlite3.connect(stage.service.settings.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert "notebook is locked" in (await ann.command("history")).text
        other.execute("ROLLBACK")
        other.close()
        assert "Tune 1" in (await ann.command("history")).text


async def test_what_discord_does_not_give_out_is_told_and_can_be_tried_again(make_service, monkeypatch):
    import discord

    async def gone(self, url):
        raise discord.NotFound(type("Response", (), {"status": 404, "reason": "Not Found"})(), "gone")

    async with open_stage("discord", make_service) as stage:
        ann = stage.member(stage.person("Ann"))
        with monkeypatch.context() as patch:
            patch.setattr(type(stage.adapter.client.http), "get_from_cdn", gone)
            seen = await ann.command("song", sound=("hum.ogg", b"hum"))
        assert "could not get your recording" in seen.text
        assert "sound" in (await ann.press("Try again")).files
