/**
 * Links that filters of mail put in the place of others, so that a click goes by them: Microsoft's Safe Links, Proofpoint's
 * URL Defense, Google's and others, which keep the address in a parameter or in their path. Some keep it to themselves
 * (Mimecast): there nothing is to be found.
 */

/** Hosts of services that wrap a link; a fragment at the end of the link belongs to the wrapped address. */
const WRAPS = [
  /(?:^|\.)safelinks\.protection\.(?:outlook\.com|office365\.us)$/u,
  /(?:^|\.)safelink\.emails\.azure\.net$/u,
  /^statics\.teams\.(?:cdn\.office\.net|microsoft\.com)$/u,
  /^(?:www\.)?google\.[a-z.]{2,6}$/u,
  /^urldefense\.(?:proofpoint\.com|com|us)$/u,
  /(?:^|\.)(?:cudasvc|mimecastprotect|mimecast|sophos|fireeye|symantec|trendmicro)\.com$/u,
  /^secure-web\.cisco\.com$/u,
  /^url\.avanan\.click$/u,
];
const HTTP = /^https?:\/\//iu;
const HTTP_WITHIN = /https?(?::|%3A)(?:\/\/|%2F%2F)/giu;

export interface Unwrapped {
  /** The addresses in it, the likeliest first. */
  inner: string[];
  /** It is known as one that stands in the place of another. */
  wraps: boolean;
}

export function unwrapped(address: string): Unwrapped {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return { inner: [], wraps: false };
  }
  const wraps = WRAPS.some((one) => one.test(url.hostname.toLowerCase()));
  const values = [...url.searchParams.values()];
  const inner = [
    ...proofpoint(url, address),
    ...values.filter((value) => HTTP.test(value)),
    ...values.flatMap((value) => base64(value) ?? []).filter((value) => HTTP.test(value)),
    ...(wraps ? inPath(address) : []),
  ];
  return { inner, wraps: wraps && inner.length > 0 };
}

/** Behind the first eight characters, which are its own scheme. */
function inPath(address: string): string[] {
  const found = [...address.slice(8).matchAll(HTTP_WITHIN)];
  return found.map(({ index }) => {
    // Some put underscores around it.
    const within = address.slice(8 + index).replace(/_{2,3}(?:[;.?].*)?$/u, '');
    return HTTP.test(within) ? within : decoded(within);
  });
}

function proofpoint({ hostname, pathname, searchParams }: URL, address: string): string[] {
  if (!hostname.startsWith('urldefense.')) return [];
  const u = searchParams.get('u');
  if (pathname.startsWith('/v2/') && u !== null)
    return [decoded(u.replaceAll('-', '%').replaceAll('_', '/'))];
  const third = /\/v3\/__(.+?)__;([\w-]*={0,2})(?:!|$)/u.exec(address);
  return third ? [restored(third[1] ?? '', base64(third[2] ?? '') ?? '')] : [];
}

/** In the third version each `*` stands for a character of a list, and `**` and a letter for several of them. */
function restored(text: string, characters: string): string {
  const RUNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const left = [...characters];
  return text.replace(/\*\*([\w-])|\*/gu, (_, run?: string) =>
    left.splice(0, run === undefined ? 1 : RUNS.indexOf(run) + 2).join(''),
  );
}

function base64(text: string): string | null {
  if (!/^[\w+/-]{2,}={0,2}$/u.test(text)) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    );
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
