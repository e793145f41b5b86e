import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { loadLazyScreens } from '$lib/screens/lazy-screens.svelte';

import { TestApp } from '../../testing/test-app';
import { outOfOrder, slowDown, type Slowness } from '../../testing/slow';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
// On a busy machine the screens take their time to be read in.
beforeAll(() => loadLazyScreens(), 120_000);
afterEach(cleanup);

const ENGINES: [string, Slowness][] = [
  ['answers at once', () => 0],
  ['takes 5 ms', () => 5],
  ['answers in another order', outOfOrder],
];

function composer(): HTMLTextAreaElement {
  return screen.getByTestId<HTMLTextAreaElement>('composer');
}

/** Pastes a text into the focused element, as the system does. */
function paste(text: string): void {
  const event = new Event('paste', { bubbles: true, cancelable: true });
  Object.assign(event, { clipboardData: { getData: (kind: string) => (kind === 'text/plain' ? text : '') } });
  document.activeElement?.dispatchEvent(event);
}

/** One letter, or what else comes into the field by itself: the system has changed it already when it says so. */
function comes(text: string, inputType = 'insertText'): void {
  const field = document.activeElement as HTMLTextAreaElement;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType, data: text }));
}

function press(key: string, how: KeyboardEventInit = {}): void {
  document.activeElement?.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...how }),
  );
}

/** The user's own last message in the conversation. */
function said(): string | undefined {
  const own = screen.queryAllByTestId('message').filter((one) => one.className.includes('own'));
  return own.at(-1)?.querySelector('.text')?.textContent ?? undefined;
}

async function writing(slowness: Slowness, world = '', conversation = 'wond'): Promise<TestApp> {
  const ui = await TestApp.open(world);
  await ui.open(conversation);
  await waitFor(() => expect(document.activeElement).toBe(composer()));
  slowDown(ui.shell, slowness);
  return ui;
}

describe.each(ENGINES)('an engine that %s', (_, slowness) => {
  // M1, W1
  it('lets no Enter overtake what was pasted: the dose goes with its sentence', async () => {
    await writing(slowness);
    comes('Voor 0: ');
    paste('5 mg\u000B2dd 10 mg');
    press('Enter');
    await waitFor(() => expect(said()).toBe('Voor 0: 5 mg\n2dd 10 mg'));
    expect(composer().value).toBe('');
  });

  // M1, W1
  it('keeps the order in which things were typed and pasted', async () => {
    await writing(slowness);
    comes('a ');
    paste('b\u0001');
    comes(' c ');
    paste('d\r');
    comes('e');
    expect(composer().value).toBe('a b c d\ne');
    press('Enter');
    comes('volgende');
    await waitFor(() => expect(said()).toBe('a b c d\ne'));
    expect(composer().value).toBe('volgende');
  });

  // W1
  it('never has a text stand in another conversation than the one it was put into', async () => {
    const ui = await writing(slowness);
    paste('Voor mevrouw D.: 5 mg');
    void ui.app.navigation.openConversation('els');
    await waitFor(() =>
      expect(screen.getByTestId('conversation').getAttribute('aria-label')).toContain('Els'),
    );
    await waitFor(() => expect(composer().value).toBe(''));
    await ui.app.navigation.openConversation('wond');
    await waitFor(() => expect(composer().value).toBe('Voor mevrouw D.: 5 mg'));
  });

  // M7, W1
  it('lets nothing that is typed while a message goes get lost or sent with it', async () => {
    await writing(slowness);
    for (const [at, text] of ['een', 'twee', 'drie'].entries()) {
      comes(text);
      if (at < 2) press('Enter');
    }
    await waitFor(() => expect(said()).toBe('twee'));
    const own = screen.getAllByTestId('message').filter((one) => one.className.includes('own'));
    expect(own.slice(-2).map((one) => one.querySelector('.text')?.textContent)).toEqual(['een', 'twee']);
    expect(composer().value).toBe('drie');
  });

  // S2, W1
  it('keeps what is typed behind the first message of a conversation for the same colleagues', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Insuline');
    await ui.click('wizard-next');
    await ui.user.type(await ui.see('people-search'), 'bram');
    await waitFor(() => expect(screen.getAllByTestId('found-person')[0]?.textContent).toContain('Bram'));
    await ui.user.click(screen.getAllByTestId('found-person')[0] as HTMLElement);
    await ui.see('chosen-person');
    await ui.click('wizard-next');
    await waitFor(() => expect(document.activeElement).toBe(composer()));
    slowDown(ui.shell, slowness);
    comes('Bijspuiten: ');
    paste('4 EH');
    press('Enter');
    comes('En bel me.');
    await ui.see('conversation');
    await waitFor(() => expect(composer().value).toBe('En bel me.'));
    await waitFor(() => expect(said()).toBe('Bijspuiten: 4 EH'));
  });

  // L4
  it('opens nothing that answers half of what was typed into the search', async () => {
    const ui = await TestApp.open();
    const field = (await ui.see('overview-search')) as HTMLInputElement;
    await waitFor(() => expect(ui.app.overview.rows).not.toBeNull());
    slowDown(ui.shell, slowness);
    field.focus();
    comes('m');
    press('Enter');
    comes('zzz');
    // tidy: waits because what is not done is never heard of; on a slow machine it proves less, and fails no sooner.
    await new Promise((done) => setTimeout(done, 250));
    expect(ui.app.navigation.conversation).toBeNull();
    expect(field.value).toBe('mzzz');
  });

  // P8
  it('sends no name half typed where that is one of somebody: they are offered first', async () => {
    const ui = await writing(slowness);
    comes('Kijkt u mee, @lot');
    press('Enter');
    await ui.see('mentions');
    press('Enter');
    await waitFor(() => expect(composer().value).toBe('Kijkt u mee, @Lotte Verhoeven '));
  });

  // P8, M1
  it('sends what looks like a name and is none, and what is typed behind it is the next message', async () => {
    await writing(slowness);
    comes('Om 8 uur @zzzz');
    press('Enter');
    press('d', { code: 'KeyD' });
    comes('daarna');
    await waitFor(() => expect(said()).toBe('Om 8 uur @zzzz'));
    expect(composer().value).toBe('daarna');
  });
});

