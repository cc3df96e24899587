"""Many people at once, and many songs in a row, against one running service.

    python -m benchmarks chat [--people 40] [--songs 300] [--voice examples/hum.ogg] [--workers N] [--quick-band]

Starts ``humband serve`` as a host would, with Telegram's API played by the tests' own server on loopback.
First ``--people`` send a hum within one second: each must get exactly one song, in the order they came; the
event loop's lag meanwhile is the service's own measurement (``/metrics``). Then songs go on, each with a new
genre, until ``--songs`` were made; memory of the service and its workers is read from /proc.
"""

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent
GENRES = ("jazz", "rock", "funk", "folk", "latin", "pop")
LIMIT_MS = 100
CONTROL = f"""
import select, sys, time
late = []
while not select.select([sys.stdin], [], [], 0)[0]:
    began = time.monotonic()
    time.sleep(0.25)
    late.append(time.monotonic() - began - 0.25)
late.sort()
share = sum(x < {LIMIT_MS / 1000} for x in late) / len(late)
print(f"{{share:.2%}} of timers under {LIMIT_MS} ms late, 99 % within {{late[int(len(late) * .99)] * 1000:.0f}} ms")
"""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks chat", description=__doc__)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--songs", type=int, default=300)
    parser.add_argument("--voice", type=Path, default=ROOT / "examples" / "hum.ogg")
    parser.add_argument("--workers", type=int, default=max(1, min(4, os.cpu_count() or 1)))
    parser.add_argument("--quick-band", action="store_true",
                        help="the tests' workers, that make a song in a millisecond: measures the service alone")
    args = parser.parse_args(argv)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a long run is watched
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(Run(args, Path(folder)).all())


