import { cleanup, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { TestApp } from '../../testing/test-app';

beforeEach(() => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
});
afterEach(cleanup);

function message(text: string): Promise<HTMLElement> {
  return waitFor(() => {
    const one = screen.getAllByTestId('message').find((each) => each.textContent?.includes(text));
    if (!one) throw new Error(`nobody said ${text}`);
    return one;
  });
}
async function row(name: string): Promise<HTMLElement> {
  return waitFor(() => {
    const one = screen.getAllByTestId('file').find((each) => each.textContent?.includes(name));
    if (!one) throw new Error(`no file ${name}`);
    return one;
  });
}
const part = (of: HTMLElement, testid: string) => within(of).getByTestId(testid);

describe('the files of a message', () => {
  // M6, U1
  it('are pictures with a name and an author for those who do not see them, and rows', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('bestanden');
    const said = await message('ter vergelijking');
    expect(within(said).getAllByRole('img')[0]?.getAttribute('alt')).toMatch(/^Foto IMG_.*\.jpg van uzelf$/u);
    expect(part(said, 'file').textContent).toContain('Rekenblad, 22 kB');
    const other = await message('de hiel vanmorgen');
    expect(within(other).getByRole('img').getAttribute('alt')).toContain('van Bram de Wit');
    expect(other.getAttribute('aria-label')).toContain('Foto');
  });

  // M6
  it('more than six pictures are a number, until one asks', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('fotos');
    const said = await message('De hele reeks');
    expect(within(said).getAllByTestId('picture')).toHaveLength(6);
    await ui.user.click(part(said, 'more-pictures'));
    expect(within(said).getAllByTestId('picture')).toHaveLength(20);
  });

  // F1, F2
  it('are fetched when asked for, and that can be cancelled and tried again', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('standen');
    await ui.user.click(part(await row('Nog niet opgehaald.pdf'), 'file-main'));
    await waitFor(async () =>
      expect((await row('Nog niet opgehaald.pdf')).dataset['state']).toBe('downloading'),
    );
    await ui.user.click(part(await row('Nog niet opgehaald.pdf'), 'file-cancel'));
    await waitFor(async () => expect((await row('Nog niet opgehaald.pdf')).dataset['state']).toBe('remote'));
    await ui.user.click(part(await row('Kan niet (damaged).pdf'), 'file-fetch'));
    ui.serverAnswers();
    await waitFor(async () => expect((await row('Kan niet (damaged).pdf')).dataset['state']).toBe('here'));
  });

  // F3
  it('wait for the network where there is none', async () => {
    const ui = await TestApp.open('fake=files&offline');
    await ui.open('standen');
    await ui.user.click(part(await row('Nog niet opgehaald.pdf'), 'file-fetch'));
    await waitFor(async () => expect((await row('Nog niet opgehaald.pdf')).dataset['state']).toBe('wanted'));
  });

  // F2
  it('in which the scanner found something offer nothing', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('standen');
    const infected = await row('Kan niet (infected).pdf');
    expect(infected.textContent).toContain('Niemand kan het openen');
    expect(within(infected).queryByTestId('file-fetch')).toBeNull();
    expect(within(infected).queryByTestId('file-menu')).toBeNull();
  });

  // F2
  it('that the scanner refused after they were sent are told until their sender knows it', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('standen');
    const refused = await row('Verwijsbrief.docx');
    const listed = () => document.querySelector('[data-conversation="standen"]')?.textContent;
    await waitFor(() => expect(listed()).toContain('Bij 2 berichten ging iets mis'));
    await ui.user.click(part(refused, 'file-acknowledge'));
    await waitFor(() => expect(within(refused).queryByTestId('file-acknowledge')).toBeNull());
    expect(refused.textContent).toContain('Niemand kan het openen');
    await waitFor(() => expect(listed()).toContain('Bij 1 bericht ging iets mis'));
  });

  // F1
  it('are saved, opened and kept from their menu, and what cannot be shown is opened elsewhere', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('standen');
    await ui.user.click(part(await row('Staat hier.pdf'), 'file-menu'));
    await ui.click('menu-file-save');
    await ui.user.click(part(await row('Staat hier.pdf'), 'file-menu'));
    await ui.click('menu-file-pin');
    await waitFor(async () =>
      expect((await row('Staat hier.pdf')).textContent).toContain('Blijft op dit apparaat'),
    );
    await ui.user.click(part(await row('Voorbeeld.docx'), 'file-main'));
    await waitFor(() => expect(ui.shell.around.done).toEqual(['save_attachment', 'open_attachment']));
  });

  // I4, F1
  it('are neither saved nor opened elsewhere where the organisation does not allow it', async () => {
    const ui = await TestApp.open('fake=files&forced=files.save:false&forced=files.open:false');
    await ui.open('standen');
    await ui.user.click(part(await row('Staat hier.pdf'), 'file-menu'));
    await ui.see('menu-file-pin');
    expect(ui.look('menu-file-save')).toBeNull();
    expect(ui.look('menu-file-open')).toBeNull();
    expect((await row('Voorbeeld.docx')).textContent).toContain('mag niet van uw organisatie');
  });

  // M6
  it('that go are shown as they go, and are taken back with their message', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('standen');
    const going = await message('Deze gaat nu.');
    expect(within(going).getAllByRole('progressbar').length).toBeGreaterThan(0);
    await ui.user.click(part(going, 'message-withdraw'));
    await waitFor(async () => expect(await ui.seeAll('chip')).toHaveLength(4));
  });
});

