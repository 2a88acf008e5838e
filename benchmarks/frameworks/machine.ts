import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, totalmem } from "node:os";

/** The machine in general words: no name of it. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly architecture: string;
  readonly system: string;
}

export function machine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: familyOf(cpus()[0]?.model ?? ""),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    architecture: arch(),
    system: process.platform === "linux" ? linuxName() : process.platform,
  };
}

/** "AMD EPYC 7B13 64-Core Processor" → "AMD EPYC" */
function familyOf(model: string): string {
  const words = model.replaceAll(/\((R|TM)\)/gi, "").split(/\s+/);
  const family = words.filter((word) => /^[A-Za-z]+$/.test(word) && !/^(CPU|Processor|Core)$/i.test(word)).slice(0, 2);
  return family.length > 0 ? family.join(" ") : "of unknown make";
}

function linuxName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux";
  } catch {
    return "Linux";
  }
}
