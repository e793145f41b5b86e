/** Files, and what a drop or a paste brings, for tests. */

export function fileOf(name: string, size = 2000): File {
  return new File([new Uint8Array(size)], name);
}

interface Brought {
  files?: File[];
  folders?: string[];
  text?: string;
  html?: string;
  addresses?: string;
}

/** As a browser describes it. */
export function transfer({ files = [], folders = [], text, html, addresses }: Brought): DataTransfer {
  const all = [...files, ...folders.map((name) => new File([], name))];
  const entry = (file: File) => ({ name: file.name, isDirectory: folders.includes(file.name) });
  const texts: Record<string, string | undefined> = {
    'text/plain': text,
    'text/html': html,
    'text/uri-list': addresses,
  };
  const types = [...Object.keys(texts).filter((type) => texts[type] !== undefined)];
  return {
    types: all.length > 0 ? [...types, 'Files'] : types,
    files: all,
    items: all.map((file) => ({ kind: 'file', webkitGetAsEntry: () => entry(file) })),
    getData: (type: string) => texts[type] ?? '',
    dropEffect: 'none',
  } as unknown as DataTransfer;
}
