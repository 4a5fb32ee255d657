"""Follows every reference of a payload before and after its texts grew: a judge that shares no code with jireloc.

Every slot that a payload's own lists name (pointers, records of global variables, roots) is followed in the old image
and in the new one, into other images of the set too. What led to a text with the old path must lead to the same text
with the new one; everything else must lead to the very same bytes. Nothing else may differ, but what is listed in
`Verdict`. Layouts: formats 12 (from 1.10 on) to 15, 64 bits, little-endian; libraries: ELF.
"""
import functools
import pathlib
import re
import struct

STRING_TAGS = (0xA3, 0xA7)
CONST_REFERENCE, SYMBOL_REFERENCE, LINKED_REFERENCE = 1, None, 5  # the symbols' tag differs between versions
ALL_ONES = (1 << 64) - 1


def crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC_OF_BYTE = crc_table()
# Of two bytes at a time.
CRC_OF_PAIR = [CRC_OF_BYTE[CRC_OF_BYTE[pair & 0xFF] & 0xFF ^ pair >> 8] ^ CRC_OF_BYTE[pair & 0xFF] >> 8
               for pair in range(1 << 16)]
PIECE = 4096


def crc_extend(state, data):
    for pair in struct.unpack_from(f"<{len(data) // 2}H", data):
        state = state >> 16 ^ CRC_OF_PAIR[(state ^ pair) & 0xFFFF]
    for byte in data[len(data) // 2 * 2:]:
        state = state >> 8 ^ CRC_OF_BYTE[(state ^ byte) & 0xFF]
    return state


@functools.lru_cache(maxsize=1 << 14)
def crc_of_piece(piece):
    """Remembered: an image that is grown to many lengths has most pieces in common with itself."""
    return crc_extend(0, piece)


@functools.lru_cache(maxsize=None)
def behind_a_piece():
    """What a piece of zeros makes of each bit of a state."""
    return [crc_extend(0, (1 << bit).to_bytes(PIECE, "little")) for bit in range(32)]


def crc32c(*parts):
    """The checksum of the parts, one behind the other; pieces begin where parts do."""
    state = 0xFFFFFFFF
    for part in parts:
        whole = len(part) // PIECE * PIECE
        for begin in range(0, whole, PIECE):
            moved = crc_of_piece(part[begin:begin + PIECE])
            for bit, becomes in enumerate(behind_a_piece()):
                if state >> bit & 1:
                    moved ^= becomes
            state = moved
        state = crc_extend(state, part[whole:])
    return state ^ 0xFFFFFFFF


def differing(one, other):
    """Where two equally long strings of bytes differ; most of them are equal."""
    step = 4096
    for begin in range(0, len(one), step):
        if one[begin:begin + step] != other[begin:begin + step]:
            yield from (i for i in range(begin, min(begin + step, len(one))) if one[i] != other[i])


def differing_words(a, b, count):
    step = 512
    for begin in range(0, count, step):
        end = min(begin + step, count)
        if a.data[8 * begin:8 * end] != b.data[8 * begin:8 * end]:
            yield from (i for i in range(begin, end) if a.words[i] != b.words[i])


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, count):
        taken = self.data[self.at:self.at + count]
        if len(taken) != count:
            raise ValueError(f"ends at {len(self.data)} inside a field at {self.at}")
        self.at += count
        return taken

    def number(self, code):
        return struct.unpack("<" + code, self.take(struct.calcsize(code)))[0]

    def text(self):
        end = self.data.index(b"\0", self.at)
        return self.take(end + 1 - self.at)[:-1]

    def modules(self, numbers):
        """A list of name, uuid and `numbers` 64-bit numbers."""
        found = []
        while True:
            size = self.number("i")
            if size == 0:
                return found
            name = self.take(size).decode()
            found.append((name, self.number("Q"), self.number("Q"), *(self.number("Q") for _ in range(numbers))))

    def pad(self, alignment, start=0):
        while (self.at - start) % alignment:
            if self.take(1) is None:
                raise ValueError


