// Signs in, looks at a question, decides it, and says what it saw. Chromium, without scripts.
//
//   node decide.mjs MODULES < asked.json     MODULES: the folder whose node_modules has playwright-core
//
// asked.json: {chromium, endpoint, id, name, key, decision, reason, picture}; `picture` is where a picture of the question
// goes, if anywhere. What was seen goes to standard output as JSON.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const { chromium } = createRequire(resolve(process.argv[2], 'package.json'))('playwright-core');
const asked = JSON.parse(readFileSync(0, 'utf8'));

const browser = await chromium.launch({
  executablePath: asked.chromium,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 820, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const elsewhere = [];
  const complaints = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(asked.endpoint)) elsewhere.push(request.url());
  });
  // That the first page is a 401 is said there too, and is as it should be.
  page.on('console', (message) => message.text().includes('401') || complaints.push(message.text()));

  await page.goto(`${asked.endpoint}/approvals/${asked.id}`);
  await page.getByLabel('name', { exact: false }).first().fill(asked.name);
  await page.getByLabel('key', { exact: false }).first().fill(asked.key);
  await page.getByRole('button').click();

  const question = await read(page);
  if (asked.picture) await page.screenshot({ path: asked.picture, fullPage: true });
  await page.getByRole('radio', { name: asked.decision }).check();
  await page.getByRole('textbox', { name: 'Why' }).fill(asked.reason);
  await page.getByRole('button', { name: 'Decide' }).click();
  const answer = await read(page);
  await page.goto(`${asked.endpoint}/approvals/${asked.id}`);
  const afterwards = await read(page);
  process.stdout.write(JSON.stringify({ question, answer, afterwards, elsewhere, complaints }));
} finally {
  await browser.close();
}

// What a page says, and how it is built: as a screen reader finds it.
async function read(page) {
  return {
    title: await page.title(),
    headings: await page.getByRole('heading').allInnerTexts(),
    removed: await page.locator('del').allInnerTexts(),
    added: await page.locator('ins').allInnerTexts(),
    tree: await page.locator('main').ariaSnapshot(),
  };
}
