/** The content of the screen, in the words of the tests. */
import { screen, waitFor } from '@testing-library/svelte';
import { expect } from 'vitest';

import type { RealApp } from './real-app';

/** The messages that are shown, by what is read out of them. */
export async function messages(): Promise<string[]> {
  const all = await screen.findAllByTestId('message');
  return all.map((one) => one.getAttribute('aria-label') ?? '');
}

/** The message that reads so. */
export function message(text: string): Promise<HTMLElement> {
  return waitFor(() => {
    const one = screen.getAllByTestId('message').findLast((found) => found.textContent?.includes(text));
    if (!one) throw new Error(`no message reads ${text}`);
    return one;
  });
}

/** Waits until the message that reads so is accepted by the server. */
export async function accepted(text: string): Promise<void> {
  await waitFor(async () => expect((await message(text)).dataset['state']).toBe('accepted'));
}

/** Waits until a line of the conversation reads so. */
export async function line(text: string | RegExp): Promise<HTMLElement> {
  return waitFor(() => {
    const all = screen.getAllByTestId('line');
    const one = all.findLast((found) => (found.textContent ?? '').match(text));
    if (!one)
      throw new Error(`no line reads ${text}, but ${all.map((found) => found.textContent).join('; ')}`);
    return one;
  });
}

export function row(conversation: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-conversation="${conversation}"]`);
}

/** Chooses the one whose row says so, after typing a query. */
export async function choose(ui: RealApp, query: string, text: string): Promise<void> {
  const field = await ui.see('people-search');
  await ui.user.clear(field);
  await ui.user.type(field, query);
  const found = await waitFor(() => {
    const one = screen.queryAllByTestId('found-person').find((option) => option.textContent?.includes(text));
    if (!one) throw new Error(`${text} is not found`);
    return one;
  });
  await ui.user.click(found);
}

/** Writes somebody's name behind an @, and takes the first who is offered. */
export async function mention(ui: RealApp, name: string): Promise<void> {
  await ui.user.type(await ui.see('composer'), `@${name}`);
  await waitFor(() =>
    expect(screen.getByTestId('mentions').textContent?.toLowerCase()).toContain(name.toLowerCase()),
  );
  await ui.user.keyboard('{Enter}');
  await waitFor(() => expect(ui.look('mentions')).toBeNull());
}

/** Opens a conversation that has arrived, with its participants beside it. */
export async function panel(ui: RealApp, conversation: string): Promise<void> {
  await ui.open(conversation);
  await ui.click('participants');
  await ui.see('participants-panel');
}

export function participants(): string[] {
  return screen.getAllByTestId('participant').map((one) => one.textContent ?? '');
}
