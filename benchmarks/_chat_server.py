"""``humband serve`` with other workers: the tests' quick band, or the real one kept to songs of ten seconds."""

import os
import sys
from multiprocessing.connection import Connection
from typing import Any

from bot import jobs, serve, work
from tests.bot.double import double_main

SHORT_S = 10.0
real_main, real_do = jobs.worker_main, work.do


def short_main(pipe: Connection, warm: bool) -> None:
    """A real worker for whom every song is short: for many songs in little time."""
    work.do = short_do
    real_main(pipe, warm)


def short_do(kind: str, payload: work.Payload, sound: bytes, progress: Any) -> work.Outcome:
    if "wish" in payload:
        payload = {**payload, "wish": {**payload["wish"], "length_s": SHORT_S}}
    return real_do(kind, payload, sound, progress)


if __name__ == "__main__":
    from benchmarks._chat_server import short_main  # by its own name, so that the workers find it

    jobs.worker_main = {"quick": double_main, "short": short_main}[os.environ["HUMBAND_BENCHMARK_BAND"]]
    sys.exit(serve.serve())
