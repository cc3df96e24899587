"""What tune is this? Asked, answered, taught, taken back: in private, in groups, and never beyond them."""

import json
import time

import pytest

from bot.dialogue.dates import day
from bot.export import gather
from bot.store.tunes import OWN
from bot.texts import texts
from core import studio
from tests.e2e.stage import PLATFORMS, open_stage
from tests.e2e.test_both_chats import message_id, user
from tests.e2e.test_real_songs import HUM, real

both = pytest.mark.parametrize("platform", PLATFORMS)


def together(stage, person, elsewhere=False):
    """The same person where others are; ``elsewhere``: in another such place."""
    if stage.platform == "telegram":
        return person.at(stage.group(chat_id=-100600 if elsewhere else -100500))
    member = stage.member(person)
    if elsewhere:
        stage.other = getattr(stage, "other", None) or stage.guild.create_text_channel("other choir")
        member.channel = stage.other
    return member


async def asks(person, command, data, title=None):
    """A command about a recording: in reply to it, or with it."""
    options = {"tune": title} if title else {}
    if person.stage.platform == "discord":
        return await person.command(command, **options, sound=("hum.ogg", data))
    words = " ".join([f"/{command}", *options.values()])
    if person.place > 0:
        return await person.step(person.send(caption=words, **person.voice(data)))
    voice = await person.send(**person.voice(data))
    return await person.says(words, reply_to=voice)


def held(stage, scope):
    """What the scope's index file holds."""
    path = stage.service.store.tunes.index(scope)
    return json.loads(path.read_text()) if path.exists() else {}


