"""Where a C++ source can be mutated, and into what.

A site is one place of one file with the texts that may stand there instead. Comments, strings, preprocessor lines,
static_assert and template arguments are never sites.
"""
import collections
import pathlib
import random
import re

from mutation import tokens as lexical

# `kind` is the operator of the mutation; `begin` and `end` are offsets; `new` is the text put there instead.
Mutant = collections.namedtuple("Mutant", "path kind begin end new")

COMPARISON = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="]}
ARITHMETIC = {"+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"], "&": ["|"],
              "|": ["&"], "^": ["|", "&"], "+=": ["-="], "-=": ["+="], "*=": ["+="], "/=": ["*="], "|=": ["&=", "^="],
              "&=": ["|="], "^=": ["|=", "&="], "<<=": [">>="], ">>=": ["<<="], "++": ["--"], "--": ["++"]}
LOGICAL = {"&&": ["||"], "||": ["&&"]}
BINARY_ONLY = set(COMPARISON) | set(LOGICAL) | set(ARITHMETIC) - {"++", "--"}
INTEGER = re.compile(r"(0[xX][\da-fA-F']+|0[bB][01']+|\d[\d']*)([uUlLzZ]*)")
JUMPS = {"return", "throw", "break", "continue"}


class Finder:
    """All mutants of one source text, grouped by site."""

    def __init__(self, source):
        self.source = source
        self.tokens = [token for token in lexical.lex(source) if token.kind != "comment"]
        self.pairs = lexical.matching(self.tokens)
        self.bodies = lexical.statement_braces(self.tokens)
        self.sites = []

    def find(self):
        for i, token in enumerate(self.tokens):
            if token.frozen or token.kind == "text":
                continue
            if token.kind == "number":
                self.number(i)
            elif token.kind == "sign":
                self.sign(i)
            else:
                self.word(i)
        self.statements()
        return self.sites

    def add(self, kind, begin, end, texts):
        self.sites.append((kind, begin, end, texts))

    def text(self, i):
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def spaced(self, token):
        return self.source[token.begin - 1].isspace() and self.source[token.end:token.end + 1].isspace()

    def number(self, i):
        token, match = self.tokens[i], INTEGER.fullmatch(self.tokens[i].text)
        pure_virtual = self.text(i - 1) == "=" and self.text(i - 2) in (")", "const", "noexcept", "override")
        if not match or pure_virtual:
            return
        digits, suffix = match[1].replace("'", ""), match[2]
        octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
        value = int(digits, 8 if octal else 0) + 1
        self.add("constant", token.begin, token.end, [(hex(value) if digits[:2] in ("0x", "0X") else str(value)) + suffix])

    def sign(self, i):
        token = self.tokens[i]
        if token.text in BINARY_ONLY and not self.spaced(token):
            return
        for kind, table in (("comparison", COMPARISON), ("arithmetic", ARITHMETIC), ("logical", LOGICAL)):
            if token.text in table:
                self.add(kind, token.begin, token.end, table[token.text])
        if token.text in ("!", "~") and not self.spaced(token) and self.text(i - 1) != "operator":
            if not (token.text == "~" and self.text(i + 1)[:1].isupper()):  # a destructor
                self.add("logical" if token.text == "!" else "arithmetic", token.begin, token.end, [""])

    def word(self, i):
        token = self.tokens[i]
        if token.text in ("true", "false"):
            self.add("constant", token.begin, token.end, ["false" if token.text == "true" else "true"])
        if token.text in ("if", "while") and self.text(i + 1) == "(" and i + 1 in self.pairs:
            begin = self.condition_begin(i + 1)
            end = self.tokens[self.pairs[i + 1]].begin
            self.add("logical", begin, end, [f"!({self.source[begin:end].rstrip()})"])

    def condition_begin(self, opening):
        """Behind the bracket, or behind what is initialised before the condition."""
        at, depth = self.tokens[opening].end, 0
        for token in self.tokens[opening + 1:self.pairs[opening]]:
            if token.kind != "sign":
                continue
            depth += (token.text in lexical.OPENING) - (token.text in lexical.CLOSING)
            if token.text == ";" and depth == 0:
                at = token.end + 1
        return at

    def statements(self):
        """Statements that can be left out: calls, assignments, throws, and jumps out before the end."""
        for brace in sorted(self.bodies):
            if brace not in self.pairs:
                continue
            at = brace + 1
            while at < self.pairs[brace]:
                at = self.statement(at, brace)

    def statement(self, at, brace):
        """Looks at the statement that begins at token `at`; gives where the next one begins."""
        token = self.tokens[at]
        if token.text in ("if", "while", "for", "switch") or token.text == "else" or token.text in ("do", "try", "catch"):
            at += 1
            if self.text(at) == "constexpr":
                at += 1
            return self.pairs[at] + 1 if self.text(at) == "(" and at in self.pairs else at
        if token.text == "{" and at in self.bodies:
            return self.pairs[at] + 1
        if token.text in ("case", "default"):
            while self.text(at) != ":":
                at += 1
            return at + 1
        end = at
        while end < self.pairs[brace] and self.text(end) != ";":
            end = self.pairs[end] + 1 if self.text(end) in lexical.OPENING and end in self.pairs else end + 1
        if end < self.pairs[brace] and self.removable(at, end, brace):
            self.add("statement", token.begin, self.tokens[end].end, [";"])
        return end + 1

    def removable(self, at, end, brace):
        word = self.text(at)
        if word == "return":
            return self.is_early(at, end, brace)
        if word in JUMPS:
            return True
        if word in ("++", "--", "*"):
            return True
        # A chain of names, calls and subscripts, then perhaps an assignment: no declaration looks so.
        position, called = at, False
        while position < end:
            token = self.tokens[position]
            if token.kind == "word" and position > at and self.tokens[position - 1].kind == "word":
                return False
            if token.text == "=" or (len(token.text) > 1 and token.text.endswith("=") and token.text in ARITHMETIC):
                return True
            if token.text in ("(", "[") and position in self.pairs:
                called = called or token.text == "("
                position = self.pairs[position]
            elif token.text in ("++", "--"):
                called = True
            elif token.kind != "word" and token.text not in (".", "->", "::"):
                return False
            position += 1
        return called

    def is_early(self, at, end, brace):
        """Whether control goes on behind a return: under an if, or in a block of one."""
        if self.text(at - 1) in (")", "else", ":"):
            return True
        if end + 1 != self.pairs[brace]:
            return True
        head = [token.text for token in lexical.head_of(self.tokens, brace)]
        return bool(head) and head[0] in ("if", "else", "for", "while")


