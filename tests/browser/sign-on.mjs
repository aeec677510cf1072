// Signs a person in through a real Chromium, by both ways of starting, and says what the pages show.
//
// usage: node sign-on.mjs READY_FILE SCREENSHOT_FOLDER
// Prints one JSON object: { upsales: {...}, upwork: {...}, ... }. Exits with 1 and the reason if a page does not behave.
import { chromium } from 'playwright-core';
import { mkdirSync, readFileSync } from 'node:fs';

const [readyFile, screenshots] = process.argv.slice(2);
const ready = JSON.parse(readFileSync(readyFile, 'utf8'));
mkdirSync(screenshots, { recursive: true });
const tenant = ready.tenants[0];
const user = tenant.users.find((candidate) => candidate.upn.startsWith('B.Simon@'));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const shoot = async (page, name) => {
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${screenshots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
  // A page must not scroll sideways on a telephone.
};

const overflow = async (page) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  await page.setViewportSize({ width: 1280, height: 900 });
  return wide;
};

// The keyboard alone: type, Enter, type, Enter.
const signIn = async (page, name) => {
  await page.waitForSelector('input[name=loginfmt]');
  await shoot(page, `${name}-user-name`);
  await page.keyboard.type(user.upn);
  await page.keyboard.press('Enter');
  await page.waitForSelector('input[name=passwd]');
  await shoot(page, `${name}-password`);
  await page.keyboard.type(user.password);
  await page.keyboard.press('Enter');
};

const outcome = {};
try {
  for (const app of tenant.apps) {
    for (const way of ['login', 'launch']) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(app[way]);
      await signIn(page, `${app.name}-${way}`.replaceAll(' ', '-').toLowerCase());
      await page.waitForURL((url) => url.origin === new URL(ready.sp).origin && !url.pathname.endsWith('/acs'));
      await page.waitForLoadState();
      await shoot(page, `${app.name}-${way}-signed-in`.replaceAll(' ', '-').toLowerCase());
      const text = await page.innerText('body');
      const who = await (await context.request.get(app.whoami)).json();
      outcome[`${app.name} ${way}`] = { page: text, whoami: who, overflow: await overflow(page) };
      await context.close();
    }
  }
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const [name, url] of [['start', `${ready.idp}/`], ['reference-sp', `${ready.sp}/`]]) {
    await page.goto(url);
    await shoot(page, name);
    outcome[name] = { page: await page.innerText('body'), overflow: await overflow(page) };
  }
  await page.goto(`${ready.idp}/myapps/${tenant.id}`);
  await signIn(page, 'my-apps');
  await page.waitForSelector('text=Upsales');
  await shoot(page, 'my-apps');
  outcome['my-apps'] = { page: await page.innerText('body'), overflow: await overflow(page) };
  await page.goto(`${ready.idp}/${tenant.id}/saml2`);
  await shoot(page, 'error');
  outcome.error = { page: await page.innerText('body'), overflow: await overflow(page) };
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  await browser.close();
}
console.log(JSON.stringify(outcome));
