"""How long a long recording takes through a chat: /transcribe and /sheet of it, and how much of the way is shown.

    python -m benchmarks chat_recording [FILE] [--minutes 4] [--workers N]

Starts ``humband serve`` as a host would, with Telegram's API played by the tests' own server on loopback, sends the
recording and answers it with each command. Without FILE the band plays one of that length. Printed are
the seconds until the answer's last file is there, the processor seconds that the service and its workers
used meanwhile, and how often the message that shows the progress changed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.chat import ROOT, cpu_s, family, serve

LIMIT_S = 40.0
WAIT_S, REST_S = 900.0, 8.0
COMMANDS = {"transcribe": 1, "sheet": 3}  # with how many files it answers


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks chat_recording", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path, nargs="?")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--workers", type=int, default=max(1, min(4, os.cpu_count() or 1)))
    args = parser.parse_args(argv)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as folder:
        recording = args.recording or played(Path(folder), 60 * args.minutes)
        return asyncio.run(ask(recording, Path(folder), args.workers))


def played(folder: Path, length_s: float) -> Path:
    """A pop song of that length from the example hum, as an MP3 that a chat takes."""
    from core.audio import write_mp3
    from core.music import Wish
    from core.perform.synth import SAMPLE_RATE
    from core.studio import compose, perform
    from core.studio.listening import listen

    song = compose(listen(ROOT / "examples" / "hum.ogg").melody, Wish("pop", length_s=min(length_s, 120.0), seed=1))
    samples = perform(song)
    count = round(length_s * SAMPLE_RATE)
    times = -(-count // len(samples))
    path = folder / "song.mp3"
    write_mp3(np.tile(samples, (times, 1))[:count], SAMPLE_RATE, path, tags={})
    return path


async def ask(recording: Path, folder: Path, workers: int) -> int:
    """Send it, ask for everything, print a line each; 0 where all came within the limit."""
    from tests.e2e.telegram_api import BOT, TelegramApi
    from tests.e2e.telegram_stage import TelegramPerson

    api = TelegramApi()
    await api.start()
    log = (folder / "serve.log").open("w")
    server = serve(api.url, folder, 18_080 + os.getpid() % 1000, workers, log)
    slow = False
    try:
        stage: Any = type("Stage", (), {"api": api})()
        person = TelegramPerson(stage, "Ann")
        await person.send(**person.voice((ROOT / "examples" / "hum.ogg").read_bytes()))
        await until(lambda: any("audio" in message for message in person.screen()))  # the service is awake
        await asyncio.sleep(REST_S)  # and has sent all that belongs to that song
        data = recording.read_bytes()
        for command, files in COMMANDS.items():
            sent = person.api.store(person.place, person.user, **person.document(data, recording.name, "audio/mpeg"))
            seen = {message["message_id"] for message in person.screen()}
            texts: set[str] = set()

            def finished(seen: set[int] = seen, texts: set[str] = texts, files: int = files) -> bool:
                new = [m for m in person.screen() if m["message_id"] not in seen and m["from"]["id"] == BOT["id"]]
                texts.update(person.text_of(m) for m in new if "text" in m)
                return sum("document" in m or "photo" in m for m in new) >= files

            before, began = used_s(server.pid), time.monotonic()
            await person.send(reply_to=sent, text=f"/{command}")
            await until(finished)
            took = time.monotonic() - began
            slow |= took > LIMIT_S
            print(f"/{command:10} of {len(data) / 1e6:.1f} MB: {took:5.1f} s, {used_s(server.pid) - before:5.1f} s of "
                  f"processor time, {len(texts)} texts shown on the way   (limit {LIMIT_S:.0f} s)")
    finally:
        server.terminate()
        server.wait(60)
        await api.stop()
        log.close()
    return int(slow)


async def until(done: Any) -> None:
    """Wait for it. Raises TimeoutError."""
    async with asyncio.timeout(WAIT_S):
        while not done():
            await asyncio.sleep(0.02)


def used_s(pid: int) -> float:
    """Processor seconds of a process and all its living children."""
    return sum(cpu_s(member) for member in family(pid))
