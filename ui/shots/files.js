// Files: gathered, refused, in a conversation, viewed, edited, listed, and every state of one.
import { find, open, test, write } from './page-actions.js';

/** @typedef {import('playwright-core').Page} Page */

/**
 * Drops files on the window, or drags them over it.
 * @param {Page} page
 * @param {{ name: string, size?: number }[]} files
 * @param {string[]} [events]
 */
async function drag(page, files, events = ['dragenter', 'dragover', 'drop']) {
  await page.evaluate(
    ({ files, events }) => {
      const data = new DataTransfer();
      for (const { name, size = 2000 } of files) data.items.add(new File([new Uint8Array(size)], name));
      for (const type of events) {
        document.body.dispatchEvent(
          new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
        );
      }
    },
    { files, events },
  );
}

/** @param {Page} page @param {string} text */
const message = (page, text) => page.locator(`${test('message')}:has-text("${text}")`);

const REFUSED = [
  'Setup.exe',
  'pagina.html',
  'macro.docm',
  'foto’s.zip',
  'vermomd.pdf',
  'kapot.jpg',
  'enorm.jpg',
];

/** Opens the viewer of a picture or file. @param {Page} page @param {string} id @param {string} text @param {string} what */
async function view(page, id, text, what) {
  await open(page, id);
  await message(page, text).locator(test(what)).first().click();
  await page.waitForSelector(test('viewer'));
}

/** @param {Page} page */
async function wizard(page) {
  await page.click(test('new-conversation'));
  await page.click(test('kind-group'));
  await page.fill(test('wizard-subject'), 'Valrisico mevr. B.');
  await page.click(test('wizard-next'));
  await find(page, 'meryem');
  await page.keyboard.press('Enter');
  await page.waitForSelector(test('chosen'));
  await page.click(test('wizard-next'));
  await page.waitForSelector(test('tray'));
}

