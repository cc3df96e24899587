import json
import time

import pytest

from bot.store import Store
from bot.talk import Person, Place, Reply
from core.music import Song, Wish
from tests.bot.double import SHEET, compose

CHAT = Place("telegram", "5", True)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "db.sqlite3", tmp_path / "songs")
    yield store
    store.close()


def meet(store, name):
    return store.people.meet(Person("telegram", name, name.title()))


def add_song(store, owner, title="A", seed=1, **more):
    song = compose(SHEET, Wish(seed=seed), title)
    return store.songs.add(owner, title, song.to_json(), genres={"pop": 1.0}, **more)


def add_job(store, user, cause):
    return store.work.add(cause, user, "hum", {}, CHAT, {"chat": 5})[0]


def test_meeting_twice_is_one_person_and_forgetting_leaves_nothing(store, tmp_path):
    ann = meet(store, "ann")
    assert meet(store, "ann").id == ann.id
    kept = add_song(store, ann)
    store.songs.write_files(kept, {"mp3": b"ID3"})
    store.songs.note_files(kept, {"mp3": 3})
    store.songs.share(kept)
    store.songs.note_post("telegram:5", "1", kept.id)
    store.songs.keep_remote(kept.id, "mp3", "telegram", "abc")
    job = add_job(store, ann, "x")
    store.work.end(job.id, "done", [Reply("hi")])
    store.songs.delete_all_files(ann)
    store.people.forget(ann)
    for table in ("users", "songs", "files", "remote_files", "access", "posts", "jobs", "outbox"):
        assert store.db[table].count == 0, table
    assert not any(path.is_file() for path in (tmp_path / "songs").rglob("*"))


def test_a_song_survives_the_trip(store):
    kept = add_song(store, meet(store, "ann"))
    assert isinstance(kept.song(), Song) and kept.song().lead_sheet.melody.notes == SHEET.melody.notes
    assert store.songs.by_token(kept.token) == kept


def test_numbers_are_each_persons_own(store):
    ann, bob = meet(store, "ann"), meet(store, "bob")
    assert [add_song(store, ann).number, add_song(store, ann).number, add_song(store, bob).number] == [1, 2, 1]
    assert store.songs.by_number(bob, 2) is None


def test_one_job_makes_one_song(store):
    ann = meet(store, "ann")
    job = add_job(store, ann, "x")
    assert add_song(store, ann, job_id=job.id).id == add_song(store, ann, job_id=job.id).id


def test_use_needs_ownership_or_a_grant(store):
    ann, bob = meet(store, "ann"), meet(store, "bob")
    kept = add_song(store, ann)
    assert store.songs.may_use(kept, ann, "telegram:1")
    assert not store.songs.may_use(kept, bob, "telegram:1")
    store.songs.grant(kept, "telegram:-7")
    assert store.songs.may_use(kept, bob, "telegram:-7") and not store.songs.may_use(kept, bob, "telegram:1")


def test_people_take_turns(store):
    ann, bob, cat = (meet(store, name) for name in ("ann", "bob", "cat"))
    jobs = [add_job(store, who, f"j{i}") for i, who in enumerate([ann, ann, ann, bob, bob, cat])]
    assert [store.work.before(job) for job in jobs] == [0, 1, 2, 1, 3, 2]
    order = []
    while job := store.work.next(["telegram"]):
        store.work.start(job)
        order.append(job.user_id)
        store.work.end(job.id, "done")
        time.sleep(0.002)
    assert order == [ann.id, bob.id, cat.id, ann.id, bob.id, ann.id]


def test_one_running_job_a_person(store):
    ann = meet(store, "ann")
    first, _ = add_job(store, ann, "a"), add_job(store, ann, "b")
    store.work.start(store.work.next(["telegram"]))
    assert store.work.next(["telegram"]) is None
    store.work.end(first.id, "done")
    assert store.work.next(["telegram"]).cause == "b"
    assert store.work.next(["discord"]) is None


