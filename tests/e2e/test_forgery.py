"""Nobody reaches another person's unshared song: not by any button, number, link, answer or command."""

import itertools

import pytest

from bot.dialogue import tables
from bot.talk import Person, Place, Request
from core.music import GENRES
from tests.e2e.stage import PLATFORMS, open_stage

both = pytest.mark.parametrize("platform", PLATFORMS)
FORGED = itertools.count()
ARGUMENTS = {"genre": "jazz", "tempo": "half", "shift": "key_up", "feel": "loose", "menu": "main", "delete": "yes",
             "set": "genre=jazz", "gset": "enabled=0", "forget": "yes", "history": "0"}


def rows(stage, table):
    return [{k: v for k, v in row.items() if k not in ("used_at", "last_started_at", "client_language")}
            for row in stage.service.store.db[table].rows]


@both
async def test_no_forged_button_reaches_a_song(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        await ann.hum()
        await bob.hum()
        store = stage.service.store
        hers = store.songs.by_number(store.people.by_key(f"{platform}:{ann.id}"), 1)
        her_job = next(row for row in store.db["jobs"].rows if row["user_id"] == hers.owner_id)
        her_token = store.people.by_id(hers.owner_id).token
        message = bob.message_with("Another take")
        before = {table: rows(stage, table) for table in ("songs", "files", "jobs", "access", "users")}
        for verb in tables.BUTTONS:
            for token in (hers.token, her_token, her_job["token"], hers.family, "", "x" * 40, str(hers.id), "1"):
                for argument in ("", ARGUMENTS.get(verb, "1"), hers.token, "yes"):
                    data = f"{verb}:{token}:{argument}"
                    if len(data) > 64:
                        continue
                    answers = stage.service.answer(request_of(platform, bob, data))
                    assert all(reply.how == "toast" and not reply.files for reply in answers), (data, answers)
        for data in (f"genre:{hers.token}:jazz", f"play:{hers.token}:", f"delete:{hers.token}:yes", "nonsense", "::",
                     f"rename:{hers.token}:", f"forget:{her_token}:yes", f"join:{hers.token}:{hers.token}"):
            seen = await bob.forge(data, message)
            assert seen.files == [] and "isn't here for you" in seen.text, (data, seen)
        assert {table: rows(stage, table) for table in before} == before


def request_of(platform, person, data):
    return Request(key=f"{platform}:forged{next(FORGED)}", person=Person(platform, str(person.id), "Bob"),
                   place=Place(platform, "999", True), address={}, verb="press", argument=data)


@both
async def test_no_number_link_or_answer_reaches_a_song(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        await ann.hum()
        await ann.hum()
        await bob.hum()
        store = stage.service.store
        hers = store.songs.by_number(store.people.by_key(f"{platform}:{ann.id}"), 2)
        for number in ("2", str(hers.id), "-1", "0", "1e9", "٢", "9" * 30, hers.token):
            for command, options in (("play", {"number": number}), ("delete", {"number": number}),
                                     ("title", {"number": number, "name": "Mine now"}), ("share", {"number": number})):
                seen = await bob.command(command, **options)
                assert "isn't here for you" in seen.text and not seen.files, (command, number, seen)
        for code in (hers.token, str(hers.id), "x", hers.family):
            seen = await bob.command("open", code=code)
            assert "opens no song" in seen.text and not seen.files
        if platform == "telegram":
            for payload in (f"s_{hers.token}", "s_", f"s_{hers.id}"):
                assert not (await bob.says(f"/start {payload}")).files
        assert store.songs.by_number(store.people.by_key(f"{platform}:{ann.id}"), 2).title == "Tune 2"


@both
async def test_what_was_shared_can_be_used_but_not_owned(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob, cat = stage.person("Ann"), stage.person("Bob"), stage.person("Cat")
        await ann.hum()
        seen = await ann.press("Share")
        opened = await bob.open_link(seen.text)
        assert opened.files == ["sound"]
        assert not {"✏️ Rename", "💌 Share", "🗑 Delete"} & set(opened.buttons)
        store = stage.service.store
        hers = store.songs.by_number(store.people.by_key(f"{platform}:{ann.id}"), 1)
        message = bob.message_with("Another take")
        for verb in ("rename", "share", "delete", "show", "post"):
            assert "isn't here for you" in (await bob.forge(f"{verb}:{hers.token}:yes", message)).text
        made = await bob.press(GENRES[1].capitalize(), message)
        assert "A new take on a tune by Ann" in made.text
        his = store.songs.by_number(store.people.by_key(f"{platform}:{bob.id}"), 1)
        assert his.credit == "Ann" and his.owner_id != hers.owner_id
        await cat.command("help")
        assert "isn't here" in (await cat.command("play", number=1)).text
        await ann.command("delete", number=1)
        await ann.press("Yes, delete")
        assert "isn't here for you" in (await bob.press("Another take", message)).text
        assert (await bob.command("play", number=1)).files == ["sound"]


@both
async def test_one_persons_buttons_do_nothing_for_another(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        await ann.hum()
        await bob.hum()
        await ann.command("forget")
        token = stage.service.store.people.by_key(f"{platform}:{ann.id}").token
        assert "isn't here" in (await bob.forge(f"forget:{token}:yes", bob.message_with("Tempo"))).text
        assert stage.service.store.db["users"].count == 2
