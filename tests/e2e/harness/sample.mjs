// The sample applications that stand beside each call, as what a person types; and evidence to attach.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { root } from "./demo.mjs";

/** A sample of a call: `{ applicant, values, rows, evidence }`; values are keyed by the names of inputs. */
export function sample(call, name = "sample") {
  const toml = parse(readFileSync(join(root, "calls", call, "cases", `${name}.toml`), "utf8"));
  const values = new Map();
  const rows = new Map();
  for (const [path, value] of Object.entries(toml.form)) {
    if (!Array.isArray(value)) values.set(path, typed(value));
    else {
      rows.set(
        path,
        value.map((row) => new Map(Object.entries(row).map(([column, cell]) => [column, typed(cell)]))),
      );
    }
  }
  for (const [item, promise] of Object.entries(toml.promise ?? {})) values.set(`promises.${item}.value`, typed(promise.value));
  for (const [id, signed] of Object.entries(toml.declaration ?? {})) {
    values.set(`declaration.${id}.accepted`, typed(signed.accepted));
    values.set(`declaration.${id}.signer`, signed.signer);
  }
  return { applicant: toml.applicant, values, rows, evidence: toml.evidence };
}

function typed(value) {
  if (value === true) return "yes";
  if (value === false) return "no";
  return String(value);
}

/** A small PDF with so many pages, as a file to upload. */
export function pdf(name, pages = 1) {
  const objects = ["<</Type/Catalog/Pages 2 0 R>>"];
  const kids = Array.from({ length: pages }, (_, nth) => `${nth + 3} 0 R`);
  objects.push(`<</Type/Pages/Kids[${kids.join(" ")}]/Count ${pages}/MediaBox[0 0 595 842]>>`);
  for (let nth = 0; nth < pages; nth += 1) objects.push("<</Type/Page/Parent 2 0 R/Resources<<>>>>");
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, nth) => {
    const at = text.length;
    text += `${nth + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = text.length;
  const rows = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  text += `trailer\n<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${table}\n%%EOF\n`;
  return { name, mimeType: "application/pdf", buffer: Buffer.from(text, "latin1") };
}
