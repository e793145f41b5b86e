// Someone who has a keyboard and no mouse. After every key something that one can see has the keyboard, and shows that.
import { test } from '../page-actions.js';
import { named, unseen } from './focus.js';

/** @typedef {import('playwright-core').Page} Page */

const PATIENCE = 5000;
/** More stops than any screen has between two things that belong together. */
const STOPS = 60;

export class Person {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    /** The last action, for the sentence about a failure. */
    this.last = 'at the beginning';
  }

  /** Presses keys, one after the other. @param {...string} keys */
  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
      this.last = `after ${key}`;
      await this.keepsTheKeyboard();
    }
  }

  /** @param {string} text */
  async types(text) {
    await this.page.keyboard.type(text);
    this.last = `after typing “${text}”`;
    await this.keepsTheKeyboard();
  }

  async keepsTheKeyboard() {
    let wrong = '';
    await this.until(
      async () => {
        wrong = await this.page.evaluate(unseen);
        return wrong === '';
      },
      () => wrong,
    );
  }

  /** Goes on with Tab until something is reached; from the last stop it goes on at the first.
   * @param {string} id @param {{ back?: boolean, says?: string }} [how] */
  async tabTo(id, { back = false, says } = {}) {
    const key = back ? 'Shift+Tab' : 'Tab';
    for (let stop = 0; stop < STOPS; stop += 1) {
      await this.page.keyboard.press(key);
      this.last = `after ${key}`;
      const { body, reached } = await this.page.evaluate(here, { selector: test(id), says });
      if (!body) await this.keepsTheKeyboard();
      if (reached) return;
    }
    throw new Error(`${key} does not come to ${id}${says ? ` “${says}”` : ''}`);
  }

  /** Types until the one who is meant is all that is offered. @param {string} typed @param {string} name */
  async finds(typed, name) {
    await this.types(typed);
    const offered = this.page.locator(`[aria-busy="false"] ${test('found-person')}`);
    await this.until(
      async () => (await offered.count()) === 1 && ((await offered.textContent()) ?? '').includes(name),
      () => `${name} is not the one who is found`,
    );
  }

  /** The keyboard is there. @param {string} id @param {string} [says] */
  async at(id, says) {
    await this.until(
      async () => {
        const { reached } = await this.page.evaluate(here, { selector: test(id), says });
        return reached;
      },
      async () => `the keyboard is not at ${id}${says ? ` “${says}”` : ''} but at ${await this.where()}`,
    );
    await this.keepsTheKeyboard();
  }

  /** Waits until the screen says this. @param {string} id @param {string} [says] */
  async sees(id, says = '') {
    const seen = this.page.locator(test(id)).filter({ hasText: says, visible: true });
    await this.until(
      async () => (await seen.count()) > 0,
      () => `${id} does not say “${says}”`,
    );
  }

  /** @param {string} id @param {string} [says] */
  async seesNo(id, says = '') {
    const seen = this.page.locator(test(id)).filter({ hasText: says, visible: true });
    await this.until(
      async () => (await seen.count()) === 0,
      () => `${id} is still there ${says}`,
    );
  }

  /** @param {() => Promise<boolean>} holds @param {() => string | Promise<string>} otherwise */
  async until(holds, otherwise) {
    const end = Date.now() + PATIENCE;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`${this.last} ${await otherwise()}`);
      await this.page.evaluate(() => new Promise(requestAnimationFrame));
    }
  }

  /** A name of the focused element, for checking later that it has the focus again. @returns {Promise<string>} */
  where() {
    return this.page.evaluate(named);
  }

  /** Esc puts away what one opened, and the keyboard is where it was. @param {() => Promise<void>} open */
  async thereAndBack(open) {
    const from = await this.where();
    await open();
    await this.press('Escape');
    await this.until(
      async () => (await this.where()) === from,
      async () => `the keyboard is not back at ${from}, but at ${await this.where()}`,
    );
    await this.keepsTheKeyboard();
  }
}

/** @param {{ selector: string, says?: string | undefined }} wanted */
function here({ selector, says }) {
  const at = document.activeElement;
  const found = at?.closest(selector);
  const words = `${found?.textContent} ${found?.getAttribute('aria-label')}`;
  return { body: at === document.body, reached: Boolean(found && (!says || words.includes(says))) };
}
