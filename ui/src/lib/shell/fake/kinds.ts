/** Kinds of files by their name, and what the fake refuses; the engine decides by the content (`crates/attachment-kinds`). */
import type { AttachmentFault } from '$lib/bindings/AttachmentFault';
import type { AttachmentKind } from '$lib/bindings/AttachmentKind';
import { LARGEST_ATTACHMENT } from '$lib/bindings/limits';

const KINDS: Record<string, [AttachmentKind, string]> = {
  jpg: ['picture', 'image/jpeg'],
  jpeg: ['picture', 'image/jpeg'],
  png: ['picture', 'image/png'],
  webp: ['picture', 'image/webp'],
  gif: ['picture', 'image/gif'],
  heic: ['picture', 'image/heic'],
  tiff: ['picture', 'image/tiff'],
  pdf: ['pdf', 'application/pdf'],
  docx: ['document', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  odt: ['document', 'application/vnd.oasis.opendocument.text'],
  xlsx: ['sheet', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  pptx: ['slides', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  txt: ['text', 'text/plain'],
  eml: ['email', 'message/rfc822'],
  m4a: ['audio', 'audio/mp4'],
  mp4: ['video', 'video/mp4'],
  mov: ['video', 'video/quicktime'],
  zip: ['archive', 'application/zip'],
  dcm: ['dicom', 'application/dicom'],
};
const CLEANED = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
const KEEPS: AttachmentKind[] = ['picture', 'document', 'sheet', 'slides', 'video', 'dicom'];

export function kindOf(name: string) {
  const end = name.split('.').at(-1)?.toLowerCase() ?? '';
  const [kind, media_type] = KINDS[end] ?? ['other', 'application/octet-stream'];
  return {
    kind,
    media_type,
    viewable: CLEANED.includes(media_type) || kind === 'pdf',
    keeps_metadata: KEEPS.includes(kind) && !CLEANED.includes(media_type),
  };
}

/** Refused before anything is read: by name and size. */
export function refusedAtOnce(name: string, size: number): AttachmentFault | null {
  const end = name.split('.').at(-1)?.toLowerCase() ?? '';
  if (/^(exe|msi|bat|cmd|ps1|sh|scr|com|js|vbs|jar|app|lnk)$/u.test(end)) return 'program';
  if (/^(html?|svg|hta|xhtml)$/u.test(end)) return 'script';
  if (size === 0) return 'empty';
  if (size > LARGEST_ATTACHMENT) return 'too_large';
  return null;
}

/** Refused by what is in it, which a fake takes from a word in the name. */
export function refusedInside(name: string): AttachmentFault | null {
  const words: [RegExp, AttachmentFault][] = [
    [/\.(docm|xlsm|pptm)$/iu, 'macros'],
    [/\.(zip|rar|7z)$/iu, 'not_accepted'],
    [/vermomd/iu, 'disguised'],
    [/kapot/iu, 'unreadable'],
    [/enorm/iu, 'picture_too_large'],
    [/geen-foto/iu, 'not_a_picture'],
  ];
  return words.find(([word]) => word.test(name))?.[1] ?? null;
}
