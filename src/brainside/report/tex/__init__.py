"""The numbers and tables of the report as TeX."""
