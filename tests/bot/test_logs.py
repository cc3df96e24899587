import logging

import structlog

from bot.logs import redact, set_up_logs
from tests.e2e.telegram_api import TOKEN


def test_tokens_are_blotted_out_wherever_they_stand(capsys):
    discord_token = ".".join(["MTEyMzQ1Njc4OTAxMjM0NTY3", "Gabcde", "x" * 38])
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        for style in ("console", "json"):
            set_up_logs(style)
            structlog.get_logger("bot").info("polling", url=f"https://api.telegram.org/bot{TOKEN}/getUpdates", job=3)
            logging.getLogger("discord").warning("token %s", discord_token)
            logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/bot%s/getMe", TOKEN)
            try:
                raise ValueError(f"https://api.telegram.org/bot{TOKEN}/x")
            except ValueError:
                structlog.get_logger("bot").exception("failed")
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        structlog.reset_defaults()
    written = capsys.readouterr().err
    assert TOKEN not in written and TOKEN.split(":")[1] not in written and discord_token not in written
    assert "getMe" not in written, "httpx does not speak at INFO"
    assert written.count("polling") == 2 and "ValueError" in written and "[token]" in written


def test_interaction_webhooks_are_blotted_out():
    assert "aW50ZXJhY3Rpb24" not in redact("https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb24uabc")


def test_plain_words_stay():
    line = "job 12 done in 3.4 s: https://example.org/a/b?c=1"
    assert redact(line) == line
