"""One file a figure, each with `draw(tables) -> Figure`; the style they share is `figures.style`.

A study's config lists its figures by the names of these files.
"""
