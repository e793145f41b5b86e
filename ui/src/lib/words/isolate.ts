/**
 * Names, titles and texts that people made, inside a sentence of ours. What is written from right to left, or holds characters
 * that turn the direction, is kept from turning what stands around it: by U+2068 and U+2069 (Unicode's isolates), which show
 * nothing. Every sentence of the catalogue does this with what is put into it (`scripts/isolated.js`).
 */
const FSI = '\u2068';
const PDI = '\u2069';
/** Letters written from right to left, their digits, and what turns the direction. */
const TURNS =
  /[\u0590-\u08FF\u200E\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** Isolates a text for use inside a sentence; a text without right-to-left characters is returned unchanged. */
export function isolate(text: string): string {
  return TURNS.test(text) && !isIsolate(text) ? `${FSI}${balanced(text)}${PDI}` : text;
}

/** Isolates a value inserted into a sentence; a number is returned unchanged. */
export function isolated<T>(value: T): T | string {
  return typeof value === 'string' ? isolate(value) : value;
}

/** Removes closing marks without an opening one, which would end our own isolation, and closes what is left open. */
function balanced(text: string): string {
  let open = 0;
  let kept = '';
  for (const one of text) {
    if (one === PDI && open === 0) continue;
    if (one === PDI) open -= 1;
    else if (/[\u2066-\u2068]/u.test(one)) open += 1;
    kept += one;
  }
  return kept + PDI.repeat(open);
}

/** One isolate from its first character to its last. */
function isIsolate(text: string): boolean {
  if (!text.startsWith(FSI)) return false;
  let open = 0;
  for (const [at, one] of [...text].entries()) {
    if (/[\u2066-\u2068]/u.test(one)) open += 1;
    else if (one === PDI) open -= 1;
    if (open === 0) return at === [...text].length - 1;
  }
  return false;
}
