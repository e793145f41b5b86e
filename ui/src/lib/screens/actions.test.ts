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
  // L1, L3
  it('are those that one may do there', async () => {
    const ui = await TestApp.open();
    expect(await actions(ui, 'wond')).toEqual([
      'Openen',
      'Markeren als gelezen',
      'Archiveren voor mij',
      'Archiveren voor iedereen',
      'Link kopiëren',
      'Gesprek verlaten',
    ]);
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
    expect(await actions(ui, 'els')).toEqual([
      'Openen',
      'Archiveren voor mij',
      'Link kopiëren',
      'Gesprek verlaten',
    ]);
  });

  // M9
  it('mark it as read, to its end', async () => {
    const ui = await TestApp.open();
    await actions(ui, 'wond');
    await ui.click('menu-read');
    await waitFor(() => expect(row('wond')?.className).not.toContain('unread'));
    expect(ui.app.navigation.conversation).toBeNull();
  });

  // L3
  it('archive it for everyone after a question, which can be undone', async () => {
    const ui = await TestApp.open();
    await actions(ui, 'wond');
    await ui.click('menu-archive-everyone');
    await ui.click('question-confirm');
    expect((await ui.see('undo-archive')).textContent).toContain('voor iedereen gearchiveerd');
  });

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
