/**
 * What comes from elsewhere, made into a text, as `crates/conversation/src/text/cleaning.rs` does it: what separates stays
 * a separation, whatever it is called where it comes from. Two doses never become one.
 */

/* eslint-disable no-control-regex -- control characters are what this is about */
const BREAKS = /\r\n?|[\u000B\u000C\u001C-\u001E\u0085\u2028\u2029]/g;
const COLUMNS = /\u001F/g;
const OTHERS = /[\u0000-\u0008\u000E-\u001B\u007F-\u0084\u0086-\u009F\uFFFC]+/g;
/* eslint-enable no-control-regex */

/**
 * What breaks a line becomes `\n`, what separates columns a tab, and any other control character goes, leaving a space
 * where it stood between two signs. It holds no mention.
 */
export function clean(pasted: string): string {
  const separated = pasted.replace(BREAKS, '\n').replace(COLUMNS, '\t');
  return separated.replace(OTHERS, (gone, at: number) => {
    const before = separated[at - 1];
    const after = separated[at + gone.length];
    const apart = before === undefined || after === undefined || /\s/u.test(before) || /\s/u.test(after);
    return apart ? '' : ' ';
  });
}

/** The same on a single line, as a subject is. */
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
