// Words of the pages, read from the translations that the pages themselves use.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./demo.mjs";

const folders = { zh: "zh-CN", en: "en" };

function load(language) {
  const folder = join(root, "crates", "web", "translations", folders[language]);
  const words = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ftl"))) {
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const message = /^([a-z][a-z0-9-]*) = (.*)$/.exec(line);
      if (message) words.set(message[1], message[2].replaceAll('{" "}', " ").trim());
    }
  }
  return words;
}

const loaded = { zh: load("zh"), en: load("en") };

/** The word of a key in a language. */
export function word(language, key) {
  const found = loaded[language].get(key);
  if (found === undefined) throw new Error(`no word ${key} in ${language}`);
  return found;
}
