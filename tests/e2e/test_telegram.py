"""What is Telegram's own: its limits, its quirks, groups, inline mode, links, the webhook."""

import asyncio
import json

import aiohttp
import pytest
from telegram.constants import InlineKeyboardButtonLimit as Limit
from telegram.constants import MessageLimit

from bot.adapters.telegram import SECRET_HEADER, WEBHOOK_PATH
from bot.health import Health
from tests.e2e.stage import settled
from tests.e2e.telegram_stage import TelegramStage


def calls(telegram, method):
    return [fields for name, fields in telegram.api.calls if name == method]


async def test_a_hum_is_acknowledged_at_once_and_shown_to_be_worked_on(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    voice, *answers = ann.screen()
    assert voice["reaction"] == ["👀"]
    names = [name for name, _ in telegram.api.calls]
    assert names.index("sendMessage") < names.index("getFile"), "acknowledged before anything is fetched"
    assert "sendChatAction" in names
    audio = next(m for m in answers if "audio" in m)["audio"]
    assert (audio["title"], audio["performer"], audio["duration"]) == ("Tune 1", "Ann & Humband", 5)
    assert telegram.api.files[audio["file_id"]]["thumbnail"]
    assert not any(m.get("text") for m in answers), "the status message is gone"


async def test_every_container_of_sound_is_taken_and_midi_is_no_sound(telegram):
    ann = telegram.person("Ann")
    file_id = telegram.api.new_file(b"hum", "video_note")
    note = {"video_note": {"file_id": file_id, "file_unique_id": "v", "length": 240, "duration": 4}}
    assert "sound" in (await ann.step(ann.send(**note))).files
    assert "sound" in (await ann.step(ann.send(**ann.document(b"hum", "a.mp3", "audio/mpeg")))).files
    assert "sound" in (await ann.step(ann.send(**ann.document(b"hum", "a.opus", "application/octet-stream")))).files
    assert "sound" in (await ann.step(ann.send(**ann.document(b"MThd", "a.mid", "audio/midi")))).files
    kinds = [json.loads(row["payload"])["sound"]["kind"] for row in telegram.service.store.db["jobs"].rows]
    assert kinds == ["video", "audio", "audio", "midi"]
    seen = await ann.step(ann.send(**ann.document(b"%PDF", "a.pdf", "application/pdf")))
    assert "Send me a voice note" in seen.text


async def test_too_large_or_too_long_is_refused_without_a_download(telegram):
    ann = telegram.person("Ann")
    content = ann.voice(b"hum", duration=600)
    assert "longer than 180 seconds" in (await ann.step(ann.send(**content))).text
    content = ann.voice(b"hum")
    content["voice"]["file_size"] = 21 * 2**20
    assert "more than 20 MB" in (await ann.step(ann.send(**content))).text
    assert not calls(telegram, "getFile")
    content = ann.voice(b"x" * (20 * 2**20 + 1))  # the size was not told beforehand
    del content["voice"]["file_size"]
    assert "more than 20 MB" in (await ann.step(ann.send(**content))).text


async def test_nothing_is_uploaded_twice(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    uploads = telegram.api.uploads
    for _ in range(3):
        assert (await ann.command("play", number=1)).files == ["sound"]
    assert telegram.api.uploads == uploads


async def test_a_file_id_that_lapsed_is_uploaded_again(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    telegram.service.store.db.execute("UPDATE remote_files SET remote_id = 'gone'")
    assert (await ann.command("play", number=1)).files == ["sound"]


async def test_callbacks_are_answered_first_and_survive_their_expiry(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    telegram.api.calls.clear()
    await ann.press("Another take")
    assert telegram.api.calls[0][0] == "answerCallbackQuery"
    telegram.api.expired_queries = True
    assert "sound" in (await ann.press("Another take")).files


async def test_pressing_twice_is_not_an_error(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    song = ann.message_with("Tempo")
    tempo = ann.button(song, "Tempo")["callback_data"]
    await ann.press_data(tempo, song)
    await ann.press_data(tempo, song)  # "message is not modified"
    await telegram.settle()
    assert not telegram.adapter.errors


async def test_every_button_of_every_keyboard_fits(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    await ann.command("history")
    await ann.command("settings")
    await ann.command("forget")
    for message in ann.screen():
        for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
            for button in row:
                size = len(button.get("callback_data", "x").encode())
                assert Limit.MIN_CALLBACK_DATA <= size <= Limit.MAX_CALLBACK_DATA


async def test_a_flood_wait_is_honoured_and_loses_nothing(telegram):
    ann = telegram.person("Ann")
    telegram.api.floods = {"sendAudio": [1], "sendMessage": [1]}
    assert (await ann.hum()).files == ["picture", "sound", "midi"]


async def test_a_broken_connection_loses_nothing(telegram):
    ann = telegram.person("Ann")
    telegram.api.cut_after = {"sendAudio": 1}
    files = (await ann.hum()).files
    assert files.count("sound") in (1, 2), "cut off in the act: it may come once more"


async def test_who_blocked_the_bot_is_left_alone(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    await ann.send(**ann.voice(b"slow0.3"))
    await asyncio.sleep(0.1)
    ann.block()
    await telegram.settle()
    states = {row["state"] for row in telegram.service.store.db["outbox"].rows}
    assert states <= {"sent", "lost"}
    assert not telegram.service.store.work.owed()


async def test_the_same_update_twice_is_one_song(telegram):
    ann = telegram.person("Ann")
    message = await ann.send(**ann.voice(b"hum"))
    again = dict(telegram.api.updates[-1])
    await telegram.settle()
    telegram.api.updates.append(again)
    telegram.api._news.set()
    await telegram.settle()
    assert message and telegram.service.store.db["jobs"].count == 1


async def test_an_update_nobody_can_read_holds_up_no_other(telegram):
    ann = telegram.person("Ann")
    telegram.api.push(message={"message_id": "?", "chat": 3})
    assert (await ann.hum()).files
    assert len(telegram.adapter.errors) == 1
    telegram.adapter.errors.clear()


async def test_in_a_group_the_bot_acts_only_when_asked(telegram):
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    choir = telegram.group()
    ann, bob = ann.at(choir), bob.at(choir)
    voice = await ann.send(**ann.voice(b"hum"))
    await ann.send(text="hello all")
    await ann.send(text="/song@other_bot", reply_to=voice)
    await telegram.settle()
    assert not calls(telegram, "sendMessage")
    seen = await bob.says("/song", reply_to=voice)
    assert seen.files == ["picture", "sound", "midi"]
    assert "tune by Ann" in seen.text, "the one who hummed is named"
    sound = next(m for m in bob.screen() if "audio" in m)
    assert "Send me a voice note" in (await ann.says("/song", reply_to=sound)).text, "a band is no hum"
    assert sound["reply_to_message"]["text"] == "/song", "answered where it was asked"
    seen = await ann.press(next(label for label in seen.buttons if label in ("Folk", "Jazz")), sound)
    assert "A new take on a tune by Bob" in seen.text
    for label in ("Rename", "Delete", "Share"):
        assert "isn't here for you" in (await ann.press(label, sound)).text
    assert "What shall" not in (await bob.press("Rename", sound)).text


async def test_private_things_stay_out_of_groups(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    there = ann.at(telegram.group())
    seen = await there.command("history")
    assert "in private" in seen.text and "Tune" not in seen.text
    assert there.message_with("Open our chat")["reply_markup"]["inline_keyboard"][0][0]["url"].startswith("https://t.me/")
    assert "in private" in (await there.command("export")).text


async def test_a_group_can_switch_the_bot_off(telegram):
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    choir = telegram.group()
    ann, bob = ann.at(choir), bob.at(choir)
    telegram.api.members[(choir, ann.id)] = "creator"
    assert "Only those who run" in (await bob.command("off")).text
    assert "quiet here" in (await ann.command("off")).text
    voice = await bob.send(**bob.voice(b"hum"))
    assert (await bob.says("/song", reply_to=voice)).lines() == []
    assert "I'm back" in (await ann.command("on")).text
    seen = await ann.command("settings")
    assert "This group's settings" in seen.text
    assert "Only those who run" in (await bob.press("Silence me")).text
    await ann.press("Genre")
    await ann.press("Blues")
    await ann.press("Answers")
    assert "Answers: as plain messages" in (await ann.press("as plain messages")).text
    seen = await bob.says("/song", reply_to=voice)
    assert "Blues" in seen.text
    assert "reply_to_message" not in next(m for m in reversed(bob.screen()) if "audio" in m)


async def test_a_person_may_want_no_replies(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    assert all("reply_to_message" in m for m in ann.screen() if "audio" in m)
    await ann.command("settings")
    seen = await ann.press("Answers")
    assert "in a thread" not in seen.buttons, "Telegram has none to open"
    await ann.press("as plain messages")
    await ann.hum()
    assert "reply_to_message" not in next(m for m in reversed(ann.screen()) if "audio" in m)


async def test_a_group_that_grows_up_keeps_its_songs(telegram):
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    old, new = telegram.group(chat_id=-5), telegram.group(chat_id=-100777)
    voice = await ann.at(old).send(**ann.voice(b"hum"))
    await ann.at(old).says("/song", reply_to=voice)
    song = ann.at(old).message_with("Another take")
    telegram.api.push(message={"message_id": 99, "date": 1, "chat": telegram.api.chats[old], "from": ann.user,
                               "migrate_to_chat_id": new})
    await telegram.settle()
    there = telegram.api.store(new, song["from"], **{k: v for k, v in song.items() if k in ("audio", "reply_markup")})
    assert "tune by Ann" in (await bob.at(new).press("Another take", there)).text


async def test_inline_mode_lists_ones_own_songs_and_leads_others_to_them(telegram):
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    assert await ann.inline() == []
    await ann.hum()
    await ann.command("title", number=1, name="Sunday")
    await ann.command("play", number=1)
    result, = await ann.inline("sun")
    assert await ann.inline("monday") == [] and await bob.inline() == []
    assert telegram.api.files[result["audio_file_id"]]["kind"] == "audio"
    link = result["reply_markup"]["inline_keyboard"][0][0]["url"]
    seen = await bob.open_link(link)
    assert "Ann shared “Sunday” with you" in seen.text and seen.files == ["sound"]


async def test_a_forum_topic_is_kept(telegram):
    ann = telegram.person("Ann")
    there = ann.at(telegram.group())
    voice = await there.send(**there.voice(b"hum"), message_thread_id=7, is_topic_message=True)
    await there.says_in_topic("/song", voice, 7)
    assert all(fields["message_thread_id"] == 7 for fields in calls(telegram, "sendAudio"))


async def test_menus_are_set_once_and_again_only_when_changed(telegram, make_service):
    sets = len(telegram.api.menus)
    assert {m.get("language_code") for m in telegram.api.menus} == {None, "es"}
    scopes = {m["scope"]["type"]: [c["command"] for c in m["commands"]] for m in telegram.api.menus if "scope" in m}
    assert "history" in scopes["all_private_chats"] and "history" not in scopes["all_group_chats"]
    assert "off" in scopes["all_group_chats"] and "stats" not in str(scopes)
    await telegram.service.stop(0)
    await telegram.start_service()
    assert len(telegram.api.menus) == sets


async def test_hosts_have_their_commands_and_nobody_else(make_service):
    async with TelegramStage(lambda **s: make_service(admin_ids="telegram:7000", **s)) as stage:
        host, bob = stage.person("Host"), stage.person("Bob")
        await bob.hum()
        assert "songs 1" in (await host.command("stats")).text
        assert "no such trick" in (await bob.command("stats")).text
        assert "kept out" in (await host.command("block", person=f"telegram:{bob.id}")).text
        assert (await bob.hum()).lines() == []
        assert "may come in" in (await host.command("unblock", person=bob.id)).text
        assert (await bob.hum()).files
        assert "know nobody" in (await host.command("block", person="telegram:5")).text


async def test_by_webhook(make_service):
    stage = TelegramStage(lambda **s: make_service(webhook_url="https://hum.example", **s))
    async with stage:
        health = Health(stage.service)
        await health.start("127.0.0.1", 0, stage.adapter.routes())
        url = f"http://127.0.0.1:{health.port}{WEBHOOK_PATH}"
        assert stage.api.webhook["url"] == f"https://hum.example{WEBHOOK_PATH}"
        secret = stage.api.webhook["secret_token"]
        ann = stage.person("Ann")
        await ann.send(**ann.voice(b"hum"))
        update = stage.api.updates.pop()
        async with aiohttp.ClientSession() as client:
            async def post(headers, body=update):
                async with client.post(url, json=body, headers=headers) as answer:
                    return answer.status

            assert await post({}) == 403
            assert await post({SECRET_HEADER: secret[:-1] + "x"}) == 403
            assert await post({SECRET_HEADER: secret}, {"no": "id"}) == 400
            assert stage.service.store.db["jobs"].count == 0
            assert [await post({SECRET_HEADER: secret}) for _ in range(2)] == [200, 200]
            await settled(stage.service, lambda: not stage.adapter._tasks)
            assert stage.service.store.db["jobs"].count == 1
            assert any("audio" in m for m in ann.screen())
            async with client.get(f"http://127.0.0.1:{health.port}/health") as answer:
                state = await answer.json()
            assert state["last_seen_s"] == {"telegram": 0.0} and state["queued"] == 0
            async with client.get(f"http://127.0.0.1:{health.port}/metrics") as answer:
                metrics = await answer.text()
            assert 'humband_jobs_finished{state="done"} 1.0' in metrics and "humband_event_loop_lag" in metrics
        await health.stop()


async def test_long_titles_fit_a_caption(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    await ann.command("title", number=1, name="la " * 900)
    seen = await ann.command("play", number=1)
    assert seen.files == ["sound"]
    assert all(len(m.get("caption", "")) <= MessageLimit.CAPTION_LENGTH for m in ann.screen())


@pytest.mark.parametrize("text", ["/start", "hello", "/help", "/nonsense", "/privacy", "/language", "/cancel", "/song"])
async def test_plain_commands_are_answered(telegram, text):
    seen = await telegram.person("Ann").says(text)
    assert len(seen.texts) == 1 and len(seen.text) > 20


async def test_what_the_chat_does_not_give_out_is_told_and_can_be_tried_again(telegram):
    ann = telegram.person("Ann")
    content = ann.voice(b"hum")
    file = telegram.api.files.pop(content["voice"]["file_id"])
    seen = await ann.step(ann.send(**content))
    assert "could not get your recording" in seen.text
    telegram.api.files[content["voice"]["file_id"]] = file
    assert "sound" in (await ann.press("Try again")).files


async def test_a_day_has_an_end(make_service):
    async with TelegramStage(lambda **s: make_service(songs_per_day=1, **s)) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        assert "plenty" in (await ann.hum()).text


async def test_a_song_deleted_while_its_next_take_waits(make_service):
    async with TelegramStage(lambda **s: make_service(workers=1, **s)) as stage:
        ann = stage.person("Ann")
        await ann.hum()
        song = ann.message_with("Another take")
        store = stage.service.store
        await ann.send(**ann.voice(b"slow2"))
        while store.db["jobs"].count < 2:
            await asyncio.sleep(0.01)
        await ann.press_data(ann.button(song, "Another take")["callback_data"], song)
        while store.db["jobs"].count < 3:
            await asyncio.sleep(0.01)
        store.songs.delete(store.songs.by_number(store.people.by_key(f"telegram:{ann.id}"), 1))
        await stage.settle()
        assert any("deleted meanwhile" in ann.text_of(m) for m in ann.screen())
