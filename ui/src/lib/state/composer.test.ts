import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { Draft } from '$lib/bindings/Draft';
import type { MessageView } from '$lib/bindings/MessageView';
import { CallError, type Shell } from '$lib/shell/shell';
import { EditorText } from '$lib/words/editor-text';

import { ComposerState } from './composer.svelte';

/** A shell that records its requests, and refuses those that the test chooses. */
class Remembering {
  readonly asked: { name: string; args: unknown }[] = [];
  refuse: string | null = null;
  answers: Record<string, unknown> = {};
  readonly shell = {
    call: (name: string, args: unknown) => {
      this.asked.push({ name, args });
      if (this.refuse === name)
        return Promise.reject(new CallError({ error: 'refused', refusal: 'text_empty' }));
      return Promise.resolve(this.answers[name] ?? null);
    },
    onInvalidated: () => () => undefined,
  } as unknown as Shell;

  get names(): string[] {
    return this.asked.map((one) => one.name);
  }
  get saved(): Draft | undefined {
    const last = this.asked.filter((one) => one.name === 'save_draft').at(-1);
    return (last?.args as { draft: Draft } | undefined)?.draft;
  }
}

const MESSAGE = {
  message: 'bericht-1',
  body: { body: 'said', spans: [], text: { body: 'Zo stond het er.' } },
  mentions: [],
} as unknown as MessageView;

