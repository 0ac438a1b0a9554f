// Holds the browser's character count to the corpus that also tests the server's: `node --test tests/`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

// A data URL, because without a package.json Node takes a plain `.js` file for CommonJS.
const source = read("../crates/web/assets/character_count.js");
const { characterCount } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const corpus = JSON.parse(read("character_count.json"));

test("the corpus is whole", () => {
  assert.ok(corpus.length >= 60);
});

for (const { text, count } of corpus) {
  test(`${JSON.stringify(text)} counts ${count}`, () => {
    assert.equal(characterCount(text), count);
  });
}
