//! The users, in a table of SQLite.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use crate::error::Error;
use crate::passwords;

/// The account of an empty database.
const FIRST: (&str, &str) = ("alice", "correct-horse-battery");

/// Who may log in. Clones share one connection.
#[derive(Clone)]
pub(crate) struct Users {
    connection: Arc<Mutex<Connection>>,
    /// A hash of no password, checked where there is no user: that takes as long, so that nobody
    /// learns from the time which usernames there are.
    nobody: Arc<str>,
}

impl Users {
    /// Opens the file, and makes the table and the first user where there are none.
    pub(crate) async fn open(file: &str) -> Result<Self, Error> {
        let file = file.to_owned();
        tokio::task::spawn_blocking(move || {
            let connection = Connection::open(file)?;
            connection.busy_timeout(std::time::Duration::from_secs(5))?;
            connection.execute_batch(
                "CREATE TABLE IF NOT EXISTS users \
                 (username TEXT PRIMARY KEY NOT NULL, password_hash TEXT NOT NULL) STRICT",
            )?;
            let users = Self {
                connection: Arc::new(Mutex::new(connection)),
                nobody: passwords::hash("nobody")?.into(),
            };
            if users.counted()? == 0 {
                users.add(FIRST.0, FIRST.1)?;
                tracing::info!("the first user is {}, password {}", FIRST.0, FIRST.1);
            }
            Ok(users)
        })
        .await?
    }

    /// The user with this name and password, if there is one.
    pub(crate) async fn authenticate(
        &self,
        username: String,
        password: String,
    ) -> Result<Option<String>, Error> {
        let users = self.clone();
        // argon2 takes its time on purpose, and must not take that of other requests.
        tokio::task::spawn_blocking(move || {
            let found = users.hash_of(&username)?;
            let hash = found.as_deref().unwrap_or(&users.nobody);
            let is_right = passwords::is_right(&password, hash);
            Ok((is_right && found.is_some()).then_some(username))
        })
        .await?
    }

    fn add(&self, username: &str, password: &str) -> Result<(), Error> {
        let row = (username, passwords::hash(password)?);
        let sql = "INSERT INTO users (username, password_hash) VALUES (?, ?)";
        self.with(|connection| connection.execute(sql, row))?;
        Ok(())
    }

    fn hash_of(&self, username: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT password_hash FROM users WHERE username = ?";
        self.with(|connection| {
            connection
                .query_row(sql, [username], |row| row.get(0))
                .optional()
        })
    }

    fn counted(&self) -> Result<u32, Error> {
        let sql = "SELECT count(*) FROM users";
        self.with(|connection| connection.query_row(sql, (), |row| row.get(0)))
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let connection = self.connection.lock();
        Ok(work(&connection.unwrap_or_else(PoisonError::into_inner))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_user_gets_in() {
        let users = Users::open(":memory:").await.unwrap();
        let try_in = |username: &str, password: &str| {
            users.authenticate(username.to_owned(), password.to_owned())
        };
        assert_eq!(
            try_in(FIRST.0, FIRST.1).await.unwrap().as_deref(),
            Some(FIRST.0)
        );
        assert_eq!(try_in(FIRST.0, "wrong").await.unwrap(), None);
        assert_eq!(try_in("nobody", "nobody").await.unwrap(), None);
    }
}
