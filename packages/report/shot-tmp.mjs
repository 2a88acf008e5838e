import { chromium } from "playwright-core";
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const p = await b.newPage({ viewport: { width: 1300, height: 900 } });
p.on("console", m => console.log("console", m.type(), m.text().slice(0,300))); p.on("pageerror", e => console.log("error", e.message.slice(0,300)));
await p.goto("http://localhost:4199/algorithms/gspo.html"); await p.waitForTimeout(3000);
await p.keyboard.press("Control+k"); await p.waitForTimeout(6000);
await p.keyboard.type("sigma"); 
for (let i=0;i<6;i++){ await p.waitForTimeout(2000); const r=await p.$$eval(".VPLocalSearchBox .result", els => els.slice(0,5).map(e => e.textContent.trim().replace(/\s+/g," ").slice(0,90))); console.log(i, r); if(r.length) break; }
await b.close();
