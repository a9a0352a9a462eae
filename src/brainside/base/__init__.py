"""What everything uses: errors, files, paths, keys, seeds, budgets, configs, progress."""
