"""One module per kind of job: each does one job and writes its file."""
