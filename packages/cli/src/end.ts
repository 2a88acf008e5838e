const GRACE = 500;

/** The work of this process is done. What a plugin left running (a timer, a server) would keep it for ever: once all is written it is given half a second. */
export function endSoon(): void {
  process.stdout.write("", () => setTimeout(() => process.exit(), GRACE).unref());
}
