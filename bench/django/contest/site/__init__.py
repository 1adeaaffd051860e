"""The site that people log in to; it runs with any guard, and with none."""
