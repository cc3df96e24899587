"""The words users read: a TOML file for each language, and ``console`` for the command line."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "es")


class Texts:
    """The sentences of one language; call it with a sentence's name and what it leaves open."""

    def __init__(self, language: str, table: Mapping[str, str]) -> None:
        self.language = language
        self._table = table

    def __call__(self, name: str, /, **values: object) -> str:
        """The sentence. Raises KeyError for one that does not exist."""
        return self._table[name].format(**values) if values else self._table[name]

    def __contains__(self, name: str) -> bool:
        return name in self._table

    @property
    def names(self) -> frozenset[str]:
        """All sentences there are."""
        return frozenset(self._table)


@cache
def texts(language: str) -> Texts:
    """A language's texts. Raises KeyError."""
    if language not in LANGUAGES:
        raise KeyError(language)
    path = Path(__file__).with_name(f"{language}.toml")
    return Texts(language, _flat(tomllib.loads(path.read_text(encoding="utf-8"))))


def choose_language(*wanted: str | None) -> str:
    """The first wish we can fulfil (``es-MX`` counts as ``es``), else English."""
    for language in wanted:
        code = (language or "").lower().replace("_", "-").split("-")[0]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = str(value).rstrip("\n")
    return flat
