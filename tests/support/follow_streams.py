"""Judges images up to 1.8 whose texts grew: a judge that shares no code with jireloc.

Their payload is a stream: what it refers to has numbers in the order of appearance, so no reference can go astray, and
nothing counts bytes but the length in front of each text. The new stream must be the old one, byte by byte, in which
each Symbol and String that names the old place names the new one, in a frame of the right kind and length. Besides,
code may be marked as no longer valid (one bit behind a tag), in images with a text that is no name of a file.
"""
import pathlib
import re
import struct

from follow_references import Reader, Verdict, collapse, crc32c

SYMBOL, LONG_SYMBOL, STRING, CODE = 2, 12, 18, 28
LONGEST = 1 << 16  # texts of the corpus are shorter


class StreamImage:
    def __init__(self, path):
        self.bytes = data = pathlib.Path(path).read_bytes()
        r = Reader(data)
        assert r.take(8) == b"\xfbjli\r\n\x1a\n", "no cache file"
        self.format = r.number("H")
        assert self.format <= 11, "no image with a stream"
        r.take(3)
        self.prefix = [r.text() for _ in range(5)]
        self.worklist = r.modules(1)
        total = r.number("Q")
        r.take(total - 8)
        self.sources = r.number("Q")
        self.required = r.modules(1)
        self.start = r.at
        self.stream = data[self.start:self.sources]
        assert self.start < self.sources <= len(data) - 4, "no stream"


class Text:
    """A Symbol or String of a stream: where it begins, with what frames it, and ends."""

    def __init__(self, stream, begin, head):
        self.begin, self.at = begin, begin + head
        self.is_symbol = stream[begin] != STRING
        size = stream[begin + 1] if head == 2 else struct.unpack_from("<i", stream, begin + 1)[0]
        self.end = self.at + size
        self.bytes = stream[self.at:self.end]


def text_around(stream, place, size):
    """The text that holds the bytes at a place: the innermost one that is of letters."""
    for at in range(place, max(place - LONGEST, 2), -1):
        if at < place and stream[at] < 32 and stream[at] not in b"\t\n\r":
            return None  # no text goes on before this
        for head in (2, 5):
            tags = (SYMBOL,) if head == 2 else (LONG_SYMBOL, STRING)
            if at >= head and stream[at - head] in tags:
                text = Text(stream, at - head, head)
                if place + size <= text.end <= len(stream):
                    return text
    return None


class StreamJudge:
    def __init__(self, old, new):
        self.old, self.new = old.encode(), new.encode()
        slashes = rb"/+".join(re.escape(part) for part in self.old.split(b"/")[1:])
        self.pattern = re.compile(rb"(?<![A-Za-z0-9._~+@%/-])/" + slashes + rb"(?=/|$)")

    def texts(self, stream, say):
        """All that name the old place, in order."""
        found, at = [], stream.find(self.old)
        while at >= 0:
            text = text_around(stream, at, len(self.old))
            if text is None:
                say(f"the old place at {at} is in no text")
            elif self.pattern.search(text.bytes):
                found.append(text)
            at = stream.find(self.old, max(at + 1, text.end if text else 0))
        return found

    def judge(self, before, after):
        verdict = Verdict()
        say = verdict.problems.append
        if (before.format, before.prefix, before.worklist, before.required) != (
                after.format, after.prefix, after.worklist, after.required):
            say("what identifies the image differs")
        at_before = at_after = constants = 0
        cuts = [0, after.start]
        for text in self.texts(before.stream, say):
            size = text.begin - at_before
            self.judge_rest(before.stream[at_before:text.begin], after.stream[at_after:at_after + size], verdict)
            at_before, at_after = text.end, self.judge_text(text, after.stream, at_after + size, verdict)
            cuts.append(after.start + at_after)
            constants += not text.is_symbol and not text.bytes.endswith(b".jl")
        self.judge_rest(before.stream[at_before:], after.stream[at_after:], verdict)
        parts = (after.bytes[begin:end] for begin, end in zip(cuts, [*cuts[1:], -4]))
        if crc32c(*parts) != struct.unpack("<I", after.bytes[-4:])[0]:
            say("the file's checksum does not hold")
        if verdict.dropped and not constants:
            say("code was dropped though nothing grew that it may have folded")
        return verdict

    def judge_text(self, text, stream, at, verdict):
        """The new text where it must be. Returns where it ends."""
        wanted = self.pattern.sub(lambda _: self.new, text.bytes)
        is_short = text.is_symbol and at + 2 <= len(stream) and stream[at] == SYMBOL
        if at + 5 > len(stream) or not is_short and stream[at] != (LONG_SYMBOL if text.is_symbol else STRING):
            verdict.problems.append(f"{text.bytes} became something else at {at}")
            return at
        found = Text(stream, at, 2 if is_short else 5)
        verdict.followed += 1
        if collapse(found.bytes) != collapse(wanted):
            verdict.problems.append(f"{text.bytes} became {found.bytes}")
        elif text.is_symbol and len(found.bytes) <= 255 and not is_short:
            verdict.problems.append(f"{found.bytes} is framed as a longer one")
        else:
            verdict.renamed += 1
        return found.end

    @staticmethod
    def judge_rest(one, other, verdict):
        if len(one) != len(other):
            verdict.problems.append(f"{len(other)} bytes where {len(one)} belong")
        elif one != other:
            for i, (was, now) in enumerate(zip(one, other)):
                if was == now:
                    continue
                if i > 0 and one[i - 1] == CODE and was & ~0b1101 == 0 and was & 1 and now == was & ~1:
                    verdict.dropped += 1
                else:
                    verdict.problems.append(f"a byte between texts differs: {one[max(i - 8, 0):i + 8]}")


def judge_folders(before, after, old, new):
    """All images with streams of two trees of the same form. Returns {relative path: Verdict}."""
    before, after = pathlib.Path(before), pathlib.Path(after)
    judge = StreamJudge(old, new)
    found = {}
    for path in sorted(before.rglob("*.ji")):
        name = path.relative_to(before)
        if (after / name).exists():
            found[str(name)] = judge.judge(StreamImage(path), StreamImage(after / name))
    return found
