"""The methods of compression, one file a paper."""
