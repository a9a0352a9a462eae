"""The BV format of WebGraph (Boldi & Vigna 2004): lists of successors, written and read."""
