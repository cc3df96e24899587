"""From any source to sheet music: what goes on the page, how it is laid out, and a take to practise with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core import errors
from core.music import LeadSheet, Melody, Note, Section, Song, Track
from core.perform.sheet.readers import TRANSPOSITIONS, Reader, reader_named
from core.studio.sheet_sources import Music, harmonised, read_music
from core.studio.song import melody_only
from core.studio.source import Progress, Source, all_or_nothing, silent

if TYPE_CHECKING:
    from core.perform.sheet.pieces import Piece
    from core.perform.sheet.score import Score, Syllabic

__all__ = ["SHEET_FORMATS", "SHEET_LAYOUTS", "TRANSPOSITIONS", "Sheet", "make_practice", "make_sheet", "reader_named"]

SHEET_FORMATS = ("png", "pdf", "svg", "musicxml")
SHEET_LAYOUTS = ("auto", "lead", "piano", "song", "score")
MIN_PERCENT, MAX_PERCENT = 50, 100
MAX_PRACTICE_S = 1200.0
SWINGS_FROM = 0.54


@dataclass(frozen=True)
class Sheet:
    """Engraved music and its files: by format, page by page (PDF and MusicXML are one file each).

    ``song`` is what the pages say, as :func:`make_practice` plays it.
    """

    files: dict[str, tuple[Path, ...]]
    pages: int
    song: Song
    warnings: tuple[str, ...] = ()


def make_sheet(source: Source | Song | LeadSheet | Melody, folder: Path, name: str, *,
               formats: Sequence[str] = ("png", "pdf", "musicxml"), layout: str = "auto", reader: str = "C",
               title: str | None = None, composer: str | None = None, lyrics: str | None = None,
               pictures: int | None = None, progress: Progress = silent) -> Sheet:
    """Engrave a source and write NAME.png, NAME-2.png ..., NAME.pdf, NAME.svg ..., NAME.musicxml: all, or none.

    ``layout`` auto: a lead sheet of a voice, a tune, and a MIDI file of tune and chords; voice and piano of a song;
    two staves of a full recording, and of what one pianist can play; else a staff for every player. ``reader``: the
    instrument whose player reads the tune ("alto sax", "cello"), or its pitch (TRANSPOSITIONS). ``lyrics``: words for
    the tune, hyphens part syllables. ``pictures``: how many pages at most become a PNG; drawing them takes long.
    Raises HumbandError.
    """
    from core.perform.sheet.draw import pages_in
    from core.perform.sheet.engrave import engrave

    plays = reader_named(reader)
    if layout not in SHEET_LAYOUTS:
        raise errors.BadWish(wish=f"The layout {layout!r}", choices=", ".join(SHEET_LAYOUTS))
    music = read_music(source, layout, progress)
    progress("engraving", 0.6)
    request = _Request(title or (music.song.title if music.song else ""), composer or "", plays, lyrics)
    score, song = _lay_out(music, _choose_layout(music) if layout == "auto" else layout, request)
    pages = engrave(score, formats, pictures=pictures)
    progress("writing", 0.9)
    files = _write(pages, folder, name)
    progress("done", 1.0)
    count = max([pages_in(pdf) for pdf in pages.get("pdf", ())] + [len(found) for found in files.values()])
    return Sheet(files, count, song, music.warnings)


def _write(pages: dict[str, list[bytes]], folder: Path, name: str) -> dict[str, tuple[Path, ...]]:
    files: dict[str, tuple[Path, ...]] = {}
    with all_or_nothing(folder) as draft:
        for kind, contents in pages.items():
            names = [f"{name}{'' if number == 1 else f'-{number}'}.{kind}" for number in range(1, len(contents) + 1)]
            for file, content in zip(names, contents, strict=True):
                (draft / file).write_bytes(content)
            files[kind] = tuple(folder / file for file in names)
    return files


# -- how it is laid out --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Request:
    """What the person wants on the page besides the notes."""

    title: str
    composer: str
    reader: Reader
    lyrics: str | None

    def words(self, notes: int) -> "list[tuple[str, Syllabic]]":
        """Syllables for a tune of that many notes."""
        from core.perform.sheet.lyrics import syllables_of

        return syllables_of(self.lyrics, notes) if self.lyrics else []


def _choose_layout(music: Music) -> str:
    from core.perform.sheet.pieces import is_keyboard, lead_and_chords

    if music.song:
        return "song"
    if music.piece is None or lead_and_chords(music.piece):
        return "lead"
    return "piano" if is_keyboard(music.piece) else "score"


def _lay_out(music: Music, layout: str, request: _Request) -> "tuple[Score, Song]":
    """The pages, and the same as a song."""
    from core.perform.sheet.piano import piano_score
    from core.perform.sheet.pieces import piece_from_song
    from core.perform.sheet.scores import full_score, song_score

    if layout == "lead" or music.sheet:
        return _lay_out_lead(music, request)
    if layout == "song" and music.song is None:
        layout = "score"  # only a song of ours says which of its players accompany
    if layout == "song" and music.song:
        song = music.song
        return song_score(song, title=request.title, composer=request.composer, reader=request.reader,
                          syllables=request.words(len(song.notes))), song
    piece = piece_from_song(music.song) if music.song else music.piece
    assert piece is not None
    song = music.song or _piece_as_song(piece, request.title)
    if layout == "piano":
        return piano_score(piece, title=request.title, composer=request.composer, swing=song.swing > SWINGS_FROM), song
    return full_score(piece, title=request.title, composer=request.composer, chords=song.chords,
                      sections=music.song.sections if music.song else (), swing=song.swing > SWINGS_FROM), song


def _lay_out_lead(music: Music, request: _Request) -> "tuple[Score, Song]":
    from core.perform.sheet.lead import lead_score
    from core.perform.sheet.repeats import fold_repeats

    sheet = music.sheet or (music.song.lead_sheet if music.song else _tune_of(music.piece))
    words = request.words(len(sheet.melody.notes))
    score = lead_score(sheet, title=request.title, composer=request.composer, reader=request.reader,
                       syllables=words, sung=music.sung,
                       signatures=music.piece.signatures if music.piece else ())
    if not words and not music.piece:  # words would differ, and a file is written out as it plays
        score = fold_repeats(score)
    return score, music.song or _sheet_as_song(sheet, request.title)


def _tune_of(piece: "Piece | None") -> LeadSheet:
    """The tune of a MIDI file with the chords that are struck in it, or else with ours."""
    from core.perform.midi import skyline
    from core.perform.sheet.naming import name_chords
    from core.perform.sheet.pieces import lead_and_chords, most_melodious

    assert piece is not None
    tune, chords = lead_and_chords(piece) or (most_melodious(piece), None)
    signature = piece.signatures[0]
    melody = Melody(skyline(tune.notes), piece.bpm, signature.key, signature.meter)
    if chords:
        return LeadSheet(melody, name_chords(chords.notes, signature.key))
    return harmonised(melody)


# -- to play it ----------------------------------------------------------------------------------------


def _sheet_as_song(sheet: LeadSheet, title: str) -> Song:
    """A lead sheet on a piano, its chords struck softly below the tune."""
    from core.theory import nearest_pitch

    song = melody_only(sheet, title=title or "My tune")
    struck = [Note(c.onset_beats, c.duration_beats * 0.95, nearest_pitch(pc, 55 + 2 * i, 40, 66), 56)
              for c in song.chords for i, pc in enumerate(c.pitch_classes[:4])]
    struck = [replace(n, onset_beats=max(0.0, n.onset_beats)) for n in struck if n.end_beats > 0]
    return replace(song, tracks=(*song.tracks, Track("chords", 0, tuple(struck), volume_db=-9.0)))


def _piece_as_song(piece: "Piece", title: str) -> Song:
    """A file's players as a band."""
    from core.perform.midi import skyline
    from core.perform.sheet.swing import swung

    signature = piece.signatures[0]
    line = skyline(piece.notes)
    sheet = LeadSheet(Melody(line, piece.bpm, signature.key, signature.meter), ())
    tracks = tuple(Track(f"{player.name} {number}", player.program, swung(player.notes, piece.swing), player.is_drum)
                   for number, player in enumerate(piece.players, start=1))
    end = max(note.end_beats for player in piece.players for note in player.notes)
    return Song(title or "My piece", "classical", "sheet", piece.bpm, signature.key, signature.meter, piece.swing, 0,
                line, (), (Section("statement", 0.0, end),), tracks, sheet)


def make_practice(song: Song, folder: Path, name: str, *, percent: int = 100) -> Path:
    """NAME-practice.mp3: the song with a click and a bar counted in, at 50 to 100 % of its tempo. Raises BadWish."""
    from core.audio import write_mp3
    from core.perform.mix import perform
    from core.perform.sheet.practice import with_click
    from core.perform.synth import SAMPLE_RATE

    if not MIN_PERCENT <= percent <= MAX_PERCENT:
        raise errors.BadWish(wish=f"A practice tempo of {percent} %", choices=f"{MIN_PERCENT} to {MAX_PERCENT}")
    slow = replace(song, bpm=song.bpm * percent / 100)
    if slow.duration_s > MAX_PRACTICE_S:
        raise errors.TooLong(limit_s=MAX_PRACTICE_S)
    file = f"{name}-practice.mp3"
    with all_or_nothing(folder) as draft:
        write_mp3(perform(with_click(slow)), SAMPLE_RATE, draft / file,
                  tags={"title": f"{song.title} ({percent} %)", "artist": "Humband"})
    return folder / file
