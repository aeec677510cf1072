// A person in front of Chromium, who knows a page by what it calls its things: the tree that Chromium tells a screen reader, never CSS.
//
// A label is found by today's name, or by an earlier one where the page says so beside it (`earlier: …`).
import { readFileSync, writeFileSync } from 'node:fs';
import { smaller } from './png.mjs';

const CLICKABLE = ['link', 'button', 'DisclosureTriangle', 'radio', 'checkbox', 'switch'];
const TYPED = ['textbox', 'searchbox', 'combobox', 'Date'];
const CHOSEN = ['combobox'];
const TICKED = ['checkbox', 'radio'];
const UPLOADED = ['button'];
const NAMES_MAX = 60;
// Pages in a row that may be left by themselves.
const LEFT_MAX = 5;
// Pixels of height of a picture in the docs.
const PICTURE_MAX = 900;

const plain = (text) => text.replace(/[\u2018\u2019]/g, "'").replace(/\s+/g, ' ').trim().toLowerCase();

// One clipboard, as on any desk: whoever copies reads before the next one copies.
let desk = Promise.resolve();
const atTheDesk = (work) => {
  const done = desk.then(work);
  desk = done.catch(() => undefined);
  return done;
};

export class Missing extends Error {}

/// What Chromium tells assistive technology about the page.
class Tree {
  constructor(nodes) {
    this.byId = new Map(nodes.map((node) => [node.nodeId, node]));
    this.root = nodes[0];
    this.order = [];
    const walk = (node, parent) => {
      node.parent = parent;
      node.place = this.order.push(node);
      for (const child of node.childIds ?? []) if (this.byId.has(child)) walk(this.byId.get(child), node);
      node.end = this.order.length;
    };
    if (this.root) walk(this.root, undefined);
    this.earlier = this.notes();
  }

  static role = (node) => (node.ignored ? '' : node.role?.value ?? '');
  static name = (node) => (node.ignored ? '' : node.name?.value ?? '');
  static said = (node) => `${node.name?.value ?? ''} ${node.description?.value ?? ''}`;
  static url = (node) => node.properties?.find((property) => property.name === 'url')?.value.value;

  inside = (node) => this.order.slice(node.place - 1, node.end);
  texts = (node) => this.inside(node).filter((one) => Tree.role(one) === 'StaticText');

  /// Today's labels by earlier ones, as the page's notes tell.
  notes() {
    const found = new Map();
    const note = (earlier, today) => {
      for (const name of earlier.split(',').map(plain)) found.set(name, [...(found.get(name) ?? []), plain(today)]);
    };
    for (const node of this.order) {
      const described = node.description?.value ?? '';
      if (!node.ignored && described.startsWith('earlier: ')) note(described.slice(9), Tree.name(node));
      if (Tree.role(node) !== 'StaticText' || !Tree.name(node).startsWith('earlier: ')) continue;
      let before = [];
      for (let around = node.parent; around && before.length === 0; around = around.parent) {
        before = this.texts(around).filter((one) => one.place < node.place);
      }
      // The label may have a sentence after it, before the note.
      for (const today of new Set([before.map(Tree.name).join(' '), Tree.name(before[0] ?? node)])) note(Tree.name(node).slice(9), today);
    }
    return found;
  }

  /// A label as it may stand on the page: itself, and what it is called today.
  names = (label) => [plain(label), ...(this.earlier.get(plain(label)) ?? [])];

  /// The nodes of `roles` with this label: called so, called so earlier, or beginning so.
  labelled(roles, label, near = []) {
    const all = this.order.filter((node) => (roles ? roles.includes(Tree.role(node)) : Tree.role(node)));
    const names = this.names(label);
    const composed = near.flatMap((other) => names.flatMap((name) => [`${name} ${other}`, `${other} ${name}`]));
    const was = (node) => {
      const list = /earlier: (.*)$/.exec(Tree.said(node).replace(/\s+/g, ' '));
      return list && list[1].split(',').some((name) => plain(name) === plain(label));
    };
    const tiers = [
      (node) => composed.includes(plain(Tree.name(node))),
      (node) => Tree.name(node) === label,
      (node) => names.includes(plain(Tree.name(node))),
      was,
      (node) => names.some((name) => plain(Tree.name(node)).startsWith(name) && !/^[\p{L}\p{N}]/u.test(plain(Tree.name(node)).slice(name.length))),
    ];
    for (const tier of tiers) {
      const found = all.filter(tier);
      if (found.length > 0) return found;
    }
    return [];
  }

