"""Files of arrays that lie: refused in a line or two that names file and array, before memory is taken."""

import io
import json
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from foundations.nn import SavedStateError, load_arrays, save_arrays

LIMIT = 4 << 20  # bytes that a file of a few kilobytes may take


def refused(path, match: str) -> str:
    tracemalloc.start()
    try:
        with pytest.raises(SavedStateError, match=match) as caught:
            load_arrays(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert peak < LIMIT + 3 * path.stat().st_size
    assert message.count("\n") <= 1
    assert len(message) < 400 + len(str(path))
    assert str(path) in message
    assert message.endswith("get or save it again")
    return message


def safetensors(header: object, data: bytes = bytes(24)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(shape: object = (6,), offsets: object = (0, 24), dtype: object = "F32") -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"a": entry(), "b": entry()}, "arrays 'a' and 'b' overlap, from byte 0"),
        ({"a": entry((4,), (0, 16)), "b": entry((3,), (12, 24))}, "arrays 'a' and 'b' overlap, from byte 12"),
        ({"a": entry((3,), (12, 24))}, "bytes 0 to 12, before array 'a', belong to no array"),
        ({"a": entry((3,), (0, 12))}, "bytes 12 to 24, after the last array, belong to no array"),
        ({"a": entry((7,))}, r"array 'a' of shape \(7,\) does not fit bytes 0 to 24 of 24"),
        ({"a": entry((1 << 62,))}, "array 'a' of shape .* does not fit"),
        ({"a": entry((7,), (0, 28))}, "array 'a' of shape .* does not fit bytes 0 to 28 of 24"),
        ({"a": entry((6,), (0, 1 << 70))}, "array 'a' of shape .* does not fit"),
        ({"a": entry((-6,))}, r"array 'a' has shape \[-6\], expected a list of 64 whole numbers"),
        ({"a": entry((6.0,))}, r"array 'a' has shape \[6\.0\]"),
        ({"a": entry((True, 6))}, "array 'a' has shape"),
        ({"a": entry("six")}, "array 'a' has shape 'six'"),
        ({"a": entry(None)}, "array 'a' has shape None"),
        ({"a": entry((6,), (24, 0))}, "array 'a' of shape .* does not fit bytes 24 to 0"),
        ({"a": entry((6,), (0,))}, "array 'a' has offsets"),
        ({"a": entry((6,), {"0": 24})}, "array 'a' has offsets"),
        ({"a": entry((6,), ("0", "24"))}, "array 'a' has offsets"),
        ({"a": entry(dtype=7)}, "array 'a' has type 7"),
        ({"a": entry(dtype=["F32"])}, r"array 'a' has type \['F32'\]"),
        ({"a": 7}, "array 'a': expected dtype, shape and data_offsets in the header, got 7"),
        ({"a": {"dtype": "F32"}}, "array 'a': expected dtype, shape and data_offsets"),
        ({"a": entry(), "e": entry((0, 1 << 62), (24, 24))}, "array 'e' of shape .* cannot be"),
        ({"a": entry(), "e": entry([0] * 65, (24, 24))}, "array 'e' has shape .* 64 whole numbers at most"),
        ({"a": entry([9] * 300_000)}, "array 'a' has shape .* 64 whole numbers at most"),
        ({"n" * 9_000: entry((7,))}, "array 'nnn.*…' of shape"),
        (b'{"a": {}, "a": {}}', "its header names 'a' twice"),
        (b"[" * 20_000, "its header cannot be read as JSON"),
        (b'{"a": \xff}', "its header cannot be read as JSON"),
        (b"7", "its header cannot be read: it is 7"),
    ],
)
def test_a_safetensors_file_that_lies_is_refused(tmp_path, header, message):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(safetensors(header))
    refused(path, message)


def test_views_that_overlap_do_not_multiply_a_file(tmp_path):
    path = tmp_path / "weights.safetensors"
    data = bytes(1 << 20)
    views = {f"view{i}": entry((1 << 18,), (0, 1 << 20)) for i in range(300)}  # 300 MB
    path.write_bytes(safetensors(views, data))
    refused(path, "arrays 'view0' and 'view1' overlap")


def test_metadata_and_order_of_a_right_file_are_kept(tmp_path):
    path = tmp_path / "weights.safetensors"
    header = {
        "__metadata__": {"format": "pt"},
        "z": entry((3,), (12, 24)),
        "empty": entry((0, 5), (12, 12)),
        "a": entry((3,), (0, 12)),
    }
    path.write_bytes(safetensors(header, np.arange(6, dtype="<f4").tobytes()))
    arrays = load_arrays(path)
    assert list(arrays) == ["z", "empty", "a"]
    assert arrays["z"].tolist() == [3, 4, 5]
    assert arrays["a"].flags.writeable


