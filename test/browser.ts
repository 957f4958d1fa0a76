/** Headless Chromium from Debian, driven by playwright-core. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Null where there is none: then say so by `missing`. */
export const chromiumPath = (): string | null => EXECUTABLES.find((path) => existsSync(path)) ?? null;
export const missing = "Chromium is not installed: apt-get install chromium (Debian package chromium)";

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath() ?? "",
    // WebGL in software, and nothing else of the graphics processor: pages are then drawn by the processor alone.
    args: [
      "--no-sandbox",
      "--headless",
      "--disable-gpu",
      "--use-gl=angle",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--disable-background-networking",
    ],
  });

export const SCREENSHOTS = join(import.meta.dir, "..", ".test", "screenshots");

export interface Watched {
  page: Page;
  /** Errors of the console, of scripts and of the security policy, as they came. */
  faults: string[];
  close(): Promise<void>;
}

/** A tab that writes down what went wrong. */
export async function openTab(
  browser: Browser,
  options: BrowserContextOptions & { allow?: RegExp } = {},
): Promise<Watched> {
  const { allow, ...context_options } = options;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...context_options });
  const page = await context.newPage();
  const faults: string[] = [];
  const add = (text: string): void => {
    // The driver of software WebGL remarks on its own slowness, at screenshots above all.
    if (text.includes("GL Driver Message")) return;
    if (allow === undefined || !allow.test(text)) faults.push(text);
  };
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      add(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => add(`page error: ${error.message}`));
  return { page, faults, close: () => context.close() };
}

/** Waits until the map is drawn. */
export const mapReady = (page: Page): Promise<unknown> =>
  page.waitForSelector("#map[data-ready]", { timeout: 20_000 });

/** Runs text in the page: the browser's names are none of this program's. */
export const inPage = <T>(page: Page, body: string): Promise<T> => page.evaluate(`(() => {${body}})()`);

/** Waits until the text answers true. Asked from outside: the pages' own policy forbids an evaluation within. */
export async function until(page: Page, body: string, within_ms = 20_000): Promise<void> {
  const end = performance.now() + within_ms;
  while (!(await inPage<boolean>(page, body))) {
    if (performance.now() > end) throw new Error(`Not within ${within_ms} ms: ${body}`);
    await page.waitForTimeout(30);
  }
}
