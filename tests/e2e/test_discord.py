"""What is Discord's own: slash commands, context menus, whispers, servers, sizes, the voice flag."""

import json

import discord

from tests.e2e.discord_stage import VOICE_FLAG, DiscordStage


def kinds(stage):
    return [json.loads(row["payload"])["sound"]["kind"] for row in stage.service.store.db["jobs"].rows]


async def test_the_voice_flag_makes_a_hum_and_mid_is_none(on_discord):
    async with on_discord() as stage:
        ann = stage.person("Ann")
        await ann.hum(name="voice-message.ogg")
        await ann.hum(name="unnamed.bin", flags=VOICE_FLAG)
        await ann.hum(name="song.mp3", flags=0)
        await ann.hum(b"MThd", name="song.mid", flags=0)
        assert kinds(stage) == ["voice", "voice", "audio", "midi"]
        seen = await ann.hum(b"%PDF", name="a.pdf", flags=0)
        assert "Send me a voice note" in seen.text


async def test_slash_song_with_an_attachment_edits_its_own_answer_into_the_song(on_discord):
    async with on_discord() as stage:
        ann = stage.member(stage.person("Ann"))
        seen = await ann.command("song", sound=("hum.ogg", b"hum"))
        assert sorted(seen.files) == ["midi", "picture", "sound"]
        answers = [m for m in ann.screen() if m.author.bot]
        assert len(answers) == 1, "the status became the song"
        assert answers[0].embeds[0].image.url and answers[0].content == ""
        assert "Send me a voice note" in (await ann.command("song")).text


async def test_the_context_menu_makes_a_song_of_anybodys_message(on_discord):
    async with on_discord() as stage:
        ann, bob = stage.member(stage.person("Ann")), stage.member(stage.person("Bob"))
        await ann.hum()
        assert stage.service.store.db["jobs"].count == 0, "nobody asked"
        message = ann.screen()[-1]
        seen = await bob.menu("Make a song", message)
        assert "sound" in seen.files
        row = next(iter(stage.service.store.db["posts"].rows_where("message = ?", [str(message.id)])))
        assert row["song_id"]


async def test_a_mention_with_a_recording_is_asking(on_discord):
    async with on_discord() as stage:
        ann = stage.member(stage.person("Ann"))
        me = stage.adapter.client.user.mention
        seen = await ann.hum(content=f"{me} please", name="hum.ogg", flags=0)
        assert "sound" in seen.files
        status = [m for m in ann.screen() if m.author.bot and "Listening" in m.content]
        assert not status, "the status message is gone"
        song = next(m for m in ann.screen() if m.author.bot)
        assert song.reference and song.reference.message_id == ann.screen()[0].id
        assert "Send me a voice note" in (await ann.says(f"{me} hello")).text


async def test_answers_come_in_a_thread_where_that_is_wanted(on_discord):
    async with on_discord() as stage:
        ann, bob = stage.member(stage.person("Ann")), stage.member(stage.person("Bob"))
        await ann.command("settings")
        await ann.press("Answers")
        assert "Answers: in a thread" in (await ann.press("in a thread")).text
        me = stage.adapter.client.user.mention
        await ann.hum(content=f"{me} please", name="hum.ogg", flags=0)
        thread, = stage.channel.threads
        assert thread.name == "Ann's tune" and not any(m.attachments for m in bob.screen() if m.author.bot)
        song, = [m for m in thread.history(viewer=bob.actor) if m.author.bot]
        assert [a.filename for a in song.attachments if a.filename.endswith(".mp3")] == ["Tune_1.mp3"]
        bob.channel = thread
        assert "A new take on a tune by Ann" in (await bob.press("Folk", song)).text
        stage.env.inject_error("POST", "/channels/*/messages/*/threads", status=403)
        seen = await ann.hum(content=f"{me} please", name="hum.ogg", flags=0)
        assert "sound" in seen.files, "where it may open none, it answers in the channel"


async def test_in_a_channel_anyone_may_press_a_genre_but_only_the_owner_rename(on_discord):
    async with on_discord() as stage:
        ann, bob = stage.member(stage.person("Ann")), stage.member(stage.person("Bob"))
        await ann.command("song", sound=("hum.ogg", b"hum"))
        song = ann.message_with("Another take")
        seen = await bob.press("Folk", song)
        assert "A new take on a tune by Ann" in seen.text
        for label in ("Rename", "Share", "Delete"):
            assert "isn't here for you" in (await bob.press(label, song)).text


async def test_what_is_whispered_stays_whispered_until_posted(on_discord):
    async with on_discord() as stage:
        alone = stage.person("Ann")
        await alone.hum()
        ann, bob = stage.member(alone), stage.member(stage.person("Bob"))
        seen = await ann.command("history")
        assert "Tune 1" in seen.text
        assert bob.screen() == []
        await ann.press("№ 1")
        assert (await ann.press("Play")).files == ["sound"]
        assert bob.screen() == [], "played from a whisper, heard by nobody else"
        assert stage.service.store.db["access"].count == 0
        await ann.command("share", number=1)
        await ann.press("Post it here")
        posted, = bob.screen()
        assert [a.filename for a in posted.attachments] == ["Tune_1.mp3"]
        assert "A new take on a tune by Ann" in (await bob.press("Folk", posted)).text


async def test_a_whispered_song_made_again_stays_whispered(on_discord):
    async with on_discord() as stage:
        alone = stage.person("Ann")
        await alone.hum()
        stage.service.store.songs.evict(older_than=0, max_bytes=0)
        ann, bob = stage.member(alone), stage.member(stage.person("Bob"))
        await ann.command("history")
        await ann.press("№ 1")
        assert (await ann.press("Play")).files == ["sound"]
        assert bob.screen() == []
        ann.stage.service.store.songs.evict(older_than=0, max_bytes=0)
        await ann.command("share", number=1)
        assert (await ann.press("Post it here")).files == ["sound"]
        assert len(bob.screen()) == 1


