"""What several figures use."""
