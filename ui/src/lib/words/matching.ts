/**
 * Whether a name has what was typed, as `crates/matching` says for server and engine (O6). What is offered while one types
 * cannot wait for an answer, or a key would overtake it; so it is worked out here, over tables that are generated, and
 * `crates/matching/samples.json` holds both to the same answers. Typing errors and initials are forgiven where the directory
 * is searched, by the server and the engine, and not here: this narrows down lists that are in sight.
 */
import { ABBREVIATIONS, APOSTROPHES, LETTERS, TAKEN_OUT } from '$lib/bindings/matching';

/** Characters of a query that count. */
const LONGEST_QUERY = 100;
/** Words of a query that count. */
const MOST_WORDS = 16;
/** Words of a query that are matched as one, at most. */
const MOST_TOGETHER = 4;
const OF_WORD = /[\p{Alphabetic}\p{N}\p{M}]/u;

function within(ranges: readonly (readonly [number, number])[], letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  return code > 127 && ranges.some(([from, to]) => from <= code && code <= to);
}

/** Without regard to case, accents, width, and the letters that a keyboard lacks. */
export function fold(text: string): string {
  let folded = '';
  for (const letter of text.normalize('NFKD')) {
    if (within(TAKEN_OUT, letter)) continue;
    // By way of the capital, which several small letters have in common.
    for (const small of letter.toUpperCase()) {
      const lower = small.toLowerCase();
      folded += LETTERS[lower] ?? lower;
    }
  }
  return folded;
}

function wordsOf(text: string): string[] {
  const words = [''];
  for (const letter of fold(text)) {
    if (OF_WORD.test(letter) && !within(APOSTROPHES, letter)) words[words.length - 1] += letter;
    else words.push('');
  }
  return words.filter(Boolean);
}

/** The words with one blank between them: equal for names that one would take for the same. */
export function plain(text: string): string {
  return wordsOf(text).join(' ');
}

/** The words with each abbreviation as what it stands for, in each way. */
function writtenOut(words: string[]): string[][] {
  const found: string[][] = [];
  let most = 1;
  for (let turn = 0; turn < most; turn += 1) {
    const written: string[] = [];
    for (let at = 0; at < words.length;) {
      const known = ABBREVIATIONS.find(([short]) => short.every((word, place) => words[at + place] === word));
      if (known) {
        const [short, long] = known;
        if (turn === 0) most = Math.max(most, long.length);
        written.push(...(long[turn] ?? long.at(-1) ?? []));
        at += short.length;
      } else {
        written.push(words[at] ?? '');
        at += 1;
      }
    }
    found.push(written);
  }
  return [...found, words];
}

/** Whether it begins a word of the texts; a run of words may be read as one. */
function begins(runs: string[][], wanted: string): boolean {
  return runs.some((run) => run.some((_, at) => run.slice(at).join('').startsWith(wanted)));
}

function areIn(wanted: string[], runs: string[][]): boolean {
  const matched = [true];
  for (let place = 0; place < wanted.length; place += 1) {
    let found = false;
    for (let from = place; !found && from > place - MOST_TOGETHER && from >= 0; from -= 1)
      found = matched[from] === true && begins(runs, wanted.slice(from, place + 1).join(''));
    matched.push(found);
  }
  return matched.at(-1) === true;
}

/** The typed query. */
export class Wanted {
  private readonly forms: string[][];

  constructor(query: string) {
    const words = wordsOf([...query].slice(0, LONGEST_QUERY).join(''));
    const apart = words.flatMap((word) => (['vd', 'vh', 'vt'].includes(word) ? [...word] : [word]));
    const forms = apart.length > words.length ? [words, apart] : [words];
    this.forms = forms.map((form) => form.slice(0, MOST_WORDS));
  }

  /** No word was typed. */
  get isEmpty(): boolean {
    return this.forms[0]?.length === 0;
  }

  /** Each of the words, alone or with its neighbours as one, begins a word of these texts. */
  isIn(...texts: string[]): boolean {
    const runs = texts.flatMap((text) => writtenOut(wordsOf(text)));
    return this.forms.some((form) => areIn(form, runs));
  }
}
