"""Fixtures every test shares, and the guard that keeps every test on this machine."""

import ipaddress
import socket

import hypothesis
import pytest

# The same examples every time: a red run says something about the change, not about the dice. No deadline,
# as two busy cores make any single example slow.
hypothesis.settings.register_profile("humband", deadline=None, max_examples=50, derandomize=True)
hypothesis.settings.load_profile("humband")

_real_connect = socket.socket.connect


def _is_local(address) -> bool:
    if not isinstance(address, tuple):  # a unix socket's path
        return True
    host = address[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def stay_on_this_machine(monkeypatch):
    """Fail any test that opens a connection beyond loopback."""

    def connect(self, address):
        if not _is_local(address):
            pytest.fail(f"a test tried to leave the machine: {address}")
        return _real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