async def test_servers_have_settings_and_a_switch(on_discord):
    async with on_discord() as stage:
        bob = stage.member(stage.person("Bob"))
        boss = stage.member(stage.person("Ann"), roles=[
            stage.guild.create_role("boss", permissions=discord.Permissions(manage_guild=True))])
        assert "Only those who run" in (await bob.command("off")).text
        assert "This group's settings" in (await boss.command("settings")).text
        assert "Your settings" in (await bob.command("settings")).text
        await boss.press("Genre", boss.message_with("Silence me"))
        await boss.press("Blues")
        assert "Blues" in (await bob.command("song", sound=("hum.ogg", b"hum"))).text
        await boss.command("off")
        assert (await bob.command("song", sound=("hum.ogg", b"hum"))).lines() == []
        await boss.command("on")
        assert (await bob.command("song", sound=("hum.ogg", b"hum"))).files


async def test_numbers_are_suggested_from_ones_own_songs(on_discord):
    async with on_discord() as stage:
        ann, bob = stage.person("Ann"), stage.person("Bob")
        await ann.hum()
        await ann.command("title", number=1, name="Sunday morning")
        found = await ann.user.autocomplete("play", "number", "sun")
        assert found == [{"name": "№ 1 · Sunday morning", "value": "1"}]
        assert await ann.user.autocomplete("play", "number", "monday") == []
        assert await bob.user.autocomplete("play", "number", "") == []


async def test_commands_are_for_servers_users_and_every_context(on_discord):
    async with on_discord() as stage:
        tree = stage.adapter.client.tree
        payloads = [await c.get_translated_payload(tree, tree.translator) for c in tree.get_commands()]
        names = {p["name"]: p for p in payloads}
        assert {"song", "history", "genre", "forget", "Make a song"} <= set(names) and "stats" not in names
        for payload in payloads:
            assert payload["contexts"] == [0, 1, 2] and payload["integration_types"] == [0, 1]
        assert names["history"]["description_localizations"]["es-ES"] == "tus canciones"
        assert len(names["genre"]["options"][0]["choices"]) == 12
        assert stage.adapter.client.intents == discord.Intents.default()


async def test_hosts_have_their_commands_and_nobody_else(make_service):
    async with DiscordStage(lambda **s: make_service(admin_ids="discord:1", **s)) as stage:
        host, bob = stage.person("Host"), stage.person("Bob")
        stage.service.dialogue.settings = stage.service.settings.model_copy(
            update={"admin_ids": frozenset({f"discord:{host.id}"})})
        await bob.hum()
        assert "songs 1" in (await host.command("stats")).text
        assert "no such trick" in (await bob.command("stats")).text
        assert "kept out" in (await host.command("block", person=f"discord:{bob.id}")).text
        assert (await bob.hum()).lines() == []
        assert "may come in" in (await host.command("unblock", person=bob.id)).text
        assert (await bob.hum()).files


async def test_files_too_big_for_one_message_are_parted_or_told(on_discord):
    async with on_discord() as stage:
        ann = stage.person("Ann")
        await ann.hum()
        kept = stage.service.store.songs.by_number(stage.service.store.people.by_key(f"discord:{ann.id}"), 1)
        limit = stage.adapter.max_upload_bytes
        assert limit <= 10 * 2**20
        from bot.dialogue import cards
        from bot.texts import texts

        owner = stage.service.store.people.by_id(kept.owner_id)
        for size, groups in ((limit // 3, [3]), (limit * 2 // 3, [1, 1, 1])):
            for part in ("mp3", "midi", "roll"):
                stage.service.store.songs.path_for(kept, part).write_bytes(b"x" * size)
            reply = cards.song_reply(texts("en"), kept, owner, "mp3", "roll", "midi")
            parts = stage.adapter.parts(reply)
            assert [len(p.files) for p in parts] == groups
            assert all(sum(stage.adapter._writer.size(f) for f in p.files) <= limit for p in parts)
            assert parts[0].buttons and not any(p.buttons for p in parts[1:])
        stage.service.store.songs.path_for(kept, "mp3").write_bytes(b"x" * (limit + 1))
        seen = await ann.command("play", number=1)
        assert seen.files == [] and "too big for this chat" in seen.text


async def test_buttons_from_before_a_restart_still_work(on_discord, make_service):
    async with on_discord() as stage:
        ann = stage.person("Ann")
        await ann.hum()
        song = ann.message_with("Another take")
        assert not stage.adapter.client.persistent_views, "nothing is kept in memory for each message"
        assert "sound" in (await ann.press("Another take", song)).files


async def test_a_late_song_comes_by_message_when_the_interactions_time_is_up(on_discord, monkeypatch):
    from bot.adapters import discord_read

    monkeypatch.setattr(discord_read, "TOKEN_S", -1)
    async with on_discord() as stage:
        ann = stage.member(stage.person("Ann"))
        seen = await ann.command("song", sound=("hum.ogg", b"hum"))
        assert "sound" in seen.files
        sent = [r for r in stage.env.http_requests if r.method == "POST" and r.path.endswith("/messages")]
        assert len(sent) == 1
        nonce = next(iter(stage.service.store.db["outbox"].rows))["nonce"]
        assert sent[0].json["nonce"] == nonce and sent[0].json["enforce_nonce"] is True
