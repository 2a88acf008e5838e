// A chat endpoint for tests, which does what a script says: for ours, and for those of plugins that ask endpoints.
export { answerBody, scriptedServer } from "./scripted-server.ts";
export type { Deed, Received, ScriptedServer } from "./scripted-server.ts";
