"""The mixing desk: every player rendered by itself, through a strip, balanced so that the tune is heard, one room.

Levels are measured, not guessed: a SoundFont's flute and its overdriven guitar lie 20 dB apart at the same
velocity. A track's ``volume_db`` is its loudness against the melody's.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from core.errors import BadMusic
from core.music import Song, Track
from core.perform.attack import spoken_in_time
from core.perform.balance import balance, band_energies, with_voice
from core.perform.master import master
from core.perform.part import part_to_midi
from core.perform.room import reverberate
from core.perform.strip import bites, kicks_of, through_strip
from core.perform.synth import SAMPLE_RATE, band
from core.perform.vocal.take import Vocal

Samples = npt.NDArray[np.float32]

TAIL_S = 3.5  # room for the last chord to die away; silence is trimmed

_WHISPER = np.float32(1e-15)  # keeps the filters off the denormals in silence; they take it off again
_BEHIND = frozenset({"bass", "pad"})  # low or far back: the synth may interpolate in straight lines
_LOW_ROLES = frozenset({"bass", "drums"})
_GROUND_HZ = 120.0  # below this the others leave the room to bass and drums
_PIECE = 16_384  # samples of all tracks at once on their way to the buses
_RUMBLE_HZ = 32.0  # and below this there is nothing but the offsets of some fonts' samples
ROOM, VOICE = "room", "voice"
_VOICE = Track(VOICE, 0, (), volume_db=1.5, reverb=0.28)
_PLATE_SHARE = {"melody": 0.5, VOICE: 0.6, "counter": 0.4, "drums": 0.3}  # of a track's reverb; the room has the rest
_STEP_BACK_DB, _STEP_BACK_S = -9.0, 0.12  # of the melody's player while the voice sings


def perform(song: Song, voice: Vocal | None = None) -> Samples:
    """The finished recording: float32 (n, 2) at 44.1 kHz, mastered. The same song gives the same samples.

    With a ``voice`` the person's own take lies on top, and the melody's player steps back under it.
    """
    return master(mix_down(song, voice))


def mix_down(song: Song, voice: Vocal | None = None) -> Samples:
    """All tracks in their place, in the room: float32 (2, n), not yet mastered."""
    tracks, raw, gains = _desk(song, voice)
    low = np.array([track.role in _LOW_ROLES for track in tracks])
    room, plate = _sends(tracks) * gains
    buses = np.stack([gains * low, gains * ~low, room, plate]).astype(np.float32)
    with ThreadPoolExecutor(2) as pool:  # numpy's product and scipy's filter let go of the GIL
        ground, upper, *sends = _summed(buses, raw, pool)
        cleaned = [pool.submit(_highpass, bus, cutoff) for bus, cutoff in ((ground, _RUMBLE_HZ), (upper, _GROUND_HZ))]
        mix = reverberate(np.stack([send[0] + send[1] for send in sends]))
    for bus in cleaned:
        mix += bus.result()
    return mix


def _summed(gains: Samples, raw: Samples, pool: ThreadPoolExecutor) -> Samples:
    """What (tracks, 2, n) stems are on each bus by (buses, tracks) gains: (buses, 2, n).

    In pieces that stay in the processor's cache: so thin a product is otherwise ruled by the memory.
    """
    flat = raw.reshape(len(raw), -1)
    out = np.empty((len(gains), flat.shape[1]), dtype=np.float32)
    middle = flat.shape[1] // 2

    def add(start: int, stop: int) -> None:
        for at in range(start, stop, _PIECE):
            piece = slice(at, min(at + _PIECE, stop))
            np.matmul(gains, flat[:, piece], out=out[:, piece])

    halves = [pool.submit(add, 0, middle), pool.submit(add, middle, flat.shape[1])]
    for half in halves:
        half.result()
    return out.reshape(len(gains), 2, -1)


def stems(song: Song, voice: Vocal | None = None) -> dict[str, Samples]:
    """Every track and the room by themselves, (n, 2): together they are :func:`mix_down`."""
    tracks, raw, gains = _desk(song, voice)
    found: dict[str, Samples] = {}
    sends = np.zeros((2, raw.shape[2]), dtype=np.float32)
    for track, stem, gain, share in zip(tracks, raw, gains.astype(np.float32), _sends(tracks).T, strict=True):
        twins = sum(name == track.role or name.startswith(f"{track.role}-") for name in found)
        sends += np.outer(gain * share, stem[0] + stem[1]).astype(np.float32)
        placed = gain * _highpass(stem, _RUMBLE_HZ if track.role in _LOW_ROLES else _GROUND_HZ)
        found[f"{track.role}-{twins + 1}" if twins else track.role] = placed.T
    return found | {ROOM: reverberate(sends).T}


def _sends(tracks: Sequence[Track]) -> npt.NDArray[np.float64]:
    """How much of each track goes to the room and to the plate, (2, tracks)."""
    share = np.array([_PLATE_SHARE.get(track.role, 0.0) for track in tracks])
    reverb = np.array([track.reverb for track in tracks])
    return np.stack([reverb * (1 - share), reverb * share])


def _desk(song: Song, voice: Vocal | None) -> tuple[list[Track], Samples, npt.NDArray[np.float64]]:
    """(tracks that play, their dry stems (tracks, 2, n), their gains); the voice is the last of them."""
    tracks = [track for track in song.tracks if track.notes]
    if not tracks:
        raise BadMusic(reason="nobody plays a note in it")
    raw, bands = render_stems(song, tracks, seats=len(tracks) + (voice is not None))
    gains = balance(tracks, bands)
    if voice is not None and voice.spans:
        raw[-1] = 0.0
        raw[-1, :, : len(voice.samples)] = voice.samples[: raw.shape[2]]
        gains = with_voice(tracks, bands, gains, _VOICE, band_energies(raw[-1]))
        back = _step_back(voice, raw.shape[2])
        for track, stem in zip(tracks, raw, strict=False):
            if track.role == "melody":
                stem *= back
        tracks = [*tracks, _VOICE]
    return tracks, raw[: len(tracks)], 10 ** (gains / 20)


def _step_back(voice: Vocal, count: int) -> Samples:
    """The gain of the melody's player: lower while the voice sings."""
    at, value = [0.0], [0.0]
    for start, end in voice.spans:
        start = max(start - 0.05, at[-1] + _STEP_BACK_S)
        at += [start - _STEP_BACK_S, start, max(end, start), max(end, start) + _STEP_BACK_S]
        value += [0.0, _STEP_BACK_DB, _STEP_BACK_DB, 0.0]
    gain_db = np.interp(np.arange(count) / SAMPLE_RATE, np.maximum.accumulate(at), value)
    return (10 ** (gain_db / 20)).astype(np.float32)