def mutants_of(source, path=""):
    """A list of lists: for each site its mutants, in the order of the text."""
    return [[Mutant(path, kind, begin, end, new) for new in texts] for kind, begin, end, texts in sorted(Finder(source).find())]


def choose(sources, seed):
    """All mutants, one a site, in an order whose every beginning is spread over the files by their sites.

    `sources` has the text by path."""
    ordered = []
    for path, source in sorted(sources.items()):
        chooser = random.Random(f"{seed}:{path}")
        sites = mutants_of(source, path)
        chooser.shuffle(sites)
        ordered += [((k + chooser.random()) / len(sites), chooser.choice(texts)) for k, texts in enumerate(sites)]
    return [mutant for _, mutant in sorted(ordered)]


def mutated(source, mutant):
    """The text with the mutant in it; every line keeps its number."""
    lost = source[mutant.begin:mutant.end].count("\n") - mutant.new.count("\n")
    return source[:mutant.begin] + mutant.new + "\n" * lost + source[mutant.end:]


def diff(source, mutant):
    """(line number, old text, new text) of the lines that change, white space collapsed."""
    begin = source.rfind("\n", 0, mutant.begin) + 1
    end = source.find("\n", mutant.end)
    end = len(source) if end < 0 else end
    old, new = source[begin:end], source[begin:mutant.begin] + mutant.new + source[mutant.end:end]
    return source.count("\n", 0, mutant.begin) + 1, " ".join(old.split()), " ".join(new.split())


def read(root, patterns):
    """The texts of the files that match, by their path below `root`."""
    root = pathlib.Path(root)
    found = sorted({path for pattern in patterns for path in root.glob(pattern) if path.suffix in (".cpp", ".hpp")})
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in found}