def test_the_same_cause_is_one_job(store):
    ann = meet(store, "ann")
    _, new = store.work.add("same", ann, "hum", {}, CHAT, {})
    _, again = store.work.add("same", ann, "hum", {}, CHAT, {})
    assert new and not again and store.db["jobs"].count == 1


def test_a_crash_puts_running_work_back(store):
    ann = meet(store, "ann")
    job = add_job(store, ann, "a")
    store.work.start(job)
    assert store.work.recover() == 1 and store.work.job(job.id).state == "queued"


def test_replies_come_back_as_they_were(store):
    from bot.talk import Button, File, Question

    job = add_job(store, meet(store, "ann"), "a")
    reply = Reply("hi", ((Button("a", "b"), Button("c", url="d")),), (File("mp3", "x.mp3", 1),), "edit",
                  Question("k", "l"), True, True, 4, 5)
    store.work.end(job.id, "done", [reply])
    owed, = store.work.owed()
    assert owed.reply == reply and owed.state == "ready"
    store.work.set_owed(owed.id, "sending")
    assert [o.state for o in store.work.owed()] == ["sending"]
    store.work.set_owed(owed.id, "sent")
    assert store.work.owed() == []


def test_updates_are_remembered_until_tidied(store):
    assert store.work.note_update("telegram:1", {"a": 1})
    assert not store.work.note_update("telegram:1", {"a": 1})
    assert store.work.unfinished_updates("telegram") == [("telegram:1", {"a": 1})]
    store.work.update_done("telegram:1")
    assert store.work.unfinished_updates("telegram") == []
    store.work.tidy()
    assert not store.work.note_update("telegram:1")


def test_eviction_takes_the_longest_unused_sound_and_never_notes(store):
    ann = meet(store, "ann")
    songs = [add_song(store, ann, title=str(i)) for i in range(3)]
    for age, kept in zip((30, 20, 10), songs, strict=True):
        store.songs.write_files(kept, {"mp3": b"x" * 100, "midi": b"m" * 10})
        store.songs.note_files(kept, {"mp3": 100, "midi": 10})
        store.db.execute("UPDATE files SET used_at = ? WHERE song_id = ?", [time.time() - age, kept.id])
    assert store.songs.evict(older_than=time.time() - 25, max_bytes=1e9) == 1
    assert store.songs.evict(older_than=0, max_bytes=140) == 1
    assert [store.songs.file(kept.id, "mp3") is not None for kept in songs] == [False, False, True]
    assert all(store.songs.file(kept.id, "midi") for kept in songs)


def test_renaming_drops_what_carries_the_old_title(store):
    kept = add_song(store, meet(store, "ann"))
    store.songs.write_files(kept, {"mp3": b"x", "midi": b"m"})
    store.songs.note_files(kept, {"mp3": 1, "midi": 1})
    store.songs.keep_remote(kept.id, "mp3", "telegram", "old")
    kept = store.songs.rename(kept, "New")
    assert json.loads(kept.song_json)["title"] == kept.title == "New"
    assert store.songs.file(kept.id, "mp3") is None and store.songs.remote(kept.id, "mp3", "telegram") is None


def test_searching_takes_percent_signs_at_their_word(store):
    ann = meet(store, "ann")
    add_song(store, ann, title="100 % mine")
    add_song(store, ann, title="other")
    assert [kept.title for kept in store.songs.page(ann, 0, 9, "%")] == ["100 % mine"]


def test_a_failed_file_write_leaves_no_half_file(store, monkeypatch):
    kept = add_song(store, meet(store, "ann"))
    store.songs.path_for(kept, "mp3").parent.mkdir(parents=True)
    from pathlib import Path

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="space"):
        store.songs.write_files(kept, {"mp3": b"x"})
    assert not store.songs.path_for(kept, "mp3").exists()
