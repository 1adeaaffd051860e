//! One connection to Redis.

use std::cell::{Cell, RefCell};
use std::fmt;

use redis::{ConnectionLike, RedisResult};

use super::entries::unavailable;
use crate::StoreError;
use crate::pool::Pooled;

/// A connection to a server, or to all servers of a cluster.
pub(super) struct Connection {
    redis: RefCell<Box<dyn ConnectionLike + Send>>,
    broken: Cell<bool>,
}

impl Connection {
    pub(super) fn new(redis: impl ConnectionLike + Send + 'static) -> Self {
        Self {
            redis: RefCell::new(Box::new(redis)),
            broken: Cell::new(false),
        }
    }

    pub(super) fn ask<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut dyn ConnectionLike) -> RedisResult<T>,
    ) -> Result<T, StoreError> {
        let mut redis = self.redis.borrow_mut();
        work(&mut **redis).map_err(|error| {
            // Nobody knows what comes on it next, or where the entries are now.
            self.broken.set(true);
            unavailable(operation, &error)
        })
    }
}

impl Pooled for Connection {
    fn is_broken(&self) -> bool {
        self.broken.get() || !self.redis.borrow().is_open()
    }

    fn is_alive(&self) -> bool {
        self.redis.borrow_mut().check_connection()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
