"""What a real worker makes of a real recording, as the service hands it over."""

import base64
from pathlib import Path

import pytest

from bot import work
from core import studio
from core.errors import NoBeat, NoVoice, Unreadable
from core.music import Song, Wish
from tests.core.test_tapping import recording, taps

HUM = (Path(__file__).parents[2] / "examples" / "hum.ogg").read_bytes()
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def song():
    return studio.compose(studio.listen(HUM).melody, Wish(genre="folk", length_s=20), title="Sunday")


def do(kind, sound, **payload):
    stages = []
    data, files = work.do(kind, payload, sound, lambda stage, share: stages.append((stage, share)))
    assert stages and all(0 <= share <= 1 for _, share in stages)
    return data, files


def test_taps_change_the_beat_it_is_heard_in(song):
    payload = {"song": song.to_json(), "title": "Sunday", "wish": Wish(genre="folk", length_s=20).to_json()}
    beat = song.lead_sheet.melody.bpm / 2
    times = taps(beat, 8)
    tapped = base64.b64encode(recording(times, times[-1] + 1)).decode()
    made = Song.from_json(do("tap", HUM, taps=tapped, **payload)[0]["song"])
    assert made.lead_sheet.melody.bpm == pytest.approx(beat, rel=0.08)
    assert len(made.lead_sheet.melody.notes) == len(song.lead_sheet.melody.notes)
    with pytest.raises(NoBeat):
        do("tap", HUM, taps=base64.b64encode(recording(times[:3], 4)).decode(), **payload)


def test_a_piano_its_notes_and_a_sheet():
    _, files = do("piano", HUM, title="Sunday", left_hand=True)
    assert [files[f"piano.{kind}"][:4] for kind in ("png", "mid")] == [b"\x89PNG", b"MThd"]
    assert do("transcribe", HUM, title="Sunday")[1]["notes.mid"][:4] == b"MThd"
    data, files = do("sheet", HUM, title="Sunday", composer="Ann", instrument="Bb")
    assert data["pages"] >= 1 and files["sheet.png"][:4] == b"\x89PNG" and files["sheet.pdf"][:5] == b"%PDF-"
    assert b"Sunday" in files["sheet.musicxml"] and b"Ann" in files["sheet.musicxml"]


def test_a_song_on_paper_to_practise_and_with_its_voice(song):
    payload = {"song": song.to_json(), "title": "Sunday"}
    assert b"Sunday" in do("sheet", b"", **payload)[1]["sheet.musicxml"]
    lead = do("sheet", b"", layout="lead", **payload)[1]["sheet.musicxml"]
    score = do("sheet", b"", layout="score", **payload)[1]["sheet.musicxml"]
    assert lead.count(b"<part id=") == 1 < score.count(b"<part id=")
    assert do("practice", b"", percent=75, **payload)[1]["practice.mp3"]
    assert do("voiced", HUM, **payload)[1]["voiced.mp3"][:3] == b"ID3"
    with pytest.raises((NoVoice, Unreadable)):
        do("voiced", b"MThd", **payload)
