"""What the tests of the program share."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["JIRELOC_SOURCE"], "tests/support"))
from corpus_depots import unpack  # noqa: E402, F401
from fixture import Fixture  # noqa: E402, F401

JIRELOC = os.environ["JIRELOC"]
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
OLD = CORPUS / "1.5.3-plain/images/compiled/v1.5"    # paths recorded absolute, no native code
NEW = CORPUS / "1.12.5-split/images/compiled/v1.12"  # paths recorded below @depot, native libraries


def image(folder, package):
    return next((folder / package).glob("*.ji"))


def run(*arguments, **keywords):
    """The finished process; output as bytes."""
    environment = {key: value for key, value in os.environ.items() if key != "JULIA_DEPOT_PATH"}
    keywords.setdefault("env", environment)
    if "stdout" not in keywords:
        keywords["stdout"] = subprocess.PIPE
    return subprocess.run([JIRELOC, *map(os.fsencode, arguments)], stderr=subprocess.PIPE, timeout=300, **keywords)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _crc_entry(value):
    for _ in range(8):
        value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value


CRC_TABLE = [_crc_entry(value) for value in range(256)]


def with_names_changed(source, old, new):
    """The bytes of an image with a recorded name replaced by one of equal length, its file checksum mended."""
    assert len(old) == len(new)
    data = pathlib.Path(source).read_bytes()
    assert old in data
    data = data.replace(old, new)[:-4]
    return data + crc32c(data).to_bytes(4, "little")
