// Checks for screen readers: a message is one sentence with everything that is visible of it, and an arrival is announced once.
import { readFileSync } from 'node:fs';

import { test } from '../page-actions.js';
import { Person } from './person.js';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('../preview.js').Preview} Preview */
/** @typedef {'nl' | 'en'} Language */

export const LANGUAGES = /** @type {const} */ (['nl', 'en']);
/** Conversations in which everything is the matter that can be. */
export const ROOMS = [
  { world: 'fake=demo', typed: 'wond' },
  { world: 'fake=messages', typed: 'wat een bericht' },
  { world: 'fake=names', typed: 'verantwoordelijkheidsverdeling' },
  { world: 'fake=items', typed: 'kamer 12' },
  { world: 'fake=waiting&offline', typed: 'wond' },
  { world: 'fake=stale', typed: 'wond' },
  { world: 'fake=refused', typed: 'wond' },
  { world: 'fake=not-allowed', typed: 'wond' },
];

/** @param {Language} lang @returns {Record<string, string>} */
const texts = (lang) =>
  JSON.parse(readFileSync(new URL(`../../messages/${lang}.json`, import.meta.url), 'utf8'));

/** The visible facts of each message; its author stands above the first of a run. @returns */
function shown() {
  let who = '';
  return [...document.querySelectorAll('[data-testid="message"]')].map((message) => {
    const say = (/** @type {string} */ what) => message.querySelector(what)?.textContent?.trim() ?? '';
    if (message.querySelector('.who')) who = `${say('.name')}|${say('.role')}`;
    const [author = '', role = ''] = who.split('|');
    const { state = '' } = /** @type {HTMLElement} */ (message).dataset;
    return {
      author,
      roles: role
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
      outside: message.classList.contains('outside'),
      time: say('time'),
      text: say('.text'),
      edited: say('.edited'),
      quoted: message.querySelector('.quote') !== null,
      state,
      note: say('.way p'),
    };
  });
}

/** @param {Page} page @returns {Promise<string[]>} the names of all messages, in order */
async function names(page) {
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send('Accessibility.getFullAXTree');
  return nodes
    .filter((node) => !node.ignored && node.role?.value === 'article')
    .map((node) => String(node.name?.value ?? ''));
}

