"""The mixing desk: every player rendered by itself, cleaned, balanced so that the tune is heard, one room.

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
from core.perform.master import master
from core.perform.midi import song_to_midi
from core.perform.room import reverberate
from core.perform.synth import SAMPLE_RATE, band

Samples = npt.NDArray[np.float32]

TAIL_S = 3.5  # room for the last chord to die away; silence is trimmed


# Loudness of these roles in dB against the melody's, where their track asks for 0 dB: the others stand
# just where their ``volume_db`` puts them.
_PLACES_DB = {"bass": -3.0, "drums": -2.0}
_LOW_ROLES = frozenset({"bass", "drums"})
_GROUND_HZ = 120.0  # below this the others leave the room to bass and drums
_RUMBLE_HZ = 28.0  # and below this there is nothing but the offsets of some fonts' samples
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
    return master(mix_down(song))


def mix_down(song: Song) -> Samples:
    """All tracks in their place, in the room: float32 (2, n), not yet mastered."""
    tracks, raw, gains = _desk(song)
    low = np.array([track.role in _LOW_ROLES for track in tracks])
    buses = np.stack([gains * low, gains * ~low, gains * [track.reverb for track in tracks]]).astype(np.float32)
    ground, upper, send = (buses @ raw.reshape(len(tracks), -1)).reshape(3, 2, -1)
    with ThreadPoolExecutor(2) as pool:  # scipy's filter lets go of the GIL
        cleaned = [pool.submit(_highpass, bus, cutoff) for bus, cutoff in ((ground, _RUMBLE_HZ), (upper, _GROUND_HZ))]
        mix = reverberate(send[0] + send[1])
    for bus in cleaned:
        mix += bus.result()
    return mix


def stems(song: Song) -> dict[str, Samples]:
    """Every track and the room by themselves, (n, 2): together they are :func:`mix_down`."""
    tracks, raw, gains = _desk(song)
    found: dict[str, Samples] = {}
    send = np.zeros(raw.shape[2], dtype=np.float32)
    for track, stem, gain in zip(tracks, raw, gains.astype(np.float32), strict=True):
        twins = sum(name == track.role or name.startswith(f"{track.role}-") for name in found)
        send += gain * np.float32(track.reverb) * (stem[0] + stem[1])
        placed = gain * _highpass(stem, _RUMBLE_HZ if track.role in _LOW_ROLES else _GROUND_HZ)
        found[f"{track.role}-{twins + 1}" if twins else track.role] = placed.T
    return found | {ROOM: reverberate(send).T}


def _desk(song: Song) -> tuple[list[Track], Samples, npt.NDArray[np.float64]]:
    """(tracks that play, their dry stems (tracks, 2, n), their gains)."""
    tracks = [track for track in song.tracks if track.notes]
    if not tracks:
        raise BadMusic(reason="nobody plays a note in it")
    raw, bands = render_stems(song, tracks)
    return tracks, raw, 10 ** (balance(tracks, bands) / 20)


def render_stems(song: Song, tracks: Sequence[Track]) -> tuple[Samples, npt.NDArray[np.float64]]:
    """(each track dry, float32 (tracks, 2, n); band energies (tracks, moments, bands)).

    The players are shared out to two threads, the busiest first, so that both cores finish together.
    """
    count = round((song.duration_s + TAIL_S) * SAMPLE_RATE)
    stems = np.empty((len(tracks), 2, count), dtype=np.float32)

    def play(index: int) -> npt.NDArray[np.float64]:
        track, stem = tracks[index], stems[index]
        players.render_into(song_to_midi(replace(song, tracks=(track,))), stem)
        return band_energies(stem)

    players = band()
    cost = [sum(note.duration_beats + 1 for note in track.notes) for track in tracks]
    order = sorted(range(len(tracks)), key=lambda index: -cost[index])
    with ThreadPoolExecutor(2) as pool:
        energies = dict(zip(order, pool.map(play, order), strict=True))
    return stems, np.array([energies[index] for index in range(len(tracks))])


def _highpass(stereo: Samples, cutoff_hz: float) -> Samples:
    """(2, n) samples without what lies below."""
    from scipy.signal import butter, sosfilt

    order = 1 if cutoff_hz == _RUMBLE_HZ else 2  # in float32 a second order so low would leave an offset itself
    sections = butter(order, cutoff_hz, "highpass", fs=SAMPLE_RATE, output="sos").astype(np.float32)
    return sosfilt(sections, stereo, axis=1)


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

    First each track is set to its loudness. Then, over the moments in which the melody sounds and in the
    octaves it sounds in, every other track that comes nearer than 3 dB for more than a fifth of the time is
    turned down, by 6 dB at most, and the melody up for what is left.
    """
    weights = 10 ** (_K_WEIGHT_DB / 10)
    loudness = np.array([_active_loudness_db(energy @ weights) for energy in bands])
    wanted = np.array([_PLACES_DB.get(t.role, 0.0) + t.volume_db for t in tracks])
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
    """How far the lead lies above another track in the octave that carries the lead, four fifths of the time."""
    lead, other = lead[:, _MELODY_BANDS], other[:, _MELODY_BANDS]
    total = lead.sum(axis=1)
    active = total > total.max(initial=0.0) * 1e-2
    if not active.any():
        return np.inf
    lead, other = lead[active], other[active]
    band = lead.argmax(axis=1)
    rows = np.arange(len(band))
    return float(np.quantile(10 * np.log10((lead[rows, band] + 1e-12) / (other[rows, band] + 1e-12)), 0.2))
