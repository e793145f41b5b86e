// Every sentence of the catalogue keeps what is put into it from turning it round (src/lib/words/isolate.ts): a name written
// from right to left, or one that ends in a character that turns the direction. By the build, so that no sentence can forget.

const INSERTED = /\$\{i\?\.(\w+)\}/g;
const IMPORT = "import { isolated } from '$lib/words/isolate';\n";

/** @param {string} code @returns {string} A message as paraglide compiles it, with all that is put into it isolated. */
export function isolating(code) {
  const changed = code.replace(INSERTED, '${isolated(i?.$1)}');
  return changed === code ? code : IMPORT + changed;
}

/** @returns {import('vite').Plugin} */
export function isolatedMessages() {
  return {
    name: 'isolated-messages',
    transform(code, id) {
      return /\/paraglide\/messages\/\w+\.js$/.test(id) ? { code: isolating(code), map: null } : undefined;
    },
  };
}
