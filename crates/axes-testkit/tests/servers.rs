//! Private servers do what tests ask of them.

use axes_testkit::servers::PostgresServer;

#[test]
fn what_was_committed_survives_a_crash_and_a_restart() {
    let server = PostgresServer::start();
    let database = server.database("CREATE TABLE kept (number integer)");
    let (port, pid) = (server.process().port(), server.process().pid());
    database.connect().run("INSERT INTO kept VALUES (1)");
    server.process().kill();
    server.process().restart();
    database.connect().run("INSERT INTO kept VALUES (2)");
    server.process().restart();
    assert_eq!(database.connect().number("SELECT SUM(number) FROM kept"), 3);
    assert_eq!(server.process().port(), port);
    assert_ne!(server.process().pid(), pid);
}

#[test]
fn a_server_ends_with_its_test_and_leaves_nothing() {
    let server = PostgresServer::start();
    let (folder, pid) = (server.process().folder().to_owned(), server.process().pid());
    assert!(folder.join("log").exists());
    drop(server);
    assert!(!folder.exists());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}
