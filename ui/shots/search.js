// Searching in every state (L4).
import { open, test } from './page-actions.js';

/** @typedef {import('./scenes.js').Page} Page */

/** @param {string} query @returns {(page: Page) => Promise<void>} */
const type = (query) => async (page) => {
  await page.fill(test('overview-search'), query);
  await page.waitForSelector(['hit', 'no-hits', 'search-fault', 'found-colleague'].map(test).join(', '));
};

/** @type {import('./scenes.js').Scene[]} */
export const SEARCH = [
  { name: 'search', main: true, small: true, world: 'fake=demo', act: type('wond') },
  { name: 'search-names', world: 'fake=names', act: type('de') },
  { name: 'search-person', world: 'fake=demo', act: type('sanne') },
  { name: 'search-many', world: 'fake=long', act: type('en') },
  { name: 'search-nothing', main: true, world: 'fake=demo', act: type('"radiologieverslag"') },
  { name: 'search-fault', world: 'fake=demo', act: type('wond voor:31-02-2025 van:niemand') },
  {
    name: 'search-reach',
    world: 'fake=demo&coming=1240&offline',
    act: type('zwachtel'),
  },
  {
    name: 'search-loading',
    world: 'fake=demo&slow=search',
    act: (page) => page.fill(test('overview-search'), 'wond'),
  },
  {
    name: 'search-filter',
    main: true,
    world: 'fake=demo',
    act: async (page) => {
      await page.fill(test('overview-search'), 'wond van:sa');
      await page.waitForSelector(test('search-option'));
    },
  },
  {
    name: 'search-days',
    world: 'fake=demo',
    act: async (page) => {
      await page.fill(test('overview-search'), 'na:');
      await page.waitForSelector(test('search-option'));
    },
  },
  {
    name: 'search-files',
    world: 'fake=files',
    act: async (page) => {
      await page.fill(test('overview-search'), 'bijlage:');
      await page.keyboard.press('Enter');
      await page.waitForSelector(test('hit'));
    },
  },
  {
    name: 'search-hit',
    main: true,
    small: true,
    world: 'fake=demo',
    act: async (page) => {
      await type('zwachtel')(page);
      await page.click(test('hit'));
      await page.waitForSelector(test('message'));
    },
  },
  {
    name: 'search-within',
    main: true,
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.keyboard.press('Control+f');
      await page.keyboard.type('index');
      await page.waitForSelector(test('hit'));
    },
  },
  {
    name: 'search-recent',
    world: 'fake=demo',
    act: async (page) => {
      await type('zwachtel')(page);
      await page.click(test('hit'));
      await type('index')(page);
      await page.click(test('hit'));
      await page.click(test('clear-search'));
      await page.click(test('overview-search'));
      await page.waitForSelector(test('search-option'));
    },
  },
];
