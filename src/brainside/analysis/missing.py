"""What a check needs, and what is not there yet."""


class Missing(Exception):
    """Records, codings or plot data that a check needs are missing: the claim is pending."""