describe('whatever way a text comes in by', () => {
  // M1
  it.each(['insertFromDrop', 'insertReplacementText', 'insertText', 'insertFromYank', 'historyUndo'])(
    'it is cleaned at once, and can be sent: %s',
    async (way) => {
      await writing(() => 5);
      comes('Voor 0: ');
      comes('5 mg\u000C2dd\u000010 mg\u2028', way);
      expect(composer().value).toBe('Voor 0: 5 mg\n2dd 10 mg\n');
      comes('.');
      expect(composer().value).toBe('Voor 0: 5 mg\n2dd 10 mg\n.');
      press('Enter');
      await waitFor(() => expect(said()).toBe('Voor 0: 5 mg\n2dd 10 mg\n.'));
    },
  );

  // M1, P8
  it('it stands where the caret was, and leaves a mention whole', async () => {
    await writing(() => 5);
    comes('@br');
    press('Enter');
    expect(composer().value).toBe('@Bram de Wit ');
    composer().setSelectionRange(0, 0);
    comes('a\u000Bb ', 'insertFromDrop');
    expect(composer().value).toBe('a\nb @Bram de Wit ');
    expect(composer().selectionEnd).toBe(4);
    press('Enter');
    await waitFor(() => expect(said()).toContain('a\nb @Bram de Wit'));
  });

  // M1
  it('a letter that is being composed is left to the input method until it is done', async () => {
    await writing(() => 5);
    const field = composer();
    field.value = 'に\u0001';
    field.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing: true }));
    expect(field.value).toBe('に\u0001');
    field.value = 'に\u0001日';
    field.dispatchEvent(new Event('compositionend', { bubbles: true }));
    expect(field.value).toBe('に 日');
  });

  // S2
  it('a subject is one line, without what the server would refuse', async () => {
    const ui = await TestApp.open();
    await ui.click('new-conversation');
    await ui.click('kind-group');
    const field = (await ui.see('wizard-subject')) as HTMLInputElement;
    field.focus();
    comes('Decubitus\u000Bmw. D.\u0001kamer 3', 'insertFromPaste');
    await waitFor(() => expect(field.value).toBe('Decubitus mw. D. kamer 3'));
  });
});

describe('the keyboard', () => {
  // U1, W1
  it('does not go to a conversation from where one types already when that has come', async () => {
    const ui = await TestApp.open();
    slowDown(ui.shell, () => 40);
    const search = (await ui.see('overview-search')) as HTMLInputElement;
    search.focus();
    void ui.app.navigation.openConversation('wond');
    await tick();
    comes('dec');
    await waitFor(() => expect(composer()).not.toBeNull());
    // tidy: waits because what is not done is never heard of; on a slow machine it proves less, and fails no sooner.
    await new Promise((done) => setTimeout(done, 30));
    expect(document.activeElement).toBe(search);
  });

  // U1, W1
  it('stays where one went while a message was sent', async () => {
    const ui = await writing(() => 40);
    comes('Akkoord.');
    press('Enter');
    const search = (await ui.see('overview-search')) as HTMLInputElement;
    search.focus();
    await waitFor(() => expect(said()).toBe('Akkoord.'));
    // tidy: waits because what is not done is never heard of; on a slow machine it proves less, and fails no sooner.
    await new Promise((done) => setTimeout(done, 120));
    expect(document.activeElement).toBe(search);
  });
});
