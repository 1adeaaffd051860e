//! An address that leads to another server after a while.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::spawn;

use axes_stores::ErrorKind;
use axes_testkit::conformance::Scene;
use axes_testkit::servers::{RedisCluster, RedisServer};

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
    new.follow(old);
    new.ask::<()>(&["REPLICAOF", "NO", "ONE"]);
    address.lead_to(new);
    old.follow(new);
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

#[test]
fn when_a_replica_has_taken_over_in_a_cluster_its_keys_are_asked_for_there() {
    let mut cluster = RedisCluster::start();
    // The one that every attempt needs.
    let (victim, _) = cluster.place_of("axes:latest-reset");
    let scene = Scene::with(open(&cluster.url("")), logging);
    scene.fail(&somebody("ada"));
    cluster.add_replica_of(victim);
    cluster.servers()[victim].process().kill();
    cluster.take_over();
    // The connection that is there leads to the old one. It may have been idle for long enough to be
    // looked at before it is used.
    let first = try_to_fail(&scene);
    if let Err(error) = &first {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    try_to_fail(&scene).expect("there is a new one");
    assert_eq!(failures(&scene), 2 + u32::from(first.is_ok()));
}
