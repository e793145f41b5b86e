import { cleanup, fireEvent, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { fileOf, transfer } from '../../testing/files';
import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

async function drop(what: Parameters<typeof transfer>[0], on: Element = document.body): Promise<void> {
  await fireEvent.drop(on, { dataTransfer: transfer(what) });
}
async function paste(ui: TestApp, what: Parameters<typeof transfer>[0]): Promise<void> {
  await fireEvent.paste(await ui.see('composer'), { clipboardData: transfer(what) });
}
const names = (chips: HTMLElement[]) => chips.map((one) => one.querySelector('bdi')?.title);

async function chips(ui: TestApp, count: number): Promise<HTMLElement[]> {
  await waitFor(async () => {
    const all = await ui.seeAll('chip');
    expect(all).toHaveLength(count);
    expect(all.every((one) => one.dataset['state'] === 'draft')).toBe(true);
  });
  return ui.seeAll('chip');
}

describe('files for a message', () => {
  // F2
  it('are dropped anywhere in the window, several at once, and never shown by the window itself', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    const files = [fileOf('foto.jpg'), fileOf('brief.pdf')];
    const kept = await fireEvent.drop(await ui.see('rail-overleg'), { dataTransfer: transfer({ files }) });
    expect(kept).toBe(false);
    expect(names(await chips(ui, 2))).toEqual(['foto.jpg', 'brief.pdf']);
  });

  // W1
  it('have their conversation named while they are dragged over the window', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    const dataTransfer = transfer({ files: [fileOf('foto.jpg')] });
    await fireEvent.dragEnter(document.body, { dataTransfer });
    expect((await ui.see('drop-overlay')).textContent).toContain('Wondbeleid mevr. D. na ontslag');
    expect(dataTransfer.dropEffect).toBe('copy');
    await fireEvent.drop(document.body, { dataTransfer });
    await waitFor(() => expect(ui.look('drop-overlay')).toBeNull());
  });

  // W1, U2
  it('go nowhere where nothing is open, and that is said', async () => {
    const ui = await TestApp.open('fake=demo');
    const dataTransfer = transfer({ files: [fileOf('foto.jpg')] });
    await fireEvent.dragEnter(document.body, { dataTransfer });
    expect((await ui.see('drop-overlay')).textContent).toContain('Open eerst het gesprek');
    expect(dataTransfer.dropEffect).toBe('none');
    expect(await fireEvent.drop(document.body, { dataTransfer })).toBe(false);
    expect(ui.look('chip')).toBeNull();
  });

  // F2
  it('are not made of a text or a link that is dropped', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    const dataTransfer = transfer({ text: 'https://voorbeeld.nl/' });
    expect(await fireEvent.dragEnter(document.body, { dataTransfer })).toBe(true);
    expect(await fireEvent.drop(await ui.see('composer'), { dataTransfer })).toBe(true);
    expect(ui.look('drop-overlay')).toBeNull();
    expect(ui.look('chip')).toBeNull();
  });

  // F2
  it('are pasted into the text, which a text with a picture of it is not', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    await paste(ui, { files: [fileOf('image.png')], text: 'Uit Word', html: '<b>Uit Word</b>' });
    const field = (await ui.see('composer')) as HTMLTextAreaElement;
    expect(field.value).toBe('Uit Word');
    expect(ui.look('chip')).toBeNull();
    await paste(ui, { files: [fileOf('image.png')] });
    expect(names(await chips(ui, 1))).toEqual(['image.png']);
    expect(field.value).toBe('Uit Word');
  });

  // F2, U2
  it('come from the system’s dialog, and what was refused there is told', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    await ui.click('attach');
    expect(names(await chips(ui, 1))).toEqual(['Verwijsbrief.pdf']);
    expect((await ui.see('not-attached')).textContent).toContain('Setup.exe');
  });

  // F2, U2
  it('are refused by kind, each with what to do', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    const refused = ['Setup.exe', 'p.html', 'm.docm', 'a.zip'].map((name) => fileOf(name));
    await drop({ files: [...refused, fileOf('foto.jpg')], folders: [] });
    expect(names(await chips(ui, 1))).toEqual(['foto.jpg']);
    const said = await ui.see('not-attached');
    const faults = [...said.querySelectorAll('[data-fault]')].map(
      (one) => (one as HTMLElement).dataset['fault'],
    );
    expect(faults).toEqual(['program', 'script', 'macros', 'not_accepted']);
    await ui.click('not-attached-close');
    expect(ui.look('not-attached')).toBeNull();
  });

  // F2, U2
  it('are not a folder, not an empty file, and no file while the disk is full', async () => {
    const ui = await TestApp.open('fake=demo&disk-full');
    await ui.open('wond');
    await drop({ files: [fileOf('foto.jpg')], folders: ['Scans'] });
    await waitFor(async () => expect((await ui.see('not-attached')).textContent).toContain('schijf'));
    expect((await ui.see('not-attached')).textContent).toContain('“Scans” is een map');
  });

  // F2, U2
  it('that went away meanwhile are told, and nothing is left of them', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    const gone = fileOf('weg.jpg');
    gone.slice = () => {
      throw new DOMException('gone', 'NotReadableError');
    };
    await drop({ files: [gone, fileOf('foto.jpg')] });
    expect(names(await chips(ui, 1))).toEqual(['foto.jpg']);
    expect((await ui.see('not-attached')).textContent).toContain('“weg.jpg” is niet te lezen');
    await ui.open('els');
    await drop({ files: [gone] });
    await ui.see('not-attached');
    await waitFor(() => expect(ui.look('chip')).toBeNull());
  });

  // M6, U2
  it('are twenty at most; the rest is named', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    await drop({ files: Array.from({ length: 22 }, (_, at) => fileOf(`foto-${at + 1}.jpg`, 9)) });
    await chips(ui, 20);
    expect((await ui.see('not-attached')).textContent).toContain('foto-21.jpg en foto-22.jpg');
    expect(((await ui.see('attach')) as HTMLButtonElement).disabled).toBe(true);
  });

  // F2
  it('are removed one by one, also while they are read', async () => {
    const ui = await TestApp.open('fake=gathered&slow=end_attach');
    await ui.open('bestanden');
    await drop({ files: [fileOf('foto.jpg')] });
    await waitFor(async () => expect(names(await ui.seeAll('chip'))).toContain('foto.jpg'));
    for (let left = 5; left > 0; left--) {
      const all = await ui.seeAll('chip');
      expect(all).toHaveLength(left);
      await ui.user.click(within(all.at(-1) as HTMLElement).getByTestId('chip-remove'));
    }
    expect(ui.look('chip')).toBeNull();
    expect(ui.look('not-attached')).toBeNull();
  });

  // F2
  it('hold sending back while one is read', async () => {
    const ui = await TestApp.open('fake=demo&slow=end_attach');
    await ui.open('wond');
    await drop({ files: [fileOf('foto.jpg')] });
    const chip = await ui.see('chip');
    await waitFor(() => expect(chip.querySelector('progress')).not.toBeNull());
    expect(((await ui.see('send')) as HTMLButtonElement).disabled).toBe(true);
    await ui.user.type(await ui.see('composer'), 'Alvast');
    expect(((await ui.see('send')) as HTMLButtonElement).disabled).toBe(true);
  });

  // M6
  it('go without a text, and with the message they belong to only', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('els');
    await drop({ files: [fileOf('foto.jpg')] });
    await chips(ui, 1);
    await ui.click('send');
    await waitFor(() => expect(ui.look('chip')).toBeNull());
    ui.serverAnswers();
    await waitFor(async () => expect((await ui.seeAll('picture')).length).toBe(1));
    await ui.user.type(await ui.see('composer'), 'Zonder{Enter}');
    ui.serverAnswers();
    await waitFor(async () => {
      const last = (await ui.seeAll('message')).at(-1) as HTMLElement;
      expect(last.textContent).toContain('Zonder');
      expect(within(last).queryByTestId('message-files')).toBeNull();
    });
  });

  // W1, L5
  it('stay with their conversation while another is open', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    await drop({ files: [fileOf('foto.jpg')] });
    await chips(ui, 1);
    await ui.open('noor');
    await waitFor(() => expect(ui.look('chip')).toBeNull());
    await ui.open('wond');
    await chips(ui, 1);
  });

  // M3, M6
  it('of a message that is edited can be removed and not added, and those of the draft come back', async () => {
    const ui = await TestApp.open('fake=gathered');
    await ui.open('bestanden');
    await waitFor(async () => expect(await ui.seeAll('chip')).toHaveLength(4));
    const message = (await ui.seeAll('message')).find((one) => one.textContent?.includes('ter vergelijking'));
    message?.focus();
    await ui.user.keyboard('e');
    await waitFor(async () => expect(names(await ui.seeAll('chip'))).toContain('wondkaart.xlsx'));
    expect(ui.look('attach')).toBeNull();
    expect(ui.look('chip-edit')).toBeNull();
    await drop({ files: [fileOf('erbij.jpg')] });
    await ui.user.click(within((await ui.seeAll('chip')).at(-1) as HTMLElement).getByTestId('chip-remove'));
    await waitFor(async () => expect(await ui.seeAll('chip')).toHaveLength(2));
    await ui.click('send');
    await waitFor(async () => {
      const edited = (await ui.seeAll('message')).find((one) =>
        one.textContent?.includes('ter vergelijking'),
      );
      expect(edited?.textContent).not.toContain('wondkaart');
    });
    await waitFor(async () => expect(names(await ui.seeAll('chip'))).toContain('Film echo hart.mp4'));
  });

  // M3, M6
  it('that were removed from a message are there again when the edit was cancelled', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('bestanden');
    const edit = async () => {
      (await ui.seeAll('message')).find((one) => one.textContent?.includes('ter vergelijking'))?.focus();
      await ui.user.keyboard('e');
      await waitFor(async () => expect(await ui.seeAll('chip')).toHaveLength(3));
    };
    await edit();
    await ui.user.click((await ui.seeAll('chip-remove'))[0] as HTMLElement);
    await waitFor(async () => expect(await ui.seeAll('chip')).toHaveLength(2));
    await ui.click('composer-cancel');
    await waitFor(() => expect(ui.look('chip')).toBeNull());
    await edit();
  });

  // F5
  it('that keep where and by whom they were made say so before they are sent', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    await drop({ files: [fileOf('foto.jpg')] });
    await chips(ui, 1);
    expect(ui.look('keeps-metadata')).toBeNull();
    await drop({ files: [fileOf('scan.heic')] });
    expect((await ui.see('keeps-metadata')).textContent).toContain('scan.heic');
  });

  // F5
  it('are edited as pictures, which get another name for themselves in the same place', async () => {
    const ui = await TestApp.open('fake=gathered');
    await ui.open('bestanden');
    const [first] = ui.shell.files.draft('bestanden');
    const attaching = ui.app.navigation.attaching({ to: 'conversation', conversation: 'bestanden' });
    await attaching?.edit(first?.id ?? '', [{ crop: { x: 0, y: 0, width: 400, height: 300 } }]);
    const [changed] = ui.shell.files.draft('bestanden');
    expect(changed?.id).not.toBe(first?.id);
    expect(attaching?.files[0]).toMatchObject({ id: changed?.id, picture: { width: 400, height: 300 } });
  });
});

