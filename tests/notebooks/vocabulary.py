"""What learners' code uses, and what the prose before it has introduced.

Introduced is what stands in backticks in a Markdown cell above: ``np.mean`` or ``mean`` for a
function of a module, ``.mean``, ``scores.mean`` or ``mean`` for a method. A word of the glossary is
introduced where it is *emphasised* or linked. What is folded introduces nothing.
"""

import ast
import re
import sys

from units import ROOT, is_for_learners, parse, without_folds

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
from glossary import glossary_entries, terms_pattern

# What somebody knows who has met variables, lists, loops and functions.
KNOWN = {
    *(
        "print len range sum min max sorted abs round type int float str bool list tuple set".split()
    ),
    *("dict .append .items .keys .values .join .split .replace .startswith .endswith".split()),
}

# Attributes that a reader meets like a function: what do they say?
ATTRIBUTES = set(
    "T at base columns dtype flat iloc index itemsize loc nbytes ndim newaxis shape size".split()
)

# Idioms, and what a piece of code in prose must hold to introduce them.
IDIOMS = {
    "lambda": r"\blambda\b",
    ":=": ":=",
    "@": "@",
    "decorator": r"@\w",
    "*list": r"\*",
    "**options": r"\*\*",
    "a if b else c": r"\belse\b",
    "comprehension": r"\bfor\b.+\bin\b",
    "comprehension of two loops": r"\bfor\b.+\bfor\b",
    "yield": r"\byield\b",
    "async": r"\basync\b|\bawait\b",
    "with": r"\bwith\b",
    "try": r"\btry\b",
    "raise": r"\braise\b",
    "assert": r"\bassert\b",
    "class": r"\bclass\b",
    "global": r"\bglobal\b|\bnonlocal\b",
    "[None]": r"\bNone\b",
    "[::2]": "::",
    "[a:b]": r"\[[^\]]*:[^\]]*\]",
    "[row, column]": r"\[[^\]]*,[^\]]*\]",
    "[[list]]": r"\[\[",
    "[x == y]": r"\[[^\]]*[=<>][^\]]*\]|\bmask\b",
    "~": "~",
    "&": "&",
    "|": r"\|",
    "a < b < c": r"<[^<>]+<",
    "f-string": r"\bf[\"']",
    "{:.2f}": r":[,.>\d]",
    "10_000": r"\d_\d",
    "bytes": r"\bb[\"']",
    "0x": r"\b0x",
    "axis=": r"\baxis\b",
}
BINARY = {ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|"}
STATEMENTS = {
    ast.Lambda: "lambda",
    ast.NamedExpr: ":=",
    ast.Starred: "*list",
    ast.IfExp: "a if b else c",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.AsyncFunctionDef: "async",
    ast.Await: "async",
    ast.With: "with",
    ast.Try: "try",
    ast.Raise: "raise",
    ast.Assert: "assert",
    ast.ClassDef: "class",
    ast.Global: "global",
    ast.Nonlocal: "global",
    ast.Invert: "~",
    ast.JoinedStr: "f-string",
}


def modules_of(notebooks):
    """Return the names under which code imports modules: np, plots."""
    found = set()
    for notebook in notebooks:
        for cell in notebook.cells:
            for node in ast.walk(parse(cell.source)) if cell.cell_type == "code" else ():
                if isinstance(node, ast.Import | ast.ImportFrom):
                    found |= {alias.asname or alias.name for alias in node.names}
    return {name for name in found if name.islower()}


def idioms_in(node):
    """Yield the idioms that one node of a syntax tree is."""
    if type(node) in STATEMENTS:
        yield STATEMENTS[type(node)]
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in BINARY:
        yield BINARY[type(node.op)]
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        yield "comprehension"
        if len(node.generators) > 1:
            yield "comprehension of two loops"
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
        yield "decorator"
    if isinstance(node, ast.FunctionDef) and node.args.kwarg:
        yield "**options"
    if isinstance(node, ast.FunctionDef) and node.args.vararg:
        yield "*list"
    if isinstance(node, ast.Call):
        if any(keyword.arg is None for keyword in node.keywords):
            yield "**options"
        if any(keyword.arg == "axis" for keyword in node.keywords):
            yield "axis="
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        yield "a < b < c"
    if isinstance(node, ast.FormattedValue) and node.format_spec:
        yield "{:.2f}"
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        yield "bytes"
    if isinstance(node, ast.Subscript):
        yield from idioms_of_index(node.slice)


def idioms_of_index(index):
    """Yield the idioms between the brackets of ``array[...]``."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    if len(parts) > 1:
        yield "[row, column]"
    for part in parts:
        if isinstance(part, ast.Constant) and part.value is None:
            yield "[None]"
        elif isinstance(part, ast.Slice):
            yield "[a:b]" if part.step is None else "[::2]"
        elif isinstance(part, ast.List):
            yield "[[list]]"
        elif isinstance(part, ast.Compare):
            yield "[x == y]"


def uses(source, modules):
    """Yield what a cell uses: ``"f"``, ``".method"``, ``"np.f"``, ``"%magic"``, or an idiom."""
    yield from re.findall(r"^\s*%%?\w+", source, re.M)
    for pattern, name in ((r"(?<![\w.])\d+_\d", "10_000"), (r"(?<!\w)0x[\da-f]", "0x")):
        if re.search(pattern, source):
            yield name
    for node in ast.walk(parse(source)):
        yield from idioms_in(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            dotted = ast.unparse(node.func)
            of_module = dotted.partition(".")[0] in modules and re.fullmatch(r"[\w.]+", dotted)
            yield dotted if of_module else f".{node.func.attr}"
        elif isinstance(node, ast.Attribute) and (
            node.attr in ATTRIBUTES or re.fullmatch(r"[a-z]\w*[^_]_", node.attr)
        ):
            yield f".{node.attr}"


def definitions(source):
    """Return what a cell defines itself: functions, classes, and methods."""
    kinds = ast.FunctionDef, ast.ClassDef
    own = {node.name for node in ast.walk(parse(source)) if isinstance(node, kinds)}
    return own | {f".{name}" for name in own}


class Vocabulary:
    """What has been introduced so far, cell by cell."""

    def __init__(self, modules, glossary):
        self.modules = modules
        self.names = set(KNOWN)
        self.spans = ""
        self.unexplained = {  # each way to write a term -> all of them
            term.lower(): entry for entry in glossary_entries(glossary) for term in entry
        }

    def introduce(self, markdown):
        """Learn the names in backticks."""
        text = without_folds(markdown)
        blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
        text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
        for span in blocks + [code for _, code in re.findall(r"(`+)(.+?)\1", text, re.S)]:
            self.spans += f"\n{span}"
            if word := re.fullmatch(r"\s*([A-Za-z_]\w*)(\((\.\.\.)?\))?\s*", span):
                self.names |= {f"any {word[1]}"}
            self.names |= set(re.findall(r"%%?\w+", span))
            for dot, chain in re.findall(r"(?<![\w.])(\.?)((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)", span):
                parts = chain.split(".")
                if not dot and parts[0] in self.modules:
                    self.names |= {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
                else:
                    self.names |= {f".{part}" for part in parts[not dot :]}
                    self.names |= set() if dot else {parts[0]}

    def knows(self, use):
        """Tell whether a use has been introduced."""
        if use in self.names or f"any {use.rpartition('.')[2]}" in self.names:
            return True
        return use in IDIOMS and re.search(IDIOMS[use], self.spans) is not None

    def new_in(self, source):
        """Return what a cell of code uses without introduction; once is enough."""
        self.names |= definitions(source)
        new = [u for u in dict.fromkeys(uses(source, self.modules)) if not self.knows(u)]
        self.names |= set(new)
        return new

    def words_in(self, markdown):
        """Return the glossary's words that a text uses without saying what they mean."""
        text = re.sub(r"^\s*[*] ", "- ", without_folds(markdown), flags=re.M)
        text = re.sub(r"^#.*?$|^```.*?^```|<!--.*?-->", "", text, flags=re.M | re.S)
        text = re.sub(r"(`+).+?\1|\$[^$]+\$|!\[[^\]]*\]\([^)]*\)|<https?:[^>]+>", " ", text)
        text = " ".join(text.split())
        said = [m.span() for m in re.finditer(r"\*{1,2}[^*]+\*{1,2}|\[[^\]]+\]\([^)]+\)", text)]
        new = []
        while self.unexplained and (match := terms_pattern(list(self.unexplained)).search(text)):
            if not any(start <= match.start() < end for start, end in said):
                new.append(match[0])
            for term in self.unexplained[match[1].lower()]:
                self.unexplained.pop(term.lower(), None)
        return new


def prose_of(notebook):
    """Return positions and texts of the Markdown that teaches: no opening, no Next, no Sources."""
    cells = [
        (i, cell.source) for i, cell in enumerate(notebook.cells) if cell.cell_type == "markdown"
    ]
    return [(i, re.split(r"^## (?:Next|Sources)$", text, flags=re.M)[0]) for i, text in cells[1:]]


def not_introduced(notebook, vocabulary):
    """Return (cell, what) for all that a notebook uses before it is introduced."""
    found, prose = [], dict(prose_of(notebook))
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            vocabulary.introduce(cell.source)
            found += [(number, word) for word in vocabulary.words_in(prose.get(number, ""))]
        elif is_for_learners(cell):
            found += [(number, use) for use in vocabulary.new_in(cell.source)]
    return found
