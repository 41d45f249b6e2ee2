"""Archives are unpacked completely or not at all, and nothing is written outside the folder."""

import random
import shutil
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import DataError
from bench.readers import archives
from bench.readers.file_checks import printable


@pytest.fixture
def pack(tmp_path):
    def packed(*members, method=zipfile.ZIP_DEFLATED):
        path = tmp_path / "WESAD.zip"
        with zipfile.ZipFile(path, "w", method) as file:
            for name, content in members:
                file.writestr(name, content)
        return path

    return packed


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("archives")


def refused(path, sentence, out=None):
    out = out or path.parent / "out"
    with pytest.raises(DataError) as caught:
        archives.extract(path, out)
    assert str(caught.value) == f"{path} {sentence}"
    assert not out.exists() or not list(out.iterdir())


def test_files_come_out_beside_those_that_are_there(pack, tmp_path):
    path = pack(("S2/", ""), ("S2/S2.pkl", b"x" * 5000), ("readme.txt", "new"))
    out = tmp_path / "out"
    (out / "S2").mkdir(parents=True)
    (out / "S2" / "mine.txt").write_text("kept")
    (out / "readme.txt").write_text("old")
    assert archives.extract(path, out) == [out / "S2" / "S2.pkl", out / "readme.txt"]
    assert sorted(each.relative_to(out).as_posix() for each in out.rglob("*") if each.is_file()) == [
        "S2/S2.pkl", "S2/mine.txt", "readme.txt",
    ]  # fmt: skip
    assert (out / "readme.txt").read_text() == "new"


NAMES = st.text(st.characters(categories=["Ll", "Nd"], max_codepoint=0x2FF), min_size=2, max_size=8)


@settings(max_examples=40, deadline=None)
@given(content=st.dictionaries(NAMES.filter(lambda name: not archives.DEVICES.match(name)), st.binary(max_size=300)))
def test_what_is_packed_comes_out(content, folder):
    content = {archives.path_key(name): data for name, data in content.items()}
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in content.items():
            file.writestr(f"{name}/data", data)
    shutil.rmtree(folder / "out", ignore_errors=True)
    found = archives.extract(folder / "a.zip", folder / "out")
    assert {each.parent.name: each.read_bytes() for each in found} == content


OUTSIDE = "whose path leads out of the folder"
INVALID = "whose name is reserved or invalid on some systems"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil", OUTSIDE), ("S2/../../evil", OUTSIDE), ("/etc/evil", OUTSIDE), ("..\\evil", OUTSIDE),
        ("\\evil", OUTSIDE), ("C:\\evil", OUTSIDE), ("S2/a:stream", OUTSIDE), ("S2/NUL", INVALID),
        ("com1.txt", INVALID), ("S2/a.", INVALID),
        ("a ", INVALID), ("a\nb", INVALID), ("a" * 300, "whose name is too long"),
    ],
)  # fmt: skip
def test_unsafe_names_are_refused(name, reason, pack):
    path = pack(("good.txt", "x"), (name, "evil"))
    refused(path, f"contains '{printable(name)}', {reason}; nothing was unpacked.")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind, pack):
    member = zipfile.ZipInfo("link")
    member.external_attr = (kind | 0o777) << 16
    refused(pack((member, "/etc/passwd")), "contains 'link', which is a link or a device; nothing was unpacked.")


def test_a_link_in_the_folder_is_not_followed(pack, tmp_path):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "S2").symlink_to(elsewhere)
    with pytest.raises(DataError, match=r"would be unpacked outside .*: .*S2 is a link\."):
        archives.extract(pack(("S2/a.txt", "x")), out)
    assert not list(elsewhere.iterdir())


def test_decompression_bombs_are_refused(pack, monkeypatch):
    path = pack(("zeros", bytes(20_000_000)))
    refused(path, "contains 'zeros', which is compressed by more than 200 to 1; nothing was unpacked.")
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    refused(pack(*((str(each), "") for each in range(3))), "contains 3 files, more than the limit of 2.")
    monkeypatch.setattr(archives, "MAX_TOTAL", 10)
    path = pack(("a", "x" * 6), ("b", "x" * 6))
    with pytest.raises(DataError, match=r"and would unpack to 0.0 MB; the limits are 200 times its size and 0.0 MB\."):
        archives.extract(path, path.parent / "out")


def test_a_full_disk_is_reported_before_unpacking(pack, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    path = pack(("a", "x" * 2_000_000), method=zipfile.ZIP_STORED)
    refused(path, f"needs 2.0 MB when unpacked, but only 0.0 MB are free in {path.parent / 'out'}.")


def test_names_that_collide_on_some_systems_are_refused(pack):
    refused(pack(("S2/a.txt", "1"), ("s2/A.TXT", "2")), "contains 's2/A.TXT' twice; nothing was unpacked.")
    refused(pack(("S2", "1"), ("S2/a", "2")), "contains 'S2' both as a file and as a folder.")


def test_encryption_and_other_compression_methods_are_refused(pack):
    path = pack(("a", "x"))
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    refused(path, "contains 'a', which is encrypted; nothing was unpacked.")
    refused(
        pack(("a", "x"), method=zipfile.ZIP_LZMA),
        "contains 'a', which uses an unsupported compression method; nothing was unpacked.",
    )


def test_a_damaged_archive_leaves_no_files(pack):
    path = pack(("good.txt", "fine"), ("bad.txt", "y" * 50), method=zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"y" * 50)] ^= 1
    path.write_bytes(raw)
    refused(path, "is damaged or not a zip archive (Bad CRC-32 for file 'bad.txt'); download it again.")
    path.write_bytes(raw[: len(raw) // 2])
    refused(path, "is damaged or not a zip archive (File is not a zip file); download it again.")


def test_a_web_page_saved_as_an_archive_is_refused(tmp_path):
    (tmp_path / "a.zip").write_text("<!DOCTYPE html><html><title>Sign in</title>")
    refused(
        tmp_path / "a.zip",
        "is an HTML page, not a zip archive: the download was probably refused; open it to see why.",
    )


def test_a_wrong_declared_size_is_detected(pack):
    path = pack(("a", "x" * 4000))
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + 24, 10)
    path.write_bytes(raw)
    with pytest.raises(DataError, match="is damaged or not a zip archive"):
        archives.extract(path, path.parent / "out")


def test_any_damage_raises_a_data_error(pack, tmp_path):
    chance = random.Random(1)
    path = pack(("S2/ACC.csv", "1,2\n" * 50), ("b.txt", "yo"))
    sound, out = path.read_bytes(), tmp_path / "out"
    for _ in range(300):
        raw = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        path.write_bytes(raw[: chance.randrange(len(raw))] if chance.random() < 0.1 else raw)
        try:
            archives.extract(path, out)
        except DataError as error:
            assert str(error).startswith(str(path))  # noqa: PT017
    assert {each.name for each in tmp_path.iterdir()} == {"WESAD.zip", "out"}
