"""The explorer: one HTML file with every table, curve, claim, picture and trace of a study."""
