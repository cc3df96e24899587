"""A service that is killed, or whose disk, database or font fails it, loses nothing."""

import asyncio
import json
import os
import sqlite3
import time

import pytest

from tests.e2e.telegram_stage import TelegramStage


async def test_work_goes_on_after_a_restart(telegram):
    ann = telegram.person("Ann")
    await ann.send(**ann.voice(b"slow1.5"))
    while not telegram.service.store.db["jobs"].count:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    await telegram.service.stop(0)
    await telegram.start_service()
    await telegram.settle()
    assert [m for m in ann.screen() if "audio" in m]
    rows = list(telegram.service.store.db["jobs"].rows)
    assert [(row["state"], row["tries"]) for row in rows] == [("done", 2)]
    assert not any(m.get("text") for m in ann.screen() if m["from"]["is_bot"]), "no status message is left behind"


async def test_replies_not_yet_sent_are_sent_after_a_restart_and_those_sent_are_not(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    sounds = sum("audio" in m for m in ann.screen())
    telegram.service.store.db.execute("UPDATE outbox SET state = 'ready' WHERE id = (SELECT max(id) FROM outbox)")
    before = len(ann.screen())
    await telegram.service.stop(0)
    await telegram.start_service()
    await telegram.settle()
    await asyncio.sleep(0.1)
    await telegram.settle()
    assert len(ann.screen()) == before + 1 and sum("audio" in m for m in ann.screen()) == sounds


async def test_an_update_acknowledged_but_not_worked_on_is_taken_up(telegram):
    ann = telegram.person("Ann")
    message = await ann.send(**ann.voice(b"hum"))
    update = telegram.api.updates[-1]
    await telegram.service.stop(0)  # whether it was seen by now or not:
    db = sqlite3.connect(telegram.service.settings.database)
    db.execute("DELETE FROM jobs")
    db.execute("INSERT OR REPLACE INTO updates VALUES (?, ?, 0, ?)",
               [f"telegram:{update['update_id']}", json.dumps(update), time.time()])
    db.commit()
    db.close()
    telegram.api.updates.clear()
    await telegram.start_service()
    await telegram.settle()
    assert message and telegram.service.store.db["jobs"].count == 1
    assert any("audio" in m for m in ann.screen())


async def test_a_locked_database_is_told_and_loses_nothing(telegram):
    ann = telegram.person("Ann")
    await ann.hum()
    other = sqlite3.connect(telegram.service.settings.database, isolation_level=None)
    telegram.service.store.db.execute("PRAGMA busy_timeout = 50")
    other.execute("BEGIN IMMEDIATE")
    from bot.talk import Person, Place, Request

    request = Request("telegram:x", Person("telegram", str(ann.id), "Ann"), Place("telegram", str(ann.id), True), {},
                      "history")
    reply, = telegram.service.answer(request)
    assert "notebook is locked" in reply.text
    await ann.send(**ann.voice(b"hum"))
    await asyncio.sleep(0.3)
    other.execute("ROLLBACK")
    other.close()
    await asyncio.sleep(2.5)
    await telegram.settle()
    assert telegram.service.store.db["jobs"].count == 2, "Telegram gave the update again"
    assert sum("audio" in m for m in ann.screen()) == 2


async def test_a_stage_stops_cleanly(make_service):
    async with TelegramStage(make_service) as stage:
        pids = stage.service.pool.processes()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_who_leaves_while_a_song_is_made_leaves_nothing_behind(telegram):
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    store = telegram.service.store
    await ann.send(text="/forget")
    while not any(ann.button(m, "forget me") for m in ann.screen()):
        await asyncio.sleep(0.01)
    await ann.send(**ann.voice(b"slow5"))
    while not any(row["state"] == "running" for row in store.db["jobs"].rows):
        await asyncio.sleep(0.01)
    await ann.press_only("forget me")
    await telegram.settle()
    assert [store.db[table].count for table in ("users", "songs", "jobs", "files")] == [0, 0, 0, 0]
    assert not any("audio" in m for m in ann.screen())
    assert "sound" in (await bob.hum()).files
    assert store.db["songs"].count == 1
