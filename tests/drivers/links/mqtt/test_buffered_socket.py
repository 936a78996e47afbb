"""The buffering socket: paho sees what it is granted, and no byte is lost on the way out."""

import socket
from collections.abc import Iterator

import pytest

from drivers.links.mqtt.buffered_socket import BufferedSocket


@pytest.fixture
def ends() -> Iterator[tuple[BufferedSocket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    buffered = BufferedSocket(ours)
    buffered.setblocking(False)
    with theirs:
        yield buffered, theirs
        buffered.close()


def fill_until(buffered: BufferedSocket, count: int) -> None:
    while len(buffered.received) < count:
        buffered.fill()


def test_paho_reads_only_what_it_is_granted(ends):
    buffered, theirs = ends
    theirs.sendall(b"connack|publish")
    fill_until(buffered, 15)
    with pytest.raises(BlockingIOError):
        buffered.recv(1)
    buffered.grant(7)
    assert (buffered.recv(1), buffered.pending(), buffered.recv(100)) == (b"c", 6, b"onnack")
    with pytest.raises(BlockingIOError):
        buffered.recv(1)
    assert buffered.received == b"|publish"


def test_what_is_dropped_ahead_of_its_coming_never_shows(ends):
    buffered, theirs = ends
    theirs.sendall(b"huge")
    fill_until(buffered, 4)
    buffered.drop(1_000)
    theirs.sendall(b"x" * 996 + b"next")
    fill_until(buffered, 4)
    assert buffered.received == b"next"


def test_a_slow_reader_gets_all_that_was_written_in_order(ends):
    buffered, theirs = ends
    sent = b"".join(b"%07d\n" % number for number in range(500_000))
    for at in range(0, len(sent), 400_000):
        assert buffered.send(sent[at : at + 400_000]) == len(sent[at : at + 400_000])
    buffered.flush()
    assert buffered.unsent
    received = bytearray()
    while len(received) < len(sent):
        received += theirs.recv(1_000_000)
        buffered.flush()
    assert received == sent
    assert not buffered.unsent


def test_the_end_is_told_once_all_that_came_before_is_read(ends):
    buffered, theirs = ends
    theirs.sendall(b"last")
    theirs.shutdown(socket.SHUT_WR)
    while not buffered.ended:
        buffered.fill()
    buffered.grant(4)
    assert (buffered.recv(4), buffered.recv(1)) == (b"last", b"")


def test_closing_sends_what_is_waiting(ends):
    buffered, theirs = ends
    buffered.send(b"disconnect")
    buffered.close()
    assert theirs.recv(100) == b"disconnect"
