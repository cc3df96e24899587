"""``kill -9`` of the service at random moments, on both platforms: nothing is lost, and nothing comes twice.

One exception, on Telegram: a reply cut off in the very act of sending may come once more.
"""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.discord_api import DiscordApi
from tests.e2e.telegram_api import TOKEN, TelegramApi
from tests.e2e.telegram_stage import TelegramPerson

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
SERVER = """
import asyncio, sys
from pathlib import Path
import discord, yarl
from bot.adapters.discord import DiscordAdapter
from bot.adapters.telegram import TelegramAdapter
from bot.jobs import Pool
from bot.service import Service
from bot.settings import Settings
from tests.bot.double import double_main

async def main():
    platform, url, folder, token = sys.argv[1:]
    discord.http.Route.BASE = url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url.replace("http", "ws") + "/gateway")
    settings = Settings(_env_file=None, data_dir=Path(folder), workers=2, telegram_base_url=url + "/bot",
                        telegram_file_url=url + "/file/bot")
    service = Service(settings, pool=Pool(2, limit_s=20, target=double_main))
    make = {"telegram": TelegramAdapter, "discord": DiscordAdapter}[platform]
    service.add(lambda s: make(s, token))
    await service.start()
    await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""


class Victim:
    """The service as a process that is killed again and again."""

    def __init__(self, platform, url, folder):
        self._script, self._folder = folder / "server.py", folder
        self._script.write_text(SERVER)
        self._args = [platform, url, str(folder / "data"), TOKEN]
        self.kills = 0
        self.launch()

    def launch(self):
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        self.process = subprocess.Popen([sys.executable, self._script, *self._args], env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.kill()
        self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def rows(self, sql):
        """What stands in its database, read from outside."""
        path = self._folder / "data" / "humband.sqlite3"
        if not path.exists():
            return []
        db = sqlite3.connect(path)
        try:
            return db.execute(sql).fetchall()
        except sqlite3.OperationalError:  # not made yet
            return []
        finally:
            db.close()

    def done(self):
        """Jobs done, and as many songs, each noted once."""
        jobs, causes = self.rows("SELECT count(*), count(DISTINCT cause) FROM jobs WHERE state = 'done'")[0]
        assert jobs == causes
        assert self.rows("SELECT count(*) FROM songs") == [(jobs,)]
        assert self.rows("SELECT count(*) FROM outbox WHERE state != 'sent'") == [(0,)]
        return jobs


async def until(true, limit_s=120.0):
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.1)


async def test_on_telegram(tmp_path):
    api = TelegramApi()
    await api.start()
    dice = random.Random(5)
    stage = type("Stage", (), {"api": api})()
    people = [TelegramPerson(stage, f"P{i}") for i in range(10)]
    with Victim("telegram", api.url, tmp_path) as service:

        def songs_of(person):
            return sum("audio" in message for message in person.screen())

        for i, person in enumerate(people):
            await person.send(**person.voice(f"slow{dice.uniform(0.1, 0.6):.2f}".encode()))
            if i % 2 or service.kills < 6:
                await asyncio.sleep(dice.uniform(0.2, 3.0))
                service.kill()
                service.launch()
        await until(lambda: all(songs_of(p) for p in people))
        await asyncio.sleep(3)
        service.kill()
        await api.stop()
        counts = [songs_of(person) for person in people]
        print("kills:", service.kills, "songs:", counts)
        assert min(counts) == 1, counts
        assert sum(counts) < len(people) + service.kills and counts.count(1) > len(people) - service.kills
        assert service.done() == 10
        assert not api.unknown


async def test_on_discord(tmp_path):
    """Discord does not repeat a message to a bot that was away: who sees no answer hums again, as people do."""
    api = DiscordApi()
    await api.start()
    dice = random.Random(2)
    with Victim("discord", api.url, tmp_path) as service:
        in_the_act = set()

        def songs(channel):
            return [m for m in api.channels.get(str(channel), ()) if any(a["filename"].endswith(".mp3")
                                                                          for a in m["attachments"])]

        def accepted():
            return {cause for cause, in service.rows("SELECT cause FROM jobs")}

        def kill_in_the_act(message):
            if message["attachments"] and len(in_the_act) < 3 and message["channel_id"] not in in_the_act:
                in_the_act.add(message["channel_id"])
                os.kill(service.process.pid, signal.SIGKILL)

        async def nurse():
            while True:
                if service.process.poll() is not None:
                    service.launch()
                await asyncio.sleep(0.05)

        nursed = asyncio.create_task(nurse())
        api.before_answer = kill_in_the_act
        channels = range(1, 11)
        for channel in channels:
            person = {"id": str(100 + channel), "username": f"P{channel}", "discriminator": "0", "avatar": None}
            hummed = set()
            while not accepted() & hummed:
                await until(lambda: api.sessions)
                message = api.write(channel, person, sound=f"slow{dice.uniform(0.1, 0.6):.2f}".encode())
                hummed.add(f"discord:m{message['id']}")
                await asyncio.sleep(dice.uniform(0.05, 2.0))
                if dice.random() < 0.5:
                    service.kill()
        await until(lambda: all(songs(c) for c in channels))
        await until(lambda: not service.rows("SELECT 1 FROM jobs WHERE state IN ('queued', 'running')"))
        await asyncio.sleep(3)
        nursed.cancel()
        service.kill()
        await api.stop()
        counts = [len(songs(channel)) for channel in channels]
        print("kills:", service.kills, "in the act of sending:", len(in_the_act), "songs:", counts)
        assert len(in_the_act) == 3
        assert min(counts) >= 1
        assert sum(counts) == service.done(), "one for each hum that was accepted, and none twice"
        assert not api.unknown
