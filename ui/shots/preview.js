// The built screen on fake data, served by Vite and shown in a browser, with a fixed clock.
import { preview as serve } from 'vite';

import { browser } from './browser.js';

/** Thursday 19 November 2026, when the people of the fake world are at work. */
const NOW = new Date('2026-11-19T14:35:00');

/** In which nothing is asked for, of a screen that is there. */
const FRAMES = 5;

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {object} How
 * @property {'nl' | 'en'} [lang]
 * @property {'light' | 'dark'} [theme]
 * @property {{ width: number, height: number }} [viewport]
 * @property {number} [scale] pixels of the picture for each of the page
 * @property {boolean} [forced] the system's own colours
 * @property {(page: Page) => Promise<void> | void} [before] what is listened to from the beginning
 */

export class Preview {
  /**
   * @param {import('vite').PreviewServer} server
   * @param {import('playwright-core').Browser} chromium
   */
  constructor(server, chromium) {
    this.server = server;
    this.chromium = chromium;
  }

  static async open() {
    const server = await serve({
      preview: { host: '127.0.0.1', port: 0 },
      build: { outDir: 'dist-browser' },
      logLevel: 'error',
    });
    return new Preview(server, await browser());
  }

  /** A world, until its page's context is closed. @param {string} world @param {How} how @returns {Promise<Page>} */
  async enter(
    world,
    {
      lang = 'nl',
      theme = 'light',
      viewport = { width: 1280, height: 800 },
      scale = 1,
      forced = false,
      before,
    } = {},
  ) {
    const context = await this.chromium.newContext({
      viewport,
      deviceScaleFactor: scale,
      colorScheme: theme,
      forcedColors: forced ? 'active' : 'none',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    this.#follow(page);
    await before?.(page);
    // As the desktop app does.
    await page.addInitScript(() => Object.freeze(Object.prototype));
    await page.clock.setFixedTime(NOW);
    await page.goto(`${this.server.resolvedUrls?.local[0] ?? ''}?${world}&lang=${lang}&theme=${theme}`);
    const alone = /signed-out|trouble/.test(world);
    await page.waitForSelector(alone ? 'main' : '[data-testid="work"]');
    await page.evaluate(() => document.fonts.ready);
    return page;
  }

  /** Requests of each page that have no answer yet. @type {WeakMap<Page, Set<object>>} */
  #asked = new WeakMap();

  /** @param {Page} page */
  #follow(page) {
    /** @type {Set<object>} */
    const asked = new Set();
    this.#asked.set(page, asked);
    page.on('request', (request) => asked.add(request));
    page.on('requestfinished', (request) => asked.delete(request));
    page.on('requestfailed', (request) => asked.delete(request));
  }

  /** Waits until a screen that comes with code of its own is there, and drawn. @param {Page} page */
  async settled(page) {
    for (let still = 0; still < FRAMES; still += 1) {
      await page.evaluate(() => new Promise(requestAnimationFrame));
      if (this.#asked.get(page)?.size) still = 0;
    }
  }

  async close() {
    await this.chromium.close();
    await this.server.close();
  }
}
