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
};

// A page must not scroll sideways on a telephone.
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
  await page.waitForSelector('#KmsiCheckboxField');
  await shoot(page, `${name}-stay-signed-in`);
  // To No, which is after Yes.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
};

// The page puts the focus on what is to be answered.
const focused = (page) => page.waitForFunction(() => ['INPUT', 'BUTTON'].includes(document.activeElement?.tagName));

// "Stay signed in?": Yes has the focus.
const sayYes = async (page) => {
  await page.waitForFunction(() => document.activeElement?.id === 'idSIButton9' && document.getElementById('KmsiCheckboxField'));
  await page.keyboard.press('Enter');
};

// As scripts that were written for Entra do: ids, and the same button thrice.
const signInAsScriptsDo = async (page, name, code) => {
  await page.fill('#i0116', name);
  await page.click('#idSIButton9');
  await page.fill('#i0118', user.password);
  await page.click('#idSIButton9');
  if (code !== undefined) {
    await page.fill('#idTxtBx_SAOTCC_OTC', code);
    await page.click('#idSubmit_SAOTCC_Continue');
  }
  await page.waitForSelector('text=Stay signed in?');
  await page.click('#idSIButton9');
};

// The control API, as an administrator.
const control = async (method, path, body) => {
  const answer = await fetch(`${ready.idp}/_entrant/v1/tenants/${tenant.id}${path}`, {
    method, body: JSON.stringify(body), headers: { authorization: `Bearer ${ready.token}` },
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json().catch(() => null);
};
const set = (name, values) => control('POST', '/users', { user: name, action: 'set', values });
const atSp = (page) => page.waitForURL((url) => url.origin === new URL(ready.sp).origin && !url.pathname.endsWith('/acs'));

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
  const claims = `${ready.idp}/portal/${tenant.id}/apps/${tenant.apps[0].app_id}/claims-test`;
  const transform = '?function=Join&input=user.mail&separator=@&parameter=contoso.com&for_name_id=on&sample=joe_smith@fabrikam.com';
  for (const [name, url] of [['start', `${ready.idp}/`], ['reference-sp', `${ready.sp}/`], ['claims', claims], ['claims-transformation', claims + transform]]) {
    await page.goto(url);
    await shoot(page, name);
    outcome[name] = { page: await page.innerText('body'), overflow: await overflow(page) };
  }
  // Only what the chosen function takes is there to be filled in.
  const fields = () => page.locator('#transform-form fieldset:first-child [data-for]').evaluateAll((all) => all.filter((one) => one.offsetParent).map((one) => one.lastElementChild.name));
  outcome.claims.fields = { Join: await fields() };
  await page.selectOption('#function', 'Substring');
  outcome.claims.fields.Substring = await fields();
  // The keyboard alone: from the last field to the button.
  await page.fill('#input', 'user.mail');
  await page.fill('#start', '4');
  await page.fill('#sample', 'joe_smith');
  await page.focus('#for_name_id');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  outcome.claims.result = await page.innerText('#result');
  await page.goto(`${ready.idp}/myapps/${tenant.id}`);
  await signIn(page, 'my-apps');
  await page.waitForSelector('text=Upsales');
  await shoot(page, 'my-apps');
  outcome['my-apps'] = { page: await page.innerText('body'), overflow: await overflow(page) };
  // Code, picker and the rest of the pages, by the keyboard.
  const more = await browser.newContext();
  const person = await more.newPage();
  const upsales = tenant.apps.find((candidate) => candidate.name === 'Upsales');
  const see = async (name) => {
    await shoot(person, name);
    outcome[name] = { page: await person.innerText('body'), overflow: await overflow(person) };
  };
  const enter = async (...lines) => {
    for (const line of lines) {
      await focused(person);
      await person.keyboard.type(line);
      await Promise.all([person.waitForNavigation(), person.keyboard.press('Enter')]);
    }
  };
  await set('B.Simon', { mfa: true });
  // The SP lets nobody take the place of who is signed in there unasked; at the mock A.Nowak is signed in all the same.
  await set('A.Nowak', { mail: 'a.nowak@contoso.com' });
  await person.goto(upsales.launch);
  await enter('', user.upn, 'wrong');
  await see('sign-in-wrong-password');
  await enter(user.password);
  await see('sign-in-code');
  await enter('000000');
  await see('sign-in-wrong-code');
  await enter('123456');
  await sayYes(person);
  await atSp(person);
  outcome['stayed'] = { cookies: (await more.cookies()).filter((cookie) => cookie.name.startsWith('ESTSAUTH')).map((cookie) => cookie.expires > Date.now() / 1000) };
  await person.goto(`${upsales.launch}&login_hint=${tenant.users.find((one) => one.upn.startsWith('A.Nowak@')).upn}`);
  await enter(user.password);
  await sayYes(person);
  await person.waitForSelector('text=Sign-on has to start here');
  await person.goto(upsales.launch);
  await see('sign-in-picker');
  await focused(person);
  // The first tile has the focus.
  await person.keyboard.press('Enter');
  await atSp(person);
  outcome['picked'] = { whoami: await (await more.request.get(upsales.whoami)).json() };
  await person.goto(upsales.launch);
  await person.click('#otherTile');
  await see('sign-in-other');
  for (const method of ['certificate', 'windows-hello', 'windows', 'passcode']) {
    await set('B.Simon', { mfa: null, authentication: method });
    const fresh = await browser.newContext();
    const page = await fresh.newPage();
    await page.goto(upsales.launch);
    await page.fill('#i0116', user.upn);
    await page.click('#idSIButton9');
    await shoot(page, `sign-in-${method}`);
    outcome[`sign-in-${method}`] = { page: await page.innerText('body'), overflow: await overflow(page) };
    await focused(page);
    if (method === 'passcode') await page.keyboard.type('123456');
    await page.keyboard.press('Enter');
    await sayYes(page);
    await atSp(page);
    await fresh.close();
  }
  await set('B.Simon', { authentication: null, password_expired: true });
  const expired = await (await browser.newContext()).newPage();
  await expired.goto(upsales.launch);
  await expired.fill('#i0116', user.upn);
  await expired.click('#idSIButton9');
  await expired.fill('#i0118', user.password);
  await expired.click('#idSIButton9');
  await shoot(expired, 'sign-in-new-password');
  outcome['sign-in-new-password'] = { page: await expired.innerText('body'), overflow: await overflow(expired) };
  await focused(expired);
  for (const [index, value] of [user.password, 'another', 'another'].entries()) {
    if (index > 0) await expired.keyboard.press('Tab');
    await expired.keyboard.type(value);
  }
  await expired.keyboard.press('Enter');
  await expired.waitForSelector('text=Stay signed in?');
  await set('B.Simon', { password: null, mfa: true });
  const script = await (await browser.newContext()).newPage();
  await script.goto(upsales.launch);
  await signInAsScriptsDo(script, user.upn, '123456');
  await atSp(script);
  await set('B.Simon', { mfa: null });
  const scripted = await (await browser.newContext()).newPage();
  await scripted.goto(upsales.login);
  await signInAsScriptsDo(scripted, user.upn);
  await atSp(scripted);
  const headless = await browser.newContext({ extraHTTPHeaders: { 'entrant-user': 'B.Simon' } });
  const nobody = await headless.newPage();
  await nobody.goto(upsales.login);
  await atSp(nobody);
  // Signing out at one SP, and at the identity provider, reaches the other SP; then what a policy shows.
  const sipgate = tenant.apps.find((candidate) => candidate.name === 'sipgate');
  const statuses = async () => Promise.all([upsales, sipgate].map(async (app) => (await headless.request.get(app.whoami)).status()));
  const seeAs = async (name) => {
    await shoot(nobody, name);
    outcome[name] = { page: await nobody.innerText('body'), overflow: await overflow(nobody) };
  };
  const signInToBoth = async () => {
    for (const app of [upsales, sipgate]) {
      await nobody.goto(app.launch);
      await atSp(nobody);
    }
    return statuses();
  };
  const before = await signInToBoth();
  await nobody.goto(upsales.whoami.replace(/whoami$/, 'logout'));
  await nobody.waitForURL((url) => url.pathname.endsWith('/slo'));
  await seeAs('signed-out-at-sp');
  Object.assign(outcome['signed-out-at-sp'], { before, after: await statuses() });
  const again = await signInToBoth();
  await nobody.goto(`${ready.idp}/${tenant.id}/oauth2/logout`);
  await nobody.waitForLoadState('networkidle');
  await seeAs('signed-out');
  Object.assign(outcome['signed-out'], { before: again, after: await statuses() });
  await control('PATCH', '', { conditional_access: [{ name: 'Nobody', grant: 'block' }] });
  await nobody.goto(upsales.launch);
  await seeAs('no-access');
  await control('PATCH', '', { conditional_access: [{ name: 'Nobody', enabled: false }] });
  await nobody.goto(`${ready.idp}/error?code=50105`);
  await seeAs('lookup');
  await page.goto(`${ready.idp}/${tenant.id}/saml2`);
  await shoot(page, 'error');
  outcome.error = { page: await page.innerText('body'), overflow: await overflow(page) };
} catch (error) {
  console.error(String(error));
  for (const context of browser.contexts()) {
    for (const page of context.pages()) console.error(page.url(), (await page.innerText('body')).slice(0, 300));
  }
  process.exitCode = 1;
} finally {
  await browser.close();
}
console.log(JSON.stringify(outcome));
