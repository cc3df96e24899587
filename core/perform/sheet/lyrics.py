"""Words under notes: one syllable a note."""

import re
from collections.abc import Sequence
from itertools import pairwise

from core.perform.sheet.score import Syllabic

_VOWELS = "aeiouyáéíóúäöüàèìòùâêîôûãõåæøœ"
_ONE_SOUND = {"ch", "sh", "th", "ph"}
HELD = "_"  # a note that goes on with the syllable before


def syllables_of(text: str, notes: int) -> list[tuple[str, Syllabic]]:
    """(syllable, its place in its word) for each of ``notes`` notes, as far as the words last.

    Hyphens part syllables ("hal-le-lu-jah"), ``_`` holds one over a further note. Words without any hyphen are
    parted before a vowel's consonant, the longest first, only as long as there are more notes than syllables.
    """
    words = [[part for part in re.split(r"[-‐‑]+", word) if part] for word in text.split()]
    words = [word for word in words if word]
    if not any(len(word) > 1 for word in words):
        words = _parted([word[0] for word in words], notes)
    out: list[tuple[str, Syllabic]] = []
    for word in words:
        for index, part in enumerate(word):
            if part == HELD:
                out.append(("", "single"))
            elif len(word) == 1:
                out.append((part, "single"))
            else:
                out.append((part, "begin" if index == 0 else "end" if index == len(word) - 1 else "middle"))
    return out[:notes]


def _parted(words: Sequence[str], notes: int) -> list[list[str]]:
    parted = [[word] for word in words]
    spare = notes - len(words)
    for index in sorted(range(len(words)), key=lambda i: (-len(split_word(words[i])), i)):
        parts = split_word(words[index])
        if 1 < len(parts) <= spare + 1:
            parted[index] = parts
            spare -= len(parts) - 1
    return parted


def split_word(word: str) -> list[str]:
    """A word in rough syllables, each with a vowel: ``butterfly`` -> but, ter, fly. A final silent e makes none."""
    vowels = [(found.start(), found.end()) for found in re.finditer(f"[{_VOWELS}]+", word.lower())]
    if len(vowels) > 1 and re.search(r"[^aeiouyl]e\W*$", word.lower()):
        vowels.pop()
    cuts = [end + (start - end > 1 and word[end:end + 2].lower() not in _ONE_SOUND)
            for (_, end), (start, _) in pairwise(vowels)]
    return [part for part in (word[a:b] for a, b in zip([0, *cuts], [*cuts, len(word)], strict=True)) if part]
