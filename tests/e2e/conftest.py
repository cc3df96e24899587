"""Services with real stores, real worker processes and real adapters, on fake chats."""

import pytest

from bot.jobs import Pool
from bot.service import Service
from bot.settings import Settings
from tests.bot.double import double_main
from tests.e2e.telegram_stage import TelegramStage


@pytest.fixture
def make_service(tmp_path):
    def make(**settings):
        settings = Settings(_env_file=None, data_dir=tmp_path / "data", workers=2, job_limit_s=5, **settings)
        return Service(settings, pool=Pool(settings.workers, limit_s=settings.job_limit_s, target=double_main))

    return make


@pytest.fixture
async def telegram(make_service):
    async with TelegramStage(make_service) as stage:
        yield stage
