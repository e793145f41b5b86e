// How many clicks a consult takes, and how long by the Keystroke-Level Model (Card, Moran and Newell), from the start of the app.
//
// * The person wants to ask a colleague of another organisation, and to send a file with it. The text of the question takes as long
//   in any program: it is typed, and no part of the estimate. The way of the hand to the keyboard before it is.
// * An estimate is for somebody who knows the screen and makes no error. The screen answers at once (BP1): no time to wait for.
// * A mental preparation comes before each command, by pointer or by key, and before each choice out of what is offered: a
//   colleague, a file. There is none before a name or a text, and none before an Enter that only confirms the Enter before it.
// * The system's dialog for files is no part of the page. Its cost is that of a file in sight that is clicked twice.
import { test } from '../page-actions.js';
import { Person } from './person.js';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('../preview.js').Preview} Preview */
/** @typedef {'K' | 'P' | 'B' | 'H' | 'M'} Operator */
/** @typedef {{ name: string, clicks: number, seconds?: number, does: (me: Asking) => Promise<void> }} Way */

/**
 * Seconds. A key is that of an average typist (0.2), and not of a skilled one (0.12): clinicians are no typists. B is a button
 * pressed or released.
 * @type {Record<Operator, number>}
 */
const SECONDS = { K: 0.2, P: 1.1, B: 0.1, H: 0.4, M: 1.35 };
const MOST_CLICKS = 8;
const MOST_SECONDS = 15;

/** Typed is as much as it takes until the search offers this colleague alone. */
const COLLEAGUE = { name: 'Fatima El Idrissi', organisation: 'Thuiszorg Vecht en Stroom', typed: 'fatima' };
const QUESTION = 'Wil je meekijken naar de wond?';

class Asking extends Person {
  /** @type {Operator[]} */
  operators = [];
  clicks = 0;
  /** Of those, clicks that the page does not get. */
  elsewhere = 0;
  /** Keys that are no part of the estimate. */
  free = 0;
  /** The hand that points begins at the mouse, by which the app was opened. @type {'mouse' | 'keyboard'} */
  hand = 'mouse';

  /** @param {...Operator} operators */
  takes(...operators) {
    this.operators.push(...operators);
  }

  /** @param {'mouse' | 'keyboard'} to */
  moves(to) {
    if (this.hand !== to) this.takes('H');
    this.hand = to;
  }

  /** A command or a choice by the mouse. @param {string} id @param {string} [says] */
  async clicksOn(id, says = '') {
    this.moves('mouse');
    this.takes('M', 'P', 'B', 'B');
    this.clicks += 1;
    await this.page.locator(test(id)).filter({ hasText: says }).click();
    this.last = `after a click on ${id}`;
  }

  /** A command by keys pressed together, as “Control+n”. @param {string} keys */
  async commands(keys) {
    this.takes('M');
    await this.confirms(keys);
  }

  /** The same with nothing to think about before. @param {string} keys */
  async confirms(keys) {
    this.moves('keyboard');
    this.takes(...keys.split('+').map(() => /** @type {const} */ ('K')));
    await this.press(keys);
  }

  async findsColleague() {
    await this.at('people-search');
    this.moves('keyboard');
    this.takes(...[...COLLEAGUE.typed].map(() => /** @type {const} */ ('K')));
    await this.finds(COLLEAGUE.typed, COLLEAGUE.name);
  }

  async writesQuestion() {
    this.moves('keyboard');
    this.free += QUESTION.length;
    await this.at('composer');
    await this.types(QUESTION);
  }

  /** The file in the system's dialog, which the fake shell answers for. */
  async choosesFile() {
    await this.clicksOn('attach');
    this.takes('M', 'P', 'B', 'B', 'B', 'B');
    this.clicks += 2;
    this.elsewhere += 2;
    await this.sees('chip', 'Verwijsbrief.pdf');
    await this.page.locator(test('composer')).focus();
  }

  /** A file from another window, which lies beside it. */
  async dropsFile() {
    this.moves('mouse');
    this.takes('M', 'P', 'B', 'P', 'B');
    this.clicks += 1;
    this.elsewhere += 1;
    await this.page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(2000)], 'wond.pdf'));
      for (const type of ['dragenter', 'dragover', 'drop'])
        document.body.dispatchEvent(
          new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
        );
    });
    await this.sees('chip', 'wond.pdf');
  }

  /** A picture that was copied elsewhere before the app was opened. */
  async pastesPicture() {
    await this.page.evaluate(async () => {
      const canvas = new OffscreenCanvas(8, 8);
      canvas.getContext('2d')?.fillRect(0, 0, 8, 8);
      const picture = await canvas.convertToBlob({ type: 'image/png' });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
    });
    await this.commands('Control+v');
    await this.sees('chip');
  }

  get seconds() {
    return this.operators.reduce((sum, one) => sum + SECONDS[one], 0);
  }
}

