import { chromium, type Browser, type Page } from 'playwright-core';

/** Starts the Chromium that test/interop.ts found. Playwright runs it without its sandbox, which root could not have. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['TEMPERED_CHROMIUM'];
  if (executablePath === undefined) {
    throw new Error('TEMPERED_CHROMIUM is not set: run this test through "npm run test:interop"');
  }
  return chromium.launch({
    executablePath,
    args: [
      ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
}

/** What a page did that its visitor did not see. */
export interface PageRecord {
  /** Console errors, uncaught exceptions and dialogs. */
  errors: string[];
  /** Addresses it asked for that are not of its own origin. */
  elsewhere: string[];
}

export type WatchedPage = Page & { record: PageRecord };

/** Opens a tab with a session of its own. Close its context. */
export async function openPage(browser: Browser, origin: string): Promise<WatchedPage> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const record: PageRecord = { errors: [], elsewhere: [] };
  page.on('console', (message) => {
    if (message.type() === 'error') record.errors.push(message.text());
  });
  page.on('pageerror', (error) => record.errors.push(error.message));
  page.on('dialog', (dialog) => {
    record.errors.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== origin) record.elsewhere.push(url.href);
  });
  return Object.assign(page, { record });
}
