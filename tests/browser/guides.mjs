// Follows the guides' steps in a real Chromium, all guides at once, each against a server of its own.
//
// usage: node guides.mjs < JSON: { screenshots, pictures, guides: [{ name, ready, data }] }
// `data` is tests/browser/guides/NAME.toml; `pictures` is the folder of the docs' pictures, or null.
// Prints { kinds, problems: [accessibility], failures: [text], seconds }.
import { chromium } from 'playwright-core';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Person } from './person.mjs';
import { shootAll, watcher } from './looks.mjs';

const order = JSON.parse(readFileSync(0, 'utf8'));
const screenshots = `${order.screenshots}/guides`;
mkdirSync(screenshots, { recursive: true });
for (const old of readdirSync(screenshots)) {
  if (order.guides.some(({ name }) => old.startsWith(`${name}-`))) rmSync(`${screenshots}/${old}`);
}
const folder = mkdtempSync(`${tmpdir()}/entrant-guides-`);
const began = Date.now();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const [kinds, problems, failures] = [new Set(), [], []];

/// What the ready file tells; the start page tells the rest.
const addresses = ({ ready, data }) => {
  const tenant = ready.tenants[1];
  const product = `${ready.sp}/${tenant.domain.split('.')[0]}/${data.personality}`;
  return {
    start: `${ready.idp}/`, tenant: tenant.id, product, log_in: `${product}/login`, whoami: `${product}/whoami`,
    my_apps: `${ready.idp}/myapps/${tenant.id}`, flows: `${ready.idp}/flows/${tenant.id}`, password: tenant.users[0].password, domain: tenant.domain, app: data.app,
  };
};

/// Every step in its order, those of the guide with its own heading and number.
const steps = (data) => [
  ...(data.before ?? []).map((step) => ({ ...step, at: 'before' })),
  ...data.section.flatMap((section) => section.step.map((step) => ({ ...step, at: `${section.title}, step ${step.number}` }))),
  ...(data.after ?? []).map((step) => ({ ...step, at: 'after' })),
];

const follow = async (guide) => {
  const { name, data } = guide;
  const own = `${folder}/${name}`;
  mkdirSync(own);
  const vars = { ...addresses(guide) };
  const person = new Person({ browser, vars, folder: own, look: watcher(kinds, problems) });
  await person.begin();
  await person.learn(vars.start, 'Fabrikam', data.app);
  for (const [key, value] of Object.entries(data.is ?? {})) vars[key] = person.say(value);
  for (const [index, step] of steps(data).entries()) {
    try {
      for (const action of step.do ?? []) {
        await person.perform(action);
        if (action.picture && order.pictures) await person.picture(action, `${order.pictures}/${name}-${action.picture}.png`);
      }
    } catch (error) {
      failures.push(`${name}: ${step.at} (“${step.says}”): ${error.message}`);
      await person.shoot(`${screenshots}/${name}-failed.png`);
      break;
    }
    if (step.do) await person.shoot(`${screenshots}/${name}-${String(index).padStart(2, '0')}.png`);
  }
  await shootAll(person.page, `${screenshots}/${name}-end`);
  await person.context.close();
};

try {
  if (order.pictures) for (const guide of order.guides) await follow(guide);
  else await Promise.all(order.guides.map(follow));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ kinds: kinds.size, problems, failures, seconds: (Date.now() - began) / 1000 }));
