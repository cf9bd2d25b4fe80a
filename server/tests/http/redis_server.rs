//! A real Redis of a test's own, on a free port of the loopback interface, with a password and a folder that goes
//! with it.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The password, which no answer and no log may have.
pub const SECRET: &str = "a-secret-of-the-test";

/// A server that ends with the test.
pub struct RedisServer {
    port: u16,
    folder: TempDir,
    process: Child,
}

impl RedisServer {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Somebody else may take the port before Redis does: then it ends at once, and the next one is tried.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
            let process = spawn(port, folder.path());
            let mut server = Self { port, folder: tempfile::tempdir().expect("a folder"), process };
            if server.answers() {
                server.folder = folder;
                return server;
            }
        }
        panic!("redis-server does not answer; see whether it starts by itself: redis-server --port 0");
    }

    /// The address with the password.
    pub fn url(&self) -> String {
        format!("redis://:{SECRET}@127.0.0.1:{}/", self.port)
    }

    /// Ends it; what it held is on disk.
    pub fn stop(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("its end");
    }

    /// Starts it again on what is on disk.
    pub fn start_again(&mut self) {
        self.process = spawn(self.port, self.folder.path());
        assert!(self.answers(), "redis-server does not come back");
    }

    /// Stops its clock: it takes connections and answers nothing.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Everything that it holds, as it lies on disk.
    pub fn holds(&self) -> Vec<u8> {
        let mut all = Vec::new();
        read(self.folder.path(), &mut all);
        all
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.process.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// Whether it answers within ten seconds.
    fn answers(&mut self) -> bool {
        let late = Instant::now() + Duration::from_secs(10);
        while Instant::now() < late && self.process.try_wait().expect("its state").is_none() {
            if ping(self.port).is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn spawn(port: u16, folder: &Path) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--requirepass", SECRET]);
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--dir"]).arg(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("redis-server is missing: .ci/setup.sh installs it, as does apt-get install redis-server")
}

fn ping(port: u16) -> Option<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
    stream.write_all(format!("AUTH {SECRET}\r\nPING\r\n").as_bytes()).ok()?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).ok()?;
    (&answer == b"+OK\r\n+PONG\r\n").then_some(())
}

fn read(folder: &Path, all: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            read(&entry.path(), all);
        } else {
            all.extend(std::fs::read(entry.path()).expect("a file"));
        }
    }
}
