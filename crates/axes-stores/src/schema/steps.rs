//! How tables that were created without Django become those of a later version.

/// What one migration does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Its name, as Django has it.
    pub(super) migration: &'static str,
    /// The same in SQLite, as statements.
    pub(super) sqlite: &'static str,
    /// The same in PostgreSQL.
    pub(super) postgres: &'static str,
}

/// What came after 0013, the first that created tables without Django, in the order of the migrations.
///
/// A new one is what `python -m django sqlmigrate axes NAME` prints, in both databases. `sqlite.sql`,
/// `postgres.sql` and `migrations.txt` are written anew at the same time.
pub(super) const STEPS: &[Step] = &[];
