"""Many people at once, and many songs in a row, against one running service.

    python -m benchmarks chat [--people 40] [--songs 300] [--voice HUM] [--workers N] [--band real|short|quick]

Starts ``humband serve`` as a host would, with Telegram's API played by the tests' own server on loopback.
First ``--people`` send a hum within one second: each must get exactly one song, in the order they came; the
event loop's lag meanwhile is the service's own measurement (``/metrics``), and so is the part of it that is its own
doing: on a machine busy with other things a timer is late because its process waits for a processor. Then songs go
on, each with a new genre, until ``--songs`` were made; memory of the service and of each worker is read from /proc.

``--band short`` keeps the real band to ten seconds a song, for many songs in little time; ``--band quick`` is the
tests' workers, that make a song in a millisecond, and measures the service alone (there the chat's rate limit, not
the line, decides whose song comes first).
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
from typing import IO, Any
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent
GENRES = ("jazz", "rock", "funk", "folk", "latin", "pop")
LIMIT_MS = 100
LAG, OWN_LAG = "humband_event_loop_lag_seconds", "humband_event_loop_own_lag_seconds"
SMALL_MB = 40
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
    parser.add_argument("--band", choices=("real", "short", "quick"), default="real")
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
        from tests.e2e.telegram_api import TelegramApi
        from tests.e2e.telegram_stage import TelegramPerson

        api = TelegramApi()
        await api.start()
        log = (self.folder / "serve.log").open("w")
        server = serve(api.url, self.folder, self.port, self.args.workers, log, self.args.band)
        try:
            stage = type("Stage", (), {"api": api})()
            people = [TelegramPerson(stage, f"P{i}") for i in range(self.args.people)]
            voice = self.args.voice.read_bytes()
            warm = TelegramPerson(stage, "Warm")
            await self.songs(warm, 1, warm.send(**warm.voice(voice)))
            ok = await self.crowd(people, voice, server.pid)
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

    async def crowd(self, people, voice: bytes, pid: int) -> bool:
        lag_before, own_before, cpu_before = self.lag(), self.lag(OWN_LAG), cpu_s(pid)
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
        total, cpu = max(done) - began, cpu_s(pid) - cpu_before
        await asyncio.sleep(3)
        counts = [sum("audio" in m for m in person.screen()) for person in people]
        ranks = sorted(range(len(people)), key=lambda i: done[i])
        displaced = max(abs(place - i) for place, i in enumerate(ranks))
        worst, share = self.lag_since(lag_before)
        own_worst, own_share = self.lag_since(own_before, OWN_LAG)
        print(f"{len(people)} people within a second, {self.args.workers} workers: all answered after {total:.1f} s "
              f"({total / len(people):.2f} s a song)")
        print(f"  acknowledged after {statistics.median(acknowledged):.2f} s (median), "
              f"{max(acknowledged):.2f} s (last)")
        print(f"  songs each: min {min(counts)}, max {max(counts)}; out of order by at most {displaced} places")
        print(f"  event loop: {share:.2%} of timers under {LIMIT_MS} ms late (p99 {'<' if share >= .99 else '>'} "
              f"{LIMIT_MS} ms), 99 % within {worst * 1000:.0f} ms")
        print(f"  its own doing of it: {own_share:.2%} under {LIMIT_MS} ms, 99 % within {own_worst * 1000:.0f} ms")
        print(f"  the service's own processor time: {cpu:.1f} s, {1000 * cpu / len(people):.0f} ms a person")
        beside = control.communicate("")[0].strip()
        print(f"  an idle process beside it, on the same machine: {beside}")
        fair = displaced <= 2 * self.args.workers or self.args.band == "quick"
        return set(counts) == {1} and fair and max(share, own_share) >= 0.99

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
            each = " + ".join(f"{worker:.0f}" for worker in workers)
            print(f"  after {count:4d} songs: service {service:.0f} MB, workers {each} MB")
        (_, first, first_workers), (_, last, last_workers) = rows[min(1, len(rows) - 1)], rows[-1]
        grown = sum(last_workers) - sum(first_workers)
        print(f"  growth since the first fifty: service {last - first:+.0f} MB, workers {grown:+.0f} MB")
        return last < first * 1.25 + 20 and grown < 0.25 * sum(first_workers) + 20

    # -- the service's own measurements

    def lag(self, name: str = LAG) -> dict[float, float]:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        found = re.findall(name + r'_bucket\{le="([^"]+)"\} (\S+)', text)
        return {float(bound): float(count) for bound, count in found}

    def lag_since(self, before: dict[float, float], name: str = LAG) -> tuple[float, float]:
        """(bound in seconds that 99 % stayed within, share below LIMIT_MS)."""
        counts = {bound: count - before[bound] for bound, count in self.lag(name).items()}
        total = counts[max(counts)] or 1
        within = next(bound for bound in sorted(counts) if counts[bound] >= 0.99 * total)
        return within, counts[LIMIT_MS / 1000] / total


def serve(url: str, folder: Path, port: int, workers: int, log: IO[str], band: str = "real") -> subprocess.Popen[bytes]:
    """``humband serve`` in a process of its own, talking to a Telegram API at ``url``."""
    from tests.e2e.telegram_api import TOKEN

    environment = os.environ | {
        "TELEGRAM_TOKEN": TOKEN, "DISCORD_TOKEN": "", "TELEGRAM_BASE_URL": f"{url}/bot",
        "TELEGRAM_FILE_URL": f"{url}/file/bot", "DATA_DIR": str(folder / "data"), "LOG_LEVEL": "WARNING",
        "HTTP_PORT": str(port), "WORKERS": str(workers), "PYTHONPATH": str(ROOT),
        "SONGS_PER_DAY": "100000", "OMP_NUM_THREADS": "1", "HUMBAND_BENCHMARK_BAND": band}
    module = ["bot.cli", "serve"] if band == "real" else ["benchmarks._chat_server"]
    return subprocess.Popen([sys.executable, "-m", *module], env=environment, cwd=folder, stdout=log, stderr=log)


def family(pid: int) -> list[int]:
    """A process and everything below it that lives, itself first."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def memory_mb(pid: int) -> tuple[float, list[float]]:
    """Resident memory (proportional, so that shared pages count once) of the service and of each of its children,
    the largest first; those below SMALL_MB (the fork server, the resource tracker) are left out."""
    children = sorted((_pss(child) for child in family(pid)[1:]), reverse=True)
    return _pss(pid), [size for size in children if size >= SMALL_MB]


def cpu_s(pid: int) -> float:
    """Processor seconds a process has used, its children not counted."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> float:
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0
