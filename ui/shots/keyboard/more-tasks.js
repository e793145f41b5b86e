// More tasks by keyboard alone: messages, participants, items, and the program itself.

/** @typedef {import('./person.js').Person} Person */

/** To a conversation by a few letters of it. @param {Person} me @param {string} typed @param {string} title */
async function goTo(me, typed, title) {
  await me.press('Control+k');
  await me.at('switcher-field');
  await me.types(typed);
  await me.press('Enter');
  await me.sees('conversation', title);
  await me.at('composer');
}

/** The menu of what has the keyboard, and one thing in it. @param {Person} me @param {string} id */
async function choose(me, id) {
  await me.press('Enter');
  await me.keepsTheKeyboard();
  await me.sees(id);
  while (!(await me.where()).includes(` ${id} `)) await me.press('ArrowDown');
  await me.press('Enter');
}

/** One's own message, from the text. @param {Person} me */
async function ownMessage(me) {
  await me.press('ArrowUp');
  await me.at('message');
  while (!(await me.where()).includes('matrasverhoging')) await me.press('ArrowUp');
}

/** @param {Person} me @param {string} id @param {string} title */
async function participantsOf(me, id, title) {
  await goTo(me, id, title);
  await me.tabTo('participants', { back: true });
  await me.press('Enter');
  await me.at('participants-panel', 'Deelnemers');
}

