// Builds crates/web/assets/app.css from scss/. The other files of that folder are written by hand.
// The same sources give the same bytes: versions are pinned by package-lock.json and nothing reads clock or paths.

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "crates", "web", "assets");

const { css } = sass.compile(join(here, "scss", "app.scss"), {
  style: "compressed",
  charset: false,
  loadPaths: [join(here, "node_modules")],
  quietDeps: true,
});

writeFileSync(join(out, "app.css"), `${css.replace(/^\uFEFF/, "")}\n`);
console.log(`app.css ${Buffer.byteLength(css)} bytes`);
