// Urgent messages (M10): as they are read, written and asked about.
import { find, open, test, write } from './page-actions.js';

/** @param {import('./scenes.js').Page} page */
async function begin(page, reason = '') {
  await write(page, 'Kun je nu naar mevrouw D. kijken?');
  await page.click(test('composer-urgent'));
  if (reason) await page.fill(test('urgent-reason-field'), reason);
}

/** @type {import('./scenes.js').Scene[]} */
export const URGENT = [
  {
    name: 'urgent-read',
    main: true,
    small: true,
    world: 'fake=urgent',
    act: (page) => open(page, 'spoed'),
  },
  { name: 'urgent-overview', main: true, world: 'fake=urgent' },
  {
    name: 'urgent-chosen',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await begin(page);
    },
  },
  {
    name: 'urgent-written',
    main: true,
    small: true,
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await begin(page, 'Bloeddruk daalt, 84/50');
    },
  },
  {
    name: 'urgent-unreachable',
    main: true,
    small: true,
    world: 'fake=demo&absent',
    act: async (page) => {
      await open(page, 'bram');
      await begin(page, 'Bloeddruk daalt, 84/50');
      await page.click(test('send'));
      await page.waitForSelector(test('unreachable'));
    },
  },
  {
    name: 'urgent-unreachable-wizard',
    small: true,
    world: 'fake=demo&absent',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.click(test('kind-group'));
      await page.fill(test('wizard-subject'), 'Wond hiel mevr. D.');
      await page.click(test('wizard-next'));
      await find(page, 'bram');
      await page.keyboard.press('Enter');
      await page.click(test('wizard-next'));
      await write(page, 'Kun je nu kijken?');
      await page.click(test('wizard-urgent'));
      await page.fill(test('urgent-reason-field'), 'Bloeddruk daalt, 84/50');
      await page.click(test('wizard-start'));
      await page.waitForSelector(test('unreachable'));
    },
  },
  {
    name: 'urgent-too-many',
    world: 'fake=demo&refuse=too_many_urgent',
    act: async (page) => {
      await open(page, 'wond');
      await begin(page, 'Bloeddruk daalt, 84/50');
      await page.click(test('send'));
      await page.waitForSelector('[data-state="refused"]');
    },
  },
];
