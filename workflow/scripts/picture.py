"""Make docs/page.png, a picture of the page to explore, with the headless browser Chromium.

The picture carries the sentence that the page opens with as a comment, which a test compares.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

PAGE, PICTURE = Path("site/index.html"), Path("docs/page.png")
SIZE = "1100,880"


def opening(page: str) -> str:
    """How the claims came out: the first paragraph that is one of claims."""
    found = re.search(r"<p>(Of [\d,]+ claims.*?)</p>", page)
    return unescape(found[1]) if found else ""


def main() -> None:
    """Write the picture, or say what is missing."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser or not PAGE.exists():
        sys.exit(f"{PICTURE} stays as it is: " + ("no chromium" if not browser else f"no {PAGE}"))
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={SIZE}",
             f"--user-data-dir={folder}/profile", "--virtual-time-budget=5000",
             f"--screenshot={shot}", PAGE.resolve().as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip
        comment = PngInfo()
        comment.add_text("Comment", opening(PAGE.read_text(encoding="utf-8")))
        # A palette would give methods other colours than the page has.
        Image.open(shot).convert("RGB").save(PICTURE, pnginfo=comment, optimize=True)


if __name__ == "__main__":
    main()
