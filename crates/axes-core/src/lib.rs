//! The Axes engine: decides who may try a password, purely.
