// Teams, items, readers, and decisions about a conversation: every state of those screens.
import { actionsOf, find, open, participants, test, write } from './page-actions.js';

/** @param {number} number */
const item = (number) => `fake=items&item=00000000-0000-7000-8000-00000000aa0${number}`;

/** @param {string} question @returns {(page: import('playwright-core').Page) => Promise<void>} */
const ask = (question) => async (page) => {
  await participants(page, 'wond');
  await page.click(test(question));
  await page.waitForSelector(test('question'));
};

/** Opens a menu of someone who takes part. @param {import('playwright-core').Page} page @param {string} action */
async function aboutBram(page, action) {
  await actionsOf(page, 'm-bram');
  await page.click(test(action));
}

/** @type {import('./scenes.js').Scene[]} */
export const TEAMS_AND_ITEMS = [
  { name: 'item-window', world: item(1), small: true, act: shown('item-conversation') },
  { name: 'item-empty-closed', world: item(2), small: true, act: shown('item-window') },
  { name: 'item-analyse-only', world: item(3), act: shown('item-window') },
  { name: 'item-long', world: item(4), small: true, act: shown('item-start') },
  { name: 'item-partly', world: item(5), small: true, act: shown('item-conversation') },
  { name: 'item-unseen', world: item(9), small: true, act: shown('item-window') },
  { name: 'item-offline', world: `${item(1)}&offline`, act: shown('item-conversation') },
  { name: 'item-loading', world: `${item(1)}&slow=item` },
  {
    name: 'item-wizard',
    world: item(4),
    small: true,
    act: async (page) => {
      await page.click(test('item-start'));
      await find(page, 'wilhelmina');
    },
  },
  {
    name: 'item-wizard-message',
    world: item(4),
    small: true,
    act: async (page) => {
      await page.click(test('item-start'));
      await find(page, 'wilhelmina');
      await page.keyboard.press('Enter');
      await page.waitForSelector(test('chosen'));
      await page.click(test('wizard-next'));
      await write(page, 'Kun jij meekijken?');
    },
  },
  {
    name: 'item-wizard-organisation',
    world: `${item(1)}&memberships=2`,
    small: true,
    act: (page) => page.click(test('item-start')),
  },
  {
    name: 'wizard-teams',
    world: 'fake=demo',
    small: true,
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.click(test('kind-group'));
      await page.fill(test('wizard-subject'), 'Wondzorg');
      await page.click(test('wizard-next'));
      for (const name of ['team wond', 'transmuraal', 'wilhelmina']) {
        await find(page, name);
        await page.locator(test('found-person')).first().click();
      }
      await find(page, 'team');
    },
  },
  { name: 'participants-teams', world: 'fake=teams', small: true, act: (page) => participants(page, 'wond') },
  {
    name: 'participants-acting',
    world: 'fake=teams&memberships=2',
    small: true,
    act: (page) => participants(page, 'wond'),
  },
  {
    name: 'participants-add-item',
    world: 'fake=items',
    small: true,
    act: async (page) => {
      await participants(page, 'val');
      await page.click(test('add'));
      await find(page, 'els');
      await page.keyboard.press('Enter');
      await page.waitForSelector(test('chosen'));
    },
  },
  {
    name: 'participants-add-shared',
    world: 'fake=teams',
    small: true,
    act: async (page) => {
      await participants(page, 'wond');
      await page.click(test('add'));
      await find(page, 'lotte');
      await page.keyboard.press('Enter');
      await page.click(test('share-earlier'));
      await page.waitForSelector(test('share-preview'));
      await page.locator(test('share-preview')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'participants-add-own-only',
    world: 'fake=demo',
    act: async (page) => {
      await participants(page, 'medicatie');
      await page.click(test('add'));
    },
  },
  {
    name: 'participants-add-refused',
    world: 'fake=demo&refuse=not_findable',
    small: true,
    act: async (page) => {
      await participants(page, 'wond');
      await page.click(test('add'));
      await find(page, 'lotte');
      await page.keyboard.press('Enter');
      await page.click(test('add-confirm'));
      await page.waitForSelector('[data-testid="line"][data-state="refused"]', { state: 'attached' });
      await page.click(test('participants-close'));
    },
  },
  {
    name: 'participants-menu',
    world: 'fake=teams',
    act: async (page) => {
      await participants(page, 'wond');
      await actionsOf(page, 'm-bram');
    },
  },
  {
    name: 'question-remove',
    world: 'fake=teams',
    small: true,
    act: async (page) => {
      await participants(page, 'wond');
      await aboutBram(page, 'menu-remove');
    },
  },
  {
    name: 'question-remove-team',
    world: 'fake=teams',
    small: true,
    act: async (page) => {
      await participants(page, 'wond');
      await page.locator(test('remove-team')).last().click();
      await page.waitForSelector(test('question'));
    },
  },
  {
    name: 'question-hand-over',
    world: 'fake=teams',
    small: true,
    act: async (page) => {
      await participants(page, 'wond');
      await aboutBram(page, 'menu-hand-over');
    },
  },
  { name: 'question-archive', world: 'fake=teams', small: true, act: ask('archive-everyone') },
  { name: 'question-delete', world: 'fake=teams', small: true, act: ask('delete-conversation') },
  {
    name: 'question-leave',
    world: 'fake=teams',
    small: true,
    act: async (page) => {
      await participants(page, 'wond');
      await page.click(test('leave'));
      await page.waitForSelector(test('successor'));
    },
  },
  {
    name: 'readers',
    world: 'fake=demo',
    small: true,
    act: async (page) => {
      await open(page, 'wond');
      await page.locator('.own').last().click({ button: 'right' });
      await page.click(test('menu-readers'));
      await page.waitForSelector(test('readers'));
    },
  },
  {
    name: 'readers-crowd',
    world: 'fake=crowd',
    act: async (page) => {
      await open(page, 'wond');
      await page.locator('.own').last().click({ button: 'right' });
      await page.click(test('menu-readers'));
      await page.waitForSelector(test('readers'));
    },
  },
  {
    name: 'readers-offline',
    world: 'fake=demo&offline',
    act: async (page) => {
      await open(page, 'wond');
      await page.locator('.own').last().click({ button: 'right' });
      await page.click(test('menu-readers'));
      await page.waitForSelector(test('readers'));
    },
  },
  {
    name: 'wizard-teams-message',
    world: 'fake=demo&memberships=2',
    small: true,
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.click(test('wizard-next'));
      await page.click(test('kind-group'));
      await page.fill(test('wizard-subject'), 'Wondzorg');
      await page.click(test('wizard-next'));
      for (const name of ['transmuraal', 'meryem']) {
        await find(page, name);
        await page.locator(test('found-person')).first().click();
      }
      await page.click(test('wizard-next'));
      await write(page, 'Kunnen jullie meekijken?');
    },
  },
  {
    name: 'composer-joining',
    world: 'fake=demo&memberships=2',
    small: true,
    act: async (page) => {
      await open(page, 'wond');
      for (const name of ['@lott', 'en @meryem']) {
        await write(page, name);
        await page.waitForSelector(test('mentions'));
        await page.keyboard.press('Enter');
      }
      await write(page, 'kijken jullie mee?');
      await page.waitForSelector(test('joining'));
    },
  },
  {
    name: 'composer-joining-item',
    world: 'fake=items',
    small: true,
    act: async (page) => {
      await open(page, 'val');
      await write(page, '@wilhelmina');
      await page.waitForSelector(test('mentions'));
      await page.keyboard.press('Enter');
      await page.waitForSelector(test('joining'));
    },
  },
  {
    name: 'composer-subject-leaves',
    world: 'fake=items',
    small: true,
    act: async (page) => {
      await open(page, 'val');
      await write(page, '@lotte');
      await page.waitForSelector(test('mentions'));
      await page.keyboard.press('Enter');
      await page.waitForSelector(test('subject-leaves'));
    },
  },
  { name: 'mention-not-allowed', world: 'fake=not-allowed', small: true, act: (page) => open(page, 'wond') },
  {
    name: 'archived-undo',
    world: 'fake=demo',
    small: true,
    act: async (page) => {
      await page.click('[data-conversation="ggz"]', { button: 'right' });
      await page.click(test('menu-archive'));
      await page.waitForSelector(test('undo-archive'));
    },
  },
  {
    name: 'archived-everyone-undo',
    world: 'fake=demo',
    small: true,
    act: async (page) => {
      await participants(page, 'wond');
      await page.click(test('archive-everyone'));
      await page.click(test('question-confirm'));
      await page.waitForSelector(test('undo-archive'));
    },
  },
  {
    name: 'link-not-opened',
    world: 'fake=items&no-browser',
    small: true,
    act: async (page) => {
      await open(page, 'val');
      await page
        .locator(`${test('message')} a[href^="https"]`)
        .last()
        .click();
      await page.waitForSelector(test('link-not-opened'));
    },
  },
  {
    name: 'message-menu-links',
    world: 'fake=items',
    act: async (page) => {
      await open(page, 'val');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.menu');
    },
  },
  {
    name: 'lines',
    world: 'fake=lines',
    size: [1280, 1500],
    small: true,
    act: (page) => open(page, 'regels'),
  },
  { name: 'item-links', world: 'fake=items', small: true, act: (page) => open(page, 'val') },
  {
    name: 'aside-join',
    world: item(1),
    small: true,
    act: (page) => open(page, 'mat'),
  },
  {
    name: 'aside-left',
    world: item(5),
    small: true,
    act: (page) => open(page, 'verlaten'),
  },
];

/** @param {string} id @returns {(page: import('playwright-core').Page) => Promise<void>} */
function shown(id) {
  return async (page) => void (await page.waitForSelector(test(id)));
}