  /// Of `found`, what stands nearest to the label `near`: in its row, card or section.
  nearest(found, near) {
    let best = { size: Infinity, here: [] };
    for (const label of this.labelled(undefined, near)) {
      for (let around = label; around; around = around.parent) {
        const here = found.filter((node) => around.place <= node.place && node.place <= around.end);
        if (here.length === 0) continue;
        const size = around.end - around.place;
        if (size < best.size) best = { size, here };
        break;
      }
    }
    return best.here;
  }

  /// What stands beside a label: the rest of its row.
  beside(label) {
    for (const node of this.labelled(['rowheader', 'term', 'DescriptionListTerm', 'StaticText'], label)) {
      for (let row = node.parent; row; row = row.parent) {
        const rest = this.texts(row).filter((one) => one.place > node.end && !plain(Tree.name(one)).startsWith('earlier: '));
        if (rest.length > 0) return { row, text: Tree.name(rest[0]) };
      }
    }
    return undefined;
  }
}

export class Person {
  /// `look` is called with the page whenever one was reached.
  constructor({ browser, vars, look, folder }) {
    Object.assign(this, { browser, vars, look, folder, files: {} });
  }

  /// A browser that knows nothing yet.
  async begin() {
    await this.context?.close();
    this.context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
    await this.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    this.posted = [];
    this.context.on('request', (request) => {
      if (request.method() === 'POST') this.posted.push({ url: request.url(), body: request.postData() ?? '' });
    });
    this.tabs = {};
    await this.tab('Entra');
  }

  /// Goes on in another tab; what was typed in the first one stays there.
  async tab(name) {
    if (!this.tabs[name]) {
      const page = await this.context.newPage();
      const cdp = await this.context.newCDPSession(page);
      await cdp.send('DOM.enable');
      this.tabs[name] = { page, cdp };
    }
    Object.assign(this, this.tabs[name]);
    await this.page.bringToFront();
  }

  /// A text with what is known by now in the place of `{name}`; a guide's own words stand for what the start page says to use.
  say = (text) => text.replace(/\{([^{}]+)\}/g, (_, name) => {
    if (this.vars[name] === undefined) throw new Error(`nothing is known as {${name}}`);
    return this.vars[name];
  });

  /// Reads the start page's table of a guide: what to use where the guide says something.
  async learn(start, tenant, product) {
    await this.page.goto(start, { waitUntil: 'load' });
    await this.look(this.page);
    const tree = await this.tree();
    const heading = (name, after) => tree.order.find((node) => Tree.role(node) === 'heading' && node.place > after && Tree.name(node) === name);
    const guide = heading(product, heading(tenant, 0)?.place ?? Infinity);
    const table = guide && tree.order.find((node) => Tree.role(node) === 'table' && node.place > guide.place);
    if (!table) throw new Missing(`the start page has no table for the guide of ${product} in ${tenant}`);
    for (const row of tree.inside(table).filter((node) => Tree.role(node) === 'row')) {
      const words = tree.inside(row).find((node) => Tree.role(node) === 'rowheader');
      if (!words) continue;
      const rest = tree.inside(row).filter((node) => node.place > words.end);
      const link = rest.find((node) => Tree.role(node) === 'link');
      const text = rest.find((node) => Tree.role(node) === 'StaticText');
      this.vars[Tree.name(words)] = link ? Tree.url(link) : Tree.name(text);
    }
  }

  async tree() {
    const { nodes } = await this.cdp.send('Accessibility.getFullAXTree');
    return new Tree(nodes);
  }

