// What every page is held to: axe finds nothing, in light and dark, at 1280 and at 390 pixels, and nothing scrolls sideways.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const DESK = { width: 1280, height: 900 };
const TELEPHONE = { width: 390, height: 844 };
// What another colour scheme can change.
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

// Pages that are built alike are looked at once: the same elements in the same places, whatever they say.
const shape = (page) => page.evaluate(() => {
  const parts = new Set();
  for (const element of document.body.querySelectorAll('*')) {
    parts.add(`${element.parentElement.localName}>${element.localName}.${element.className}[${element.getAttribute('role') ?? ''}${element.type ?? ''}]`);
  }
  return [...parts].sort().join(' ');
});

const judged = async (page, rules) => {
  const found = await page.evaluate((rules) => globalThis.axe.run(document, {
    resultTypes: ['violations'], preload: false, ...(rules && { runOnly: { type: 'rule', values: rules } }),
  }), rules);
  return found.violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => ({ id, impact, html: node.html.slice(0, 200), why: node.failureSummary })));
};

/// Looks at each kind of page once; `problems` gathers what is wrong.
export const watcher = (seen, problems) => async (page) => {
  const kind = await shape(page);
  if (seen.has(kind)) return;
  seen.add(kind);
  const found = [];
  const add = (where, more) => found.push(...more.map((one) => ({ url: page.url(), where, ...one })));
  try {
    await page.evaluate(axe);
    add('1280, light', await judged(page));
    await page.emulateMedia({ colorScheme: 'dark' });
    add('1280, dark', await judged(page, OF_COLOURS));
    await page.setViewportSize(TELEPHONE);
    add('390, dark', await judged(page, OF_COLOURS));
    await page.emulateMedia({ colorScheme: 'light' });
    add('390, light', await judged(page));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) add('390', [{ id: 'sideways', impact: 'serious', html: '', why: `scrolls ${wide} pixels sideways` }]);
    problems.push(...found);
  } catch (error) {
    seen.delete(kind);
    throw error;
  } finally {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(DESK);
  }
};

/// The page as it is now, in the four ways that it can be looked at.
export const shootAll = async (page, name) => {
  for (const size of [DESK, TELEPHONE]) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${name}-${size.width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.setViewportSize(DESK);
  await page.emulateMedia({ colorScheme: 'light' });
};
