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

/** Starts a demo on `data`; resolves when it serves. */
async function serve(data, now) {
  const child = spawn(binary(), ["demo", "--data", data, "--listen", "127.0.0.1:0", "--now", now], {
    env: { ...process.env, LANG: "C.UTF-8", RUST_LOG: "warn" },
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

const seasons = new Map();

/** Loads the season up to `now` into a folder that is only copied from. */
function season(now) {
  if (!seasons.has(now)) {
    const load = async () => {
      const data = join(folder(), "data");
      const demo = await serve(data, now);
      await demo.stop();
      return data;
    };
    seasons.set(now, load());
  }
  return seasons.get(now);
}

/** A demo of its own, at `now`: `{ url, data, stop, logins }`. */
export async function startDemo(now) {
  const data = join(folder(), "data");
  cpSync(await season(now), data, { recursive: true });
  const demo = await serve(data, now);
  return { ...demo, logins: logins(join(data, "logins.csv")) };
}

function logins(path) {
  const [head, ...rows] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  const names = head.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((cell, nth) => [names[nth], cell])));
}
