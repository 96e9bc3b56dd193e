"""Downloads against a local server that answers, lies, breaks off, floods, trickles or says nothing."""

from __future__ import annotations

import gzip
import hashlib
import random
import socket
import threading
import tracemalloc
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vae_core.data import download
from vae_core.data.download import RemoteFile, RemoteFolder
from vae_core.data.errors import DownloadError

CONTENT = {"images.gz": random.Random(0).randbytes(200_000), "labels.gz": random.Random(1).randbytes(700)}
FILES = tuple(RemoteFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items())


class Handler(BaseHTTPRequestHandler):
    """Behaves as the first part of the path says; the server object keeps the paths that were asked for."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        _, behaviour, name = self.path.split("/")
        getattr(self, behaviour)(CONTENT[name])

    def send(self, body: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def good(self, data: bytes) -> None:
        self.send(data, length=len(data))

    def encoded(self, data: bytes) -> None:
        self.send(data, length=len(data), Content_Encoding="gzip", Content_Type="application/x-gzip")

    def first_only(self, data: bytes) -> None:
        self.send(data, status=200 if data == CONTENT["images.gz"] else 404, length=len(data))

    def absent(self, data: bytes) -> None:
        self.send(b"gone", status=404, length=4)

    def wrong(self, data: bytes) -> None:
        self.send(bytes(len(data)), length=len(data))

    def cut(self, data: bytes) -> None:
        self.send(data[:100], length=len(data))

    def cut_without_length(self, data: bytes) -> None:
        self.send(data[:100])

    def longer(self, data: bytes) -> None:
        self.send(data + b"x", length=len(data) + 1)

    def endless(self, data: bytes) -> None:
        self.send(data)
        while not self.server.over.is_set():
            self.wfile.write(data)
            self.server.flood += len(data)

    def silent(self, data: bytes) -> None:
        self.server.over.wait()

    def stalling(self, data: bytes) -> None:
        self.send(data[:100], length=len(data))
        self.server.over.wait()

    def trickling(self, data: bytes) -> None:
        self.send(b"", length=len(data))
        for i in range(len(data)):
            self.wfile.write(data[i : i + 1])
            if self.server.over.wait(0.02):
                return

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.flood = 0  # bytes that `endless` got rid of
        self.over = threading.Event()

    def handle_error(self, request, client_address) -> None:  # the client hangs up: meant
        pass

    def mirror(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "TIMEOUT", 0.6)
    monkeypatch.setattr(download, "SLOWEST", 1e7)
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def cache(monkeypatch, tmp_path) -> Path:
    monkeypatch.delenv("VAE_DATA_DIR", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "latent-lens" / "tiny"


def folder(*mirrors: str) -> RemoteFolder:
    return RemoteFolder("tiny", "Tiny", FILES, mirrors)


def held(cache: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in cache.parent.rglob("*") if path.is_file()}


def sentence(error: pytest.ExceptionInfo[DownloadError]) -> str:
    """Return the message after checking that it is one plain sentence."""
    text = str(error.value)
    assert text[0] != " " and text.endswith(".") and ". " not in text and "\n" not in text
    assert not any(word in text for word in ("Error", "Exception", "Traceback", "None", "urllib3", "HTTPConnection"))
    return text


def dead_mirror() -> str:
    """Return an address on a port that was free a moment ago, so that nobody listens there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


BAD = {
    "absent": "answered 404",
    "wrong": "sent another file",
    "cut": "stopped after 100 of 200000 bytes",
    "cut_without_length": "stopped after 100 of 200000 bytes",
    "longer": "sent more than 200000 bytes",
    "endless": "sent more than 200000 bytes",
    "silent": "gave no answer",
    "stalling": "stopped after 100 of 200000 bytes",
    "trickling": "stopped after",
    "dead": "gave no answer",
}


def address(server: Server, behaviour: str) -> str:
    return dead_mirror() if behaviour == "dead" else server.mirror(behaviour)


@pytest.mark.parametrize("behaviour", ["good", "encoded"])
def test_a_good_mirror_fills_the_cache_and_is_asked_once_only(server, cache, behaviour):
    tiny = folder(server.mirror(behaviour))
    assert not tiny.is_available()
    assert tiny.read() == list(CONTENT.values())
    assert held(cache) == CONTENT and tiny.is_available()
    assert tiny.read() == list(CONTENT.values())
    assert server.asked == [f"/{behaviour}/images.gz", f"/{behaviour}/labels.gz"]


@pytest.mark.parametrize("behaviour", BAD)
def test_a_bad_mirror_gives_one_sentence_and_leaves_nothing(server, cache, behaviour):
    mirror = address(server, behaviour)
    with pytest.raises(DownloadError) as error:
        folder(mirror).read()
    text = sentence(error)
    assert f"{mirror.split('/')[2]} {BAD[behaviour]}" in text
    assert all(part in text for part in ("Tiny", "images.gz, labels.gz", str(cache), "VAE_DATA_DIR"))
    assert held(cache) == {} and not folder().is_available()
    assert server.flood < 30_000_000  # hung up on at once, though the sockets' buffers take some megabytes


@pytest.mark.parametrize("behaviour", BAD)
def test_the_next_mirror_stands_in_for_a_bad_one(server, cache, behaviour):
    assert folder(address(server, behaviour), server.mirror("good")).read() == list(CONTENT.values())
    assert held(cache) == CONTENT
    assert sum(path.startswith(f"/{behaviour}/") for path in server.asked) <= 1  # not waited for again by the second file


