//! What operators write, turned into an Axes policy.
