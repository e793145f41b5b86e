// Finds faults of the catalogue: a text that one language lacks or no code uses, and a text outside it.
//   node scripts/messages.js [--only-tell]    compiles it, then tells
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { compile } from '@inlang/paraglide-js';
import { parse } from 'svelte/compiler';

import { catalogue } from './catalogue.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const ATTRIBUTES = [
  'alt',
  'aria-label',
  'aria-description',
  'label',
  'placeholder',
  'title',
  'hint',
  'about',
];
/** Names of keys, and texts without letters: the same in every language. */
const KEYS = /^(Enter|Escape|Home|End|Delete|Backspace|Arrow\w+|Page\w+)$/;
const WITHOUT_WORDS = /^[^\p{L}]*$|^(Enter|Shift|Ctrl)$/u;

/** @param {string} language @returns {Record<string, unknown>} */
export function read(language) {
  const { $schema: _, ...texts } = JSON.parse(readFileSync(join(root, `messages/${language}.json`), 'utf8'));
  return texts;
}

/** The variants of a text. @param {unknown} text @returns {string[]} */
function variants(text) {
  if (typeof text === 'string') return [text];
  return /** @type {{ match: Record<string, string> }[]} */ (text).flatMap((one) => Object.values(one.match));
}

/** The placeholders of a text. @param {unknown} text */
function filled(text) {
  return [
    ...new Set(variants(text).flatMap((one) => [...one.matchAll(/\{(\w+)\}/g)].map((found) => found[1]))),
  ]
    .sort()
    .join(', ');
}

/** @param {string} folder @returns {string[]} */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['bindings', 'paraglide', 'testing'].includes(entry.name) ? [] : sources(path);
    return /\.(svelte|ts)$/.test(entry.name) && !entry.name.includes('.test.') ? [path] : [];
  });
}

/** The strings that an expression may be. @param {any} node @returns {string[]} */
function strings(node) {
  if (!node) return [];
  if (node.type === 'Literal' && typeof node.value === 'string') return [node.value];
  if (node.type === 'ConditionalExpression') return [...strings(node.consequent), ...strings(node.alternate)];
  if (node.type === 'LogicalExpression') return [...strings(node.left), ...strings(node.right)];
  if (node.type === 'TemplateLiteral')
    return node.quasis.map((/** @type {any} */ one) => one.value.cooked.trim());
  return [];
}

/**
 * The texts in a component that do not come from the catalogue.
 * @param {string} source
 * @param {string} name
 */
export function literals(source, name) {
  /** @type {string[]} */
  const found = [];
  /** @param {any} node */
  const walk = (node) => {
    if (Array.isArray(node)) return node.forEach(walk);
    if (!node || typeof node !== 'object') return;
    // `style:--width="{n}px"` is no text.
    if (node.type === 'StyleDirective') return;
    if (node.type === 'Attribute') {
      for (const part of [node.value].flat()) {
        if (
          part?.type === 'Text' &&
          ATTRIBUTES.includes(node.name) &&
          !WITHOUT_WORDS.test(part.data.trim())
        ) {
          found.push(`${name}: ${node.name}="${part.data}"`);
        }
        if (part?.type !== 'Text') walk(part);
      }
      return;
    }
    // In an expression, a text for people begins with a capital and is no name of a key.
    if (node.type === 'ExpressionTag') {
      for (const text of strings(node.expression)) {
        if (/^\p{Lu}\p{Ll}+/u.test(text) && !KEYS.test(text)) found.push(`${name}: “${text}”`);
      }
    }
    if (node.type === 'Text' && !WITHOUT_WORDS.test(node.data.trim()))
      found.push(`${name}: “${node.data.trim()}”`);
    for (const [key, value] of Object.entries(node)) {
      if (!['css', 'instance', 'module', 'metadata', 'parent'].includes(key)) walk(value);
    }
  };
  walk(parse(source, { modern: true }).fragment);
  return found;
}

/** Everything that is wrong. */
export function problems() {
  const [nl, en] = [read('nl'), read('en')];
  const found = [];
  for (const key of new Set([...Object.keys(nl), ...Object.keys(en)])) {
    if (nl[key] === undefined || en[key] === undefined) found.push(`${key}: one language lacks it`);
    else if (filled(nl[key]) !== filled(en[key])) found.push(`${key}: not the same things are filled in`);
    if (
      variants(nl[key] ?? '')
        .concat(variants(en[key] ?? ''))
        .some((text) => text.trim() === '')
    ) {
      found.push(`${key}: is empty`);
    }
    if (
      variants(nl[key] ?? '')
        .concat(variants(en[key] ?? ''))
        .some((text) => text.includes('!'))
    ) {
      found.push(`${key}: nobody is shouted at`);
    }
  }
  const files = sources(join(root, 'src'));
  const code = files.map((path) => readFileSync(path, 'utf8')).join('\n');
  for (const key of Object.keys(nl)) {
    if (!new RegExp(`\\bm\\.${key}\\b`).test(code)) found.push(`${key}: nobody uses it`);
  }
  for (const path of files.filter((one) => one.endsWith('.svelte'))) {
    found.push(...literals(readFileSync(path, 'utf8'), path.slice(root.length)));
  }
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!process.argv.includes('--only-tell')) await compile(catalogue);
  const found = problems();
  for (const problem of found) console.error(problem);
  process.exit(found.length > 0 ? 1 : 0);
}
