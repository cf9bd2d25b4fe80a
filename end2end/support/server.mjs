// The real server as a test needs it: on a port and data folder of its own, killed without mercy and started again.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { once } from "node:events";
import readline from "node:readline";

const root = path.resolve(import.meta.dirname, "../..");

// What a password costs is of no interest to tests that sign in a hundred times; whoever measures it gives arguments.
const CHEAP_PASSWORDS = { LONGSHORE_ARGON2_MEMORY_KIB: "8192", LONGSHORE_ARGON2_PASSES: "1" };

/** The binary under test: LONGSHORE_BINARY, or the debug build in cargo's target folder. */
export function binary() {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  const target = process.env.CARGO_TARGET_DIR ?? path.join(cache, "longshore/target");
  const file = process.env.LONGSHORE_BINARY ?? path.join(target, "debug/longshore");
  if (!existsSync(file)) throw new Error(`${file} is missing; build it with: cargo build -p longshore-server`);
  return file;
}

/** A TCP port on the loopback interface that nobody listens on. */
export async function freePort() {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}

/** Runs until the server says it listens. */
export class Server {
  #process;
  #options;
  #output = [];
  #ended;

  constructor(options) {
    this.#options = options;
  }

  /** Address of the server, such as http://127.0.0.1:40123. */
  url = "";
  /** The password of `admin`, from the first start. */
  password = "";

  /** Folder with the database and the key. */
  get dataDir() {
    return this.#options.dataDir;
  }

  /** The process's id, while it runs. */
  get pid() {
    return this.#process?.pid;
  }

  /** Everything the server has written so far. */
  get output() {
    return this.#output.join("\n");
  }

  /** Whether the process runs. */
  get isRunning() {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Starts the process; resolves once it listens, rejects when it ends before that or takes longer than 60 s. */
  async start() {
    const { dataDir, port, env = {}, args = [], log } = this.#options;
    const child = spawn(binary(), ["--data-dir", dataDir, "--listen", `127.0.0.1:${port}`, ...args], {
      cwd: root,
      env: { ...process.env, RUST_BACKTRACE: "1", ...CHEAP_PASSWORDS, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#ended = once(child, "exit");
    let listens = false;
    const file = log ? createWriteStream(log, { flags: "a" }) : undefined;
    child.once("exit", () => file?.end());
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`The server does not listen after 60 s:\n${this.output}`)), 60_000);
      const read = (line) => {
        this.#output.push(line);
        file?.write(`${line}\n`);
        const password = /One-time administrator password: (\S+)/.exec(line);
        if (password) this.password = password[1];
        const address = /Longshore listens on (http:\/\/\S+)/.exec(line);
        if (address) this.url = address[1].replace(/\/$/, "").replace("127.0.0.1", this.#options.host ?? "127.0.0.1");
        listens ||= address !== null;
        // The password, which the first start alone tells, may come a little later: by another stream.
        if (listens && (address || password)) setTimeout(resolve, this.password ? 0 : 1000);
      };
      readline.createInterface({ input: child.stdout }).on("line", read);
      readline.createInterface({ input: child.stderr }).on("line", read);
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`The server ended (${signal ?? code}):\n${this.output}`)));
      child.once("exit", () => clearTimeout(late));
      this.#ended.then(() => clearTimeout(late));
      late.unref();
    });
    return this;
  }

  /** Ends it as an administrator would (SIGTERM), and by force when it is not gone after 20 s. */
  async stop() {
    if (!this.isRunning) return;
    this.#process.kill("SIGTERM");
    const late = setTimeout(() => this.#process.kill("SIGKILL"), 20_000);
    await this.#ended;
    clearTimeout(late);
  }

  /** Ends it as a power failure would; the data stays. */
  async kill9() {
    if (!this.isRunning) return;
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  /** Starts it again on the same data and port. */
  async restart() {
    await this.stop();
    return this.start();
  }

  /** Ends it and removes its data. */
  async remove() {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/**
 * Starts a server on a fresh data folder.
 *
 * Options: `env` (more environment variables), `args` (more arguments), `log` (file that gets the output), `host` (the name
 * in `url`, where a number will not do).
 */
export async function startServer(options = {}) {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), "longshore-test-"));
  const server = new Server({ ...options, dataDir, port: await freePort() });
  try {
    return await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
}
