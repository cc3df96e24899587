"""Two halves of an MP3, encoded side by side, made one: so both cores of a small machine write a song.

Frames of a stream without bit reservoir stand for themselves. Both halves begin on the same lattice of frames and
share a few round the seam, so that at the cut either encoder has come to the same decisions: what is decoded is what
one encoder would have written (ISO 11172-3; the header is the one of Xing and LAME).
"""

import struct
from functools import cache

SAMPLES_A_FRAME = 1_152
OVERLAP = 8  # frames that both halves encode on either side of the seam; the differences die in four
_KBIT_S = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES = (44_100, 48_000, 32_000)
_INFO_AT = 36  # of the header's letters in its frame: behind four bytes and the side information of two channels
_DECODER_DELAY = 529


def joined(first: bytes, second: bytes, seam: int, samples: int) -> bytes:
    """The MP3 whose frames up to ``seam`` come from ``first`` (with its tags), the others from ``second``.

    ``second`` starts OVERLAP frames before the seam, ``samples`` is what the whole holds. Raises ValueError for what
    is no MPEG 1 layer III stream of constant bit rate, which ffmpeg writes.
    """
    start = _after_tag(first)
    header, *own = _frames(first[start:])
    if header[_INFO_AT:_INFO_AT + 4] not in (b"Info", b"Xing"):
        raise ValueError("no header frame")
    theirs = _frames(second[_after_tag(second):])
    if theirs[0][_INFO_AT:_INFO_AT + 4] in (b"Info", b"Xing"):
        theirs = theirs[1:]
    if len(own) < seam or len(theirs) <= OVERLAP:
        raise ValueError("too few frames")
    frames = own[:seam] + theirs[OVERLAP:]
    size = len(header) + sum(map(len, frames))
    return b"".join([first[:start], _header(header, len(frames), size, samples), *frames])


def _after_tag(data: bytes) -> int:
    """Where the frames begin: behind an ID3v2 tag."""
    if data[:3] != b"ID3":
        return 0
    a, b, c, d = data[6:10]
    return 10 + (a << 21 | b << 14 | c << 7 | d)


def _frames(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at + 4 <= len(data):
        if data[at] != 0xFF or data[at + 1] & 0xFE != 0xFA:
            raise ValueError("no frame where one should begin")
        code = data[at + 2]
        length = 144_000 * _KBIT_S[code >> 4] // _RATES[code >> 2 & 3] + (code >> 1 & 1)
        found.append(data[at:at + length])
        at += length
    return found


def _header(frame: bytes, frames: int, size: int, samples: int) -> bytes:
    """The header frame of a stream of so many frames, bytes and samples, its delay kept."""
    out = bytearray(frame)
    struct.pack_into(">LLL", out, _INFO_AT + 4, 0xF, frames, size)
    out[_INFO_AT + 16:_INFO_AT + 116] = bytes(i * 256 // 100 for i in range(100))  # where each hundredth begins
    lame = _INFO_AT + 120
    delay = out[lame + 21] << 4 | out[lame + 22] >> 4
    padding = max(0, min(4_095, frames * SAMPLES_A_FRAME - delay - samples))
    out[lame + 21:lame + 24] = (delay << 12 | padding).to_bytes(3, "big")
    struct.pack_into(">LH", out, lame + 28, size, 0)  # the check sum of the music is one that nobody reads
    struct.pack_into(">H", out, lame + 34, _crc16(bytes(out[:lame + 34])))
    return bytes(out)


@cache
def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ 0xA001 * (byte & 1)
        table.append(byte)
    return tuple(table)


def _crc16(data: bytes) -> int:
    """CRC-16/ARC, as LAME signs its header."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _crc_table()[(crc ^ byte) & 0xFF]
    return crc
