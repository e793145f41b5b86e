/**
 * An invitation as it was mailed: a link, or an address of a server and a code.
 *
 * It comes as mail programs leave it: inside its sentence, in angle brackets or quotes, with a full stop behind it, broken
 * over lines, percent-encoded, or inside a link of a filter that looks at links (`wrapped.ts`). All of these are read here.
 */
import { unwrapped } from './wrapped';

export interface Invitation {
  server: string;
  code: string;
}

/** The parts that were found of an incomplete invitation. */
export interface Found {
  /** The address of a server; of one without a scheme, as people type it, it is only supposed. */
  server: string | null;
  code: string | null;
}

/** As the server makes them: 20 random bytes in base64url. Those of other lengths are read where they stand in one piece. */
const CODE_LENGTH = 27;
const CODE = /^[\w-]{3,200}$/u;
/** Invisible characters that are no part of an address. */
const UNSEEN = /\u034F|[\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;
const ADDRESS = /https?:\/\/[^\s<>"“”„«»‹›]+/giu;
const BARE = /(?<![\w@./:-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d{1,5})?(?=\/|#|\s|$)/iu;
const BROKEN_CODE = /((?<=invite=)[\w-]{8,26})[\s>|]+([\w-]+)/gu;
/** Lines over which a link goes, at most: the wrapped ones are long. */
const MOST_BREAKS = 12;
/** A line that a mail program broke, also where it quotes. */
const BREAK = /[^\S\n]*\r?\n[>|\s]*/gu;

/** The address of a server, as people type it: without `https://`, with a path behind it. */
export function serverOf(typed: string): string | null {
  const text = typed.trim();
  if (text === '') return null;
  try {
    const url = new URL(/^[a-z]+:\/\//iu.test(text) ? text : `https://${text}`);
    return url.hostname === '' ? null : url.origin;
  } catch {
    return null;
  }
}

/** Reads the link of an invitation, `https://server/#invite=CODE`. The part after the `#` is never sent to a server. */
export function readInvitation(pasted: string): Invitation | null {
  const text = plainly(pasted);
  const found = read(text);
  if (found?.code.length === CODE_LENGTH || !text.includes('=3D')) return found;
  // The source of a mail: an equals sign is "=3D", and one at the end of a line breaks it.
  return read(text.replace(/=\r?\n/gu, '').replaceAll('=3D', '=')) ?? found;
}

function read(text: string): Invitation | null {
  const whole = inAddresses(text);
  if (whole?.code.length === CODE_LENGTH) return whole;
  const tried = [
    ...lessBroken(text).map((one) => inAddresses(one)),
    // A line break is a space where it came through a field of one line.
    inAddresses(text.replace(BROKEN_CODE, (_, begin: string, rest: string) => begin + rest)),
    inAddresses(text.replace(/\s+(?=[#%&?=/])|(?<=[#%&?=/])\s+/gu, '')),
  ];
  const mended = tried.find((one) => one?.code.length === CODE_LENGTH);
  if (mended) return mended;
  const unbroken = inAddresses(text.replace(BREAK, ''));
  const linkAlone = !/\S[^\S\n]+\S/u.test(text);
  return (linkAlone ? unbroken : whole) ?? whole ?? unbroken ?? tried.at(-1) ?? null;
}

/** With the first line break behind the beginning of a link taken out, with the first two, and so on. */
function lessBroken(text: string): string[] {
  const begin = text.search(/https?:/iu);
  const pieces = text.slice(Math.max(0, begin)).split(BREAK);
  return pieces.slice(1, MOST_BREAKS).map((_, at) => {
    const joined = pieces.slice(0, at + 2).join('');
    return [joined, ...pieces.slice(at + 2)].join('\n');
  });
}

/** The parts of an invitation that a text has; neither part if it is another text. */
export function foundOf(pasted: string): Found {
  const whole = readInvitation(pasted);
  if (whole) return whole;
  const text = plainly(pasted).trim();
  const code = /(?:^|[#?&/\s])invite=([\w-]{3,200})/u.exec(text)?.[1] ?? (CODE.test(text) ? text : null);
  const [address] = text.match(ADDRESS) ?? [];
  const bare = BARE.exec(text)?.[0];
  return { server: serverOf((address ?? bare ?? '').replace(/[.,;:!?)\]'’*]+$/u, '')), code };
}

function plainly(pasted: string): string {
  return pasted
    .replace(UNSEEN, '')
    .replace(/\u00A0/gu, ' ')
    .replace(/[\u0085\u2028\u2029]/gu, '\n')
    .replace(/&amp;/giu, '&')
    .replace(/&#(?:61|x3d);/giu, '=')
    .replace(/&#(?:35|x23);/giu, '#')
    .replace(/&(?:lt|gt|quot);/giu, ' ');
}

function inAddresses(text: string): Invitation | null {
  const all = (text.match(ADDRESS) ?? []).map((address) => inAddress(address));
  return all.find((one) => one?.code.length === CODE_LENGTH) ?? all.find((one) => one !== null) ?? null;
}

/** How often a link may have been put into another, or encoded. */
const DEEPEST = 5;

function inAddress(address: string, depth = 0): Invitation | null {
  if (depth > DEEPEST) return null;
  const { inner, wraps } = unwrapped(address);
  for (const one of inner) {
    const found = inAddress(one, depth + 1);
    if (found) return found;
  }
  const code = codeOf(address);
  const server = serverOf(wraps ? (inner[0] ?? '') : address);
  return code !== null && server !== null ? { server, code } : null;
}

function codeOf(address: string): string | null {
  let text = address;
  for (let times = 0; times <= DEEPEST; times += 1) {
    const found = /^([^#]*)#(?:.*[#?&/!])?invite=([\w-]{3,200})/u.exec(text);
    // A code that was encoded in a parameter belongs to the address in that parameter.
    if (found && (times === 0 || !found[1]?.includes('?'))) return found[2] ?? null;
    const next = decoded(text);
    if (next === null || next === text) return null;
    text = next;
  }
  return null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
