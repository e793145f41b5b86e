// Working days, absence and cover, as one fills them in and as colleagues see them (O5).
import { find, open, participants, settingsPage, test, write } from './page-actions.js';

/** @typedef {import('./scenes.js').Page} Page */

/** @param {Page} page */
async function form(page) {
  await settingsPage(page, 'presence');
  await page.locator(test('working-days-change')).first().click();
  await page.waitForSelector(test('works-monday'));
}

/** @type {import('./scenes.js').Scene[]} */
export const AVAILABILITY = [
  {
    name: 'availability',
    main: true,
    small: true,
    world: 'fake=demo',
    act: async (page) => {
      await form(page);
      for (const day of ['monday', 'tuesday', 'thursday']) await page.click(test(`works-${day}`));
      await page.fill(test('to-tuesday'), '7');
      await page.fill(test('from-thursday'), '24');
    },
  },
  {
    name: 'availability-cover',
    main: true,
    world: 'fake=demo',
    act: async (page) => {
      await form(page);
      await page.click(test('away'));
      await page.fill(test('absent-until'), '31-2');
      await find(page, 'joost');
      await page.keyboard.press('Enter');
      await page.fill(test('note'), 'Bel bij spoed de praktijk.');
      await page.click(test('availability-save'));
      await page.locator(test('note')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'availability-two',
    world: 'fake=demo&memberships=2',
    act: async (page) => {
      await settingsPage(page, 'presence');
      await page.locator(test('working-days')).last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'absent-found',
    main: true,
    world: 'fake=demo&absent',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await find(page, 'els');
      await page.fill(test('people-search'), '');
      await page.waitForSelector(test('presence'));
    },
  },
  {
    name: 'absent-chosen',
    main: true,
    small: true,
    world: 'fake=demo&absent',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.click(test('kind-group'));
      await page.fill(test('wizard-subject'), 'Wond hiel');
      await page.keyboard.press('Enter');
      for (const name of ['noor', 'bram', 'wilhelmina']) {
        await find(page, name);
        await page.keyboard.press('Enter');
      }
      await page.waitForSelector(test('absent'));
    },
  },
  {
    name: 'absent-composer',
    main: true,
    small: true,
    world: 'fake=demo&absent',
    act: (page) => open(page, 'wond'),
  },
  {
    name: 'absent-direct',
    main: true,
    world: 'fake=demo&absent',
    act: (page) => open(page, 'bram'),
  },
  {
    name: 'absent-mention',
    world: 'fake=demo&absent',
    act: async (page) => {
      await open(page, 'wond');
      await write(page, '@');
      await page.waitForSelector(test('mentions'));
    },
  },
  {
    name: 'absent-participants',
    main: true,
    world: 'fake=demo&absent',
    act: (page) => participants(page, 'wond'),
  },
  {
    name: 'absent-joined',
    world: 'fake=demo&absent',
    act: async (page) => {
      await open(page, 'wond');
      await page.locator(test('cover-besides')).first().click();
      await page.waitForSelector(test('add-people'));
    },
  },
];
