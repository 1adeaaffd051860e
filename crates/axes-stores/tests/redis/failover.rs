//! An address that leads to another server after a while.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::spawn;

use axes_stores::ErrorKind;
use axes_testkit::conformance::Scene;
use axes_testkit::servers::RedisServer;

use crate::trouble::{failures, reason, try_to_fail};
use crate::{logging, open, somebody};

/// An address by which new connections come to `server`. Those that are there stay where they are.
struct Address {
    port: u16,
    server: Arc<AtomicU16>,
}

impl Address {
    fn of(server: &RedisServer) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let server = Arc::new(AtomicU16::new(server.process().port()));
        let leads_to = Arc::clone(&server);
        spawn(move || {
            for client in listener.incoming() {
                let behind =
                    TcpStream::connect((Ipv4Addr::LOCALHOST, leads_to.load(Ordering::SeqCst)));
                if let (Ok(client), Ok(behind)) = (client, behind) {
                    copy(&client, &behind);
                    copy(&behind, &client);
                }
            }
        });
        Self { port, server }
    }

    fn lead_to(&self, server: &RedisServer) {
        self.server.store(server.process().port(), Ordering::SeqCst);
    }
}

/// Tells `to` all that `from` says.
fn copy(from: &TcpStream, to: &TcpStream) {
    let (from, to) = (from.try_clone(), to.try_clone());
    let (Ok(mut from), Ok(mut to)) = (from, to) else {
        return;
    };
    spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

/// Lets `replica` do what `master` does, until it has done everything.
fn follow(replica: &RedisServer, master: &RedisServer) {
    replica.ask::<()>(&["CONFIG", "SET", "masterauth", master.password()]);
    let port = master.process().port().to_string();
    replica.ask::<()>(&["REPLICAOF", "127.0.0.1", &port]);
}

#[test]
fn when_a_replica_has_taken_over_it_is_the_one_that_is_asked() {
    let servers = [(); 2].map(|()| RedisServer::start());
    let [old, new] = &servers;
    for server in &servers {
        server.ask::<()>(&["ACL", "SETUSER", "axes", "on", ">word", "~*", "+@all"]);
    }
    let address = Address::of(old);
    let scene = Scene::with(
        open(&format!("redis://axes:word@127.0.0.1:{}", address.port)),
        logging,
    );
    scene.fail(&somebody("ada"));
    follow(new, old);
    let heard: u32 = old.ask(&["WAIT", "1", "30000"]);
    assert_eq!(heard, 1);
    new.ask::<()>(&["REPLICAOF", "NO", "ONE"]);
    address.lead_to(new);
    follow(old, new);
    // The connection that is there leads to the old one.
    let error = try_to_fail(&scene).expect_err("replicas are read only");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        reason(&error),
        "the server is a replica, which nobody may write to"
    );
    scene.fail(&somebody("ada"));
    assert_eq!(failures(&scene), 2);
}
