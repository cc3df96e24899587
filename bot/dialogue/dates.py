"""Days as people say them."""

import time
from datetime import UTC, datetime

from bot.texts import Texts


def day(say: Texts, moment: float) -> str:
    """``3 May``, with the year if it is not this one's. ``moment`` in seconds of the epoch; days are UTC's."""
    then, now = datetime.fromtimestamp(moment, UTC), datetime.fromtimestamp(time.time(), UTC)
    name = "date.day" if then.year == now.year else "date.day_of_year"
    return say(name, day=then.day, month=say(f"month.{then.month}"), year=then.year)
