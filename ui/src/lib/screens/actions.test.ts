import { cleanup, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Desk } from '../../testing/desk';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

function row(conversation: string): HTMLElement | null {
  return document.querySelector(`[data-conversation="${conversation}"]`);
}

async function actions(desk: Desk, conversation: string): Promise<string[]> {
  await waitFor(() => expect(row(conversation)).not.toBeNull());
  await desk.user.pointer({ keys: '[MouseRight]', target: row(conversation) as HTMLElement });
  const items = await screen.findAllByRole('menuitem');
  return items.map((item) => item.textContent?.trim() ?? '');
}

describe('the actions of a conversation', () => {
  // L1, L3
  it('are those that one may do there', async () => {
    const desk = await Desk.sit();
    expect(await actions(desk, 'wond')).toEqual([
      'Openen',
      'Markeren als gelezen',
      'Archiveren voor mij',
      'Archiveren voor iedereen',
      'Link kopiëren',
      'Gesprek verlaten',
    ]);
    await desk.user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
    expect(await actions(desk, 'els')).toEqual([
      'Openen',
      'Archiveren voor mij',
      'Link kopiëren',
      'Gesprek verlaten',
    ]);
  });

  // M9
  it('mark it as read, to its end', async () => {
    const desk = await Desk.sit();
    await actions(desk, 'wond');
    await desk.click('menu-read');
    await waitFor(() => expect(row('wond')?.className).not.toContain('unread'));
    expect(desk.app.open).toBeNull();
  });

  // L3
  it('archive it for everyone after a question, which can be undone', async () => {
    const desk = await Desk.sit();
    await actions(desk, 'wond');
    await desk.click('menu-archive-everyone');
    await desk.click('question-confirm');
    expect((await desk.see('undo-archive')).textContent).toContain('voor iedereen gearchiveerd');
  });

  // N1
  it('copy a link that opens it, and a link to a message that opens it there', async () => {
    const desk = await Desk.sit();
    const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    await actions(desk, 'wond');
    await desk.click('menu-copy-link');
    expect(copied).toHaveBeenCalledWith('overleg://conversation/wond');
    await desk.open('wond');
    const message = screen.getAllByTestId('message')[1] as HTMLElement;
    message.focus();
    await desk.user.keyboard('{Enter}');
    await desk.click('menu-copy-link');
    expect(copied).toHaveBeenLastCalledWith(`overleg://conversation/wond/${message.dataset['number']}`);
  });

  // N1
  it('are not needed for what the system opens it with: it opens at the message', async () => {
    const desk = await Desk.sit('fake=long&conversation=lang&number=20');
    await desk.see('conversation');
    await waitFor(() => expect(desk.app.open?.target?.number).toBe(20));
    expect(desk.app.open?.id).toBe('lang');
  });
});