class Header:
    """Of a .ji (embedded False) or of a library's image data."""

    def __init__(self, data, embedded=False):
        r = Reader(data)
        assert r.take(8) == b"\xfbjli\r\n\x1a\n", "no cache file"
        self.format = r.number("H")
        r.take(3)
        r.text(), r.text()
        self.version = r.text().decode()
        if self.format == 15:
            r.text()
        if self.format >= 14:
            self.image_flags = r.number("I")
            if self.image_flags & 1:
                r.text(), r.text()
            self.checksum = r.number("I")
        else:
            r.text(), r.text()
            r.take(1)
            self.checksum = r.number("Q")
        self.start, self.end = r.number("Q"), r.number("Q")
        r.take(1)
        if self.format >= 13:
            r.take(1)
        if not embedded:
            self.worklist = r.modules(1)
            total = r.number("Q")
            r.take(total)
        self.required = r.modules(2)
        if not embedded:
            self.split = r.number("I") != 0


def symbol_in_library(library, wanted):
    """File offset and size of a data symbol (ELF64)."""
    assert library[:5] == b"\x7fELF\x02"
    section_at, = struct.unpack_from("<Q", library, 40)
    program_at, = struct.unpack_from("<Q", library, 32)
    program_size, program_count, section_size, section_count = struct.unpack_from("<HHHH", library, 54)
    loads = [struct.unpack_from("<IIQQQQQQ", library, program_at + i * program_size) for i in range(program_count)]
    sections = [struct.unpack_from("<IIQQQQIIQQ", library, section_at + i * section_size) for i in range(section_count)]
    for section in sections:
        if section[1] != 11:  # SHT_DYNSYM
            continue
        names = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            name, _, _, _, value, size = struct.unpack_from("<IBBHQQ", library, at)
            begin = names + name
            if library[begin:library.index(b"\0", begin)] == wanted:
                for kind, _, offset, address, _, file_size, _, _ in loads:
                    if kind == 1 and address <= value < address + file_size:
                        return offset + value - address, size
    raise ValueError(f"no symbol {wanted}")


def offsets(r):
    found, position, delta, shift, at = [], 0, 0, 0, r.at
    for at, byte in enumerate(memoryview(r.data)[r.at:], r.at + 1):
        delta |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            if delta == 0:
                r.at = at
                return found
            position += delta
            found.append(position)
            delta = shift = 0
    raise ValueError(f"ends at {at} inside a list of offsets")


def words(r):
    count = r.number("Q")
    if count > len(r.data) // 8:
        raise ValueError("a list that is too long")
    return list(struct.unpack(f"<{count}Q", r.take(8 * count)))


@functools.lru_cache(maxsize=64)
def relocation_lists(section):
    """Lists of offsets and of words. Remembered: growth leaves them as they are."""
    for lists in (2, 4):
        at = Reader(section)
        try:
            found = [offsets(at) for _ in range(lists)], [words(at) for _ in range(4)]
        except ValueError:
            continue
        if at.at == len(section):
            return found
    raise ValueError("the relocations do not add up")


