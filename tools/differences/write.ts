// npm run docs: writes docs/differences.md.

import { writeFileSync } from "node:fs";
import { differencesPage } from "./page.ts";
import * as tf from "@tensorflow/tfjs";

tf.env().set("PROD", true); // it prints an advertisement otherwise
await tf.setBackend("cpu");
writeFileSync(new URL("../../docs/differences.md", import.meta.url), await differencesPage());
