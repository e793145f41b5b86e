import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { isolating } from './isolated.js';

const folder = join(process.cwd(), 'src/lib/paraglide/messages');

describe('the sentences of the catalogue', () => {
  // U1, O3
  it('isolate all that is put into them, in both languages', () => {
    let sentences = 0;
    for (const name of readdirSync(folder).filter((one) => one.endsWith('.js'))) {
      const code = isolating(readFileSync(join(folder, name), 'utf8'));
      const inserted = [...code.matchAll(/\$\{([^}]*)\}/g)].map(([, what]) => what);
      sentences += inserted.length;
      for (const what of inserted) expect([name, what]).toEqual([name, expect.stringMatching(/^isolated\(/)]);
    }
    expect(sentences).toBeGreaterThan(200);
  });
});
