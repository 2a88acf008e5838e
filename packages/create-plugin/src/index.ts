export { pluginFiles } from "./files.ts";
export type { PluginChoice } from "./files.ts";
export { kindNames, kinds, languages } from "./kinds.ts";
export type { Language, PluginKind } from "./kinds.ts";
