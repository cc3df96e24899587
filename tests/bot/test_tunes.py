"""The shelf of tunes and its index files, without a chat."""

import json
import time

import pytest

from bot.dialogue.dates import day
from bot.dialogue.inventions import continued
from bot.indexing import Indexer
from bot.jobs import Result
from bot.store import Store
from bot.store.schema import migrations
from bot.talk import Place
from bot.texts import texts
from core.music import Wish
from tests.bot.double import SHEET, compose
from tests.bot.double import index as double_index
from tests.bot.test_store import add_song, meet

MELODY = SHEET.melody.to_json()
GROUP = "telegram:-7"


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "db.sqlite3", tmp_path / "songs")
    yield store
    store.close()


class Pool:
    """Runs index jobs at once; ``broken`` fails them."""

    free, broken, count = 1, False, 0

    async def submit(self, key, kind, payload, sound=b""):
        self.count += 1
        if self.broken:
            raise RuntimeError("no worker")
        return Result(*double_index(json.loads(json.dumps(payload)), ""))


def held(store, scope):
    path = store.tunes.index(scope)
    return sorted(json.loads(path.read_text()).values()) if path.exists() else []


async def test_an_index_follows_the_rows_whoever_changes_them(store):
    indexer, pool = None, Pool()
    indexer = Indexer(store, pool)
    ann, bob = meet(store, "ann"), meet(store, "bob")
    first = add_song(store, ann, "Hers")
    again = add_song(store, ann, "Hers, jazzy", family=first.family)
    his = add_song(store, bob, "His")
    store.songs.grant(again, GROUP)
    store.songs.grant(his, bob.key)  # opened by a link: no place
    tune = store.tunes.teach(GROUP, bob, "Anthem", MELODY)
    await indexer.tend()
    assert held(store, ann.key) == ["Hers"] and held(store, bob.key) == ["His"], "one for all takes"
    assert held(store, GROUP) == ["Anthem", "Hers, jazzy"]
    assert store.tunes.stale() == []
    calls = pool.count
    await indexer.settle([ann.key, GROUP])
    assert pool.count == calls, "nothing changed, nothing done"
    store.songs.delete(first)
    store.tunes.delete(tune)
    await indexer.tend()
    assert held(store, ann.key) == ["Hers, jazzy"] and held(store, GROUP) == ["Hers, jazzy"]
    store.people.forget(ann)
    await indexer.tend()
    assert held(store, ann.key) == [] and held(store, GROUP) == [] and held(store, bob.key) == ["His"]
    assert [row["scope"] for row in store.db["indexed"].rows] == [bob.key]


async def test_what_failed_is_tried_again_and_a_lost_file_is_written_anew(store):
    pool = Pool()
    indexer = Indexer(store, pool)
    ann = meet(store, "ann")
    add_song(store, ann, "Hers")
    pool.broken = True
    await indexer.tend()
    assert held(store, ann.key) == [] and store.tunes.stale() == [ann.key]
    pool.broken = False
    await indexer.tend()
    assert held(store, ann.key) == ["Hers"]
    store.tunes.index(ann.key).unlink()
    store.tunes.mark_lost()  # as at every start
    await indexer.tend()
    assert held(store, ann.key) == ["Hers"]
    store.tunes.index(ann.key).unlink()
    add_song(store, ann, "Another")
    await indexer.tend()
    assert held(store, ann.key) == ["Another", "Hers"]
    pool.free = 0
    add_song(store, ann, "Third")
    await indexer.tend()
    assert "Third" not in held(store, ann.key), "people come first"


def test_a_match_is_believed_only_where_the_rows_agree(store):
    ann, bob = meet(store, "ann"), meet(store, "bob")
    tune, song = store.tunes.teach(GROUP, ann, "Anthem", MELODY), add_song(store, ann)
    assert store.tunes.holds([GROUP], tune.token) == GROUP and store.tunes.holds([ann.key], song.token) == ann.key
    for scopes in ([bob.key], ["telegram:-8"], []):
        assert store.tunes.holds(scopes, tune.token) is None and store.tunes.holds(scopes, song.token) is None
    store.tunes.delete(tune)
    assert store.tunes.holds([GROUP], tune.token) is None


def test_a_moved_group_takes_its_tunes_along(store):
    ann = meet(store, "ann")
    store.tunes.teach("telegram:-5", ann, "Anthem", MELODY)
    store.move_place("telegram:-5", GROUP)
    assert store.tunes.count(GROUP) == 1 and GROUP in store.tunes.stale()


