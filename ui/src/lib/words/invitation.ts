/** An invitation as it was mailed: a link, or an address of a server and a code. */
export interface Invitation {
  server: string;
  code: string;
}

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

/**
 * What a link says: the code stands in `code` or at the end, the server in `server` or is the link's own.
 * `https://server/invitation#code`, `https://server/invitation?code=…`, `overleg://invitation?server=…&code=…`.
 */
export function readInvitation(pasted: string): Invitation | null {
  let url: URL;
  try {
    url = new URL(pasted.trim());
  } catch {
    return null;
  }
  const inside = new URLSearchParams(url.hash.slice(1));
  const given = (name: string) => url.searchParams.get(name) ?? inside.get(name);
  const named = given('server');
  const server = named === null ? (url.protocol === 'overleg:' ? null : url.origin) : serverOf(named);
  const bare = url.hash.length > 1 && !url.hash.includes('=') ? url.hash.slice(1) : null;
  const last = url.pathname.split('/').filter(Boolean).at(-1) ?? null;
  const code = given('code') ?? bare ?? last;
  return server !== null && server !== 'null' && code ? { server, code: decodeURIComponent(code) } : null;
}
