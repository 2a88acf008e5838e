import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { foldersAbove } from "./manifest.ts";

/** npm's settings as far as they say where packages come from. */
export interface NpmSettings {
  /** Where packages without a registry of their scope come from. */
  readonly registry: string;
  /** By scope, "@you". */
  readonly scopes: ReadonlyMap<string, string>;
  /** What a registry wants to be told of who asks; null: nothing. */
  authorization(registry: string): string | null;
  /** Certificates that are trusted besides, PEM. */
  readonly ca: string | null;
  /** `strict-ssl=false`: any certificate is taken. */
  readonly strict: boolean;
  /** A proxy that npm would go through. */
  readonly proxy: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * npm's settings in a folder: environment variables (npm_config_…), then the project's .npmrc, the user's and the global one, as npm reads them
 * (https://docs.npmjs.com/cli/configuring-npm/npmrc); where several say the same key the first wins.
 */
export function npmSettings(folder: string, environment: Environment = process.env, home: string = homedir()): NpmSettings {
  const values = new Map<string, string>();
  for (const layer of [ofEnvironment(environment), ...filesRead(folder, environment, home)])
    for (const [key, value] of layer) if (!values.has(key)) values.set(key, value);
  const scopes = [...values].flatMap(([key, value]) => {
    const scope = /^(@[^/:]+):registry$/.exec(key)?.[1];
    return scope === undefined || value === "" ? [] : [[scope, withSlash(value)] as const];
  });
  const cafile = values.get("cafile");
  return {
    registry: withSlash(values.get("registry") || "https://registry.npmjs.org/"),
    scopes: new Map(scopes),
    authorization: (registry) => authorizationOf(registry, values),
    ca:
      values.get("ca")?.replaceAll("\\n", "\n") ??
      (cafile !== undefined && existsSync(cafile) ? readFileSync(cafile, "utf8") : null),
    strict: values.get("strict-ssl") !== "false",
    proxy: values.get("https-proxy") ?? values.get("proxy") ?? environment.HTTPS_PROXY ?? environment.https_proxy ?? null,
  };
}

function filesRead(folder: string, environment: Environment, home: string): [string, string][][] {
  const own = ofEnvironment(environment);
  const said = (key: string) => own.find(([name]) => name === key)?.[1];
  const project = foldersAbove(folder).find((above) =>
    ["package.json", "node_modules"].some((name) => existsSync(join(above, name))),
  );
  const prefix = said("prefix") ?? (environment.PREFIX || dirname(dirname(process.execPath)));
  const paths = [
    join(project ?? folder, ".npmrc"),
    said("userconfig") ?? join(home, ".npmrc"),
    said("globalconfig") ?? join(prefix, "etc", "npmrc"),
  ];
  return paths.map((path) => entriesOf(resolve(folder, path), environment));
}

/** npm_config_registry, NPM_CONFIG_REGISTRY, npm_config_strict_ssl, npm_config_@you:registry */
function ofEnvironment(environment: Environment): [string, string][] {
  return Object.entries(environment).flatMap(([name, value]): [string, string][] => {
    const [, key] = /^npm_config_(.+)$/i.exec(name) ?? [];
    if (key === undefined || value === undefined || value === "") return [];
    return [[/^[@/]/.test(key) ? key : key.toLowerCase().replace(/(?!^)_/g, "-"), value]];
  });
}

/** Lines `key = value`; `;` and `#` begin comments, `${NAME}` stands for an environment variable. */
function entriesOf(path: string, environment: Environment): [string, string][] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split(/\r?\n/)
    .flatMap((line): [string, string][] => {
      const [, key, value] = /^\s*([^;#[\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key === undefined || value === undefined) return [];
      return [[filled(key, environment), filled(value.replace(/^(["'])(.*)\1$/, "$2"), environment)]];
    });
}

function filled(text: string, environment: Environment): string {
  return text.replace(
    /(?<!\\)\$\{([^}?]+)(\?)?\}/g,
    (whole, name: string, optional?: string) => environment[name] ?? (optional === undefined ? whole : ""),
  );
}

/** Tokens stand by the registry's address without its protocol, or that of a folder above: `//host/path/:_authToken`. */
function authorizationOf(registry: string, values: ReadonlyMap<string, string>): string | null {
  const { host, pathname } = new URL(registry);
  const folders = pathname.split("/").filter((part) => part !== "");
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const at = `//${[host, ...folders.slice(0, depth)].join("/")}`;
    const of = (key: string) => values.get(`${at}/:${key}`) ?? values.get(`${at}:${key}`);
    const [token, basic, name, password] = ["_authToken", "_auth", "username", "_password"].map(of);
    if (token !== undefined) return `Bearer ${token}`;
    if (basic !== undefined) return `Basic ${basic}`;
    if (name !== undefined && password !== undefined)
      return `Basic ${Buffer.from(`${name}:${Buffer.from(password, "base64").toString("utf8")}`).toString("base64")}`;
  }
  return null;
}

function withSlash(address: string): string {
  return address.endsWith("/") ? address : `${address}/`;
}
