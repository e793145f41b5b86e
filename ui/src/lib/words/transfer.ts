/** The files of a drop or a paste. What else is dropped or pasted stays what it was: text, or a link. */

export interface Transferred {
  files: File[];
  /** Names of folders, whose content is not taken. */
  folders: string[];
}

/** Files are dragged, and no text or link. */
export function carriesFiles(data: DataTransfer | null): boolean {
  return data !== null && [...data.types].includes('Files');
}

export function filesOf(data: DataTransfer): Transferred {
  const items = [...(data.items ?? [])].filter((one) => one.kind === 'file');
  const folders = items.flatMap((item) => {
    const entry = item.webkitGetAsEntry?.();
    return entry?.isDirectory ? [entry.name] : [];
  });
  const files = [...data.files];
  // A folder stands among the files, too, as something that cannot be read.
  for (const name of folders) {
    const at = files.findIndex((one) => one.name === name);
    if (at >= 0) files.splice(at, 1);
  }
  return { files, folders };
}

/**
 * Whether a paste may be of a picture or of files that the webview keeps from the page, as WebKitGTK does: it shows nothing
 * then, or addresses of files, with their paths as text beside them.
 */
export function hidesFiles(data: DataTransfer | null): boolean {
  if (!data || data.files?.length) return false;
  const text = data.getData('text/plain').trim();
  if (text === '') return !data.types?.includes('text/html');
  const lines = text.split(/\r?\n/u);
  return (
    Boolean(data.types?.includes('text/uri-list')) && lines.every((line) => /^(?:file:\/\/|\/)/u.test(line))
  );
}

/**
 * The files of a paste. A text with a picture of it beside it, as word processors copy, is the text; the names of
 * copied files, which some systems put there as text, are not.
 */
export function pastedFiles(data: DataTransfer | null): Transferred | null {
  if (!data?.files?.length) return null;
  const text = data.getData('text/plain').trim();
  const names = [...data.files].map((one) => one.name);
  const onlyNames = text.split(/\r?\n/u).every((line) => names.some((name) => line.endsWith(name)));
  return text === '' || onlyNames ? filesOf(data) : null;
}
