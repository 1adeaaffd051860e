//! Connections by TLS, to a server with a certificate for `db.example`.

use axes_core::Attempt;
use axes_stores::{ErrorKind, Migrated, OpenOptions, PostgresOptions, PostgresStore};
use axes_testkit::conformance::Scene;
use axes_testkit::servers::{PostgresServer, Sql, make_certificates};

use crate::database::Tables;

struct Encrypted(PostgresServer);

impl Encrypted {
    fn new() -> Self {
        let settings = [
            "ssl=on",
            "ssl_cert_file=../server.crt",
            "ssl_key_file=../server.key",
        ];
        Self(PostgresServer::start_with(&settings, |server| {
            make_certificates(server, "db.example");
        }))
    }

    /// A file of certificates.
    fn file(&self, name: &str) -> String {
        let file = self.0.process().folder().join(name);
        file.to_str().expect("it is text").replace('/', "%2F")
    }
}

fn fail(url: &str) -> Result<(), (ErrorKind, String)> {
    let store = PostgresStore::new(url, PostgresOptions::default()).expect("the URL is right");
    let scene = Scene::new(&store);
    let ada = Attempt::new(Some([192, 0, 2, 1].into())).with_username("ada");
    let driver = axes_testkit::driver(&scene.engine, &scene.store, &scene.clock);
    let reset = driver.reset(axes_core::Selector::new(None, None, 64));
    reset.map_err(|error| (error.kind(), format!("{error:?}")))?;
    assert_eq!(scene.fail(&ada).failures, 1);
    Ok(())
}

/// Whether those who have been here as `name` came by TLS.
fn came_by_tls(sql: &mut Sql, name: &str) -> Vec<Vec<String>> {
    sql.rows(&format!(
        "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE application_name = '{name}'"
    ))
}

#[test]
fn a_server_is_trusted_as_far_as_the_url_says() {
    let server = Encrypted::new();
    let database = server.0.database("");
    let migrated = axes_stores::migrate(&database.url(), &OpenOptions::default());
    assert_eq!(migrated.expect("it can"), Migrated::Created);
    let mut operator = database.connect();
    // With the proof that the certificate is the one which the server has.
    let password = server.0.password();
    operator.run(&format!(
        "SET password_encryption = 'scram-sha-256'; ALTER USER axes PASSWORD '{password}'"
    ));
    let (ca, other) = (server.file("ca.crt"), server.file("other.crt"));
    let by_name = database.url().replace("@127.0.0.1:", "@db.example:") + "?hostaddr=127.0.0.1";
    let by_address = database.url() + "?";
    for (place, query, is_trusted) in [
        (&by_address, "sslmode=prefer".to_owned(), true),
        (&by_address, "sslmode=require".to_owned(), true),
        (
            &by_address,
            "sslmode=require&channel_binding=require".to_owned(),
            true,
        ),
        (
            &by_address,
            format!("sslmode=require&sslrootcert={ca}"),
            true,
        ),
        (
            &by_address,
            format!("sslmode=require&sslrootcert={other}"),
            false,
        ),
        (
            &by_address,
            format!("sslmode=verify-ca&sslrootcert={ca}"),
            true,
        ),
        (
            &by_address,
            format!("sslmode=verify-ca&sslrootcert={other}"),
            false,
        ),
        (&by_address, "sslmode=verify-ca".to_owned(), false),
        (
            &by_address,
            format!("sslmode=verify-full&sslrootcert={ca}"),
            false,
        ),
        (
            &by_name,
            format!("sslmode=verify-full&sslrootcert={ca}"),
            true,
        ),
        (
            &by_name,
            format!("sslmode=verify-full&sslrootcert={other}"),
            false,
        ),
        (&by_name, "sslmode=verify-full".to_owned(), false),
    ] {
        let failed = fail(&format!("{place}&{query}"));
        assert_eq!(failed.is_ok(), is_trusted, "{query}: {failed:?}");
        if let Err((kind, text)) = failed {
            assert_eq!(kind, ErrorKind::Unavailable, "{query}: {text}");
            assert!(!text.contains(password), "{query}");
        }
    }
}

#[test]
fn what_should_be_encrypted_is() {
    let server = Encrypted::new();
    let database = server.0.database("");
    let migrated = axes_stores::migrate(&database.url(), &OpenOptions::default());
    assert_eq!(migrated.expect("it can"), Migrated::Created);
    let mut operator = database.connect();
    for (mode, expected) in [("disable", "f"), ("prefer", "t"), ("require", "t")] {
        let url = format!("{}?sslmode={mode}&application_name={mode}", database.url());
        let store = PostgresStore::new(&url, PostgresOptions::default());
        let scene = Scene::new(store.expect("the URL is right"));
        assert_eq!(scene.reset(None, None), 0);
        assert_eq!(came_by_tls(&mut operator, mode), [[expected]]);
    }
}

#[test]
fn a_server_without_tls_is_used_only_where_that_may_be() {
    for mode in ["sslmode=disable", "sslmode=prefer", ""] {
        assert_eq!(fail(&Tables::new().by(mode).url()), Ok(()));
    }
    let tables = Tables::new();
    for mode in [
        "sslmode=require",
        "sslmode=verify-ca",
        "sslmode=verify-full",
    ] {
        let failed = fail(&format!("{}{mode}", tables.url()));
        assert_eq!(failed.map_err(|error| error.0), Err(ErrorKind::Unavailable));
    }
}

#[test]
fn certificates_that_cannot_be_read_are_told() {
    let tables = Tables::new();
    let query = "sslmode=verify-full&sslrootcert=/nowhere/ca.crt";
    let failed = fail(&format!("{}{query}", tables.url()));
    let (kind, text) = failed.expect_err("there is no file");
    assert_eq!(kind, ErrorKind::Unprepared);
    assert!(text.contains("sslrootcert"), "{text}");
}
