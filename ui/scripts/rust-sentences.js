// The sentences of refusals and errors stand in Rust, where the rules are; the catalogue has the same ones.
//   node scripts/rust-sentences.js    takes them over into messages/*.json
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const SOURCES = [
  { prefix: 'refusal', file: '../crates/conversation/src/refusal.rs', macro: 'refusals' },
  { prefix: 'error', file: '../crates/protocol/src/error.rs', macro: 'errors' },
];
const LANGUAGES = /** @type {const} */ (['nl', 'en']);

/** @param {string} name */
const snake = (name) => name.replace(/(?!^)[A-Z]/g, '_$&').toLowerCase();

/**
 * Every sentence by its key in the catalogue: `refusal_text_empty`.
 * @param {URL} root the folder `ui/`
 */
export function rustSentences(root = new URL('..', import.meta.url)) {
  /** @type {Record<string, { nl: string, en: string }>} */
  const found = {};
  for (const { prefix, file, macro } of SOURCES) {
    const source = readFileSync(new URL(file, root), 'utf8');
    const list = source.slice(source.indexOf(`\n${macro}! {`));
    for (const one of list.matchAll(/^ {4}([A-Z]\w+),(?: \d+,)?\s+"([^"]*)",\s+"([^"]*)";/gm)) {
      const [, name = '', nl = '', en = ''] = one;
      found[`${prefix}_${snake(name)}`] = { nl, en };
    }
  }
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sentences = rustSentences();
  for (const language of LANGUAGES) {
    const file = new URL(`../messages/${language}.json`, import.meta.url);
    const own = Object.entries(JSON.parse(readFileSync(file, 'utf8'))).filter(
      ([key]) => !/^(refusal|error)_/.test(key),
    );
    const taken = Object.entries(sentences).map(([key, sentence]) => [key, sentence[language]]);
    const catalogue = Object.fromEntries([...own, ...taken]);
    writeFileSync(file, `${JSON.stringify(catalogue, null, 2)}\n`);
  }
  console.log(`${Object.keys(sentences).length} sentences taken over.`);
}
