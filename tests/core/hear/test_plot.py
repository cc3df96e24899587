import io

import numpy as np
from PIL import Image

from core.hear.plot import draw_notes
from core.hear.voice import SungLine
from tests.singer import EXAMPLE, sing


def test_every_note_is_drawn():
    take = sing(EXAMPLE, seed=1)
    pitch = np.full(900, np.nan)
    with_notes = SungLine(take.notes, pitch, np.zeros(900), 0.016)
    image = np.asarray(Image.open(io.BytesIO(draw_notes(take.sound, with_notes))).convert("RGB")).astype(int)
    assert image.shape == (500, 1200, 3)
    outline = np.abs(image - (0xff, 0xd1, 0x66)).sum(2) < 60
    columns = np.flatnonzero(outline.any(0))
    assert len(columns) > 500  # the notes cover most of the take

    silent = SungLine((), pitch, np.zeros(900), 0.016)
    image = np.asarray(Image.open(io.BytesIO(draw_notes(take.sound, silent))).convert("RGB")).astype(int)
    assert (np.abs(image - (0xff, 0xd1, 0x66)).sum(2) < 20).sum() < outline.sum() / 10
