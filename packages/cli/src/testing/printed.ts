/** What a command prints on stdout. */
export async function printed(command: () => Promise<void>): Promise<string> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (...values) => void lines.push(values.join(" "));
  try {
    await command();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}
