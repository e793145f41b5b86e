/** Contents of the files of the fake data: drawn pictures, and a letter. Nothing in them is of a real person. */

/** A wound, a lab slip or an X-ray, as a drawing; which, and its colours, follow from the number. */
export function picture(at: number, width: number, height: number): Blob {
  const hue = [32, 24, 18, 38, 28][at % 5] ?? 30;
  const light = [78, 62, 48, 84, 70][at % 5] ?? 70;
  const skin = `hsl(${hue} 42% ${light}%)`;
  const shade = `hsl(${hue} 40% ${light - 14}%)`;
  const drawing =
    at % 3 === 2
      ? `<rect width="100" height="100" fill="#10151a"/>
         <g stroke="#cfd8dc" stroke-linecap="round" fill="none" opacity=".85">
         <path d="M46 6v40" stroke-width="9"/><path d="M45 54v40" stroke-width="10"/><path d="M58 52v40" stroke-width="5"/>
         <path d="M38 50q12 6 24 0" stroke-width="6"/></g>
         <text x="88" y="14" fill="#cfd8dc" font-size="7" font-family="sans-serif">L</text>`
      : `<rect width="100" height="100" fill="${skin}"/><ellipse cx="50" cy="96" rx="60" ry="34" fill="${shade}"/>
         <ellipse cx="${44 + (at % 4) * 4}" cy="48" rx="21" ry="15" fill="hsl(8 48% 52%)"/>
         <ellipse cx="${45 + (at % 4) * 4}" cy="48" rx="14" ry="9" fill="hsl(42 60% 62%)"/>
         <ellipse cx="${49 + (at % 4) * 4}" cy="51" rx="6" ry="3.5" fill="hsl(356 52% 34%)"/>
         <g stroke="#fff" stroke-width="1"><path d="M14 84h40M14 81v6M24 82v4M34 82v4M44 82v4M54 81v6"/></g>
         <text x="57" y="87" fill="#fff" font-size="6" font-family="sans-serif">4 cm</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100"
    preserveAspectRatio="xMidYMid slice">${drawing}</svg>`;
  return new Blob([svg], { type: 'image/svg+xml' });
}

const LETTER = [
  'Ziekenhuis Oudwijk, vaatchirurgie',
  'Betreft: mevr. D., geboren 1938',
  '',
  'Geachte collega,',
  '',
  'Bovengenoemde patient bezocht op 17 november onze polikliniek wegens een',
  'drukulcus aan de linkerhiel, graad 3, ongeveer 2 bij 3 cm met gelig beslag.',
  'De enkel-armindex links bedroeg 0,8. Er is geen koorts en geen roodheid.',
  '',
  'Beleid: druk vrijleggen, spoelen met lauw water, alginaat. Zwachtelen mag.',
  'Controle over twee weken, of eerder wanneer de index onder 0,6 komt.',
  '',
  'Met vriendelijke groet,',
  'N. Haddad, vaatchirurg',
];

/** A letter of some pages, in PDF. */
export function letter(pages: number): Blob {
  const objects: string[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  const kids: number[] = [];
  for (let page = 1; page <= pages; page++) {
    const lines = LETTER.map((line) => `(${line}) Tj T*`).join('\n');
    const stream = `BT /F1 12 Tf 17 TL 72 760 Td\n${lines}\nT* (Bladzijde ${page} van ${pages}) Tj ET`;
    objects.push(`<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`);
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${objects.length} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
    );
    kids.push(objects.length);
  }
  objects[1] = `<< /Type /Pages /Count ${pages} /Kids [${kids.map((one) => `${one} 0 R`).join(' ')}] >>`;
  let text = '%PDF-1.7\n';
  const places = objects.map((body, at) => {
    const place = text.length;
    text += `${at + 1} 0 obj\n${body}\nendobj\n`;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  const { length } = text;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`;
  return new Blob([text], { type: 'application/pdf' });
}
