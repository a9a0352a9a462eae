"""What mkdocs does to pages: links that leave docs/ become the names of the files they lead to."""

import re

LEAVING = re.compile(r"\[([^\]]+)\]\(\.\./([^)#\s]+)(?:#[^)\s]*)?\)")


def on_page_markdown(markdown: str, **_: object) -> str:
    """A page whose links all lead to other pages of the site."""
    return LEAVING.sub(_named, markdown)


def _named(link: re.Match[str]) -> str:
    text, path = link.groups()
    return f"`{path}`" if path.endswith(text) else f"{text} (`{path}`)"