  async handle(node) {
    const { object } = await this.cdp.send('DOM.resolveNode', { backendNodeId: node.backendDOMNodeId });
    await this.cdp.send('Runtime.callFunctionOn', { objectId: object.objectId, functionDeclaration: 'function () { window.__found = this; }' });
    return (await this.page.evaluateHandle(() => window.__found)).asElement();
  }

  /// The one thing of these roles that has the label.
  async find(what, roles, label, near) {
    const tree = await this.tree();
    const around = near === undefined ? [] : tree.names(near);
    let found = tree.labelled(roles, label, around);
    if (near !== undefined && found.length > 1) found = tree.nearest(found, near);
    const targets = new Set(found.map((node) => Tree.url(node) ?? node.backendDOMNodeId));
    if (targets.size === 1) return this.handle(found[0]);
    const there = new Set(tree.order.filter((node) => roles.includes(Tree.role(node))).map((node) => Tree.name(node)));
    const many = targets.size > 1 ? `${targets.size} things are` : 'nothing is';
    const where = near === undefined ? '' : ` near “${near}”`;
    throw new Missing(`to ${what}, ${many} called “${label}”${where} at ${this.page.url()}. There are: ${[...there].slice(0, NAMES_MAX).map((name) => `“${name}”`).join(', ')}`);
  }

  /// Clicks, and waits for the page that it leads to, if any.
  async press(element) {
    const leads = await element.evaluate((it) => {
      const link = it.closest('a[href]');
      if (link) return !link.hasAttribute('download') && (link.hash === '' || link.href.split('#')[0] !== location.href.split('#')[0]);
      return Boolean(it.form) && it.type === 'submit';
    });
    if (!leads) return element.click();
    await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), element.click()]);
    await this.arrived();
  }

  /// Looks at where one is now. A page that posts itself onwards is no place to be, and neither is one that is left meanwhile.
  async arrived() {
    for (let left = 0; ; left += 1) {
      await this.page.waitForFunction(() => document.readyState === 'complete' && !document.forms.hiddenform);
      try {
        return await this.look(this.page);
      } catch (error) {
        if (left === LEFT_MAX || !/context was destroyed|navigat/i.test(error.message)) throw error;
      }
    }
  }

  /// The whole page, for review: quickly, whatever the size of the file.
  async shoot(path) {
    const { cssContentSize } = await this.cdp.send('Page.getLayoutMetrics');
    const { data } = await this.cdp.send('Page.captureScreenshot', {
      format: 'png', optimizeForSpeed: true, captureBeyondViewport: true,
      clip: { x: 0, y: 0, width: cssContentSize.width, height: cssContentSize.height, scale: 1 },
    });
    writeFileSync(path, Buffer.from(data, 'base64'));
  }

  /// A picture for the docs: of the page, or of the card that has a label.
  async picture({ of: label }, path) {
    const clip = await (label === undefined ? this.content() : this.card(label));
    const png = await this.page.screenshot({ fullPage: true, clip: { ...clip, height: Math.min(clip.height, PICTURE_MAX) } });
    writeFileSync(path, smaller(png));
  }

  /// From the top of the page to the end of what it says.
  content = () => this.page.evaluate(() => {
    const parts = document.querySelectorAll(document.querySelector('main .page') ? 'main .menu ul, main .page > *' : 'main');
    const end = Math.max(...[...parts].map((one) => one.getBoundingClientRect().bottom)) + scrollY;
    return { x: 0, y: 0, width: innerWidth, height: Math.ceil(end) + 16 };
  });

  /// The card around a label, with a little air.
  async card(label) {
    const tree = await this.tree();
    const named = tree.labelled(['heading'], label)[0];
    if (!named) throw new Missing(`no card is called “${label}” at ${this.page.url()}`);
    const box = await (await this.handle(named)).evaluate((heading) => {
      const rect = heading.closest('li, section, form').getBoundingClientRect();
      return { x: rect.x + scrollX, y: rect.y + scrollY, width: rect.width, height: rect.height };
    });
    return { x: Math.max(0, box.x - 8), y: Math.max(0, box.y - 8), width: box.width + 16, height: box.height + 16 };
  }

  async perform(action) {
    const verb = Object.keys(action).find((key) => key in VERBS);
    if (!verb) throw new Error(`nobody knows how to ${JSON.stringify(action)}`);
    await VERBS[verb](this, action);
  }
}