class Run:
    """One service, one API, one crowd."""

    def __init__(self, args: argparse.Namespace, folder: Path) -> None:
        self.args, self.folder = args, folder
        self.port = 18_080 + os.getpid() % 1000

    async def all(self) -> int:
        from tests.e2e.telegram_api import TOKEN, TelegramApi
        from tests.e2e.telegram_stage import TelegramPerson

        api = TelegramApi()
        await api.start()
        environment = os.environ | {
            "TELEGRAM_TOKEN": TOKEN, "DISCORD_TOKEN": "", "TELEGRAM_BASE_URL": f"{api.url}/bot",
            "TELEGRAM_FILE_URL": f"{api.url}/file/bot", "DATA_DIR": str(self.folder / "data"), "LOG_LEVEL": "WARNING",
            "HTTP_PORT": str(self.port), "WORKERS": str(self.args.workers), "PYTHONPATH": str(ROOT),
            "SONGS_PER_DAY": "100000", "OMP_NUM_THREADS": "1"}
        module = ["benchmarks._chat_server"] if self.args.quick_band else ["bot.cli", "serve"]
        log = (self.folder / "serve.log").open("w")
        server = subprocess.Popen([sys.executable, "-m", *module], env=environment, cwd=self.folder,
                                  stdout=log, stderr=log)
        try:
            stage = type("Stage", (), {"api": api})()
            people = [TelegramPerson(stage, f"P{i}") for i in range(self.args.people)]
            voice = self.args.voice.read_bytes()
            warm = TelegramPerson(stage, "Warm")
            await self.songs(warm, 1, warm.send(**warm.voice(voice)))
            ok = await self.crowd(people, voice)
            ok &= await self.long_run(people, server.pid)
        finally:
            server.terminate()
            server.wait(60)
            await api.stop()
            log.close()
        if not ok:
            print((self.folder / "serve.log").read_text()[-3000:])
        return 0 if ok else 1

    @staticmethod
    async def songs(person, count, *actions) -> None:
        """Do the actions and wait until the person has so many songs."""
        for action in actions:
            await action
        while sum("audio" in m for m in person.screen()) < count:
            await asyncio.sleep(0.05)

    async def crowd(self, people, voice: bytes) -> bool:
        lag_before = self.lag()
        control = subprocess.Popen([sys.executable, "-c", CONTROL], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True)
        began = time.monotonic()
        acknowledged: list[float] = []

        async def one(i: int, person: Any) -> float:
            await asyncio.sleep(i / len(people))
            sent = time.monotonic()
            await person.send(**person.voice(voice))
            while len(person.screen()) < 2:
                await asyncio.sleep(0.01)
            acknowledged.append(time.monotonic() - sent)
            await self.songs(person, 1)
            return time.monotonic()

        done = await asyncio.gather(*(one(i, person) for i, person in enumerate(people)))
        total = max(done) - began
        await asyncio.sleep(3)
        counts = [sum("audio" in m for m in person.screen()) for person in people]
        ranks = sorted(range(len(people)), key=lambda i: done[i])
        displaced = max(abs(place - i) for place, i in enumerate(ranks))
        worst, share = self.lag_since(lag_before)
        print(f"{len(people)} people within a second, {self.args.workers} workers: all answered after {total:.1f} s "
              f"({total / len(people):.2f} s a song)")
        print(f"  acknowledged after {statistics.median(acknowledged):.2f} s (median), "
              f"{max(acknowledged):.2f} s (last)")
        print(f"  songs each: min {min(counts)}, max {max(counts)}; out of order by at most {displaced} places")
        print(f"  event loop: {share:.2%} of timers under {LIMIT_MS} ms late (p99 {'<' if share >= .99 else '>'} "
              f"{LIMIT_MS} ms), 99 % within {worst * 1000:.0f} ms")
        beside = control.communicate("")[0].strip()
        print(f"  an idle process beside it, on the same machine: {beside}")
        return set(counts) == {1} and displaced <= 2 * self.args.workers and share >= 0.99

    async def long_run(self, people, pid: int) -> bool:
        made, rows = len(people) + 1, []
        per_round = max(2, self.args.workers)
        rows.append((made, *memory_mb(pid)))
        while made < self.args.songs:
            chosen = [people[(made + k) % len(people)] for k in range(min(per_round, len(people)))]
            genre = GENRES[made % len(GENRES)]
            await asyncio.gather(*(
                self.songs(person, sum("audio" in m for m in person.screen()) + 1, person.send(text=f"/genre {genre}"))
                for person in chosen))
            made += len(chosen)
            if made // 50 != rows[-1][0] // 50:
                rows.append((made, *memory_mb(pid)))
        rows.append((made, *memory_mb(pid)))
        for count, service, workers in rows:
            print(f"  after {count:4d} songs: service {service:.0f} MB, workers {workers:.0f} MB")
        (_, first, first_workers), (_, last, last_workers) = rows[min(1, len(rows) - 1)], rows[-1]
        print(f"  growth since the first fifty: service {last - first:+.0f} MB, "
              f"workers {last_workers - first_workers:+.0f} MB")
        return last < first * 1.25 + 20

    # -- the service's own measurements

    def lag(self) -> dict[float, float]:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        found = re.findall(r'humband_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)', text)
        return {float(bound): float(count) for bound, count in found}

    def lag_since(self, before: dict[float, float]) -> tuple[float, float]:
        """(bound in seconds that 99 % stayed within, share below LIMIT_MS)."""
        counts = {bound: count - before[bound] for bound, count in self.lag().items()}
        total = counts[max(counts)] or 1
        within = next(bound for bound in sorted(counts) if counts[bound] >= 0.99 * total)
        return within, counts[LIMIT_MS / 1000] / total


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory (proportional, so that shared pages count once) of the service and of its children."""
    tree = {pid: []}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        tree.setdefault(int(fields[1]), []).append(int(stat.parent.name))

    def below(parent: int) -> list[int]:
        return [p for child in tree.get(parent, []) for p in (child, *below(child))]

    return _pss(pid), sum(_pss(child) for child in below(pid))


def _pss(pid: int) -> float:
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
