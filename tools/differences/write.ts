// npm run docs: writes docs/differences.md, and the table of metrics in docs/glossary.md.

import { readFileSync, writeFileSync } from "node:fs";
import { withMetricsTable } from "../glossary/metrics-table.ts";
import { differencesPage } from "./page.ts";
import * as tf from "@tensorflow/tfjs";

tf.env().set("PROD", true); // it prints an advertisement otherwise
await tf.setBackend("cpu");
const glossary = new URL("../../docs/glossary.md", import.meta.url);
writeFileSync(glossary, await withMetricsTable(readFileSync(glossary, "utf8")));
writeFileSync(new URL("../../docs/differences.md", import.meta.url), await differencesPage());
