import json
import zipfile

from bot import export
from bot.store import Store
from core.music import Wish
from tests.bot.double import SHEET, compose
from tests.bot.test_store import meet


def test_everything_comes_in_parts_below_the_limit(tmp_path):
    store = Store(tmp_path / "db", tmp_path / "songs")
    ann, bob = meet(store, "ann"), meet(store, "bob")
    for i in range(5):
        kept = store.songs.add(ann, f"T{i}", compose(SHEET, Wish(), f"T{i}").to_json(), genres={})
        store.songs.write_files(kept, {"mp3": bytes([i]) * 300_000, "midi": b"MThd"})
        store.songs.note_files(kept, {"mp3": 300_000, "midi": 4})
    huge = store.songs.add(ann, "huge", compose(SHEET, Wish(), "huge").to_json(), genres={})
    store.songs.write_files(huge, {"stems": b"x" * 900_000})
    store.songs.note_files(huge, {"stems": 900_000})
    store.songs.add(bob, "Bob's", compose(SHEET, Wish(), "Bob's").to_json(), genres={})
    limit = 800_000
    paths = export.pack(export.gather(store, ann), tmp_path / "out", "x", limit)
    assert len(paths) == 3 and all(path.stat().st_size <= limit for path in paths)
    names = sorted(name for path in paths for name in zipfile.ZipFile(path).namelist())
    assert names == sorted(["everything.json", *(f"000{i}/song.{e}" for i in range(1, 6) for e in ("mid", "mp3"))])
    everything = json.loads(zipfile.ZipFile(paths[0]).read("everything.json"))
    assert [song["title"] for song in everything["songs"]] == ["huge", "T4", "T3", "T2", "T1", "T0"]
    assert everything["songs"][0]["song"]["lead_sheet"]["notes"] and everything["you"]["name"] == "Ann"
    assert everything["left_out"] == ["0006/stems.zip"] and "token" not in everything["you"]
    assert "Bob" not in json.dumps(everything)
    store.close()
