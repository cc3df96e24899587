import asyncio
import json
import os

import pytest

from bot.jobs import Broken, Cancelled, Died, Pool, Refused
from core.errors import HumbandError
from tests.bot.double import double_main


@pytest.fixture
async def pool():
    pool = Pool(1, limit_s=3, target=double_main)
    pool.start()
    yield pool
    pool.stop()


def hum(pool, sound=b"hum", **more):
    return pool.submit("key", "hum", {"wish": {"seed": 1}, "title": "T"}, sound, **more)


async def test_json_and_bytes_come_back_with_progress_on_the_way(pool):
    heard = []
    result = await hum(pool, progress=lambda stage, share: heard.append((stage, share)))
    await asyncio.sleep(0)
    assert heard == [("hearing", 0.1), ("performing", 0.5)]
    assert json.loads(json.dumps(result.data))["song"]["title"] == "T"
    assert {name: type(data) for name, data in result.files.items()} == dict.fromkeys(
        ("mp3", "midi", "roll", "cover"), bytes)


@pytest.mark.parametrize(("sound", "error"), [(b"die", Died), (b"hang", Died), (b"quiet", Refused), (b"bug", Broken)])
async def test_failures_are_told_apart_and_the_next_job_goes_well(pool, sound, error):
    pid, = pool.processes()
    with pytest.raises(error):
        await hum(pool, sound)
    assert (await hum(pool)).files
    assert (pool.processes() == [pid]) is (error in (Refused, Broken)), "only the dead are replaced"


async def test_a_refusal_carries_its_code_and_details(pool):
    with pytest.raises(Refused) as refused:
        await hum(pool, b"fontless")
    assert (refused.value.code, refused.value.details) == ("not_installed", {"what": "The SoundFont"})


async def test_a_job_can_be_called_off(pool):
    task = asyncio.create_task(hum(pool, b"slow5"))
    await asyncio.sleep(0.3)
    assert pool.cancel("key") and not pool.cancel("other")
    with pytest.raises(Cancelled):
        await task
    assert (await hum(pool)).files


async def test_jobs_wait_for_a_free_worker(pool):
    tasks = [asyncio.create_task(pool.submit(str(i), "heard", {"title": "T"} | {"song": SONG}, b"slow0.1"))
             for i in range(3)]
    assert len(await asyncio.gather(*tasks)) == 3 and pool.free == 1


async def test_workers_end_when_the_service_is_gone(pool):
    pid, = pool.processes()
    await hum(pool)
    pool._workers[0].pipe.close()
    for _ in range(100):
        await asyncio.sleep(0.05)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        if pool._workers[0].process.exitcode is not None:
            break
    else:
        pytest.fail("the worker lives on")


def test_every_error_of_ours_passes_the_wire():
    for error in HumbandError.__subclasses__():
        assert error.code and isinstance(error.code, str)


SONG = {"lead_sheet": {}}
