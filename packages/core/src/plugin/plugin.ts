import { withCopy } from "./copy.ts";
import type { Algorithm, Component } from "./component.ts";
import type { Service } from "./service.ts";

/** The plugin interface this core speaks; a plugin's `api` is a range over it. */
export const apiVersion = "1.0.0";

/** What a plugin package exports by default: plain data; importing it does nothing. */
export interface Plugin {
  /** The npm package's name. */
  readonly name: string;
  /** Which plugin interface it was written for, e.g. "^1". */
  readonly api: string;
  readonly components?: readonly Component[];
  readonly algorithms?: readonly Algorithm[];
  readonly services?: readonly Service[];
}

/** What a plugin package exports by default. It is checked when a registry takes it up: what is wrong is told with plugin, component and field. */
export function definePlugin(plugin: Plugin): Plugin {
  return withCopy(plugin);
}