/** @type {import('./tasks.js').Task[]} */
export const MORE_TASKS = [
  {
    name: 'answering with a quote',
    world: 'fake=demo',
    does: async (me) => {
      await goTo(me, 'wond', 'Wondbeleid');
      await me.press('ArrowUp');
      await me.at('message', 'Akkoord met dit plan');
      await me.press('r');
      await me.at('composer');
      await me.sees('composer-about', 'Noor Haddad');
      await me.types('Dank, **morgen** bel ik, *niet* vandaag.');
      await me.press('Shift+Enter');
      await me.types('Tot dan.');
      await me.press('Enter');
      await me.sees('message', 'Tot dan.');
      const said = me.page.locator('[data-testid="message"]').last();
      await me.until(
        async () => (await said.locator('strong').textContent()) === 'morgen',
        () => 'nothing is bold',
      );
      await me.until(
        async () => (await said.locator('em').textContent()) === 'niet',
        () => 'nothing is italic',
      );
      await me.until(
        async () => (await said.locator('.quote').count()) === 1,
        () => 'nothing is quoted',
      );
      await me.at('composer');
      // To what it quotes, and back down to where one writes.
      await me.press('ArrowUp', 'q');
      await me.at('message', 'Akkoord met dit plan');
      await me.press('End', 'ArrowDown');
      await me.at('composer');
    },
  },
  {
    name: 'changing, copying and deleting a message',
    world: 'fake=demo',
    does: async (me) => {
      await goTo(me, 'wond', 'Wondbeleid');
      await ownMessage(me);
      await me.press('e');
      await me.at('composer');
      await me.sees('composer-about', 'wijzigen');
      await me.press('Escape');
      await me.seesNo('composer-about');
      await ownMessage(me);
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('menu-reply');
      });
      await choose(me, 'menu-edit');
      await me.at('composer');
      await me.press('End');
      await me.types(' Vandaag nog.');
      await me.press('Enter');
      await me.sees('message', 'Vandaag nog.');
      await ownMessage(me);
      await me.press('c');
      await me.until(
        async () => (await me.page.evaluate(() => navigator.clipboard.readText())).endsWith('Vandaag nog.'),
        () => 'nothing is on the clipboard',
      );
      await me.thereAndBack(async () => {
        await me.press('Delete');
        await me.sees('delete-dialog', 'Vandaag nog.');
      });
      await me.press('Delete');
      await me.sees('delete-dialog');
      await me.press('Tab', 'Enter');
      await me.sees('message', 'Bericht verwijderd');
      await me.at('message', 'Bericht verwijderd');
    },
  },
  {
    name: 'mentioning a colleague',
    world: 'fake=demo',
    does: async (me) => {
      await goTo(me, 'wond', 'Wondbeleid');
      await me.types('Kan @bra');
      await me.sees('mentions', 'Bram de Wit');
      await me.press('Escape');
      await me.seesNo('mentions');
      await me.types('m');
      await me.sees('mentions', 'Bram de Wit');
      await me.press('Enter');
      await me.types('ook kijken, of @lott');
      await me.sees('mentions', 'Lotte Verhoeven');
      await me.press('Tab');
      await me.sees('joining', 'Lotte Verhoeven');
      await me.at('composer');
      await me.tabTo('composer-mention');
      await me.press('Enter');
      await me.at('composer');
      await me.sees('mentions');
      await me.press('Escape', 'Backspace', 'Enter');
      await me.sees('message', '@Bram de Wit ook kijken, of @Lotte Verhoeven');
      await me.sees('line', 'Lotte Verhoeven');
      await me.tabTo('format-help');
      await me.press('Enter');
      await me.tabTo('composer', { back: true });
      await me.at('composer');
      await me.press('Escape');
      await me.until(
        async () => (await me.page.locator('.help').count()) === 0,
        () => 'the help is still there',
      );
    },
  },
  {
    name: 'seeing who has read a message',
    world: 'fake=demo',
    does: async (me) => {
      await goTo(me, 'wond', 'Wondbeleid');
      await ownMessage(me);
      await me.thereAndBack(async () => {
        await choose(me, 'menu-readers');
        await me.sees('readers', 'Gelezen door');
        await me.keepsTheKeyboard();
      });
    },
  },
  {
    name: 'opening what a message links to',
    world: 'fake=items',
    does: async (me) => {
      await goTo(me, 'kamer 12', 'Valincident');
      await me.press('ArrowUp');
      await me.at('message', 'Dank. De afspraken');
      await me.press('Enter');
      await me.sees('menu-link', 'https://voorbeeld.nl/protocol/valpreventie');
      await me.sees('menu-link', 'Onderhoudsopdracht');
      while (!(await me.where()).includes('Onderhoudsopdracht')) await me.press('ArrowDown');
      await me.press('Enter');
      await me.sees('item-window', 'Onderhoudsopdracht');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'adding a colleague and sharing earlier messages',
    world: 'fake=demo',
    does: async (me) => {
      await participantsOf(me, 'wond', 'Wondbeleid');
      await me.tabTo('add');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('people-search');
      });
      await me.press('Enter');
      await me.finds('lotte', 'Lotte Verhoeven');
      await me.press('Enter');
      await me.sees('chosen-person', 'Lotte Verhoeven');
      while (!(await me.page.evaluate(() => document.activeElement?.getAttribute('name') === 'share')))
        await me.press('Tab');
      await me.press('ArrowDown');
      await me.at('share-earlier');
      await me.sees('share-preview', 'Mevrouw D. komt morgen thuis');
      await me.tabTo('add-confirm');
      await me.press('Enter');
      await me.at('participants-panel', 'Deelnemers');
      await me.sees('line', 'U voegde Lotte Verhoeven toe en deelde eerdere berichten');
      await me.press('Escape');
      await me.seesNo('participants-panel');
      await me.at('composer');
    },
  },
  {
    name: 'removing, handing over and leaving',
    world: 'fake=teams',
    does: async (me) => {
      await participantsOf(me, 'wond', 'Wondbeleid');
      await me.tabTo('remove-team');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.sees('question');
      });
      await me.press('End');
      await me.at('participant-menu', 'Ergotherapeut');
      await me.press('Home');
      while (!(await me.where()).includes('Fatima')) await me.press('ArrowDown');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('menu-hand-over');
      });
      await me.thereAndBack(async () => {
        await choose(me, 'menu-remove');
        await me.sees('question', 'Fatima El Idrissi');
      });
      await choose(me, 'menu-remove');
      await me.sees('question', 'Fatima El Idrissi');
      await me.press('Tab', 'Enter');
      await me.sees('line', 'U verwijderde Fatima El Idrissi');
      await me.at('participants-panel', 'Deelnemers');
      await me.tabTo('remove-team');
      while (!(await me.where()).includes('Noor')) await me.press('ArrowDown');
      await choose(me, 'menu-hand-over');
      await me.sees('question', 'Noor Haddad');
      await me.press('Tab', 'Enter');
      await me.sees('line', 'U maakte Noor Haddad beheerder');
      await me.keepsTheKeyboard();
      await me.tabTo('leave');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.sees('leave-dialog', 'Wondbeleid');
      });
      await me.press('Enter');
      await me.sees('leave-dialog', 'Wondbeleid');
      await me.press('Tab', 'Enter');
      await me.seesNo('overview-row', 'Wondbeleid');
      await me.at('overview-row');
    },
  },
  {
    name: 'leaving as the owner, with a choice of who comes after',
    world: 'fake=demo',
    does: async (me) => {
      await participantsOf(me, 'wond', 'Wondbeleid');
      await me.tabTo('leave');
      await me.press('Enter');
      await me.sees('successor');
      await me.tabTo('successor');
      await me.press('ArrowDown');
      await me.tabTo('leave-confirm');
      await me.press('Enter');
      await me.seesNo('overview-row', 'Wondbeleid');
      await me.at('overview-row');
    },
  },
  {
    name: 'archiving for everyone and reopening',
    world: 'fake=demo',
    does: async (me) => {
      await participantsOf(me, 'wond', 'Wondbeleid');
      await me.tabTo('archive-everyone');
      await me.press('Enter');
      await me.sees('question');
      await me.press('Tab', 'Enter');
      await me.sees('read-only', 'U hebt dit gesprek voor iedereen gearchiveerd');
      await me.keepsTheKeyboard();
      await me.tabTo('reopen', { back: true });
      await me.press('Enter');
      await me.sees('composer');
      await me.keepsTheKeyboard();
    },
  },
  {
    name: 'looking at an item and starting there',
    world: 'fake=items&item=00000000-0000-7000-8000-00000000aa01',
    does: async (me) => {
      await me.at('item-window', 'Valincident');
      await me.tabTo('item-conversation', { says: 'Belmatten' });
      await me.press('Enter');
      await me.sees('aside', 'U leest mee');
      await me.press('Escape');
      await me.at('item-window', 'Valincident');
      await me.tabTo('item-start');
      await me.thereAndBack(async () => {
        await me.press('Enter');
        await me.at('people-search');
      });
      await me.press('Enter');
      await me.finds('els', 'Els Kuipers');
      await me.press('Enter');
      await me.sees('chosen-person', 'Els Kuipers');
      await me.press('Enter');
      await me.at('composer');
      await me.types('Heb jij dit gezien?');
      await me.press('Enter');
      await me.sees('message', 'Heb jij dit gezien?');
      await me.at('composer');
      await me.tabTo('open-item', { back: true });
      await me.press('Enter');
      await me.at('item-window', 'Valincident');
    },
  },
  {
    name: 'seeing how an item stands',
    world: 'fake=items&item=00000000-0000-7000-8000-00000000aa02',
    does: async (me) => {
      await me.at('item-window', 'Medicatiefout');
      await me.sees('item-window', 'Afgerond');
      await me.sees('item-window', 'Nog geen gesprekken');
      await me.tabTo('item-start');
      await me.press('Escape');
      await me.seesNo('item-window');
      await me.keepsTheKeyboard();
    },
  },
];
