"""The glossary's terms, and how they are found in prose: for the site's links and for a test."""

import re


def glossary_entries(text: str) -> list[list[str]]:
    """Return the terms of a glossary directive, those that share an explanation together."""
    block = re.search(r"^```\{glossary\}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    entries = re.findall(r"((?:^\S.*\n)+)(?:^[ \t].*\n)+", block[1], flags=re.MULTILINE)
    return [terms.splitlines() for terms in entries]


def glossary_terms(text: str) -> list[str]:
    """Return all terms of a glossary directive."""
    return [term for entry in glossary_entries(text) for term in entry]


def terms_pattern(terms: list[str]) -> re.Pattern:
    """Match any term, alone or in the plural; the longest first: a test set is not any set."""
    any_term = "|".join(sorted(map(re.escape, terms), key=len, reverse=True))
    # "Double precision" is of numbers, not of detectors; "out-of-fold" is a word of its own.
    return re.compile(rf"(?<!double )(?<![\w-])({any_term})(?:e?s)?\b", flags=re.IGNORECASE)
