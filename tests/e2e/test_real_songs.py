"""Real hums, real workers, real songs, on both platforms."""

import os
from functools import partial
from pathlib import Path

import pytest
import structlog

from bot.jobs import worker_main
from core import studio
from tests.e2e.stage import PLATFORMS, open_stage
from tests.e2e.test_conversation import converse

HUM = Path(__file__).parents[2] / "examples" / "hum.ogg"
both = pytest.mark.parametrize("platform", PLATFORMS)


def real(make_service):
    return lambda **s: make_service(**{"target": worker_main, "workers": 1, "job_limit_s": 120} | s)


@both
@pytest.mark.timeout(300)
async def test_a_real_hum_becomes_a_real_song_and_another(platform, make_service):
    async with open_stage(platform, real(make_service)) as stage:
        ann = stage.person("Ann")
        seen = await ann.hum(HUM.read_bytes())
        assert sorted(seen.files) == ["midi", "picture", "sound"]
        songs = stage.service.store.songs
        kept = songs.by_number(stage.service.store.people.by_key(f"{platform}:{ann.id}"), 1)
        song = kept.song()
        assert len(song.tracks) >= 4 and len(song.lead_sheet.melody.notes) > 10 and 20 < song.duration_s < 90
        mp3 = songs.file(kept.id, "mp3").read_bytes()
        assert mp3[:3] == b"ID3" and ("Tune 1".encode("utf-16-le") in mp3 or b"Tune 1" in mp3)
        assert songs.file(kept.id, "midi").read_bytes()[:4] == b"MThd"
        assert songs.file(kept.id, "roll").read_bytes()[:4] == b"\x89PNG"
        assert songs.file(kept.id, "cover").read_bytes()[:2] == b"\xff\xd8"
        other = next(genre for genre in ("Jazz", "Rock", "Folk", "Pop") if genre in seen.buttons)
        again = await ann.press(other)
        assert other in again.text.split("\n")[1] and "sound" in again.files
        assert "next to nothing" in (await ann.hum(silence())).text


@both
@pytest.mark.long
@pytest.mark.timeout(900)
async def test_the_whole_conversation_with_real_songs(platform, make_service):
    async with open_stage(platform, real(make_service)) as stage:
        rows = await converse(stage, HUM.read_bytes())
    assert sum("<sound>" in lines for _, _, lines in rows) >= 8


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_real_voice_as_a_piano_as_notes_on_paper_and_on_top(make_service):
    async with open_stage("telegram", real(make_service)) as stage:
        ann = stage.person("Ann")
        await ann.hum(HUM.read_bytes())
        song = ann.message_with("With my voice")
        seen = await ann.press("As a piano", song)
        assert sorted(seen.files) == ["midi", "picture", "sound"]
        seen = await ann.press("Sheet music", song)
        assert "on paper" in seen.text and seen.files[0] == "picture" and len(seen.files) == 3
        files = {file.get("name"): file["data"] for file in stage.api.files.values()}
        assert files["Tune 1 - sheet.pdf"][:5] == b"%PDF-"
        assert b"score-partwise" in files["Tune 1 - sheet.musicxml"][:2000]
        assert files["Tune 1 - piano.mid"][:4] == b"MThd" and files["Tune 1 - piano.mp3"][:3] == b"ID3"
        assert (await ann.press("With my voice", song)).files == ["sound"]
        assert (await ann.command("transcribe")).files == ["midi"]


def fontless_main(font, pipe, warm):
    """A real worker on a machine whose SoundFont is not where it should be."""
    os.environ["HUMBAND_SOUNDFONT"] = font
    worker_main(pipe, warm)


async def test_a_missing_font_is_logged_and_told_and_loses_nothing(make_service, tmp_path):
    font = tmp_path / "band.sf2"
    target = partial(fontless_main, str(font))
    async with open_stage("telegram", lambda **s: real(make_service)(**s | {"target": target})) as stage:
        ann = stage.person("Ann")
        with structlog.testing.capture_logs() as logs:
            seen = await ann.hum(HUM.read_bytes())
        assert "instruments are missing" in seen.text and not seen.files
        refused, = (entry for entry in logs if entry["event"] == "job_refused")
        assert (refused["log_level"], refused["code"]) == ("error", "not_installed")
        assert "HUMBAND_SOUNDFONT" in refused["with_what"]
        assert not stage.service.store.db["songs"].count
        font.symlink_to(studio.soundfont())
        assert "sound" in (await ann.press("Try again")).files


def silence():
    import io
    import wave

    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 16_000 * 4))
    return data.getvalue()
