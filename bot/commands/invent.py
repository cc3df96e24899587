"""New tunes: ``humband compose``, ``continue``, ``vary``, ``blend``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import batch
from bot.commands.common import OUT, Inputs, Out, finish, one_of, parse_key, within
from bot.texts import console as texts

if TYPE_CHECKING:
    from core.music import LeadSheet, Melody, Meter

app = typer.Typer()
ENDINGS = (".mp3", ".mid", ".json")
Bars = Annotated[int, typer.Option("--bars", help="2 to 32.")]
Seed = Annotated[int, typer.Option("--seed", help="Another number, another tune.")]
Suffix = Annotated[str, typer.Option("--suffix", help='Behind the name: "-2" writes NAME-2.mp3, beside NAME.mp3.')]
STYLE_HELP = "bach, mozart, folk, jazz ..."


@app.command("compose")
def compose_command(
    style: Annotated[str, typer.Option(help=STYLE_HELP)],
    bars: Bars = 8, seed: Seed = 1, out: Out = OUT,
    key: Annotated[str | None, typer.Option(help='For instance "F# minor".')] = None,
    meter: Annotated[str | None, typer.Option(help="For instance 3/4.")] = None,
    tempo: Annotated[float | None, typer.Option(help="Beats a minute, 30 to 300.")] = None,
) -> None:
    """Invent a tune in a style: STYLE-SEED.mid, .json and .mp3."""
    from core import studio
    from core.music import MAX_BPM, MIN_BPM

    one_of("--style", style, studio.STYLES)
    within("--bars", bars, *studio.BARS)
    within("--seed", seed, 0, 2**31)
    within("--tempo", tempo, MIN_BPM, MAX_BPM)
    wished_key = parse_key("--key", key)
    wished_meter = _meter(meter)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        progress("inventing", 0.05)
        sheet = studio.invent(style, bars=bars, seed=seed, key=wished_key, meter=wished_meter, bpm=tempo)
        _write(sheet, out, name, f"{style.capitalize()} {seed}", studio.genre_of_style(style), seed, progress,
               {"style": style, "bars": bars})

    finish(batch.run([Path(f"{style}-{seed}")], out, ENDINGS, work))


@app.command("continue")
def continue_command(
    inputs: Inputs, out: Out = OUT, bars: Bars = 8, seed: Seed = 1, suffix: Suffix = "",
    style: Annotated[str | None, typer.Option(help=STYLE_HELP + " Left out: as the tune sounds.")] = None,
) -> None:
    """Go on from tunes: NAME.mid, .json and .mp3 hold the tune, and as many bars more."""
    from core import studio

    _behind(suffix)
    if style is not None:
        one_of("--style", style, studio.STYLES)
    within("--bars", bars, *studio.BARS)
    within("--seed", seed, 0, 2**31)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        tune = _tune(path, progress)
        progress("inventing", 0.25)
        sheet = studio.continue_tune(tune, bars=bars, seed=seed, style=style)
        genre = studio.genre_of_style(style) if style else None
        _write(sheet, out, name, _title(path), genre, seed, progress, {"continues": path.stem, "bars": bars})

    finish(batch.run(inputs, out, ENDINGS, work, suffix))


@app.command("vary")
def vary_command(
    inputs: Inputs, out: Out = OUT, seed: Seed = 1, suffix: Suffix = "",
    kind: Annotated[str | None, typer.Option(help="rhythm, ornament, mode ... Left out: the seed decides.")] = None,
) -> None:
    """Vary tunes: the skeleton stays; NAME.mid, .json and .mp3."""
    from core import studio

    _behind(suffix)
    one_of("--kind", kind, studio.KINDS)
    within("--seed", seed, 0, 2**31)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        tune = _tune(path, progress)
        progress("inventing", 0.25)
        chosen = kind or studio.KINDS[seed % len(studio.KINDS)]
        _write(studio.vary(tune, kind=chosen, seed=seed), out, name, _title(path), None, seed, progress,
               {"varies": path.stem, "kind": chosen})

    finish(batch.run(inputs, out, ENDINGS, work, suffix))


@app.command("blend")
def blend_command(
    first: Annotated[Path, typer.Argument(show_default=False)],
    second: Annotated[Path, typer.Argument(show_default=False)],
    steps: Annotated[int, typer.Option(help="2 to 12.")] = 5,
    seed: Seed = 1, out: Out = OUT,
) -> None:
    """Walk from one tune to another: FIRST-SECOND-1.* to FIRST-SECOND-N.*."""
    from core import studio

    within("--steps", steps, 2, studio.MOST_STEPS)
    within("--seed", seed, 0, 2**31)

    def work(path: Path, name: str, progress: batch.Report) -> None:
        tunes = _tune(first, progress), _tune(second, progress)
        progress("inventing", 0.2)
        sheets = studio.blend(*tunes, steps=steps, seed=seed)
        with studio.all_or_nothing(out) as draft:
            for number, sheet in enumerate(sheets, 1):
                progress("performing", 0.2 + 0.8 * (number - 1) / steps)
                studio.write_invention(sheet, draft, f"{name}-{number}", title=f"{_title(first)} to {_title(second)}",
                                       seed=seed, facts={"from": first.stem, "to": second.stem, "step": number})
            names = sorted(file.name for file in draft.iterdir())
        for written in names:
            print(texts.WROTE.format(path=out / written))
        progress("done", 1.0)

    endings = tuple(f"-{number}{ending}" for number in range(1, steps + 1) for ending in ENDINGS)
    finish(batch.run([Path(f"{first.stem}-{second.stem}")], out, endings, work))


def _behind(suffix: str) -> None:
    if Path(suffix).name != suffix:
        raise typer.BadParameter(texts.BAD_SUFFIX.format(value=suffix))


def _tune(path: Path, progress: batch.Report) -> "Melody | LeadSheet":
    from core import studio

    heard = studio.listen(path, progress=progress)
    return heard.lead_sheet or heard.melody


def _write(sheet: "LeadSheet", out: Path, name: str, title: str, genre: str | None, seed: int,
           progress: batch.Report, facts: dict[str, str | int]) -> None:
    from core import studio

    made = studio.write_invention(sheet, out, name, title=title, genre=genre, seed=seed, facts=facts, progress=progress)
    for path in (made.mp3, made.midi, made.json):
        print(texts.WROTE.format(path=path))


def _title(path: Path) -> str:
    from bot import report

    return report.title_of(path)


def _meter(text: str | None) -> "Meter | None":
    from core.music import Meter

    try:
        return Meter.parse(text) if text else None
    except ValueError as error:
        raise typer.BadParameter(texts.BAD_METER.format(value=text)) from error
