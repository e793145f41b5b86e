// Working days and cover by keyboard alone (O5, U1).

/** @type {import('./tasks.js').Task[]} */
export const AVAILABILITY_TASKS = [
  {
    name: 'filling in when one works and who covers',
    world: 'fake=demo',
    does: async (me) => {
      await me.press('Control+k');
      await me.at('switcher-field');
      await me.press('Escape');
      await me.tabTo('display-options');
      await me.press('Enter');
      await me.at('settings-search');
      await me.types('werkdagen');
      await me.press('Enter');
      await me.tabTo('working-days-change');
      await me.press('Enter');
      await me.at('works-monday');
      await me.press('Space');
      await me.tabTo('to-monday');
      await me.press('Control+a');
      await me.types('26');
      await me.tabTo('away');
      await me.press('Space');
      await me.tabTo('absent-until');
      await me.types('24-12');
      await me.tabTo('people-search');
      await me.finds('joost', 'Joost Terpstra');
      await me.press('Enter');
      await me.sees('chosen-person', 'Joost Terpstra');
      await me.tabTo('note');
      // Saved by Enter, if nothing were wrong: the hour that is none has the keyboard then.
      await me.types('Bel bij spoed.');
      await me.press('Enter');
      await me.at('to-monday');
      await me.press('Control+a');
      await me.types('16.30');
      await me.press('Enter');
      await me.tabTo('display-options');
      await me.press('Enter');
      await me.at('settings-search');
      await me.types('werkdagen');
      await me.sees('working-days', 'waarneming: ');
    },
  },
  {
    name: 'choosing the one who covers',
    world: 'fake=demo&absent',
    does: async (me) => {
      await me.press('Control+n');
      await me.at('people-search');
      await me.finds('haddad', 'Noor Haddad');
      await me.press('Enter');
      await me.sees('absent', 'Noor Haddad');
      await me.tabTo('cover-instead', { back: true });
      await me.press('Enter');
      await me.at('people-search');
      await me.sees('chosen-person', 'Sanne de Vries');
      await me.press('Enter');
      await me.at('composer');
    },
  },
  {
    name: 'asking the one who covers besides',
    world: 'fake=demo&absent',
    does: async (me) => {
      await me.press('Control+k');
      await me.at('switcher-field');
      await me.types('wond');
      await me.press('Enter');
      await me.at('composer');
      await me.tabTo('cover-besides', { back: true, says: 'Erbij' });
      await me.press('Enter');
      await me.at('people-search');
      await me.tabTo('add-cancel');
      await me.press('Enter');
      await me.at('add');
    },
  },
];
