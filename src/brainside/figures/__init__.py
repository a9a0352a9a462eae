"""One file a kind of figure, with `draw(tables, **options) -> Figure`; `figures.style` is shared.

A study's config names its figures: what is drawn (a file of this folder), of which tasks and
methods, and with which options.
"""