def test_all_mirrors_dead_names_each(server, cache):
    mirrors = (dead_mirror(), server.mirror("absent"), server.mirror("wrong"))
    with pytest.raises(DownloadError) as error:
        folder(*mirrors).read()
    text = sentence(error)
    assert "gave no answer, " in text and "answered 404, " in text and "sent another file)" in text
    assert held(cache) == {}


def test_whole_files_before_a_failure_are_kept_and_not_asked_for_again(server, cache):
    with pytest.raises(DownloadError) as error:
        folder(server.mirror("first_only")).read()
    assert "put labels.gz into" in sentence(error)
    assert held(cache) == {"images.gz": CONTENT["images.gz"]}
    assert folder(server.mirror("good")).read() == list(CONTENT.values())
    assert [path for path in server.asked if path.startswith("/good/")] == ["/good/labels.gz"]


def test_a_damaged_file_of_the_cache_is_downloaded_again(server, cache):
    cache.mkdir(parents=True)
    for name, data in CONTENT.items():
        (cache / name).write_bytes(bytes(len(data)) if name == "labels.gz" else data)
    assert folder(server.mirror("good")).read() == list(CONTENT.values())
    assert server.asked == ["/good/labels.gz"] and held(cache) == CONTENT


def test_a_cache_that_cannot_be_made_is_named(server, cache):
    cache.parent.parent.mkdir()
    cache.parent.write_text("a file where the folder should be")
    with pytest.raises(DownloadError) as error:
        folder(server.mirror("good")).read()
    assert f"the folder {cache} cannot be written to" in sentence(error)


@pytest.fixture
def own(monkeypatch, tmp_path, cache) -> Path:
    """The user's folder with all files, named by VAE_DATA_DIR."""
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "own"))
    (tmp_path / "own" / "tiny").mkdir(parents=True)
    for name, data in CONTENT.items():
        (tmp_path / "own" / "tiny" / name).write_bytes(data)
    return tmp_path / "own" / "tiny"


def test_the_users_folder_comes_first_and_needs_no_network(own, cache):
    cache.mkdir(parents=True)
    (cache / "images.gz").write_bytes(b"damaged, but never looked at")
    assert folder().is_available()
    assert folder().read() == list(CONTENT.values())


def test_what_the_users_folder_lacks_comes_from_the_cache(own, cache):
    cache.mkdir(parents=True)
    (own / "labels.gz").rename(cache / "labels.gz")
    assert folder().is_available()
    assert folder().read() == list(CONTENT.values())


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data + b"x", lambda data: data[:-1] + bytes([data[-1] ^ 1])])
def test_a_damaged_file_of_the_user_is_named_and_left_alone(own, cache, server, damage):
    path = own / "labels.gz"
    path.write_bytes(damage(CONTENT["labels.gz"]))
    with pytest.raises(DownloadError) as error:
        folder(server.mirror("good")).read()
    text = sentence(error)
    assert str(path) in text and "700 bytes" in text and "replace it, or delete it" in text
    assert path.read_bytes() == damage(CONTENT["labels.gz"])
    assert server.asked == [] and held(cache) == {}


UNPACKED = bytes(range(256)) * 40


def packed(content: bytes, level: int = 9) -> bytes:
    return gzip.compress(content, level, mtime=0)


@pytest.mark.parametrize("level", [0, 1, 6])
def test_the_official_file_packed_anew_is_the_official_file(own, level):
    official = gzip.compress(UNPACKED, 9, mtime=7)  # at level 6 another file of the same size
    file = RemoteFile("labels.gz", *known(official), *known(UNPACKED))
    tiny = RemoteFolder("tiny", "Tiny", (file,), ())
    anew = packed(UNPACKED, level)
    (own / "labels.gz").write_bytes(anew)
    assert anew != official and tiny.is_available() and tiny.read() == [anew]
    other = UNPACKED[:-1] + b"x"
    for content in (packed(other, level), anew[:-9] + bytes([anew[-9] ^ 1]) + anew[-8:], packed(UNPACKED * 2, level), b"\x1f", b""):
        (own / "labels.gz").write_bytes(content)
        with pytest.raises(DownloadError, match="is not the official file"):
            tiny.read()


def test_a_pointer_of_git_lfs_is_named(own):
    (own / "labels.gz").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 700\n")
    with pytest.raises(DownloadError) as error:
        folder().read()
    assert sentence(error) == f"{own / 'labels.gz'} is not the data but a Git LFS pointer to them; fetch them with git lfs pull."


def known(content: bytes) -> tuple[int, str]:
    return len(content), hashlib.sha256(content).hexdigest()


def test_a_small_file_that_unpacks_to_much_is_not_unpacked(own):
    bomb = packed(bytes(100_000_000))[:-4] + len(UNPACKED).to_bytes(4, "little")
    (own / "labels.gz").write_bytes(bomb)
    file = RemoteFile("labels.gz", 10, "0" * 64, *known(UNPACKED))
    tracemalloc.start()
    assert file.read(str(own / "labels.gz")) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_file_of_the_wrong_size_is_not_at_hand(own):
    (own / "labels.gz").write_bytes(b"short")
    assert not folder().is_available()


def test_a_test_that_reaches_for_the_network_fails_whatever_it_catches() -> None:
    failed = pytest.raises(pytest.fail.Exception, match="reaches for the network")
    with failed, suppress(Exception):
        socket.create_connection(("192.0.2.1", 80), 0.1)
    with failed, suppress(Exception):
        socket.getaddrinfo("latent-lens.invalid", 80)
    with socket.create_server(("127.0.0.1", 0)) as here, socket.create_connection(("localhost", here.getsockname()[1])) as heard:
        assert heard.getpeername() == here.getsockname()
