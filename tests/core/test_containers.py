"""Sniffing: an allowlist by magic bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.containers import sniff_container
from tests.core import bad_input


@pytest.mark.parametrize("encoding", list(bad_input.ENCODINGS))
def test_real_files_are_known(tmp_path, encoding):
    data = bad_input.encoded(tmp_path, encoding, 1.0).read_bytes()
    name = encoding.split("-")[0]
    expected = bad_input.DEMUXERS.get(name, name)
    assert sniff_container(data) == expected
    if expected in ("mp3", "aac", "flac"):
        tag = b"ID3\x04\0\0" + bytes((0, 0, 1, 5)) + bytes(133)
        assert sniff_container(tag + data) == expected


@given(st.binary(max_size=80))
def test_any_bytes_are_answered(data):
    assert sniff_container(data) in {None, "ogg", "mp3", "wav", "flac", "aac", "amr", "matroska", "mov"}


@given(st.text(max_size=60))
def test_text_is_never_a_sound(text):
    data = text.encode()
    if not data.startswith((b"ID3", b"OggS", b"RIFF", b"RF64", b"fLaC", b"#!AMR")) and data[4:8] not in (
        b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide",
    ):  # fmt: skip
        assert sniff_container(data) is None


@given(
    st.sampled_from((b"#EXTM3U\n", b"ffconcat version 1.0\n", b"<?xml version='1.0'?><MPD>", b"[playlist]\n")),
    st.binary(),
)
def test_playlists_are_never_a_sound(head, rest):
    assert sniff_container(head + rest) is None
    assert sniff_container(b"\n" + head + rest) is None


@given(st.integers(0, 2**28 - 1), st.binary(max_size=200))
def test_an_id3_tag_of_any_size_ends_well(size, rest):
    head = b"ID3\x03\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    assert sniff_container(head + rest) in (None, "mp3", "aac", "flac")
