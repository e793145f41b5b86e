// The list as one wants it, and the program around it.
import { test } from './hands.js';

/** @type {import('./scenes.js').Scene[]} */
export const DESK = [
  {
    name: 'arrange',
    world: 'fake=items',
    small: true,
    main: true,
    act: async (page) => {
      await page.click(test('arrange'));
      await page.waitForSelector(test('only-item-type'));
    },
  },
  {
    name: 'narrowed',
    world: 'fake=items&kind=group&of=o-oudwijk&mentioned',
    small: true,
    main: true,
  },
  {
    name: 'narrowed-long',
    world: 'fake=items&about=Verbetermaatregelopdracht&of=o-singel',
    small: true,
  },
  { name: 'overview-compact', world: 'fake=many&density=compact&order=unread_first' },
  { name: 'overview-roomy', world: 'fake=demo&density=roomy' },
  { name: 'overview-bare', world: 'fake=demo&density=compact&no-preview' },
  {
    name: 'overview-far',
    world: 'fake=many&many=10000',
    act: async (page) => {
      await page.click(test('overview-search'));
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('End');
      await page.waitForSelector('[data-conversation="veel-9999"]:focus');
    },
  },
];
