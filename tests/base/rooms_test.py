"""The house has rooms, one above the other: what a file includes lies in its own room or in one below it."""
import collections
import os
import pathlib
import re
import unittest

SOURCE = pathlib.Path(os.environ["JIRELOC_SOURCE"])

# From the bottom up. A new room takes its place here.
ROOMS = ("base", "crc32c", "paths", "bytes", "format", "native", "depot", "payload", "check", "rewrite", "relocate", "bundle", "cli", "capi")

# Public headers that no source file of the same name implements, by the room that does; a name in two rooms: likewise.
HEADERS = {"bundle": "bundle", "cache_file": "format", "check": "check", "disproof": "base", "durability": "bytes", "payload": "payload",
           "payload_audit": "payload", "processor": "check", "rewrite": "rewrite", "shard": "crc32c",
           "work_limits": "base"}


def includes(path):
    return re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE)


def rooms_of_headers():
    """The room of each public header: where a source file of its name is, cli and capi apart, which implement none."""
    found = collections.defaultdict(set)
    for path in SOURCE.glob("src/*/*.cpp"):
        if path.parent.name not in ("cli", "capi"):
            found[path.stem].add(path.parent.name)
    rooms = {}
    for header in SOURCE.glob("include/jireloc/*.hpp"):
        name = header.stem
        rooms[name] = HEADERS[name] if name in HEADERS else found[name].pop() if len(found[name]) == 1 else None
    del rooms["jireloc"]  # of all rooms
    return rooms


class Rooms(unittest.TestCase):
    def test_every_room_and_every_public_header_has_its_place(self):
        self.assertLessEqual({path.name for path in SOURCE.glob("src/*") if path.is_dir()}, set(ROOMS))
        self.assertEqual([name for name, room in rooms_of_headers().items() if room is None], [],
                         "say in HEADERS which room they belong to")

    def test_no_arrow_runs_up(self):
        headers = rooms_of_headers()
        height = {room: number for number, room in enumerate(ROOMS)}
        files = [(path.parent.name, path) for path in SOURCE.glob("src/*/*.?pp")]
        files += [(headers[path.stem], path) for path in SOURCE.glob("include/jireloc/*.hpp") if path.stem in headers]
        self.assertGreater(len(files), 300)
        up = []
        for room, path in files:
            for name in includes(path):
                folder, _, rest = name.partition("/")
                target = headers.get(rest[:-4], "cli") if folder == "jireloc" else "capi" if name == "jireloc.h" else folder
                if height[target] > height[room]:
                    up.append(f"{path.relative_to(SOURCE)} ({room}) -> {name} ({target})")
        self.assertEqual(up, [])


if __name__ == "__main__":
    unittest.main()