describe('files of a new conversation', () => {
  // S2
  it('are gathered in the wizard, and go with the first message, also without a text', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.click('new-conversation');
    await ui.click('kind-group');
    await ui.user.type(await ui.see('wizard-subject'), 'Valrisico');
    await ui.click('wizard-next');
    await ui.user.type(await ui.see('people-search'), 'meryem');
    await waitFor(async () => expect((await ui.see('found-person')).textContent).toContain('Meryem'));
    await ui.user.keyboard('{Enter}');
    await ui.see('chosen');
    await ui.click('wizard-next');
    expect(((await ui.see('wizard-start')) as HTMLButtonElement).disabled).toBe(true);
    await drop({ files: [fileOf('foto.jpg')] });
    await chips(ui, 1);
    await ui.click('wizard-start');
    await ui.see('conversation');
    await waitFor(async () => expect(await ui.seeAll('picture')).toHaveLength(1));
    expect(ui.look('chip')).toBeNull();
    expect(ui.shell.files.draft('')).toEqual([]);
  });

  // S2
  it('are put away when one begins anew', async () => {
    const ui = await TestApp.open('fake=gathered');
    const wizard = async () => {
      await ui.app.navigation.openWizard();
      return ui.app.navigation.wizard;
    };
    const first = await wizard();
    await waitFor(() => expect(first?.attachments.count).toBe(4));
    await ui.app.navigation.close();
    expect(await wizard()).toBe(first);
    ui.app.navigation.restartWizard();
    await waitFor(() => expect(ui.shell.files.draft('')).toEqual([]));
  });
});
