"""What the site adds to a notebook's page: links to the glossary, and words for every figure."""

from docutils import nodes
from glossary import glossary_terms, terms_pattern
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

# Where a word is not prose, or is a link already.
NOT_PROSE = (
    nodes.FixedTextElement,
    nodes.literal,
    nodes.raw,
    nodes.reference,
    nodes.title,
    addnodes.download_reference,
    addnodes.pending_xref,
)


class LinkFirstUses(SphinxTransform):
    """Link each glossary term where a notebook first uses it."""

    default_priority = 500

    def apply(self, **kwargs) -> None:
        """Go through the prose of one notebook."""
        if not self.env.docname.startswith("notebooks/"):
            return
        glossary = (self.env.srcdir / "docs" / "glossary.md").read_text(encoding="utf-8")
        wanted = {term.lower(): term for term in glossary_terms(glossary)}
        for text in list(self.document.findall(nodes.Text)):
            if wanted and self.is_prose(text):
                text.parent.replace(text, self.link(text.astext(), wanted))

    def is_prose(self, text: nodes.Text) -> bool:
        """Say whether a text belongs to the notebook's own sentences."""
        node = text.parent
        while node is not None:
            if isinstance(node, NOT_PROSE) or "cell_output" in node.get("classes", []):
                return False
            node = node.parent
        return True

    def link(self, text: str, wanted: dict[str, str]) -> list[nodes.Node]:
        """Cut a text at the terms that are still wanted, and take these off the list."""
        pieces, done = [], 0
        for match in terms_pattern(list(wanted)).finditer(text):
            term = wanted.pop(match[1].lower(), None)
            if term is None:  # linked a moment ago, in this very text
                continue
            pieces += [nodes.Text(text[done : match.start()]), self.reference(match[0], term)]
            done = match.end()
        return [*pieces, nodes.Text(text[done:])]

    def reference(self, word: str, term: str) -> addnodes.pending_xref:
        """Return a reference that Sphinx resolves, or warns about."""
        return addnodes.pending_xref(
            "",
            nodes.inline(word, word, classes=["std-term"]),
            refdomain="std",
            reftype="term",
            reftarget=term,
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.docname,
        )


class DescribeFigures(SphinxTransform):
    """Give a notebook's figure the sentence below it as alternative text."""

    default_priority = 500

    def apply(self, **kwargs) -> None:
        """Go through the outputs of one notebook."""
        waiting = []
        for node in self.document.findall():
            if isinstance(node, nodes.image) and "alt" not in node:
                waiting.append(node)
            elif isinstance(node, nodes.paragraph) and waiting:
                waiting.pop(0)["alt"] = node.astext()


def setup(app) -> dict:
    """Register with Sphinx."""
    app.add_transform(LinkFirstUses)
    app.add_transform(DescribeFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
