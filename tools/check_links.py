"""Follow the links of notebooks and guides to other sites, and name those that lead nowhere.

    python tools/check_links.py

Tolerant: a site that is slow, busy, or has no time for robots is noted and forgiven. Only what is
gone makes the exit code 1: an address answered with 404 or 410, or a host without a name.
"""

import re
import socket
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import build_site

from mnistlab.command import course

ROOT = Path(__file__).parents[1]
OK, FORGIVEN, GONE = "ok", "forgiven", "GONE"
SECONDS = 30
PAGES = ("*.md", "docs/*.md", "data/*.md", ".github/**/*.md")
LINK = re.compile(r"https?://[^\s<>\"'`\\\]]+")
# What an example writes, not where a source lies.
EXAMPLES = re.compile(
    r"//(localhost|127\.|\[|[\w.-]*example\.|[^/]*[A-Z]{3}|github\.com/(OWNER|someone)/)"
)


def links_in(text: str) -> set[str]:
    """Return the addresses in a Markdown text, without what belongs to the sentence around them."""
    found = set()
    for link in LINK.findall(text):
        link = link.split("#")[0].rstrip(".,;:!?*")
        while link.endswith(")") and link.count(")") > link.count("("):
            link = link[:-1].rstrip(".,;:")
        found.add(link)
    return {link for link in found if not EXAMPLES.search(link)}


def all_links() -> dict[str, str]:
    """Return every address and the first file that names it."""
    texts = {
        entry["file"]: build_site.read_markdown(ROOT / "notebooks" / entry["file"])
        for entry in course.read_course()
    }
    for pattern in PAGES:
        for path in sorted(ROOT.glob(pattern)):
            texts[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
    return {link: name for name, text in reversed(texts.items()) for link in links_in(text)}


def follow(link: str) -> tuple[str, str]:
    """Return what became of a link, and why."""
    request = Request(link, headers={"User-Agent": "Mozilla/5.0 (link check of a course)"})
    try:
        with urlopen(request, timeout=SECONDS) as answer:
            return OK, str(answer.status)
    except HTTPError as error:
        return (GONE if error.code in (404, 410) else FORGIVEN), str(error.code)
    except URLError as error:
        unknown = isinstance(error.reason, socket.gaierror)
        nowhere = unknown and error.reason.errno == socket.EAI_NONAME
        return (GONE if nowhere else FORGIVEN), str(error.reason)
    except (OSError, ValueError) as error:
        return FORGIVEN, str(error)


def check(links: dict[str, str]) -> bool:
    """Follow links, print those that are not well, and return whether none is gone."""
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(follow, links))
    for (link, name), (state, why) in zip(links.items(), results, strict=True):
        if state != OK:
            print(f"{state:<8}  {name}: {link} ({why})")
    counts = Counter(state for state, _ in results)
    print(", ".join(f"{counts[state]} {state}" for state in (OK, FORGIVEN, GONE)))
    return not counts[GONE]


if __name__ == "__main__":
    sys.exit(0 if check(all_links()) else 1)
