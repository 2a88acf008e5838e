import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** How to call pip on this machine; null where there is none. */
export function findPip(): string[] | null {
  for (const command of [["python3", "-m", "pip"], ["pip3"], ["pip"], ["uv", "tool", "run", "pip"]]) {
    const { status, error } = spawnSync(command[0]!, [...command.slice(1), "--version"], { stdio: "ignore", timeout: 60_000 });
    if (error === undefined && status === 0) return command;
  }
  return null;
}

/** The package index that is configured: PIP_INDEX_URL, else pip's own setting, else the one that pip uses when nothing is set; null where nothing says. */
export function indexUrl(pip: readonly string[] | null): string | null {
  const url =
    process.env["PIP_INDEX_URL"] ||
    process.env["UV_DEFAULT_INDEX"] ||
    process.env["UV_INDEX_URL"] ||
    settingOf(pip) ||
    defaultOf(pip);
  return url === "" ? null : url.replace(/\/$/, "");
}

/** As `pip download` would take it. `pip config get` doesn't see the file that PIP_CONFIG_FILE names, the list does: one `section.key='value'` a line. */
function settingOf(pip: readonly string[] | null): string {
  if (pip === null) return "";
  const lines = outputOf([...pip, "config", "list"]).split("\n");
  for (const section of ["download", "global"]) {
    const start = `${section}.index-url=`;
    const line = lines.find((one) => one.startsWith(start));
    if (line !== undefined)
      return line
        .slice(start.length)
        .trim()
        .replace(/^(['"])(.*)\1$/, "$2");
  }
  return "";
}

/** pip has it as a constant; only where it is called as a module is its Python known. */
function defaultOf(pip: readonly string[] | null): string {
  if (pip?.[1] !== "-m") return "";
  return outputOf([pip[0]!, "-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"]);
}

function outputOf([command, ...args]: readonly string[]): string {
  const { stdout, status } = spawnSync(command!, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

/** Fetches a wheel with pip into a folder; null, or why it could not. pip knows this machine's certificates, proxies and passwords. */
export async function pipDownload(
  pip: readonly string[],
  requirement: string,
  folder: string,
  signal: AbortSignal,
): Promise<string | Error> {
  // Any Python's wheel will do, for only TensorFlow's C libraries are taken. pip's own Python is tried first, since its index may have just that one.
  const pythons = [[], ...["3.12", "3.11", "3.13"].map((version) => ["--python-version", version])];
  let last = "";
  for (const python of pythons) {
    const platforms = python.length === 0 ? [] : platformTags().flatMap((tag) => ["--platform", tag]);
    const args = ["download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--dest", folder];
    const { code, output } = await run(pip, [...args, ...python, ...platforms, requirement], folder, signal);
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    if (code === 0 && wheel !== undefined) return join(folder, wheel);
    last = output.trim().split("\n").at(-1) ?? `ended with ${code}`;
    if (signal.aborted || !/no matching distribution/i.test(output)) break;
  }
  return new Error(`pip: ${last}`);
}

/** The platforms whose wheels run here, newest C library first. */
export function platformTags(): string[] {
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  return [`manylinux_2_27_${machine}`, `manylinux_2_17_${machine}`, `manylinux2014_${machine}`];
}

/** Its temporary files, a whole wheel, go into the folder too: /tmp may be small, and what a kill leaves behind is found there. */
function run(
  pip: readonly string[],
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, TMPDIR: folder };
    const child = spawn(pip[0]!, [...pip.slice(1), ...args], { stdio: ["ignore", "ignore", "pipe"], signal, env });
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (output = (output + text).slice(-8000)));
    child.on("error", (error) => resolve({ code: -1, output: `${output}\n${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });
}
