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

/** What the link of an invitation says, `https://server/#invite=CODE`; what stands behind the `#` is sent to nobody. */
export function readInvitation(pasted: string): Invitation | null {
  let url: URL;
  try {
    url = new URL(pasted.trim());
  } catch {
    return null;
  }
  const code = /^#invite=([\w-]{1,200})$/u.exec(url.hash)?.[1];
  return code !== undefined && url.hostname !== '' ? { server: url.origin, code } : null;
}
