import axe from "axe-core";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";

/** A Chromium on this machine: the one that CHROMIUM names, or one in the usual places. */
export function findBrowser(): string | null {
  const places = [
    process.env.CHROMIUM ?? "",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  return places.find((path) => path !== "" && existsSync(path)) ?? null;
}

/** REWARDLAB_BROWSER=required, as in CI: a test that would be skipped for want of a browser fails. */
export const browserRequired = () => process.env.REWARDLAB_BROWSER === "required";

/** A browser without a window and without a network of its own. */
export function launch(executablePath: string): Promise<Browser> {
  const flags =
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage";
  return chromium.launch({ executablePath, args: flags.split(" ") });
}

/** What a page did that it must not: words on the console, errors, and requests for anything but itself. */
export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
}

/** Opens a file as a page, and watches it. */
export async function openFile(
  browser: Browser,
  path: string,
  options: Parameters<Browser["newPage"]>[0] = {},
): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== `file://${path}` && !request.url().startsWith("data:")) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(`file://${path}`);
  return { page, complaints };
}

export interface AxeViolation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** What axe-core finds on a page, with everything unfolded. */
export async function axeViolations(page: Page): Promise<AxeViolation[]> {
  await unfold(page);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: AxeViolation[] }>("axe.run()");
  return violations;
}

/** Opens all that is folded, so that it can be seen. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
}