describe('a draft', () => {
  let behind: Remembering;
  let composer: ComposerState;

  beforeEach(() => {
    vi.useFakeTimers();
    behind = new Remembering();
    composer = new ComposerState(behind.shell, 'wond');
  });

  const write = (text: string) => composer.write(EditorText.plain(text));

  // L5
  it('is saved a moment after the last key, once', async () => {
    write('Ik');
    write('Ik kom');
    expect(behind.names).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    expect(behind.names).toEqual(['save_draft']);
    expect(behind.saved?.text.body).toBe('Ik kom');
  });

  // W1
  it('is saved at once when one goes elsewhere, under its own conversation', async () => {
    write('Voor mevrouw D.');
    await composer.save();
    expect(behind.asked).toEqual([
      {
        name: 'save_draft',
        args: {
          conversation: 'wond',
          draft: { text: { body: 'Voor mevrouw D.' }, reply_to: null, editing: null, urgent: null },
        },
      },
    ]);
  });

  it('is not overwritten by an older one that the engine still shows', () => {
    write('Nieuwer');
    composer.offer({
      draft: { text: { body: 'Ouder' }, reply_to: null, editing: null, urgent: null },
      draft_mentions: [],
      draft_attachments: [],
    });
    expect(composer.written.shown).toBe('Nieuwer');
  });

  it('is taken over from the engine while nothing is being written, as after withdrawing a message', () => {
    composer.offer({
      draft: { text: { body: 'Teruggehaald' }, reply_to: null, editing: null, urgent: null },
      draft_mentions: [],
      draft_attachments: [],
    });
    expect(composer.written.shown).toBe('Teruggehaald');
  });

  // M3
  it('comes back after a message was edited', async () => {
    write('Half af');
    composer.edit(MESSAGE);
    expect(composer.written.shown).toBe('Zo stond het er.');
    write('Zo moet het zijn.');
    await composer.send();
    expect(composer.written.shown).toBe('Half af');
    expect(composer.editing).toBeNull();
    await composer.save();
    expect(behind.saved?.text.body).toBe('Half af');
  });

  it('comes back when the edit is given up', () => {
    write('Half af');
    composer.edit(MESSAGE);
    composer.cancel();
    expect(composer.written.shown).toBe('Half af');
  });

  it('is sent after it was saved, and then empty', async () => {
    write('Akkoord.');
    expect(await composer.send()).toBe(true);
    expect(behind.names).toEqual(['save_draft', 'send']);
    expect(composer.empty).toBe(true);
  });

  // M7, W1
  it('never mixes with what is typed while the one before it goes', async () => {
    write('Graag opnieuw meten.');
    const first = composer.send();
    expect(composer.empty).toBe(true);
    write('En bel me.');
    const second = composer.send();
    write('Tot morgen');
    expect([await first, await second]).toEqual([true, true]);
    await composer.save();
    const saved = behind.asked
      .filter((one) => one.name === 'save_draft')
      .map((one) => (one.args as { draft: Draft }).draft.text.body);
    expect(saved).toEqual(['Graag opnieuw meten.', 'En bel me.', 'Tot morgen']);
    expect(behind.names).toEqual(['save_draft', 'send', 'save_draft', 'send', 'save_draft']);
    expect(composer.written.shown).toBe('Tot morgen');
  });

  // U2, F3
  it('is back in front of what was typed since, when it does not go', async () => {
    behind.refuse = 'send';
    write('Akkoord.');
    const sent = composer.send();
    write('En verder');
    expect(await sent).toBe(false);
    expect(composer.written.shown).toBe('Akkoord.\n\nEn verder');
    expect(composer.failure).not.toBeNull();
  });

  // U2, M3
  it('is an edit again when that does not go, and what was parked comes back after it', async () => {
    behind.refuse = 'send';
    write('Half af');
    composer.edit(MESSAGE);
    write('Zo moet het zijn.');
    expect(await composer.send()).toBe(false);
    expect([composer.written.shown, composer.editing]).toEqual(['Zo moet het zijn.', 'bericht-1']);
    composer.cancel();
    expect(composer.written.shown).toBe('Half af');
  });

  // W1, M1
  it('is never put back to what it was by an answer that was asked for before it was written', async () => {
    const asked = composer.now;
    write('Voor 0: 5');
    await composer.save();
    write('Voor 0: 5 mg');
    await composer.save();
    const old = {
      draft: { text: { body: 'Voor 0: 5' }, reply_to: null, editing: null, urgent: null },
      draft_mentions: [],
      draft_attachments: [],
    };
    composer.offer(old, asked);
    expect(composer.written.shown).toBe('Voor 0: 5 mg');
    // Nor does what was sent come back, to be sent again.
    const before = composer.now;
    await composer.send();
    composer.offer(old, before);
    expect(composer.empty).toBe(true);
  });

  // M7, F3
  it('comes back in its order when several do not go', async () => {
    behind.refuse = 'send';
    const sent = ['een', 'twee', 'drie'].map((text) => {
      write(text);
      return composer.send();
    });
    write('vier');
    expect(await Promise.all(sent)).toEqual([false, false, false]);
    expect(composer.written.shown).toBe('een\n\ntwee\n\ndrie\n\nvier');
    // The message after the first was not tried: it would have arrived before it.
    expect(behind.names.filter((name) => name === 'send')).toHaveLength(1);
  });

  // F3, W1
  it('has what was taken back, and what was typed while that was asked behind it', async () => {
    behind.answers = {
      conversation: {
        draft: { text: { body: 'Teruggehaald' }, reply_to: null, editing: null, urgent: null },
        draft_mentions: [],
        draft_attachments: [],
      },
    };
    const back = composer.withdraw('bericht-3');
    write('en verder');
    await back;
    expect(composer.written.shown).toBe('Teruggehaald\n\nen verder');
    await composer.save();
    expect(behind.saved?.text.body).toBe('Teruggehaald\n\nen verder');
  });

  // U2, F3
  it('stays where it is when sending is refused, with the reason beside it', async () => {
    behind.refuse = 'send';
    write('Akkoord.');
    expect(await composer.send()).toBe(false);
    expect(composer.written.shown).toBe('Akkoord.');
    expect(composer.failure).toEqual({ error: 'refused', refusal: 'text_empty' });
  });

  it('is not sent when it could not be saved', async () => {
    behind.refuse = 'save_draft';
    write('Akkoord.');
    await composer.send();
    expect(behind.names).not.toContain('send');
  });

  // M1
  it('is not sent when it is blank or too long', async () => {
    write('  \n ');
    expect(await composer.send()).toBe(false);
    write('a'.repeat(20_001));
    expect(composer.left).toBe(-1);
    expect(await composer.send()).toBe(false);
  });

  // P8
  describe('of a message that was refused for whom it mentions', () => {
    const REFUSED: Draft = {
      text: { body: '\u{FFFC}, kijkt u mee?', mentions: ['m-lotte'] },
      reply_to: 'bericht-7',
      editing: null,
      urgent: null,
    };
    const view = {
      draft: REFUSED,
      draft_mentions: [{ membership: 'm-lotte', name: 'Lotte Verhoeven', me: false }],
      draft_attachments: [],
    };

    it('goes again without the mention, to what it answered, and what is being written comes back', async () => {
      behind.answers = { conversation: view };
      write('Nog iets anders');
      expect(await composer.sendWithout('bericht-9', ['m-lotte'])).toBe(true);
      expect(behind.names.filter((name) => name !== 'save_draft')).toEqual([
        'withdraw',
        'conversation',
        'send',
      ]);
      const sent = behind.asked[behind.names.indexOf('send') - 1]?.args as { draft: Draft };
      expect(sent.draft).toEqual({
        text: { body: 'Lotte Verhoeven, kijkt u mee?' },
        reply_to: 'bericht-7',
        editing: null,
        urgent: null,
      });
      expect(composer.written.shown).toBe('Nog iets anders');
    });

    it('leaves alone what is typed meanwhile', async () => {
      behind.answers = { conversation: view };
      write('Nog iets');
      const sent = composer.sendWithout('bericht-9', ['m-lotte']);
      write('Nog iets anders');
      expect(await sent).toBe(true);
      expect(composer.written.shown).toBe('Nog iets anders');
      await composer.save();
      expect(behind.saved?.text.body).toBe('Nog iets anders');
    });

    it('is left alone where it cannot be taken back, and what is being written too', async () => {
      behind.refuse = 'withdraw';
      write('Nog iets anders');
      expect(await composer.sendWithout('bericht-9', ['m-lotte'])).toBe(false);
      expect(composer.failure).toEqual({ error: 'refused', refusal: 'text_empty' });
      expect(composer.written.shown).toBe('Nog iets anders');
    });

    it('loses neither text when it does not go', async () => {
      behind.answers = { conversation: view };
      behind.refuse = 'send';
      write('Nog iets anders');
      expect(await composer.sendWithout('bericht-9', ['m-lotte'])).toBe(false);
      expect(composer.written.shown).toBe('Lotte Verhoeven, kijkt u mee?\n\nNog iets anders');
      expect(composer.failure).not.toBeNull();
    });
  });
});
