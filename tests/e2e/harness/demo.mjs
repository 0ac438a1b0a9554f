// The product under test: `jiebang demo` in a folder of its own. A season is loaded once for each instant and then copied, so
// that every journey has a server, a clock and a database to itself.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

const READY_WITHIN_MS = 120_000;
const STOPPED_WITHIN_MS = 5_000;

let found;

function binary() {
  if (found) return found;
  if (process.env.JIEBANG_BINARY) return (found = process.env.JIEBANG_BINARY);
  const metadata = execFileSync("cargo", ["metadata", "--format-version", "1", "--no-deps", "--locked"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  found = join(JSON.parse(metadata).target_directory, "debug", "jiebang");
  if (!existsSync(found)) throw new Error(`${found} is missing; run make build`);
  return found;
}

const folders = new Set();
const children = new Set();

function folder() {
  const made = mkdtempSync(join(tmpdir(), "jiebang-e2e-"));
  folders.add(made);
  return made;
}

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

/** What the binary prints for these arguments. */
export const run = (...given) => execFileSync(binary(), given, { encoding: "utf8", env: { ...process.env, LANG: "C.UTF-8" } });

/** Starts a demo on `data`, and on the database of this name where one is given; resolves when it serves. */
async function serve(data, now, database) {
  const child = spawn(binary(), ["demo", "--data", data, "--listen", "127.0.0.1:0", "--now", now], {
    env: { ...process.env, LANG: "C.UTF-8", RUST_LOG: "warn", ...(database && { JIEBANG_DATABASE: `${server()}/${database}` }) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  let messages = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (messages = (messages + text).slice(-20_000)));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), STOPPED_WITHIN_MS);
    await ended;
    clearTimeout(killer);
  };
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready in time\n${messages}`)), READY_WITHIN_MS);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const ready = /^ready (http:\/\/\S+?)\/?$/.exec(line);
      if (!ready) return;
      clearTimeout(late);
      resolve(ready[1]);
    });
    child.once("error", reject);
    ended.then((code) => reject(new Error(`ended with ${code} before it was ready\n${messages}`)));
  });
  return { url, data, stop, messages: () => messages };
}

/** The PostgreSQL server that `scripts/with-postgres.sh` has started. */
function server() {
  const address = process.env.JIEBANG_TEST_POSTGRES;
  if (!address) throw new Error("run it as scripts/with-postgres.sh node --test …");
  return address;
}

let databases = 0;

/** Makes a database, as a copy where a template is given; returns its name. */
function makeDatabase(template = "template0") {
  const name = `e2e_${process.pid}_${(databases += 1)}`;
  execFileSync("psql", ["--quiet", "--no-psqlrc", `${server()}/postgres`, "--command", `CREATE DATABASE ${name} TEMPLATE ${template}`]);
  return name;
}

const seasons = new Map();

/** Loads the season up to `now` into a folder, and a database where one is asked for, that are only copied from. */
function season(now, postgres) {
  const key = `${now} ${postgres}`;
  if (!seasons.has(key)) {
    const load = async () => {
      const data = join(folder(), "data");
      const database = postgres ? makeDatabase() : undefined;
      const demo = await serve(data, now, database);
      await demo.stop();
      return { data, database };
    };
    seasons.set(key, load());
  }
  return seasons.get(key);
}

/** A demo of its own, at `now`, on SQLite or on PostgreSQL: `{ url, data, stop, logins }`. */
export async function startDemo(now, { postgres = false } = {}) {
  const data = join(folder(), "data");
  const loaded = await season(now, postgres);
  cpSync(loaded.data, data, { recursive: true });
  const demo = await serve(data, now, loaded.database && makeDatabase(loaded.database));
  return { ...demo, logins: logins(join(data, "logins.csv")) };
}

function logins(path) {
  const [head, ...rows] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  const names = head.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((cell, nth) => [names[nth], cell])));
}
