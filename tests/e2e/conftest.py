"""Services with real stores, real worker processes and real adapters, on fake chats."""

import pytest

from bot.jobs import Pool
from bot.service import Service
from bot.settings import Settings
from tests.bot.double import double_main
from tests.e2e.discord_stage import DiscordStage
from tests.e2e.telegram_stage import TelegramStage


@pytest.fixture
def make_service(tmp_path):
    def make(*, name="data", target=double_main, **settings):
        settings = Settings(_env_file=None, **{"data_dir": tmp_path / name, "workers": 2, "job_limit_s": 5} | settings)
        return Service(settings, pool=Pool(settings.workers, limit_s=settings.job_limit_s, target=target))

    return make


@pytest.fixture
async def telegram(make_service):
    async with TelegramStage(make_service) as stage:
        yield stage


@pytest.fixture
def on_discord(make_service):
    """Entered inside the test: simcord's clock and adapters live in the test's own context."""
    return lambda: DiscordStage(make_service)
