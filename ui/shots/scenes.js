// Every screen in every state: which world it is in, and what is done to get there.
import { AVAILABILITY } from './availability.js';
import { URGENT } from './urgent.js';
import { DESKTOP } from './desktop.js';
import { FILES } from './files.js';
import { find, open, settingsPage, test, write } from './page-actions.js';
import { ODD } from './odd.js';
import { SEARCH } from './search.js';
import { SETTINGS } from './settings.js';
import { TEAMS_AND_ITEMS } from './teams-and-items.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {object} Scene
 * @property {string} name
 * @property {string} world
 * @property {[number, number]} [size]
 * @property {boolean} [small] also at 200 % in the smallest room there is for it
 * @property {boolean} [main] also at 200 % and in forced colours
 * @property {(page: Page) => Promise<void>} [act]
 */

/** Why the cache is not open (F4), as `Trouble` has them. */
const TROUBLES = [
  'keychain_locked',
  'keychain_denied',
  'keychain_missing',
  'key_lost',
  'key_wrong',
  'key_corrupt',
  'cache_damaged',
  'cache_newer',
  'disk_full',
  'in_use',
];

/** @type {Scene[]} */
export const SCENES = [
  { name: 'sign-in-invitation', world: 'signed-out' },
  {
    name: 'sign-in-welcome',
    world: 'signed-out',
    act: async (page) => {
      await page.fill(test('invitation-link'), 'https://overleg.voorbeeld.nl/#invite=n3w');
      await page.click(test('sign-in-submit'));
      await page.fill(test('password'), 'vier woor');
    },
  },
  {
    name: 'sign-in-expired',
    world: 'signed-out',
    act: async (page) => {
      await page.fill(test('invitation-link'), 'https://overleg.voorbeeld.nl/#invite=oud');
      await page.click(test('sign-in-submit'));
      await page.waitForSelector(test('sign-in-failure'));
    },
  },
  {
    name: 'sign-in-code',
    world: 'signed-out',
    act: (page) => page.fill(test('invitation-link'), 'K7QX-93MN-A4'),
  },
  {
    name: 'sign-in-only-server',
    world: 'signed-out=https%3A%2F%2Foverleg.voorbeeld.nl&forced=servers.address:"overleg.voorbeeld.nl"',
  },
  {
    name: 'sign-in-unreported',
    main: true,
    world: 'signed-out=https%3A%2F%2Foverleg.voorbeeld.nl&unreported',
  },
  {
    name: 'sign-in-password-wrong',
    world: 'signed-out=https%3A%2F%2Foverleg.voorbeeld.nl',
    act: async (page) => {
      await page.fill(test('login'), 'a.vandenberg@desingel.voorbeeld.nl');
      await page.fill(test('password'), 'verkeerd');
      await page.click(test('sign-in-submit'));
      await page.waitForSelector(test('sign-in-failure'));
    },
  },
  ...TROUBLES.map((trouble) => ({
    name: `trouble-${trouble.replace('_', '-')}`,
    world: `trouble=${trouble}`,
  })),
  {
    name: 'trouble-set-aside',
    world: 'trouble=cache_damaged',
    act: (page) => page.click(test('set-aside')),
  },
  { name: 'overview', world: 'fake=demo' },
  { name: 'overview-loading', world: 'slow=overview' },
  { name: 'overview-empty', world: 'fake=empty' },
  { name: 'overview-first-time', world: 'fake=empty&catching-up' },
  { name: 'overview-thousand', world: 'fake=many' },
  { name: 'overview-archive', world: 'fake=demo', act: (page) => page.click(test('filter-archived')) },
  {
    name: 'overview-menu',
    world: 'fake=demo',
    act: async (page) => {
      await page.click('[data-conversation="ggz"]', { button: 'right' });
      await page.waitForSelector('.menu');
    },
  },
  ...SETTINGS,
  {
    name: 'settings-trial',
    world: 'fake=demo&settings=notifications',
    act: sendTrial,
  },
  {
    name: 'settings-trial-obstacles',
    main: true,
    small: true,
    world:
      'fake=demo&settings=notifications&trial=focus&trial=quiet_hours&trial=silent_forced&trial=no_content',
    act: sendTrial,
  },
  {
    name: 'settings-trial-windows',
    world: 'fake=demo&settings=notifications&system=windows&trial=no_sound_device',
    act: sendTrial,
  },
  {
    name: 'devices',
    main: true,
    world: 'fake=demo',
    act: async (page) => {
      await settingsPage(page, 'devices');
      await page.locator(test('device-sign-out')).first().click();
      await page.locator(test('device-sign-out-confirm')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'devices-offline',
    main: true,
    world: 'fake=demo&offline',
    act: async (page) => {
      await settingsPage(page, 'devices');
      await page.locator(test('devices-again')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'password-change',
    main: true,
    world: 'fake=demo',
    act: async (page) => {
      await settingsPage(page, 'account');
      await page.click(test('change-password'));
      await page.fill(test('current-password'), 'vier losse woorden');
      await page.fill(test('new-password'), 'vier woor');
      await page.locator(test('password-submit')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'password-easy',
    main: true,
    world: 'fake=demo',
    act: async (page) => {
      await settingsPage(page, 'account');
      await page.click(test('change-password'));
      await page.fill(test('current-password'), 'vier losse woorden');
      await page.fill(test('new-password'), 'welkom welkom');
      await page.click(test('password-submit'));
      await page.waitForSelector(test('password-failure'));
      await page.locator(test('password-submit')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'password-changed',
    world: 'fake=demo',
    act: async (page) => {
      await settingsPage(page, 'account');
      await page.click(test('change-password'));
      await page.fill(test('current-password'), 'vier losse woorden');
      await page.fill(test('new-password'), 'vier andere woorden');
      await page.click(test('password-submit'));
      await page.locator(test('password-changed')).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'rescued',
    world: 'fake=demo&rescued',
    act: (page) => page.click(test('truth-rescued')),
  },
  { name: 'server-refuses', world: 'fake=demo&refused' },
  {
    name: 'devices-ended',
    main: true,
    world: 'fake=demo&ended-device=token_reused&ended-device=other_device&ended-device=expired',
    act: async (page) => {
      await settingsPage(page, 'devices');
      await page.locator(test('device-ended')).last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'session-ended-elsewhere',
    world: 'fake=demo&ended=other_device',
    act: (page) => open(page, 'bram'),
  },
  {
    name: 'session-reused',
    main: true,
    world: 'fake=demo&ended=token_reused',
    act: (page) => page.click(test('sign-in-again')),
  },
  { name: 'session-ended', world: 'fake=demo&ended', act: (page) => open(page, 'bram') },
  {
    name: 'sign-in-again',
    world: 'fake=demo&ended',
    act: (page) => page.click(test('sign-in-again')),
  },
  { name: 'conversation', world: 'fake=demo', act: (page) => open(page, 'wond') },
  {
    name: 'conversation-loading',
    world: 'slow=timeline',
    act: (page) => page.click('[data-conversation="wond"]'),
  },
  { name: 'conversation-draft', world: 'fake=demo', act: (page) => open(page, 'bram') },
  { name: 'conversation-rtl', world: 'fake=demo', act: (page) => open(page, 'ggz') },
  { name: 'conversation-long-names', world: 'fake=demo', act: (page) => open(page, 'kaak') },
  { name: 'conversation-read-only', world: 'fake=demo', act: (page) => open(page, 'zorgpad') },
  { name: 'conversation-namesake', main: true, world: 'fake=teams', act: (page) => open(page, 'wond') },
  { name: 'conversation-long', world: 'fake=long', act: (page) => open(page, 'lang') },
  {
    name: 'conversation-scrolled-up',
    world: 'fake=long',
    act: async (page) => {
      await open(page, 'lang');
      await page.hover(test('timeline'));
      await page.mouse.wheel(0, -1500);
      await page.waitForSelector(test('jump-to-latest'));
    },
  },
  {
    name: 'conversation-offline',
    world: 'fake=waiting&offline',
    act: async (page) => {
      await open(page, 'wond');
      await write(page, 'Ik neem vrijdag contact op.');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.querySelectorAll('[data-state="waiting"]').length === 3);
    },
  },
  { name: 'conversation-refused', world: 'fake=refused', act: (page) => open(page, 'wond') },
  { name: 'conversation-stale', world: 'fake=stale', act: (page) => open(page, 'wond') },
  { name: 'conversation-missing', world: 'fake=missing', act: (page) => open(page, 'wond') },
  { name: 'conversation-restored', world: 'fake=restored', act: (page) => open(page, 'wond') },
  {
    name: 'conversation-disk-full',
    world: 'fake=demo&disk-full',
    main: true,
    act: async (page) => {
      await open(page, 'wond');
      await write(page, 'Dank, ik geef het nu door.');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[role=alert]');
    },
  },
  {
    name: 'conversation-reply',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.locator(test('message')).last().click({ button: 'right' });
      await page.click(test('menu-reply'));
      await write(page, 'Dank, ik geef het **nu** door.\nMorgen hoor je van mij.');
      await page.click(test('format-help'));
    },
  },
  {
    name: 'conversation-edit',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.locator('.own').last().click({ button: 'right' });
      await page.click(test('menu-edit'));
    },
  },
  {
    name: 'conversation-message-menu',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.menu');
    },
  },
  {
    name: 'conversation-delete',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.locator('.own').last().click({ button: 'right' });
      await page.click(test('menu-delete'));
    },
  },
  {
    name: 'composer-mention',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await write(page, 'Kan @bra');
      await page.waitForSelector(test('mentions'));
      await page.keyboard.press('Enter');
      await write(page, 'ook kijken, of @lott');
      await page.waitForSelector(test('mentions'));
    },
  },
  {
    name: 'composer-too-long',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'bram');
      await page.fill(test('composer'), 'Lang verhaal. '.repeat(1430));
    },
  },
  {
    name: 'wizard-direct',
    world: 'fake=demo',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.waitForSelector(test('found-person'));
    },
  },
  {
    name: 'wizard-namesakes',
    world: 'fake=demo',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.fill(test('people-search'), 'sanne');
      await page.waitForFunction(
        () => document.querySelectorAll('[data-testid="found-person"]').length === 2,
      );
    },
  },
  {
    name: 'wizard-nobody',
    world: 'fake=demo&offline',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.fill(test('people-search'), 'zzz');
      await page.waitForFunction(() => !document.querySelector('[data-testid="found-person"]'));
    },
  },
  {
    name: 'wizard-organisation',
    world: 'fake=demo&memberships=2',
    act: (page) => page.click(test('new-conversation')),
  },
  {
    name: 'wizard-subject',
    world: 'fake=demo',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.click(test('kind-group'));
      await page.fill(test('wizard-subject'), 'Verantwoordelijkheidsverdeling wondzorg in de thuissituatie');
    },
  },
  { name: 'wizard-people', world: 'fake=demo', act: choosePeople },
  {
    name: 'wizard-message',
    world: 'fake=demo',
    act: async (page) => {
      await choosePeople(page);
      await page.click(test('wizard-next'));
      await write(page, 'Kunnen jullie morgen om 10:00 uur meekijken?');
    },
  },
  {
    name: 'participants',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.click(test('participants'));
    },
  },
  {
    name: 'participants-thousand',
    world: 'fake=crowd',
    act: async (page) => {
      await open(page, 'wond');
      await page.click(test('participants'));
    },
  },
  {
    name: 'participants-add',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.click(test('participants'));
      await page.click(test('add'));
      await page.fill(test('people-search'), 'lotte');
      await page.click(`${test('found-person')}:has-text("Lotte")`);
      await page.click(test('share-earlier'));
      await page.waitForSelector(test('share-preview'));
    },
  },
  {
    name: 'participants-remove',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.click(test('participants'));
      await page.locator(test('participant-menu')).first().click();
      await page.click(test('menu-remove'));
    },
  },
  {
    name: 'leave',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.click(test('participants'));
      await page.click(test('leave'));
      await page.waitForSelector(test('successor'));
    },
  },
  { name: 'two-columns', world: 'fake=demo', size: [860, 720], act: (page) => open(page, 'wond') },
  {
    name: 'two-columns-participants',
    world: 'fake=demo',
    size: [860, 720],
    act: async (page) => {
      await open(page, 'wond');
      await page.click(test('participants'));
    },
  },
  { name: 'one-column', world: 'fake=demo', size: [420, 760] },
  {
    name: 'one-column-conversation',
    world: 'fake=demo',
    size: [420, 760],
    act: (page) => open(page, 'wond'),
  },
  {
    name: 'one-column-wizard',
    world: 'fake=demo',
    size: [420, 760],
    act: choosePeople,
  },
  {
    name: 'folded',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.click(test('close-overview'));
    },
  },
  ...DESKTOP,
  ...SEARCH,
  ...AVAILABILITY,
  ...URGENT,
  ...TEAMS_AND_ITEMS,
  ...FILES,
  ...ODD,
];

/** Those that show most of what there is: looked at in every way. */
const MAIN =
  /^(sign-in-invitation|trouble-key-lost|overview|overview-menu|conversation|conversation-stale|composer-mention|wizard-people|participants|item-window|composer-joining|archived-undo|messages|names|readers-thirty|participants-add-shared|question-namesake)$/;

/** @param {Scene} scene */
export function isMain(scene) {
  return scene.main || MAIN.test(scene.name);
}

/** @param {Page} page */
async function choosePeople(page) {
  await page.click(test('new-conversation'));
  await page.click(test('kind-group'));
  await page.fill(test('wizard-subject'), 'Valrisico mevr. B.');
  await page.click(test('wizard-next'));
  for (const name of ['meryem', 'haddad', 'wilhelmina']) {
    await find(page, name);
    await page.keyboard.press('Enter');
  }
}

/** @param {Page} page */
async function sendTrial(page) {
  await page.click(test('trial-send'));
  await page.locator(`${test('trial-outcome')} > :last-child`).scrollIntoViewIfNeeded();
}
