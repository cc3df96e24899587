"""The room: a response that dies away, and a convolution that is one."""

import numpy as np
from scipy.signal import fftconvolve

from core.perform.room import impulse_response, plate_response, reverberate


def test_the_room_dies_away_smoothly_and_sooner_above():
    response = impulse_response()
    energy = np.cumsum((response**2).sum(axis=0)[::-1])[::-1]
    decay_db = 10 * np.log10(energy / energy[0])
    at = {level: np.argmax(decay_db < level) / 22_050 for level in (-5, -35)}
    assert 0.5 < 2 * (at[-35] - at[-5]) < 1.5  # seconds to -60 dB
    left, right = response
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.3  # wide
    early, late = (np.abs(np.fft.rfft(left[part])) ** 2 for part in (slice(0, 8_192), slice(16_384, 24_576)))
    assert late[1_500:3_000].sum() / late[50:400].sum() < 0.2 * early[1_500:3_000].sum() / early[50:400].sum()


def test_the_plate_answers_at_once_and_brightly():
    room, plate = impulse_response()[0], plate_response()[0]

    def share(response, part):
        return (response[part] ** 2).sum() / (response**2).sum()

    def brightness(response):
        power = np.abs(np.fft.rfft(response)) ** 2
        return power[len(power) // 4:].sum() / power.sum()

    assert np.abs(plate[:200]).max() > 3 * np.abs(room[:80]).max()
    assert share(plate, slice(0, 400)) > share(room, slice(0, 400)) - 0.1
    assert brightness(plate) > brightness(room)


def test_reverberation_is_convolution_and_linear():
    rng = np.random.default_rng(3)
    for which in (0, 1):
        sends = np.zeros((2, 300_000), np.float32)
        sends[which] = np.repeat(np.cumsum(rng.normal(0, 0.1, 60_000)) % 1.0 - 0.5, 5)
        wet = reverberate(sends)
        assert wet.shape == (2, 300_000) and wet.dtype == np.float32
        impulse = np.zeros((2, 150_000), np.float32)
        impulse[which, 0] = 1.0
        answer = reverberate(np.repeat(impulse, 2, axis=1))[:, 0::2]
        half = 0.5 * (sends[which, 0::2] + sends[which, 1::2])
        direct = np.stack([fftconvolve(half, channel)[:150_000] for channel in answer])
        assert np.abs(direct - wet[:, 0::2]).max() < 1e-3 * np.abs(wet).max()
        assert np.allclose(reverberate(2 * sends), 2 * wet, atol=1e-4)


def test_one_send_is_the_rooms():
    send = np.random.default_rng(5).standard_normal(50_000).astype(np.float32)
    assert np.allclose(reverberate(send), reverberate(np.stack([send, np.zeros_like(send)])), atol=1e-5)


def test_any_length():
    for count in (1, 2, 3, 44_100, 95_793 * 2, 200_001):
        wet = reverberate(np.ones((2, count), np.float32))
        assert wet.shape == (2, count) and np.isfinite(wet).all()
