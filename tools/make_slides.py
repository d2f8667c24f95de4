"""Make slides of notebooks, offline: questions, figures and captions, in build/slides.

    python tools/make_slides.py 05

One HTML file a notebook, with all that it needs inside: arrow keys, space or a swipe move on, and
printing it gives a page a slide. Solutions and hints are left out, and so is a heading alone where
the next slide has it too, or there is none.
"""

import base64
import html
import re
import sys
from pathlib import Path
from string import Template

import nbformat
from nbconvert.filters import markdown2html

from mnistlab.command import course
from mnistlab.formats import whole_file

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "slides"
MATHJAX = ROOT / "docs" / "_static" / "mathjax" / "tex-svg.js"
PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
  :root { color-scheme: light; font: 3.2vmin/1.4 system-ui, sans-serif; }
  body { margin: 0; color: #1b1b1b; background: #fff; }
  main { height: 100dvh; overflow-y: scroll; scroll-snap-type: y mandatory; }
  section {
    box-sizing: border-box; min-height: 100dvh; padding: 5vmin 8vmin; scroll-snap-align: start;
    display: flex; flex-direction: column; justify-content: center; position: relative;
  }
  section > * { margin: 0 0 2.5vmin; max-width: 44em; }
  h1 { font-size: 2.2em; line-height: 1.15; } h2 { font-size: 1.5em; line-height: 1.2; }
  .small { font-size: 0.75em; color: #555; }
  figure { max-width: none; text-align: center; }
  figure img { max-width: 100%; max-height: 66vmin; object-fit: contain; }
  table { border-collapse: collapse; } :is(td, th) { padding: 0.3em 0.8em; text-align: left; }
  figcaption { font-size: 0.8em; margin-top: 1.5vmin; }
  pre { font-size: 0.8em; white-space: pre-wrap; } code { background: #f1f1f1; }
  section::after {
    content: attr(data-number); position: absolute; right: 4vmin; bottom: 3vmin; color: #666;
    font-size: 0.6em;
  }
  @page { size: 297mm 167mm; margin: 0; }
  @media print {
    :root { font-size: 15pt; }
    main { height: auto; overflow: visible; }
    section { height: 167mm; min-height: 0; padding: 12mm 18mm; break-after: page; }
    figure img { max-height: 105mm; }
  }
</style>
<main tabindex="-1">
$slides
</main>
<script>
  const main = document.querySelector("main");
  const slides = [...document.querySelectorAll("section")];
  const keys = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1 };
  for (const back of ["ArrowLeft", "ArrowUp", "PageUp"]) keys[back] = -1;
  addEventListener("keydown", (event) => {
    const step = keys[event.key];
    if (!step) return;
    event.preventDefault();
    const now = Math.round(main.scrollTop / main.clientHeight) + step;
    slides[Math.max(0, Math.min(slides.length - 1, now))].scrollIntoView();
  });
</script>
$mathjax
</html>
""")


def slides_of(path: Path) -> list[str]:
    """Return a notebook's slides as HTML: title, questions, figures, exercises, what was seen."""
    slides, heading = [], ""
    for cell in nbformat.read(path, as_version=4).cells:
        if "solution" in cell.metadata.get("tags", []):
            continue
        if cell.cell_type != "markdown":
            slides += [figure(heading, picture) for picture in pictures(cell)]
            continue
        text = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)
        for part in re.split(r"^(?=#{1,3} )", text, flags=re.MULTILINE):
            first, _, rest = part.partition("\n")
            if first.startswith("#"):
                heading = first.lstrip("# ")
                if heading == "Sources":
                    return without_bare(slides)
            slides += text_slides(first, rest if first.startswith("#") else part, heading)
    return without_bare(slides)


def without_bare(slides: list[str]) -> list[str]:
    """Leave out what is only a heading, unless a slide follows that has another one."""
    heads = [re.search(r"<h\d[^>]*>(.*?)</h\d>", slide, re.DOTALL)[1] for slide in slides]
    bare = [slide.strip().endswith("</h2>") for slide in slides]
    after = [*heads[1:], heads[-1]]
    return [s for s, b, h, a in zip(slides, bare, heads, after, strict=True) if not b or h != a]


def text_slides(first: str, text: str, heading: str) -> list[str]:
    """Return the slides of one piece of text under its heading."""
    paragraphs = [p.strip() for p in re.split(r"\n\s*\n", text) if p.strip()]
    if first.startswith("# "):
        promise = [p for p in paragraphs if not p.startswith(("!", "<", "[", "Time", "**Time"))]
        return [f"<h1>{inline(heading)}</h1>\n{markdown2html(chr(10).join(promise[:1]))}"]
    title = f"<h2>{inline(heading)}</h2>\n"
    if heading.startswith("Exercise") or heading in ("What you saw", "Traps"):
        whole = "\n\n".join(p for p in paragraphs if not p.startswith("!["))
        return [title + markdown2html(whole)] if whole else []
    asked = [p for p in paragraphs if p.startswith("**Predict first")]
    slides = [title + markdown2html(p) for p in asked]
    if first.startswith("## "):
        shown = [part for p in paragraphs if p not in asked for part in questions(p)]
        slides.insert(0, title + markdown2html("\n\n".join(shown)))
    return slides


def questions(paragraph: str) -> list[str]:
    """Return the questions that a paragraph asks; a table is shown whole."""
    if paragraph.startswith("|"):
        return [paragraph]
    sentences = re.split(r"(?<=[.?!])\s+", " ".join(paragraph.split()))
    return [sentence for sentence in sentences if sentence.endswith("?")]


def inline(text: str) -> str:
    """Return a line of Markdown as HTML without a paragraph around it."""
    return re.sub(r"^<p>|</p>$", "", markdown2html(text).strip())


def pictures(cell: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """Return the pictures that a cell stores, as data, each with its caption."""
    found = []
    for output in cell.outputs:
        if "image/png" in output.get("data", {}):
            data = "".join(output.data["image/png"].split())
            alt = output.metadata.get("image/png", {}).get("alt", "")
            found.append((f"data:image/png;base64,{data}", alt))
    return found


def figure(heading: str, picture: tuple[str, str]) -> str:
    """Return the slide of a figure; its caption is its text for who cannot see it, too."""
    source, caption = picture
    return (
        f'<h2 class="small">{inline(heading)}</h2>\n<figure><img src="{source}" '
        f'alt="{html.escape(caption)}"><figcaption>{html.escape(caption)}</figcaption></figure>'
    )


def write_slides(path: Path, folder: Path = FOLDER) -> Path:
    """Write a notebook's slides as one file; return where."""
    slides = slides_of(path)
    body = "\n".join(
        f'<section data-number="{number}">\n{slide}\n</section>'
        for number, slide in enumerate(slides, start=1)
    )
    for name in set(re.findall(r'src="(figures/[\w.-]+)"', body)):
        kind = "svg+xml" if name.endswith("svg") else Path(name).suffix[1:]
        data = base64.b64encode((path.parent / name).read_bytes()).decode()
        body = body.replace(f'src="{name}"', f'src="data:image/{kind};base64,{data}"')
    body = re.sub(r'<a [^>]*href="(?!https?:)[^"]*"[^>]*>(.*?)</a>', r"\1", body, flags=re.DOTALL)
    body = re.sub(r'<a class="anchor-link".*?</a>', "", body)
    mathjax = ""
    if re.search(r"\$[^$]+\$", re.sub(r'src="data:[^"]*"', "", body)):
        setting = 'MathJax = { tex: { inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]] } };'
        script = MATHJAX.read_text(encoding="utf-8").replace("</script", "<\\/script")
        mathjax = f"<script>{setting}</script>\n<script>{script}</script>"
    title = html.escape(re.sub(r"<[^>]+>", "", slides[0].split("</h1>")[0]))
    page = PAGE.substitute(title=title, slides=body, mathjax=mathjax)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.stem}.html"
    with whole_file(target) as file:
        file.write(page.encode())
    print(f"{target}: {len(slides)} slides")
    return target


if __name__ == "__main__":
    for notebook in course.find_notebooks(sys.argv[1:]):
        write_slides(notebook)
