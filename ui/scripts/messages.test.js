// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { literals, problems, read } from './messages.js';
import { rustSentences } from './rust-sentences.js';

describe('the catalogue', () => {
  // U1
  it('has every text in Dutch and English, with the same things to fill in, and none that nobody uses', () => {
    expect(problems()).toEqual([]);
  });

  // U2
  it('says of each refusal and error what the rules and the server say', () => {
    const sentences = rustSentences();
    expect(Object.keys(sentences).length).toBeGreaterThan(50);
    for (const [key, { nl, en }] of Object.entries(sentences)) {
      expect(read('nl')[key], key).toBe(nl);
      expect(read('en')[key], key).toBe(en);
    }
    const kept = Object.keys(read('nl')).filter((key) => /^(refusal|error)_/.test(key));
    expect(kept.sort()).toEqual(Object.keys(sentences).sort());
  });

  // U1
  it('is where a text of the screen stands: one in a component is found', () => {
    expect(literals('<p>Versturen</p>', 'A.svelte')).toEqual(['A.svelte: “Versturen”']);
    expect(literals('<img alt="Sluiten" />', 'A.svelte')).toEqual(['A.svelte: alt="Sluiten"']);
    expect(literals('{#if a}<b title={m.x()}>{a ? "Ja" : ""}</b>{/if}', 'A.svelte')).toEqual([
      'A.svelte: “Ja”',
    ]);
    expect(literals('<p>{m.send()} · {name}: (</p>', 'A.svelte')).toEqual([]);
  });
});
