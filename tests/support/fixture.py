#!/usr/bin/env python3
"""Makes cache files from a few lines of text, for layouts and damages that no real image shows.

Shares no code with the library, so that it can contradict it. One directive a line, '#' begins a comment. A value
is a bare word, '...' taken as it stands, or "..." with the escapes \\n \\t \\\\ \\" \\xNN.

  layout V12c                            format number and arrangement of the fields (LAYOUTS below)
  julia uname=Linux arch=x86_64 version=1.13.0 branch=b commit=c gc=stock image-flags=3
  pointer 4 | byte-order big | format 99 | pkgimage 1 | flags 0xA3 | syntax 1
  module NAME uuid=U build-id=0x1        a module of the worklist
  include PATH mtime=1.5 fsize=3 hash=0x1 module=1 in=Sub.Inner text="..."
                                         text: source text is stored; fsize=auto hash=auto: of that text
  require NAME uuid=U module=1 in=Sub    a require entry
  preference NAME | preferences-hash 0x1 | preferences-blob "..."
  required NAME uuid=U build-id=0xHI:0xLO   a required module
  target NAME flags=0 enabled=1,2 disabled=3,4 features="..." base=-1
                                         base: as 1.14 writes them, counting words of 64 bits
  payload "..." | payload-zeros 200
  checksum 0x1 | so-crc 0x1              instead of the computed checksum, 0
  patch LABEL+N u32=7                    overwrites what is at a label (u8 i32 u32 u64 f64 bytes); or LABEL-N, LABEL
  truncate LABEL+N | append "..."        after the patches
  keep-crc                               the file checksum is not mended after patch, truncate and append
  expect ok | expect error CODE at LABEL what a reader must make of it; the label may be left out

Labels: magic format bom pointer uname version pkgimage checksum datastartpos dataendpos flags syntax worklist
worklist-end total entry-N (from 0) entries-end preferences srctextpos required-N required-end targets padding
payload texts text-N text-N-length texts-end so-crc file-crc end.
"""
import argparse
import json
import pathlib
import re
import struct
import sys

# format number, prefix, preferences, and whether there are: content tracking, 128-bit build ids (with clone targets
# and so-crc), an aligned payload, a syntax byte, a garbage collector's name, a payload beside a library too.
LAYOUTS = {
    "V6": (6, "basic", "none", ""),
    "V7": (7, "basic", "none", ""),
    "V8": (8, "basic", "none", ""),
    "V9": (9, "basic", "none", ""),
    "V10": (10, "basic", "none", ""),
    "V11a": (11, "basic", "none", ""),
    "V11b": (11, "basic", "list", ""),
    "V12-pre": (12, "basic+checksum", "list", ""),
    "V12a": (12, "extended", "list", "wide aligned"),
    "V12b": (12, "extended", "list", "wide aligned content"),
    "V12c": (12, "extended", "blob", "wide aligned content"),
    "V13a": (13, "extended", "list", "wide aligned content syntax"),
    "V13b": (13, "extended", "blob", "wide aligned content syntax"),
    "V14": (14, "reordered", "blob", "wide aligned content syntax here"),
    "V15": (15, "reordered", "blob", "wide aligned content syntax here gc"),
}
ALIGNMENT = 64
CHECKSUM_MARK = 0xFAFBFCFD << 32


def crc32c(data):
    table = crc32c.__dict__.setdefault("table", [])
    if not table:
        for byte in range(256):
            for _ in range(8):
                byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
            table.append(byte)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def uuid_number(text):
    return int(text.replace("-", ""), 16) if text else 0


class Line:
    """One directive: its word, its plain values and its named ones, all as bytes."""

    VALUE = r"'[^']*'|\"(?:\\.|[^\"\\])*\"|[^\s'\"#]+"
    TOKEN = re.compile(rf"\s*(?:#.*|(?:([a-z][a-z0-9-]*)=)?({VALUE})|$)")
    ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))")

    def __init__(self, text):
        self.values, self.named = [], {}
        at = 0
        while at < len(text):
            token = self.TOKEN.match(text, at)
            if not token:
                raise ValueError(f"cannot read {text[at:]!r}")
            at = token.end()
            if token[2] is None:
                break
            value = self.unquote(token[2])
            if token[1]:
                self.named[token[1]] = value
            else:
                self.values.append(value)
        self.word = self.values.pop(0).decode() if self.values else None

    @classmethod
    def unquote(cls, text):
        if text[0] == "'":
            return text[1:-1].encode()
        if text[0] != '"':
            return text.encode()
        out, last = b"", 1
        for escape in cls.ESCAPE.finditer(text, 1, len(text) - 1):
            out += text[last:escape.start()].encode()
            out += bytes([int(escape[1], 16)]) if escape[1] else {"n": b"\n", "t": b"\t"}.get(escape[2], escape[2].encode())
            last = escape.end()
        return out + text[last:-1].encode()

    def text(self, name, default=""):
        return self.named[name].decode() if name in self.named else default

    def number(self, name, default=0):
        return int(self.named[name], 0) if name in self.named else default


