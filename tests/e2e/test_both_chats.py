"""What must hold on every platform, each test on each of them."""

import pytest

from tests.e2e.stage import PLATFORMS, open_stage

both = pytest.mark.parametrize("platform", PLATFORMS)


@both
async def test_every_wish_makes_the_song_it_names(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        song = ann.message_with("Another take")

        def newest():
            return max(stage.service.store.songs.page(user(stage, ann), 0, 99), key=lambda kept: kept.number).song()

        for press, wanted in [
            (["Another take"], lambda s: s.seed == 2),
            (["More genres", "More …", "Lo-fi"], lambda s: s.genre == "lofi"),
            (["Back", "Tempo", "2× time"], lambda s: s.bpm == 192 and s.lead_sheet.melody.notes[1].onset_beats == 2),
            (["−10 %"], lambda s: s.bpm == 86.4 and s.lead_sheet.melody.notes[1].onset_beats == 1),
            (["Back", "Key", "Key up"], lambda s: str(s.key) == "Db major"),
            (["Octave down"], lambda s: s.lead_sheet.melody.notes[0].pitch == 48),
            (["Back", "Feel", "Loose"], lambda s: s.wish.feel == "loose"),
        ]:
            for label in press:
                song = next(m for m in ann.screen() if message_id(m) == message_id(song))
                await ann.press(label, song)
            assert wanted(newest()), press
        for command, options, wanted in [
            ("genre", {"genre": "jazz"}, lambda s: s.genre == "jazz"),
            ("tempo", {"tempo": "120"}, lambda s: s.bpm == 120),
            ("tempo", {"tempo": "half"}, lambda s: s.bpm == 60 and s.lead_sheet.melody.notes[1].onset_beats == 0.5),
            ("key", {"key": "D minor"}, lambda s: str(s.key) == "D minor"),
            ("feel", {"feel": "tight"}, lambda s: s.wish.feel == "tight"),
            ("again", {}, lambda s: s.seed > 2),
        ]:
            seen = await ann.command(command, **options)
            assert "sound" in seen.files, (command, seen)
            assert wanted(newest()), command


@both
async def test_parts_come_at_once_the_second_time(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        song = ann.message_with("Another take")
        first = await ann.press("What I heard", song)
        assert first.files == ["sound"] and "as I heard it" in first.text
        jobs = stage.service.store.db["jobs"].count
        again = await ann.press("What I heard", song)
        assert again.files == ["sound"] and stage.service.store.db["jobs"].count == jobs
        stems = await ann.press("Stems", song)
        assert stems.files == ["zip"]


@both
async def test_every_person_error_has_its_sentence(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        assert "no song yet" in (await ann.command("genre", genre="jazz")).text
        assert "next to nothing" in (await ann.hum(b"quiet")).text
        seen = await ann.hum(b"bug")
        assert "tripped over a cable" in seen.text and "🔁 Try again" in seen.buttons
        assert "tripped over a cable" in (await ann.press("Try again")).text, "it was tried, and failed again"
        seen = await ann.hum(b"fontless")
        assert "instruments are missing" in seen.text
        await ann.hum()
        if platform == "telegram":  # Discord offers the genres as choices and takes no other
            assert "try Rock, Jazz" in (await ann.command("genre", genre="polka")).text
        assert "try 30-300 BPM" in (await ann.command("tempo", tempo="fast-ish")).text
        assert "try F# minor" in (await ann.command("key", key="H")).text
        assert "isn't here for you" in (await ann.command("play", number="77")).text
        assert "isn't here for you" in (await ann.command("delete", number="x")).text
        assert not stage.service.line.busy


@both
async def test_a_worker_that_dies_is_replaced_and_the_person_told(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        before = set(stage.service.pool.processes())
        seen = await ann.hum(b"die")
        assert "tripped over a cable" in seen.text
        row = next(iter(stage.service.store.db["jobs"].rows))
        assert (row["state"], row["tries"]) == ("failed", 2)
        assert set(stage.service.pool.processes()) != before
        assert "sound" in (await ann.hum()).files


@both
async def test_a_worker_that_hangs_is_ended(platform, make_service):
    async with open_stage(platform, lambda **s: make_service(job_limit_s=2.0, **s)) as stage:
        ann = stage.person("Ann")
        assert "tripped over a cable" in (await ann.hum(b"hang")).text
        assert "sound" in (await ann.hum()).files


@both
async def test_settings_are_kept_and_used(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        seen = await ann.command("settings")
        assert "Surprise me" in seen.text
        await ann.press("Genre")
        seen = await ann.press("Reggae")
        assert "Genre: Reggae" in seen.text
        await ann.press("Feel")
        await ann.press("Tight")
        assert "Reggae" in (await ann.hum()).text
        await ann.command("settings")
        await ann.press("Language")
        seen = await ann.press("Español")
        assert "Tus ajustes" in seen.text
        assert "Lo que guardo" in (await ann.command("privacy")).text
        seen = await ann.command("help")
        assert "/history" in seen.text and "tus canciones" in seen.text


@both
async def test_history_pages_and_deletes(platform, make_service):
    async with open_stage(platform, lambda **s: make_service(songs_per_day=1000, **s)) as stage:
        ann = stage.person("Ann")
        for _ in range(7):
            await ann.hum()
        seen = await ann.command("history")
        assert "№ 7" in seen.text and "№ 2 " not in seen.text and "page 1 of 2" in seen.text
        seen = await ann.press("➡️")
        assert "№ 2 " in seen.text and "page 2 of 2" in seen.text
        seen = await ann.press("№ 2")
        assert "🎹 MIDI" in seen.buttons
        assert (await ann.press("MIDI")).files == ["midi"]
        listed = ann.message_with("Delete")
        seen = await ann.press("Delete", listed)
        assert "cannot be brought back" in seen.text
        folder = stage.service.store.songs.by_number(user(stage, ann), 2)
        path = stage.service.store.songs.file(folder.id, "mp3")
        assert path.exists()
        seen = await ann.press("Yes, delete")
        assert "is gone" in seen.text and not path.exists()
        assert "isn't here" in (await ann.command("play", number=2)).text
        assert (await ann.command("play", number=3)).files == ["sound"]
        seen = await ann.command("title", number=3, name="Three blind mice")
        assert "Three blind mice" in seen.text
        assert "“Three blind mice” is gone" not in (await ann.command("delete", number=3)).text


@both
async def test_cleared_sound_is_made_again(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        songs = stage.service.store.songs
        kept = songs.by_number(user(stage, ann), 1)
        assert songs.evict(older_than=0, max_bytes=0) > 0
        assert songs.file(kept.id, "mp3") is None and songs.file(kept.id, "midi")
        stage.service.store.db.execute("DELETE FROM remote_files")
        seen = await ann.command("play", number=1)
        assert seen.files == ["sound"] and songs.file(kept.id, "mp3")


@both
async def test_cancel_queued_and_running_work(platform, make_service):
    async with open_stage(platform, lambda **s: make_service(workers=1, **s)) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        seen = await overlapping(stage, ann, lambda: ann.hum_only(b"slow3"), lambda: ann.press_only("Cancel"))
        assert "Stopped" in seen
        assert "isn't here" in (await ann.forge("cancel:nosuchtoken1:", ann.message_with("Tempo"))).text
        states = [row["state"] for row in stage.service.store.db["jobs"].rows]
        assert states == ["done", "cancelled"]
        assert "nothing to stop" in (await ann.command("cancel")).text
        assert "sound" in (await ann.hum()).files


@both
async def test_export_holds_everything_below_the_limit(platform, make_service, tmp_path):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        await ann.hum()
        seen = await ann.command("export")
        assert seen.files == ["zip"] and "part 1 of 1" in seen.text
        assert not list((stage.service.settings.data_dir / "exports").iterdir())


@both
async def test_two_voice_notes_become_verse_and_chorus(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        seen = await ann.hum_in_reply()
        assert any("Join with № 1" in label for label in seen.buttons)
        seen = await ann.press("Join with № 1")
        assert "№ 3" in seen.text and "sound" in seen.files


def user(stage, person):
    return stage.service.store.people.by_key(f"{stage.platform}:{person.id}")


def message_id(message):
    return message["message_id"] if isinstance(message, dict) else message.id


async def overlapping(stage, person, first, second):
    """Do the first, and while its job still runs the second; what the screen says in the end."""
    import asyncio

    await first()
    for _ in range(500):
        await asyncio.sleep(0.01)
        rows = [row["state"] for row in stage.service.store.db["jobs"].rows]
        if "running" in rows and any(person.button(m, "Cancel") for m in person.screen()):
            break
    await second()
    await stage.settle()
    return "\n".join(person.text_of(m) for m in person.screen())


@both
async def test_the_line_is_fair_bounded_and_says_how_long(platform, make_service):
    async with open_stage(platform, lambda **s: make_service(workers=1, queue_size=2, jobs_per_person=2, **s)) as stage:
        ann, bob, cat, dan = (stage.person(name) for name in ("Ann", "Bob", "Cat", "Dan"))
        await ann.hum_only(b"slow2")
        await running(stage)
        await bob.hum_only(b"hum")
        await cat.hum_only(b"hum")
        await dan.hum_only(b"hum")
        await until(lambda: "Many" in last_text(dan) or "So many people" in last_text(dan))
        assert "One more before you" in last_text(bob)
        assert "2 before you" in last_text(cat) or "One more" in last_text(cat)
        await stage.settle()
        rows = sorted(stage.service.store.db["jobs"].rows, key=lambda row: row["started_at"])
        names = [stage.service.store.people.by_id(row["user_id"]).name for row in rows]
        assert [name.lower() for name in names] == ["ann", "bob", "cat"]
        await ann.hum_only(b"slow1")
        await running(stage)
        await ann.hum_only(b"hum")
        await ann.hum_only(b"hum")
        await until(lambda: "2 songs in the making" in last_text(ann))
        await stage.settle()


@both
async def test_the_status_walks_through_the_stages(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum_only(b"slow1")
        await until(lambda: "Writing down your notes" in last_text(ann) and "▰▱" in last_text(ann))
        assert ann.message_with("Cancel")
        await stage.settle()
        assert not any("▰" in ann.text_of(m) for m in ann.screen())


async def running(stage):
    await until(lambda: any(row["state"] == "running" for row in stage.service.store.db["jobs"].rows))


async def until(true, limit_s=10.0):
    import asyncio
    import time

    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.02)


def last_text(person):
    return person.text_of(person.screen()[-1])


@both
async def test_a_share_can_be_taken_back(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann, bob, cat = stage.person("Ann"), stage.person("Bob"), stage.person("Cat")
        await ann.hum()
        link = (await ann.press("Share")).text
        assert (await bob.open_link(link)).files == ["sound"]
        assert "yours alone again" in (await ann.press("Stop sharing")).text
        seen = await cat.open_link(link)
        assert "opens no song, or not any more" in seen.text and not seen.files
        assert "isn't here for you" in (await bob.press("Another take")).text
        assert (await ann.command("play", number=1)).files == ["sound"]
        again = (await ann.press("Share", ann.message_with("Share"))).text
        assert "opens no song" in (await cat.open_link(link)).text, "a new link, not the old one"
        assert (await cat.open_link(again)).files == ["sound"]


@both
async def test_who_lets_us_choose_gets_what_they_like(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        assert "🎷 Pop" in (await ann.hum()).text
        for _ in range(3):
            await ann.command("genre", genre="folk")
        assert "🎷 Folk" in (await ann.hum()).text, "the guesses were close"
        assert stage.service.store.people.choices(user(stage, ann)) == {"folk": 3}
        assert "I lean a little" in (await ann.command("privacy")).text
        assert "🎷 Pop" in (await stage.person("Bob").hum()).text
        await ann.command("forget")
        await ann.press("Yes, forget me")
        assert "🎷 Pop" in (await ann.hum()).text


@both
async def test_second_thoughts_keep_everything(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        for command, options in (("forget", {}), ("delete", {"number": 1})):
            await ann.command(command, **options)
            assert "It stays" in (await ann.press("Keep it")).text
        assert (await ann.command("play", number=1)).files == ["sound"]
