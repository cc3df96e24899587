"""Which container a file is, told from its first bytes alone: an allowlist, and nothing else gets in.

ffmpeg is never left to guess: a playlist named ``.ogg`` would send it to other files and hosts.
The values are ffmpeg's names of its demuxers.
"""

_MPEG1_LAYER3_KBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_LAYER3_KBITS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG1_RATES = (44_100, 48_000, 32_000)
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")  # what a mov or mp4 may begin with
MIN_BYTES = 12


def sniff_container(data: bytes) -> str | None:
    """ffmpeg's demuxer for these bytes: ogg, mp3, wav, flac, aac, amr, matroska or mov; None for all else."""
    if len(data) < MIN_BYTES:
        return None
    if data.startswith(b"ID3"):
        return _after_id3(data)
    if data.startswith(b"OggS"):
        return "ogg"
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return "wav"
    if data.startswith(b"fLaC"):
        return "flac"
    if data.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "amr"
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if data[4:8] in _MP4_BOXES:
        return "mov"
    return _mpeg_stream(data)


def _after_id3(data: bytes) -> str | None:
    """What follows an ID3v2 tag, whose size stands in four bytes of seven bits."""
    size = data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9]
    rest = data[10 + size :]
    if rest.startswith(b"fLaC"):
        return "flac"
    # A long tag may be padded beyond its size, and Xing headers count as frames: mp3 is the default.
    return _mpeg_stream(rest) or "mp3"


def _mpeg_stream(data: bytes) -> str | None:
    """``mp3`` or ``aac`` (ADTS) where two frame headers follow each other at the right distance."""
    for name, frame_length in (("mp3", _mp3_frame_length), ("aac", _adts_frame_length)):
        length = frame_length(data)
        if length and (length >= len(data) or frame_length(data[length : length + 8])):
            return name
    return None


def _mp3_frame_length(head: bytes) -> int:
    """Bytes of the MPEG layer 3 frame that begins here; 0 if none does (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # sync, layer 3
        return 0
    version, bitrate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bitrate in (0, 15) or rate == 3:
        return 0
    if version == 3:  # MPEG 1; else MPEG 2 (2) or 2.5 (0): half or a quarter of the rates, half the samples
        return 144_000 * _MPEG1_LAYER3_KBITS[bitrate] // _MPEG1_RATES[rate] + (head[2] >> 1 & 1)
    sample_rate = _MPEG1_RATES[rate] // (2 if version == 2 else 4)
    return 72_000 * _MPEG2_LAYER3_KBITS[bitrate] // sample_rate + (head[2] >> 1 & 1)


def _adts_frame_length(head: bytes) -> int:
    """Bytes of the AAC frame that begins here; 0 if none does (ISO 13818-7, 6.2)."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length > 7 else 0