def npy(header: str, data: bytes = bytes(24), version: bytes = b"\x01\x00") -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + data


def npz(members: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


RIGHT = "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}"


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (npy(RIGHT.replace("6", "7")), r"array 'w' of shape \(7,\) needs 28 bytes and has 24"),
        (npy(RIGHT.replace("6", "9" * 30)), "array 'w' of shape .* needs"),
        (npy(RIGHT.replace("(6,)", "(0, 9223372036854775807)"), b""), "array 'w' of shape .* cannot be"),
        (npy(RIGHT.replace("6", "-6")), "array 'w' has a header that cannot be read"),
        (npy(RIGHT.replace("(6,)", "6")), "array 'w' has a header that cannot be read"),
        (npy(RIGHT.replace("False", "0")), "array 'w' has a header that cannot be read"),
        (npy(RIGHT.replace("'<f4'", "'nonsense'")), "array 'w' has a header that cannot be read"),
        (npy(RIGHT.replace("'<f4'", "7")), "array 'w' has a header that cannot be read"),
        (npy(RIGHT.replace("'<f4'", "[('a', '<f4'), ('a', '<f4')]")), "array 'w' has a header that"),
        (npy(RIGHT.replace("<f4", "|O")), "array 'w' holds Python objects"),
        (npy(RIGHT.replace("<f4", "<U0"), b""), "array 'w' has type .* expected numbers or text"),
        (npy(RIGHT.replace("<f4", "(3,)<f4")), "array 'w' has type .* expected numbers or text"),
        (npy("("), "array 'w' has a header that cannot be read"),
        (npy("(" * 5_000), "array 'w' has a header that cannot be read"),
        (npy("__import__('os')"), "array 'w' has a header that cannot be read"),
        (npy(r"{'\d': 1}"), "array 'w' has a header that cannot be read"),
        (npy(RIGHT + " " * 12_000), "array 'w' has a header of 12,056 bytes"),
        (npy(RIGHT, version=b"\x09\x00"), "array 'w' is no .npy file"),
        (b"", "array 'w' is no .npy file: it starts with nothing"),
        (b"\x93NUMPY\x01\x00", "array 'w' ends inside its header"),
        (b"\x93NUMPY\x01\x00\xff\xff", "array 'w' has a header of 65,535 bytes in 10"),
    ],
)
def test_an_npz_file_that_lies_is_refused(tmp_path, member, message):
    path = tmp_path / "weights.npz"
    path.write_bytes(npz({"good.npy": npy(RIGHT), "w.npy": member}))
    refused(path, message)


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path):
    path = tmp_path / "weights.npz"
    bomb = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (99999936,)}", bytes(99_999_936))
    path.write_bytes(npz({"small.npy": npy(RIGHT), "bomb.npy": bomb}, zipfile.ZIP_DEFLATED))
    message = refused(path, "would unpack to 100,000,... bytes, more than 20 times its")
    assert "the largest is array 'bomb'" in message


def test_members_that_overlap_are_refused(tmp_path):
    path = tmp_path / "weights.npz"
    content = npz({"a.npy": npy(RIGHT, bytes(24)), "b.npy": npy(RIGHT, bytes(24))})
    central = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", central + 4)
    offset = central + 42  # where the directory says that a member begins
    path.write_bytes(content[: second + 42] + content[offset : offset + 4] + content[second + 46 :])
    refused(path, "weights.npz: array 'b' is damaged")


def test_one_member_under_many_names_is_refused(tmp_path):
    path = tmp_path / "weights.npz"
    whole = npz({"a.npy": npy(RIGHT.replace("6", "2000"), bytes(8000))})
    start = whole.index(b"PK\x01\x02")
    entry = whole[start : whole.index(b"PK\x05\x06")]
    many = b"".join(entry.replace(b"a.npy", bytes([letter]) + b".npy") for letter in range(97, 117))
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 20, 20, len(many), start, 0)
    path.write_bytes(whole[:start] + many + end)
    refused(path, r"its arrays overlap: 161,\d{3} bytes of them in a file of 9,")


def test_a_number_that_was_changed_is_noticed(tmp_path):
    path = tmp_path / "weights.npz"
    save_arrays(path, {"w": np.arange(9.0), "v": np.ones(3)})
    content = bytearray(path.read_bytes())
    content[content.index(np.arange(9.0).tobytes())] ^= 1
    path.write_bytes(content)
    refused(path, "array 'w' is damaged")


