"""The mixing desk: every player rendered by itself, cleaned, balanced so that the tune is heard, one room.

Levels are measured, not guessed: a SoundFont's flute and its overdriven guitar lie 20 dB apart at the same
velocity. A track's ``volume_db`` is relative to its role's usual place.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.music import Song, Track
from core.perform.master import master
from core.perform.midi import channels_of, song_to_midi
from core.perform.room import reverberate
from core.perform.synth import SAMPLE_RATE, band

Samples = npt.NDArray[np.float32]

TAIL_S = 3.5  # room for the last chord to die away; silence is trimmed


@dataclass(frozen=True, slots=True)
class Strip:
    """A role's place on the desk: loudness relative to the melody, and where its lows are cut off."""

    level_db: float
    highpass_hz: float = 0.0


STRIPS = {
    "melody": Strip(0.0, 110.0),
    "counter": Strip(-6.5, 130.0),
    "double": Strip(-5.0, 130.0),
    "bass": Strip(-3.5, 32.0),
    "drums": Strip(-1.5),
    "percussion": Strip(-7.0, 150.0),
    "chords": Strip(-6.5, 130.0),
    "pad": Strip(-10.0, 180.0),
}
OTHER_STRIP = Strip(-8.0, 130.0)
_MELODY_MARGIN_DB = 3.0
_MAX_CUT_DB, _MAX_BOOST_DB = 6.0, 3.0
_MAX_GAIN_DB = 24.0
ROOM = "room"

_FRAME = 2048
_ANALYSIS_HOP = 4096
_BANDS_HZ = (60, 120, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)
_MELODY_BANDS = slice(2, 6)  # 250 Hz to 4 kHz: where a tune is made out


def perform(song: Song) -> Samples:
    """The finished recording: float32 (n, 2) at 44.1 kHz, mastered. The same song gives the same samples."""
    return master(np.sum(list(_mixed(song).values()), axis=0, dtype=np.float32))


def stems(song: Song) -> dict[str, Samples]:
    """Every track and the room by themselves, (n, 2): together they are the mix before mastering."""
    return {name: np.ascontiguousarray(stem.T) for name, stem in _mixed(song).items()}


def _mixed(song: Song) -> dict[str, Samples]:
    """Balanced stems (2, n) by role, and the room's answer."""
    tracks = [track for track in song.tracks if track.notes]
    raw = render_stems(song, tracks)
    bands = np.array([band_energies(stem) for stem in raw])
    gains = 10 ** (balance(tracks, bands) / 20)
    names = _unique([track.role for track in tracks])
    mixed = {name: stem * np.float32(gain) for name, stem, gain in zip(names, raw, gains, strict=True)}
    send = np.zeros(raw[0].shape[1] if raw else 0, dtype=np.float32)
    for track, stem in zip(tracks, mixed.values(), strict=True):
        send += np.float32(0.5 * track.reverb) * (stem[0] + stem[1])
    return mixed | {ROOM: reverberate(send)}


def render_stems(song: Song, tracks: Sequence[Track]) -> list[Samples]:
    """Each track dry and filtered, (2, n). Two halves of the band play side by side, one core each."""
    duration_s = song.duration_s + TAIL_S
    halves = _halves(tracks)

    def play(half: Sequence[int]) -> list[Samples]:
        players = [tracks[index] for index in half]
        channels = channels_of(players)
        rendered = band().render_channels(
            song_to_midi(replace(song, tracks=tuple(players))), duration_s, channels
        )
        return [
            _highpass(stem, STRIPS.get(player.role, OTHER_STRIP).highpass_hz)
            for player, stem in zip(players, rendered, strict=True)
        ]

    found: dict[int, Samples] = {}
    with ThreadPoolExecutor(2) as pool:
        for half, rendered in zip(halves, pool.map(play, halves), strict=True):
            found.update(zip(half, rendered, strict=True))
    return [found[index] for index in range(len(tracks))]