def test_answers_nobody_judged_go_after_a_while(store):
    ann = meet(store, "ann")
    match = {"id": "wk:1", "title": "X", "score": 1.0}
    old, judged = (store.tunes.note_finding(ann, GROUP, MELODY, [match]) for _ in range(2))
    store.tunes.judge(judged, 0, False)
    store.db.execute("UPDATE findings SET created_at = ?", [time.time() - 40 * 86_400])
    fresh = store.tunes.note_finding(ann, GROUP, MELODY, [match])
    store.tunes.tidy()
    assert [found.id for found in store.tunes.findings_of(ann)] == [judged.id, fresh.id] and old.id != judged.id


def test_one_job_teaches_and_answers_once(store):
    ann = meet(store, "ann")
    tokens = {store.tunes.teach(GROUP, ann, "A", MELODY, job_id=3).token for _ in range(2)}
    findings = {store.tunes.note_finding(ann, GROUP, MELODY, [], job_id=4).token for _ in range(2)}
    assert len(tokens) == len(findings) == 1


def test_the_library_counts_takes_and_plays_and_sorts(store):
    ann, bob = meet(store, "ann"), meet(store, "bob")
    place, private = Place("telegram", "-7", False), Place("telegram", "ann", True)
    beta = add_song(store, ann, "beta")
    beta2 = add_song(store, bob, "beta again", family=beta.family)
    alpha = add_song(store, bob, "Alpha")
    for kept in (beta, beta2, alpha):
        store.songs.grant(kept, place.key)
    secret = add_song(store, ann, "secret")
    store.library.note_played(alpha)

    def titles(order, where=place, who=bob, **more):
        return [store.songs.by_id(row.song_id).title for row in store.library.page(where, who, order, 0, 9, **more)]

    assert titles("newest") == ["Alpha", "beta again"] and titles("title") == ["Alpha", "beta again"]
    assert titles("played") == ["Alpha", "beta again"] and titles("versions") == ["beta again", "Alpha"]
    assert store.library.count(place, ann) == 2
    assert titles("newest", private, ann) == ["secret", "beta"] and store.library.count(private, ann) == 2
    whispered = Place("telegram", "-7", False, whispered=True)
    assert "secret" in titles("newest", whispered, ann, own_too=True)
    assert "secret" not in titles("newest", whispered, ann)
    assert "secret" not in titles("newest", place, ann, own_too=True)
    assert titles("newest", private, ann, without=secret.family) == ["beta"]
    with pytest.raises(KeyError):
        titles("id; DROP TABLE songs")


def test_parents_are_named_while_they_live(store):
    ann = meet(store, "ann")
    one, other, child = (add_song(store, ann, title) for title in ("one", "other", "child"))
    store.library.note_parents(child, [one.id, other.id, 99_999], "blend")
    assert store.library.parents(child) == ("blend", [one.id, other.id])
    store.songs.delete(one)
    assert store.library.parents(child) == ("blend", [other.id])
    assert store.library.parents(other) == ("", [])


def test_songs_from_before_the_tunes_are_indexed_too(tmp_path):
    from bot.store import open_database

    db = open_database(tmp_path / "db.sqlite3")
    migrations.apply(db, stop_before="m006_tunes")
    db.execute("INSERT INTO users (id, key, name, token, created_at) VALUES (1, 'telegram:1', 'Ann', 't', 0)")
    song = json.dumps(compose(SHEET, Wish(), "Old").to_json())
    db.execute("INSERT INTO songs (token, owner_id, number, title, song, family, created_at) "
               "VALUES ('a', 1, 1, 'Old', ?, 'a', 0)", [song])
    db.close()
    store = Store(tmp_path / "db.sqlite3", tmp_path / "songs")
    assert store.tunes.stale() == ["telegram:1"]
    add, = store.tunes.upkeep("telegram:1").add
    assert add[:2] == ("a", "Old") and add[2]["notes"] == MELODY["notes"]
    store.close()


def test_titles_grow_but_not_for_ever():
    say = texts("en")
    titles = ["Sunday"]
    for _ in range(3):
        titles.append(continued(say, titles[-1]))
    assert titles == ["Sunday", "Sunday, continued", "Sunday, continued ×2", "Sunday, continued ×3"]
    long = continued(say, continued(say, "la " * 40))
    assert len(long) <= 60 and long.endswith(", continued ×2")


def test_days_are_said_in_every_language():
    now = time.gmtime()
    may = time.mktime((now.tm_year, 5, 3, 12, 0, 0, 0, 0, 0))
    assert day(texts("en"), may) == "3 May" and day(texts("es"), may) == "3 de mayo"
    assert day(texts("en"), may - 366 * 86_400).endswith(str(now.tm_year - 1))
