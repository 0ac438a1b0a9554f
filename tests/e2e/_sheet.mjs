import { launch } from "/work/main/tests/e2e/harness/browser.mjs";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
const dir="/work/main/docs/screens"; const only=process.argv[2]??"";
const names=[...new Set(readdirSync(dir).map(n=>n.replace(/-(1280|390)\.png$/,'')))].filter(n=>n.includes(only));
const b=await launch(); const p=await b.newPage({viewport:{width:1700,height:1000}});
for(const n of names){ const u=w=>`data:image/png;base64,${readFileSync(`${dir}/${n}-${w}.png`).toString('base64')}`;
 await p.setContent(`<body style="margin:0;background:#888;display:flex;gap:10px;align-items:start"><img src="${u(1280)}"><img src="${u(390)}">`);
 writeFileSync(`/tmp/sheets/${n}.png`, await p.screenshot({fullPage:true})); }
await b.close();
