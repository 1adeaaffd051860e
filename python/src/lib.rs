//! The Axes engine as the Python module `axes._axes`.
