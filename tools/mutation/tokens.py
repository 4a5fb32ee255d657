"""C++ source as tokens, with what a mutation must know of their surroundings: which '<' opens template arguments,
and which braces hold statements."""
import collections
import re

# `kind`: comment, text (strings, characters, preprocessor lines), number, word, sign.
# `frozen`: inside template arguments, static_assert, an assembler text, or an operator's name.
Token = collections.namedtuple("Token", "kind text begin end frozen")

SIGNS = ["<<=", ">>=", "<=>", "->*", "...", "::", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
         "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##"]
LEXER = re.compile(r"""
    (?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)
  | (?P<text>(?:u8|[uUL])?R"(?P<fence>[^\s()\\]{0,16})\(.*?\)(?P=fence)"
      |(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*"
      |(?:u8|[uUL])?'(?:[^'\\\n]|\\.)+'
      |(?:(?<=\n)|\A)[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
  | (?P<number>\.?\d(?:'?[\w.]|(?<=[eEpP])[+-])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<space>\s+)
  | (?P<sign>""" + "|".join(re.escape(sign) for sign in SIGNS) + r"""|.)
""", re.VERBOSE | re.DOTALL)
OPENING, CLOSING = "([{", ")]}"
# Between a parameter list and the brace of its body.
TRAILING = {"const", "noexcept", "override", "final", "mutable", "else", "do", "try", ";", "{", "}", ")", ":"}


def lex(source):
    """All tokens but white space."""
    tokens = [Token(match.lastgroup if match.lastgroup != "fence" else "text", match[0], *match.span(), False)
              for match in LEXER.finditer(source) if match.lastgroup != "space"]
    return frozen_marked(tokens, source)


def frozen_marked(tokens, source):
    code = [i for i, token in enumerate(tokens) if token.kind not in ("comment",)]
    frozen = set()
    for position, i in enumerate(code):
        token, following = tokens[i], code[position + 1:]
        if token.text in ("static_assert", "__asm__", "asm", "alignas", "sizeof"):
            frozen.update(bracketed(tokens, following))
        elif token.text == "operator":
            frozen.update(following[:1])
        elif token.text == "<" and opens_template(tokens, code, position, source):
            frozen.update(template_arguments(tokens, [i] + following))
    return [token._replace(frozen=True) if i in frozen else token for i, token in enumerate(tokens)]


def opens_template(tokens, code, position, source):
    """Formatted code has no space before the bracket of template arguments, and one before 'less than'."""
    if position == 0:
        return False
    before, token = tokens[code[position - 1]], tokens[code[position]]
    return before.text == "template" or (before.kind == "word" and not source[token.begin - 1].isspace())


def bracketed(tokens, following):
    """The tokens of a parenthesis that begins here."""
    depth = 0
    for count, i in enumerate(following):
        depth += (tokens[i].text in OPENING) - (tokens[i].text in CLOSING)
        if depth <= 0:
            return following[:count + 1]
    return following


def template_arguments(tokens, following):
    """The tokens from '<' to its '>'; none where there is no such thing."""
    depth = 0
    for count, i in enumerate(following):
        text = tokens[i].text
        if text in ("<", "(", "[", "{"):
            depth += 1
        elif text in (">", ")", "]", "}"):
            depth -= 1
        elif text == ">>":
            depth -= 2
        if depth <= 0:
            return following[:count + 1]
        if text == ";":
            return []
    return []


def matching(tokens):
    """Where each opening bracket is closed, and the reverse, by index."""
    pairs, stack = {}, []
    for i, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in OPENING:
            stack.append(i)
        elif token.text in CLOSING and stack:
            pairs[stack[-1]] = i
            pairs[i] = stack.pop()
    return pairs


def statement_braces(tokens):
    """The indices of those '{' that hold statements: bodies of functions, lambdas and control structures."""
    found = set()
    for i, token in enumerate(tokens):
        if token.text != "{" or token.kind != "sign" or i == 0:
            continue
        head = head_of(tokens, i)
        words = [part.text for part in head]
        if any(word in ("namespace", "class", "struct", "union", "enum", "extern") for word in words[:8]) and "(" not in words:
            continue
        before = tokens[i - 1]
        arrow = "->" in words and ")" in words and words.index("->") > words.index(")") and before.kind == "word"
        if before.text in TRAILING or (before.text == "]" and is_capture(tokens, i - 1)) or arrow:
            found.add(i)
    return found


def head_of(tokens, brace):
    """What stands before a brace since the last statement ended."""
    at = brace
    while at > 0 and tokens[at - 1].text not in (";", "{", "}"):
        at -= 1
    return tokens[at:brace]


def is_capture(tokens, closing):
    at = closing
    while at > 0 and tokens[at].text != "[":
        at -= 1
    return at > 0 and tokens[at - 1].kind == "sign" and tokens[at - 1].text not in (")", "]")
