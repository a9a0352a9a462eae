"""Does the archive follow from the configs? Comparing, decoding, retraining, tracing."""