def test_names_and_repetitions_of_an_npz_are_checked(tmp_path):
    path = tmp_path / "weights.npz"
    path.write_bytes(npz({"notes.txt": b"hello"}))
    refused(path, "'notes.txt' is no array")
    path.write_bytes(npz({"w.npy": npy(RIGHT), "v.npy": npy(RIGHT)}).replace(b"v.npy", b"w.npy"))
    refused(path, "holds array 'w' twice")


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_any_name_will_do(tmp_path, suffix):
    path = tmp_path / f"weights.{suffix}"
    arrays = {
        name: np.arange(3) + i
        for i, name in enumerate(("file", "allow_pickle", "self", "args", "a/b", "x.npy", "é", ""))
    }
    save_arrays(path, arrays)
    loaded = load_arrays(path)
    assert list(loaded) == list(arrays)
    for name in arrays:
        np.testing.assert_array_equal(loaded[name], arrays[name])


def test_a_name_that_an_archive_cannot_keep_is_refused(tmp_path):
    with pytest.raises(SavedStateError, match=r"weights\.npz: an \.npz file cannot hold an array called"):
        save_arrays(tmp_path / "weights.npz", {"a\0b": np.zeros(1)})
    assert not (tmp_path / "weights.npz").exists()


def test_what_numpy_writes_is_read_and_the_other_way_round(tmp_path):
    arrays = {
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "text": np.array(["é", "long"]),
        "big": np.arange(3, dtype=">i4"),
        "scalar": np.array(2.5),
        "empty": np.zeros((0, 3)),
        "pair": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    }
    np.savez_compressed(tmp_path / "theirs.npz", **arrays)
    save_arrays(tmp_path / "ours.npz", arrays)
    loaded = load_arrays(tmp_path / "theirs.npz")
    with np.load(tmp_path / "ours.npz") as theirs:
        for name, array in arrays.items():
            np.testing.assert_array_equal(loaded[name], array)
            np.testing.assert_array_equal(theirs[name], array)
    assert loaded["fortran"].flags.f_contiguous
    assert loaded["big"].dtype == np.dtype("=i4")


ARRAYS = {
    "weight": np.arange(35, dtype=np.float32).reshape(5, 7),
    "bias": np.arange(7, dtype=np.float64),
    "steps": np.array(11),
    "empty": np.zeros((0, 3), np.float16),
}
INTERESTING = [b"\0", b"\xff", b"\x80", b"9", b"-", b"[", b"{", b'"', b"e", b"\0\0\0\0", b"\xff\xff\xff\xff"]


def mutated(whole: bytes, rng: np.random.Generator) -> bytes:
    """Change a file in up to four places: bytes set, put in, taken out, moved; or the end cut off."""
    content = bytearray(whole)
    for _ in range(rng.integers(1, 5)):
        # most of the places lie where the structure is, at both ends
        at = int(rng.integers(len(content)) if rng.random() < 0.5 else rng.integers(min(300, len(content))))
        if rng.random() < 0.3:
            at = len(content) - 1 - at
        piece = INTERESTING[rng.integers(len(INTERESTING))]
        match rng.integers(6):
            case 0:
                content[at] ^= 1 << int(rng.integers(8))
            case 1:
                content[at : at + len(piece)] = piece
            case 2:
                content[at:at] = piece
            case 3:
                del content[at : at + int(rng.integers(1, 9))]
            case 4:
                other = int(rng.integers(len(content)))
                content[at : at + 8] = content[other : other + 8]
            case _:
                del content[max(at, 1) :]
        if not content:
            return b""
    return bytes(content)


@pytest.mark.parametrize("kind", ["npz", "deflated.npz", "safetensors"])
def test_hundreds_of_damaged_files_are_read_or_refused(tmp_path, kind):
    path = tmp_path / f"weights.{kind}"
    if kind == "deflated.npz":
        np.savez_compressed(path, **ARRAYS)
    else:
        save_arrays(path, ARRAYS)
    whole, rng, refusals = path.read_bytes(), np.random.default_rng(0), []
    tracemalloc.start()
    try:
        for _ in range(300):
            path.write_bytes(mutated(whole, rng))
            try:
                load_arrays(path)
            except SavedStateError as error:  # anything else fails the test
                refusals.append(str(error))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < LIMIT
    assert 150 < len(refusals) < 300
    assert all(message.startswith(str(path)) and message.count("\n") <= 1 for message in refusals)
