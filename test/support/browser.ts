import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, onTestFailed, onTestFinished } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The machine's own browser: `CHROMIUM_PATH`, else one on the PATH; null where there is none. */
export function findBrowser(): string | null {
  const { CHROMIUM_PATH: named, PATH: path = '' } = process.env;
  if (named !== undefined && named !== '') return named;
  const places = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return places.find((place) => existsSync(place)) ?? null;
}

/** Headless; its own sandbox needs rights that root in a container does not have. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export type Visit = { page: Page; expectNoTrouble(): void };

/** Opens an address as a new visitor. What the browser complains of fails the test when it is asked for. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  onTestFailed(() => console.error([page.url(), ...complaints].join('\n')));
  await page.goto(url);
  return { page, expectNoTrouble: () => expect(complaints).toEqual([]) };
}
