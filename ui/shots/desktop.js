// The arranged overview, the switcher, the settings, the menus, and side mode.
import { open, settingsPage, test } from './page-actions.js';

/** @type {import('./scenes.js').Scene[]} */
export const DESKTOP = [
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
  {
    name: 'switcher',
    world: 'fake=demo',
    small: true,
    main: true,
    act: async (page) => {
      await open(page, 'wond');
      await page.keyboard.press('Control+k');
      await page.waitForSelector(test('switcher-row'));
    },
  },
  {
    name: 'switcher-found',
    world: 'fake=demo',
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.fill(test('switcher-field'), 'els');
      await page.waitForFunction(
        () => document.querySelectorAll('[data-testid="switcher-row"]').length === 2,
      );
      await page.keyboard.press('ArrowDown');
    },
  },
  {
    name: 'switcher-nothing',
    world: 'fake=demo',
    small: true,
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.fill(test('switcher-field'), 'radiologie Arbeidsongeschiktheidsbeoordeling');
      await page.waitForSelector(test('switcher-nothing'));
    },
  },
  {
    name: 'switcher-names',
    world: 'fake=names',
    small: true,
    act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.waitForSelector(test('switcher-row'));
    },
  },
  {
    name: 'shortcuts',
    world: 'fake=demo',
    size: [1280, 1100],
    small: true,
    main: true,
    act: async (page) => {
      await page.keyboard.press('F1');
      await page.waitForSelector(test('shortcuts'));
    },
  },
  {
    name: 'settings',
    world: 'fake=demo',
    small: true,
    main: true,
    act: (page) => settingsPage(page, 'program'),
  },
  {
    name: 'settings-cannot',
    world: 'fake=demo&no-tray&no-login&no-shortcut&zoom=100',
    act: (page) => settingsPage(page, 'program'),
  },
  { name: 'closing', world: 'fake=demo&closing', small: true, main: true },
  { name: 'side', world: 'fake=demo&side', size: [360, 900], main: true },
  {
    name: 'side-conversation',
    world: 'fake=demo&side',
    size: [360, 900],
    act: (page) => open(page, 'wond'),
  },
  {
    name: 'side-arrange',
    world: 'fake=items&side',
    size: [360, 900],
    act: async (page) => {
      await page.click(test('arrange'));
      await page.waitForSelector(test('only-item-type'));
    },
  },
  {
    name: 'row-actions',
    world: 'fake=demo',
    small: true,
    main: true,
    act: async (page) => {
      await page.click('[data-conversation="wond"]', { button: 'right' });
      await page.waitForSelector('.menu');
    },
  },
  {
    name: 'row-actions-archived',
    world: 'fake=demo',
    act: async (page) => {
      await page.click(test('filter-archived'));
      await page.click('[data-conversation="griep"]', { button: 'right' });
      await page.waitForSelector('.menu');
    },
  },
  {
    name: 'message-actions',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.locator('.own').last().click({ button: 'right' });
      await page.waitForSelector('.menu');
    },
  },
];
