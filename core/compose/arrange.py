"""A lead sheet and a wish become a song: the style is chosen, the form laid out, and every chair plays."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core import theory
from core.compose.bass import bass_line
from core.compose.comping import comp, pad
from core.compose.counter import second_voice, without_overlap
from core.compose.drums import drum_part
from core.compose.feel import FEEL_SCALE, dice, leaned, played, wander_ms
from core.compose.form import plan_form
from core.compose.instruments import fitted, unreached, within
from core.compose.melody_line import at_home, lifted, phrased
from core.compose.ornaments import Adorned, adorned, swelling
from core.compose.session import Session, family_of, held_breath, legato, without
from core.compose.styles import Player, Style, load_styles
from core.compose.touch import struck
from core.errors import BadWish
from core.music import LeadSheet, Melody, Note, Song, Track, Wish

KEY_SPAN = 6  # semitones between a part as written in C and as played in the song's key
WANDER_MS = 6.0  # how far a band that breathes together leaves the click
MAX_TEMPO_CHANGE = 1.12  # how far a style may push the tempo that the person sang


def arrange(lead_sheet: LeadSheet, wish: Wish, *, genre: str, title: str = "Hummed tune") -> Song:
    """The song of a lead sheet in a genre.

    The same lead sheet, wish and genre give the same song; another seed another take. A lead sheet
    transposed by some interval gives the same song transposed, each part as far as its instrument
    reaches. Raises BadWish for an unknown genre or feel, ValueError for a melody without notes.
    """
    styles = load_styles()
    if genre not in styles:
        raise BadWish(wish=f"the genre {genre!r}", choices=", ".join(styles))
    if wish.feel not in FEEL_SCALE:
        raise BadWish(wish=f"the feel {wish.feel!r}", choices=", ".join(FEEL_SCALE))
    sheet = in_key(lead_sheet, wish)
    style, stretch = choose_style(styles[genre], sheet.melody, wish)
    bpm = song_tempo(sheet.melody, style, stretch, wish)
    up = sheet.melody.key.tonic_pc if sheet.melody.key.tonic_pc <= 6 else sheet.melody.key.tonic_pc - 12
    in_c = sheet.transposed(-up)  # every part is written in C, so that a transposed tune gives the same parts
    form_dice = dice(wish.seed, genre, "form")
    plan = plan_form(
        in_c,
        bpm=bpm,
        length_s=wish.length_s,
        slowing=style.slowing,
        rng=form_dice,
        intro_kind=style.intros[int(form_dice.integers(len(style.intros)))],
        ending_kind=style.endings[int(form_dice.integers(len(style.endings)))],
    )
    lead = style.player("melody")
    plan = replace(plan, notes=at_home(plan.notes, lead))
    programs = [theory.program_of(name) for name in lead.instruments]
    plan = replace(plan, notes=lifted(plan, lead, programs, dice(wish.seed, genre, "lift")))
    swing = min(max(sheet.melody.swing, style.swing[0]), style.swing[1])
    session = Session(plan, style, in_c.melody.key, bpm, swing, stretch, wish.seed)
    tracks = tuple(track for track in _band(session, wish, up) if track.notes)
    melody = next(track for track in tracks if track.role == "melody")
    return Song(
        title=title,
        genre=genre,
        style=style.name,
        bpm=bpm,
        key=sheet.melody.key,
        meter=sheet.melody.meter,
        swing=swing,
        seed=wish.seed,
        notes=fitted(plan.notes, melody.program, up=up),
        chords=tuple(
            replace(c, symbol=theory.transpose_chord(c.symbol, up, flats=sheet.melody.key.flats))
            for c in plan.chords
        ),
        sections=plan.sections,
        tracks=tracks,
        lead_sheet=sheet,
        wish=wish,
        slowing=plan.slowing,
    )


def in_key(sheet: LeadSheet, wish: Wish) -> LeadSheet:
    """The lead sheet moved by the shorter way to the key wished for; the mode stays the tune's own."""
    if wish.key is None:
        return sheet
    up = (wish.key.tonic_pc - sheet.melody.key.tonic_pc) % 12
    return sheet.transposed(up - 12 if up > 6 else up)


def choose_style(styles: Iterable[Style], melody: Melody, wish: Wish) -> tuple[Style, float]:
    """The style that suits the tune's meter, tempo and mood, and its feel.

    The feel is 1, or 0.5 (double time), or 2 (half time).

    Chance has a say where several suit, so that another take may be another style.
    """
    rng = dice(wish.seed, "style")
    bpm = wish.bpm or melody.bpm
    family = family_of(melody.meter)
    energy = tune_energy(melody, bpm)
    best: tuple[float, Style, float] | None = None
    for style in styles:
        chance = float(rng.gumbel(0.0, 0.22))
        for stretch in (1.0, 0.5, 2.0) if family == "4/4" else (1.0,):
            heard = bpm / stretch / (1.5 if family == "6/8" else 1.0)
            low, high = style.tempo
            miss = abs(math.log2(heard / min(max(heard, low), high)))
            cost = (4.0 if family == "4/4" else 0.7) * miss + (0.0 if stretch == 1.0 else 0.45)
            cost += 0.0 if family in style.meters else 3.0
            cost += 0.55 * abs(style.energy - energy)
            cost += 0.25 * style.minor * (-1 if melody.key.is_minor else 1) + chance
            if best is None or cost < best[0]:
                best = cost, style, stretch
    assert best is not None
    return best[1], best[2]


