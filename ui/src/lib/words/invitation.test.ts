import { describe, expect, it } from 'vitest';

import { readInvitation, serverOf } from './invitation';

describe('an invitation', () => {
  // I1
  it.each([
    ['https://overleg.voorbeeld.nl/#invite=K7QX', 'https://overleg.voorbeeld.nl', 'K7QX'],
    ['https://overleg.voorbeeld.nl:8443/#invite=AB-12_x', 'https://overleg.voorbeeld.nl:8443', 'AB-12_x'],
    ['  http://127.0.0.1:4000#invite=K7QX\n', 'http://127.0.0.1:4000', 'K7QX'],
  ])('is read from %s', (link, server, code) => {
    expect(readInvitation(link)).toEqual({ server, code });
  });

  it.each([
    'K7QX-93MN',
    '',
    'https://overleg.voorbeeld.nl',
    'https://overleg.voorbeeld.nl/#invite=',
    'https://overleg.voorbeeld.nl/#invite=a b',
    'https://overleg.voorbeeld.nl/#other=K7QX',
    'overleg.voorbeeld.nl/#invite=K7QX',
  ])('is not read from “%s”', (link) => {
    expect(readInvitation(link)).toBeNull();
  });

  it('takes the address of a server as people type it', () => {
    expect(serverOf(' overleg.voorbeeld.nl/ ')).toBe('https://overleg.voorbeeld.nl');
    expect(serverOf('http://localhost:4000')).toBe('http://localhost:4000');
    expect(serverOf('geen adres')).toBeNull();
  });
});
