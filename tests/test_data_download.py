"""`bench data download` against a server of this test, which cuts, refuses, lies and forgets."""

import hashlib
import io
import json
import shutil
import signal
import ssl
import subprocess
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from bench.cli import main
from bench.data.acquisition import transfer

LINES = {f"S{number}/values.csv": f"{number % 10}.5\n".encode() * 2000 for number in (1, 2, 10)}


class Server(ThreadingHTTPServer):
    """Serves bytes; `tricks` says how the next requests for a path go wrong, one after the other."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.tricks, self.seen, self.tag, self.ranges = {}, {}, [], "one", True

    def handle_error(self, *_):
        """A client that goes away is part of the test."""

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def requests(self, path):
        return [(range_, given) for asked, range_, given in self.seen if asked == path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server, path = self.server, self.path.lstrip("/")
        server.seen.append((path, self.headers.get("Range"), self.headers.get("If-Range")))
        trick, *server.tricks[path] = server.tricks.get(path) or [None]
        content = server.files.get(path)
        if isinstance(trick, int) or content is None:
            self.answer(trick or 404, b"sorry", {"Retry-After": "0"})
        elif trick == "redirect":
            self.answer(302, b"", {"Location": f"/{path}"})
        elif trick == "page":
            self.answer(200, b"\n<!DOCTYPE html><p>Log in, please.", {"Content-Type": "application/zip"})
        elif trick == "html":
            self.answer(200, b"<p>Log in, please.", {"Content-Type": "text/html; charset=utf-8"})
        else:
            self.serve(content, trick)

    def serve(self, content, trick):
        """The file, or the rest of it where the client knows this version."""
        headers, start, asked = {"ETag": f'"{self.server.tag}"'}, 0, self.headers.get("Range")
        same = self.headers.get("If-Range") in (None, headers["ETag"])
        if asked and self.server.ranges and (same or trick == "careless"):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.head(206 if "Content-Range" in headers else 200, len(content) - start, headers)
        rest = content[start:]
        if trick == "cut":
            self.wfile.write(rest[: len(rest) // 2])
            self.close_connection = True
        elif trick == "slow":
            for place in range(0, len(rest), 400):
                self.wfile.write(rest[place : place + 400])
                time.sleep(0.1)
        else:
            self.wfile.write(rest)

    def head(self, code, size, headers):
        self.send_response(code)
        for name, value in (*headers.items(), ("Content-Length", str(size))):
            self.send_header(name, value)
        self.end_headers()

    def answer(self, code, content, headers):
        self.head(code, len(content), headers)
        self.wfile.write(content)


@pytest.fixture
def server():
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def publish(server, bench, tiny, monkeypatch):
    """Publish files: `publish({"S1/values.csv": b"..."}, sha256=False)`; gives the folder they come to."""
    root = bench.folder / "data"
    monkeypatch.setenv("BENCH_DATA", str(root))
    monkeypatch.setattr(transfer, "FIRST_WAIT", 0.001)

    def make(files=LINES, addresses=(), sha256=True, size=True, **more):
        server.files |= files
        told = [
            {"file": name, "urls": [*addresses, f"{server.address}/{name}"], "size": len(content) if size else 0,
             "sha256": hashlib.sha256(content).hexdigest() if sha256 else "", **more}
            for name, content in files.items()
        ]  # fmt: skip
        monkeypatch.setenv("TINY_DOWNLOADS", json.dumps(told))
        return root / "tiny"

    return make


@pytest.fixture
def download(bench):
    def run(*arguments):
        return bench("data", "download", "tiny", "--accept-licence", *arguments)

    return run


def whole(folder, files=LINES):
    return all((folder / name).read_bytes() == content for name, content in files.items())


def parts(folder):
    return sorted(path.name for path in folder.rglob("*.part*"))


# ------------------------------------------------------------------------------------ the good case


def test_a_data_set_comes_with_its_licence_and_is_fetched_once(publish, server, download, bench):
    folder = publish()
    said = download().ok()
    assert "licence   Only for tests" in said.out
    assert "citation  Nobody (2020), Tiny." in said.out
    assert f"Downloaded 3 files, 24.0 kB, to {folder}.\n" in said.out
    assert said.out.endswith("Next: 'bench data verify tiny', 'bench run --dataset tiny'.\n")
    assert whole(folder)
    assert not parts(folder)
    receipt = json.loads((folder / "download.json").read_text())
    assert receipt.keys() == {"title", "licence", "citation", "accepted", "by"}
    assert len(server.seen) == 3
    assert (
        f"Downloaded 0 files, 0 bytes, to {folder}; 3 files were already there."
        in bench("data", "download", "tiny").out
    )
    assert len(server.seen) == 3
    assert "3 subjects, 3 recordings, 6 segments" in bench("data", "verify", "tiny").ok().out


def test_no_request_is_sent_before_the_licence_is_accepted(publish, server, bench):
    folder = publish()
    for answer in ("n\n", ""):
        said = CliRunner().invoke(main, ["data", "download", "tiny"], input=answer)
        assert said.exit_code == 1
        assert "Do you accept this licence?" in said.stderr
        assert said.stderr.endswith(
            "Error: Nothing was downloaded, since the licence was not accepted; use --accept-licence to accept it.\n"
        )
    assert not server.seen
    assert not folder.exists()
    assert CliRunner().invoke(main, ["data", "download", "tiny"], input="y\n").exit_code == 0
    assert whole(folder)


def test_a_damaged_file_is_fetched_again_and_the_others_are_not(publish, server, download):
    folder = publish()
    download().ok()
    (folder / "S2" / "values.csv").write_bytes(b"x" * len(LINES["S2/values.csv"]))
    server.seen.clear()
    assert "Downloaded 1 file, 8.0 kB" in download().ok().out
    assert [path for path, *_ in server.seen] == ["S2/values.csv"]
    assert whole(folder)


def test_part_of_a_data_set(publish, server, download):
    folder = publish({**LINES, "README": b"Read me."})
    assert "download  3 files of 4" in download("--subjects", "S001, 10").ok().out
    assert {path for path, *_ in server.seen} == {"README", "S1/values.csv", "S10/values.csv"}
    server.seen.clear()
    download("--only", "S2/*").ok()
    assert {path for path, *_ in server.seen} == {"S2/values.csv"}
    assert whole(folder)


@pytest.mark.parametrize(
    ("typed", "message"),
    [(("--subjects", "7"), ("No file belongs to '7' alone; the files are called S1/values.csv, S2/values.csv, "
      "S10/values.csv and so on. Select files with --only, or omit --subjects.")),
     (("--subjects", ","), "--subjects takes names or numbers joined by commas, as in 1,2,5."),
     (("--only", "*.edf"), "No file matches *.edf; the first file is S1/values.csv.")],
)  # fmt: skip
def test_a_part_that_does_not_exist(publish, server, download, typed, message):
    folder = publish()
    download(*typed).usage_error(message)
    assert not server.seen
    assert not folder.exists()


# ------------------------------------------------------------------------------------- what is cut


@pytest.mark.parametrize("sha256", [True, False])
def test_an_interrupted_download_is_resumed(publish, server, download, sha256):
    folder = publish(sha256=sha256)
    server.tricks["S1/values.csv"] = ["cut", "cut", 503, "cut"]
    download().ok()
    assert whole(folder)
    asked = server.requests("S1/values.csv")
    assert [range_ for range_, _ in asked] == [
        None, "bytes=4000-", "bytes=6000-", "bytes=6000-", "bytes=7000-"
    ]  # fmt: skip
    assert {given for _, given in asked[1:]} == {'"one"'}


def test_a_server_that_cannot_resume_starts_again(publish, server, download):
    folder = publish()
    server.ranges = False
    server.tricks["S1/values.csv"] = ["cut"]
    download().ok()
    assert whole(folder)


@pytest.mark.parametrize("trick", [None, "careless"])
def test_versions_of_a_changed_file_are_not_mixed(publish, server, download, trick):
    """Whether the server heeds If-Range or sends the rest of the new file."""
    folder = publish(sha256=False)
    server.tricks["S1/values.csv"] = ["cut", 404]
    said = download()
    assert said.code == 1
    assert said.err == (
        f"Error: Cannot download S1/values.csv: {server.address}/S1/values.csv does not have the file (404). "
        "What was received is kept; the same command continues from there.\n"
    )
    server.tricks["S1/values.csv"] = [trick]
    server.tag = "two"
    server.files["S1/values.csv"] = b"9.5\n" * 2000
    download().ok()
    assert (folder / "S1" / "values.csv").read_bytes() == b"9.5\n" * 2000


def test_a_part_that_is_complete_is_taken(publish, server, download):
    folder = publish(size=False)
    (folder / "S1").mkdir(parents=True)
    (folder / "S1" / "values.csv.part").write_bytes(LINES["S1/values.csv"])
    download().ok()
    assert whole(folder)
    assert not parts(folder)


def test_the_part_of_another_file_is_discarded(publish, server, download):
    folder = publish()
    (folder / "S1").mkdir(parents=True)
    (folder / "S1" / "values.csv.part").write_bytes(b"x" * 5000)
    download().ok()
    assert whole(folder)
    assert [range_ for range_, _ in server.requests("S1/values.csv")] == ["bytes=5000-", None]


def test_ctrl_c_keeps_what_was_received(publish, server, bench, tiny):
    folder = publish()
    server.tricks["S1/values.csv"] = ["slow"]
    process = bench.start("data", "download", "tiny", "--accept-licence", "--data", folder.parent, packages=tiny)
    part = folder / "S1" / "values.csv.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said = bench.end(process)
    assert said.code == 130
    assert said.err == "Interrupted. What was finished is stored; the same command goes on from there.\n"
    assert part.stat().st_size
    bench("data", "download", "tiny").ok()
    assert whole(folder)
    assert server.requests("S1/values.csv")[-1][0].startswith("bytes=")


def test_two_processes_download_each_file_once(publish, server, bench, tiny):
    folder = publish()
    server.tricks["S1/values.csv"] = ["slow"]
    started = [
        bench.start("data", "download", "tiny", "--accept-licence", "--data", folder.parent, packages=tiny)
        for _ in range(2)
    ]
    said = [bench.end(process).ok() for process in started]
    assert sorted(path for path, *_ in server.seen) == sorted(LINES)
    assert whole(folder)
    assert any(f"Another process is downloading into {folder}; waiting for it.\n" == each.err for each in said)


# ----------------------------------------------------------------------------------- what is wrong


def test_the_next_address_is_tried(publish, server, download):
    folder = publish(addresses=[f"{server.address}/nowhere", "ftp://example.org/file"])
    download().ok()
    assert whole(folder)


def test_a_redirection_is_followed(publish, server, download):
    folder = publish()
    server.tricks["S1/values.csv"] = ["redirect"]
    download().ok()
    assert whole(folder)


def test_redirects_to_unencrypted_urls_are_refused():
    request = SimpleNamespace(type="https", full_url="https://example.org/a")
    with pytest.raises(transfer.FailedError, match=r"redirects to http://example\.org/b, which is not encrypted"):
        transfer.RedirectHandler().redirect_request(request, None, 302, "Found", {}, "http://example.org/b")


@pytest.mark.parametrize(
    ("trick", "reason"),
    [([404], "does not have the file (404)"),
     ([403], "refuses access (403)"),
     ([401], "requires a login (401)"),
     ([418], "responds with 418 I'm a Teapot"),
     ([503] * 5, "failed 5 times in a row, most recently because of the response 503 Service Unavailable"),
     (["page"], ("sends a web page in place of the file; open the URL in a browser, download the file there, "
                 "and register it with 'bench data link'")),
     (["html"], ("sends a web page in place of the file; open the URL in a browser, download the file there, "
                 "and register it with 'bench data link'"))],
)  # fmt: skip
def test_errors_of_a_server_are_one_sentence(publish, server, download, trick, reason):
    folder = publish({"S1/values.csv": LINES["S1/values.csv"]}, size=False)
    server.tricks["S1/values.csv"] = trick
    said = download()
    assert (said.code, said.err) == (
        1, f"Error: Cannot download S1/values.csv: {server.address}/S1/values.csv {reason}.\n"
    )  # fmt: skip
    assert not parts(folder)


def test_a_server_that_is_not_there(publish, server, download):
    publish({"S1/values.csv": b""}, addresses=["http://127.0.0.1:9/x"])
    server.tricks["S1/values.csv"] = [404]
    said = download()
    assert said.code == 1
    assert "127.0.0.1:9/x failed 5 times in a row, most recently because of ConnectionRefusedError" in said.err


def test_another_file_than_was_published_does_not_stay(publish, server, download):
    folder = publish({"S1/values.csv": b"1.0\n"})
    server.files["S1/values.csv"] = b"2.0\n"
    wrong, expected = (hashlib.sha256(content).hexdigest() for content in (b"2.0\n", b"1.0\n"))
    said = download()
    assert said.code == 1
    assert said.err == (
        f"Error: Cannot download S1/values.csv: {server.address}/S1/values.csv provides a different file: "
        f"its SHA-256 is {wrong}, not {expected}.\n"
    )
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {".download.lock", "download.json"}


def test_another_size_than_was_published_is_not_even_fetched(publish, server, download):
    folder = publish({"S1/values.csv": b"1.0\n"}, sha256=False)
    server.files["S1/values.csv"] = b"2.00\n"
    assert "has a file of 5 bytes; the published file has 4." in download().err
    assert not (folder / "S1" / "values.csv").exists()


def test_one_file_that_is_lost_leaves_the_others(publish, server, download):
    folder = publish()
    server.tricks["S1/values.csv"] = [404]
    assert "does not have the file (404)" in download().err
    assert (folder / "S2" / "values.csv").exists()
    assert (folder / "S10" / "values.csv").exists()


def test_no_space(publish, download, monkeypatch, server):
    folder = publish()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    said = download()
    assert said.code == 1
    assert said.err == (
        f"Error: The download needs at least 24.0 kB, and {folder} has 1.0 kB left; "
        "free some space, or name another folder with --data.\n"
    )
    assert not server.seen


def test_no_space_for_the_size_that_the_server_sends(publish, download, monkeypatch):
    publish(size=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    assert "values.csv needs 8.0 kB more" in download().err


def test_a_root_that_cannot_be_written(publish, download):
    folder = publish()
    folder.parent.mkdir()
    folder.write_text("a file")
    said = download()
    assert said.code == 1
    assert said.err.startswith(f"Error: Cannot write {folder}")
    assert said.err.count("\n") == 1


def test_a_full_disk_while_writing(publish, download, monkeypatch):
    publish()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transfer, "write", full)
    said = download()
    assert said.code == 1
    assert "values.csv: No space left on device." in said.err


def test_files_without_the_data_set_are_reported(publish, download):
    folder = publish({"notes.txt": b"Moved."})
    assert download().err == (
        f"Error: 'tiny' is still not found: no S*/values.csv in {folder} or its subfolders; "
        "the published files may have changed, or too few of them were selected.\n"
    )


# --------------------------------------------------------------------------------------- archives


def zipped(files):
    with io.BytesIO() as made:
        with zipfile.ZipFile(made, "w") as archive:
            for name, content in files.items():
                archive.writestr(f"Tiny_Data/{name}", content)
        return made.getvalue()


def test_an_archive_is_unpacked_and_may_be_deleted(publish, server, download, bench):
    folder = publish({"tiny.zip": zipped(LINES)}, unpack=True)
    said = download().ok()
    assert "Unpacked tiny.zip, which can be deleted now." in said.out
    assert whole(folder / "Tiny_Data")
    [row] = [row for row in bench("data", "list", "--json").ok().json["datasets"] if row["name"] == "tiny"]
    assert (row["state"], row["folder"]) == ("real", str(folder / "Tiny_Data"))
    (folder / "tiny.zip").unlink()
    assert "1 file was already there" in download().ok().out
    assert len(server.seen) == 1
    shutil.rmtree(folder / "Tiny_Data")
    download().ok()
    assert whole(folder / "Tiny_Data")
    assert len(server.seen) == 2


@pytest.mark.parametrize("published", [True, False])
def test_an_archive_that_cannot_be_unpacked_leaves_nothing_half(publish, download, published):
    """It stays where its digest says that it is the right one, and is fetched again where nothing does."""
    folder = publish({"tiny.zip": zipped(LINES)[:-30]}, unpack=True, sha256=published)
    said = download()
    assert said.code == 1
    assert f"{folder / 'tiny.zip'}" in said.err
    assert said.err.count("\n") == 1
    left = {path.name for path in folder.iterdir()}
    assert left == {".download.lock", "download.json"} | ({"tiny.zip"} if published else set())
    assert ("It was deleted; the same command downloads it again." in said.err) == (not published)


# ------------------------------------------------------------------------- what is not downloaded


def test_data_on_request_show_how_to_get_them(bench, tiny, monkeypatch):
    monkeypatch.setenv("BENCH_DATA", str(bench.folder / "data"))
    said = bench("data", "download", "asked-for")
    assert (said.code, said.err) == (1, "")
    assert "how to get it  write to nobody@example.org; then 'bench data link asked-for FOLDER'" in said.out
    assert not (bench.folder / "data").exists()


def test_what_is_computed_and_what_does_not_exist(bench, tiny):
    bench("data", "download", "synthetic").usage_error(
        "The data set 'synthetic' has no files, so there is nothing to get (built in); use it with "
        "'bench run --dataset synthetic'."
    )
    assert "There is no dataset 'tinny'; did you mean 'tiny'?" in bench("data", "download", "tinny").err


def test_what_is_here_already_or_linked_is_not_written_to(publish, server, download, bench):
    folder = publish()
    (folder.parent / "Tiny_Data" / "S1").mkdir(parents=True)
    (folder.parent / "Tiny_Data" / "S1" / "values.csv").write_bytes(b"1\n")
    assert "is already on this machine" in download().ok().out
    (folder.parent / "Tiny_Data").rename(bench.folder / "elsewhere")
    folder.symlink_to(bench.folder / "elsewhere")
    assert download().code == 2
    assert not server.seen


def test_stand_ins_are_not_downloaded_into(publish, server, download, bench):
    folder = publish()
    bench("data", "simulate", "tiny", "--out", folder).ok()
    download().usage_error(f"{folder} is a simulated stand-in; move it away, or name another folder with --data.")
    assert not server.seen


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl, to make a certificate that nobody trusts")
def test_a_certificate_that_cannot_be_trusted_is_refused(publish, server, download, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    publish({"S1/values.csv": b"1.0\n"}, addresses=[server.address.replace("http:", "https:") + "/S1/values.csv"])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    said = download()
    assert said.code == 1
    assert "has an untrusted certificate (self" in said.err
    assert not server.seen