def tune_energy(melody: Melody, bpm: float) -> float:
    """How lively a tune is, 0..1, from its notes a second and its tempo."""
    notes = melody.notes
    span_s = max(1.0, (melody.end_beats - min(n.onset_beats for n in notes)) * 60 / bpm)
    density = min(max((len(notes) / span_s - 0.8) / 2.7, 0.0), 1.0)
    return 0.6 * density + 0.4 * min(max((bpm - 60) / 110, 0.0), 1.0)


def song_tempo(melody: Melody, style: Style, stretch: float, wish: Wish) -> float:
    """The wish, or the person's tempo, moved by at most an eighth towards the style's range."""
    if wish.bpm is not None:
        return wish.bpm
    scale = stretch * (1.5 if family_of(melody.meter) == "6/8" else 1.0)
    low, high = style.tempo[0] * scale, style.tempo[1] * scale
    wanted = min(max(melody.bpm, low), high)
    return round(min(max(wanted, melody.bpm / MAX_TEMPO_CHANGE), melody.bpm * MAX_TEMPO_CHANGE), 2)


def _band(session: Session, wish: Wish, up: int) -> list[Track]:
    """Every player's track, moved from C to the song's key."""
    style, plan = session.style, session.plan
    hits = drum_part(session)
    kicks = tuple(sorted({hit.onset for hit in hits if hit.drum == "kick"}))
    scale = FEEL_SCALE[wish.feel]
    together = wander_ms(plan.end_beats, 0.0 if style.machine else WANDER_MS * scale, session.dice("wander"))
    silence = held_breath(session)
    tracks = []
    for player in style.players:
        notes: list[Note]
        match player.kind:
            case "melody":
                notes = phrased(session, player, plan.notes)
            case "bass":
                notes = bass_line(session, player, kicks)
            case "comp":
                notes = comp(session, player)
            case "pad":
                notes = pad(session, player)
            case _:
                notes = without_overlap(second_voice(session, player, plan.notes))
        if player.kind in ("bass", "comp", "pad"):
            notes = without(notes, silence)
        line = plan.notes if player.kind == "melody" else notes if player.kind == "counter" else ()
        program = _instrument(session, player, line)
        whole = legato(notes, plan.end_beats)
        if player.kind == "counter":  # an octave off it would sing over the tune: silent where it does not reach
            whole = within(whole, program, margin=KEY_SPAN)
        moved = fitted(whole, program, up=up)
        if player.kind != "melody" and not style.machine:
            moved = leaned(moved, plan.meter.bar_beats)
        jitter = 0.0 if style.machine and player.kind not in ("melody", "counter") else player.jitter_ms
        hands = played(
            moved,
            session.dice("hands", player.role),
            bpm=session.bpm,
            lag_ms=player.lag_ms * scale,
            jitter_ms=jitter * scale,
            wander=together,
            velocity_sd=1.5 if style.machine else 5.0,
        )
        sure = legato(hands, plan.last_sound_beats)
        sounding = session.key.transposed(up)
        if player.kind == "pad":
            part = Adorned(sure, swelling(sure, program, plan.meter.bar_beats))
        else:
            chance = session.dice("ornaments", player.role)
            part = adorned(sure, player.ornaments, program, sounding, session.bpm, chance)
        tracks.append(
            Track(
                player.role,
                program,
                part.notes,
                volume_db=player.volume_db,
                pan=player.pan,
                reverb=player.reverb,
                duck_db=player.duck_db,
                controls=part.controls,
            )
        )
    sticks = struck(session, hits, scale=scale, wander=together)
    volume = style.drum_volume_db
    tracks.insert(3, Track("drums", style.drum_kit, sticks, is_drum=True, volume_db=volume, reverb=0.15))
    return tracks


def _instrument(session: Session, player: Player, tune: Sequence[Note]) -> int:
    """One of the player's instruments; for a tune one that reaches all of it, in whatever key the song is."""
    programs = [theory.program_of(name) for name in player.instruments]
    missing = [unreached(tune, program, margin=KEY_SPAN) for program in programs]
    able = [program for program, miss in zip(programs, missing, strict=True) if miss == min(missing)]
    return able[int(session.dice("instrument", player.role).integers(len(able)))]
