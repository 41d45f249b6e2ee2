"""Archives: what is in them comes out whole, or nothing does, and nothing is written outside the folder."""

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
    content = {archives.same(name): data for name, data in content.items()}
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in content.items():
            file.writestr(f"{name}/data", data)
    shutil.rmtree(folder / "out", ignore_errors=True)
    found = archives.extract(folder / "a.zip", folder / "out")
    assert {each.parent.name: each.read_bytes() for each in found} == content
    for name, data in content.items():
        assert archives.member(folder / "a.zip", f"{name}/data") == data


OUT = "a path that leads out of the folder"
STRANGE = "a name that some systems take for something else"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil", OUT), ("S2/../../evil", OUT), ("/etc/evil", OUT), ("..\\evil", OUT), ("\\evil", OUT),
        ("C:\\evil", OUT), ("S2/a:stream", OUT), ("S2/NUL", STRANGE), ("com1.txt", STRANGE), ("S2/a.", STRANGE),
        ("a ", STRANGE), ("a\nb", STRANGE), ("a" * 300, "a name that is too long"),
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere(name, reason, pack):
    path = pack(("good.txt", "x"), (name, "evil"))
    refused(path, f"holds '{archives.shown(name)}', {reason}; nothing was unpacked.")
    with pytest.raises(DataError):
        archives.member(path, name)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(kind, pack):
    member = zipfile.ZipInfo("link")
    member.external_attr = (kind | 0o777) << 16
    refused(pack((member, "/etc/passwd")), "holds 'link', a link or a device; nothing was unpacked.")


def test_a_link_in_the_folder_is_not_followed(pack, tmp_path):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "S2").symlink_to(elsewhere)
    with pytest.raises(DataError, match=r"would be unpacked out of .*: .*S2 is a link\."):
        archives.extract(pack(("S2/a.txt", "x")), out)
    assert not list(elsewhere.iterdir())


def test_bombs(pack, monkeypatch):
    path = pack(("zeros", bytes(20_000_000)))
    refused(path, "holds 'zeros', which packs better than any recording; nothing was unpacked.")
    monkeypatch.setattr(archives, "MEMBERS", 2)
    refused(pack(*((str(each), "") for each in range(3))), "holds 3 files, more than the 2 that can be meant.")
    monkeypatch.setattr(archives, "TOTAL", 10)
    path = pack(("a", "x" * 6), ("b", "x" * 6))
    with pytest.raises(DataError, match=r"would unpack to .*, more than can be meant\."):
        archives.extract(path, path.parent / "out")


def test_a_full_disk_is_told_before(pack, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    path = pack(("a", "x" * 2_000_000), method=zipfile.ZIP_STORED)
    refused(path, f"unpacks to 2.0 MB, but only 0.0 MB are free in {path.parent / 'out'}.")


def test_names_that_are_one_file_on_some_systems(pack):
    refused(pack(("S2/a.txt", "1"), ("s2/A.TXT", "2")), "holds 's2/A.TXT' twice; nothing was unpacked.")
    refused(pack(("S2", "1"), ("S2/a", "2")), "holds 'S2' as a file and as a folder.")


def test_encrypted_and_strangely_packed(pack):
    path = pack(("a", "x"))
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    refused(path, "holds 'a', which is encrypted; nothing was unpacked.")
    refused(
        pack(("a", "x"), method=zipfile.ZIP_LZMA),
        "holds 'a', packed in a way that is not supported; nothing was unpacked.",
    )


def test_damage_leaves_nothing(pack):
    path = pack(("good.txt", "fine"), ("bad.txt", "y" * 50), method=zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"y" * 50)] ^= 1
    path.write_bytes(raw)
    refused(path, "is damaged or not a zip archive (Bad CRC-32 for file 'bad.txt'); get it again.")
    path.write_bytes(raw[: len(raw) // 2])
    refused(path, "is damaged or not a zip archive (File is not a zip file); get it again.")


def test_a_page_saved_as_an_archive(tmp_path):
    (tmp_path / "a.zip").write_text("<!DOCTYPE html><html><title>Sign in</title>")
    refused(tmp_path / "a.zip", "is an HTML page, not a zip archive: the download was probably refused; look into it.")


def test_one_member(pack, monkeypatch):
    path = pack(("S2/EDA.csv", "1\n2"), ("big", "x" * 100))
    assert archives.member(path, "S2/EDA.csv") == b"1\n2"
    with pytest.raises(DataError, match=r"holds no 'BVP\.csv'; it holds S2/EDA\.csv, big\."):
        archives.member(path, "BVP.csv")
    monkeypatch.setattr(archives, "SMALL", 50)
    with pytest.raises(DataError, match=r"'big' has 0\.0 MB, more than can be meant"):
        archives.member(path, "big")


def test_a_size_that_is_a_lie_is_found(pack):
    path = pack(("a", "x" * 4000))
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + 24, 10)
    path.write_bytes(raw)
    with pytest.raises(DataError, match="is damaged or not a zip archive"):
        archives.extract(path, path.parent / "out")


def test_damage_of_any_kind_ends_in_a_sentence(pack, tmp_path):
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
