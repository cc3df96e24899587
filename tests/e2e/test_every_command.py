"""Every command of the table is answered, on every platform, in every language, whatever stands behind it."""

import pytest
import structlog

from bot.dialogue.tables import COMMANDS
from bot.texts import LANGUAGES
from tests.e2e.stage import PLATFORMS, open_stage

both = pytest.mark.parametrize("platform", PLATFORMS)
NAMES = [name for name, command in COMMANDS.items() if command.scope != "host"]
NONSENSE = "٢ \" '; DROP TABLE 🎺"


def options_of(command, value, only_required=False):
    if only_required and not command.required:
        return {}
    chosen = command.choices[0] if command.choices else value
    return {option: (("hum.ogg", b"hum") if option == "sound" else chosen) for option in command.argument.split()}


@both
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_command_is_answered(platform, language, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        await ann.command("language", language=language)
        with structlog.testing.capture_logs() as logs:
            for name in NAMES:
                command = COMMANDS[name]
                for options in (options_of(command, "7", only_required=True), options_of(command, NONSENSE)):
                    if platform == "telegram":  # a recording is replied to there, not attached to a command
                        options = {k: v for k, v in options.items() if not isinstance(v, tuple)}
                    if name == "start":
                        options = {}
                    seen = await ann.command(name, **options)
                    assert seen.text.strip() or seen.files, (name, options)
        assert not [entry for entry in logs if entry["log_level"] == "error"]


@both
async def test_every_command_is_in_the_help(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        shown = (await ann.command("help")).text
        missing = [name for name in NAMES if f"/{name} " not in shown and name not in ("start", "off", "on")]
        assert not missing


@both
async def test_the_language_can_be_changed(platform, make_service):
    async with open_stage(platform, make_service) as stage:
        ann = stage.person("Ann")
        assert "Which language" in (await ann.command("language")).text
        assert "¡Pues en español!" in (await ann.command("language", language="Español")).text
        assert "¡Hola, " in (await ann.command("start")).text
        await ann.command("language")
        await ann.press("English")
        assert "Hello " in (await ann.command("start")).text
