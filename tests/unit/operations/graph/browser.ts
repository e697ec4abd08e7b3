import { existsSync } from "node:fs";
import { chromium as playwright, type Browser } from "playwright-core";

/**
 * A headless Chromium: the machine's own, or else the one of a package. Prints the reason and returns undefined if
 * none starts.
 */
export async function startBrowser(): Promise<Browser | undefined> {
  const installed = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((file) =>
    existsSync(file),
  );
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    const executablePath = installed ?? (await packed.executablePath());
    const args = installed === undefined ? packed.args : ["--no-sandbox"];
    return await playwright.launch({ executablePath, args, headless: true });
  } catch (error) {
    const [reason = ""] = String(error).split("\n");
    console.log(`skipped: no headless browser starts here: ${reason}`);
    return undefined;
  }
}
