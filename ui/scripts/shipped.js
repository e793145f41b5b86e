// The packages of npm whose code, styles or fonts are in the bundle of the interface, for the list of its parts and their
// licences: a line each of name, version, licence, folder and digest (SHA-512 in hexadecimal), with tabs between, in the file
// that the argument names. Plugins report on the standard output.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { relative, sep } from 'node:path';

import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const used = new Set();

/**
 * The folder of the package that a file belongs to, from `ui/`: the innermost one.
 * @param {string} file
 */
function folderOf(file) {
  const parts = relative(root, file.replace(/^\0+/, '').replace(/\?.*$/, '')).split(sep);
  const at = parts.lastIndexOf('node_modules');
  if (at < 0) return null;
  return parts.slice(0, at + (parts[at + 1]?.startsWith('@') ? 3 : 2)).join('/');
}

/** @param {string} file */
function use(file) {
  const folder = folderOf(file);
  if (folder) used.add(folder);
}

/**
 * The licence of a package whose manifest names none, by the title of its text.
 * @param {string} folder
 */
function fromText(folder) {
  const file = new URL(`../${folder}/LICENSE`, import.meta.url);
  return existsSync(file) && readFileSync(file, 'utf8').trimStart().startsWith('MIT License') ? 'MIT' : '';
}

/** @type {import('vite').Plugin} */
const collect = {
  name: 'overleg:shipped',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.moduleIds.forEach(use);
      else file.originalFileNames.forEach((name) => use(new URL(name, `file://${root}`).pathname));
    }
  },
};

await build({
  root,
  logLevel: 'error',
  build: { write: false },
  plugins: [collect],
  worker: { plugins: () => [collect] },
});

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')).packages;
const lines = [...used].sort().map((folder) => {
  const { name, version, license } = JSON.parse(
    readFileSync(new URL(`../${folder}/package.json`, import.meta.url), 'utf8'),
  );
  const integrity = lock[folder]?.integrity ?? '';
  const digest = integrity.startsWith('sha512-')
    ? Buffer.from(integrity.slice(7), 'base64').toString('hex')
    : '';
  return `${[name, version, license ?? fromText(folder), folder, digest].join('\t')}\n`;
});
const [, , list] = process.argv;
if (!list) throw new Error('Name the file that the list is written to.');
writeFileSync(list, lines.join(''));
