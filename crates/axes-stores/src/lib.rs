//! Where Axes keeps tallies and records.
