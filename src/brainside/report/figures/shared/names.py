"""What options of figures name; `study.figures` looks these up in the study when it is planned."""

Method = str  # one of the figure's, or the reference
Column = str  # of the records, one of those that `curves` has a label for
Codec = str  # one of the study's
Layer = str  # the name of a weight of the figure's networks
Budget = str | float  # one that the figure's sweeps have
ErrorTable = str  # a table of `errors` in config/published.yaml
LayerTable = str  # one of `layers` there
Range = tuple[float, float]  # from the smaller to the larger
