// Pictures of every screen in every state, and an accessibility check of each.
//   npm run shots -- [folder] [pattern of names]
// in Dutch, light and dark, and in English; the main ones also at 200 % and in forced colours. Ends with an error when
// axe-core finds anything, or the page says something in its console. Needs `npm run build` first.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isMain, SCENES } from './scenes.js';
import { Preview } from './preview.js';

const [folder = join(tmpdir(), 'overleg-shots'), pattern = ''] = process.argv.slice(2);
const wanted = new RegExp(pattern);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZE = /** @type {[number, number]} */ ([1280, 800]);
/** As small as the window gets (src-tauri/src/window.rs): what is twice as large has this much room at 200 %. */
const SMALLEST = /** @type {const} */ ([360, 480]);
mkdirSync(folder, { recursive: true });
const preview = await Preview.open();
/** @type {string[]} */
const problems = [];
let taken = 0;

/**
 * @param {import('./scenes.js').Scene} scene
 * @param {{ lang: 'nl' | 'en', theme: 'light' | 'dark', zoom?: boolean, small?: boolean, forced?: boolean }} how
 */
async function shoot(scene, { lang, theme, zoom = false, small = false, forced = false }) {
  const [width, height] = small ? [SMALLEST[0] * 2, SMALLEST[1] * 2] : (scene.size ?? SIZE);
  const way = small ? 'small' : zoom ? '200' : '';
  const name = [scene.name, lang, forced ? 'forced' : theme, way].filter(Boolean).join('.');
  /** @type {import('./scenes.js').Page | undefined} */
  let page;
  try {
    page = await preview.enter(scene.world, {
      lang,
      theme,
      forced,
      viewport: zoom || small ? { width: width / 2, height: height / 2 } : { width, height },
      scale: zoom || small ? 2 : 1,
      before: (opened) => {
        page = opened;
        opened.on('console', (message) => {
          if (['error', 'warning'].includes(message.type())) problems.push(`${name}: ${message.text()}`);
        });
        opened.on('pageerror', (error) => problems.push(`${name}: ${error.message}`));
      },
    });
    await scene.act?.(page);
    await settled(page);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    taken += 1;
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const options = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
      // @ts-expect-error axe was put into the page just now
      const { violations } = await window.axe.run(document, options);
      return violations.flatMap((/** @type {any} */ one) =>
        one.nodes.map(
          (/** @type {any} */ node) =>
            `${one.id}: ${node.target.join(' ')} (${node.any[0]?.message ?? one.help})`,
        ),
      );
    });
    problems.push(...found.map((/** @type {string} */ one) => `${name}: ${one}`));
  } catch (error) {
    problems.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    await page?.screenshot({ path: join(folder, `${name}.failed.png`) });
  } finally {
    await page?.context().close();
  }
}

/** Two frames and the skeleton's moment later, nothing moves any more. @param {import('playwright-core').Page} page */
async function settled(page) {
  await page.evaluate(
    () =>
      new Promise((done) => {
        setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done(null))), 200);
      }),
  );
}

for (const scene of SCENES.filter((one) => wanted.test(one.name))) {
  for (const theme of /** @type {const} */ (['light', 'dark'])) await shoot(scene, { lang: 'nl', theme });
  await shoot(scene, { lang: 'en', theme: 'light' });
  if (scene.small) await shoot(scene, { lang: 'nl', theme: 'light', small: true });
  if (isMain(scene)) {
    await shoot(scene, { lang: 'nl', theme: 'light', zoom: true });
    await shoot(scene, { lang: 'nl', theme: 'light', forced: true });
  }
}

await preview.close();
console.log(`${taken} pictures in ${folder}`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`${problems.length} problems.`);
  process.exit(1);
}
