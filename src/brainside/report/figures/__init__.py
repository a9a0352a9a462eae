"""One file a kind of figure, each with `draw(tables, **options) -> Figure`."""
