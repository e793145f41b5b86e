import { describe, expect, it } from 'vitest';

import { fileOf, transfer } from '../../testing/files';
import { carriesFiles, filesOf, hidesFiles, pastedFiles } from './transfer';

describe('what is pasted', () => {
  // F2
  it('is a picture where there is nothing but that', () => {
    const picture = fileOf('image.png');
    expect(pastedFiles(transfer({ files: [picture] }))?.files).toEqual([picture]);
  });

  // F2
  it('stays text where a picture of it stands beside it, as from a word processor', () => {
    const data = transfer({ files: [fileOf('image.png')], text: 'Beleid: spoelen', html: '<p>Beleid</p>' });
    expect(pastedFiles(data)).toBeNull();
    expect(pastedFiles(transfer({ text: 'Alleen tekst' }))).toBeNull();
  });

  // F2
  it('is files where the text is only their names', () => {
    const files = [fileOf('brief.pdf'), fileOf('foto.jpg')];
    expect(pastedFiles(transfer({ files, text: 'brief.pdf\nfoto.jpg' }))?.files).toEqual(files);
    expect(
      pastedFiles(transfer({ files, text: '/srv/anna/brief.pdf\r\n/srv/anna/foto.jpg' })),
    ).not.toBeNull();
  });
});

describe('what WebKitGTK keeps from the page', () => {
  // F2
  it('is a picture where a paste brings nothing at all', () => {
    expect(hidesFiles(transfer({}))).toBe(true);
    expect(hidesFiles(null)).toBe(false);
    expect(hidesFiles(transfer({ files: [fileOf('image.png')] }))).toBe(false);
  });

  // F2
  it('is files where a paste brings their addresses', () => {
    const addresses = 'file:///srv/anna/brief.pdf\r\n';
    expect(hidesFiles(transfer({ addresses }))).toBe(true);
    expect(hidesFiles(transfer({ addresses, text: '/srv/anna/brief.pdf' }))).toBe(true);
  });

  // W1
  it('is never a text or a link', () => {
    expect(hidesFiles(transfer({ text: '5 mg' }))).toBe(false);
    expect(hidesFiles(transfer({ text: '/srv/anna/brief.pdf' }))).toBe(false);
    expect(hidesFiles(transfer({ html: '<p>Beleid</p>' }))).toBe(false);
    const link = 'https://voorbeeld.nl';
    expect(hidesFiles(transfer({ addresses: link, text: link }))).toBe(false);
  });
});

describe('what is dropped', () => {
  // F2
  it('is a file or not: a text or a link stays what it was', () => {
    expect(carriesFiles(transfer({ text: 'https://voorbeeld.nl' }))).toBe(false);
    expect(carriesFiles(transfer({ files: [fileOf('foto.jpg')] }))).toBe(true);
    expect(carriesFiles(null)).toBe(false);
  });

  // F2
  it('names folders apart from files', () => {
    const file = fileOf('foto.jpg');
    expect(filesOf(transfer({ files: [file], folders: ['Map'] }))).toEqual({
      files: [file],
      folders: ['Map'],
    });
  });
});