@both
async def test_a_tune_is_asked_for_taught_found_and_forgotten(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        store, today = stage.service.store, day(texts("en"), time.time())
        assert "Reply to a voice note" in (await ann.command("identify")).text
        assert "have not taught me" in (await ann.command("tunes")).text
        assert "Reply to a voice note" in (await ann.command("teach")).text
        seen = await asks(ann, "identify", b"a tune")
        assert "don't know this one" in seen.text, "nothing is known, nothing was made yet"
        assert "before I could make out" in (await asks(ann, "identify", b"short")).text
        assert "before I could make out" in (await asks(ann, "teach", b"short", "Too short")).text

        await ann.hum()
        seen = await ann.press("Which tune?")
        assert "don't know this one" in seen.text, "a song is not found in itself"
        assert (await ann.press("I'll tell you")).asked
        assert "one of your tunes now" in (await ann.answers("  Grandma's   lullaby ")).text
        seen = await ann.press("Which tune?")
        assert f"“Grandma's lullaby”, which you taught me on {today}" in seen.text
        seen = await ann.press("That's it")
        assert "Noted, thank you" in seen.text and seen.buttons == ["🎼 Lead sheet", "🎺 With a band"]
        assert [f.verdicts for f in store.tunes.findings_of(user(stage, ann))][-1] == {"0": True}

        seen = await ann.command("tunes")
        assert "Tunes you taught me: 1" in seen.text and "Grandma's lullaby" in seen.text
        await ann.press("1")
        assert "is forgotten" in (await ann.press("Forget it")).text
        seen = await asks(ann, "identify", b"a tune")
        assert f"That's your “Tune 1”, hummed here on {today}" in seen.text, "the deleted tune is gone, the song is not"
        seen = await ann.press("👎 No")
        assert "Then I don't know it" in seen.text
        message = ann.message_with("I'll tell you")
        assert "isn't here for you" in (await ann.forge("unteach:nosuchtoken1:", message)).text


@both
async def test_a_known_tune_has_a_name_a_sheet_and_a_band(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        seen = await ann.hum(b"known Greensleeves")
        assert "Sounds like “Greensleeves”" in seen.text
        assert "Sounds like “Greensleeves”" in (await ann.command("genre", genre="jazz")).text, "takes keep it"
        await stage.service.line.indexer.tend()  # as happens twice a minute
        seen = await ann.hum(b"again")
        assert "That's your “Tune 1”, hummed here on" in seen.text
        seen = await asks(ann, "identify", b"known Greensleeves")
        assert "sounds like “Greensleeves”" in seen.text
        finding = ann.message_with("Lead sheet")
        seen = await ann.press("Lead sheet", finding)
        assert sorted(seen.files) == ["Greensleeves.pdf", "picture"] and "to play from" in seen.text
        assert not list(stage.service.settings.passing_dir.iterdir()), "sent, and gone"
        seen = await ann.press("With a band", finding)
        assert "· Greensleeves" in seen.text and "sound" in seen.files
        seen = await ann.press("👎 No", finding)
        assert "That's your “" in seen.text, "the next best"
        seen = await ann.press("▶️ Play", next(m for m in ann.screen() if message_id(m) == message_id(finding)))
        assert seen.files == ["sound"]


@both
async def test_a_groups_tunes_are_the_groups_and_nobody_elses(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        await bob.hum()  # in private: nobody else is to find it
        anna, bobby, cat = together(stage, ann), together(stage, bob), together(stage, stage.person("Cat"))
        store = stage.service.store
        assert "Nobody has taught me a tune here" in (await anna.command("tunes")).text
        assert "don't know this one" in (await asks(bobby, "identify", b"a tune")).text
        seen = await asks(anna, "teach", b"a tune", "The choir's secret")
        assert "one of this group's tunes" in seen.text
        seen = await asks(bobby, "identify", b"a tune")
        assert "“The choir's secret”, which" in seen.text and "taught me here on" in seen.text
        finding = bobby.message_with("That's it")
        for label in ("That's it", "👎 No"):
            assert "isn't here for you" in (await anna.press(label, finding)).text, "his hum, his word"
        assert "sound" in (await cat.press("With a band", finding)).files
        tune, = store.tunes.page(next(iter(place_keys(stage))), 0, 9)
        # Another group, and his own chat: neither finds it, nor reaches it by any button.
        away = together(stage, bob, elsewhere=True)
        assert "don't know this one" in (await asks(away, "identify", b"a tune")).text
        assert "secret" not in (await asks(bob, "identify", b"a tune")).text
        answer = store.tunes.findings_of(user(stage, bob))[1]
        for person in (away, bob):
            message = person.message_with("I'll tell you" if person is away else "That's it")
            for verb in ("taught", "unteach", "leaf", "band"):
                seen = await person.forge(f"{verb}:{tune.token}:", message)
                assert "isn't here for you" in seen.text and not seen.files, (verb, seen)
            for verb in ("leaf", "band", "yes"):
                seen = await person.forge(f"{verb}:{answer.token}:0", message)
                assert "isn't here for you" in seen.text and not seen.files, (verb, seen)
        # Who taught it may take it back; others may not.
        await cat.command("tunes")
        seen = await cat.press("1", cat.message_with("1"))
        assert "Forget it" not in " ".join(seen.buttons)
        assert "isn't here for you" in (await cat.forge(f"unteach:{tune.token}:", cat.message_with("Lead sheet"))).text
        await anna.command("tunes")
        await anna.press("1", anna.message_with("1"))
        assert "is forgotten" in (await anna.press("Forget it")).text
        assert "isn't here for you" in (await bobby.press("Lead sheet", finding)).text


def place_keys(stage):
    return [row["scope"] for row in stage.service.store.db["tunes"].rows]


@both
async def test_what_was_made_in_a_group_is_found_there_by_humming(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        anna, bobby = together(stage, ann), together(stage, bob)
        await asks(anna, "song", b"a hum")
        await anna.command("again")
        seen = await asks(bobby, "identify", b"a hum")
        assert "“Tune 1”, hummed here on" in seen.text and "by " in seen.text
        assert seen.text.count("hummed here") == 1, "two takes are one tune"
        seen = await bobby.press("▶️ Play")
        assert seen.files == ["sound"] and "№ 1 · Tune 1" in seen.text
        assert "don't know this one" in (await asks(bob, "identify", b"a hum")).text
        assert "That's your “Tune 1”" in (await asks(ann, "identify", b"a hum")).text
        scope, = (row["scope"] for row in stage.service.store.db["indexed"].rows if row["scope"] != me(stage, ann))
        assert len(held(stage, scope)) == 1
        await ann.command("forget")
        await ann.press("Yes, forget me")
        assert "don't know this one" in (await asks(bobby, "identify", b"a hum")).text
        assert "Tune 1" not in str([f.matches for f in stage.service.store.tunes.findings_of(user(stage, bob))])
        await stage.service.line.indexer.tend()
        assert held(stage, scope) == {} and held(stage, me(stage, ann)) == {}
        assert stage.service.store.db["indexed"].count == 0


def me(stage, person):
    return f"{stage.platform}:{person.id}"


@both
async def test_tunes_have_limits_and_a_person_takes_theirs_along_and_away(platform, make_service):
    async with open_stage(platform, lambda **s: make_service(tunes_per_scope=6, **s)) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        for number in range(6):
            await ann.command("teach", tune=f"Tune of mine {number + 1}")
        assert "My head is full: 6 tunes" in (await ann.command("teach", tune="One more")).text
        seen = await ann.command("tunes")
        assert "Tune of mine 6" in seen.text and "mine 1 ·" not in seen.text and "page 1 of 2" in seen.text
        seen = await ann.press("➡️")
        assert "Tune of mine 1" in seen.text
        await asks(ann, "identify", b"a tune")
        await ann.press("👎 No")
        store = stage.service.store
        rows = gather(store, user(stage, ann)).rows
        assert len(rows["tunes_taught"]) == 6 and rows["tunes_taught"][0]["melody"]["notes"]
        assert rows["tunes_asked_for"][0]["you_said"] == {"0": False} and rows["tunes_asked_for"][0]["heard"]["notes"]
        assert "recognising tunes" in (await ann.command("privacy")).text
        assert len(held(stage, me(stage, ann))) == 7 and all(t.startswith(OWN) for t in held(stage, me(stage, ann)))
        await ann.command("forget")
        await ann.press("Yes, forget me")
        assert [store.db[table].count for table in ("tunes", "findings", "indexed")] == [0, 0, 0]
        assert held(stage, me(stage, ann)) == {}


async def test_a_silenced_group_is_told_nothing_and_a_moved_one_keeps_its_tunes(telegram):
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    old, new = telegram.group(chat_id=-5), telegram.group(chat_id=-100777)
    telegram.api.members[(old, ann.id)] = "creator"
    await asks(ann.at(old), "teach", b"a tune", "The anthem")
    await ann.at(old).command("off")
    assert (await asks(bob.at(old), "identify", b"a tune")).lines() == []
    await ann.at(old).command("on")
    telegram.api.push(message={"message_id": 99, "date": 1, "chat": telegram.api.chats[old], "from": ann.user,
                               "migrate_to_chat_id": new})
    await telegram.settle()
    assert "“The anthem”" in (await asks(bob.at(new), "identify", b"a tune")).text
    telegram.api.members[(new, bob.id)] = "creator"
    await bob.at(new).command("tunes")
    await bob.at(new).press("1")
    assert "is forgotten" in (await bob.at(new).press("Forget it")).text, "who runs the group may"


async def test_any_message_on_discord_can_be_asked_about(on_discord):
    async with on_discord() as stage:
        ann, bob = stage.member(stage.person("Ann")), stage.member(stage.person("Bob"))
        await ann.hum(b"known Greensleeves")
        assert "sounds like “Greensleeves”" in (await bob.menu("What tune is this?", ann.screen()[-1])).text
        await ann.command("song", sound=("hum.ogg", b"a hum"))
        song = ann.message_with("Another take")
        assert "don't know this one" in (await bob.menu("What tune is this?", song)).text


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_a_real_hum_has_a_real_name_a_sheet_and_a_band(make_service):
    async with open_stage("discord", real(make_service)) as stage:
        ann = stage.person("Ann")
        assert "Sounds like “Ode to Joy”" in (await ann.hum(HUM.read_bytes())).text
        seen = await ann.press("Which tune?")
        assert "sounds like “Ode to Joy”" in seen.text, "and not like itself"
        assert sorted((await ann.press("Lead sheet")).files) == ["Ode_to_Joy.pdf", "picture"]
        found = ann.message_with("With a band")
        seen = await ann.press("With a band", found)
        assert "№ 2 · Ode to Joy" in seen.text and "sound" in seen.files
        assert "Then I don't know it" in (await ann.press("👎 No", found)).text
        assert "one of your tunes now" in (await ann.command("teach", tune="Hymn of ours")).text
        store = stage.service.store
        await stage.service.line.indexer.tend()
        names = {title for _, title in studio.list_tunes(store.tunes.index(me(stage, ann)))}
        assert names == {"Tune 1", "Ode to Joy", "Hymn of ours"}
        seen = await ann.press("Which tune?")
        assert "That's “Hymn of ours”, which you taught me" in seen.text, "what was taught comes first"
        before_forgetting = store.tunes.index(me(stage, ann))
        await ann.command("forget")
        await ann.press("Yes, forget me")
        assert not before_forgetting.exists()
