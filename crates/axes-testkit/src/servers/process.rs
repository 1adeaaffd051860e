//! A server as a process.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::folder::{Account, Folder};

/// How long a server may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(20);

/// How often another port is tried, where somebody else was faster.
const PORTS: usize = 5;

/// What a process is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End in order.
    Terminate,
    /// The same, and in the case of PostgreSQL without waiting for clients.
    Interrupt,
    /// End at once.
    Kill,
    /// Stand still.
    Stop,
    /// Go on.
    Continue,
}

/// The words of the command that runs a server in a folder and on a port.
pub type Runs = dyn Fn(&Path, u16) -> Vec<String> + Send + Sync;

/// How a server is run.
pub struct Plan {
    /// What it is called.
    pub name: &'static str,
    /// Who it runs as when the tests run as root: servers refuse to be root.
    pub account: &'static str,
    /// What makes it end in order.
    pub farewell: Signal,
    /// The program and its arguments, which run it in the foreground, in a folder and on a port.
    pub command: Box<Runs>,
    /// Whether it answers on the port.
    pub answers: Box<dyn Fn(u16) -> bool + Send + Sync>,
}

/// A server, which ends with this, and also where the process of the tests is killed.
///
/// What it writes is in the file `log` of its folder.
pub struct Server {
    // Dropped in this order: whoever is left over is ended before the folder goes.
    process: Mutex<Option<Child>>,
    guard: Mutex<Child>,
    plan: Plan,
    port: u16,
    /// Who it has to run as, where that is somebody else.
    account: Option<Account>,
    folder: Folder,
}

impl Server {
    /// Starts one, for which `prepare` has made everything, and returns when it answers.
    #[must_use]
    pub fn start(plan: Plan, prepare: impl FnOnce(&Self)) -> Self {
        let folder = Folder::new(&plan.name.to_lowercase());
        let account = folder.is_of_root().then(|| Account::of(plan.account));
        if let Some(account) = account {
            folder.give(account);
        }
        let mut server = Self {
            process: Mutex::new(None),
            guard: Mutex::new(guard(folder.path())),
            plan,
            port: free_port(),
            account,
            folder,
        };
        prepare(&server);
        for _ in 1..PORTS {
            if server.launch() {
                return server;
            }
            server.port = free_port();
        }
        assert!(server.launch(), "{}", server.complaint("did not start"));
        server
    }

