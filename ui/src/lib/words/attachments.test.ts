import { afterEach, describe, expect, it } from 'vitest';

import type { AttachmentFault } from '$lib/bindings/AttachmentFault';
import type { AttachmentState } from '$lib/bindings/AttachmentState';
import type { AttachmentView } from '$lib/bindings/AttachmentView';
import { overwriteGetLocale } from '$lib/paraglide/runtime';

import { kindsBriefly } from './attachment-kinds';
import { briefName, cutName, fileState, notAttached } from './attachments';
import { fileSize } from './format';

const FAULTS: AttachmentFault[] = [
  ...([
    'program',
    'script',
    'macros',
    'not_accepted',
    'disguised',
    'empty',
    'too_large',
    'too_many',
  ] as const),
  ...(['name_invalid', 'unreadable', 'picture_too_large', 'folder', 'not_a_picture', 'infected'] as const),
  ...(['too_many_uploads', 'server_full', 'disk_full', 'not_allowed', 'damaged'] as const),
];

function file(state: AttachmentState): AttachmentView {
  return {
    id: 'a',
    name: 'brief.pdf',
    media_type: 'application/pdf',
    kind: 'pdf',
    size: 1000,
    picture: null,
    preview: null,
    viewable: true,
    keeps_metadata: false,
    pinned: false,
    unacknowledged: false,
    state,
  };
}

afterEach(() => overwriteGetLocale(() => 'nl'));

describe('a file that was not attached', () => {
  // U2
  it.each(['nl', 'en'] as const)('has a sentence for every reason, with its name (%s)', (language) => {
    overwriteGetLocale(() => language);
    const said = FAULTS.map((fault) => notAttached(['brief.pdf'], { error: 'attachment', fault }));
    for (const one of said) expect(one).toMatch(/brief\.pdf.*\.$/u);
    expect(new Set(said).size).toBe(FAULTS.length);
  });

  // U2
  it('names the first of very many, and says how many there are beside them', () => {
    const many = Array.from({ length: 900 }, (_, at) => `foto ${at}.jpg`);
    const said = notAttached(many, { error: 'attachment', fault: 'too_many' });
    expect(said).toContain('foto 7.jpg en 892 andere bestanden.');
    expect(said).not.toContain('foto 8.jpg');
  });

  // U2
  it('names all of those that are too many in one sentence', () => {
    const said = notAttached(['a.jpg', 'b.jpg'], { error: 'attachment', fault: 'too_many' });
    expect(said).toContain('a.jpg en b.jpg');
    expect(notAttached(['a.jpg'], { error: 'disk_full' })).toContain('schijf');
  });
});

describe('the state of a file', () => {
  // U2
  it('is said with how much of it is there', () => {
    expect(fileState(file({ state: 'uploading', done: 419 }))).toContain('41');
    expect(fileState(file({ state: 'downloading', done: 4000 }))).toContain('100');
    expect(fileState(file({ state: 'here' }))).toBe('');
    expect(fileState(file({ state: 'unavailable', fault: 'damaged' }))).toContain('beschadigd');
    expect(fileState(file({ state: 'failed', fault: 'unreadable' }))).toContain('niet meer op dit apparaat');
  });
});

describe('a message without text', () => {
  // L1, N1
  it('is the kind of its file in words, or how many there are', () => {
    expect(kindsBriefly(['picture'])).toBe('Foto');
    expect(kindsBriefly(['picture', 'picture'])).toBe('2 foto’s');
    expect(kindsBriefly(['picture', 'pdf', 'sheet'])).toBe('3 bijlagen');
    expect(kindsBriefly([])).toBe('');
  });
});

describe('the name of a file', () => {
  // F2
  it('is cut in its middle, so that the extension stays', () => {
    const name = `${'Verantwoordelijkheid'.repeat(4)}.docx`;
    const [beginning, end] = cutName(name);
    expect(beginning + end).toBe(name);
    expect(end).toMatch(/\.docx$/u);
    expect(cutName('brief.pdf')).toEqual(['brief.pdf', '']);
    expect(briefName(name)).toMatch(/^Verantwoordelijkhe….*\.docx$/u);
  });

  it('stands with its size in units of a thousand', () => {
    expect(fileSize(812)).toBe('812 byte');
    expect(fileSize(22_100)).toBe('22 kB');
    expect(fileSize(2_430_000)).toBe('2,4 MB');
    expect(fileSize(2_000_000_000)).toBe('2 GB');
  });
});
