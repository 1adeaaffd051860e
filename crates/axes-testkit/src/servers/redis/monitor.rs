//! Listening to a server.

use redis::Connection;

use super::{RedisServer, command};

/// Hears all that a server is asked.
pub struct Monitor<'a> {
    server: &'a RedisServer,
    connection: Connection,
}

impl<'a> Monitor<'a> {
    pub(super) fn new(server: &'a RedisServer) -> Self {
        let mut connection = server.connect();
        let packed = command(&["MONITOR"]).get_packed_command();
        let begun = connection
            .send_packed_command(&packed)
            .and_then(|()| connection.recv_response());
        begun.expect("the server can be listened to");
        Self { server, connection }
    }

    /// The names of the commands that it was sent since the last time, those left out with which
    /// connections begin and those that scripts called.
    pub fn heard(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        self.server.ask::<String>(&["ECHO", "until here"]);
        loop {
            let line = self.connection.recv_response();
            let line: String = redis::from_redis_value(line.expect("the server tells more"))
                .expect("it tells it as text");
            // 1339518083.107412 [0 127.0.0.1:60866] "keys" "*"
            let (origin, said) = line.split_once("] ").expect("it says who asked");
            if said.contains("until here") {
                return heard;
            }
            let name = said.split('"').nth(1).unwrap_or_default().to_uppercase();
            let begins = ["AUTH", "SELECT", "HELLO", "PING"].contains(&name.as_str());
            if !origin.ends_with("lua") && !begins {
                heard.push(name);
            }
        }
    }
}