// BU3
/** @type {Way[]} */
const WAYS = [
  {
    name: 'by keyboard, with a picture that is pasted',
    clicks: MOST_CLICKS,
    seconds: MOST_SECONDS,
    does: async (me) => {
      await me.commands('Control+n');
      await me.findsColleague();
      await me.commands('Enter');
      await me.sees('chosen', COLLEAGUE.name);
      await me.confirms('Enter');
      await me.writesQuestion();
      await me.pastesPicture();
      await me.commands('Enter');
    },
  },
  {
    name: 'with the mouse for buttons, and a file from the dialog',
    clicks: MOST_CLICKS,
    seconds: MOST_SECONDS,
    does: async (me) => {
      await me.clicksOn('new-conversation');
      await me.findsColleague();
      await me.commands('Enter');
      await me.sees('chosen', COLLEAGUE.name);
      await me.confirms('Enter');
      await me.sees('conversation', COLLEAGUE.name);
      await me.choosesFile();
      await me.writesQuestion();
      await me.commands('Enter');
    },
  },
  {
    name: 'with the mouse for buttons, and a file that is dropped',
    clicks: MOST_CLICKS,
    seconds: MOST_SECONDS,
    does: async (me) => {
      await me.clicksOn('new-conversation');
      await me.findsColleague();
      await me.commands('Enter');
      await me.sees('chosen', COLLEAGUE.name);
      await me.confirms('Enter');
      await me.sees('conversation', COLLEAGUE.name);
      await me.dropsFile();
      await me.writesQuestion();
      await me.commands('Enter');
    },
  },
  {
    // The most clicks that there can be. The bar for the time is not for it, but for the way that the screen shows: the sign of
    // Enter stands beside the colleague who is found, and the keyboard is there.
    name: 'with the mouse for all but typing',
    clicks: MOST_CLICKS,
    does: async (me) => {
      await me.clicksOn('new-conversation');
      await me.findsColleague();
      await me.clicksOn('found-person', COLLEAGUE.name);
      await me.clicksOn('wizard-start');
      await me.sees('conversation', COLLEAGUE.name);
      await me.choosesFile();
      await me.writesQuestion();
      await me.clicksOn('send');
    },
  },
];

/**
 * BU3: each way to ask, with its clicks and its estimate.
 * @param {Preview} preview @param {(name: string, what: () => Promise<string[]>) => Promise<void>} attempt
 */
export async function efforts(preview, attempt) {
  for (const way of WAYS) await attempt(`asking a colleague elsewhere ${way.name}`, () => asks(preview, way));
}

/** @param {Preview} preview @param {Way} way @returns {Promise<string[]>} */
async function asks(preview, way) {
  const page = await preview.enter('fake=demo', { before: countInput });
  try {
    const me = new Asking(page);
    await way.does(me);
    await arrives(me);
    const seconds = Math.round(me.seconds * 100) / 100;
    console.log(`${way.name}: ${me.clicks} clicks, ${seconds} s (${me.operators.join(' ')})`);
    const wrong = await uncounted(me);
    if (me.clicks > way.clicks) wrong.push(`it takes ${me.clicks} clicks`);
    if (way.seconds && seconds > way.seconds) wrong.push(`it takes ${seconds} s`);
    return wrong;
  } finally {
    await page.context().close();
  }
}

/** The question is sent, with a file, to another organisation. @param {Asking} me */
async function arrives(me) {
  await me.sees('destination', COLLEAGUE.organisation);
  await me.sees('message', QUESTION);
  const sent = me.page.locator(test('message')).filter({ hasText: QUESTION });
  await me.until(
    async () => (await sent.locator(test('message-files')).count()) === 1,
    () => 'no file is with the question',
  );
}

/** @param {Page} page */
async function countInput(page) {
  await page.addInitScript(() => {
    const counted = { keys: 0, clicks: 0 };
    Object.assign(window, { __counted: counted });
    addEventListener('keydown', () => (counted.keys += 1), true);
    addEventListener('mousedown', () => (counted.clicks += 1), true);
  });
}

/** The page got as many keys and clicks as were counted for it. @param {Asking} me */
async function uncounted(me) {
  const got = await me.page.evaluate(
    () => /** @type {{ __counted: { keys: number, clicks: number } }} */ (Object(window)).__counted,
  );
  const keys = me.operators.filter((one) => one === 'K').length + me.free;
  const clicks = me.clicks - me.elsewhere;
  const wrong = [];
  if (got.keys !== keys) wrong.push(`${got.keys} keys were pressed, and ${keys} counted`);
  if (got.clicks !== clicks) wrong.push(`${got.clicks} clicks were made, and ${clicks} counted`);
  return wrong;
}
