const GRACE = 500;

/** The work of this process is done. What a plugin left running (a timer, a server) would keep it for ever: it is given half a second. */
export function endSoon(): void {
  setTimeout(() => process.exit(), GRACE).unref();
}
