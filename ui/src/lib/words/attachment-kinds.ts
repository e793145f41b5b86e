/** The kinds of files in words. The overview needs no more, and is drawn before everything else is loaded. */
import type { AttachmentKind } from '$lib/bindings/AttachmentKind';
import { m } from '$lib/paraglide/messages';

const KINDS: { [kind in AttachmentKind]: () => string } = {
  picture: m.kind_picture,
  pdf: m.kind_pdf,
  document: m.kind_document,
  sheet: m.kind_sheet,
  slides: m.kind_slides,
  text: m.kind_text,
  email: m.kind_email,
  audio: m.kind_audio,
  video: m.kind_video,
  archive: m.kind_archive,
  dicom: m.kind_dicom,
  other: m.kind_other,
};

/** "Foto", "Rekenblad" */
export function kindWord(kind: AttachmentKind): string {
  return KINDS[kind]();
}

/** Words for a message without text: "Foto", "3 foto’s", "3 bijlagen". */
export function kindsBriefly(kinds: AttachmentKind[]): string {
  const [first] = kinds;
  const { length: count } = kinds;
  if (first === undefined) return '';
  if (count === 1) return kindWord(first);
  return kinds.every((one) => one === 'picture')
    ? m.pictures_count({ count })
    : m.attachments_count({ count });
}