describe('a message with files to another organisation', () => {
  // W3
  it('can be taken back while it has not left, and its files are in the draft again', async () => {
    const ui = await TestApp.open('fake=gathered');
    await ui.open('bestanden');
    const [, , , reading] = await waitFor(async () => {
      const all = await ui.seeAll('chip');
      expect(all).toHaveLength(4);
      return all;
    });
    await ui.user.click(part(reading as HTMLElement, 'chip-remove'));
    await ui.user.type(await ui.see('composer'), 'Hierbij.{Enter}');
    const leaving = await ui.see('leaving');
    expect(leaving.textContent).toContain('10 seconden');
    expect(leaving.getAttribute('aria-live')).toBe('off');
    expect(ui.look('chip')).toBeNull();
    await waitFor(() =>
      expect(screen.getByTestId('announced').textContent).toContain('Tot dan kunt u het terughalen'),
    );
    await ui.click('take-back');
    await waitFor(async () => expect(await ui.seeAll('chip')).toHaveLength(3));
    expect(((await ui.see('composer')) as HTMLTextAreaElement).value).toBe('Hierbij.');
    expect(ui.look('leaving')).toBeNull();
  });
});

describe('a picture that is viewed', () => {
  // F2, U1
  it('fills the window, is walked through by keys, and gives the keyboard back', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('bestanden');
    const said = await message('de hiel vanmorgen');
    const from = part(said, 'picture-main');
    await ui.user.click(from);
    const viewer = await ui.see('viewer');
    expect(viewer.textContent).toContain('Bram de Wit');
    const place = () => /(\d+) van (\d+)/u.exec(viewer.textContent ?? '')?.[1];
    const first = place();
    await waitFor(() => expect(viewer.contains(document.activeElement)).toBe(true));
    await ui.user.keyboard('{ArrowRight}');
    await waitFor(() => expect(place()).toBe(String(Number(first) + 1)));
    await ui.user.keyboard('{ArrowLeft}');
    await ui.user.keyboard('++');
    await waitFor(() => expect(part(viewer, 'zoom-fit').textContent).toContain('156'));
    await ui.user.keyboard('0');
    await waitFor(() => expect(part(viewer, 'zoom-fit').textContent).toContain('100'));
    await ui.user.keyboard('{Escape}');
    await waitFor(() => expect(ui.look('viewer')).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(from));
  });

  // F1, U2
  it('is fetched when it is not on this device yet, and says how far it is', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('standen');
    const picture = (await ui.seeAll('picture')).find((one) => one.dataset['state'] === 'remote');
    await ui.user.click(part(picture as HTMLElement, 'picture-main'));
    await waitFor(async () =>
      expect((await ui.see('viewer-state')).textContent).toContain('Wordt opgehaald'),
    );
    ui.serverAnswers();
    await waitFor(() => expect(ui.look('viewer-state')).toBeNull());
  });
});

describe('the files of a conversation', () => {
  // M6
  it('stand together beside it, newest first, by kind, and lead to their message', async () => {
    const ui = await TestApp.open('fake=files');
    await ui.open('bestanden');
    await ui.click('attachments');
    const panel = await ui.see('attachments-panel');
    await waitFor(() => expect(within(panel).getAllByTestId('file')).toHaveLength(11));
    expect(within(panel).getAllByTestId('file')[0]?.textContent).toContain('Uitslag kweek.pdf');
    await ui.user.selectOptions(part(panel, 'attachments-which'), 'document');
    await waitFor(() => expect(within(panel).getAllByTestId('file')).toHaveLength(4));
    await ui.user.click(within(panel).getAllByTestId('to-message').at(-1) as HTMLElement);
    await waitFor(() => expect(document.activeElement?.textContent).toContain('De brief van de vaatpoli'));
  });

  // M6
  it('are more than a page where there are more, each once', async () => {
    const ui = await TestApp.open('fake=many-files');
    await ui.open('reeks');
    await ui.click('attachments');
    const panel = await ui.see('attachments-panel');
    await ui.click('attachments-more');
    await waitFor(() => expect(within(panel).getAllByTestId('file').length).toBeGreaterThan(90));
    const ids = ui.app.navigation.conversation?.listed.rows?.map((one) => one.attachment.id) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are none in words where there are none', async () => {
    const ui = await TestApp.open('fake=demo');
    await ui.open('wond');
    await ui.click('attachments');
    await waitFor(async () =>
      expect((await ui.see('attachments-panel')).textContent).toContain('Nog geen bijlagen'),
    );
  });
});

describe('the overview', () => {
  // L1
  it('has the kind of a file where nothing else was said, also in a quote', async () => {
    const ui = await TestApp.open('fake=files');
    const rows = await ui.seeAll('overview-row');
    const of = (id: string) => rows.find((one) => one.dataset['conversation'] === id)?.textContent;
    expect(of('bestanden')).toContain('PDF');
    await ui.open('bestanden');
    expect((await message('Duidelijk beter.')).textContent).toContain('3 bijlagen');
  });
});

describe('the settings of files', () => {
  // F1, W3
  it('are chosen, and are fixed where the organisation decided', async () => {
    const ui = await TestApp.open('fake=demo&forced=files.take_back_seconds');
    await ui.settings('files');
    await ui.user.selectOptions(await ui.see('files-days'), '90');
    await waitFor(() => expect(ui.app.settings.current['files.days']).toBe(90));
    await ui.user.selectOptions(await ui.see('files-budget-mb'), '5000');
    await waitFor(() => expect(ui.app.settings.current['files.budget_mb']).toBe(5000));
    expect(((await ui.see('files-take-back-seconds')) as HTMLSelectElement).disabled).toBe(true);
  });
});
