"""What Axes promises, one file for each promise: see SECURITY.md."""
