// Checks that every folder of src/lib imports only from folders below it.
//   node scripts/layers.js    prints each import that goes up, and fails if there is one
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const lib = fileURLToPath(new URL('../src/lib', import.meta.url));

/** From bottom to top. Folders of one layer do not import each other. */
const LAYERS = [['bindings', 'paraglide'], ['words', 'parts'], ['shell'], ['state'], ['screens']];
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/gu;

/** @param {string} path Path below src/lib. */
function folder(path) {
  return path.split('/')[0]?.replace(/\.ts$/u, '') ?? '';
}

/** @param {string} name */
function layer(name) {
  return LAYERS.findIndex((names) => names.includes(name));
}

/**
 * The imports of a file that do not go down.
 * @param {string} file Path below src/lib, with slashes.
 * @param {string} source
 */
export function upward(file, source) {
  const own = folder(file);
  return [...source.matchAll(IMPORT)].flatMap(([, target = '']) => {
    const path = target.startsWith('$lib/')
      ? target.slice('$lib/'.length)
      : target.startsWith('.')
        ? posix.join(posix.dirname(file), target)
        : null;
    if (path === null || path.startsWith('..') || folder(path) === own) return [];
    return layer(folder(path)) < layer(own) ? [] : [`src/lib/${file}: ${own} must not import ${path}`];
  });
}

/** @param {string} at @returns {string[]} */
function sources(at) {
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
    const path = join(at, entry.name);
    if (entry.isDirectory()) return ['bindings', 'paraglide'].includes(entry.name) ? [] : sources(path);
    // A test may use the fake and the whole program.
    return /\.(svelte|ts)$/u.test(entry.name) && !entry.name.includes('.test.') ? [path] : [];
  });
}

/** Every import that does not go down. */
export function problems() {
  return sources(lib).flatMap((path) =>
    upward(relative(lib, path).split(sep).join('/'), readFileSync(path, 'utf8')),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = problems();
  for (const problem of found) console.error(problem);
  process.exit(found.length > 0 ? 1 : 0);
}
