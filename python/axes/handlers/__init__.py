"""Where Django meets the engine."""
