//! The demo: the example site, built from this source, on this machine.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::env::{Env, Set, VENV};
use crate::error::{Error, Result};
use crate::program;

const SITE: &str = "examples/django-site";
const DATABASE: &str = "target/demo/db.sqlite3";
const SERVER: [&str; 7] = [
    "--workers=2",
    "--threads=4",
    "--log-level=warning",
    "--graceful-timeout=5",
    "--no-control-socket",
    "--name=axes-demo",
    "config.wsgi",
];

/// How long the server may take to answer for the first time, and to end.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(100);

/// Builds all that the example site needs and serves it on `port` until Ctrl-C.
pub(crate) fn run(port: u16) -> Result {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // Asked first: nobody likes to wait for a build to hear this.
    free(address)?;
    let env = Env::ensure(Set::Demo)?;
    env.build_extension()?;
    manage(&env, &["migrate", "--verbosity", "0"])?;
    manage(&env, &["setup_demo"])?;
    serve(&env, address)
}

fn free(address: SocketAddr) -> Result {
    let port = address.port();
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(Error::new(format!(
            "port {port} is taken: choose another with `cargo xtask demo --port {}`",
            port.checked_add(1).unwrap_or(8000)
        ))),
        Err(error) => Err(Error::new(format!("cannot listen on port {port}: {error}"))),
    }
}

fn manage(env: &Env, arguments: &[&str]) -> Result {
    program::run(on_site(env, "python")?.arg("manage.py").args(arguments))
}

/// A command in the site's folder that knows where the demo keeps its database.
fn on_site(env: &Env, program: &str) -> Result<Command> {
    let failed = |error| Error::new(format!("cannot make the folder of {DATABASE}: {error}"));
    let database = std::path::absolute(DATABASE).map_err(failed)?;
    database
        .parent()
        .map(std::fs::create_dir_all)
        .transpose()
        .map_err(failed)?;
    let mut command = env.command(program);
    command.current_dir(SITE).env("AXES_DEMO_DB", database);
    Ok(command)
}

fn serve(env: &Env, address: SocketAddr) -> Result {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| Error::new(format!("cannot listen for Ctrl-C: {error}")))?;
    }
    let mut command = on_site(env, "python")?;
    command
        .args(["-m", "gunicorn", "--bind", &address.to_string()])
        .args(SERVER);
    let mut server = Server(
        command
            .spawn()
            .map_err(|error| Error::new(format!("cannot start gunicorn: {error}")))?,
    );
    let start = Instant::now();
    while !stop.load(Ordering::Relaxed) && !answers(address)? {
        server.check()?;
        if start.elapsed() > PATIENCE {
            return Err(Error::new(
                "the server did not answer: see its messages above",
            ));
        }
        std::thread::sleep(PAUSE);
    }
    if !stop.load(Ordering::Relaxed) {
        println!("{}", welcome(address));
    }
    while !stop.load(Ordering::Relaxed) {
        server.check()?;
        std::thread::sleep(PAUSE);
    }
    server.stop()
}

/// The server's process; it never outlives this one's work.
struct Server(Child);

impl Server {
    /// Fails when the server has ended by itself.
    fn check(&mut self) -> Result {
        match self.0.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Error::new(format!(
                "the server ended by itself ({status}): see its messages above"
            ))),
            Err(error) => Err(Error::new(format!("cannot watch the server: {error}"))),
        }
    }

    /// Asks the server to end and waits for it. After Ctrl-C in a terminal it was asked already;
    /// a signal sent to this process alone did not reach it.
    fn stop(&mut self) -> Result {
        let ask = format!("kill -TERM {}", self.0.id());
        program::ask(Command::new("sh").args(["-c", &ask]));
        let start = Instant::now();
        while self.check().is_ok() {
            if start.elapsed() > PATIENCE {
                return Err(Error::new("the server did not end in time and was killed"));
            }
            std::thread::sleep(PAUSE);
        }
        println!("\nThe demo has ended. Its data is kept: delete target/demo to start afresh.");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what is wanted.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Whether something speaks HTTP at `address`.
///
/// # Errors
/// When it answers that it is broken.
fn answers(address: SocketAddr) -> Result<bool> {
    let Ok(answer) = first_line(address) else {
        return Ok(false);
    };
    match answer.strip_prefix("HTTP/1.1 ") {
        Some(status) if status.starts_with('5') => Err(Error::new(format!(
            "the site is broken, it answers `{status}`: see its messages above"
        ))),
        status => Ok(status.is_some()),
    }
}

fn first_line(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PAUSE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let line = answer
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    Ok(String::from_utf8_lossy(line).into_owned())
}

fn welcome(address: SocketAddr) -> String {
    format!(
        "
Axes guards a Django site at  http://{address}/

  member          alice   password  correct-horse-battery
  administrator   admin   password  admin-demo

Four things to try
  1. Log in as alice with a wrong password three times: the page counts the tries that are left.
  2. Watch the countdown: meanwhile the right password is refused too, unchecked.
  3. Let alice in again: as admin at  http://{address}/admin/axes/tally/
  4. Or from another terminal, in this folder:
     AXES_DEMO_DB={DATABASE} {VENV}/bin/python {SITE}/manage.py axes_reset

Ctrl-C ends it."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serving(answer: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // All of it: closing a socket with something left to read resets the connection.
            let mut request = Vec::new();
            let mut byte = [0; 1];
            while !request.ends_with(b"\r\n\r\n") {
                assert_eq!(stream.read(&mut byte).unwrap(), 1);
                request.extend(byte);
            }
            stream.write_all(answer).unwrap();
        });
        address
    }

    #[test]
    fn a_taken_port_is_told_with_the_way_out() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let error = free(listener.local_addr().unwrap())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("is taken") && error.contains("--port"),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1);
    }

    #[test]
    fn a_site_answers_or_is_broken() {
        assert!(answers(serving(b"HTTP/1.1 302 Found\r\n\r\n")).unwrap());
        let error = answers(serving(b"HTTP/1.1 500 Internal Server Error\r\n\r\n")).unwrap_err();
        assert!(error.to_string().contains("500"), "{error}");
    }

    #[test]
    fn the_welcome_says_where_and_who() {
        let text = welcome(SocketAddr::from((Ipv4Addr::LOCALHOST, 8123)));
        for word in [
            "http://127.0.0.1:8123/",
            "alice",
            "correct-horse-battery",
            "admin-demo",
            "manage.py axes_reset",
        ] {
            assert!(text.contains(word), "{word}");
        }
    }
}
