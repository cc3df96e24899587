"""New melodies in the chats: composed, continued, varied, blended; and the library of what was made."""

import json

import pytest

from bot.texts import texts
from core import studio
from tests.e2e.stage import PLATFORMS, open_stage
from tests.e2e.test_both_chats import message_id, user
from tests.e2e.test_real_songs import real
from tests.e2e.test_tunes import asks, together

both = pytest.mark.parametrize("platform", PLATFORMS)


WAYS = [texts("en")(f"way.{name}") for name in (*studio.KINDS, "any")]


def jobs(stage):
    return [row | {"payload": json.loads(row["payload"])} for row in stage.service.store.db["jobs"].rows]


def songs(stage, person):
    """The person's songs, oldest first."""
    return stage.service.store.songs.page(user(stage, person), 0, 99)[::-1]


def again(person, message):
    """The message as it stands now."""
    return next(m for m in person.screen() if message_id(m) == message_id(message))


@both
async def test_a_tune_is_composed_in_a_style(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        for command, options in (("continue", {}), ("vary", {"way": "any"}), ("blend", {})):
            assert "/compose bach" in (await ann.command(command, **options)).text, "an empty history explains itself"
        seen = await ann.command("compose")
        assert "In whose manner" in seen.text and len(seen.buttons) == len(studio.STYLES)
        seen = await ann.command("compose", style="polka")
        assert "don't know the manner of “polka”" in seen.text and "Bach, Mozart" in seen.text
        seen = await ann.press("Chopin")
        assert "№ 1 · À la Chopin" in seen.text and sorted(seen.files) == ["midi", "picture", "sound"]
        seen = await ann.command("compose", style="Bach", bars="16")
        assert "№ 2 · À la Bach" in seen.text
        for bars in ("3", "99", "many"):
            assert "try 4-32" in (await ann.command("compose", style="bach", bars=bars)).text
        first, second = (job["payload"] for job in jobs(stage))
        assert (first["style"], first["bars"]) == ("chopin", 8) and (second["style"], second["bars"]) == ("bach", 16)
        assert first["seed"] != second["seed"], "never the same tune twice"
        seen = await ann.command("library")
        assert "Tunes you have: 2" in seen.text
        seen = await asks(ann, "identify", b"a tune")
        assert "That's your “À la " in seen.text and "made here on" in seen.text, "composed, not hummed"


@both
async def test_songs_grow_from_songs_and_know_their_parents(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        hummed = ann.message_with("Another take")
        assert "no other song here" in (await ann.press("Blend with", hummed)).text
        seen = await ann.press("Go on", hummed)
        assert "№ 2 · Tune 1, continued" in seen.text and "Goes on from “Tune 1”" in seen.text
        seen = await ann.press("Go on", ann.message_with("Another take"))
        assert "№ 3 · Tune 1, continued ×2" in seen.text, "what went on can go on"
        seen = await ann.press("Vary", hummed)
        assert len([label for label in seen.buttons if label in WAYS]) == min(6, len(WAYS))
        hummed = again(ann, hummed)
        seen = await ann.press(WAYS[0], hummed)
        assert f"№ 4 · Tune 1 ({WAYS[0]})" in seen.text and "A variation of “Tune 1”" in seen.text
        seen = await ann.press("Vary", ann.message_with("Another take"))
        varied = ann.message_with(WAYS[1])
        assert f"№ 5 · Tune 1 ({WAYS[1]})" in (await ann.press(WAYS[1], varied)).text, "no kinds pile up"
        # Half-way to another song, and a step on.
        hummed = again(ann, hummed)
        await ann.press("Back", hummed)
        hummed = again(ann, hummed)
        seen = await ann.press("Blend with", hummed)
        assert "№ 5 · Tune 1" in " ".join(seen.buttons) and "№ 1 " not in " ".join(seen.buttons), "not with itself"
        hummed = again(ann, hummed)
        seen = await ann.press("№ 2 · ", hummed)
        assert "№ 6 · Tune 1 → Tune 1, continued 3/5" in seen.text
        assert "Between “Tune 1” and “Tune 1, continued”" in seen.text
        assert "Step 3 of 5" in seen.text
        seen = await ann.press("Nearer to “Tune 1”")
        assert "2/5" in seen.text and "Step 2 of 5" in seen.text
        library = stage.service.store.library
        kept = {song.number: song for song in songs(stage, ann)}
        assert [library.parents(kept[n]) for n in (1, 2, 5, 7)] == [
            ("", []), ("continue", [kept[1].id]), ("vary", [kept[4].id]), ("blend", [kept[1].id, kept[2].id])]
        await ann.command("delete", number=1)
        await ann.press("Yes, delete")
        seen = await ann.command("play", number=2)
        assert seen.files == ["sound"] and "Goes on from" not in seen.text, "a parent that is gone is not named"
        assert "deleted meanwhile" in (await ann.press("Nearer", ann.message_with("Nearer"))).text or \
            "isn't here for you" in (await ann.press("Nearer", ann.message_with("Nearer"))).text


@both
async def test_the_same_by_command(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        await ann.hum()
        await ann.hum()
        assert "№ 3 · Tune 1, continued" in (await ann.command("continue", number=1)).text
        assert "№ 4 · Tune 1, continued ×2" in (await ann.command("continue")).text, "else the latest"
        seen = await ann.command("vary", number=1)
        assert "What shall change in “Tune 1”" in seen.text and WAYS[0] in seen.buttons
        assert f"№ 5 · Tune 1 ({WAYS[0]})" in (await ann.command("vary", number=1, way=studio.KINDS[0])).text
        assert "try " + WAYS[0] in (await ann.command("vary", number=1, way="backwards")).text
        seen = await ann.command("blend", number=1)
        assert "With which song shall I blend “Tune 1”" in seen.text and "№ 2 · Tune 2" in seen.buttons
        assert "Between “Tune 1” and “Tune 2”" in (await ann.command("blend", number=1, other=2)).text
        assert "two takes of one tune" in (await ann.command("blend", number=1, other=1)).text
        hers = songs(stage, ann)
        await bob.hum()
        for command, options in (("continue", {"number": 2}), ("vary", {"number": 2, "way": "any"}),
                                 ("blend", {"number": 1, "other": 2}), ("blend", {"number": 2, "other": 1})):
            seen = await bob.command(command, **options)
            assert "isn't here for you" in seen.text and not seen.files, command
        his = songs(stage, bob)[0]
        before = stage.service.store.db["jobs"].count
        message = bob.message_with("Another take")
        for forged in (f"blend:{his.token}:{hers[0].token}", f"blend:{hers[0].token}:{his.token}",
                       f"blend:{hers[0].token}:0", f"continue:{hers[0].token}:", f"vary:{hers[0].token}:any",
                       f"vary:{his.token}:backwards", f"blend:{his.token}:{hers[0].token}.9"):
            assert "isn't here for you" in (await bob.forge(forged, message)).text, forged
        assert stage.service.store.db["jobs"].count == before


@both
async def test_a_group_has_a_library_and_blends_only_what_it_shares(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        await ann.hum()
        await ann.command("title", number=1, name="Nobody hears this")
        anna, bobby = together(stage, ann), together(stage, bob)
        assert "Nothing was made here yet" in (await anna.command("library")).text
        await asks(anna, "song", b"a hum")
        assert "no other song here" in (await anna.press("Blend with")).text, "what is not shared is not listed"
        await asks(bobby, "song", b"another")
        await anna.command("title", number=2, name="Zebra")
        await bobby.command("again")
        await bobby.command("title", number=1, name="Aardvark")
        await bobby.command("title", number=2, name="Aardvark")
        seen = await anna.command("library")
        assert "Tunes made here: 2" in seen.text and "Nobody hears this" not in seen.text
        assert lines(seen) == ["Aardvark", "Zebra"] and "2 takes" in seen.text
        assert (await anna.press("▶️ 2")).files == ["sound"]
        await anna.command("library")
        seen = await anna.press("Most played")
        assert lines(seen) == ["Zebra", "Aardvark"] and "played 1×" in seen.text
        assert lines(await anna.press("Most takes")) == ["Aardvark", "Zebra"]
        assert lines(await anna.press("By title")) == ["Aardvark", "Zebra"]
        assert lines(await anna.press("Newest")) == ["Aardvark", "Zebra"]
        # Half-way between hers and his: named, and hers to keep.
        zebra = next(m for m in anna.screen() if anna.button(m, "Blend with"))  # the one everybody sees
        seen = await anna.press("Blend with", zebra)
        partner = next(label for label in seen.buttons if label.startswith("Aardvark"))
        assert not [label for label in seen.buttons if "Nobody" in label]
        seen = await anna.press(partner, again(anna, zebra))
        assert "Zebra → Aardvark" in seen.text and "tune by" in seen.text and "sound" in seen.files
        assert "Tunes made here: 3" in (await bobby.command("library")).text
        away = together(stage, bob, elsewhere=True)
        assert "Nothing was made here yet" in (await away.command("library")).text
        seen = await bob.command("library")
        assert "Tunes you have: 1" in seen.text


def lines(seen):
    """The titles in a library, in order."""
    return [line.split(" · ")[1] for line in seen.text.split("\n") if line[:1].isdigit()]


async def test_styles_and_ways_are_suggested_on_discord(on_discord):
    async with on_discord() as stage:
        ann = stage.person("Ann")
        assert await ann.user.autocomplete("compose", "style", "ba") == [{"name": "Bach", "value": "bach"}]
        assert len(await ann.user.autocomplete("compose", "style", "")) == len(studio.STYLES)
        assert len(await ann.user.autocomplete("vary", "way", "")) == len(studio.KINDS)


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_a_real_band_plays_what_was_composed_and_continued(make_service):
    async with open_stage("telegram", real(make_service)) as stage:
        ann = stage.person("Ann")
        seen = await ann.command("compose", style="bach", bars=4)
        assert "№ 1 · À la Bach" in seen.text and "🎷 Classical" in seen.text and "sound" in seen.files
        seen = await ann.press("Go on")
        assert "Goes on from “À la Bach”" in seen.text and "sound" in seen.files
        first, second = (kept.song().lead_sheet.melody for kept in songs(stage, ann))
        assert second.bars > first.bars and (second.key, second.meter) == (first.key, first.meter)
        assert second.notes[:3] == first.notes[:3]
