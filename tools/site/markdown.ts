/** The repository, for what a page links to that is no page. */
export const REPOSITORY = "https://github.com/rewardlab/rewardlab/blob/main/";

/** A table; its cells are Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text that is no Markdown but for code between backticks: what would be read as a tag or as Vue's is not. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;").replaceAll("*", "\\*").replaceAll("_", "\\_"),
    )
    .join("");
}

/** A fenced block. */
export function fence(language: string, text: string): string {
  const marks = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${marks}${language}\n${text.trimEnd()}\n${marks}`;
}

/** What can be folded open. */
export function details(summary: string, text: string): string {
  return `::: details ${summary}\n${text}\n:::`;
}

/** A link to a file of the repository, by its path there. */
export function sourceLink(path: string): string {
  return `[${path}](${REPOSITORY}${path})`;
}

/** A doc comment as Markdown: what is indented is equations, tags of TSDoc are sentences. */
export function documentation(comment: string): string {
  const blocks: string[] = [];
  for (const paragraph of comment.split(/\n\s*\n/)) {
    const lines = paragraph.split("\n");
    if (lines.every((line) => /^ {4}/.test(line))) blocks.push(fence("text", lines.map((line) => line.slice(4)).join("\n")));
    else if (lines.every((line) => /^(?:- | {2})/.test(line))) blocks.push(lines.map((line) => prose(line)).join("\n"));
    else
      blocks.push(
        prose(
          lines
            .map((line) =>
              line
                .trim()
                .replace(/^@throws /, "Throws ")
                .replace(/^@returns /, "Gives "),
            )
            .join(" "),
        ),
      );
  }
  return blocks.join("\n\n");
}
