// The program itself by keyboard alone: its settings, its keys, what is the matter with it, and the end of the day.

/** @type {import('./tasks.js').Task[]} */
export const PROGRAM = [
  {
    name: 'the settings',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f');
      await me.tabTo('display-options');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.sees('options', 'Instellingen');
        await me.tabTo('theme-light');
        await me.press('ArrowRight');
        await me.at('theme-dark');
        await me.until(
          () => me.page.evaluate(() => document.documentElement.dataset['theme'] === 'dark'),
          () => 'it is not dark',
        );
        await me.tabTo('zoom-larger');
        await me.press('Enter');
        await me.sees('zoom', '110 %');
        await me.press('Control+-');
        await me.sees('zoom', '100 %');
        await me.press('Control+=', 'Tab');
        await me.at('zoom-usual');
        await me.press('Enter');
        await me.sees('zoom', '100 %');
        await me.keepsTheKeyboard();
        await me.tabTo('settings-page-display', { back: true });
        await me.press('ArrowDown', 'ArrowDown');
        await me.at('settings-page-writing', 'Schrijven');
        await me.tabTo('enter-sends');
        await me.press('ArrowRight');
        await me.at('enter-breaks');
        await me.tabTo('settings-page-writing', { back: true });
        await me.press('ArrowDown', 'Enter');
        await me.sees('settings-page', 'Meldingen');
        await me.tabTo('telling-who');
        await me.press('ArrowRight');
        await me.at('telling-who-and-what');
        await me.tabTo('reset');
        await me.press('Enter');
        await me.at('telling-who');
        await me.tabTo('with-sound');
        await me.press('Space');
        await me.tabTo('settings-page-notifications', { back: true });
        await me.press('End', 'ArrowUp', 'ArrowUp', 'ArrowUp');
        await me.at('settings-page-program', 'Programma');
        await me.tabTo('start-at-login');
        await me.press('Space');
        await me.tabTo('settings-page-program', { back: true });
        await me.press('Home');
        await me.tabTo('language-nl');
        await me.press('ArrowRight');
        await me.sees('options', 'Settings');
        await me.at('language-en');
        await me.press('ArrowLeft');
        await me.sees('options', 'Instellingen');
        await me.at('language-nl');
      });
      // The chosen setting applies: Enter breaks the line, and Ctrl+Enter sends.
      await me.press('Control+k');
      await me.types('bram');
      await me.press('Enter');
      await me.at('composer');
      await me.types('Een');
      await me.press('Enter');
      await me.types('twee');
      await me.press('Control+Enter');
      await me.sees('message', 'Een\ntwee');
    },
  },
  {
    name: 'finding a setting',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f');
      await me.tabTo('display-options');
      await me.press('Enter');
      await me.at('settings-search');
      await me.types('ringtoon');
      await me.sees('settings-found', 'Geen instelling gevonden');
      await me.press('Escape');
      await me.at('settings-search', '');
      await me.types('geluid');
      await me.sees('settings-found', '1 instelling gevonden');
      await me.press('Enter');
      await me.at('with-sound');
      await me.press('Space');
      await me.sees('origin', 'Uw keuze, op dit apparaat');
      await me.press('Tab');
      await me.at('reset');
      await me.press('Enter');
      await me.seesNo('origin');
      await me.at('with-sound');
      await me.tabTo('settings-search', { back: true });
      await me.press('Control+a');
      await me.types('taal');
      await me.press('ArrowDown', 'ArrowDown');
      await me.at('settings-hit', 'Taal van de mail');
      await me.sees('settings-page', 'E-mail');
      await me.press('ArrowUp', 'ArrowUp');
      await me.at('settings-search');
      await me.press('Escape', 'Escape');
      await me.seesNo('options');
      await me.at('display-options');
    },
  },
  {
    name: 'the settings in a narrow window',
    world: 'fake=demo',
    viewport: { width: 420, height: 760 },
    does: async (me) => {
      await me.press('Control+f');
      await me.tabTo('display-options');
      await me.press('Enter');
      await me.at('settings-search');
      await me.press('ArrowDown', 'End');
      await me.at('settings-page-account', 'Account');
      await me.press('ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'Enter');
      await me.sees('settings-page', 'Bestanden');
      await me.tabTo('files-days');
      await me.press('Escape');
      await me.at('settings-page-files', 'Bestanden');
      await me.tabTo('settings-search', { back: true });
      await me.types('wachtwoord');
      await me.press('Enter');
      await me.at('change-password');
      await me.press('Escape');
      await me.sees('settings-hit', 'Wachtwoord wijzigen');
      await me.keepsTheKeyboard();
      await me.press('Escape', 'Escape');
      await me.seesNo('options');
      await me.at('display-options');
    },
  },
  {
    name: 'the settings while the cache is shut',
    world: 'trouble=cache_damaged&forced=notifications.silent',
    does: async (me) => {
      await me.tabTo('display-options');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('settings-search');
        await me.types('melding');
        await me.press('Enter');
        await me.at('telling-who');
        await me.press('ArrowLeft');
        await me.sees('settings-page', 'Uw keuze, op dit apparaat');
        await me.sees('settings-page', 'Beheerd door uw organisatie');
        await me.sees('account-settings-unknown', 'zodra uw gegevens');
        await me.press('Escape');
      });
    },
  },
  {
    name: 'the list of all keys',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f');
      await me.thereAndBack(async () => {
        await me.press('F1');
        await me.sees('shortcuts', 'Sneltoetsen');
        await me.keepsTheKeyboard();
      });
      await me.tabTo('display-options');
      await me.press('Enter');
      await me.at('settings-search');
      await me.press('ArrowDown', 'ArrowDown', 'ArrowDown');
      await me.at('settings-page-writing');
      await me.tabTo('all-shortcuts');
      await me.press('Enter');
      await me.sees('shortcuts', 'Sneltoetsen');
      await me.press('Escape');
      await me.at('display-options');
    },
  },
  {
    name: 'closing the window',
    world: 'fake=demo&closing',
    does: async (me) => {
      await me.at('closing-understood');
      await me.press('Shift+Tab');
      await me.at('closing-quit');
      await me.press('Tab');
      await me.at('closing-understood');
      await me.press('Escape');
      await me.seesNo('closing');
    },
  },
  {
    name: 'signing out',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f');
      await me.tabTo('display-options');
      await me.press('Enter');
      await me.at('settings-search');
      await me.press('ArrowDown', 'End');
      await me.at('settings-page-account');
      await me.tabTo('sign-out');
      await me.press('Enter');
      await me.sees('sign-out-confirm');
      await me.keepsTheKeyboard();
      await me.tabTo('sign-out-confirm');
      await me.press('Enter');
      await me.sees('sign-in');
      await me.at('login');
    },
  },
  {
    name: 'signing in again when the session has ended',
    world: 'fake=demo&ended',
    does: async (me) => {
      await me.tabTo('sign-in-again');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('login');
      });
      await me.press('Enter');
      await me.at('login');
      await me.types('a.vandenberg@desingel.voorbeeld.nl');
      await me.tabTo('password');
      await me.types('vier woorden samen');
      await me.press('Enter');
      await me.seesNo('session-ended');
      await me.seesNo('sign-in-dialog');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'texts that were rescued',
    world: 'fake=demo&rescued',
    does: async (me) => {
      await me.tabTo('truth-rescued', { back: true });
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.sees('rescued', 'De index was 0,8');
      });
      await me.press('Enter');
      await me.tabTo('rescued-drop');
      await me.press('Enter');
      await me.seesNo('rescued');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'a cache that cannot be opened',
    world: 'trouble=cache_damaged',
    does: async (me) => {
      await me.tabTo('set-aside');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.sees('set-aside-dialog');
        await me.keepsTheKeyboard();
      });
      await me.press('Enter');
      await me.tabTo('set-aside-confirm');
      await me.press('Enter');
      await me.sees('work');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'what was not sent',
    world: 'fake=refused',
    does: async (me) => {
      await me.tabTo('truth-failed', { back: true });
      await me.press('Enter');
      await me.sees('message', 'Niet verzonden');
      await me.at('composer');
      await me.tabTo('message-withdraw', { back: true });
      await me.press('Enter');
      await me.seesNo('message', 'Niet verzonden');
      await me.at('composer', '');
    },
  },
  {
    name: 'the overview at the side, and put away',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+f');
      await me.tabTo('side-mode');
      await me.press('Enter');
      await me.sees('leave-side');
      await me.keepsTheKeyboard();
      await me.tabTo('leave-side');
      await me.press('Enter');
      await me.keepsTheKeyboard();
      await me.tabTo('close-overview');
      await me.press('Enter');
      await me.seesNo('overview-search');
      await me.keepsTheKeyboard();
      await me.tabTo('rail-overleg', { back: true });
      await me.press('Enter');
      await me.sees('overview-search');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'a window of one column',
    world: 'fake=demo',
    viewport: { width: 420, height: 760 },
    does: async (me) => {
      await me.press('Control+f', 'ArrowDown', 'Enter');
      await me.sees('conversation', 'Wondbeleid');
      await me.at('composer');
      await me.tabTo('participants', { back: true });
      await me.press('Enter');
      await me.at('participants-panel', 'Deelnemers');
      await me.press('Escape');
      await me.at('composer');
      await me.press('Escape');
      await me.at('message');
      await me.press('Escape');
      await me.at('overview-row', 'Wondbeleid');
      await me.press('Enter');
      await me.at('composer');
      await me.press('Control+f');
      await me.at('overview-search');
    },
  },
];
