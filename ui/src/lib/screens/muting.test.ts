/** Muting a conversation: from its row, from the conversation, and what shows it (N5). */
import { cleanup, waitFor, within } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { TestApp } from '../../testing/test-app';

afterEach(cleanup);

const row = (id: string) => document.querySelector<HTMLElement>(`[data-conversation="${id}"]`);

async function shown(id: string): Promise<HTMLElement> {
  await waitFor(() => expect(row(id)).not.toBeNull());
  return row(id) as HTMLElement;
}

describe('muting a conversation', () => {
  // N5
  it('is done and undone in the menu of its row, which says that it is muted', async () => {
    const ui = await TestApp.open();
    const wound = await shown('wond');
    const unread = within(wound).getByText('3');
    expect(wound.textContent).not.toContain('Gedempt');
    await ui.user.pointer({ keys: '[MouseRight]', target: wound });
    expect((await ui.see('menu-mute')).textContent).toContain('Meldingen dempen');
    await ui.click('menu-mute');
    await waitFor(() => expect(row('wond')?.textContent).toContain('Gedempt'));
    // It counts as the others do.
    expect(unread.isConnected).toBe(true);
    expect(ui.shell.world.conversation('wond')?.muted).toBe(true);
    await ui.user.pointer({ keys: '[MouseRight]', target: await shown('wond') });
    expect((await ui.see('menu-mute')).textContent).toContain('Dempen opheffen');
    await ui.click('menu-mute');
    await waitFor(() => expect(row('wond')?.textContent).not.toContain('Gedempt'));
  });

  // N5, U1
  it('is done by the keyboard at the conversation, where the focus stays', async () => {
    const ui = await TestApp.open();
    await ui.open('wond');
    const button = await ui.see('mute');
    expect(button.textContent.trim()).toBe('Meldingen dempen');
    button.focus();
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(button.textContent.trim()).toBe('Gedempt'));
    expect(button.title).toBe('Dempen opheffen');
    expect(document.activeElement).toBe(button);
    await waitFor(() => expect(row('wond')?.textContent).toContain('Gedempt'));
    await ui.user.keyboard('{Enter}');
    await waitFor(() => expect(button.textContent.trim()).toBe('Meldingen dempen'));
  });
});
