"""The examples of packages that Axes works with, each served for real with the real package."""
