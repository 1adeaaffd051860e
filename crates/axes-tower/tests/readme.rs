//! The door of the README that is axum's, opened: what it says is built and run.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn workspace() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    folder.canonicalize().unwrap()
}

/// What stands between the door's markers, in a block of code in this language.
fn block(readme: &str, language: &str) -> String {
    let door = readme.split("<!-- door: axum -->").nth(1).unwrap();
    let door = door.split("<!-- /door -->").next().unwrap();
    let begin = format!("```{language}\n");
    let block = door.split(&begin).nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}

/// Features that others in the workspace ask for, and the door has no use for. With them, and with the
/// profiles of the workspace, what the door needs is built already, but our own crates; without, it would only take longer.
const SHARED: &str = r#"
[target."cfg(all())".dependencies]
axes-stores = { path = "axes/crates/axes-stores" }
bitflags = { version = "2", features = ["std"] }
futures-util = "0.3"
getrandom = { version = "0.2", features = ["std"] }
jiff = { version = "1", default-features = false, features = ["tz-system", "tzdb-zoneinfo"] }
serde = { version = "1", features = ["derive", "rc"] }
serde_json = { version = "1", features = ["unbounded_depth"] }
slab = { version = "0.4", default-features = false, features = ["std"] }
tokio = { version = "1", features = ["signal", "test-util"] }
tracing = "0.1"
"#;

/// A manifest with the `dependencies`, built as the workspace is.
fn manifest(dependencies: &str) -> String {
    let workspace = workspace();
    let path = format!("path = \"{}/crates", workspace.display());
    let manifest = fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
    let profiles = manifest.split_at(manifest.find("[profile.").unwrap()).1;
    let dependencies = format!("{dependencies}{SHARED}").replace("path = \"axes/crates", &path);
    format!(
        "[package]\nname = \"door\"\nedition = \"2024\"\n\n{dependencies}\n[workspace]\n\n\
         {profiles}"
    )
}

/// The program, while it runs.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn build(folder: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let built = Command::new(std::env::var_os("CARGO").unwrap())
        .args(["build", "--offline", "--quiet"])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(folder)
        .status()
        .unwrap();
    assert!(built.success(), "what the README says cannot be built");
    target.join("debug").join("door")
}

/// The status of the answer to a wrong password.
fn guess(address: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let body = r#"{"username": "ada", "password": "guess"}"#;
    write!(
        stream,
        "POST /login HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[test]
fn what_the_readme_says_locks_out_after_three_failures() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let code = block(&readme, "rust");
    assert!(code.lines().count() <= 12, "a door is small");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    assert!(code.contains("127.0.0.1:3000"));

    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    write("src/main.rs", &code.replace("127.0.0.1:3000", &address));
    write("Cargo.toml", &manifest(&block(&readme, "toml")));
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    write("Cargo.lock", &lock);

    let program = build(folder.path());
    drop(listener);
    let _running = Running(Command::new(program).spawn().unwrap());
    let begun = Instant::now();
    let first = loop {
        if let Some(status) = guess(&address) {
            break status;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not answer");
        sleep(Duration::from_millis(20));
    };
    let others = [(); 4].map(|()| guess(&address).unwrap());
    assert_eq!((first, others), (401, [401, 429, 429, 429]));
}