    /// Where it listens, on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where everything of it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The number of its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        let process = self.process();
        process.as_ref().expect("the server runs").id()
    }

    /// Ends it in order.
    pub fn stop(&self) {
        let Some(mut process) = self.process().take() else {
            return;
        };
        signal(self.plan.farewell, process.id());
        let ended = wait_until(|| process.try_wait().expect("it can be waited for").is_some());
        if !ended {
            crash(&mut process);
        }
        self.tell_guard(None);
    }

    /// A crash: the server and its workers get no chance to put anything in order.
    pub fn kill(&self) {
        if let Some(mut process) = self.process().take() {
            crash(&mut process);
        }
        self.tell_guard(None);
    }

    /// Starts it again, on the same port with the same data, after [`stop`](Self::stop), after
    /// [`kill`](Self::kill) or from running.
    pub fn restart(&self) {
        self.stop();
        assert!(self.launch(), "{}", self.complaint("did not start again"));
    }

    /// Makes it and its workers stand still, so that nobody gets an answer.
    pub fn freeze(&self) {
        let pid = self.pid();
        signal(Signal::Stop, pid);
        wait_until(|| matches!(state_and_parent(pid), Some(('T' | 't', _))));
        for child in children(pid) {
            signal(Signal::Stop, child);
        }
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        let pid = self.pid();
        for child in children(pid) {
            signal(Signal::Continue, child);
        }
        signal(Signal::Continue, pid);
    }

    /// Runs a command as whoever the server runs as, in its folder. It has to succeed.
    pub fn run(&self, command: &[&str]) {
        let command: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
        let status = self.command(&command).status();
        let success = status.as_ref().is_ok_and(ExitStatus::success);
        assert!(success, "{}", self.complaint("was not prepared"));
    }

    /// Whether it started and answers; not if it ended, as where somebody else has the port.
    fn launch(&self) -> bool {
        let mut command = self.command(&(self.plan.command)(self.folder(), self.port));
        let mut process = command.spawn().expect("the program can be run");
        self.tell_guard(Some(process.id()));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answers = (self.plan.answers)(self.port);
            if process.try_wait().expect("it can be waited for").is_some() {
                self.tell_guard(None);
                return false;
            }
            if answers {
                *self.process() = Some(process);
                return true;
            }
            if Instant::now() > deadline {
                crash(&mut process);
                panic!("{}", self.complaint("did not answer in time"));
            }
            sleep(PAUSE);
        }
    }

    fn command(&self, words: &[String]) -> Command {
        let [program, arguments @ ..] = words else {
            panic!("a command has a program");
        };
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.file("log"))
            .expect("a log can be written");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .envs([("LC_ALL", "C"), ("TZ", "UTC")])
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file has two names"))
            .stderr(log)
            // Ctrl-C is for the tests, which then end their servers in order.
            .process_group(0);
        if let Some(account) = self.account {
            command.uid(account.user).gid(account.group);
        }
        command
    }

    fn complaint(&self, what: &str) -> String {
        let log = std::fs::read_to_string(self.folder.file("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(15)..].join("\n");
        format!("{} {what}; the end of its log:\n{end}", self.plan.name)
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_guard(&self, pid: Option<u32>) {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let pid = pid.map_or_else(String::new, |pid| pid.to_string());
        let input = guard.stdin.as_mut().expect("the guard listens");
        // One that was killed guards nothing any more.
        let _ = writeln!(input, "{pid}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        drop(guard.stdin.take());
        let _ = guard.wait();
    }
}

/// The path of `program`, from `folders` or from those of all programs.
///
/// # Panics
/// When it is not there: then `package` has to be installed.
#[must_use]
pub fn find(program: &str, package: &str, folders: &[PathBuf]) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().cloned().chain(std::env::split_paths(&path));
    let found = folders
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    let Some(found) = found else {
        panic!("{program} is not here: apt-get install {package}");
    };
    found
        .to_str()
        .expect("paths of programs are text")
        .to_owned()
}

/// A port that nobody listens on.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

/// Who ends what is left over and removes `folder` when this process is not there any more. It is told
/// the number of each process that begins, and nothing when that has ended.
fn guard(folder: &Path) -> Child {
    let script = "while read -r line; do pid=$line; done
        if [ -n \"$pid\" ]; then
            kill -STOP \"$pid\"; children=$(cat /proc/\"$pid\"/task/\"$pid\"/children)
            kill -KILL \"$pid\" $children; sleep 1
        fi
        rm -rf \"$0\"";
    Command::new("sh")
        .args(["-c", script])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("there is a shell")
}

/// Ends a server and its workers, none of which is left to be in the way of the next.
fn crash(process: &mut Child) {
    let pid = process.id();
    // A server that stands still makes no worker that nobody has listed.
    signal(Signal::Stop, pid);
    wait_until(|| !matches!(state_and_parent(pid), Some(('R' | 'S' | 'D', _))));
    let family = children(pid);
    let _ = process.kill();
    for &child in &family {
        signal(Signal::Kill, child);
    }
    let _ = process.wait();
    wait_until(|| !family.iter().any(|&child| is_running(child)));
}

/// Tells the process `pid` something, if it is there.
pub(super) fn signal(signal: Signal, pid: u32) {
    let name = match signal {
        Signal::Terminate => "TERM",
        Signal::Interrupt => "INT",
        Signal::Kill => "KILL",
        Signal::Stop => "STOP",
        Signal::Continue => "CONT",
    };
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()]);
    let _ = command.stderr(Stdio::null()).status();
}

fn wait_until(condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    let mut condition = condition;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        sleep(PAUSE / 10);
    }
}

/// The numbers of the children of `parent`.
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("processes can be listed");
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|&pid| matches!(state_and_parent(pid), Some((_, it)) if it == parent))
        .collect()
}

/// Whether there is such a process, which has not ended.
fn is_running(pid: u32) -> bool {
    !matches!(state_and_parent(pid), None | Some(('Z' | 'X', _)))
}

fn state_and_parent(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The name, in parentheses, may hold anything; state and parent come after it.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}
