"""The line to a song: a tune goes in, a finished take comes out."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import errors
from core.music import GENRES, Chord, LeadSheet, Melody, Note, Section, Song, Track, Wish
from core.studio.listening import choose_genre, guess_genre, listen
from core.studio.source import Progress, Source, all_or_nothing, read_source, silent
from core.studio.vocals import voice_on_top

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.perform.vocal.take import Vocal

    FloatArray = NDArray[Any]


MAX_TUNE_S = 600.0  # of the tune a band plays; a voice note ends far earlier


@dataclass(frozen=True)
class Take:
    """A finished song and its files."""

    song: Song
    mp3: Path
    midi: Path
    json: Path
    cover: Path
    warnings: tuple[str, ...] = ()


def lead_sheet(melody: Melody, wish: Wish, genre: str | None) -> LeadSheet:
    """The melody with chords in the genre's language and the wished colour."""
    from core.compose.harmony import harmonize

    return LeadSheet(melody, harmonize(melody, genre=genre, colour=wish.colour)[0])


def harmonize_json(data: Mapping[str, Any], genre: str | None = None) -> dict[str, Any]:
    """As ``humband harmonize`` writes it; a melody without a key is given one. Raises BadMusic."""
    from core.compose.harmony import find_key_and_chords, harmonize

    try:
        melody = Melody.from_json(data)
    except ValueError as error:
        raise errors.BadMusic(reason=str(error)) from error
    if not melody.notes:
        raise errors.BadMusic(reason="it has no notes")
    if data.get("key"):
        chords = harmonize(melody, genre=genre)[0]
    else:
        key, chords = find_key_and_chords(melody, genre=genre)
        melody = replace(melody, key=key)
    return LeadSheet(melody, chords).to_json()


def compose(tune: Melody | LeadSheet, wish: Wish, *, title: str = "My tune",
            prior: Mapping[str, float] | None = None) -> Song:
    """The tune arranged for a band. Without a wished genre the most fitting one is taken, weighed by
    ``prior`` (genre -> weight, such as the person's past choices). Raises BadWish, and TooLong for a tune of over
    ten minutes."""
    from core.compose.arrange import arrange

    melody = tune.melody if isinstance(tune, LeadSheet) else tune
    genre = wish.genre or choose_genre(guess_genre(melody), prior)
    if genre not in GENRES:
        raise errors.BadWish(wish=f"The genre {genre!r}", choices=", ".join(GENRES))
    if melody.end_beats * 60 / melody.bpm > MAX_TUNE_S:
        raise errors.TooLong(limit_s=MAX_TUNE_S)
    sheet = tune if isinstance(tune, LeadSheet) else lead_sheet(tune, wish, genre)
    song = arrange(sheet, wish, genre=genre, title=title)
    return Song.from_json(song.to_json())  # as it is stored: made again from there, it is the same to the tick


