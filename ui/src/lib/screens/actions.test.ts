import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

function row(conversation: string): HTMLElement | null {
  return document.querySelector(`[data-conversation="${conversation}"]`);
}

async function actions(ui: TestApp, conversation: string): Promise<string[]> {
  await waitFor(() => expect(row(conversation)).not.toBeNull());
  await ui.user.pointer({ keys: '[MouseRight]', target: row(conversation) as HTMLElement });
  const items = await screen.findAllByRole('menuitem');
  return items.map((item) => item.textContent?.trim() ?? '');
}

describe('the actions of a conversation', () => {
  // N1
  it('copy a link that opens it, and a link to a message that opens it there', async () => {
    const ui = await TestApp.open();
    const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    await actions(ui, 'wond');
    await ui.click('menu-copy-link');
    expect(copied).toHaveBeenCalledWith('overleg://conversation/wond');
    await ui.open('wond');
    const message = screen.getAllByTestId('message')[1] as HTMLElement;
    message.focus();
    await ui.user.keyboard('{Enter}');
    await ui.click('menu-copy-link');
    expect(copied).toHaveBeenLastCalledWith(`overleg://conversation/wond/${message.dataset['number']}`);
  });

  // N1
  it('are not needed for what the system opens it with: it opens at the message', async () => {
    const ui = await TestApp.open('fake=long&conversation=lang&number=20');
    await ui.see('conversation');
    await waitFor(() => expect(ui.app.navigation.conversation?.target?.number).toBe(20));
    expect(ui.app.navigation.conversation?.id).toBe('lang');
  });
});
