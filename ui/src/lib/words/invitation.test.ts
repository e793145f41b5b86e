import { describe, expect, it } from 'vitest';

import { foundOf, readInvitation, serverOf } from './invitation';

const SERVER = 'https://overleg.voorbeeld.nl';
/** As long as the server makes them. */
const CODE = 'kQ3v-7Lw_2mZxY9bT0aRcE5hUiO';
const LINK = `${SERVER}/#invite=${CODE}`;
const ENCODED = encodeURIComponent(LINK);
const WHOLE = { server: SERVER, code: CODE };

describe('an invitation', () => {
  // I1
  it.each([
    ['https://overleg.voorbeeld.nl/#invite=K7QX', 'https://overleg.voorbeeld.nl', 'K7QX'],
    ['https://overleg.voorbeeld.nl:8443/#invite=AB-12_x', 'https://overleg.voorbeeld.nl:8443', 'AB-12_x'],
    ['  http://127.0.0.1:4000#invite=K7QX\n', 'http://127.0.0.1:4000', 'K7QX'],
  ])('is read from %s', (link, server, code) => {
    expect(readInvitation(link)).toEqual({ server, code });
  });

  // I1
  it.each([
    ['in angle brackets', `<${LINK}>`],
    ['in quotes', `“${LINK}”`],
    ['in straight quotes', `"${LINK}"`],
    ['in single quotes', `'${LINK}'`],
    ['in brackets', `(${LINK})`],
    ['as Markdown', `[Uw uitnodiging](${LINK})`],
    ['as HTML', `<a href="${LINK}" target="_blank">Aanmelden</a>`],
    ['with a full stop', `${LINK}.`],
    ['with a comma', `${LINK}, voor maandag`],
    ['with an exclamation mark', `${LINK}!`],
    ['in its sentence', `Beste Anna, ga naar ${LINK} en kies een wachtwoord van 12 tekens. Groet, Bram`],
    ['behind another link', `Zie https://voorbeeld.nl/help of ${LINK}.`],
    ['with what shows nothing in it', `\u200B${LINK.replace('#', '\u00AD#')}\u202C\uFEFF`],
    ['with more behind it', `${LINK}&utm_source=mail`],
    ['percent-encoded', `${SERVER}/%23invite%3D${CODE}`],
    ['encoded twice', `${SERVER}/%2523invite%253D${CODE}`],
    ['with an encoded equals sign', `${SERVER}/#invite%3D${CODE}`],
    ['in capitals', LINK.replace('https://overleg', 'HTTPS://Overleg')],
    ['broken before its fragment', `${SERVER}/\n#invite=${CODE}`],
    ['broken before its code', `${SERVER}/#invite=\r\n${CODE}`],
    ['broken in its code', `${SERVER}/#invite=${CODE.slice(0, 12)}\n${CODE.slice(12)}\nGroeten, Bram`],
    ['broken in its address', `${LINK.slice(0, 14)}\n${LINK.slice(14)}\n\nGroeten`],
    ['broken where it is quoted', `> ${SERVER}/#invite=${CODE.slice(0, 12)}\n> ${CODE.slice(12)}\n> Groet`],
    ['broken, through a field of one line', `${SERVER}/ #invite=${CODE}`],
    [
      'broken in its code, through a field of one line',
      `${SERVER}/#invite=${CODE.slice(0, 9)} ${CODE.slice(9)}`,
    ],
    ['from the source of a mail', `${SERVER}/#invite=3D${CODE.slice(0, 10)}=\r\n${CODE.slice(10)}`],
    [
      'by Safe Links',
      `https://eur03.safelinks.protection.outlook.com/?url=${ENCODED}&data=05%7C02%7Canna%40voorbeeld.nl%7C&sdata=Xy%2B1%3D&reserved=0`,
    ],
    [
      'by Safe Links, in a mail’s HTML',
      `https://nam02.safelinks.protection.outlook.com/?url=${ENCODED}&amp;data=05%7C01&amp;reserved=0`,
    ],
    [
      'by Safe Links, in angle brackets in its sentence',
      `Ga naar Overleg<https://eur03.safelinks.protection.outlook.com/?url=${ENCODED}&data=05>.`,
    ],
    [
      'by Safe Links, broken over lines',
      `https://eur03.safelinks.protection.outlook.com/?url=${ENCODED.slice(0, 30)}\n${ENCODED.slice(30)}&data=05%7C02%7C\nanna&reserved=0`,
    ],
    [
      'by Safe Links, with its fragment outside',
      `https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(`${SERVER}/`)}&data=05#invite=${CODE}`,
    ],
    [
      'by Safe Links, twice',
      `https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(`https://eur03.safelinks.protection.outlook.com/?url=${ENCODED}&data=1`)}&data=2`,
    ],
    ['by Google', `https://www.google.com/url?q=${ENCODED}&sa=D&source=editors`],
    ['by Proofpoint, the first version', `https://urldefense.proofpoint.com/v1/url?u=${ENCODED}&k=x`],
    [
      'by Proofpoint, the second version',
      `https://urldefense.proofpoint.com/v2/url?u=https-3A__overleg.voorbeeld.nl_-23invite-3D${CODE.replaceAll('-', '-2D').replaceAll('_', '-5F')}&d=DwMFAg&c=x`,
    ],
    [
      'by Proofpoint, the third version',
      `https://urldefense.com/v3/__https://overleg.voorbeeld.nl/*invite=${CODE}__;Iw!!AbC12!xYz$`,
    ],
    ['by Barracuda', `https://linkprotect.cudasvc.com/url?a=${ENCODED}&c=E,1,x`],
    ['by Cisco', `https://secure-web.cisco.com/1aBcD/${ENCODED}`],
    ['by Sophos', `https://eu-west-1.protection.sophos.com/?d=voorbeeld.nl&u=${btoa(LINK)}&i=x`],
    ['by one that nobody knows', `https://klik.voorbeeld.org/r?naar=${ENCODED}&id=7`],
  ])('is read where it stands %s', (_, link) => {
    expect(readInvitation(link)).toEqual(WHOLE);
  });

  it.each([
    'K7QX-93MN',
    '',
    'https://overleg.voorbeeld.nl',
    'https://overleg.voorbeeld.nl/#invite=',
    'https://overleg.voorbeeld.nl/#invite=a b',
    'https://overleg.voorbeeld.nl/#other=K7QX',
    'overleg.voorbeeld.nl/#invite=K7QX',
    // A code that was encoded in a parameter belongs to another address than this one.
    'https://klik.voorbeeld.org/?naar=overleg.voorbeeld.nl%2F%23invite%3DK7QX',
    'https://protect-eu.mimecast.com/s/AbCdEfG?domain=overleg.voorbeeld.nl',
  ])('is not read from “%s”', (link) => {
    expect(readInvitation(link)).toBeNull();
  });

  // I1, U2
  it.each([
    ['K7QX-93MN', { server: null, code: 'K7QX-93MN' }],
    ['#invite=K7QX', { server: null, code: 'K7QX' }],
    ['https://overleg.voorbeeld.nl/.', { server: SERVER, code: null }],
    ['Ga naar overleg.voorbeeld.nl', { server: SERVER, code: null }],
    ['overleg.voorbeeld.nl/#invite=K7QX', { server: SERVER, code: 'K7QX' }],
    ['geen van beide', { server: null, code: null }],
  ])('is said to lack what “%s” lacks', (typed, found) => {
    expect(foundOf(typed)).toEqual(found);
  });

  it('takes the address of a server as people type it', () => {
    expect(serverOf(' overleg.voorbeeld.nl/ ')).toBe('https://overleg.voorbeeld.nl');
    expect(serverOf('http://localhost:4000')).toBe('http://localhost:4000');
    expect(serverOf('geen adres')).toBeNull();
  });
});
