"""The beat a person taps, for a tune that was heard in another."""

from core import errors
from core.music import MAX_BPM, Meter
from core.studio.source import MIN_VOICE_S, Source, read_source

MAX_TAPS_S = 60.0


def tapped_tempo(source: Source, meter: Meter) -> float:
    """Quarters a minute of taps, claps or a count-in, for a tune in that meter. Raises HumbandError.

    Who taps a 6/8 taps its dotted quarters.
    """
    from core.audio import read_sound
    from core.hear.taps import hear_taps
    from core.understand.tapped import tapped_bpm

    sound = read_sound(read_source(source), min_s=MIN_VOICE_S, max_s=MAX_TAPS_S)
    bpm = tapped_bpm(hear_taps(sound)) * meter.pulse_beats
    if bpm > MAX_BPM:
        raise errors.NoBeat()
    return bpm
