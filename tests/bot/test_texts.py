import ast
import re
import string
from pathlib import Path

import pytest

import bot
from bot.dialogue.tables import COMMANDS
from bot.texts import LANGUAGES, choose_language, texts
from core.music import FEELS, GENRES
from core.theory import MODES

BOT = Path(bot.__file__).parent
SPEAKING = sorted([*(BOT / "dialogue").glob("*.py"), *(BOT / "adapters").glob("*.py"), BOT / "line.py"])


def holes(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_no_language_misses_a_sentence_or_leaves_open_what_another_fills():
    english = texts("en")
    for language in LANGUAGES[1:]:
        other = texts(language)
        assert other.names == english.names
        for name in english.names:
            assert holes(other._table[name]) == holes(english._table[name]), (language, name)


def test_languages_differ():
    english, spanish = texts("en"), texts("es")
    same = [n for n in english.names if english(n) == spanish(n) and re.search(r"[a-z]{4} [a-z]{3}", english(n))]
    assert same == []


def test_every_sentence_is_said_somewhere():
    source = "\n".join(path.read_text() for path in BOT.rglob("*.py"))
    said = set(re.findall(r"""["']([a-z_]+(?:\.[a-z0-9_]+)*)["']""", source))
    families = {match.split("{")[0] for match in re.findall(r'f"([a-z_]+\.[^"]*)"', source)}
    families |= {"option.", "error.", "warning.", "stage.", "button."}
    unsaid = [n for n in texts("en").names if n not in said and not any(n.startswith(f) for f in families if f)]
    assert unsaid == []


def test_everything_said_exists():
    source = "\n".join(path.read_text() for path in BOT.rglob("*.py"))
    said = set(re.findall(r"""\b(?:say|_say\(job\))\(\s*"([a-z_.]+)\"""", source))
    assert len(said) > 60 and said <= texts("en").names, said - texts("en").names


def test_everything_with_a_name_has_a_text():
    say = texts("en")
    for name, command in COMMANDS.items():
        assert f"command.{name}" in say
        assert len(say(f"command.{name}")) <= 100, "Discord's limit"
        for option in command.argument.split():
            assert f"option.{option}" in say
    for genre in GENRES:
        assert f"genre.{genre}" in say
    for feel in FEELS:
        assert f"feel.{feel}" in say
    for mode in MODES:
        assert f"mode.{mode}" in say


def test_every_error_a_person_can_cause_has_a_sentence():
    from core import errors

    say = texts("en")
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.HumbandError):
            assert f"error.{error.code}" in say


def words_outside_docstrings(tree):
    documented = {id(node.body[0].value) for node in ast.walk(tree)
                  if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                  and node.body and isinstance(node.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented \
                and re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", node.value):
            yield node.value


# Words in code that no person ever reads: logs, and what Telegram's errors say.
NOT_FOR_PEOPLE = {"chat not found", "Please use 'Bot.getUpdates'", "the service did not survive it"}


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: path.name)
def test_no_text_lives_outside_the_tables(path):
    found = set(words_outside_docstrings(ast.parse(path.read_text()))) - NOT_FOR_PEOPLE
    assert not found


@pytest.mark.parametrize(("wanted", "chosen"), [
    (("es",), "es"), (("es-MX",), "es"), (("pt_BR", "es"), "es"), ((None, "", "de"), "en"), ((), "en")])
def test_the_language_is_the_first_we_speak(wanted, chosen):
    assert choose_language(*wanted) == chosen


def test_help_and_captions_fit():
    for language in LANGUAGES:
        say = texts(language)
        assert len(say("bot.short")) <= 120 and len(say("bot.description")) <= 512 and len(say("bot.name")) <= 64
        longest = "\n".join(say("help.line", command=name, what=say(f"command.{name}")) for name in COMMANDS)
        assert len(longest) < 1900, "Discord takes 2000"
        toasts = [say._table[n] for n in say.names if n in ("error.not_yours", "group.admins_only", "cancel.too_late")]
        assert all(len(text) <= 200 for text in toasts)
