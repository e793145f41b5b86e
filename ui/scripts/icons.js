// Draws icons/*.png, icon.ico and icon.icns from icons/app.svg and icons/mark.svg.
//   npm run icons
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { browser } from '../shots/browser.js';

const icons = new URL('../../icons/', import.meta.url);
const app = readFileSync(new URL('app.svg', icons), 'utf8');
const mark = readFileSync(new URL('mark.svg', icons), 'utf8');

const chromium = await browser();
const page = await chromium.newPage();

const letters = readFileSync(
  new URL(
    '../node_modules/@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2',
    import.meta.url,
  ),
).toString('base64');

/** A number in a circle, `size` high. @param {string} number @param {number} size */
async function count(number, size) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>
    @font-face { font-family: N; font-weight: 200 800; src: url(data:font/woff2;base64,${letters}); }
    body { margin: 0 } text { font: 800 23px N; fill: #fff; text-anchor: middle }</style>
    <svg width="${size}" height="${size}" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15.5" fill="#a33b00"/>
    <text x="16" y="24" ${number.length > 1 ? 'textLength="25" lengthAdjust="spacingAndGlyphs"' : ''}>${number}</text></svg>`);
  await page.evaluate(() => document.fonts.ready);
  return page.screenshot({ omitBackground: true });
}

/** The app's icon with a number on it. @param {string} number @param {number} size */
async function counted(number, size) {
  const circle = (await count(number, Math.round(size * 0.62))).toString('base64');
  const drawn = app.replace('<svg ', `<svg width="${size}" height="${size}" `);
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body{margin:0}svg{position:absolute;inset:0}img{position:absolute;top:0;right:0}</style>${drawn}<img src="data:image/png;base64,${circle}">`,
  );
  await page.waitForFunction(() => document.images[0]?.complete);
  return page.screenshot({ omitBackground: true });
}

/** @param {string} svg @param {number} size @param {string} [fill] */
async function png(svg, size, fill = 'black') {
  await page.setViewportSize({ width: size, height: size });
  const drawn = svg.replace('<svg ', `<svg width="${size}" height="${size}" fill="${fill}" `);
  await page.setContent(`<style>body{margin:0}svg{position:absolute;inset:0}</style>${drawn}`);
  return page.screenshot({ omitBackground: true });
}

/** The same pictures in one file, as Windows keeps them. @param {Map<number, Buffer>} pictures */
function ico(pictures) {
  const sizes = [16, 24, 32, 48, 64, 256];
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let at = head.length;
  const bodies = sizes.map((size, index) => {
    const body = /** @type {Buffer} */ (pictures.get(size));
    const entry = 6 + 16 * index;
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(body.length, entry + 8);
    head.writeUInt32LE(at, entry + 12);
    at += body.length;
    return body;
  });
  return Buffer.concat([head, ...bodies]);
}

/** The same pictures in one file, as macOS keeps them. @param {Map<number, Buffer>} pictures */
function icns(pictures) {
  /** @type {[string, number][]} */
  const kinds = [
    ['icp4', 16],
    ['icp5', 32],
    ['ic11', 32],
    ['icp6', 64],
    ['ic12', 64],
    ['ic07', 128],
    ['ic08', 256],
    ['ic13', 256],
    ['ic09', 512],
    ['ic14', 512],
    ['ic10', 1024],
  ];
  const parts = kinds.map(([kind, size]) => {
    const body = /** @type {Buffer} */ (pictures.get(size));
    const head = Buffer.alloc(8);
    head.write(kind, 'latin1');
    head.writeUInt32BE(body.length + 8, 4);
    return Buffer.concat([head, body]);
  });
  const all = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(all.length + 8, 4);
  return Buffer.concat([head, all]);
}

/** @type {Map<number, Buffer>} */
const pictures = new Map();
for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) pictures.set(size, await png(app, size));

/** @type {Record<string, Buffer>} */
const files = {
  '32x32.png': /** @type {Buffer} */ (pictures.get(32)),
  '128x128.png': /** @type {Buffer} */ (pictures.get(128)),
  '128x128@2x.png': /** @type {Buffer} */ (pictures.get(256)),
  'icon.png': /** @type {Buffer} */ (pictures.get(512)),
  'icon.ico': ico(pictures),
  'icon.icns': icns(pictures),
  'tray.png': await png(app, 64),
  // One colour: black for macOS, which tints it; white for dark bars.
  'tray-template.png': await png(mark, 64),
  'tray-white.png': await png(mark, 64, 'white'),
};
// The number of unread conversations: on the tray's icon, and laid over the taskbar's on Windows.
for (const folder of ['tray', 'overlay']) mkdirSync(new URL(folder, icons), { recursive: true });
for (const number of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '9+']) {
  const name = number === '9+' ? 'more' : number;
  files[`tray/${name}.png`] = await counted(number, 64);
  files[`overlay/${name}.png`] = await count(number, 32);
}
for (const [name, body] of Object.entries(files)) writeFileSync(new URL(name, icons), body);
await chromium.close();
console.log(`${Object.keys(files).length} files drawn in icons/.`);