class Image:
    """Bytes under construction, with the places of what is in them."""

    WIDTHS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i32": "i", "f64": "d"}

    def __init__(self, big_endian):
        self.data, self.labels, self.order = bytearray(), {}, ">" if big_endian else "<"

    def mark(self, label):
        self.labels[label] = len(self.data)

    def put(self, kind, value, label=None):
        if label:
            self.mark(label)
        self.data += self.encode(kind, value)

    def encode(self, kind, value):
        return value if kind == "bytes" else struct.pack(self.order + self.WIDTHS[kind], value)

    def counted(self, value):
        self.put("i32", len(value))
        self.data += value

    def put_at(self, label, kind, value):
        at = self.labels[label]
        encoded = self.encode(kind, value)
        self.data[at:at + len(encoded)] = encoded

    def place(self, label):
        name, offset = (label, 0) if label in self.labels else re.fullmatch(r"(.+?)([+-]\d+)", label).groups()
        return self.labels[name] + int(offset)


class Fixture:
    def __init__(self, text):
        self.lines = [line for line in map(Line, text.splitlines()) if line.word]
        self.layout = self.one("layout")
        self.format, self.prefix, self.preferences, traits = LAYOUTS[self.layout]
        self.has = {t: t in traits.split() for t in ("wide", "aligned", "content", "syntax", "here", "gc")}
        self.out = Image(self.one("byte-order") == "big")
        self.julia = next(line for line in self.lines if line.word == "julia")
        self.targets = self.encode_targets()
        self.split = bool(self.targets)
        payload = next((line.values[0] for line in self.all("payload")), b"\0" * self.number("payload-zeros", 0))
        self.payload = b"" if self.split and not self.has["here"] else payload
        checksum = crc32c(self.payload) | (0 if self.prefix == "reordered" else CHECKSUM_MARK)
        self.checksum = 0 if self.prefix == "basic" else self.number("checksum", checksum)
        self.write()
        self.damage()

    def all(self, word):
        return [line for line in self.lines if line.word == word]

    def one(self, word, default=None):
        found = self.all(word)
        return found[-1].values[0].decode() if found else default

    def number(self, word, default):
        value = self.one(word)
        return default if value is None else int(value, 0)

    def encode_targets(self):
        targets = self.all("target")
        if not targets:
            return b""
        out = Image(self.out.order == ">")
        out.put("u32", len(targets))
        for target in targets:
            lists = [[int(n, 0) for n in target.text(kind).split(",") if n] for kind in ("enabled", "disabled")]
            out.put("u32", target.number("flags"))
            if "base" in target.named:
                out.put("i32", target.number("base"))
            out.put("u32", len(lists[0]) // (2 if "base" in target.named else 1))
            for feature in lists[0] + lists[1]:
                out.put("u32", feature)
            out.counted(target.values[0])
            out.counted(target.named.get("features", b""))
        return bytes(out.data)

    def write(self):
        self.write_prefix()
        self.write_worklist()
        self.write_counted_block()
        self.write_required_modules()
        out = self.out
        if self.has["wide"]:
            out.put("i32", len(self.targets), "targets")
            out.data += self.targets
        out.mark("padding")
        start = 0
        if self.has["aligned"] and self.payload:
            out.data += b"\0" * (-len(out.data) % ALIGNMENT)
            start = len(out.data)
        out.mark("payload")
        out.data += self.payload
        if self.has["aligned"]:
            out.put_at("datastartpos", "u64", start)
            out.put_at("dataendpos", "u64", start + len(self.payload))
        out.put_at("srctextpos", "u64", len(out.data))
        self.write_source_texts()
        if self.has["wide"]:
            out.put("u32", self.number("so-crc", 0), "so-crc")
        out.put("u32", 0, "file-crc")
        out.mark("end")

    def write_prefix(self):
        out, julia = self.out, self.julia

        def strings(*names):
            for name in names:
                out.mark(name)
                out.data += julia.named.get(name, b"") + b"\0"

        out.put("bytes", b"\xfbjli\r\n\x1a\n", "magic")
        out.put("u16", self.number("format", self.format), "format")
        out.put("u16", 0xFEFF, "bom")
        out.put("u8", self.number("pointer", 8), "pointer")
        strings("uname", "arch", "version")
        if self.prefix == "reordered":
            if self.has["gc"]:
                strings("gc")
            out.put("u32", julia.number("image-flags", 1), "image-flags")
            if julia.number("image-flags", 1) & 1:
                strings("branch", "commit")
            out.put("u32", self.checksum, "checksum")
        else:
            strings("branch", "commit")
            if self.prefix == "extended":
                out.put("u8", self.number("pkgimage", 0), "pkgimage")
            if self.prefix != "basic":
                out.put("u64", self.checksum, "checksum")
        if self.has["aligned"]:
            out.put("u64", 0, "datastartpos")
            out.put("u64", 0, "dataendpos")
            out.put("u8", self.number("flags", 0), "flags")
        if self.has["syntax"]:
            out.put("u8", self.number("syntax", 0), "syntax")

    def put_uuid(self, text):
        number = uuid_number(text)
        self.out.put("u64", number >> 64)
        self.out.put("u64", number & 0xFFFFFFFFFFFFFFFF)

    def write_worklist(self):
        self.out.mark("worklist")
        for module in self.all("module"):
            self.out.counted(module.values[0])
            self.put_uuid(module.text("uuid"))
            self.out.put("u64", module.number("build-id"))
        self.out.put("i32", 0, "worklist-end")

    def entries(self):
        for line in self.lines:
            if line.word == "include":
                yield line, line.values[0]
            elif line.word == "require":
                order = "big" if self.out.order == ">" else "little"
                yield line, b"\0" + uuid_number(line.text("uuid")).to_bytes(16, order) + line.values[0]

    def entry_numbers(self, line):
        """Size, hash and mtime of an entry."""
        text = line.named.get("text", b"")
        size = len(text) if line.text("fsize") == "auto" else line.number("fsize")
        value = crc32c(text) if line.text("hash") == "auto" else line.number("hash")
        return size, value, float(line.text("mtime", "0"))

    def write_counted_block(self):
        out = self.out
        out.put("u64", 0, "total")
        for number, (line, path) in enumerate(self.entries()):
            size, value, mtime = self.entry_numbers(line)
            out.mark(f"entry-{number}")
            out.counted(path)
            if self.has["content"]:
                out.put("u64", size)
                out.put("u32", value)
            out.put("f64", mtime)
            out.put("i32", line.number("module"))
            if line.number("module"):
                for name in filter(None, line.text("in").split(".")):
                    out.counted(name.encode())
                out.put("i32", 0)
        out.put("i32", 0, "entries-end")
        out.mark("preferences")
        if self.preferences == "list":
            for line in self.all("preference"):
                out.counted(line.values[0])
            out.put("i32", 0)
            out.put("u64", self.number("preferences-hash", 0))
        elif self.preferences == "blob":
            out.counted(next((line.values[0] for line in self.all("preferences-blob")), b""))
        out.put("u64", 0, "srctextpos")
        out.put_at("total", "u64", len(out.data) - out.labels["total"] - 8)

    @staticmethod
    def build_id(line):
        """The upper and the lower half."""
        high, _, low = line.text("build-id", "0").rpartition(":")
        return int(high or "0", 0), int(low, 0)

    def write_required_modules(self):
        for number, module in enumerate(self.all("required")):
            self.out.mark(f"required-{number}")
            self.out.counted(module.values[0])
            self.put_uuid(module.text("uuid"))
            high, low = self.build_id(module)
            if self.has["wide"]:
                self.out.put("u64", high)
            self.out.put("u64", low)
        self.out.put("i32", 0, "required-end")

    def stored_texts(self):
        return [(line.values[0], line.named["text"]) for line in self.all("include") if "text" in line.named]

    def write_source_texts(self):
        self.out.mark("texts")
        for number, (path, text) in enumerate(self.stored_texts()):
            self.out.mark(f"text-{number}")
            self.out.counted(path)
            self.out.put("u64", len(text), f"text-{number}-length")
            self.out.data += text
        self.out.put("i32", 0, "texts-end")

    def damage(self):
        out = self.out
        out.put_at("file-crc", "u32", crc32c(out.data[:-4]))
        keep = bool(self.all("keep-crc"))
        changed = False
        for line in self.all("patch"):
            at = out.place(line.values[0].decode())
            for kind, value in line.named.items():
                value = value if kind == "bytes" else float(value) if kind == "f64" else int(value, 0)
                encoded = out.encode(kind, value)
                out.data[at:at + len(encoded)] = encoded
                changed = True
        for line in self.all("truncate"):
            del out.data[out.place(line.values[0].decode()):]
        for line in self.all("append"):
            out.data += line.values[0]
            changed = True
        if changed and not keep and len(out.data) > 4:
            out.data[-4:] = struct.pack(out.order + "I", crc32c(out.data[:-4]))

    def expectation(self):
        values = [v.decode() for v in self.all("expect")[0].values]
        if values[0] != "error":
            return {}
        return {"error": values[1], **({"error_offset": self.out.place(values[3])} if values[2:3] == ["at"] else {})}

    def describe(self):
        """What a reader must find. Byte strings and 64-bit numbers are in hex."""
        julia, labels = self.julia, self.out.labels
        aligned = self.has["aligned"] and bool(self.payload)
        described = {
            "layout": self.layout, "format": self.format, "pointer_size": self.number("pointer", 8),
            **{name: julia.text(name) for name in ("uname", "arch", "version", "branch", "commit")},
            "gc": julia.text("gc") if self.has["gc"] else "",
            "image_flags": julia.number("image-flags", 1) if self.prefix == "reordered" else 0,
            "pkgimage": self.number("pkgimage", 0), "checksum": f"{self.checksum:016x}",
            "flags": self.number("flags", 0), "syntax_version": self.number("syntax", 0),
            "datastartpos": labels["payload"] if aligned else 0,
            "dataendpos": labels["texts"] if aligned else 0,
            "srctextpos": labels["texts"], "header_end": labels["padding"],
            "payload_offset": labels["payload"], "payload_size": len(self.payload),
            "so_crc": self.number("so-crc", 0), "file_crc": struct.unpack(self.out.order + "I", self.out.data[-4:])[0],
            "file_size": len(self.out.data), "split": self.split, "clone_targets": self.targets.hex(),
        }
        described["worklist"] = [
            {"name": m.values[0].decode(), "uuid": m.text("uuid"), "build_id": f"{m.number('build-id'):016x}"}
            for m in self.all("module")]
        described["dependencies"] = []
        for line, path in self.entries():
            size, value, mtime = self.entry_numbers(line)
            described["dependencies"].append({
                "kind": line.word, "path": path.hex(), "uuid": line.text("uuid"), "name": line.values[0].hex(),
                "fsize": size if self.has["content"] else 0, "hash": value if self.has["content"] else 0,
                "mtime_bits": struct.pack(">d", mtime).hex(), "module_index": line.number("module"),
                "submodules": [n for n in line.text("in").split(".") if n and line.number("module")]})
        described["preferences"] = {
            "names": [line.values[0].decode() for line in self.all("preference")],
            "hash": f"{self.number('preferences-hash', 0):016x}",
            "blob": next((line.values[0].hex() for line in self.all("preferences-blob")), "")}
        described["required_modules"] = [
            {"name": m.values[0].decode(), "uuid": m.text("uuid"),
             "build_id_hi": f"{self.build_id(m)[0] if self.has['wide'] else 0:016x}", "build_id_lo": f"{self.build_id(m)[1]:016x}"}
            for m in self.all("required")]
        described["targets"] = [
            {"name": t.values[0].decode(), "flags": t.number("flags"), "features": t.text("features"),
             **({"base": t.number("base")} if "base" in t.named else {}), **{kind: [int(n, 0) for n in t.text(kind).split(",") if n] for kind in ("enabled", "disabled")}}
            for t in self.all("target")]
        described["source_texts"] = [{"path": path.hex(), "text": text.hex()} for path, text in self.stored_texts()]
        return described


def write_out(source, folder):
    """Writes NAME.ji and NAME.json, the expectation, for fixture NAME.txt."""
    try:
        fixture = Fixture(source.read_text(encoding="utf-8"))
        expected = fixture.expectation() or fixture.describe()
    except Exception as problem:
        raise SystemExit(f"{source}: {type(problem).__name__}: {problem}") from problem
    (folder / (source.stem + ".ji")).write_bytes(fixture.out.data)
    (folder / (source.stem + ".json")).write_text(json.dumps(expected, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", type=pathlib.Path, help="fixtures, or folders of them (*.txt)")
    parser.add_argument("--into", type=pathlib.Path, required=True, help="folder to write the files to")
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    for path in arguments.texts:
        for source in sorted(path.glob("*.txt")) if path.is_dir() else [path]:
            write_out(source, arguments.into)


if __name__ == "__main__":
    sys.exit(main())
