"""The methods of compression, one file per paper."""
