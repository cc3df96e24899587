"""Repeats: where a stretch of bars is played twice in a row, it is written once, with first and second endings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.perform.sheet.score import BarLine, Head, Part, Score, Symbol, Value

SHORTEST = 4  # bars that are worth a repeat sign
SHORTEST_COMMON = 3  # of them, where the endings differ
LONGEST_ENDING = 2


@dataclass(frozen=True)
class Fold:
    """Bars ``start`` to ``start + length`` come twice; of the second time only the last ``ending`` bars differ."""

    start: int
    length: int
    ending: int

    @property
    def saved(self) -> int:
        """Bars that need not be written."""
        return self.length - self.ending


def fold_repeats(score: Score) -> Score:
    """The score with its repeats written as such. Nothing is folded that does not sound exactly the same."""
    content = [_content(score, index) for index in range(len(score.bars))]
    at = 1 if score.bars[0].shortfall else 0
    folds = []
    while at < len(content):
        fold = _best_fold(score, content, at)
        if fold is None:
            at += 1
            continue
        folds.append(fold)
        at = fold.start + 2 * fold.length
    return _folded(score, folds) if folds else score


def _content(score: Score, index: int) -> tuple[object, ...]:
    """All that sounds in a bar, with the chord that holds at its start."""
    parts = []
    for part in score.parts:
        voices = tuple(_bare(voice) for staff in part.staves for voice in staff.bars[index])
        parts.append((voices, _symbols(part, index)))
    return (score.bars[index].meter, score.bars[index].key, *parts)


def _bare(voice: Sequence[Value]) -> tuple[Value, ...]:
    """A voice without the accidentals, which depend on the bar before."""
    return tuple(replace(value, heads=tuple(replace(head, accidental=None) for head in value.heads)) for value in voice)


def _symbols(part: Part, index: int) -> tuple[Symbol, ...]:
    """A bar's chord symbols, the one that goes on from before among them."""
    if not part.symbols:
        return ()
    own = part.symbols[index]
    if own and own[0].onset == 0:
        return own
    before = next((symbols[-1] for symbols in reversed(part.symbols[:index]) if symbols), None)
    return (Symbol(0, before.text), *own) if before else own


def _best_fold(score: Score, content: Sequence[object], start: int) -> Fold | None:
    """The fold from this bar on that saves most bars."""
    best: Fold | None = None
    for length in range(SHORTEST, (len(content) - start) // 2 + 1):
        for ending in range(LONGEST_ENDING + 1):
            common = length - ending
            if common < (SHORTEST_COMMON if ending else SHORTEST) or content[start:start + common] != content[
                    start + length:start + length + common]:
                continue
            fold = Fold(start, length, ending)
            if (best is None or fold.saved > best.saved) and _seams_hold(score, fold):
                best = fold
            break  # a longer ending saves less
    return best


def _seams_hold(score: Score, fold: Fold) -> bool:
    """Whether no tie crosses where the reader jumps, and the stretch holds more than rests."""
    common = fold.start + fold.length - fold.ending
    seams = {fold.start, fold.start + fold.length, fold.start + 2 * fold.length}
    if fold.ending:
        seams |= {common, common + fold.length}
    tied = any(_starts_tied(score, index) for index in seams if index < len(score.bars))
    return not tied and any(_heads(score, index) for index in range(fold.start, common))


def _heads(score: Score, index: int) -> list[Head]:
    return [head for part in score.parts for staff in part.staves for voice in staff.bars[index]
            for value in voice for head in value.heads]


def _starts_tied(score: Score, index: int) -> bool:
    return any(head.tie_to for part in score.parts for staff in part.staves for voice in staff.bars[index]
               for value in voice if value.onset == 0 for head in value.heads)


def _folded(score: Score, folds: Sequence[Fold]) -> Score:
    dropped = {index for fold in folds for index in range(fold.start + fold.length,
                                                          fold.start + 2 * fold.length - fold.ending)}
    kept = [index for index in range(len(score.bars)) if index not in dropped]
    marks: dict[int, dict[str, object]] = {}
    for fold in folds:
        last = fold.start + fold.length - 1
        marks.setdefault(fold.start, {})["repeat_from"] = True
        marks.setdefault(last, {})["repeat_to"] = True
        for back in range(fold.ending):
            marks.setdefault(last - back, {})["ending"] = 1
            marks.setdefault(last + fold.length - back, {})["ending"] = 2
    first = score.bars[0].number
    bars = tuple(_marked(score.bars[index], first + place, marks.get(index, {})) for place, index in enumerate(kept))
    named = {fold.start for fold in folds} | {fold.start + 2 * fold.length - fold.ending for fold in folds}
    return replace(score, bars=bars, parts=tuple(_kept(part, kept, named) for part in score.parts))


def _marked(bar: BarLine, number: int, marks: dict[str, object]) -> BarLine:
    return replace(bar, number=number, **marks)  # type: ignore[arg-type]


def _kept(part: Part, kept: Sequence[int], named: set[int]) -> Part:
    """The part's remaining bars; those the reader jumps to name their chord."""
    staves = tuple(replace(staff, bars=tuple(staff.bars[index] for index in kept)) for staff in part.staves)
    symbols = tuple(_symbols(part, index) if index in named else part.symbols[index] for index in kept
                    ) if part.symbols else ()
    return replace(part, staves=staves, symbols=symbols)
