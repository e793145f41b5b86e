/**
 * Cleans pasted or dropped text (M1), as the rule does (`crates/conversation/src/text/cleaning.rs`). It is done here, at once,
 * so that text that is typed afterwards does not wait for it or come before it. Both are tested against `cleaning.json`.
 */

/** Characters that a text may not hold: control characters but `\n` and tab, other line breaks, and U+FFFC. */
// eslint-disable-next-line no-control-regex
const NOT_IN_A_TEXT = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\uFFFC]/u;
// eslint-disable-next-line no-control-regex
const BREAKS = /\r\n?|[\u000B\u000C\u001C-\u001E\u0085\u2028\u2029]/gu;
// eslint-disable-next-line no-control-regex
const TAB = /\u001F/gu;
/** A run of removed characters, with the characters before and after it. */
// eslint-disable-next-line no-control-regex
const GOES = /(^|.)[\u0000-\u0008\u000E-\u001B\u007F-\u009F\uFFFC]+(?=(.?))/gsu;
const WHITE = /^\p{White_Space}*$/u;

/** Whether a text is as `clean` leaves it. */
export function isClean(text: string): boolean {
  return !NOT_IN_A_TEXT.test(text);
}

/**
 * Line breaks become `\n`, column separators a tab, and any other control character is removed, leaving a space between two
 * visible characters: a separation stays a separation, and two doses never become one.
 */
export function clean(text: string): string {
  if (isClean(text)) return text;
  return text
    .replace(BREAKS, '\n')
    .replace(TAB, '\t')
    .replace(GOES, (_, before: string, after: string) =>
      WHITE.test(before) || WHITE.test(after) ? before : `${before} `,
    );
}

/** The same for a field of one line: what breaks it, or separates columns, becomes a space. */
export function cleanLine(text: string): string {
  return clean(text).replace(/[\n\t]+/gu, ' ');
}

/** The same on a single line, as a subject is kept: without empty lines, and nothing at its ends. */
export function oneLine(text: string): string {
  const pieces = clean(text)
    .split(/[\n\t]/)
    .filter((piece) => piece.trim() !== '');
  return pieces
    .reduce(
      (line, piece) => line + (line === '' || line.endsWith(' ') || piece.startsWith(' ') ? '' : ' ') + piece,
      '',
    )
    .trim();
}