def render_stems(song: Song, tracks: Sequence[Track], *, seats: int = 0
                 ) -> tuple[Samples, npt.NDArray[np.float64]]:
    """(each track dry, float32 (max(tracks, seats), 2, n); band energies (tracks, moments, bands)).

    The players are shared out to two threads, the busiest first, so that both cores finish together. Seats beyond
    the tracks are left as they are, for what does not come from the synth.
    """
    count = round((song.duration_s + TAIL_S) * SAMPLE_RATE)
    stems = np.empty((max(len(tracks), seats), 2, count), dtype=np.float32)

    def play(index: int) -> npt.NDArray[np.float64]:
        track, stem = tracks[index], stems[index]
        players.render_into(part_to_midi(spoken_in_time(track, song.bpm), song.bpm, song.slowing), stem,
                            linear=track.role in _BEHIND, drums=track.is_drum)
        onsets = [song.seconds(note.onset_beats) for note in track.notes] if bites(track) else None
        through_strip(stem, track, kicks, None if onsets is None else np.array(onsets))
        return band_energies(stem)

    players = band()
    strokes = [replace(note, onset_beats=song.seconds(note.onset_beats))
               for track in tracks if track.is_drum for note in track.notes]
    kicks = kicks_of(strokes, 60.0)
    cost = [sum(note.duration_beats + 1 for note in track.notes) for track in tracks]
    order = sorted(range(len(tracks)), key=lambda index: -cost[index])
    with ThreadPoolExecutor(2) as pool:
        energies = dict(zip(order, pool.map(play, order), strict=True))
    return stems, np.array([energies[index] for index in range(len(tracks))])


def _highpass(stereo: Samples, cutoff_hz: float) -> Samples:
    """(2, n) samples without what lies below."""
    from scipy.signal import butter, lfilter

    order = 1 if cutoff_hz == _RUMBLE_HZ else 2  # in float32 a second order so low would leave an offset itself
    over, under = butter(order, cutoff_hz, "highpass", fs=SAMPLE_RATE)
    return np.stack([lfilter(over.astype(np.float32), under.astype(np.float32), channel + _WHISPER)
                     for channel in stereo])
