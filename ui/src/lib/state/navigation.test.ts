import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeShell } from '$lib/shell/fake/shell';
import { readSetting } from '$lib/shell/fake/settings';
import { EditorText } from '$lib/words/editor-text';

import { NavigationState } from './navigation.svelte';
import { SessionState } from './session.svelte';
import type { WizardState } from './wizard.svelte';

/** The item that the demo data has a conversation about. */
const ITEM = '00000000-0000-7000-8000-00000000aa01';

describe('the navigation', () => {
  let shell: FakeShell;
  let navigation: NavigationState;

  beforeEach(async () => {
    shell = new FakeShell(readSetting(new URLSearchParams('fake=items')));
    const nothing = () => undefined;
    const session = new SessionState(shell, { userChanged: nothing, failed: nothing });
    await session.refresh();
    navigation = new NavigationState(shell, session);
  });

  function openWizard(): WizardState {
    void navigation.openWizard();
    const { wizard } = navigation;
    if (!wizard) throw new Error('no wizard is open');
    return wizard;
  }

  // L5
  it('shows one view at a time, and begins and ends empty', async () => {
    expect(navigation.view.kind).toBe('empty');
    await navigation.openConversation('wond');
    expect(navigation.view.kind).toBe('conversation');
    await navigation.openItem(ITEM);
    expect(navigation.view.kind).toBe('item');
    expect(navigation.conversation).toBeNull();
    openWizard();
    expect(navigation.view.kind).toBe('wizard');
    expect(navigation.item).toBeNull();
    await navigation.close();
    expect(navigation.view.kind).toBe('empty');
  });

  // L5
  it.each<[string, () => Promise<void>]>([
    ['another conversation', () => navigation.openConversation('els')],
    ['an item', () => navigation.openItem(ITEM)],
    ['the wizard', () => navigation.openWizard()],
    ['nothing', () => navigation.close()],
  ])('saves the draft and stops watching when %s is opened in its place', async (_, leave) => {
    await navigation.openConversation('wond');
    const call = vi.spyOn(shell, 'call');
    navigation.conversation?.composer.write(EditorText.plain('Ik kom morgen.'));
    await leave();
    expect(call).toHaveBeenCalledWith('watch', { conversation: null });
    expect(call.mock.calls.filter(([name]) => name === 'save_draft')).toHaveLength(1);
    await navigation.openConversation('wond');
    expect(navigation.conversation?.composer.written.shown).toBe('Ik kom morgen.');
  });

  it('does not load a conversation again that is already open', async () => {
    await navigation.openConversation('wond');
    const { view } = navigation;
    await navigation.openConversation('wond');
    expect(navigation.view).toBe(view);
  });

  it('is at the same view after closing nothing', async () => {
    const { view } = navigation;
    await navigation.close();
    expect(navigation.view).toBe(view);
  });

  it('keeps the panel of participants open from one conversation to the next, and not beyond', async () => {
    await navigation.openConversation('wond');
    if (navigation.conversation) navigation.conversation.panel = 'participants';
    await navigation.openConversation('els');
    expect(navigation.conversation?.panel).toBe('participants');
    await navigation.close();
    await navigation.openConversation('wond');
    expect(navigation.conversation?.panel).toBeNull();
  });

  // S3
  it('goes back from a wizard at an item to that item, and otherwise to the overview', async () => {
    await navigation.openItem(ITEM);
    navigation.openWizardAtItem();
    expect(navigation.view.kind).toBe('wizard');
    navigation.overviewOpen = false;
    await navigation.back();
    expect(navigation.item?.id).toBe(ITEM);
    expect(navigation.overviewOpen).toBe(false);
    await navigation.back();
    expect(navigation.view.kind).toBe('empty');
    expect(navigation.overviewOpen).toBe(true);
  });

  // S1
  it('resumes a wizard with unsent text only for the same item, or likewise for none', async () => {
    const wizard = openWizard();
    wizard.message = EditorText.plain('Wie heeft de sleutel?');
    await navigation.openItem(ITEM);
    navigation.openWizardAtItem();
    expect(navigation.wizard).not.toBe(wizard);
    expect(openWizard()).toBe(wizard);
    expect(wizard.resumed).toBe(true);
    navigation.restartWizard();
    expect(navigation.wizard?.message.blank).toBe(true);
  });

  it('opens nothing for a wizard that the user left while its conversation was being started', async () => {
    const wizard = openWizard();
    vi.spyOn(wizard, 'start').mockResolvedValue('els');
    const finishing = navigation.finishWizard(wizard);
    await navigation.openConversation('wond');
    await finishing;
    expect(navigation.conversation?.id).toBe('wond');
  });

  it('forgets what another user had open and written', async () => {
    const wizard = openWizard();
    wizard.message = EditorText.plain('Wie heeft de sleutel?');
    await navigation.openConversation('wond');
    navigation.sheet = 'options';
    navigation.forget();
    expect(navigation.view.kind).toBe('empty');
    expect(navigation.sheet).toBeNull();
    expect(openWizard()).not.toBe(wizard);
  });
});
