"""A recording as a piano, as notes, as sheet music; and the person's own voice on their song."""

import pytest

from tests.e2e.stage import PLATFORMS, open_stage

both = pytest.mark.parametrize("platform", PLATFORMS)


async def about(person, command, data=b"a fine hum", **options):
    """The command with a recording: in reply to one on Telegram, with an attachment on Discord."""
    if person.stage.platform == "discord":
        return await person.command(command, sound=("hum.ogg", data), **options)
    voice = await person.send(**person.document(data, "hum.mp3", "audio/mpeg"))
    await person.stage.settle()
    return await person.says(" ".join([f"/{command}", *options.values()]), reply_to=voice)


def payloads(stage, kind):
    import json

    return [json.loads(row["payload"]) for row in stage.service.store.db["jobs"].rows_where("kind = ?", [kind])]


@both
async def test_a_recording_becomes_a_piano_and_one_with_a_left_hand(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        seen = await about(ann, "piano")
        assert sorted(seen.files) == ["midi", "picture", "sound"]
        assert "as a piano, just as long as you sang" in seen.text and "a lot of noise" in seen.text
        seen = await ann.press("With a left hand")
        assert sorted(seen.files) == ["midi", "picture", "sound"] and "🤲 With a left hand" not in seen.buttons
        assert [p.get("left_hand", False) for p in payloads(stage, "piano")] == [False, True]
        assert not list(stage.service.settings.passing_dir.iterdir()), "sent once and gone"


@both
async def test_a_recording_is_written_down_and_engraved(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        seen = await about(ann, "transcribe")
        assert seen.files == ["midi"] and "All the notes" in seen.text
        seen = await ann.press("Sheet music", ann.message_with("Sheet music"))
        assert sorted(map(ending, seen.files)) == ["musicxml", "pdf", "picture"]
        assert "the first of 2 pages" in seen.text and "🥁 Practise at 75 %" not in seen.buttons
        seen = await about(ann, "sheet", **{"instrument": "Bb"})
        assert sorted(map(ending, seen.files)) == ["musicxml", "pdf", "picture"]
        assert payloads(stage, "sheet")[-1]["instrument"] == "Bb"
        seen = await about(ann, "transcribe", **{"player": "flute, cello"})
        assert seen.files == ["midi"] and payloads(stage, "transcribe")[-1]["player"] == "flute, cello"


@both
async def test_a_song_has_its_sheet_its_practice_its_piano_and_its_voice(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        song = ann.message_with("With my voice")
        seen = await ann.press("Sheet music", song)
        assert "“Tune 1” on paper" in seen.text and sorted(map(ending, seen.files)) == ["musicxml", "pdf", "picture"]
        assert payloads(stage, "sheet")[0]["composer"] == ann.name
        seen = await ann.press("Tune and chords")
        assert payloads(stage, "sheet")[-1]["layout"] == "lead" and "🎼 Tune and chords" not in seen.buttons
        assert "🎼 All players" in seen.buttons
        seen = await ann.press("Practise at 75 %")
        assert seen.files == ["sound"] and "75 % of its tempo" in seen.text
        seen = await ann.press("As a piano", song)
        assert sorted(seen.files) == ["midi", "picture", "sound"] and "“Tune 1” as a piano" in seen.text
        seen = await ann.press("With my voice", song)
        assert seen.files == ["sound"] and "your own voice on top" in seen.text
        again = await ann.command("genre", genre="jazz")
        assert "🎤 With my voice" in again.buttons, "another take of the same tune"
        for command in ("piano", "transcribe", "sheet"):
            assert (await ann.command(command)).files, f"/{command} of the latest song"


@both
async def test_without_a_recording_there_are_no_such_buttons_and_the_command_says_why(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        for command, how in (("piano", "played on a piano"), ("transcribe", "ten minutes"), ("sheet", "Hum something")):
            assert how in (await ann.command(command)).text
        if platform == "telegram":
            seen = await ann.step(ann.send(**ann.document(b"MThd", "a.mid", "audio/midi")))
        else:
            seen = await ann.hum(b"MThd", name="song.mid", flags=0)
        assert "🎼 Sheet music" in seen.buttons and not {"🎹 As a piano", "🎤 With my voice"} & set(seen.buttons)
        assert "no recording for “Tune 1”" in (await ann.command("piano")).text
        kept = stage.service.store.songs.latest(stage.service.store.people.by_key(f"{platform}:{ann.id}"))
        assert "no recording" in (await ann.forge(f"voiced:{kept.token}:", ann.message_with("Tempo"))).text


@both
async def test_a_recording_that_left_the_chat_is_told_kindly(platform, make_service, monkeypatch):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        if platform == "telegram":
            stage.api.files = {name: file for name, file in stage.api.files.items() if file["kind"] != "voice"}
        else:
            from bot.adapters import Unfetched

            async def gone(ref):
                raise Unfetched("404")

            monkeypatch.setattr(stage.adapter, "fetch", gone)
        seen = await ann.press("With my voice")
        assert "no longer be fetched from our chat" in seen.text and not seen.files


@both
async def test_others_get_the_sheet_of_a_shared_song_but_not_the_voice(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        await ann.hum()
        seen = await bob.open_link((await ann.press("Share")).text)
        assert "🎼 Sheet music" in seen.buttons and not {"🎹 As a piano", "🎤 With my voice"} & set(seen.buttons)
        store = stage.service.store
        hers = store.songs.latest(store.people.by_key(f"{platform}:{ann.id}"))
        for verb in ("piano", "voiced"):
            assert "isn't here for you" in (await bob.forge(f"{verb}:{hers.token}:", bob.message_with("Tempo"))).text
        seen = await bob.press("Sheet music")
        assert "picture" in seen.files and payloads(stage, "sheet")[-1]["composer"] == ann.name
        made = await bob.press("Folk", bob.message_with("Folk"))
        assert "🎤 With my voice" not in made.buttons, "it is not his"
        await bob.press("Tempo", bob.message_with("Tempo"))
        assert "🎤 With my voice" not in (await bob.press("Back")).buttons


@both
async def test_limits_and_errors(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        assert "next to nothing" in (await about(ann, "transcribe", b"quiet")).text
        assert "can't read this file" in (await about(ann, "sheet", b"error Unreadable")).text
        assert "tripped over a cable" in (await about(ann, "piano", b"bug")).text
        seen = await about(ann, "sheet", **{"instrument": "kazoo"})
        assert "C, Bb, Eb, F" in seen.text
        seen = await about(ann, "transcribe", **{"player": "vuvuzela"})
        assert "“vuvuzela” is not something I can do; try violin" in seen.text
        job = stage.service.store.db["jobs"]
        count = job.count
        if platform == "telegram":
            for seconds, command, told in ((602, "transcribe", "longer than 600"), (700, "", "longer than 180 seconds"),
                                           (400, "", "For /transcribe, /piano and /sheet it may last ten minutes")):
                voice = await ann.send(**ann.voice(b"hum", duration=seconds))
                await stage.settle()
                last = ann.text_of(ann.screen()[-1])
                if command:
                    last = (await ann.says(f"/{command}", reply_to=voice)).text
                assert told in last
            assert job.count == count


@both
async def test_an_upload_without_a_tune_can_be_written_down_instead(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        if platform == "telegram":
            seen = await ann.step(ann.send(**ann.document(b"error NoMelody", "band.mp3", "audio/mpeg")))
        else:
            seen = await ann.hum(b"error NoMelody", name="band.mp3", flags=0)
        assert "no tune" in seen.text and "✍️ Write down all its notes" in seen.buttons
        assert "✍️ Write down all its notes" not in (await ann.hum(b"error NoMelody")).buttons
        seen = await ann.press("Write down all its notes")
        assert "no tune" in seen.text, "the double refuses it again"


def ending(kind):
    return kind.rsplit(".", 1)[-1]


@both
async def test_the_beat_can_be_tapped(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        assert "reply to that with /tap" in (await ann.command("tap")).text
        assert "no song yet" in (await about(ann, "tap", b"error NoMelody")).text
        await ann.hum()
        song = ann.message_with("With my voice")
        await ann.press("Tempo", song)
        seen = await ann.press("Tap the beat")
        assert "in answer to this message" in seen.text
        asked = next(m for m in reversed(ann.screen()) if "in answer to this message" in ann.text_of(m))
        seen = await ann.hum_to(asked, b"x" * 72)
        assert "72 BPM" in seen.text and "sound" in seen.files and "🎤 With my voice" in seen.buttons
        assert "no steady beat" in (await ann.hum_to(asked, b"uneven")).text
        seen = await about(ann, "tap", b"y" * 88)
        assert "88 BPM" in seen.text
        songs = stage.service.store.songs
        kept = songs.latest(stage.service.store.people.by_key(f"{platform}:{ann.id}"))
        assert kept.family == songs.by_number(stage.service.store.people.by_id(kept.owner_id), 1).family