/** @param {string} text */
const flat = (text) =>
  text
    .replace(/[\u2066-\u2069]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();

/** Each message has one name, which says all of it. @param {Preview} preview @param {Language} lang
 * @param {typeof ROOMS[number]} room @returns {Promise<string[]>} */
export async function sentences(preview, lang, { world, typed }) {
  const page = await preview.enter(world, { lang, viewport: { width: 1280, height: 1600 } });
  try {
    const me = new Person(page);
    await me.press('Control+k');
    await me.types(typed);
    await me.press('Enter');
    await page.waitForSelector(`${test('timeline')}.placed`);
    const t = texts(lang);
    const seen = await page.evaluate(shown);
    const heard = (await names(page)).map(flat);
    if (heard.length !== seen.length || seen.length === 0)
      return [`of ${seen.length} messages ${heard.length} are heard`];
    return seen.flatMap((message, at) => {
      const sentence = heard[at] ?? '';
      /** @type {[boolean, string | undefined][]} */
      const parts = [
        [true, message.author],
        ...message.roles.map((role) => /** @type {[boolean, string]} */ ([true, role])),
        [message.outside, t['outside_organisation']?.toLowerCase()],
        [true, message.time],
        [true, message.text],
        [message.edited !== '', t['edited']],
        [message.quoted, t['in_reply_to']?.split('{')[0]],
        [message.state !== 'accepted', message.note],
      ];
      const lacks = parts.filter(
        ([holds, part]) => holds && !sentence.toLowerCase().includes(flat(part ?? '?').toLowerCase()),
      );
      return lacks.map(([, part]) => `“${sentence}” does not say “${flat(part ?? '')}”`);
    });
  } finally {
    await page.context().close();
  }
}

/** Notes everything that is said without being asked for: what changes in a live region. @param {Page} page */
export async function listen(page) {
  await page.addInitScript(() => {
    /** @type {string[]} */
    const heard = [];
    Object.defineProperty(window, 'heard', { value: heard });
    const LIVE = '[aria-live="polite"], [aria-live="assertive"], [role="status"], [role="alert"]';
    new MutationObserver((changes) => {
      /** @type {Set<string>} */
      const said = new Set();
      for (const { target, addedNodes, type } of changes) {
        const at = target instanceof Element ? target : target.parentElement;
        const region = at?.closest(LIVE);
        // A status is read whole, a region of the polite kind by what came.
        if (region?.hasAttribute('role')) said.add(region.textContent ?? '');
        else if (region && type === 'characterData') said.add(target.textContent ?? '');
        else if (region) for (const node of addedNodes) said.add(node.textContent ?? '');
        else
          for (const node of addedNodes)
            if (node instanceof Element)
              for (const one of [node, ...node.querySelectorAll('*')])
                if (one.matches(LIVE)) said.add(one.textContent ?? '');
      }
      heard.push(...[...said].map((text) => text.replace(/\s+/gu, ' ').trim()).filter(Boolean));
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** @param {Page} page @returns {Promise<string[]>} */
// @ts-expect-error `listen` put it there
const all = (page) => page.evaluate(() => window.heard);

/** Arrivals and sent messages are announced once, and not again when the user returns to them. @param {Preview} preview
 * @param {Language} lang @returns {Promise<string[]>} */
export async function arrivals(preview, lang) {
  const t = texts(lang);
  /** @type {string[]} */
  const wrong = [];
  /** @param {string[]} heard @param {string} text */
  const once = (heard, text) => {
    const { length } = heard.filter((one) => one.includes(text));
    if (length !== 1) wrong.push(`“${text}” is heard ${length} times: ${heard.join(' | ')}`);
  };
  const page = await preview.enter('fake=demo&answering', { lang, before: listen });
  const me = new Person(page);
  const goTo = async (/** @type {string} */ typed) => {
    await me.press('Control+k');
    await me.types(typed);
    await me.press('Enter');
    await me.sees('conversation');
    await me.at('composer');
  };
  await goTo('lotte');
  for (const text of ['Tot straks.', 'Of morgen.']) {
    await me.types(text);
    await me.press('Enter');
    await me.sees('message', text);
    await page.waitForSelector(`${test('message')}[data-state="accepted"]:has-text("${text}")`);
  }
  await me.until(
    async () => (await all(page)).filter((one) => one.includes('Dank, ik kijk ernaar.')).length > 1,
    () => 'the answers are not heard',
  );
  const heard = await all(page);
  once(heard, 'Tot straks.');
  once(heard, 'Of morgen.');
  const answers = heard.filter((one) => one.includes('Dank, ik kijk ernaar.')).length;
  if (answers !== 2) wrong.push(`two answers are heard ${answers} times`);

  const before = heard.length;
  for (const typed of ['els', 'lotte', 'pieter', 'lotte']) await goTo(typed);
  await page.waitForSelector(`${test('timeline')}.placed`);
  const since = (await all(page)).slice(before);
  const found = since.filter((one) => !/^\d+ /u.test(one));
  if (new Set(found).size !== found.length || found.some((one) => /straks|morgen|ernaar/u.test(one)))
    wrong.push(`where one goes to and fro is heard: ${found.join(' | ')}`);
  await page.context().close();

  const offline = await preview.enter('fake=demo&offline', { lang, before: listen });
  const alone = new Person(offline);
  await alone.press('Control+k');
  await alone.types('bram');
  await alone.press('Enter');
  await alone.at('composer');
  await alone.press('Control+a');
  await alone.types('Dit wacht.');
  await alone.press('Enter');
  await alone.sees('message', 'Dit wacht.');
  await alone.until(
    async () => (await all(offline)).some((one) => one.includes('Dit wacht.')),
    () => 'what waits is not heard',
  );
  once(await all(offline), 'Dit wacht.');
  once(await all(offline), t['state_waiting'] ?? '?');
  await offline.context().close();
  return wrong;
}
