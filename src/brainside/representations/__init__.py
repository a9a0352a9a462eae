"""What a compressed network stores, and how an ordinary network is rebuilt from it."""
