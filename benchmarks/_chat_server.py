"""``humband serve`` with the tests' quick band in the workers: everything real but the music."""

import sys

from bot import jobs, serve
from tests.bot.double import double_main

if __name__ == "__main__":
    jobs.worker_main = double_main
    sys.exit(serve.serve())
