import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Why a tree can't be released as it is: each line says what to do. */
export function notReady(root: string): string[] {
  const problems: string[] = [];
  const { stdout, status, stderr } = spawnSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" });
  if (status !== 0) problems.push(`git: ${stderr.trim()}`);
  const changed = stdout.split("\n").filter((line) => line !== "");
  if (changed.length > 0) problems.push(`${changed.length} files differ from the commit (${changed.slice(0, 3).map((line) => line.slice(3)).join(", ")}): commit or remove them`); // prettier-ignore
  const waiting = readdirSync(join(root, ".changeset")).filter((file) => file.endsWith(".md") && file !== "README.md");
  if (waiting.length > 0)
    problems.push(
      `.changeset holds ${waiting.length} ${waiting.length === 1 ? "change" : "changes"}: \`npm run version\` takes them up, then commit`,
    );
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const heading = readFileSync(join(root, "CHANGELOG.md"), "utf8").match(
    new RegExp(`^## ${version.replaceAll(".", "\\.")}(.*)$`, "m"),
  );
  if (heading === null) problems.push(`CHANGELOG.md has no section ${version}: \`npm run version\` writes it`);
  else if (heading[1]!.includes("not published"))
    problems.push(`CHANGELOG.md calls ${version} "not published": take that away from its heading`);
  return problems;
}
