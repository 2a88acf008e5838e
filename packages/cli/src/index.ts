export { registryFor } from "./plugins.ts";
