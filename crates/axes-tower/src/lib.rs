//! A login guard for axum and every other tower service.
