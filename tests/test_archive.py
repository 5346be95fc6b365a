import io
import json
import random
import zipfile

import numpy as np
import pytest

from labelwright._archive import read_archive, write_archive
from labelwright._errors import StoreError

ARRAYS = {
    "whole": np.arange(6, dtype=np.int64).reshape(2, 3),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "none": np.zeros((0, 4), dtype=np.int8),
    "one": np.asarray(1.5),
    "text": np.array(["a", "bcd"]),
    "truth": np.array([True, False]),
}


@pytest.fixture
def place(tmp_path):
    path = tmp_path / "things.npz"
    write_archive(path, "things", 2, header={"unit": "m", "share": 0.1}, arrays=ARRAYS)
    return path


def refused(path, **options):
    with pytest.raises(StoreError) as refusal:
        read_archive(path, "things", 2, **options)
    message = str(refusal.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def sealed(path, members):
    """Write any members, with the checksum that belongs to them."""
    import hashlib

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for info, content in members:
            archive.writestr(info, content)
        archive.comment = b"sha256:" + b"0" * 64
    body = buffer.getvalue()[:-64]
    path.write_bytes(body + hashlib.sha256(body).hexdigest().encode())
    return path


def head(**more):
    return ("header.json", json.dumps({"format": "things", "version": 2, **more}))


def as_npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def test_arrays_come_back_with_type_shape_and_order(place):
    found = read_archive(place, "things", 2)
    assert (found.header["unit"], found.header["share"]) == ("m", 0.1)
    for name, array in ARRAYS.items():
        again = found.arrays[name]
        assert again.dtype == array.dtype
        assert again.flags.f_contiguous == array.flags.f_contiguous
        np.testing.assert_array_equal(again, array)


def test_it_is_a_numpy_archive_and_the_same_content_is_the_same_bytes(place, tmp_path):
    with np.load(place, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["whole"], ARRAYS["whole"])
    write_archive(tmp_path / "again.npz", "things", 2, header={"unit": "m", "share": 0.1}, arrays=ARRAYS)
    assert (tmp_path / "again.npz").read_bytes() == place.read_bytes()


def test_any_flipped_bit_is_refused(place):
    content, chance = place.read_bytes(), random.Random(0)
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] ^= 1 << chance.randrange(8)
        place.write_bytes(damaged)
        with pytest.raises(StoreError):
            read_archive(place, "things", 2)


def test_any_cut_is_refused(place):
    content = place.read_bytes()
    for size in range(0, len(content), 7):
        place.write_bytes(content[:size])
        refused(place)


def test_another_format_and_a_newer_version_are_told(place):
    with pytest.raises(StoreError, match="it holds things, no other things"):
        read_archive(place, "other things", 2)
    with pytest.raises(StoreError, match="format version 2, this labelwright reads up to 1; upgrade"):
        read_archive(place, "things", 1)


def test_what_is_no_file_is_refused(tmp_path, place):
    assert "no such file" in refused(tmp_path / "missing.npz")
    assert "no regular file" in refused(tmp_path)
    assert "labelwright did not write it" in refused(sealed_text(tmp_path))


def sealed_text(folder):
    (folder / "text.npz").write_text("a,b\n1,2\n" * 50)
    return folder / "text.npz"


def test_links_are_followed_where_the_user_names_them_alone(place, tmp_path):
    link = tmp_path / "link.npz"
    link.symlink_to(place)
    assert read_archive(link, "things", 2).header["unit"] == "m"
    assert "symbolic link" in refused(link, follow_links=False)


def test_arrays_of_objects_are_refused_unread(tmp_path, payload):
    path = sealed(tmp_path / "objects.npz", [head(), ("x.npy", as_npy(payload.array, allow_pickle=True))])
    assert "no plain numbers" in refused(path)
    assert not payload.ran


def test_records_with_objects_are_refused(tmp_path):
    record = np.zeros(1, dtype=[("a", np.int64)])
    assert "no plain numbers" in refused(
        sealed(tmp_path / "records.npz", [head(), ("x.npy", as_npy(record))])
    )


def test_an_array_that_says_it_is_huge_is_refused_before_memory_is_taken(tmp_path):
    honest = as_npy(np.zeros(3))
    for shape in (b"(3000000000000,), }", b"(-1,), }          "):
        lying = honest.replace(b"(3,), }" + b" " * (len(shape) - 7), shape)
        assert len(lying) == len(honest)
        assert lying != honest
        path = sealed(tmp_path / "huge.npz", [head(), ("x.npy", lying)])
        assert "not as large as it says" in refused(path)


def test_compressed_members_are_refused(tmp_path):
    info = zipfile.ZipInfo("x.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    path = sealed(tmp_path / "bomb.npz", [head(), (info, as_npy(np.zeros(1_000_000)))])
    assert path.stat().st_size < 20_000
    assert "compressed" in refused(path)


def test_names_of_members_name_no_files(tmp_path):
    path = sealed(tmp_path / "slip.npz", [head(), ("../../slipped.npy", as_npy(np.zeros(1)))])
    assert list(read_archive(path, "things", 2).arrays) == ["../../slipped"]
    assert not list(tmp_path.parent.rglob("slipped*"))


@pytest.mark.parametrize("text", ["[]", "{", '{"format": {}}', '"things"', "[" * 100_000])
def test_headers_that_are_none(tmp_path, text):
    refused(sealed(tmp_path / "head.npz", [("header.json", text)]))


def test_objects_are_not_written(tmp_path):
    with pytest.raises(StoreError):
        write_archive(tmp_path / "x.npz", "things", 1, header={}, arrays={"x": np.array([object()])})
