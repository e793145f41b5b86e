// Everything that can be the matter with a message, the longest, shortest and most foreign names, and very many people.
import { actionsOf, find, open, participants, test, write } from './page-actions.js';

/** @typedef {import('playwright-core').Page} Page */

/** Opens the actions of a message, by something it says. @param {Page} page @param {string} text */
async function openMenu(page, text) {
  await page.locator(`${test('message')}:has-text("${text}")`).click({ button: 'right' });
  await page.waitForSelector('.menu');
}

/** @param {string} world @returns {import('./scenes.js').Scene} */
const read = (world, name = world) => ({
  name: `readers-${name}`,
  world: `fake=crowd&crowd=${world}`,
  small: true,
  act: async (page) => {
    await open(page, 'wond');
    await openMenu(page, 'Ik laat de kous weg');
    await page.click(test('menu-readers'));
    await page.waitForSelector(test('readers'));
  },
});

/** @type {import('./scenes.js').Scene[]} */
export const ODD = [
  {
    name: 'messages',
    world: 'fake=messages',
    size: [1280, 1300],
    small: true,
    act: (page) => open(page, 'berichten'),
  },
  {
    name: 'message-too-old',
    world: 'fake=messages',
    size: [1280, 1300],
    act: async (page) => {
      await open(page, 'berichten');
      await openMenu(page, 'ouder dan een dag');
    },
  },
  { name: 'names', world: 'fake=names', size: [1280, 1100], small: true, act: (page) => open(page, 'namen') },
  {
    name: 'names-participants',
    world: 'fake=names',
    size: [1280, 1100],
    small: true,
    act: (page) => participants(page, 'namen'),
  },
  {
    name: 'names-mention',
    world: 'fake=names',
    small: true,
    act: async (page) => {
      await open(page, 'namen');
      await write(page, 'Wil @sanne');
      await page.waitForSelector(test('mentions'));
    },
  },
  {
    name: 'names-delete',
    world: 'fake=names',
    small: true,
    act: async (page) => {
      await participants(page, 'namen');
      await page.click(test('delete-conversation'));
      await page.waitForSelector(test('question'));
    },
  },
  {
    name: 'names-undo',
    world: 'fake=names',
    small: true,
    act: async (page) => {
      await page.click('[data-conversation="namen"]', { button: 'right' });
      await page.click(test('menu-archive'));
      await page.waitForSelector(test('undo-archive'));
    },
  },
  {
    name: 'question-namesake',
    world: 'fake=teams',
    small: true,
    act: async (page) => {
      await participants(page, 'wond');
      await actionsOf(page, 'm-sanne-v');
      await page.click(test('menu-hand-over'));
      await page.waitForSelector(test('question'));
    },
  },
  {
    name: 'lines-all',
    world: 'fake=lines',
    size: [1280, 1600],
    act: async (page) => {
      await open(page, 'regels');
      await page.locator(test('line-all')).first().click();
    },
  },
  {
    name: 'readers-one',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'bram');
      await openMenu(page, 'twee dozen');
      await page.click(test('menu-readers'));
      await page.waitForSelector(test('readers'));
    },
  },
  read('31', 'thirty'),
  read('201', 'two-hundred'),
  {
    name: 'participants-two-hundred',
    world: 'fake=crowd&crowd=200',
    act: async (page) => {
      await participants(page, 'wond');
      await page.locator(test('participant-menu')).first().focus();
      await page.keyboard.press('End');
    },
  },
  { name: 'participants-colleague', world: 'fake=demo', act: (page) => participants(page, 'medicatie') },
  { name: 'participants-read-only', world: 'fake=demo', act: (page) => participants(page, 'zorgpad') },
  { name: 'participants-direct', world: 'fake=demo', act: (page) => participants(page, 'bram') },
  {
    name: 'participants-aside',
    world: 'fake=items&item=00000000-0000-7000-8000-00000000aa01',
    act: async (page) => {
      await page.waitForSelector(test('item-conversation'));
      await page.click(`${test('item-conversation')}[data-conversation="mat"]`);
      await page.click(test('participants'));
      await page.waitForSelector(test('participants-panel'));
    },
  },
  {
    name: 'wizard-namesakes-chosen',
    world: 'fake=demo',
    small: true,
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.click(test('kind-group'));
      await page.fill(test('wizard-subject'), 'Valrisico');
      await page.click(test('wizard-next'));
      for (const what of ['ergotherapeut', 'verpleegkundig specialist']) {
        await find(page, what);
        await page.keyboard.press('Enter');
      }
      await page.waitForSelector(test('chosen'));
    },
  },
  {
    name: 'wizard-existing',
    world: 'fake=demo',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await find(page, 'bram');
      await page.keyboard.press('Enter');
      await page.waitForSelector(test('chosen'));
    },
  },
  {
    name: 'wizard-resumed',
    world: 'fake=demo',
    small: true,
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.click(test('kind-group'));
      await page.fill(test('wizard-subject'), 'Valrisico');
      await page.click(test('wizard-next'));
      await find(page, 'meryem');
      await page.keyboard.press('Enter');
      await page.waitForSelector(test('chosen'));
      await page.click(test('wizard-next'));
      await write(page, 'Kun je meekijken?');
      for (let step = 0; step < 3; step++) await page.keyboard.press('Escape');
      await page.click(test('new-conversation'));
      await page.waitForSelector(test('wizard-resumed'));
    },
  },
  {
    name: 'overview-row-actions',
    world: 'fake=demo',
    act: async (page) => {
      await page.focus('[data-conversation="medicatie"]');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowUp');
    },
  },
  {
    name: 'one-column-folded',
    world: 'fake=demo',
    size: [420, 760],
    act: (page) => page.click(test('close-overview')),
  },
  {
    name: 'missing-offline',
    world: 'fake=missing&offline',
    act: (page) => open(page, 'wond'),
  },
];
