"""The handler that leaves everything to a store outside Django."""
