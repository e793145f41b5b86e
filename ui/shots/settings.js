// The settings: each page, the search over all of them, and what the organisation decides.
import { settings, settingsPage, test } from './page-actions.js';

/** @typedef {import('./scenes.js').Page} Page */

/** @param {Page} page @param {string} query */
async function search(page, query) {
  await settings(page);
  await page.fill(test('settings-search'), query);
}

const POLICY =
  'forced=appearance.language&forced=notifications.detail&forced=notifications.silent&forced=program.keep_running&forced=mail.message';

/** @type {import('./scenes.js').Scene[]} */
export const SETTINGS = [
  { name: 'options', main: true, world: 'fake=demo', act: settings },
  {
    name: 'options-list',
    main: true,
    world: 'fake=demo',
    size: [420, 760],
    act: settings,
  },
  ...['overview', 'writing', 'files', 'presence'].map((concern) => ({
    name: `settings-${concern}`,
    world: 'fake=demo&density=compact',
    act: (/** @type {Page} */ page) => settingsPage(page, concern),
  })),
  { name: 'settings-mail', main: true, small: true, world: 'fake=demo&settings=mail' },
  {
    name: 'settings-mail-forced',
    world: 'fake=demo&settings=mail&forced=mail.message&forced=mail.mentioned',
    act: async (page) => {
      await page.click(test('mail-added'));
      await page.click(test('mail-language-en'));
    },
  },
  {
    name: 'settings-quiet-hours',
    main: true,
    small: true,
    world: 'fake=demo&settings=notifications&quiet',
  },
  {
    name: 'settings-quiet-hours-wrong',
    world: 'fake=demo&settings=notifications&quiet',
    act: async (page) => {
      await page.fill(test('quiet-from'), '7');
      await page.press(test('quiet-from'), 'Tab');
      await page.locator(test('quiet-fault')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'settings-search',
    main: true,
    small: true,
    world: 'fake=demo',
    act: (page) => search(page, 'geluid'),
  },
  {
    name: 'settings-search-many',
    world: `fake=demo&${POLICY}`,
    act: async (page) => {
      await search(page, 'taal');
      await page.press(test('settings-search'), 'ArrowDown');
      await page.keyboard.press('ArrowDown');
    },
  },
  {
    name: 'settings-search-chosen',
    world: 'fake=demo',
    size: [420, 760],
    act: async (page) => {
      await search(page, 'donker');
      await page.press(test('settings-search'), 'Enter');
    },
  },
  {
    name: 'settings-search-none',
    main: true,
    world: 'fake=demo',
    act: (page) => search(page, 'ringtoonverzameling'),
  },
  {
    name: 'settings-forced',
    main: true,
    small: true,
    world: `fake=demo&${POLICY}`,
    act: (page) => settingsPage(page, 'notifications'),
  },
  {
    name: 'settings-policy-not-followed',
    main: true,
    world: `fake=demo&${POLICY}&policy-unknown=1&policy-not-forcible=2`,
    act: settings,
  },
  {
    name: 'settings-managed',
    main: true,
    small: true,
    world: `fake=demo&${POLICY}&forced=files.save:false&recommended=files.days:7&forced=servers.address:"overleg.ziekenhuis.example"`,
    act: (page) => settingsPage(page, 'managed'),
  },
  {
    name: 'settings-managed-left-out',
    world: `fake=demo&${POLICY}&policy-unknown=2&policy-left-out=bestanden.opslaan_buiten_overleg_is_toegestaan:unknown&policy-left-out=files.days:not_a_value&policy-left-out=:unknown`,
    act: (page) => settingsPage(page, 'managed'),
  },
  {
    name: 'settings-policy-fault',
    world: `fake=demo&${POLICY}&policy-fault=untrusted`,
    act: (page) => settingsPage(page, 'program'),
  },
  {
    name: 'settings-shut',
    main: true,
    small: true,
    world: 'trouble=cache_damaged&theme=dark&forced=notifications.silent',
    act: (page) => settingsPage(page, 'notifications'),
  },
  {
    name: 'settings-shut-mail',
    world: 'trouble=keychain_locked&forced=mail.message',
    act: (page) => settingsPage(page, 'mail'),
  },
  {
    name: 'settings-signed-out',
    world: 'signed-out',
    act: (page) => settingsPage(page, 'overview'),
  },
];
