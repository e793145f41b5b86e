// The daily tasks of a clinician by keyboard alone (U1): each on fake data of its own, up to the final text on the screen.

/** @typedef {import('./person.js').Person} Person */
/** @typedef {{ name: string, world: string, viewport?: { width: number, height: number }, does: (me: Person) => Promise<void> }} Task */

/** @type {Task[]} */
export const TASKS = [
  {
    name: 'signing in',
    world: 'signed-out=https%3A%2F%2Foverleg.voorbeeld.nl',
    does: async (me) => {
      await me.at('login');
      await me.types('a.vandenberg@desingel.voorbeeld.nl');
      await me.tabTo('password');
      await me.types('verkeerd');
      await me.press('Enter');
      await me.sees('sign-in-failure', 'klopt niet');
      await me.at('password');
      await me.press('Control+a');
      await me.types('vier woorden samen');
      await me.press('Enter');
      await me.sees('work');
      await me.sees('overview-row', 'Wondbeleid');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'signing in by invitation',
    world: 'signed-out',
    does: async (me) => {
      await me.at('invitation-link');
      await me.tabTo('way-password');
      await me.press('Enter');
      await me.at('login');
      await me.tabTo('way-invitation');
      await me.press('Enter');
      await me.at('invitation-link');
      await me.types('https://overleg.voorbeeld.nl/#invite=n3w');
      await me.press('Enter');
      await me.sees('invited', 'Huisartsenpraktijk De Singel');
      await me.at('password');
      await me.types('vier woorden samen');
      await me.tabTo('sign-in-submit');
      await me.press('Enter');
      await me.sees('overview-row', 'Wondbeleid');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'finding a conversation',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f');
      await me.at('overview-search');
      await me.types('yildiz');
      await me.sees('search-results', 'Medicatieoverdracht');
      await me.press('ArrowDown');
      await me.at('overview-row', 'Medicatieoverdracht');
      await me.press('Enter');
      await me.sees('conversation', 'Medicatieoverdracht');
      await me.at('composer');
      await me.press('Escape');
      await me.at('message', 'sint-janskruid');
      await me.press('Escape');
      await me.at('overview-row', 'Medicatieoverdracht');
      await me.press('Control+f', 'Escape');
      await me.sees('overview-row', 'Wondbeleid');
      await me.at('overview-search');
    },
  },
  {
    name: 'finding a message, and the next',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f');
      await me.at('overview-search');
      await me.types('wond van:bram');
      await me.sees('search-option', 'Bram de Wit');
      await me.press('Enter');
      await me.sees('search-filter', 'Bram de Wit');
      await me.at('overview-search');
      await me.sees('hit', 'wondfolie');
      await me.press('ArrowDown');
      await me.at('hit', 'wondfolie');
      await me.press('Enter');
      await me.sees('conversation', 'Bram de Wit');
      await me.press('Control+f');
      await me.sees('search-filter', 'In: Bram de Wit');
      await me.press('Backspace', 'Home', 'Backspace', 'Backspace');
      await me.at('overview-search');
      await me.sees('overview-row', 'Wondbeleid');
      await me.types('wond');
      await me.sees('hit', 'wondfolie');
      await me.press('F3', 'F3');
      await me.sees('message', 'wondfolie');
      await me.press('Shift+F3');
      await me.sees('message', 'De wond aan de linkerhiel');
      await me.press('Escape', 'Escape');
      await me.at('hit', 'linkerhiel');
    },
  },
  {
    name: 'archiving and undoing it',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f', 'ArrowDown', 'ArrowDown');
      await me.at('overview-row', 'Medicatieoverdracht');
      await me.press('Tab');
      await me.at('overview-menu', 'Medicatieoverdracht');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('menu-open');
      });
      await me.press('Enter');
      await me.at('menu-open');
      while (!(await me.where()).includes('menu-archive')) await me.press('ArrowDown');
      await me.press('Enter');
      await me.sees('undo-archive', 'Medicatieoverdracht');
      await me.seesNo('overview-row', 'Medicatieoverdracht');
      await me.at('overview-row');
      await me.press('Control+z');
      await me.at('overview-row', 'Medicatieoverdracht');
      await me.seesNo('undo-archive');
      // The system's own key for it, on the row itself.
      await me.thereAndBack(async () => {
        await me.press('ContextMenu');
        await me.at('menu-open');
      });
    },
  },
  {
    name: 'choosing what the list shows',
    world: 'fake=items',
    does: async (me) => {
      await me.press('Control+f');
      await me.tabTo('filter-active');
      await me.press('ArrowRight');
      await me.at('filter-unread');
      await me.seesNo('overview-row', 'somberheid');
      await me.press('ArrowRight');
      await me.at('filter-archived');
      await me.sees('overview-row', 'Griepprik');
      await me.press('ArrowRight');
      await me.at('filter-active');
      await me.tabTo('arrange');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('order');
        await me.press('ArrowDown', 'ArrowDown');
        await me.tabTo('only-kind');
        await me.press('ArrowDown', 'ArrowDown', 'ArrowDown');
        await me.tabTo('only-item-type');
        await me.press('ArrowDown');
        await me.tabTo('only-mentioned');
        await me.press('Space', 'Space');
        await me.tabTo('density-normal');
        await me.press('ArrowLeft');
        await me.at('density-compact');
        await me.tabTo('preview');
        await me.press('Space');
        await me.seesNo('overview-row', 'Wondbeleid');
      });
      await me.sees('narrowings', 'Bij een onderdeel');
      await me.tabTo('narrowing', { says: 'onderdeel' });
      await me.press('Enter');
      await me.at('narrowing');
      await me.press('Enter');
      await me.seesNo('narrowings');
      await me.at('overview-search');
      await me.sees('overview-row', 'Wondbeleid');
    },
  },
  {
    name: 'switching',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f', 'ArrowDown', 'Enter');
      await me.at('composer');
      await me.thereAndBack(async () => {
        await me.press('Control+k');
        await me.at('switcher-field');
        await me.types('els');
        await me.sees('switcher-row', 'Els Kuipers');
      });
      await me.press('Control+k');
      await me.at('switcher-field');
      await me.types('els');
      await me.press('Enter');
      await me.sees('conversation', 'Doktersassistent');
      await me.at('composer');
      await me.press('Control+k');
      await me.press('ArrowUp', 'Enter');
      await me.sees('wizard');
      await me.at('people-search');
    },
  },
  {
    name: 'starting a conversation with one colleague',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f');
      await me.tabTo('new-conversation');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('people-search');
      });
      await me.press('Control+n');
      await me.at('people-search');
      await me.finds('lotte', 'Lotte Verhoeven');
      await me.press('Enter');
      await me.sees('chosen', 'Lotte Verhoeven');
      await me.press('Enter');
      await me.sees('conversation', 'Lotte Verhoeven');
      await me.at('composer');
      await me.types('Heb je vanmiddag tijd?');
      await me.press('Enter');
      await me.sees('message', 'Heb je vanmiddag tijd?');
    },
  },
  {
    name: 'starting a conversation with several',
    world: 'fake=demo&memberships=2',
    does: async (me) => {
      await me.press('Control+n');
      await me.at('membership', 'De Singel');
      await me.press('ArrowDown');
      await me.at('membership', 'Rijnhoek');
      await me.press('ArrowUp', 'Enter');
      await me.at('people-search');
      await me.tabTo('kind-direct', { back: true });
      await me.press('ArrowRight');
      await me.at('wizard-subject');
      await me.types('Valrisico mevr. B.');
      await me.press('Enter');
      for (const { typed, name } of [
        { typed: 'meryem', name: 'Meryem Yıldız' },
        { typed: 'haddad', name: 'Noor Haddad' },
      ]) {
        await me.at('people-search');
        await me.finds(typed, name);
        await me.press('Enter');
        await me.sees('chosen-person', name);
      }
      await me.tabTo('chosen-person', { back: true, says: 'Noor' });
      await me.press('Enter');
      await me.seesNo('chosen-person', 'Noor');
      await me.at('people-search');
      await me.press('Enter');
      await me.at('composer');
      await me.types('Kun je morgen meekijken?');
      await me.press('Escape');
      await me.at('people-search');
      await me.press('Enter');
      await me.at('composer');
      await me.press('Enter');
      await me.sees('conversation', 'Valrisico mevr. B.');
      await me.sees('message', 'Kun je morgen meekijken?');
      await me.at('composer');
    },
  },
];