/// Every verb of the guides' data.
const VERBS = {
  // A browser in which nobody is signed in.
  fresh: (person) => person.begin(),
  tab: (person, { tab }) => person.tab(tab),
  open: async (person, { open }) => {
    await person.page.goto(person.say(open), { waitUntil: 'load' });
    await person.arrived();
  },
  click: async (person, { click, in: near }) => {
    await person.press(await person.find('click', CLICKABLE, person.say(click), near && person.say(near)));
  },
  // The link below a column's heading: that of the first row.
  first: async (person, { first }) => {
    const tree = await person.tree();
    const heading = tree.labelled(['columnheader'], first)[0];
    const link = heading && tree.order.find((node) => node.place > heading.place && Tree.role(node) === 'link');
    if (!link) throw new Missing(`no row stands below “${first}” at ${person.page.url()}`);
    await person.press(await person.handle(link));
  },
  fill: async (person, { fill, with: text, in: near }) => {
    await (await person.find('fill', TYPED, person.say(fill), near && person.say(near))).fill(person.say(text));
  },
  choose: async (person, { choose, option, in: near }) => {
    const [element, wanted] = [await person.find('choose', CHOSEN, person.say(choose), near), person.say(option)];
    // A list, or a field with a list of suggestions.
    const offered = await element.evaluate((it) => [...(it.list ?? it).options].map((one) => one.label || one.value));
    if (!offered.includes(wanted)) throw new Missing(`“${choose}” does not offer “${wanted}” but ${offered.join(', ')}`);
    if (await element.evaluate((it) => it.localName === 'select')) await element.selectOption({ label: wanted });
    else await element.fill(wanted);
  },
  tick: async (person, { tick, in: near }) => {
    await (await person.find('tick', TICKED, person.say(tick), near)).check();
  },
  upload: async (person, { upload, file }) => {
    await (await person.find('upload', UPLOADED, person.say(upload))).setInputFiles(person.files[file]);
  },
  download: async (person, { download, as: name, in: near }) => {
    const element = await downloaded(person, person.say(download), near);
    const [file] = await Promise.all([person.page.waitForEvent('download'), element.click()]);
    person.files[name] = `${person.folder}/${file.suggestedFilename()}`;
    await file.saveAs(person.files[name]);
    person.vars[name] = readFileSync(person.files[name], 'utf8');
  },
  copy: (person, { copy, as: name, in: near }) => atTheDesk(async () => {
    const tree = await person.tree();
    const label = tree.names(person.say(copy)).map((one) => `Copy ${one}`).find((one) => tree.labelled(['button'], one).length > 0);
    const button = await person.find('copy', ['button'], label ?? `Copy ${person.say(copy)}`, near);
    await person.page.evaluate(() => navigator.clipboard.writeText(''));
    await button.click();
    const copied = await person.page.waitForFunction(() => navigator.clipboard.readText());
    person.vars[name] = await copied.jsonValue();
  }),
  read: async (person, { read, as: name }) => {
    const found = (await person.tree()).beside(person.say(read));
    if (!found) throw new Missing(`nothing stands beside “${read}” at ${person.page.url()}`);
    person.vars[name] = found.text.trim();
  },
  // A label, today's or an earlier one.
  see: async (person, { see }) => {
    const tree = await person.tree();
    const label = person.say(see);
    if (tree.labelled(undefined, label).length > 0) return;
    const there = new Set(tree.order.filter((node) => Tree.role(node) === 'StaticText').map(Tree.name));
    throw new Missing(`nothing is called “${label}” at ${person.page.url()}. There are: ${[...there].slice(0, NAMES_MAX).map((name) => `“${name}”`).join(', ')}`);
  },
  // A text, sooner or later.
  expect: async (person, { expect }) => {
    const wanted = person.say(expect);
    await person.page.waitForFunction((text) => document.body?.innerText.replace(/\s+/g, ' ').includes(text), wanted.replace(/\s+/g, ' ')).catch(async () => {
      throw new Missing(`“${wanted}” does not stand at ${person.page.url()}: ${(await person.page.innerText('body')).slice(0, 1500)}`);
    });
    await person.arrived();
  },
  value: async (person, { value, is, in: near }) => {
    const element = await person.find('look at', TYPED, person.say(value), near);
    const found = await element.inputValue();
    if (found !== person.say(is)) throw new Missing(`“${value}” holds “${found}”, not “${person.say(is)}”`);
  },
  same: async (person, { same, as: other }) => {
    if (person.say(same) !== person.say(other)) throw new Missing(`“${person.say(same)}” is not “${person.say(other)}”`);
  },
  begins: async (person, { begins, with: start, and_ends }) => {
    const text = person.vars[begins].trim();
    if (!text.startsWith(start) || !text.endsWith(and_ends)) throw new Missing(`${begins} is not what the guide says: ${text.slice(0, 80)}`);
  },
  // The pages of the sign-in, as the person whom the guide is tried with.
  sign_in: async (person, { sign_in: upn }) => {
    await VERBS.fill(person, { fill: 'Email, phone, or Skype', with: upn });
    await VERBS.click(person, { click: 'Next' });
    await VERBS.fill(person, { fill: 'Password', with: '{password}' });
    await VERBS.click(person, { click: 'Sign in' });
    await VERBS.click(person, { click: 'No' });
  },
  // The service provider's own word on who is signed in; an empty one: nobody.
  whoami: async (person, { whoami, at, ...rest }) => {
    const answer = await person.context.request.get(person.say(at));
    if (whoami === '') {
      if (answer.status() !== 401) throw new Missing(`somebody is signed in: ${await answer.text()}`);
      return;
    }
    const said = await answer.json();
    for (const [key, value] of Object.entries({ name_id: whoami, ...rest })) {
      const found = key.split('.').reduce((part, name) => part?.[name], said);
      if (String(found).toLowerCase() !== person.say(value).toLowerCase()) {
        throw new Missing(`whoami says ${key} ${JSON.stringify(found)}, not ${person.say(value)}: ${JSON.stringify(said)}`);
      }
    }
  },
  // What the browser posted to an address that holds `posted`: the network tab.
  posted: async (person, { posted, field, as: name }) => {
    const found = person.posted.filter((one) => one.url.includes(person.say(posted))).at(-1);
    if (!found) throw new Missing(`nothing was posted to ${posted}: ${person.posted.map((one) => one.url)}`);
    person.vars[name] = new URLSearchParams(found.body).get(field);
  },
  // What base64 holds.
  decoded: async (person, { decoded, holds }) => {
    const xml = Buffer.from(person.vars[decoded], 'base64').toString('utf8');
    if (!xml.includes(person.say(holds))) throw new Missing(`${decoded} does not hold ${person.say(holds)}: ${xml.slice(0, 300)}`);
  },
  picture: async () => undefined,
};

/// A download by its own label, or the only one beside a label.
const downloaded = async (person, label, near) => {
  const tree = await person.tree();
  const names = tree.names(label).map((name) => `Download ${name}`);
  const called = names.find((name) => tree.labelled(['link', 'button'], name).length > 0);
  if (called) return person.find('download', ['link', 'button'], called, near);
  const beside = tree.labelled(['link', 'button'], label).length === 0 ? tree.beside(label) : undefined;
  const links = beside ? tree.inside(beside.row).filter((node) => Tree.role(node) === 'link') : [];
  return links.length === 1 ? person.handle(links[0]) : person.find('download', ['link', 'button'], label, near);
};