class Payload:
    def __init__(self, data, alignment=64):
        self.data = data
        r = Reader(data)
        self.size = r.number("Q")
        self.sysdata = (r.at, self.size)
        r.take(self.size)
        self.const = self.section(r, alignment)
        self.symbol_section = self.section(r, 8)
        relocations = self.section(r, 8)
        self.gvars = self.section(r, 8)
        self.fptrs = self.section(r, 8)
        r.pad(8)
        self.roots = r.at
        self.relocations = data[relocations[0]:relocations[0] + relocations[1]]
        self.symbols = self.read_symbols()
        self.lists, self.plain = relocation_lists(self.relocations)
        assert not any(at % 8 for at in self.lists[1]), "a reference that is no aligned word"
        self.tail_form = self.find_tail()
        self.words = struct.unpack_from(f"<{len(data) // 8}Q", data)

    @staticmethod
    def section(r, alignment):
        size = r.number("Q")
        r.pad(alignment)
        begin = r.at
        r.take(size)
        return begin, size

    def read_symbols(self):
        begin, size = self.symbol_section
        r, found = Reader(self.data[:begin + size], begin), []
        while r.at < begin + size:
            found.append(r.take(r.number("I")))
            assert r.take(1) == b"\0"
        return found

    def find_tail(self):
        for roots, ccallables in ((7, True), (6, False), (5, False)):
            r = Reader(self.data, self.roots)
            try:
                r.take(8 * roots)
                links = [r.take(4 * r.number("I")) for _ in range(4)]
                r.take(4)
                if ccallables:
                    r.take(8 * r.number("Q"))
            except ValueError:
                continue
            if r.at == len(self.data):
                assert not any(links), "link ids are not followed here"
                return roots, ccallables, len(self.lists)
        raise ValueError("what ends the payload is not known")

    def word(self, at):
        return self.words[at // 8]

    def parts(self):
        """Where sections begin: what follows them moves when they grow."""
        ends = [sum(section) for section in (self.sysdata, self.const, self.symbol_section)]
        return [self.data[begin:end] for begin, end in zip([0, *ends], [*ends, len(self.data)])]

    def string(self, position):
        """The text of the String object at a position of the payload; None where there is no such object."""
        begin, size = self.const
        if position % 16 or not begin + 8 <= position <= begin + size - 8:
            return None
        if self.word(position - 8) not in STRING_TAGS:
            return None
        length = self.word(position)
        end = position + 8 + length
        if end >= begin + size or self.data[end] != 0:
            return None
        return self.data[position + 8:end]

    def references(self):
        """Positions of all words that refer to something."""
        yield from self.lists[1]
        yield from range(self.gvars[0], self.gvars[0] + self.gvars[1] // 8 * 8, 8)
        yield from range(self.roots, self.roots + 8 * self.tail_form[0], 8)


class Image:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        ji = self.path.read_bytes()
        self.header = Header(ji)
        self.library = self.embedded = None
        library = self.path.with_suffix(".so")
        if self.header.split and library.exists():
            self.library = library.read_bytes()
        if self.header.start:
            data, begin, end = ji, self.header.start, self.header.end
        else:
            at, size = symbol_in_library(self.library, b"jl_system_image_data")
            data = self.library[at:at + size]
            self.embedded = Header(data, embedded=True)
            begin, end = self.embedded.start, self.embedded.end
            assert end == size, "the library's header does not end where its data does"
        self.bytes = data[begin:end]
        self.payload = Payload(self.bytes)

    def provides(self):
        return [(name, high, low, self.header.checksum, build) for name, high, low, build in self.header.worklist]


class Verdict:
    def __init__(self):
        self.problems = []  # what is wrong
        self.followed = self.renamed = self.dropped = 0  # references; those with a new text; max_world words set to 0
        self.substrings = 0  # references left on the old text because a SubString's fields follow
        self.new_identity = False


def collapse(text):
    return re.sub(rb"/+", b"/", text)


class Judge:
    """`pairs`: (old image, new image) of everything that one run worked on, in any order."""

    def __init__(self, pairs, old, new):
        self.pairs = pairs
        self.old, self.new = old.encode(), new.encode()
        slashes = rb"/+".join(re.escape(part) for part in self.old.split(b"/")[1:])
        self.pattern = re.compile(rb"(?<![A-Za-z0-9._~+@%/-])/" + slashes + rb"(?=/|$)")
        self.by_build = {}
        for before, after in pairs:
            for name, high, low, checksum, build in before.provides():
                self.by_build[name, checksum, build] = (before, after)

    def expected(self, text):
        return collapse(self.pattern.sub(lambda _: self.new, text))

    def names_old(self, text):
        return self.expected(text) != collapse(text)

    def judge(self, before, after, allow_substrings=True):
        verdict = Verdict()
        say = verdict.problems.append
        a, b = before.payload, after.payload
        verdict.new_identity = before.header.checksum != after.header.checksum
        self.judge_identity(before, after, say)
        if a.lists != b.lists or a.plain != b.plain or a.tail_form != b.tail_form:
            say("the lists of relocations differ")
            return verdict
        self.judge_symbols(a, b, verdict)
        harmless = set()  # values that lead to what stays as it is
        for at_before, at_after in zip(a.references(), b.references(), strict=True):
            verdict.followed += 1
            value = a.words[at_before // 8]
            if value == b.words[at_after // 8] and value in harmless:
                continue
            if self.judge_reference(before, after, at_before, at_after, verdict, allow_substrings):
                harmless.add(value)
        self.judge_sysdata(a, b, verdict)
        self.judge_const_data(a, b, say)
        for what in ("fptrs",):
            (begin, size), (begin2, size2) = getattr(a, what), getattr(b, what)
            if a.data[begin:begin + size] != b.data[begin2:begin2 + size2]:
                say(f"{what} differ")
        if a.data[a.roots + 8 * a.tail_form[0]:] != b.data[b.roots + 8 * b.tail_form[0]:]:
            say("what follows the roots differs")
        return verdict

    def judge_identity(self, before, after, say):
        if crc32c(*after.payload.parts()) != after.header.checksum & 0xFFFFFFFF:
            say("the payload does not have the checksum that its header records")
        for header in filter(None, (after.header, after.embedded)):
            if header.checksum != after.header.checksum:
                say("library and .ji record different checksums")
            required = []
            for name, high, low, build_high, build_low in before.header.required:
                pair = self.by_build.get((name, build_high, build_low))
                required.append((name, high, low, pair[1].header.checksum if pair else build_high, build_low))
            if header.required != required:
                say("the list of required modules is not what it should be")

    def judge_symbols(self, a, b, verdict):
        # Where symbols got shorter, one that nothing refers to takes what is left at their end.
        fills = lambda symbols: bool(symbols) and symbols[-1].startswith(b"\x01jr\x02")  # noqa: E731
        if len(a.symbols) - fills(a.symbols) != len(b.symbols) - fills(b.symbols):
            verdict.problems.append("the number of symbols differs")
        for one, other in zip(a.symbols, b.symbols):
            if one.startswith(b"\x01jr\x02") or other.startswith(b"\x01jr\x02"):
                continue
            if collapse(other) != self.expected(one):
                verdict.problems.append(f"symbol {one} became {other}")
            elif one != other:
                verdict.renamed += 1

    def owner(self, image_before, image_after, value):
        """Payloads before and after, and the position, of a reference to const data; None for any other."""
        tag, number = value >> 61, value & (1 << 61) - 1
        if tag == CONST_REFERENCE:
            return image_before.payload, image_after.payload, image_before.payload.const[0] + 8 * number
        if tag == LINKED_REFERENCE and number >> 40:
            name, _, _, high, low = image_before.header.required[(number >> 40) - 1]
            pair = self.by_build.get((name, high, low))
            if pair and 8 * (number & (1 << 40) - 1) >= pair[0].payload.const[0]:
                return pair[0].payload, pair[1].payload, 8 * (number & (1 << 40) - 1)
        return None

    def judge_reference(self, before, after, at_before, at_after, verdict, allow_substrings):
        """Whether every reference of that value has to stay as it is."""
        was, is_now = before.payload.word(at_before), after.payload.word(at_after)
        target = self.owner(before, after, was)
        text = target[0].string(target[2]) if target else None
        if text is None or not self.names_old(text):
            if was != is_now:
                verdict.problems.append(f"the reference at {at_before} ({was:x}) became {is_now:x}")
            elif text is not None and target[1].string(target[2]) != text:
                verdict.problems.append(f"the reference at {at_before} leads to other bytes than {text}")
            return was == is_now
        tag, number = is_now >> 61, is_now & (1 << 61) - 1
        if tag != was >> 61 or (tag == LINKED_REFERENCE and number >> 40 != (was & (1 << 61) - 1) >> 40):
            verdict.problems.append(f"the reference at {at_before} leads to another image")
            return False
        position = target[1].const[0] + 8 * number if tag == CONST_REFERENCE else 8 * (number & (1 << 40) - 1)
        found = target[1].string(position)
        if found is not None and collapse(found) == self.expected(text):
            verdict.renamed += 1
        elif was == is_now and allow_substrings and self.looks_like_substring(before.payload, at_before, text):
            verdict.substrings += 1
        else:
            verdict.problems.append(f"the reference at {at_before} to {text} leads to {found}")
        return False

    @staticmethod
    def looks_like_substring(payload, at, text):
        if at + 24 > 8 + payload.size:
            return False
        offset, count = payload.word(at + 8), payload.word(at + 16)
        return 0 < count and offset + count <= len(text)

    def judge_sysdata(self, a, b, verdict):
        if a.size != b.size:
            verdict.problems.append("sysdata has another size")
            return
        slots = None
        for i in differing_words(a, b, (8 + a.size) // 8):
            slots = slots or set(a.lists[1])
            if 8 * i in slots:
                continue
            one, other = a.words[i], b.words[i]
            # Valid up to the end of the world, or if its edges are (1, behind a first world of all ones): dropped.
            if other == 0 and (one == ALL_ONES or (one == 1 and a.words[i - 1] == ALL_ONES)):
                verdict.dropped += 1
            else:
                verdict.problems.append(f"sysdata differs at {8 * i}: {one:x} became {other:x}")
        rest = (8 + a.size) // 8 * 8
        if a.data[rest:8 + a.size] != b.data[rest:8 + b.size] and any(a.data[rest:8 + a.size]):
            verdict.problems.append("sysdata differs at its end")

    def judge_const_data(self, a, b, say):
        """Old objects stay where they are; only texts with the old path may differ, and hold it no more."""
        (begin, size), (begin2, size2) = a.const, b.const
        if begin != begin2 or size2 < size:
            say("const data moved or shrank")
            return
        for i in differing(a.data[begin:begin + size], b.data[begin:begin + size]):
            i += begin
            position = i - i % 16
            while position >= begin and a.string(position) is None:
                position -= 16
            text = a.string(position)
            # What is behind the last object is padding, and the place of four bytes that keep the checksum.
            if text is None or not position <= i < position + 8 + self.room(a, b, position, text):
                if i < begin + size - 12:
                    say(f"const data differs at {i}, in no text")
            elif not self.names_old(text):
                say(f"const data differs at {i} in {text}")

    @staticmethod
    def room(a, b, position, text):
        """How much of a String's place its new text may take: the name of a file may get longer where it lies, over
        nothing but zeros behind it, and still ends with one. What code folds of its length would be wrong of others."""
        longer = b.string(position)
        if longer is None or not len(text) < len(longer) or not text.endswith(b".jl"):
            return len(text)
        behind = a.data[position + 8 + len(text):position + 8 + len(longer) + 1]
        return len(text) if any(behind) else len(longer)


def judge_folders(before, after, old, new):
    """All images of two trees of the same form. Returns {relative path: Verdict}."""
    before, after = pathlib.Path(before), pathlib.Path(after)
    pairs = {}
    for path in sorted(before.rglob("*.ji")):
        other = after / path.relative_to(before)
        if other.exists():
            pairs[str(path.relative_to(before))] = (Image(path), Image(other))
    judge = Judge(list(pairs.values()), old, new)
    return {name: judge.judge(*pair) for name, pair in pairs.items()}


if __name__ == "__main__":
    import sys
    if len(sys.argv) != 5:
        raise SystemExit("usage: follow_references.py BEFORE AFTER OLD NEW   two folders of images and the two paths")
    verdicts = judge_folders(*sys.argv[1:])
    for name, verdict in verdicts.items():
        print(f"{name}: {verdict.followed} references, {verdict.renamed} with a new text, {verdict.dropped} dropped, "
              f"{verdict.substrings} substrings{', new identity' if verdict.new_identity else ''}")
        for problem in verdict.problems[:10]:
            print(f"  {problem}")
    raise SystemExit(1 if any(verdict.problems for verdict in verdicts.values()) or not verdicts else 0)
