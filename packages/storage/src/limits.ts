import { readFileSync } from "node:fs";

/** What a shell's ulimit sets: -v, in kB, and -n. */
const rows = { v: ["Max address space", 1024], n: ["Max open files", 1] } as const;

/** The soft limit that this process runs under, by /proc/self/limits; null where there is none, or the system doesn't say. */
export function processLimit(flag: keyof typeof rows): number | null {
  const [title, unit] = rows[flag];
  try {
    const soft = new RegExp(`^${title}\\s+(\\d+)`, "m").exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? null : Number(soft) / unit;
  } catch {
    return null;
  }
}

/** The address space that this process may use, as what it is; "" where nothing limits it. */
export function addressSpaceLimit(): string {
  const limit = processLimit("v");
  return limit === null
    ? ""
    : `This process may use ${(limit / 1024 ** 2).toFixed(1)} GiB of addresses (ulimit -v ${limit}), however much memory is free; ulimit -v unlimited lifts that.`;
}

/** The same for open files. */
export function openFilesLimit(): string {
  const limit = processLimit("n");
  return `Too many files are open: this process may open ${limit ?? "no more"} at once${limit === null ? "" : ` (ulimit -n ${limit})`}; ulimit -n 4096 lets more.`;
}