def melody_only(sheet: LeadSheet, *, title: str = "What I heard", program: int = 0) -> Song:
    """The tune alone on one instrument: a person hears at once whether a wrong note was ours."""
    melody = sheet.melody
    lead_in = 0.0 if not melody.notes else -(melody.notes[0].onset_beats // melody.meter.bar_beats)
    shift = lead_in * melody.meter.bar_beats
    notes = tuple(replace(note, onset_beats=note.onset_beats + shift) for note in melody.notes)
    chords = tuple(Chord(c.onset_beats + shift, c.duration_beats, c.symbol) for c in sheet.chords
                   if c.end_beats + shift > 0)
    length = melody.bars * melody.meter.bar_beats + shift
    return Song(title, "classical", "melody", melody.bpm, melody.key, melody.meter, melody.swing, 0, notes,
                chords, (Section("statement", 0.0, length),), (Track("melody", program, notes),), sheet)


def perform(song: Song, voice: "Vocal | None" = None) -> "FloatArray":
    """The song as sound: float32 (samples, 2) at 44.1 kHz, mastered; with a ``voice`` on top of it, if one is given
    (:func:`voice_on_top`). Raises NotInstalled."""
    from core.perform.mix import perform as render

    return render(song, voice)


def write_take(song: Song, folder: Path, name: str, *, warnings: Sequence[str] = (),
               voice: "Source | Vocal | None" = None, progress: Progress = silent) -> Take:
    """Render the song and write NAME.mp3, .mid, .json and .jpg into ``folder``: all of them, or none.

    ``voice``: the recording that the song was made of, to be set on top of it, in tune and in time. Raises NoVoice
    where it is not one.
    """
    from core.audio import write_mp3
    from core.perform.cover import draw_cover
    from core.perform.midi import song_to_midi
    from core.perform.synth import SAMPLE_RATE

    progress("performing", 0.4)
    with all_or_nothing(folder) as draft, ThreadPoolExecutor(1) as aside:
        cover = draft / f"{name}.jpg"

        def write_beside() -> None:  # while the band plays
            cover.write_bytes(draw_cover(song))
            (draft / f"{name}.json").write_text(json.dumps(song.to_json(), ensure_ascii=False), encoding="utf-8")
            (draft / f"{name}.mid").write_bytes(song_to_midi(song))

        written = aside.submit(write_beside)
        sound = perform(song, voice_on_top(voice, song) if isinstance(voice, Path | bytes) else voice)
        progress("writing", 0.8)
        written.result()
        write_mp3(sound, SAMPLE_RATE, draft / f"{name}.mp3", tags=tags_of(song), cover=cover)
    progress("done", 1.0)
    mp3, midi, data, picture = (folder / f"{name}.{ext}" for ext in ("mp3", "mid", "json", "jpg"))
    return Take(song, mp3, midi, data, picture, tuple(warnings))


def write_stems(song: Song, folder: Path, name: str, *, voice: Source | None = None) -> list[Path]:
    """Write what each player plays (and the ``voice``), before mastering, as NAME-ROLE.opus: all of them, or none."""
    from core.audio import write_opus
    from core.perform.mix import stems
    from core.perform.synth import SAMPLE_RATE

    with all_or_nothing(folder) as draft:
        names = []
        for role, sound in stems(song, None if voice is None else voice_on_top(voice, song)).items():
            names.append(f"{name}-{role}.opus")
            write_opus(sound, SAMPLE_RATE, draft / names[-1])
    return [folder / written for written in names]


def tags_of(song: Song) -> dict[str, str]:
    """ID3 tags by pydub's names: title, artist, genre, and tempo and key by their frame names."""
    key = song.key
    tkey = str(key).split()[0] + ("m" if key.is_minor else "")
    return {"title": song.title, "artist": "Humband", "genre": song.genre.capitalize(),
            "TBPM": str(round(song.bpm)), "TKEY": tkey}


def make_song(source: Source | Melody | LeadSheet | Song, wish: Wish, folder: Path, name: str, *,
              title: str = "My tune", prior: Mapping[str, float] | None = None, voice: bool = False,
              progress: Progress = silent) -> Take:
    """The whole line: from a voice note (or a MIDI file, or a stored song) to a finished take. Raises HumbandError.

    ``voice`` sets the voice of the source itself on top; NoVoice is raised where it has none.
    """
    warnings: tuple[str, ...] = ()
    tune: Melody | LeadSheet
    line = None
    if isinstance(source, Path | bytes):
        source = read_source(source)
        heard = listen(source, progress=progress)
        line = heard.line
        tune, warnings = heard.lead_sheet or heard.melody, heard.warnings
    else:
        tune = source.lead_sheet if isinstance(source, Song) else source
    progress("composing", 0.3)
    if voice and (line is None or not isinstance(source, bytes)):
        raise errors.NoVoice()
    song = compose(_reharmonised(tune, wish), wish, title=title, prior=prior)
    on_top = voice_on_top(source, song, line) if voice and isinstance(source, bytes) else None
    return write_take(song, folder, name, warnings=warnings, voice=on_top, progress=progress)


def _reharmonised(tune: Melody | LeadSheet, wish: Wish) -> Melody | LeadSheet:
    """A stored lead sheet keeps its chords unless the wish asks for another colour."""
    return tune.melody if isinstance(tune, LeadSheet) and wish.colour != "plain" else tune


def soundfont() -> Path:
    """The SoundFont in use. Raises NotInstalled."""
    from core.perform.synth import find_soundfont

    return find_soundfont()


def draw_card(song: Song) -> bytes:
    """A PNG of the song's piano roll with its sections and chords."""
    from core.perform.roll import draw_roll

    return draw_roll(song)


def warm_up() -> None:
    """Load models, font, programs and tunes once, so that the next song is as quick as every later one."""
    import numpy as np

    from core.audio import Sound
    from core.hear.voice import hear_voice
    from core.studio.tunes import shipped_index

    with suppress(OSError):  # no room to unpack them says itself when a tune is asked for
        shipped_index()
    tone = np.sin(2 * np.pi * 220 / 16_000 * np.arange(32_000)).astype(np.float32) / 4
    with suppress(errors.NoMelody):
        hear_voice(Sound(tone, 16_000))
    tune = Melody(tuple(Note(float(i), 1.0, 60 + i) for i in range(8)), 100.0)
    perform(compose(tune, Wish(genre="pop", length_s=10.0)))
