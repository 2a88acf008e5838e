export { firstDifference } from "./compare-bytes.ts";
export { registryFor } from "./plugins.ts";
export { verifyResume } from "./commands/verify-resume.ts";
