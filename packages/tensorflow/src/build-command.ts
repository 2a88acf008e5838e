import { buildBinding } from "./build.ts";

/** Builds the binding and prints where it is: `npm run build:native [-- --sanitize]`. */
console.log(buildBinding({ sanitize: process.argv.includes("--sanitize") }));
