/** Sentences about a file: its state, and why it was not taken. A state without words does not compile. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { AttachmentFault } from '$lib/bindings/AttachmentFault';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import { m } from '$lib/paraglide/messages';

import { list, percent } from './format';
import { failureSentence } from './sentence';

type Faulty = Exclude<AttachmentFault, 'too_many'>;
const FAULTS: { [fault in Faulty]: (said: { name: string }) => string } = {
  program: m.attach_program,
  script: m.attach_script,
  macros: m.attach_macros,
  not_accepted: m.attach_not_accepted,
  disguised: m.attach_disguised,
  empty: m.attach_empty,
  too_large: m.attach_too_large,
  name_invalid: m.attach_name_invalid,
  unreadable: m.attach_unreadable,
  picture_too_large: m.attach_picture_too_large,
  folder: m.attach_folder,
  not_a_picture: m.attach_not_a_picture,
  infected: m.attach_infected,
  too_many_uploads: m.attach_too_many_uploads,
  server_full: m.attach_server_full,
  disk_full: m.attach_disk_full,
  not_allowed: m.attach_not_allowed,
  damaged: m.attach_damaged,
};

/** Names of a sentence, at most: somebody dropped a folder's worth of files. */
const MOST_NAMED = 8;

/** Names in a sentence, and the rest as a number. */
export function fileNames(names: string[], most: number): string {
  const rest = names.length - most;
  const named = names.slice(0, most).map(briefName);
  return list(rest > 0 ? [...named, m.other_files({ count: rest })] : named);
}

/** Why these files were not attached, and what to do. */
export function notAttached(names: string[], why: ApiError): string {
  const name = names[0] ?? '';
  if (why.error !== 'attachment') return m.attach_failed_for({ name, why: failureSentence(why) });
  if (why.fault === 'too_many') return m.attach_too_many({ names: fileNames(names, MOST_NAMED) });
  return FAULTS[why.fault]({ name });
}

/** How far a file is; nothing where it is simply there. */
export function fileState({ state, size, name }: AttachmentView): string {
  const part = (done: number) => ({ percent: percent(done, size) });
  switch (state.state) {
    case 'reading':
      return m.file_reading(part(state.done));
    case 'draft':
    case 'here':
      return '';
    case 'queued':
      return m.file_queued();
    case 'uploading':
      return m.file_uploading(part(state.done));
    case 'paused':
      return m.file_paused(part(state.done));
    case 'uploaded':
      return m.file_uploaded();
    case 'remote':
      return m.file_remote();
    case 'downloading':
      return m.file_downloading(part(state.done));
    case 'wanted':
      return m.file_wanted();
    case 'unchecked':
      return m.file_unchecked();
    case 'failed':
      return failed(state.fault, name);
    case 'unavailable':
      return unavailable(state.fault, name);
  }
}

function failed(fault: AttachmentFault, name: string): string {
  return fault === 'unreadable' ? m.file_gone_here() : notAttached([name], { error: 'attachment', fault });
}

function unavailable(fault: AttachmentFault, name: string): string {
  switch (fault) {
    case 'not_allowed':
      return m.file_not_allowed();
    case 'infected':
      return m.file_infected();
    case 'damaged':
      return m.file_damaged();
    case 'disk_full':
      return m.file_disk_full();
    default:
      return failed(fault, name);
  }
}

/** The part of a file that is there, from 0 to 1, while it is on its way; `null` otherwise. */
export function progress({ state, size }: AttachmentView): number | null {
  return 'done' in state ? Math.min(1, state.done / Math.max(1, size)) : null;
}

/** It is on its way, or may be: it was not refused, and is not there. */
export function isFaulty({ state }: AttachmentView): boolean {
  return state.state === 'failed' || state.state === 'unavailable';
}

/** A picture that is shown as one. */
export function isShown({ kind, viewable, picture }: AttachmentView): boolean {
  return kind === 'picture' && viewable && picture !== null;
}

/** A name in a sentence: "Verantwoordelijk…v12.docx". */
export function briefName(name: string): string {
  const characters = [...name];
  if (characters.length <= 32) return name;
  return `${characters.slice(0, 18).join('')}…${characters.slice(-10).join('')}`;
}

const TAIL = 8;

/** A name in two parts: the first may be cut, the last stays, with the extension. */
export function cutName(name: string): [string, string] {
  const characters = [...name];
  if (characters.length <= TAIL * 2) return [name, ''];
  return [characters.slice(0, -TAIL).join(''), characters.slice(-TAIL).join('')];
}
