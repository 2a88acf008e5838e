import { spawn } from "node:child_process";
import type { Packed } from "../release/pack.ts";
import type { TestRegistry } from "./start.ts";

const AT_A_TIME = 2;

/** Publishes tarballs on a registry of our own. Throws what npm says where it refuses one. */
export async function publishAll({ npmrc }: TestRegistry, packed: readonly Packed[]): Promise<void> {
  const queue = [...packed];
  const publisher = async () => {
    for (let one = queue.shift(); one; one = queue.shift())
      await npm("publish", one.file, "--userconfig", npmrc, "--provenance=false", "--loglevel=error");
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, publisher));
}

function npm(...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, { stdio: ["ignore", "ignore", "pipe"], shell: process.platform === "win32" });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (said += text));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`npm ${args.slice(0, 2).join(" ")}: ${said.trim()}`)),
    );
  });
}