def _halves(tracks: Sequence[Track]) -> list[list[int]]:
    """Track numbers in two groups that cost about the same to render: note-seconds, with their releases."""
    cost = [sum(note.duration_beats + 1.0 for note in track.notes) for track in tracks]
    halves: list[list[int]] = [[], []]
    totals = [0.0, 0.0]
    for index in sorted(range(len(tracks)), key=lambda i: -cost[i]):
        lighter = totals[1] < totals[0]
        halves[lighter].append(index)
        totals[lighter] += cost[index]
    return [sorted(half) for half in halves if half]


def _highpass(stem: Samples, cutoff_hz: float) -> Samples:
    if not cutoff_hz:
        return stem
    from scipy.signal import butter, sosfilt

    return sosfilt(
        butter(2, cutoff_hz, "highpass", fs=SAMPLE_RATE, output="sos").astype(np.float32), stem, axis=1
    )


def band_energies(stem: Samples) -> npt.NDArray[np.float64]:
    """Power of a (2, n) stem in octave bands, at some ten moments a second: (moments, bands)."""
    from scipy.fft import rfft

    frames = np.lib.stride_tricks.sliding_window_view(stem, _FRAME, axis=1)[:, ::_ANALYSIS_HOP]
    window = np.hanning(_FRAME).astype(np.float32)
    spectrum = rfft(frames * window, axis=2)
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0) / (0.375 * _FRAME**2 / 2)
    edges = np.searchsorted(np.fft.rfftfreq(_FRAME, 1 / SAMPLE_RATE), _BANDS_HZ)
    return np.add.reduceat(power, edges, axis=1)[:, :-1].astype(np.float64)


# Loudness of each octave band, the ear's way: BS.1770's K weighting at the bands' centres, in dB.
_K_WEIGHT_DB = np.array([-1.6, -0.4, -0.1, 0.0, 0.7, 3.0, 3.9, 4.0])


def balance(tracks: Sequence[Track], bands: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Gain of every track in dB, from its band energies (tracks, moments, bands).

    First each track is set to its role's loudness. Then, over the moments in which the melody sounds and
    in the octaves it sounds in, every other track that comes nearer than 3 dB is turned down, by 6 dB at
    most, and the melody up for what is left.
    """
    weights = 10 ** (_K_WEIGHT_DB / 10)
    loudness = np.array([_active_loudness_db(energy @ weights) for energy in bands])
    wanted = np.array([STRIPS.get(t.role, OTHER_STRIP).level_db + t.volume_db for t in tracks])
    gains = np.clip(wanted - 20.0 - loudness, -_MAX_GAIN_DB, _MAX_GAIN_DB)
    leads = [index for index, track in enumerate(tracks) if track.role == "melody"]
    if not leads:
        return gains
    lead = leads[0]
    left_over = 0.0
    for index in range(len(tracks)):
        if index != lead:
            short = _MELODY_MARGIN_DB - (_margin_db(bands[lead], bands[index]) + gains[lead] - gains[index])
            cut = float(np.clip(short, 0.0, _MAX_CUT_DB))
            gains[index] -= cut
            left_over = max(left_over, short - cut)
    gains[lead] += min(left_over, _MAX_BOOST_DB)
    return gains


def _active_loudness_db(power: npt.NDArray[np.float64]) -> float:
    """Mean loudness of the moments in which something sounds."""
    if not power.any():
        return -90.0
    active = power > power.max() * 1e-3
    return float(10 * np.log10(power[active].mean()))


def _margin_db(lead: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """How far the lead lies above another track in the octave that carries the lead, in the middle moment."""
    lead, other = lead[:, _MELODY_BANDS], other[:, _MELODY_BANDS]
    total = lead.sum(axis=1)
    active = total > total.max(initial=0.0) * 1e-2
    if not active.any():
        return np.inf
    lead, other = lead[active], other[active]
    band = lead.argmax(axis=1)
    rows = np.arange(len(band))
    return float(np.median(10 * np.log10((lead[rows, band] + 1e-12) / (other[rows, band] + 1e-12))))


def _unique(roles: list[str]) -> list[str]:
    """Roles as names: a second pad is ``pad-2``."""
    return [
        role if not (before := roles[:index].count(role)) else f"{role}-{before + 1}"
        for index, role in enumerate(roles)
    ]
