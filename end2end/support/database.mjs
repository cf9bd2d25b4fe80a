// The database of a server of the tests, for what a working one never does: the SQLite file in its data folder, while it runs.
// By Debian's Python, which .ci/setup.sh brings: Node.js 20 has no SQLite.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PROGRAM = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None).execute(sys.argv[2])";

async function execute(server, statement) {
  await run("/usr/bin/python3", ["-I", "-c", PROGRAM, path.join(server.dataDir, "longshore.db"), statement]);
}

/** Runs `body` while a statement, such as `DELETE ON accounts`, fails in the database of a server. */
export async function whileBroken(server, statement, body) {
  await execute(server, `CREATE TRIGGER broken BEFORE ${statement} BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  try {
    await body();
  } finally {
    await execute(server, "DROP TRIGGER broken");
  }
}