/** @type {import('./scenes.js').Scene[]} */
export const FILES = [
  {
    name: 'files',
    world: 'fake=files',
    size: [1280, 1300],
    main: true,
    small: true,
    act: (page) => open(page, 'bestanden'),
  },
  {
    name: 'files-states',
    world: 'fake=files',
    size: [1280, 3600],
    main: true,
    act: (page) => open(page, 'standen'),
  },
  { name: 'files-pictures', world: 'fake=files', size: [1280, 1700], act: (page) => open(page, 'fotos') },
  {
    name: 'files-pictures-all',
    world: 'fake=files',
    size: [1280, 1500],
    act: async (page) => {
      await open(page, 'fotos');
      await page.click(test('more-pictures'));
    },
  },
  {
    name: 'files-overview',
    world: 'fake=files',
    act: (page) => page.waitForSelector('[data-conversation="bestanden"]').then(() => undefined),
  },
  { name: 'files-many', world: 'fake=many-files', act: (page) => open(page, 'reeks') },
  {
    name: 'files-hover',
    world: 'fake=files',
    act: async (page) => {
      await open(page, 'bestanden');
      await message(page, 'ter vergelijking').locator(test('file-menu')).first().click();
      await page.waitForSelector('.menu');
    },
  },
  {
    name: 'files-gathered',
    world: 'fake=gathered',
    main: true,
    small: true,
    act: async (page) => {
      await open(page, 'bestanden');
      await write(page, 'Hierbij de foto’s van vanmorgen.');
    },
  },
  {
    name: 'files-refused',
    world: 'fake=files',
    main: true,
    act: async (page) => {
      await open(page, 'bestanden');
      await drag(
        page,
        REFUSED.map((name) => ({ name })),
      );
      await page.waitForSelector(test('not-attached'));
    },
  },
  {
    name: 'files-refused-empty-and-many',
    world: 'fake=files',
    act: async (page) => {
      await open(page, 'bestanden');
      const pictures = Array.from({ length: 23 }, (_, at) => ({ name: `foto-${at + 1}.jpg` }));
      await drag(page, [{ name: 'leeg.txt', size: 0 }, ...pictures]);
      await page.waitForFunction(() => document.querySelectorAll('[data-testid="chip"]').length === 19);
    },
  },
  {
    name: 'files-disk-full',
    world: 'fake=files&disk-full',
    act: async (page) => {
      await open(page, 'bestanden');
      await drag(page, [{ name: 'foto.jpg' }]);
      await page.waitForSelector(test('not-attached'));
    },
  },
  {
    name: 'files-drop',
    world: 'fake=files',
    main: true,
    small: true,
    act: async (page) => {
      await open(page, 'bestanden');
      await drag(page, [{ name: 'foto.jpg' }], ['dragenter', 'dragover']);
      await page.waitForSelector(test('drop-overlay'));
    },
  },
  {
    name: 'files-drop-nowhere',
    world: 'fake=files',
    act: async (page) => {
      await page.click(test('new-conversation'));
      await page.click(test('wizard-back'));
      await drag(page, [{ name: 'foto.jpg' }], ['dragenter', 'dragover']);
      await page.waitForSelector(test('drop-overlay'));
    },
  },
  {
    name: 'files-editing',
    world: 'fake=files',
    act: async (page) => {
      await open(page, 'bestanden');
      await message(page, 'ter vergelijking').focus();
      await page.keyboard.press('e');
      await page.waitForSelector(test('tray'));
    },
  },
  { name: 'files-wizard', world: 'fake=gathered', main: true, small: true, act: wizard },
  {
    name: 'files-leaving',
    world: 'fake=gathered',
    act: async (page) => {
      await open(page, 'bestanden');
      await page.locator(test('chip-remove')).last().click();
      await write(page, 'Hierbij.');
      await page.keyboard.press('Enter');
      await page.waitForSelector(test('take-back'));
    },
  },
  {
    name: 'viewer-picture',
    world: 'fake=files',
    main: true,
    small: true,
    act: (page) => view(page, 'bestanden', 'de hiel vanmorgen', 'picture-main'),
  },
  {
    name: 'viewer-zoomed',
    world: 'fake=files',
    act: async (page) => {
      await view(page, 'bestanden', 'de hiel vanmorgen', 'picture-main');
      for (const key of ['+', '+', '+', '+', 'ArrowRight']) await page.keyboard.press(key);
    },
  },
  {
    name: 'viewer-pdf',
    world: 'fake=files',
    main: true,
    small: true,
    act: async (page) => {
      await view(page, 'bestanden', 'Uitslag kweek', 'file-main');
      await page.waitForSelector('.text-layer span');
    },
  },
  {
    name: 'viewer-broken',
    world: 'fake=files',
    act: async (page) => {
      await view(page, 'standen', 'Kapot vanbinnen', 'file-main');
      await page.waitForSelector(test('viewer-state'));
    },
  },
  {
    name: 'viewer-fetching',
    world: 'fake=files',
    size: [1280, 3600],
    act: async (page) => {
      await open(page, 'standen');
      await page.locator(`${test('picture')}[data-state="downloading"] ${test('picture-main')}`).click();
      await page.waitForSelector(test('viewer-state'));
    },
  },
  {
    name: 'picture-edit',
    world: 'fake=gathered',
    main: true,
    small: true,
    act: async (page) => {
      await open(page, 'bestanden');
      await page.locator(test('chip-edit')).first().click();
      await page.waitForSelector(`${test('edit-canvas')}`);
      await page.waitForFunction(() => (document.querySelector('canvas')?.width ?? 0) > 400);
      await page.click(test('edit-block'));
      const box = await page.locator(test('edit-canvas')).boundingBox();
      if (!box) throw new Error('no picture');
      const at = (/** @type {number} */ x, /** @type {number} */ y) =>
        /** @type {[number, number]} */ ([box.x + box.width * x, box.y + box.height * y]);
      await page.mouse.move(...at(0.1, 0.75));
      await page.mouse.down();
      await page.mouse.move(...at(0.45, 0.95));
      await page.mouse.up();
      await page.click(test('edit-arrow'));
      await page.mouse.move(...at(0.85, 0.15));
      await page.mouse.down();
      await page.mouse.move(...at(0.6, 0.4));
      await page.mouse.up();
      await page.click(test('edit-crop'));
      await page.mouse.move(...at(0.05, 0.05));
      await page.mouse.down();
      await page.mouse.move(...at(0.9, 0.97));
    },
  },
  {
    name: 'attachments-panel',
    world: 'fake=files',
    main: true,
    small: true,
    act: async (page) => {
      await open(page, 'bestanden');
      await page.click(test('attachments'));
      await page.waitForSelector(test('attachments-panel'));
    },
  },
  {
    name: 'attachments-panel-many',
    world: 'fake=many-files',
    act: async (page) => {
      await open(page, 'reeks');
      await page.click(test('attachments'));
      await page.waitForSelector(test('attachments-more'));
    },
  },
  {
    name: 'attachments-panel-empty',
    world: 'fake=demo',
    act: async (page) => {
      await open(page, 'wond');
      await page.click(test('attachments'));
      await page.waitForSelector(test('attachments-panel'));
    },
  },
  {
    name: 'files-settings',
    world: 'fake=demo&forced=files.take_back_seconds',
    size: [1280, 1100],
    act: async (page) => {
      await page.click('#to-settings');
      await page.locator(test('files-days')).scrollIntoViewIfNeeded();
    },
  },
];
